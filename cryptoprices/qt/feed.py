"""Asks for prices again and again, and brings the answers into the GUI thread: the only way a round takes there."""

import logging
import math
import threading
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal, SignalInstance, Slot

from cryptoprices.clock import Clock
from cryptoprices.core.market import Round

log = logging.getLogger(__name__)

POLL_LIMIT_S = 30.0  # a poll ends by itself after at most 8 s; one that does not has lost its thread
_PAUSE_S = 0.5  # between the beginnings of two polls, whoever hastens them
WAKE_GAP_S = 30.0  # beats come every second; a gap this long means that the machine slept or the program was halted

Poll = Callable[[Callable[[Round], None], bool, bool], None]


class Feed(QObject):
    """Polls when it is due, never twice at once; a poll that ends late is not made up for.

    poll(deliver, forced, woken): runs on a thread of its own, blocks until the poll is over and hands each part over by
    `deliver(round)`; forced: a person wants it, woken: the machine has slept; exchanges in back-off are asked too.
    period_s: between two polls.
    next_due_boot_s(): when the next one is to begin, asked after each poll.
    round_ready(Round) is emitted from that thread, so Qt queues it. scheduled(polling, next_poll_boot_s or None,
    paused): one of them has changed. failed(str): the poll itself broke (not an exchange), with a sentence for a
    person; the next one runs all the same. woke: the machine has slept, or the program was halted.
    """

    round_ready = Signal(object)
    scheduled = Signal(bool, object, bool)
    failed = Signal(str)
    woke = Signal()
    _due = Signal()
    _ended = Signal(int)

    def __init__(
        self,
        poll: Poll,
        period_s: float,
        next_due_boot_s: Callable[[], float],
        clock: Clock,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._poll = poll
        self._period_s = period_s
        self._next_due_boot_s = next_due_boot_s
        self._clock = clock
        self._thread: threading.Thread | None = None  # of the poll that runs now
        self._current = 0  # its number; what an older or abandoned one still delivers is dropped
        self._finished = 0  # the number of the last poll that came to its end
        self._lock = threading.Lock()  # nothing is emitted after close()
        self._started_boot_s = 0.0
        self._beat_boot_s = clock.boot_s()
        self._woken = self._due_again = False
        self._next_poll_boot_s: float | None = None
        self._paused = True
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.fetch_now)
        self._beat = QTimer(self, interval=1000)
        self._beat.timeout.connect(self.watch)
        self._ended.connect(self._poll_ended)
        self._due.connect(self.ask_due)

    @property
    def polling(self) -> bool:
        """Whether a poll runs."""
        return self._thread is not None

    @property
    def paused(self) -> bool:
        """Whether nothing is asked until resume() or a forced fetch_now()."""
        return self._paused

    def start(self, poll_now: bool = True) -> None:
        """Begin: with a poll at once, or paused."""
        self._beat_boot_s = self._clock.boot_s()
        self._beat.start()
        if poll_now:
            self.resume()
        else:
            self._tell()

    @Slot()
    def resume(self) -> None:
        """Poll now and every period from now on."""
        self._paused = False
        if not self.fetch_now():
            self._tell()

    @Slot()
    def pause(self) -> None:
        """Ask nothing any more; a poll that runs is let finish."""
        self._paused = True
        self._timer.stop()
        self._next_poll_boot_s = None
        self._tell()

    @Slot()
    def fetch_now(self, forced: bool = False, woken: bool = False) -> bool:
        """Start a poll, False if one is running. forced: a person asked for it. woken: the machine has slept."""
        if self._thread is not None:
            return False
        self._timer.stop()
        self._current += 1
        self._started_boot_s = self._clock.boot_s()
        if not self._paused:
            self._next_poll_boot_s = self._started_boot_s + self._period_s
        name = f"poll-{self._current}"
        thread = threading.Thread(target=self._run, args=(self._current, forced, woken), name=name, daemon=True)
        thread.start()
        self._thread = thread
        self._tell()
        return True

    def take(self, round_: Round) -> None:
        """From any thread: what a stream brought goes the way of a poll's rounds."""
        with self._lock:
            if self._current >= 0:
                self.round_ready.emit(round_)

    def poll_due(self) -> None:
        """From any thread: somebody has just become due, so there is to be a poll now."""
        with self._lock:
            if self._current >= 0:
                self._due.emit()

    def set_period(self, period_s: float) -> None:
        """So much time is between two polls from now on."""
        self._period_s = period_s
        self.ask_due()

    @Slot()
    def ask_due(self) -> None:
        """Poll now, or as soon as the poll that runs has ended, unless paused."""
        if not self._paused:
            self._due_again = not self.fetch_now()

    @Slot()
    def watch(self) -> None:
        """Once a second: notice a poll whose thread is lost, and that the machine has slept."""
        now = self._clock.boot_s()
        gap, self._beat_boot_s = now - self._beat_boot_s, now
        if gap > WAKE_GAP_S and not self.paused:
            log.info("Awake again after %.0f s; asking for prices now", gap)
            self.woke.emit()
            self._started_boot_s = now  # a poll caught by the sleep gets its time to end
            self._woken = not self.fetch_now(woken=True)
        elif self._thread is not None and not self._thread.is_alive() and self._finished != self._current:
            self._abandon("its thread died")
        elif self._thread is not None and now - self._started_boot_s > POLL_LIMIT_S:
            self._abandon(f"it did not end within {POLL_LIMIT_S:.0f} s")

    def close(self) -> None:
        """Stop; nothing is emitted afterwards. The poll's thread is not waited for: it is a daemon."""
        self._timer.stop()
        self._beat.stop()
        with self._lock:
            self._current = -1
        self._thread = None

    def _await_next(self) -> None:
        """Poll again when it is due; after the usual period if the last poll broke before it could say."""
        due = self._next_due_boot_s()
        wait_s = _PAUSE_S if due > self._started_boot_s else self._period_s
        self._next_poll_boot_s = max(due, self._started_boot_s + wait_s)
        self._timer.start(max(0, math.ceil((self._next_poll_boot_s - self._clock.boot_s()) * 1000)))

    def _tell(self) -> None:
        self.scheduled.emit(self.polling, self._next_poll_boot_s, self.paused)

    def _run(self, number: int, forced: bool, woken: bool) -> None:
        """On the poll's thread."""
        try:
            self._poll(partial(self._emit, number, self.round_ready), forced, woken)
        except Exception:  # the outermost line of this thread
            log.exception("A poll failed; the next one runs as usual")
            self._emit(
                number, self.failed, "A fault inside the program ended the last poll; the next one runs as usual."
            )
        self._finished = number
        self._emit(number, self._ended, number)

    def _emit(self, number: int, signal: SignalInstance, value: object) -> None:
        """Emit from the poll's thread, unless that poll was abandoned or the feed is closed."""
        with self._lock:
            if number == self._current:
                signal.emit(value)

    @Slot(int)
    def _poll_ended(self, number: int) -> None:
        if number != self._current:
            return
        self._thread = None
        if not self._paused:
            if self._woken or self._due_again:
                self.fetch_now(woken=self._woken)
            else:
                self._await_next()
        self._woken = self._due_again = False
        self._tell()

    def _abandon(self, why: str) -> None:
        """Give the running poll up and start another one (R05: prices never stop silently)."""
        log.error("Poll %d was given up: %s", self._current, why)
        self.failed.emit("The last poll got stuck and was replaced.")
        self._thread = None
        self.fetch_now()
