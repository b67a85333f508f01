"""Something worked out from the past: at once from what is stored, and again as exchanges fill that up."""

from collections.abc import Callable
from threading import Event

from PySide6.QtCore import QObject, Signal

from cryptoprices.core.past import Progress
from cryptoprices.qt.tasks import Question, Tasks

Read = Callable[[], object]
Fill = Callable[[Callable[[Progress], None], Event], object]


class Lookup(QObject):
    """One reading and one fill at a time, both on workers. progress: of the fill, None until its first page has come.

    found(object): what was read, an Exception where it could not be. filling_changed: a fill has begun, come on or
    ended.
    """

    found = Signal(object)
    filling_changed = Signal()

    def __init__(self, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._read: Read | None = None
        self._reading: Question | None = None
        self._filling: Question | None = None
        self.progress: Progress | None = None

    @property
    def reading(self) -> bool:
        """Whether an answer is on its way."""
        return self._reading is not None

    @property
    def filling(self) -> bool:
        """Whether exchanges are being asked."""
        return self._filling is not None

    def read(self, read: Read) -> None:
        """Find this; what was asked before is not wanted any more."""
        if self._reading:
            self._reading.cancel()
        self._read = read
        self._reading = self._tasks.ask(read, then=self._take, failed=self._take, owner=self)

    def fill(self, fill: Fill) -> None:
        """Have exchanges asked by fill(tell, stopped), and read again as pages come. A fill that runs is ended."""
        self._stop_filling()
        self._filling = self._tasks.ask(fill, told=self._tell, then=self._end, failed=self._end, owner=self)
        self.filling_changed.emit()

    def cancel_fill(self) -> None:
        """Ask no exchange any more; what has come is read."""
        if self._filling:
            self._end(None)

    def _stop_filling(self) -> None:
        if self._filling:
            self._filling.cancel()
        self._filling = self.progress = None

    def _take(self, answer: object) -> None:
        self._reading = None
        self.found.emit(answer)

    def _tell(self, progress: Progress) -> None:
        self.progress = progress
        if self._read and not self._reading:  # a page that comes meanwhile is in the next reading
            self.read(self._read)
        self.filling_changed.emit()

    def _end(self, _answer: object) -> None:
        self._stop_filling()
        if self._read:
            self.read(self._read)
        self.filling_changed.emit()
