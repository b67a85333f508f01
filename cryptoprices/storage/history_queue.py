"""What waits to be written into the history: bounded, so that a disk that takes nothing never fills the memory."""

import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from cryptoprices.clock import Clock
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Pair
from cryptoprices.core.spans import Span
from cryptoprices.storage.history_tables import Tables

MOST_ROWS, MOST_CANDLES = 500, 200_000  # that wait; the oldest are dropped
_CLOCK_SET_MS = 2000  # calendar against elapsed time, from one round to the next: somebody set the calendar


class Touched(NamedTuple):
    """The stretch of candles that a job brings: somebody looks at it now."""

    exchange: str
    pair: Pair
    interval: str
    since_ms: int
    until_ms: int


class Job(NamedTuple):
    """One transaction. rows, candles: how many samples and candles it holds. stretch: from first to last sample.

    newest_ms: time of the newest of an exchange's candles.
    """

    apply: Callable[[Tables], None]
    rows: int = 0
    candles: int = 0
    stretch: Span | None = None
    touched: Touched | None = None
    newest_ms: int | None = None


class HistoryQueue:
    """Jobs in the order in which they were put. One thread takes them. wake: notified when anything changes."""

    def __init__(self, clock: Clock) -> None:
        self.wake = threading.Condition()
        self.dropped = 0  # samples and candles
        self._clock = clock
        self._jobs: deque[Job] = deque()
        self._rows = self._candles = 0  # that wait, those of the job in progress included
        self._put = self._finished = self._told_dropped = 0
        self._lost: Span | None = None  # when the samples were that were dropped and are not noted as a gap yet
        self._calendar_ms = clock.wall_ms() - 1000 * clock.boot_s()

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def put(self, job: Job) -> None:
        """Have it written; the oldest jobs go if too much waits."""
        with self.wake:
            if job.rows:
                self._note_set_calendar()
            self._append(job)
            self.wake.notify_all()

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was put is written. False if that takes longer or some was dropped since the last."""
        with self.wake:
            goal = self._put
            self.wake.notify_all()
            done = self.wake.wait_for(lambda: self._finished >= goal, timeout_s)
            kept = self.dropped == self._told_dropped
            self._told_dropped = self.dropped
        return done and kept

    def take(self) -> tuple[Job, Span | None]:
        """The next job, and when samples were lost of which nothing is noted yet. Ends with `done` or `give_back`."""
        with self.wake:
            lost, self._lost = self._lost, None
            return self._jobs.popleft(), lost

    def give_back(self, job: Job, lost: Span | None) -> None:
        """Neither could be written; it is the next one again."""
        with self.wake:
            self._jobs.appendleft(job)
            self._lose(lost)
            self._drop_the_oldest(self._jobs[-1])

    def done(self, job: Job) -> None:
        """It is written, and what was lost is noted."""
        with self.wake:
            self._count_out(job)

    def _append(self, job: Job) -> None:
        self._jobs.append(job)
        self._put += 1
        self._rows += job.rows
        self._candles += job.candles
        self._drop_the_oldest(job)

    def _drop_the_oldest(self, newest: Job) -> None:
        while self._rows > MOST_ROWS or self._candles > MOST_CANDLES:
            too_many_rows = self._rows > MOST_ROWS
            oldest = next(job for job in (*self._jobs, newest) if (job.rows if too_many_rows else job.candles))
            if oldest is newest:
                return
            self._jobs.remove(oldest)
            self._count_out(oldest)
            self.dropped += oldest.rows + oldest.candles
            self._lose(oldest.stretch)

    def _lose(self, stretch: Span | None) -> None:
        if stretch:
            low, high = self._lost or stretch
            self._lost = min(low, stretch[0]), max(high, stretch[1])

    def _count_out(self, job: Job) -> None:
        self._finished += 1
        self._rows -= job.rows
        self._candles -= job.candles
        self.wake.notify_all()

    def _note_set_calendar(self) -> None:
        """A calendar that was set forth leaves a time without prices; of one that was set back the moment is noted.

        The times after that come again: that it was set forth to them before holds no more.
        """
        now_ms = self._clock.wall_ms()
        expected_ms = round(self._calendar_ms + 1000 * self._clock.boot_s())
        if abs(now_ms - expected_ms) > _CLOCK_SET_MS:
            since_ms = min(expected_ms, now_ms)
            gap = Gap(None, since_ms, max(now_ms, since_ms + 1), GapReason.CLOCK_ADJUSTED)

            def note(tables: Tables) -> None:
                if now_ms < expected_ms:
                    tables.forget_gaps_after(now_ms, GapReason.CLOCK_ADJUSTED)
                tables.put_gap(gap)

            self._append(Job(note))
        self._calendar_ms += now_ms - expected_ms
