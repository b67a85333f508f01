"""The chart in other forms: spoken, as a table, as a picture, as numbers."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QImage

from cryptoprices.core.formatting import plural, size_text
from cryptoprices.qt.tasks import Tasks
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui import pictures
from cryptoprices.ui.chart.reader import Reader
from cryptoprices.ui.chart.sheet import drawn_sheet
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.exporter import Exporter, Tell, Write, write_rows
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.menus import give_letter
from cryptoprices.ui.table_view import TableView

WriteBytes = Callable[[Path, bytes], None]
PNG, SVG, CSV = "Chart as PNG…", "Chart as SVG…", "What is drawn as CSV…"
NOTHING = "Nothing is drawn yet that could be written."


class ChartForms(QObject):
    """Rows in the menus of chart and export, with their keys. said(str): one sentence about what came of it.

    write_lines(path, lines), write_bytes(path, data): on a worker, whole or not at all; raise OSError.
    """

    said = Signal(str)

    def __init__(
        self,
        window: MainWindow,
        chart: ChartView,
        timeline: Timeline,
        exporter: Exporter,
        tasks: Tasks,
        write_lines: Write,
        write_bytes: WriteBytes,
        demo: bool,
    ) -> None:
        super().__init__(window)
        self._window, self._chart, self._timeline, self._exporter = window, chart, timeline, exporter
        self._tasks, self._write_lines, self._write_bytes, self._demo = tasks, write_lines, write_bytes, demo
        self._table: TableView | None = None
        self.reader = Reader(chart, window.hub, timeline)
        self.reader.said.connect(self.said)
        saying = self._action(
            "Say what is in &view", "", "One sentence about the chart, also spoken", self.reader.say_summary
        )
        give_letter(saying, "S", chart)
        window.chart_menu.others += [
            saying,
            self._action("&As a table", "Ctrl+T", "The bars as rows of numbers", self.open_table),
            self._action("Copy as a &picture", "Ctrl+Shift+C", "Put the chart on the clipboard", self.copy),
        ]
        for text, save in ((PNG, self._save_png), (SVG, self._save_svg), (CSV, self._save_csv)):
            exporter.offer(text).triggered.connect(save)
        window.export_menu.addSeparator()

    @Slot()
    def open_table(self) -> None:
        """The bars in a window of their own."""
        if self._table is None:
            self._table = TableView(
                self._window, self._chart, self._window.hub, self._timeline, self._tasks, self.reader
            )
        self._table.open_beside()

    @Slot()
    def copy(self) -> None:
        """The chart as it is seen, onto the clipboard."""
        QGuiApplication.clipboard().setImage(self._image())
        self.reader.announce("The chart was copied as a picture.")
        self.said.emit("The chart was copied as a picture.")

    @Slot()
    def _save_png(self) -> None:
        run = partial(_write_png, self._image(), self._write_bytes)
        self._save(PNG, "png", run, _picture_told)

    @Slot()
    def _save_svg(self) -> None:
        data = pictures.svg(self._chart, self._heading(), self._chart.stack.main.theme)
        self._save(SVG, "svg", partial(_write, data, self._write_bytes), _picture_told)

    @Slot()
    def _save_csv(self) -> None:
        """The bars in view, a column for all that is drawn."""
        interval = self._timeline.interval if self._timeline.ready else None
        sheet = drawn_sheet(self._chart.panes.values(), interval)
        sheet = sheet and sheet.between(*self._chart.times)
        if not sheet or not len(sheet.slots):
            self.said.emit(NOTHING)
            return
        run = partial(write_rows, sheet.csv(), len(sheet.slots), self._write_lines)
        self._save(CSV, "csv", run, _rows_told)

    def _save(
        self, text: str, ending: str, run: Callable[[Path, Tell, Event], int], told: Callable[[int], str]
    ) -> None:
        shown = pictures.shown_pairs(self._chart.mode, self._timeline, self._window.hub)
        pairs = "-".join(str(pair).replace("/", "-") for pair in shown)
        mode = str(self._chart.mode).removesuffix(" %").lower()
        action = next(one for one in self._window.export_menu.actions() if one.text() == text)
        self._exporter.save(action, f"{pairs}-{mode}.{ending}", f"{ending.upper()} (*.{ending})", run, told)

    def _heading(self) -> tuple[str, str]:
        return pictures.heading(self._chart, self._timeline, self._window.hub, self._demo)

    def _image(self) -> QImage:
        return pictures.image(self._chart, self._heading(), self._chart.stack.main.theme)

    def _action(self, text: str, key: str, told: str, do: Callable[[], None]) -> QAction:
        action = QAction(self._window)
        action.setText(text)
        action.setToolTip(told)
        action.triggered.connect(do)
        if key:
            action.setShortcut(key)
            self._window.addAction(action)
        return action


def _write_png(picture: QImage, write: WriteBytes, path: Path, tell: Tell, stopped: Event) -> int:
    return _write(pictures.png(picture), write, path, tell, stopped)


def _write(data: bytes, write: WriteBytes, path: Path, _tell: Tell, _stopped: Event) -> int:
    """On a worker. Returns its bytes. Raises OSError."""
    write(path, data)
    return len(data)


def _picture_told(size: int) -> str:
    return f"The chart, {size_text(size)},"


def _rows_told(count: int) -> str:
    return f"{plural(count, 'row')} of what is drawn"
