"""Work that would take the GUI thread long, in steps, with the window's events in between."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

log = logging.getLogger(__name__)


class Turns(QObject):
    """One step after the other, each in a turn of its own of the event loop.

    failed: a step could not import what it needs; the log says what. None comes after it.
    """

    failed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._closed = False

    def take(self, *steps: Callable[[], object]) -> None:
        """Begin with the first at once."""

        def go_on() -> None:
            step = next(rest, None)
            if step and not self._closed:
                try:
                    step()
                except ImportError:
                    log.exception("The program could not be loaded whole")
                    self.failed.emit()
                    return
                QTimer.singleShot(0, self, go_on)

        rest = iter(steps)
        go_on()

    def close(self) -> None:
        """What has not begun never does."""
        self._closed = True
