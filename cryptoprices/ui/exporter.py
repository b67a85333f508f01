"""The past as a file: the bars of the chosen pair, those in view or all that are stored, or the whole store."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import NamedTuple

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFileDialog

from cryptoprices.core.candles import Candles
from cryptoprices.core.export import csv_lines, json_lines
from cryptoprices.core.formatting import plural, size_text
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
Tell = Callable[["Written"], None]
Run = Callable[[Path, Tell, Event], int]
BackUp = Callable[[Path, Callable[[int, int], object], Event], int]
Found = tuple[Candles, Sequence[Stretch]]  # candles, and from when to when they are whose
Find = Callable[[], Found]
SEEN, ALL = "Visible range", "All history of {}"
STORE = "All stored history as a database…"


class _Cancelled(Exception):
    """Nobody wants the file any more."""


class Written(NamedTuple):
    """How much of the file there is, and how much there will be: candles or bytes."""

    done: int
    total: int


class _Job(NamedTuple):
    """run(path, tell, stopped): on a worker, writes the file; returns how much is in it. progress, result: in words."""

    path: Path
    run: Run
    progress: Callable[[Written], str]
    result: Callable[[int], str]


class Exporter(QObject):
    """Fills the window's export menu. said: one sentence about what came of it.

    write(path, lines): puts lines into a file, whole or not at all, on a worker; raises OSError, and what lines raise.
    back_up(path, tell, stopped): the same with all that is stored, telling how many bytes of how many are written.
    """

    said = Signal(str)

    def __init__(
        self,
        window: MainWindow,
        chart: ChartView,
        timeline: Timeline,
        archive: Archive,
        back_up: BackUp,
        tasks: Tasks,
        write: Write,
    ) -> None:
        super().__init__(window)
        self._window, self._chart, self._timeline = window, chart, timeline
        self._archive, self._back_up, self._tasks, self._write = archive, back_up, tasks, write
        self._folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        self._question: Question | None = None
        self._job: _Job | None = None
        self._bars = QActionGroup(self)
        self._bars.triggered.connect(self._choose)
        for scope in (SEEN, ALL):
            for form in _FORMS:
                self._bars.addAction(self._action((scope, form)))
            window.export_menu.addSeparator()
        self._others: list[QAction] = []
        self._store = self.offer(STORE)
        self._store.triggered.connect(self._choose_store)
        window.export_menu.addSeparator()
        self._name_pair()
        window.hub.selected_changed.connect(self._name_pair)
        chart.exporting.cancelled.connect(self.cancel)
        window.bar.export.setEnabled(True)

    @Slot()
    def cancel(self) -> None:
        """The file is not wanted any more; nothing of it stays."""
        if self._question:
            self._question.cancel()
            self._end("Exporting was cancelled.")

    def offer(self, text: str) -> QAction:
        """A row of the menu for another file; it cannot be chosen while a file is written."""
        action = self._action(None)
        action.setText(text)
        self._others.append(action)
        return action

    def save(self, action: QAction, name: str, kinds: str, run: Run, result: Callable[[int], str]) -> None:
        """Ask where that file is to be and write it, unless the person names none. result(what run returns): in words.

        run(path, tell, stopped): on a worker; raises OSError. name: suggested. kinds: "PNG (*.png)".
        """
        if path := self._ask_where(action, name, kinds):
            self._start(_Job(path, run, _rows_told, result))

    @Slot()
    def _name_pair(self) -> None:
        for action in self._bars.actions():
            scope, form = action.data()
            action.setText(f"{scope.format(self._window.hub.selected)} as {form}…")

    def _action(self, data: object) -> QAction:
        action = QAction(self._window.export_menu)  # with the text here, Python would get to know 150 theme icons
        action.setData(data)
        self._window.export_menu.addAction(action)
        return action

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        scope, form = action.data()
        pair, interval = self._window.hub.selected, self._timeline.interval
        name = f"{pair.base}-{pair.quote}-{interval}.{form.lower()}"
        find = self._find_seen(pair) if scope == SEEN else self._find_all(pair)
        if path := self._ask_where(action, name, f"{form} (*.{form.lower()})"):
            run = partial(_export, find, form, self._write)
            result = partial(_bars_told, interval, pair)
            self._start(_Job(path, run, _rows_told, result))

    @Slot()
    def _choose_store(self) -> None:
        day = datetime.fromtimestamp(self._window.hub.clock.wall_ms() / 1000, UTC).date()
        if path := self._ask_where(self._store, f"cryptoprices-history-{day}.sqlite3", "SQLite database (*.sqlite3)"):
            self._start(_Job(path, partial(_copy, self._back_up), _bytes_told, _store_told))

    def _ask_where(self, action: QAction, name: str, kinds: str) -> Path | None:
        """Where the file is to be, None where the person names none or another one is being written."""
        title = action.text().removesuffix("…")
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, str(Path(self._folder, name)), kinds)
        if not chosen or self._question:
            return None
        path = Path(chosen)
        self._folder = str(path.parent)
        return path

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
            job.run, job.path, told=self._tell, then=self._tell_done, failed=self._tell_fault, owner=self
        )

    def _tell(self, written: Written) -> None:
        assert self._job
        text = f"Writing {self._job.path.name} · {self._job.progress(written)}"
        self._chart.exporting.tell(text, *written)

    def _tell_done(self, count: int) -> None:
        assert self._job
        self._end(f"{self._job.result(count)} written to {self._job.path}.")

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
        self._bars.setEnabled(not busy)
        for action in self._others:
            action.setEnabled(not busy)


def _nothing() -> Found:
    return Candles.of(()), ()


def write_rows(lines: Iterable[str], count: int, write: Write, path: Path, tell: Tell, stopped: Event) -> int:
    """On a worker: write a head and so many rows, saying how far it is. Returns the count. Raises OSError."""

    def watched() -> Iterator[str]:
        for number, line in enumerate(lines):
            if number % _OFTEN == 0:
                tell(Written(number, count))
            if stopped.is_set():
                raise _Cancelled
            yield line

    with suppress(_Cancelled):
        write(path, watched())
    return count


def _export(find: Find, form: str, write: Write, path: Path, tell: Tell, stopped: Event) -> int:
    """On a worker: write the file. Returns how many candles are in it. Raises OSError."""
    candles, stretches = find()
    return write_rows(_FORMS[form](candles, stretches), len(candles), write, path, tell, stopped)


def _copy(back_up: BackUp, path: Path, tell: Tell, stopped: Event) -> int:
    """On a worker: copy the store. Returns its bytes. Raises OSError."""
    return back_up(path, lambda done, total: tell(Written(done, total)), stopped)


def _rows_told(written: Written) -> str:
    return f"{written.done:,} of {written.total:,} bars"


def _bars_told(interval: str, pair: Pair, count: int) -> str:
    return f"{plural(count, 'bar')} of {interval} of {pair}"


def _bytes_told(written: Written) -> str:
    return f"{size_text(written.done)} of {size_text(written.total)}"


def _store_told(size: int) -> str:
    return f"All stored history, {size_text(size)},"
