"""Bars as charts draw them: a line of the closes, each at the moment its bar has ended, and the candles.

The newest of both may be the bar that runs still: it moves with every price. Where a price becomes about a hundred, a
thousand, … times as much or as little from one bar to the next, the coin was likely redenominated: the line is broken
there. The prices stay as they were said.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cryptoprices.core.candle_levels import CandleLevels
from cryptoprices.core.candles import Candles
from cryptoprices.core.figures import Closes, closes_of
from cryptoprices.core.intervals import HOUR_MS, INTERVALS_MS, floor_ms
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Candle
from cryptoprices.core.series import Floats, Series
from cryptoprices.core.spans import Span, joined
from cryptoprices.core.units import other_unit

_QUIET_BARS = 5  # so many without a trade, and an hour, are bridged by a line


class Hole(NamedTuple):
    """A stretch [since_ms, until_ms) of Unix ms without bars, or a bar with another unit than the one before.

    reason: of GapReason, "" where nobody knows.
    """

    since_ms: int
    until_ms: int
    reason: str = ""


class Running(NamedTuple):
    """The bar that has not ended yet. price: its close so far. t_ms: when its newest price came, Unix ms."""

    open_ms: int
    open: float
    high: float
    low: float
    price: float
    t_ms: float


class CloseLine:
    """series: closes over time, NaN from where bars are missing. Its last sample may be the running bar's.

    interval: the bars' width. holes: where bars are missing, oldest first.
    """

    def __init__(self, interval: str, closes: Closes, known: Sequence[Span] = ()) -> None:
        """closes: of bars that have ended. known: times in which no bar means that nobody traded.

        That is a hole only where it lasted: the price of hours ago, or of many bars, is no longer one.
        """
        self.interval = interval
        self._width_ms = INTERVALS_MS[interval]
        (missing, quiet), jumps = _missing(closes, self._width_ms, known), other_unit(closes.close)
        breaks, ends = np.union1d(np.union1d(missing, quiet), jumps), closes.end_ms.astype(np.float64)
        reasons = dict.fromkeys(quiet.tolist(), GapReason.NO_TRADES) | dict.fromkeys(jumps.tolist(), GapReason.NEW_UNIT)
        self.holes = [
            Hole(int(ends[i]), int(ends[i + 1]) - (0 if i in jumps else self._width_ms), reasons.get(i, ""))
            for i in breaks.tolist()
        ]
        times = np.insert(ends, breaks + 1, ends[breaks] + 1.0)
        self.series = Series.of(times, np.insert(closes.close, breaks + 1, np.nan))
        self._running_ms: int | None = None  # when the running bar opened

    @property
    def closes(self) -> Closes:
        """Of the bars that have ended."""
        count = len(self.series) - (self._running_ms is not None)
        times, values = self.series.times[:count], self.series.values[:count]
        known = ~np.isnan(values)
        return Closes(times[known].astype(np.int64), values[known])

    def closes_between(self, since_ms: float, until_ms: float) -> Closes:
        """Of those that end in [since_ms, until_ms], Unix ms."""
        closes = self.closes
        start, stop = np.searchsorted(closes.end_ms, since_ms), np.searchsorted(closes.end_ms, until_ms, side="right")
        return Closes(closes.end_ms[start:stop], closes.close[start:stop])

    def moves(self, price: float) -> bool:
        """Whether this price is another one than the newest that is known."""
        return not len(self.series) or price != self.series.values[-1]

    def add(self, t_ms: float, price: float) -> bool:
        """The price at this moment, which is the running bar's close so far. True if bars are missing before it.

        Passed over where it is older than what is known, or NaN.
        """
        return self._takes(t_ms, price) and self._put(t_ms, price)

    def _takes(self, t_ms: float, price: float) -> bool:
        newest_ms = self.series.times[-1] if len(self.series) else -np.inf
        return not np.isnan(price) and bool(self._place(t_ms) >= newest_ms)

    def _place(self, t_ms: float) -> float:
        """Where it stands in the series: the bar before has ended at the very moment in which this one opens."""
        return max(t_ms, floor_ms(int(t_ms), self.interval) + 1.0)

    def _put(self, t_ms: float, price: float) -> bool:
        series, open_ms = self.series, floor_ms(int(t_ms), self.interval)
        if self._running_ms == open_ms:
            series.amend(self._place(t_ms), price)
            return self._break_unit()
        if self._running_ms is not None:
            series.amend(self._running_ms + self._width_ms, float(series.values[-1]))
        self._running_ms = open_ms
        ended_ms = int(series.times[-1]) if len(series) else open_ms
        if ended_ms < open_ms:
            series.append(ended_ms + 1.0, np.nan)
            self.holes.append(Hole(ended_ms, open_ms))
        series.append(self._place(t_ms), price)
        return self._break_unit() or ended_ms < open_ms

    def _break_unit(self) -> bool:
        """Break the line before the newest sample if that is in another unit. Whether it was so."""
        series = self.series
        if not len(other_unit(series.values[-2:])):
            return False
        (since_ms, now_ms), price = series.times[-2:].tolist(), float(series.values[-1])
        series.amend(since_ms + 0.5, np.nan)  # a bar's first place is 1 ms after the end of the one before
        series.append(now_ms, price)
        until_ms = floor_ms(int(now_ms), self.interval) + self._width_ms
        self.holes.append(Hole(int(since_ms), until_ms, GapReason.NEW_UNIT))
        return True


class Bars(CloseLine):
    """The closes as a line, and beside them `candles`: the newest one may be running."""

    def __init__(self, interval: str, candles: Candles, known: Sequence[Span] = ()) -> None:
        """candles: those that have ended. known: as of CloseLine."""
        super().__init__(interval, closes_of(candles, interval), known)
        self.candles = CandleLevels.of(candles, interval)

    @property
    def running(self) -> Running | None:
        """The bar that has not ended yet, None where no price has come since the last one ended."""
        if self._running_ms is None:
            return None
        columns = (self.candles.open, self.candles.high, self.candles.low, self.candles.close)
        first, high, low, price = (float(column[-1]) for column in columns)
        return Running(self._running_ms, first, high, low, price, float(self.series.times[-1]))

    def add(self, t_ms: float, price: float) -> bool:
        """As of CloseLine; the running candle reaches to this price."""
        open_ms, running = floor_ms(int(t_ms), self.interval), self.running
        candle = Candle(open_ms, price, price, price, price)
        if running and running.open_ms == open_ms:
            high, low = max(running.high, price), min(running.low, price)
            candle = Candle(open_ms, running.open, high, low, price)
        return self.run(candle, t_ms)

    def run(self, candle: Candle, t_ms: float) -> bool:
        """The running bar is this one so far. t_ms: when its newest price came. True if bars are missing before it."""
        if not self._takes(t_ms, candle.close):
            return False
        if self._running_ms == candle.open_ms:
            self.candles.amend(candle)
        else:
            self.candles.append(candle)
        return self._put(t_ms, candle.close)


class RatioLine(CloseLine):
    """One price in the other, at the moments at which a bar of both has ended, and now while the bars of both run."""

    def __init__(self, over: Bars, under: Bars, known: Sequence[Span] = ()) -> None:
        """Both of one width. known: as of CloseLine, of both."""
        super().__init__(over.interval, ratio_of(over.closes, under.closes), known)
        self._over, self._under = over, under
        self.move()

    def move(self) -> None:
        """The running bars have moved."""
        over, under = self._over.running, self._under.running
        if over and under and over.open_ms == under.open_ms:
            self.add(max(over.t_ms, under.t_ms), over.price / under.price)


def explained(holes: Sequence[Hole], gaps: Sequence[Gap]) -> list[Hole]:
    """The holes with the reason of the gap that covers most of each: if it can be, of one in which nobody was heard.

    One exchange's trouble leaves no hole while the others are heard.
    """
    since_ms, until_ms = np.array([gap[1:3] for gap in gaps], dtype=np.int64).reshape(-1, 2).T
    of_all = np.array([gap.exchange is None for gap in gaps])

    def reason(hole: Hole) -> str:
        covered_ms = np.minimum(until_ms, hole.until_ms) - np.maximum(since_ms, hole.since_ms)
        most = of_all & (2 * covered_ms > hole.until_ms - hole.since_ms)
        best = int(np.where(most, covered_ms, covered_ms.min() - 1).argmax() if most.any() else covered_ms.argmax())
        return str(gaps[best].reason) if covered_ms[best] > 0 else ""

    return [hole if hole.reason else hole._replace(reason=reason(hole)) for hole in holes] if gaps else list(holes)


def told(line: CloseLine, since_ms: int, gaps: Sequence[Gap], asking: bool) -> list[Hole]:
    """The holes of a line with their reasons, and the one before its first bar. since_ms: what was asked for begins.

    asking: while exchanges are asked, what they may fill yet is no hole; only those with a reason are told.
    """
    ends = line.closes.end_ms
    first_ms = int(ends[0]) - INTERVALS_MS[line.interval] if len(ends) else since_ms
    before = [Hole(since_ms, first_ms)] if first_ms > since_ms and not asking else []
    holes = explained([*before, *line.holes], gaps)
    return [hole for hole in holes if hole.reason or (hole.since_ms > since_ms and not asking)]


def ratio_of(over: Closes, under: Closes) -> Closes:
    """One price in the other at the moments at which a bar of both has ended, so that nothing is known early."""
    moments, in_over, in_under = np.intersect1d(over.end_ms, under.end_ms, assume_unique=True, return_indices=True)
    ratio: Floats = over.close[in_over] / under.close[in_under]
    return Closes(moments, ratio)


def _missing(closes: Closes, width_ms: int, known: Sequence[Span]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the bars after which others are missing, and of those after which nobody traded for long."""
    ends = closes.end_ms
    gone_ms = np.diff(ends) - width_ms
    (after,) = np.nonzero(gone_ms > 0)
    spans = np.array(joined(known), dtype=np.int64).reshape(-1, 2)
    if not len(spans):
        return after, after[:0]
    at = np.searchsorted(spans[:, 0], ends[after], side="right") - 1
    covered = (at >= 0) & (ends[after + 1] - width_ms <= spans[at, 1])
    long = gone_ms[after] > max(_QUIET_BARS * width_ms, HOUR_MS)
    return after[~covered], after[covered & long]
