"""Indicators: one function each, on those columns of candles that its arguments name. Adding one is adding a function.

Where a recursion begins follows TA-Lib, which most programs use. What an exchange does not have because nobody traded
is no bar: its neighbours are neighbours, as in every chart. A bar of which a column is NaN is unknown, and everything
begins anew after it, and where the coin's unit changes.
"""

import math
from collections.abc import Callable
from typing import Annotated, TypeVar

import numpy as np

from cryptoprices.core.candle_levels import CandleLevels
from cryptoprices.core.candles import Candles, Floats, Times
from cryptoprices.core.intervals import DAY_MS
from cryptoprices.core.rolling import decaying, sums_since, windows
from cryptoprices.core.runs import in_runs
from cryptoprices.core.studies import Draws, Study, Trace, Unit, Within
from cryptoprices.core.units import other_unit

Period = Annotated[int, Within(1, 1000)]
LongPeriod = Annotated[int, Within(2, 1000)]
Deviations = Annotated[float, Within(0.1, 10)]
_LEFT = 1e-9  # of what an average begins with: so little can be seen nowhere
_Function = TypeVar("_Function", bound=Callable[..., Floats | tuple[Trace, ...]])


class Indicator(Study):
    """A study of candles."""

    def run(self, candles: Candles | CandleLevels, **params: float) -> tuple[Trace, ...]:
        """Its traces, (n,) each. Raises ValueError with one sentence for parameters that are not allowed."""
        chosen = self.chosen(params)
        columns = {name: getattr(candles, name) for name in self.columns}
        known = np.isfinite(np.sum([*columns.values()], axis=0))
        edges = np.union1d(np.flatnonzero(np.diff(known)), other_unit(candles.close)) + 1

        def reckon(run: slice) -> tuple[Trace, ...]:
            return self.traces({name: whole[run] for name, whole in columns.items()}, chosen)

        return in_runs(edges, len(known), reckon)


INDICATORS: dict[str, Indicator] = {}


def exponential_lead(period: int) -> int:
    """Bars before an exponential average is what all of the past would make of it: it never quite forgets."""
    return period + _forgotten((period + 1) / 2)


def wilder_lead(period: int) -> int:
    """The same of Wilder's averages, of changes from bar to bar."""
    return period + 1 + _forgotten(period)


def macd_lead(fast: int, slow: int, signal: int) -> int:
    """The same of an average of averages. fast: forgets sooner than the slow one."""
    return exponential_lead(max(fast, slow)) + exponential_lead(signal)


def _forgotten(slowness: float) -> int:
    """After so many values, of which each weighs 1 / slowness, nothing is left of the beginning."""
    return math.ceil(math.log(_LEFT) / math.log1p(-1.0 / slowness)) if slowness > 1.0 else 0


def indicator(
    short: str = "",
    own_pane: bool = False,
    unit: Unit = Unit.PRICE,
    levels: tuple[float, ...] = (),
    bounds: tuple[float, float] | None = None,
    lead: Callable[..., int] | None = None,
) -> Callable[[_Function], _Function]:
    """Make a function an indicator; the arguments are those of Study.of."""

    def add(function: _Function) -> _Function:
        INDICATORS[function.__name__] = Indicator.of(function, short, own_pane, unit, levels, bounds, lead)
        return function

    return add


@indicator()
def sma(close: Floats, period: Period = 20) -> Floats:
    """Simple moving average: the mean of the last closes.

    period: closes in each mean. close: (n,). Returns (n,), NaN before index period-1. Raises ValueError if period < 1.

    Definition: NIST/SEMATECH e-Handbook of Statistical Methods, section 6.4.2.
    """
    mean: Floats = windows(close[None], period).mean[0]
    return mean


@indicator(lead=exponential_lead)
def ema(close: Floats, period: Period = 20) -> Floats:
    """Exponential moving average: a mean in which each close weighs more than the one before it.

    period: closes that carry most of the weight. close: (n,). Returns (n,), NaN before index period-1. Raises
    ValueError if period < 1.

    The newest weighs 2 / (period + 1); it begins with the mean of the first closes, as in TA-Lib. Definition:
    NIST/SEMATECH e-Handbook of Statistical Methods, section 6.4.3.1.
    """
    return _averaged(close, period, (period + 1) / 2, period - 1)


@indicator("Bollinger")
def bollinger(close: Floats, period: LongPeriod = 20, deviations: Deviations = 2.0) -> tuple[Trace, ...]:
    """Bollinger bands: the mean of the last closes, and so many of their standard deviations above and below it.

    period: closes in each mean. deviations: standard deviations from the mean to each edge. close: (n,). Each trace is
    (n,), NaN before index period-1. Raises ValueError if period < 1.

    Deviations are those of a population (n), as Bollinger has them. Definition: J. Bollinger, Bollinger on Bollinger
    Bands (2001).
    """
    found = windows(close[None], period)
    away = deviations * np.sqrt(found.products[0, 0] / period)
    mean = found.mean[0]
    return Trace("Bands", mean + away, Draws.BAND, mean - away), Trace("Mean", mean)


