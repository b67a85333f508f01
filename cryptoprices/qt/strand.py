"""One pair's bars of one range: what the archive has at once, then what exchanges still have, page by page."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from cryptoprices.core.bars import Bars, Hole, told
from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Candle, Pair
from cryptoprices.core.past import PastRead, Progress
from cryptoprices.core.spans import Span, Stretch
from cryptoprices.qt.past import Archive
from cryptoprices.qt.past_rates import PastRates
from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.tasks import Question, Tasks
from cryptoprices.qt.voice import Voice


class Strand(QObject):
    """bars: None until the archive has answered. progress: of the fill that runs, None without one.

    built: the bars were made anew. filling_changed: a page has come, or a fill has begun or ended. filled: it has ended
    and was not cancelled.
    """

    built = Signal()
    filling_changed = Signal()
    filled = Signal()

    def __init__(
        self,
        pair: Pair,
        recorder: Recorder,
        rates: PastRates,
        archive: Archive,
        tasks: Tasks,
        parent: QObject,
    ) -> None:
        """recorder: what was heard since the start. rates: turn bars into the shown currency."""
        super().__init__(parent)
        self.pair = pair
        self.bars: Bars | None = None
        self.since_ms = 0  # what was asked for begins here
        self.progress: Progress | None = None
        self.unfilled: list[Gap] = []  # what the last fill could not get
        self._recorder, self._rates, self._archive, self._tasks = recorder, rates, archive, tasks
        self._voice = Voice(pair, recorder)
        self._so_far: tuple[str, Candle] | None = None  # what is stored of the running bar, and whose it is
        self._past: PastRead | None = None
        self._silences: list[Hole] = []
        self._asked = self._had = ("1d", 0, 0)  # what was asked for, and what of it the past in hand is
        self._reading: Question | None = None
        self._filling: Question | None = None
        self._asking: Question | None = None  # for what is stored of the running bar
        self._read_again = False
        self._holes: list[Hole] | None = None  # worked out once for all frames
        self.built.connect(self._forget_holes)
        self.filling_changed.connect(self._forget_holes)
        recorder.calendar_set.connect(self._start_over)

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
                _fill,
                self._archive,
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
        for question in (self._reading, self._asking):
            if question:
                question.cancel()
        self._reading = self._asking = self._so_far = None
        self._read_again = False
        self.cancel_fill()

    def cancel_fill(self) -> None:
        """Ask the exchanges for nothing more."""
        if self._filling:
            self._filling.cancel()
            self._filling = self.progress = None
            self.filling_changed.emit()

    def take(self, t_ms: float) -> bool:
        """What is said now moves the running bar. True if bars are missing before it."""
        found = self._now(t_ms)
        if self.bars is None or found is None:
            return False
        (name, price), runs = found, self._runs(t_ms)
        if name != self._voice.name:
            self._voice.pass_to(name, t_ms)
            self._ask_so_far()
            if runs:
                self._build()
                return False
        price *= self._rates.factor(self.pair)
        if runs:
            missed = self.bars.add(t_ms, price)
        else:
            open_ms = floor_ms(int(t_ms), self._had[0])
            missed = self.bars.run(_joined(self._stored(open_ms), Candle(open_ms, *4 * (price,))), t_ms)
        if missed:
            self._forget_holes()
        return missed

    def moves(self, t_ms: float) -> bool:
        """Whether something else is said now than what the bars end with."""
        found = self._now(t_ms)
        if self.bars is None or found is None:
            return False
        name, price = found
        return name != self._voice.name or self.bars.moves(price * self._rates.factor(self.pair))

    def _now(self, t_ms: float) -> tuple[str, float] | None:
        """Who is to be heard now, and what it says: in the middle of a bar who was heard before, if it can be."""
        return self._voice.price(self._leader, keep=self._runs(t_ms))

    def _runs(self, t_ms: float) -> bool:
        """Whether this time is in the bar that runs."""
        running = self.bars.running if self.bars else None
        return running is not None and running.open_ms == floor_ms(int(t_ms), self._had[0])

    @property
    def _leader(self) -> str:
        """The exchange of the newest candles."""
        return self.stretches[-1][2] if self.stretches else ""

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
        """The exchange whose bar ends or runs at this time, "" where there is none."""
        open_ms = self._opening(end_ms)
        if open_ms is None:
            return ""
        stored = next((name for since_ms, until_ms, name in self.stretches if since_ms <= open_ms < until_ms), "")
        return stored or self._voice.whose(open_ms, self._had[0])

    def origin(self, end_ms: float) -> Origin | None:
        """Where the bar came from that ends or runs at this time, None where there is none."""
        open_ms = self._opening(end_ms)
        if open_ms is None or self._past is None:
            return None
        until_ms = open_ms + INTERVALS_MS[self._had[0]]
        for candles in (self._past.candles, self._recorder.heard(self.pair, self.whose(end_ms))[0]):
            if len(found := candles.between(open_ms, until_ms)):
                return Origin(int(found.origin.min()))
        return None

    def _opening(self, end_ms: float) -> int | None:
        """When the bar opens that ends or runs at this time, None where there is none."""
        if self.bars is None:
            return None
        opens, open_ms = self.bars.candles.open_ms, floor_ms(math.ceil(end_ms) - 1, self._had[0])
        at = int(np.searchsorted(opens, open_ms))
        return open_ms if at < len(opens) and opens[at] == open_ms else None

    @property
    def known(self) -> list[Span]:
        """The times in which no bar means that nobody traded."""
        return [(since_ms, until_ms) for since_ms, until_ms, _ in self.stretches]

    def holes(self) -> list[Hole]:
        """Where bars are missing and why, also before the first one; while exchanges are asked, only known reasons."""
        if self._holes is None and self.bars and self._past:
            gaps = [*self._past.gaps, *self.unfilled]
            self._holes = told(self.bars, self.since_ms, gaps, self.filling)
        return self._holes or []

    @Slot()
    def _start_over(self) -> None:
        """The calendar was set, and the times of what was heard with it."""
        self._voice.start_over()

    @Slot()
    def _forget_holes(self) -> None:
        self._holes = None

    def beginning(self) -> GapReason | None:
        """Why nothing is there at the very time that what was asked for begins; None where it is, or nobody knows."""
        holes = self.holes()
        return GapReason(holes[0].reason) if holes and holes[0].since_ms <= self.since_ms and holes[0].reason else None

    def silences(self) -> list[Hole]:
        """When we heard no prices at all and why; bars in these times were had from exchanges later."""
        return self._silences

    def _read(self) -> None:
        if self._reading:
            self._read_again = True
            return
        self._reading = self._tasks.ask(
            self._archive.read, self.pair, *self._asked, then=self._take_past, failed=self._fail_to_read, owner=self
        )

    def _take_past(self, past: PastRead) -> None:
        self._reading = None
        self._past, self._had = past, self._asked
        self._silences = [Hole(*gap[1:3], str(gap.reason)) for gap in past.gaps if gap.exchange is None]
        self._begin_voice()
        self._build()
        self._ask_so_far()
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
        self.filled.emit()

    def _fail_to_fill(self, _error: Exception) -> None:
        _, since_ms, until_ms = self._asked
        self._take_rest([Gap(None, since_ms, until_ms, GapReason.ERROR)])

    def _begin_voice(self) -> None:
        """The newest candles may be another exchange's now, which is heard from now on."""
        found = self._voice.price(self._leader, keep=False)
        if found:
            self._voice.pass_to(found[0], self._recorder.now_ms())

    def _ask_so_far(self) -> None:
        """What is stored of the running bar: it may have begun before this run."""
        if self._asking:
            self._asking.cancel()
        if name := self._voice.name:
            then = partial(self._take_so_far, name)
            self._asking = self._tasks.ask(
                self._archive.running, self.pair, self._had[0], name, then=then, failed=self._keep, owner=self
            )

    def _take_so_far(self, name: str, candle: Candle | None) -> None:
        self._so_far = (name, candle) if candle else None
        running = self.bars.running if self.bars else None
        if self.bars and running:
            own = Candle(running.open_ms, running.open, running.high, running.low, running.price)
            self.bars.run(_joined(self._stored(own.open_ms), own), running.t_ms)

    def _keep(self, _error: Exception) -> None:
        """The store's own fault, which it has told; what is shown stays."""

    def _build(self) -> None:
        """Bars of what is stored and of what was heard since; the newest prices make the running bar."""
        assert self._past is not None
        interval, _, until_ms = self._had
        own, newest_ms = self._own_candles(), self._voice.newest_ms
        ended_ms = until_ms if math.isnan(newest_ms) else max(until_ms, floor_ms(int(newest_ms), interval))
        candles = self._past.candles.merged(own).between(0, ended_ms)
        self.bars = Bars(interval, self._rates.converted(self.pair, candles, interval), self.known)
        for running in own.between(ended_ms, math.inf).rows():
            self.bars.run(_joined(self._stored(running.open_ms), self._shown(running)), newest_ms)
        self.built.emit()

    def _stored(self, open_ms: int) -> Candle | None:
        """What is stored of the running bar, as it is shown."""
        if self._so_far and self._so_far[0] == self._voice.name and self._so_far[1].open_ms == open_ms:
            return self._shown(self._so_far[1])
        return None

    def _shown(self, candle: Candle) -> Candle:
        """In the shown currency, at the rate of now."""
        factor = self._rates.factor(self.pair)
        return Candle(candle.open_ms, *(price * factor for price in candle[1:5]))

    def _own_candles(self) -> Candles:
        """Of what was heard since the start, where nothing is stored."""
        own = self._voice.minutes(self._had[0]).gathered(self._had[0])
        spans = np.array(self.known, dtype=np.int64).reshape(-1, 2)
        at = np.searchsorted(spans[:, 0], own.open_ms, side="right") - 1
        return own.where((at < 0) | (own.open_ms >= np.append(spans[:, 1], 0)[at]))


def _fill(
    archive: Archive,
    pair: Pair,
    interval: str,
    since_ms: int,
    until_ms: int,
    tell: Callable[[Progress], None],
    stopped: Event,
) -> list[Gap]:
    """On a worker: ask the exchanges for the bars that have ended, then for what has ended of the one that runs."""
    left = archive.fill(pair, interval, since_ms, until_ms, tell, stopped)
    archive.fill_running(pair, interval, stopped)
    return left


def _joined(stored: Candle | None, heard: Candle) -> Candle:
    """What is stored of a candle and what was heard of it later."""
    if stored is None:
        return heard
    high, low = max(stored.high, heard.high), min(stored.low, heard.low)
    return Candle(heard.open_ms, stored.open, high, low, heard.close)
