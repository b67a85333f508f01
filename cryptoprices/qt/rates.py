"""Keeps the rates of the person's currency up to date, as long as it is not the dollar."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from cryptoprices.core.errors import SourceError
from cryptoprices.core.reference import EVERY_S, Reference
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.tasks import Tasks

log = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 60.0, 3600.0  # after failures; twice as long after each
_LOOK_MS = 60_000  # how often the clock is looked at, which goes on while the machine sleeps


class RateKeeper(QObject):
    """Asks for the rates when they are needed and due, and gives them to the hub.

    ask: blocks; runs on a worker. A wait that the service asks for is obeyed.
    """

    def __init__(
        self, hub: Hub, ask: Callable[[], Reference | SourceError], tasks: Tasks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._hub, self._ask, self._tasks = hub, ask, tasks
        self._due_boot_s = 0.0
        self._failures = 0
        self._asking = False
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)
        hub.currency_changed.connect(self.look)

    def begin(self) -> None:
        """Ask now if need be, and from now on when they are due."""
        self._timer.start()
        self.look()

    def close(self) -> None:
        """Ask no more."""
        self._timer.stop()
        self._hub.currency_changed.disconnect(self.look)

    @Slot()
    def look(self) -> None:
        """Ask if it is time to."""
        needed = self._timer.isActive() and self._hub.currency != "USD"
        if needed and not self._asking and self._hub.clock.boot_s() >= self._due_boot_s:
            self._asking = True
            self._tasks.ask(self._ask, then=self._take, failed=self._give_up, owner=self)

    @Slot(object)
    def _take(self, answer: Reference | SourceError) -> None:
        self._asking = False
        if isinstance(answer, SourceError):
            if not self._failures:
                log.warning("No exchange rates: %s", answer)
            self._wait(answer.retry_after_s or 0.0)
            return
        if self._failures:
            log.info("Exchange rates are there again")
        self._failures, self._due_boot_s = 0, self._hub.clock.boot_s() + EVERY_S
        self._hub.set_reference(answer)

    @Slot(object)
    def _give_up(self, _error: object) -> None:
        """A fault of ours, which is in the log."""
        self._asking = False
        self._wait(LONGEST_WAIT_S)

    def _wait(self, least_s: float) -> None:
        wait_s = min(FIRST_WAIT_S * 2**self._failures, LONGEST_WAIT_S)
        self._failures += 1
        self._due_boot_s = self._hub.clock.boot_s() + max(wait_s, least_s)