@indicator(own_pane=True, unit=Unit.NUMBER, levels=(30.0, 70.0), bounds=(0.0, 100.0), lead=wilder_lead)
def rsi(close: Floats, period: LongPeriod = 14) -> Floats:
    """Relative strength index: 100 where closes have only risen, 0 where they have only fallen, 50 where both are even.

    period: changes that the averages begin with. close: (n,). Returns (n,), NaN before index period, and where nothing
    has moved so far. Raises ValueError if period < 1.

    Its averages of rises and falls are Wilder's: a plain mean at first, then each new change weighs 1 / period, as in
    TA-Lib. Definition: J. W. Wilder, New Concepts in Technical Trading Systems (1978), section VI.
    """
    change = np.diff(close)
    gain, loss = (_averaged(np.maximum(way, 0.0), period, period, period - 1) for way in (change, -change))
    with np.errstate(invalid="ignore"):
        found = 100.0 * gain / (gain + loss)
    return np.concatenate([np.full(min(1, len(close)), np.nan), found])


@indicator(own_pane=True, levels=(0.0,), lead=macd_lead)
def macd(close: Floats, fast: Period = 12, slow: LongPeriod = 26, signal: Period = 9) -> tuple[Trace, ...]:
    """Moving average convergence/divergence: a fast average less a slow one, and the average of that as its signal.

    fast: closes of the fast average. slow: closes of the slow average. signal: values of the average of their
    difference. close: (n,). Each trace is (n,), NaN before index slow-1; signal and histogram before slow+signal-2.
    Raises ValueError unless fast < slow.

    All averages are exponential; the fast one begins where the slow one does, with the mean of its last closes there,
    as in TA-Lib. Definition: G. Appel, Technical Analysis: Power Tools for Active Investors (2005).
    """
    if fast >= slow:
        raise ValueError(f"the fast average takes fewer closes than the slow one, not {fast} against {slow}")
    line = _averaged(close, fast, (fast + 1) / 2, slow - 1) - ema(close, slow)
    average = np.concatenate([line[: slow - 1], ema(line[slow - 1 :], signal)])
    return (
        Trace("Histogram", line - average, Draws.HISTOGRAM),
        Trace("MACD", line),
        Trace("Signal", average),
    )


@indicator(own_pane=True, lead=wilder_lead)
def atr(high: Floats, low: Floats, close: Floats, period: Period = 14) -> Floats:
    """Average true range: how far the price goes in a bar, jumps from the close before it counted in.

    period: bars that the average begins with. high, low, close: (n,). Returns (n,), NaN before index period. Raises
    ValueError if period < 1.

    The average is Wilder's: a plain mean at first, then each new range weighs 1 / period. The first bar has none, for
    want of a close before it, as in TA-Lib. Definition: J. W. Wilder, New Concepts in Technical Trading Systems (1978),
    section III.
    """
    before = close[:-1]
    ranges = np.maximum(high[1:], before) - np.minimum(low[1:], before)
    return np.concatenate([np.full(min(1, len(close)), np.nan), _averaged(ranges, period, period, period - 1)])


@indicator("Volume", own_pane=True, unit=Unit.VOLUME)
def volume(volume: Floats) -> tuple[Trace, ...]:
    """Volume: how much of the coin was traded in each bar on its exchange; nothing where that is not known."""
    return (Trace("Volume", volume, Draws.HISTOGRAM),)


def sessions(open_ms: Times | Floats) -> Times:
    """(n,) times at which bars open, Unix ms -> when the session of each begins: as told of `vwap`. n is 2 or more."""
    width_ms = int(np.diff(open_ms).min())
    unit = "D" if width_ms < DAY_MS else "M" if width_ms == DAY_MS else "Y"
    begins = open_ms.astype(np.int64).astype("datetime64[ms]").astype(f"datetime64[{unit}]").astype("datetime64[ms]")
    return begins.astype(np.int64)


@indicator()
def vwap(open_ms: Times, high: Floats, low: Floats, close: Floats, volume: Floats) -> Floats:
    """Volume-weighted average price: what a coin cost on the average since midnight UTC, each bar by its volume.

    It begins anew every day; of bars of a day every month, of weeks every year. A bar's price is the mean of its high,
    low and close. Unknown where nothing was traded yet, and up to the first beginning that is among the bars.

    open_ms: (n,) Unix ms. high, low, close, volume: (n,). Returns (n,).

    Definition: Berkowitz, Logue, Noser, "The Total Cost of Transactions on the NYSE", The Journal of Finance 43 (1988).
    """
    if len(open_ms) < 2:  # nobody knows how wide it is
        return np.full(len(open_ms), np.nan)
    begins_ms = sessions(open_ms)
    starts = np.append(True, np.diff(begins_ms) > 0)
    traded = sums_since(starts, volume)
    with np.errstate(invalid="ignore"):
        found = sums_since(starts, (high + low + close) / 3.0 * volume) / traded
    if open_ms[0] - begins_ms[0] >= np.diff(open_ms).min():
        found[begins_ms == begins_ms[0]] = np.nan
    return found


def _averaged(values: Floats, period: int, slowness: float, start: int) -> Floats:
    """(n,): from the mean of the `period` values that end at index `start` on, each new one weighs 1 / slowness."""
    if period < 1:
        raise ValueError(f"an average is of 1 value or more, not {period}")
    found = np.full(len(values), np.nan)
    if len(values) > start:
        parts = values[start:] / slowness
        parts[0] = values[start + 1 - period : start + 1].mean()
        found[start:] = decaying(parts, 1.0 - 1.0 / slowness)
    return found
