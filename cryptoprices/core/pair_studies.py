"""What is drawn of two coins below their prices: one function each, so that adding one is adding a function.

Everything is reckoned at the moments at which both have a close, of nothing later, and anew where a coin's unit
changes; definitions are those of figures.py. The base is what is measured, the quote what it is measured in: ETH and
BTC in ETH/BTC.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, NamedTuple, TypeVar

import numpy as np

from cryptoprices.core.candles import Floats, Times
from cryptoprices.core.figures import YEAR_MS, Closes, in_common, simple_returns
from cryptoprices.core.formatting import plural
from cryptoprices.core.rolling import Windows, so_far, windows
from cryptoprices.core.runs import in_runs
from cryptoprices.core.studies import Draws, Study, Trace, Unit, Within
from cryptoprices.core.units import other_unit

Window = Annotated[int, Within(2, 1000)]
WindowOrAll = Annotated[int, Within(0, 1000)]
_STILL = 1e-12  # log ratios and returns that deviate less differ by rounding alone
_FEW = 20  # of so many changes chance alone makes a correlation of 0.44, at a level of 95 %
_Function = TypeVar("_Function", bound=Callable[..., Floats | tuple[Trace, ...]])


class Drawn(NamedTuple):
    """traces: (n,) each, at the moments end_ms (n,) that both have. warning: why they say little, "" if they do not."""

    end_ms: Times
    traces: tuple[Trace, ...]
    warning: str


@dataclass(frozen=True, eq=False)
class PairStudy(Study):
    """A study of two coins. Its function takes some of these, (n,) each, at the moments of both.

    base, quote: closes. base_change, quote_change: simple returns, NaN at index 0. bar_ms: how long a bar is, a number.
    heading: what its pane is called, with {base} and {quote} for the coins.
    """

    heading: str = ""

    def of_coins(self, base: str, quote: str) -> str:
        """ "Rolling correlation BTC–ETH"."""
        return self.heading.format(base=base, quote=quote)

    def run(self, base: Closes, quote: Closes, **params: float) -> Drawn:
        """Of closes in one currency. Of two traces alike that of the base comes first, named so, then the quote's.

        Raises ValueError with one sentence for parameters that are not allowed.
        """
        chosen = self.chosen(params)
        one, other = in_common([base, quote])
        known = np.isfinite(one.close + other.close)
        end_ms, closes = one.end_ms[known], {"base": one.close[known], "quote": other.close[known]}
        bar_ms = int(np.diff(end_ms).min(initial=YEAR_MS))
        edges = np.unique(np.concatenate([other_unit(close) for close in closes.values()])) + 1

        def reckon(run: slice) -> tuple[Trace, ...]:
            part = {name: close[run] for name, close in closes.items()}
            first = np.full(min(1, len(part["base"])), np.nan)
            changes = {f"{name}_change": np.append(first, simple_returns(close)) for name, close in part.items()}
            there = {**part, **changes, "bar_ms": bar_ms}
            return self.traces({name: there[name] for name in self.columns}, chosen)

        traces = in_runs(edges, len(end_ms), reckon)
        of_changes = "base_change" in self.columns
        window = int(chosen.get("window", 0))
        return Drawn(end_ms, traces, _warning(end_ms, bar_ms, window, of_changes))


PAIR_STUDIES: dict[str, PairStudy] = {}


def pair_study(
    short: str,
    heading: str,
    unit: Unit = Unit.NUMBER,
    levels: tuple[float, ...] = (),
    bounds: tuple[float, float] | None = None,
) -> Callable[[_Function], _Function]:
    """Make a function a study of two coins, in a pane of its own; the other arguments are those of Study.of."""

    def add(function: _Function) -> _Function:
        study = PairStudy.of(function, short, True, unit, levels, bounds)
        PAIR_STUDIES[function.__name__] = replace(study, heading=heading)
        return function

    return add


@pair_study("Ratio", "Ratio {base}/{quote}")
def ratio(base: Floats, quote: Floats, window: WindowOrAll = 30) -> tuple[Trace, ...]:
    """Ratio: what the base costs in the quote, with its mean and bands of one and two standard deviations around it.

    window: bars of each mean, 0 for all so far. base, quote: (n,) closes.

    Mean and deviations (n-1) are those of the ratio's logarithm: at the edges of the bands the z-score is 1 and 2.
    """
    found = _windows(np.log(base / quote), window)
    return (*_bands(found, np.exp), Trace("Ratio", base / quote))


@pair_study("Spread", "Spread of {base} over {quote}", Unit.PERCENT, levels=(0.0,))
def spread(base: Floats, quote: Floats, window: WindowOrAll = 30) -> tuple[Trace, ...]:
    """Spread: how much more than the quote the base has gained since the first bar, with its mean and deviations.

    window: bars of each mean, 0 for all so far. base, quote: (n,) closes.

    It is the difference of both coins' log returns since then, per cent: a fall back is as long as the rise before it.
    """
    logs = np.log(base / quote)
    apart = 100.0 * (logs - logs[:1])
    return (*_bands(_windows(apart, window), np.asarray), Trace("Spread", apart))


@pair_study("z-score", "z-score of {base}/{quote}", Unit.SCORE, levels=(-2.0, -1.0, 0.0, 1.0, 2.0))
def z_score(base: Floats, quote: Floats, window: WindowOrAll = 30) -> Floats:
    """z-score: how many standard deviations the ratio's logarithm is away from its mean.

    window: bars of each mean, 0 for all so far. base, quote: (n,) closes.

    Deviations are those of a sample (n-1). Definition: NIST/SEMATECH e-Handbook of Statistical Methods, section
    1.3.5.17.
    """
    logs = np.log(base / quote)
    found = _windows(logs, window)
    return _divided(logs - found.mean[0], found.deviation[0])


@pair_study(
    "Correlation", "Rolling correlation {quote}–{base}", Unit.SCORE, levels=(-1.0, 0.0, 1.0), bounds=(-1.0, 1.0)
)
def correlation(base_change: Floats, quote_change: Floats, window: Window = 30) -> Floats:
    """Correlation: 1 where the changes of both coins go together, −1 where they oppose each other, 0 where neither.

    window: changes from bar to bar that are taken together. base_change, quote_change: (n,).

    Definition: K. Pearson, Proceedings of the Royal Society of London 58 (1895).
    """
    found = windows(np.array([base_change, quote_change]), window)
    deviation = found.deviation
    both = found.products[0, 1] / (window - 1)
    return np.clip(_divided(_divided(both, deviation[0]), deviation[1]), -1.0, 1.0)


@pair_study("Beta", "Rolling beta of {base} against {quote}", Unit.SCORE, levels=(0.0, 1.0))
def beta(base_change: Floats, quote_change: Floats, window: Window = 30) -> Floats:
    """Beta: by how many per cent the base changes where the quote changes by one.

    window: changes from bar to bar that are taken together. base_change, quote_change: (n,).

    It is the slope of the least squares' line of the base's changes on the quote's. Definition: W. F. Sharpe, Portfolio
    Theory and Capital Markets (1970).
    """
    found = windows(np.array([base_change, quote_change]), window)
    deviation = found.deviation[1]
    return _divided(_divided(found.products[0, 1] / (window - 1), deviation), deviation)


@pair_study("Volatility", "Rolling volatility of {quote} and {base}", Unit.PERCENT)
def volatility(base_change: Floats, quote_change: Floats, bar_ms: int, window: Window = 30) -> tuple[Trace, ...]:
    """Volatility: the standard deviation of each coin's log returns, for a year of 365 days.

    window: changes from bar to bar that are taken together. base_change, quote_change: (n,).

    Deviations are those of a sample (n-1). Definition: J. C. Hull, Options, Futures, and Other Derivatives, "Estimating
    volatility from historical data".
    """
    logs = np.log1p(np.array([base_change, quote_change]))
    base, quote = windows(logs, window).deviation * np.sqrt(YEAR_MS / bar_ms) * 100.0
    return Trace("base", base), Trace("quote", quote)


@pair_study("Drawdown", "Drawdown of {quote} and {base}", Unit.PERCENT, levels=(0.0,))
def drawdown(base: Floats, quote: Floats) -> tuple[Trace, ...]:
    """Drawdown: how far each coin is below its highest close since the first bar, per cent.

    base, quote: (n,) closes.

    Definition: Magdon-Ismail and Atiya, "Maximum drawdown", Risk 17 (2004).
    """
    fallen = [100.0 * (close / np.maximum.accumulate(close) - 1.0) for close in (base, quote)]
    return Trace("base", fallen[0]), Trace("quote", fallen[1])


def _windows(values: Floats, window: int) -> Windows:
    return windows(values[None], window) if window else so_far(values[None])


def _bands(found: Windows, shown: Callable[[Floats], Floats]) -> tuple[Trace, ...]:
    """The mean and the bands around it. shown: what is drawn for a value."""
    mean, deviation = found.mean[0], found.deviation[0]
    bands = [
        Trace(f"±{times}σ", shown(mean + times * deviation), Draws.BAND, shown(mean - times * deviation))
        for times in (2, 1)
    ]
    return (*bands, Trace("Mean", shown(mean)))


def _divided(values: Floats, deviation: Floats) -> Floats:
    """NaN where nothing has moved."""
    return values / np.where(deviation < _STILL, np.nan, deviation)


def _warning(end_ms: Times, bar_ms: int, window: int, of_changes: bool) -> str:
    """What the samples lack: there are too few for a window, so few in each that chance shows, or bars between them."""
    n = len(end_ms)
    what, there = ("change", max(0, n - 1)) if of_changes else ("bar", n)
    if there < max(2, window):
        return f"only {there} of {plural(max(2, window), what)}"
    if of_changes and window < _FEW:
        return f"{plural(window, what)} are few: much of this may be chance"
    whole = int(end_ms[-1] - end_ms[0]) // bar_ms + 1
    return f"only {n} of {plural(whole, 'bar')} are there of both" if n < 0.9 * whole else ""
