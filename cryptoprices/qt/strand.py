"""One pair's bars of one range: what the archive has at once, then what exchanges still have, page by page."""

from collections.abc import Callable, Sequence
from threading import Event
from typing import Protocol

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from cryptoprices.core.bars import Bars, Hole, explained
from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.figures import closes_of
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Pair
from cryptoprices.core.series import Floats, Series
from cryptoprices.core.spans import Span, Stretch
from cryptoprices.qt.past_rates import PastRates
from cryptoprices.qt.tasks import Question, Tasks


class Progress(Protocol):
    """How far a fill has come."""

    @property
    def exchange(self) -> str:
        """Who is asked."""

    @property
    def done(self) -> int:
        """Pages that have come."""

    @property
    def total(self) -> int:
        """Pages in all."""


class Past(Protocol):
    """What is stored of a pair."""

    @property
    def candles(self) -> Candles:
        """Bars that have ended."""

    @property
    def stretches(self) -> Sequence[Stretch]:
        """From, to (Unix ms, without it), and the exchange whose candles these are."""

    @property
    def gaps(self) -> Sequence[Gap]:
        """Why nothing is known of a time."""


class Archive(Protocol):
    """Where the past comes from. Both block: they are asked on workers. Times are Unix ms, until_ms is not in it."""

    def read(self, pair: Pair, interval: str, since_ms: int, until_ms: int) -> Past:
        """What is stored."""

    def fill(
        self,
        pair: Pair,
        interval: str,
        since_ms: int,
        until_ms: int,
        on_page: Callable[[Progress], None],
        stop: Event,
    ) -> list[Gap]:
        """Ask the exchanges for what is missing, newest first; what could not be had. Ends early when stop is set."""


