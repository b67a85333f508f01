"""What a study makes of bars: its values bar by bar, and when each of them is drawn."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cryptoprices.core.bars import Bars, Hole
from cryptoprices.core.figures import Closes
from cryptoprices.core.indicators import Indicator
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.pair_studies import PairStudy
from cryptoprices.core.series import Floats, Indices, Series
from cryptoprices.core.studies import Trace

MOST_MOVING = 20_000
"""Of more bars the one that runs still is left out: all of a study is reckoned anew, up to 6 ms for 20,000 of them."""


class Lines(NamedTuple):
    """opens: (n,) when each bar opens. times: (n,) when its close is known, of the running one when it came.

    traces: (n,) each. breaks: indices of the bars after which bars are missing. warning: as of pair_studies.Drawn.
    """

    opens: Floats
    times: Floats
    traces: tuple[Trace, ...]
    breaks: Indices
    warning: str = ""

    def series(self, at: Floats, values: Floats) -> Series:
        """Values that are drawn at these times, (n,) both, with a gap where bars are missing."""
        times = np.insert(at, self.breaks + 1, at[self.breaks] + 0.5)  # the next bar is 1 ms later or more
        return Series.of(times, np.insert(values, self.breaks + 1, np.nan))

    def newest_in(self, since_ms: float, until_ms: float) -> int | None:
        """Index of the last bar that opens in [since_ms, until_ms), None where there is none."""
        at = int(np.searchsorted(self.opens, until_ms)) - 1
        return at if at >= 0 and self.opens[at] >= since_ms else None


def moving(*bars: Bars) -> object:
    """What lines of these bars depend on besides the bars themselves: unequal where they have changed."""
    return tuple((len(one.candles), one.running if len(one.candles) <= MOST_MOVING else None) for one in bars)


def of_candles(study: Indicator, bars: Bars, **values: float) -> Lines:
    """Of one coin. Raises ValueError with one sentence for parameters that are not allowed."""
    count, running = len(bars.candles), bars.running
    ends = bars.candles.open_ms + INTERVALS_MS[bars.interval]
    times, traces = ends.copy(), study.run(bars.candles, **values)
    if running:
        times[-1] = running.t_ms
        count -= count > MOST_MOVING
    traces = tuple(_cut(trace, count) for trace in traces)
    return Lines(bars.candles.open_ms[:count].copy(), times[:count], traces, _breaks(ends[:count], bars.holes))


def of_two(study: PairStudy, base: Bars, quote: Bars, **values: float) -> Lines:
    """Of two coins whose bars have one width. Raises ValueError as of_candles."""
    width_ms = INTERVALS_MS[base.interval]
    over, under = base.running, quote.running
    both_run = over and under and over.open_ms == under.open_ms and len(base.candles) <= MOST_MOVING
    found = study.run(_closes(base, bool(both_run)), _closes(quote, bool(both_run)), **values)
    ends = found.end_ms.astype(np.float64)
    times = ends.copy()
    if both_run and over and under:
        times[-1] = max(over.t_ms, under.t_ms)
    return Lines(ends - width_ms, times, found.traces, _breaks(ends, [*base.holes, *quote.holes]), found.warning)


def span(t_ms: float, shift_ms: float, interval: str) -> tuple[float, float]:
    """When the bars may open of which a sample of the prices tells, [since, until).

    t_ms: the sample's time. shift_ms: as its layer has it: a candle goes by the time it opens and may stand for many
    bars, a line by the time its bar has ended.
    """
    if shift_ms:
        return t_ms, t_ms + 2 * shift_ms
    open_ms = floor_ms(math.ceil(t_ms) - 1, interval)
    return open_ms, open_ms + 1.0


def _closes(bars: Bars, running: bool) -> Closes:
    """running: that of the bar that runs as well, as if it had ended."""
    closes, now = bars.closes, bars.running
    if not running or now is None:
        return closes
    end_ms = now.open_ms + INTERVALS_MS[bars.interval]
    return Closes(np.append(closes.end_ms, end_ms), np.append(closes.close, now.price))


def _breaks(ends: Floats, holes: Sequence[Hole]) -> Indices:
    since_ms = np.array([hole.since_ms for hole in holes], dtype=np.float64)
    after = np.unique(np.searchsorted(ends, since_ms, side="right") - 1)
    return after[(after >= 0) & (after < len(ends) - 1)]


def _cut(trace: Trace, count: int) -> Trace:
    return trace._replace(values=trace.values[:count], lower=None if trace.lower is None else trace.lower[:count])
