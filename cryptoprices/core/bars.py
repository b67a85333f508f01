"""Bars as a line that charts draw: the close of each at the moment it has ended, and what the running one says now."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cryptoprices.core.figures import Closes
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.ledger import Gap
from cryptoprices.core.series import Floats, Series
from cryptoprices.core.spans import Span


class Hole(NamedTuple):
    """A stretch [since_ms, until_ms) of Unix ms without bars. reason: of GapReason, "" where nobody knows."""

    since_ms: int
    until_ms: int
    reason: str = ""


class Running(NamedTuple):
    """The bar that has not ended yet. t_ms: when its newest price came, Unix ms."""

    open_ms: int
    t_ms: float
    price: float


class Bars:
    """series: closes over time, NaN from where bars are missing. Its last sample may be the running bar's.

    interval: the bars' width. holes: where bars are missing, oldest first.
    """

    def __init__(self, interval: str, closes: Closes, known: Sequence[Span] = ()) -> None:
        """closes: of bars that have ended. known: times in which no bar means that nobody traded: they are no hole."""
        self.interval = interval
        self._width_ms = INTERVALS_MS[interval]
        missing = _missing(closes, self._width_ms, known)
        ends = closes.end_ms.astype(np.float64)
        self.holes = [Hole(int(ends[i]), int(ends[i + 1]) - self._width_ms) for i in missing]
        times = np.insert(ends, missing + 1, ends[missing] + 1.0)
        self.series = Series.of(times, np.insert(closes.close, missing + 1, np.nan))
        self._running_ms: int | None = None  # when the running bar opened

    @property
    def closes(self) -> Closes:
        """Of the bars that have ended."""
        count = len(self.series) - (self._running_ms is not None)
        times, values = self.series.times[:count], self.series.values[:count]
        known = ~np.isnan(values)
        return Closes(times[known].astype(np.int64), values[known])

    @property
    def running(self) -> Running | None:
        """The bar that has not ended yet, None where no price has come since the last one ended."""
        if self._running_ms is None:
            return None
        return Running(self._running_ms, float(self.series.times[-1]), float(self.series.values[-1]))

    def moves(self, price: float) -> bool:
        """Whether this price is another one than the newest that is known."""
        return not len(self.series) or price != self.series.values[-1]

    def add(self, t_ms: float, price: float) -> bool:
        """The price at this moment, which is the running bar's close so far. True if bars are missing before it.

        Passed over where it is older than what is known, or NaN.
        """
        series, open_ms = self.series, floor_ms(int(t_ms), self.interval)
        place_ms = max(t_ms, open_ms + 1.0)  # the bar before has ended at open_ms
        if np.isnan(price) or (len(series) and place_ms < series.times[-1]):
            return False
        if self._running_ms == open_ms:
            series.amend(place_ms, price)
            return False
        if self._running_ms is not None:
            series.amend(self._running_ms + self._width_ms, float(series.values[-1]))
        self._running_ms = open_ms
        ended_ms = int(series.times[-1]) if len(series) else open_ms
        if ended_ms < open_ms:
            series.append(ended_ms + 1.0, np.nan)
            self.holes.append(Hole(ended_ms, open_ms))
        series.append(place_ms, price)
        return ended_ms < open_ms


def explained(holes: Sequence[Hole], gaps: Sequence[Gap]) -> list[Hole]:
    """The holes with the reason of the gap that covers most of each."""
    return [hole._replace(reason=_reason(hole, gaps)) for hole in holes]


def ratio_of(over: Closes, under: Closes) -> Closes:
    """One price in the other at the moments at which a bar of both has ended, so that nothing is known early."""
    moments, in_over, in_under = np.intersect1d(over.end_ms, under.end_ms, assume_unique=True, return_indices=True)
    ratio: Floats = over.close[in_over] / under.close[in_under]
    return Closes(moments, ratio)


def _missing(closes: Closes, width_ms: int, known: Sequence[Span]) -> NDArray[np.intp]:
    """Indices of the bars after which others are missing."""
    ends = closes.end_ms
    (after,) = np.nonzero(np.diff(ends) > width_ms)
    spans = np.array(_joined(known), dtype=np.int64).reshape(-1, 2)
    if not len(spans):
        return after
    at = np.searchsorted(spans[:, 0], ends[after], side="right") - 1
    covered = (at >= 0) & (ends[after + 1] - width_ms <= spans[at, 1])
    open_holes: NDArray[np.intp] = after[~covered]
    return open_holes


def _joined(spans: Sequence[Span]) -> list[Span]:
    """The same times, where one begins as the other ends as one."""
    joined: list[Span] = []
    for since_ms, until_ms in sorted(spans):
        if joined and since_ms <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until_ms, joined[-1][1]))
        else:
            joined.append((since_ms, until_ms))
    return joined


def _reason(hole: Hole, gaps: Sequence[Gap]) -> str:
    def covered_ms(gap: Gap) -> int:
        return min(gap.until_ms, hole.until_ms) - max(gap.since_ms, hole.since_ms)

    best = max(gaps, key=covered_ms, default=None)
    return "" if best is None or covered_ms(best) <= 0 else str(best.reason)