class Strand(QObject):
    """bars: None until the archive has answered. progress: of the fill that runs, None without one.

    built: the bars were made anew. filling_changed: a page has come, or a fill has begun or ended.
    """

    built = Signal()
    filling_changed = Signal()

    def __init__(
        self,
        pair: Pair,
        samples: Callable[[], Series],
        rates: PastRates,
        archive: Archive,
        tasks: Tasks,
        parent: QObject,
    ) -> None:
        """samples: the pair's prices as they were heard since the start. rates: turn bars into the shown currency."""
        super().__init__(parent)
        self.pair = pair
        self.bars: Bars | None = None
        self.since_ms = 0  # what was asked for begins here
        self.progress: Progress | None = None
        self.unfilled: list[Gap] = []  # what the last fill could not get
        self._samples, self._rates, self._archive, self._tasks = samples, rates, archive, tasks
        self._past: Past | None = None
        self._asked = ("1d", 0, 0)
        self._reading: Question | None = None
        self._filling: Question | None = None
        self._read_again = False
        self._holes: list[Hole] | None = None  # worked out once for all frames
        self.built.connect(self._forget_holes)
        self.filling_changed.connect(self._forget_holes)

    @property
    def filling(self) -> bool:
        """Whether exchanges are being asked."""
        return self._filling is not None

    def load(self, interval: str, since_ms: int, until_ms: int, fill: bool = True) -> None:
        """Show these bars from now on. What was asked before is cancelled. fill: ask exchanges for what is missing."""
        self.cancel()
        self._asked, self.since_ms = (interval, since_ms, until_ms), since_ms
        self._read()
        if fill:
            self._filling = self._tasks.ask(
                self._archive.fill,
                self.pair,
                *self._asked,
                told=self._take_page,
                then=self._take_rest,
                failed=self._fail_to_fill,
                owner=self,
            )
            self.filling_changed.emit()

    def cancel(self) -> None:
        """Ask nothing more; what is there stays."""
        if self._reading:
            self._reading.cancel()
        self._reading, self._read_again = None, False
        self.cancel_fill()

    def cancel_fill(self) -> None:
        """Ask the exchanges for nothing more."""
        if self._filling:
            self._filling.cancel()
            self._filling = self.progress = None
            self.filling_changed.emit()

    def add(self, t_ms: float, price: float) -> bool:
        """The price of now, in the pair's own currency. True if bars are missing before it."""
        missed = self.bars is not None and self.bars.add(t_ms, price * self._rates.factor(self.pair))
        if missed:
            self._forget_holes()
        return missed

    def moves(self, price: float) -> bool:
        """Whether this price of now is another one than the newest."""
        return self.bars is not None and self.bars.moves(price * self._rates.factor(self.pair))

    def convert(self) -> None:
        """There are other rates."""
        if self._past is not None:
            self._build()

    def candles(self) -> Candles:
        """All bars that have ended, our own where there are none of an exchange, in the pair's own currency."""
        if self._past is None or self.bars is None:
            return Candles.of(())
        ends = self.bars.closes.end_ms
        own = self._own_candles()
        return self._past.candles.merged(own).between(0, int(ends[-1])) if len(ends) else Candles.of(())

    @property
    def stretches(self) -> Sequence[Stretch]:
        """From, to (Unix ms), and the exchange whose candles are shown there."""
        return () if self._past is None else self._past.stretches

    def whose(self, end_ms: float) -> str:
        """The exchange whose bar ends at this time, "" where it is our own."""
        return next((name for since_ms, until_ms, name in self.stretches if since_ms < end_ms <= until_ms), "")

    @property
    def known(self) -> list[Span]:
        """The times in which no bar means that nobody traded."""
        return [(since_ms, until_ms) for since_ms, until_ms, _ in self.stretches]

    def holes(self) -> list[Hole]:
        """Where bars are missing and why, also before the first one; while exchanges are asked, only known reasons."""
        if self._holes is None:
            self._holes = self._find_holes()
        return self._holes

    @Slot()
    def _forget_holes(self) -> None:
        self._holes = None

    def _find_holes(self) -> list[Hole]:
        if self.bars is None or self._past is None:
            return []
        gaps = [*self._past.gaps, *self.unfilled]
        ends = self.bars.closes.end_ms
        first_ms = int(ends[0]) - INTERVALS_MS[self.bars.interval] if len(ends) else self.since_ms
        before = [Hole(self.since_ms, first_ms)] if first_ms > self.since_ms and not self.filling else []
        holes = explained([*before, *self.bars.holes], gaps)
        return [hole for hole in holes if hole.reason or (hole.since_ms > self.since_ms and not self.filling)]

    def silences(self) -> list[Hole]:
        """When we heard no prices at all and why; bars in these times were had from exchanges later."""
        gaps = self._past.gaps if self._past else ()
        return [Hole(gap.since_ms, gap.until_ms, str(gap.reason)) for gap in gaps if gap.exchange is None]

    def _read(self) -> None:
        if self._reading:
            self._read_again = True
            return
        self._reading = self._tasks.ask(
            self._archive.read, self.pair, *self._asked, then=self._take_past, failed=self._fail_to_read, owner=self
        )

    def _take_past(self, past: Past) -> None:
        self._reading = None
        self._past = past
        self._build()
        if self._read_again:
            self._read_again = False
            self._read()

    def _fail_to_read(self, _error: Exception) -> None:
        """The store's own fault, which it has told; what is shown stays."""
        self._reading, self._read_again = None, False

    def _take_page(self, progress: Progress) -> None:
        self.progress = progress
        self._read()
        self.filling_changed.emit()

    def _take_rest(self, unfilled: list[Gap]) -> None:
        self._filling = self.progress = None
        self.unfilled = unfilled
        self._read()
        self.filling_changed.emit()

    def _fail_to_fill(self, _error: Exception) -> None:
        _, since_ms, until_ms = self._asked
        self._take_rest([Gap(None, since_ms, until_ms, GapReason.ERROR)])

    def _build(self) -> None:
        """Bars of what is stored and of what was heard since; the newest prices make the running bar."""
        assert self._past is not None
        interval, _, until_ms = self._asked
        times, prices = self._heard()
        ended_ms = max(until_ms, int(times[-1]) if len(times) else 0)
        candles = self._past.candles.merged(self._own_candles())
        candles = candles.between(0, ended_ms - INTERVALS_MS[interval] + 1)
        self.bars = Bars(interval, self._rates.converted(self.pair, closes_of(candles, interval)), self.known)
        if len(times):
            self.add(float(times[-1]), float(prices[-1]))
        self.built.emit()

    def _own_candles(self) -> Candles:
        times, prices = self._heard()
        return Candles.of_samples(
            times.astype(np.int64), prices, np.full(len(times), Origin.POLL, np.uint8), self._asked[0]
        )

    def _heard(self) -> tuple[Floats, Floats]:
        samples = self._samples()
        known = ~np.isnan(samples.values)
        return samples.times[known], samples.values[known]
