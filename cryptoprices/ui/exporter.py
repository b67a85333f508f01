"""The bars of the chosen pair as a file: those in view, or all that are stored."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import NamedTuple

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog

from cryptoprices.core.candles import Candles
from cryptoprices.core.export import csv_lines, json_lines
from cryptoprices.core.formatting import plural
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.market import Pair
from cryptoprices.core.ranges import FIRST_PRICES_MS
from cryptoprices.core.spans import Stretch
from cryptoprices.qt.past import Archive
from cryptoprices.qt.tasks import Question, Tasks
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.main_window import MainWindow

_OFTEN = 2048  # lines from one word of how far it is to the next
_FORMS = {"CSV": csv_lines, "JSON": json_lines}
Write = Callable[[Path, Iterable[str]], None]
Found = tuple[Candles, Sequence[Stretch]]  # candles, and from when to when they are whose
Find = Callable[[], Found]
SEEN, ALL = "Visible range", "All history of {}"


class _Cancelled(Exception):
    """Nobody wants the file any more."""


class Written(NamedTuple):
    """lines: how many candles are in the file; in all while it is being written."""

    lines: int
    total: int


class _Job(NamedTuple):
    """find: on a worker, what there is to write."""

    find: Find
    path: Path
    form: str
    pair: Pair
    interval: str


class Exporter(QObject):
    """Fills the window's export menu. said: one sentence about what came of it.

    write(path, lines): puts lines into a file, whole or not at all, on a worker; raises OSError, and what lines raise.
    """

    said = Signal(str)

    def __init__(
        self, window: MainWindow, chart: ChartView, timeline: Timeline, archive: Archive, tasks: Tasks, write: Write
    ) -> None:
        super().__init__(window)
        self._window, self._chart, self._timeline = window, chart, timeline
        self._archive, self._tasks, self._write = archive, tasks, write
        self._folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        self._question: Question | None = None
        self._job: _Job | None = None
        for scope in (SEEN, ALL):
            for form in _FORMS:
                action = QAction(window.export_menu)  # with the text here, Python would get to know 150 theme icons
                action.setData((scope, form))
                window.export_menu.addAction(action)
            window.export_menu.addSeparator()
        self._name_pair()
        window.export_menu.triggered.connect(self._choose)
        window.hub.selected_changed.connect(self._name_pair)
        chart.exporting.cancelled.connect(self.cancel)
        window.bar.export.setEnabled(True)

    @Slot()
    def cancel(self) -> None:
        """The file is not wanted any more; nothing of it stays."""
        if self._question:
            self._question.cancel()
            self._end("Exporting was cancelled.")

    @Slot()
    def _name_pair(self) -> None:
        for action in self._actions():
            scope, form = action.data()
            action.setText(f"{scope.format(self._window.hub.selected)} as {form}…")

    def _actions(self) -> list[QAction]:
        return [action for action in self._window.export_menu.actions() if action.data()]

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        scope, form = action.data()
        pair, interval = self._window.hub.selected, self._timeline.interval
        name = f"{pair.base}-{pair.quote}-{interval}.{form.lower()}"
        title, kinds = action.text().removesuffix("…"), f"{form} (*.{form.lower()})"
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, str(Path(self._folder, name)), kinds)
        if chosen and not self._question:
            path = Path(chosen)
            self._folder = str(path.parent)
            self._start(
                _Job(self._find_seen(pair) if scope == SEEN else self._find_all(pair), path, form, pair, interval)
            )

    def _find_seen(self, pair: Pair) -> Find:
        """The bars that end in view."""
        width_ms = INTERVALS_MS[self._timeline.interval]
        start_ms, stop_ms = self._chart.times
        strand = self._timeline.strand(pair)
        if strand is None:
            return _nothing
        found = strand.candles().between(start_ms - width_ms, stop_ms - width_ms + 1), strand.stretches
        return lambda: found

    def _find_all(self, pair: Pair) -> Find:
        """All that are stored of the width that is shown."""
        interval = self._timeline.interval
        until_ms = floor_ms(self._window.hub.clock.wall_ms(), interval)

        def find() -> Found:
            past = self._archive.read(pair, interval, FIRST_PRICES_MS, until_ms)
            return past.candles, past.stretches

        return find

    def _start(self, job: _Job) -> None:
        self._job = job
        self._set_busy(True)
        self._chart.exporting.tell(f"Writing {job.path.name}", 0, 0)
        self._question = self._tasks.ask(
            _export, job, self._write, told=self._tell, then=self._tell_done, failed=self._tell_fault, owner=self
        )

    def _tell(self, written: Written) -> None:
        assert self._job
        text = f"Writing {self._job.path.name} · {written.lines:,} of {written.total:,} bars"
        self._chart.exporting.tell(text, written.lines, written.total)

    def _tell_done(self, count: int) -> None:
        assert self._job
        job = self._job
        self._end(f"{plural(count, 'bar')} of {job.interval} of {job.pair} written to {job.path}.")

    def _tell_fault(self, error: Exception) -> None:
        assert self._job
        why = (error.strerror if isinstance(error, OSError) else None) or "the log says why"
        self._end(f"{self._job.path.name} could not be written: {why}.")

    def _end(self, text: str) -> None:
        self._question = self._job = None
        self._chart.exporting.end()
        self._set_busy(False)
        self.said.emit(text)

    def _set_busy(self, busy: bool) -> None:
        for action in self._actions():
            action.setEnabled(not busy)


def _nothing() -> Found:
    return Candles.of(()), ()


def _export(job: _Job, write: Write, tell: Callable[[Written], None], stopped: Event) -> int:
    """On a worker: write the file. Returns how many candles are in it. Raises OSError."""
    candles, stretches = job.find()

    def lines() -> Iterator[str]:
        for number, line in enumerate(_FORMS[job.form](candles, stretches)):
            if number % _OFTEN == 0:
                tell(Written(number, len(candles)))
            if stopped.is_set():
                raise _Cancelled
            yield line

    with suppress(_Cancelled):
        write(job.path, lines())
    return len(candles)
