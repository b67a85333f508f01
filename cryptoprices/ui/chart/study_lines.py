"""What a study makes of bars: its values bar by bar, and when each of them is drawn."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cryptoprices.core.bars import Bars, Hole
from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.figures import Closes
from cryptoprices.core.indicators import Indicator, sessions
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.pair_studies import PairStudy
from cryptoprices.core.series import Floats, Indices, Series
from cryptoprices.core.studies import Trace

TAIL = 4096
"""Bars that are reckoned anew when some have come. Where that makes others of earlier values, all are."""

_SURE = 64  # earlier values that must be the same


class Lines(NamedTuple):
    """opens: (n,) when each bar opens. times: (n,) when its close is known, of the running one when it came.

    traces: (n,) each. breaks: indices of the bars after which the lines break off: bars are missing, or a session
    begins. warning: as of pair_studies.Drawn.
    """

    opens: Floats
    times: Floats
    traces: tuple[Trace, ...]
    breaks: Indices
    warning: str = ""

    def series(self, at: Floats, values: Floats) -> Series:
        """Values that are drawn at these times, (n,) both, with a gap where they break off."""
        times = np.insert(at, self.breaks + 1, at[self.breaks] + 0.5)  # the next bar is 1 ms later or more
        return Series.of(times, np.insert(values, self.breaks + 1, np.nan))

    def extend(self, series: Series, at: Floats, values: Floats, since: int) -> None:
        """Let a series of the same end with these, from its newest sample on, which is that of index `since`."""
        series.amend(float(at[since]), float(values[since]))
        for i in range(since + 1, len(at)):
            if i - 1 in self.breaks:
                series.append(float(at[i - 1]) + 0.5, np.nan)
            series.append(float(at[i]), float(values[i]))

    def newest_in(self, since_ms: float, until_ms: float) -> int | None:
        """Index of the last bar that opens in [since_ms, until_ms), None where there is none."""
        at = int(np.searchsorted(self.opens, until_ms)) - 1
        return at if at >= 0 and self.opens[at] >= since_ms else None

    def grown(self, tail: "Lines") -> "Lines | None":
        """These with the newest bars of tail in the place of their own. None unless both agree on those before."""
        stay = min(len(self.opens) - 1, int(np.searchsorted(self.opens, tail.opens[-1]))) if len(tail.opens) else 0
        at = int(np.searchsorted(tail.opens, self.opens[stay])) if stay > 0 else 0
        known = min(at, stay, _SURE)
        if known < max(1, min(stay, _SURE)) or tail.opens[at] != self.opens[stay]:
            return None
        before, after = _arrays(self.traces), _arrays(tail.traces)
        for mine, theirs in zip(before, after, strict=True):
            ours, others = mine[stay - known : stay], theirs[at - known : at]
            if not np.allclose(ours, others, rtol=1e-9, atol=0.0, equal_nan=True):
                return None

        def joined(mine: Floats, theirs: Floats) -> Floats:
            return np.concatenate([mine[:stay], theirs[at:]])

        breaks = np.unique(np.concatenate([self.breaks[self.breaks < stay], tail.breaks + (stay - at)]))
        traces = tuple(
            new._replace(
                values=joined(old.values, new.values),
                lower=None if old.lower is None or new.lower is None else joined(old.lower, new.lower),
            )
            for old, new in zip(self.traces, tail.traces, strict=True)
        )
        times = joined(self.times, tail.times)
        return Lines(joined(self.opens, tail.opens), times, traces, breaks, self.warning)


def reckoned(study: Indicator | PairStudy, bars: Sequence[Bars], values: Mapping[str, float], most: int = 0) -> Lines:
    """What a study makes of the bars of one coin, or of base and quote, which are of one width.

    most: of so many of the newest, 0 for all. Raises ValueError with one sentence for parameters that are not allowed.
    """
    if isinstance(study, PairStudy):
        return _of_two(study, bars[0], bars[1], values, most)
    (one,) = bars
    levels, newest = one.candles, slice(-most if most else None, None)
    open_ms = levels.open_ms[newest].copy()
    candles = Candles(
        open_ms.astype(np.int64),
        levels.open[newest],
        levels.high[newest],
        levels.low[newest],
        levels.close[newest],
        levels.volume[newest],
        np.full(len(open_ms), Origin.BACKFILL, dtype=np.uint8),
    )
    times = open_ms + INTERVALS_MS[one.interval]
    breaks = _breaks(times, one.holes)
    if study.of_sessions and len(open_ms) > 1:
        breaks = np.union1d(breaks, np.flatnonzero(np.diff(sessions(open_ms))))
    if one.running:
        times[-1] = one.running.t_ms
    return Lines(open_ms, times, study.run(candles, **values), breaks)


def _of_two(study: PairStudy, base: Bars, quote: Bars, values: Mapping[str, float], most: int) -> Lines:
    over, under = base.running, quote.running
    both_run = over is not None and under is not None and over.open_ms == under.open_ms
    found = study.run(_closes(base, both_run, most), _closes(quote, both_run, most), **values)
    ends = found.end_ms.astype(np.float64)
    times = ends.copy()
    if over and under and both_run:
        times[-1] = max(over.t_ms, under.t_ms)
    breaks = _breaks(ends, [*base.holes, *quote.holes])
    return Lines(ends - INTERVALS_MS[base.interval], times, found.traces, breaks, found.warning)


def span(t_ms: float, shift_ms: float, interval: str) -> tuple[float, float]:
    """When the bars may open of which a sample of the prices tells, [since, until).

    t_ms: the sample's time. shift_ms: as its layer has it: a candle goes by the time it opens and may stand for many
    bars, a line by the time its bar has ended.
    """
    if shift_ms:
        return t_ms, t_ms + 2 * shift_ms
    open_ms = floor_ms(math.ceil(t_ms) - 1, interval)
    return open_ms, open_ms + 1.0


def _closes(bars: Bars, running: bool, most: int) -> Closes:
    """running: that of the bar that runs as well, as if it had ended."""
    (end_ms, close), now = bars.closes, bars.running
    if running and now:
        end_ms = np.append(end_ms, now.open_ms + INTERVALS_MS[bars.interval])
        close = np.append(close, now.price)
    return Closes(end_ms[-most:], close[-most:])


def _breaks(ends: Floats, holes: Sequence[Hole]) -> Indices:
    since_ms = np.array([hole.since_ms for hole in holes], dtype=np.float64)
    after = np.unique(np.searchsorted(ends, since_ms, side="right") - 1)
    return after[(after >= 0) & (after < len(ends) - 1)]


def _arrays(traces: Sequence[Trace]) -> list[Floats]:
    return [array for trace in traces for array in (trace.values, trace.lower) if array is not None]
