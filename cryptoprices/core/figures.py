"""What bars say of a coin, and of two coins against each other: pure functions on their closes.

Returns are those of one bar on the bar before, whatever time lies between them. Unknown, because there are too few bars
or nothing moved, is None. Closes are positive, oldest first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import NamedTuple

import numpy as np

from cryptoprices.core.candles import Candles, Floats, Times
from cryptoprices.core.currency import Rates
from cryptoprices.core.errors import SourceError
from cryptoprices.core.intervals import DAY_MS, INTERVALS_MS
from cryptoprices.core.reference import published_ms
from cryptoprices.core.units import other_unit

YEAR_MS = 365 * DAY_MS
_STILL = 1e-12  # returns and log ratios that differ by less than this differ by rounding alone


class Closes(NamedTuple):
    """end_ms: (n,) Unix ms, rising, at which each bar has ended and its close is known. close: (n,) prices."""

    end_ms: Times
    close: Floats


class Drawdown(NamedTuple):
    """pct: per cent, at most 0. from_ms, to_ms: when the bars of peak and trough open, Unix ms; None if none fell."""

    pct: float
    from_ms: int | None = None
    to_ms: int | None = None


class CoinFigures(NamedTuple):
    """What is said of one coin; the functions of the same names tell how. Per cent but for sharpe."""

    return_pct: float | None
    cagr_pct: float | None
    volatility_pct: float | None
    sharpe: float | None
    max_drawdown: Drawdown | None
    best_day_pct: float | None
    worst_day_pct: float | None
    range_position_pct: float | None


class PairFigures(NamedTuple):
    """What is said of two coins. ratio: last close of the base in the quote. n: returns that the fit rests on.

    beta, alpha, r2: of the base's returns (y) on the quote's (x): y = alpha + beta * x, alpha as a part of 1 a bar.
    """

    ratio: float | None
    correlation: float | None
    beta: float | None
    alpha: float | None
    r2: float | None
    z_score: float | None
    n: int


class Scatter(NamedTuple):
    """The changes of two coins from bar to bar as points, and the line through them: all per cent but beta and r2.

    end_ms: (n,) when the bar of each ended, Unix ms. quote_pct (x), base_pct (y): (n,) simple returns.
    since_new_unit: whether a coin's unit changed before all of them. The line is
    y = alpha_pct + beta * x, least squares.
    """

    end_ms: Times
    quote_pct: Floats
    base_pct: Floats
    beta: float | None
    alpha_pct: float | None
    r2: float | None
    n: int
    since_new_unit: bool = False


class RateSteps(NamedTuple):
    """What a dollar costs in a currency from each moment on: made_ms, Unix ms, rising; per_usd. Both are (n,).

    At first it is unknown: made_ms[0] is before all times, and per_usd[0] NaN.
    """

    made_ms: Floats
    per_usd: Floats

    def at(self, t_ms: Times) -> Floats:
        """(n,): the newest rate that was known at each moment, NaN before the first."""
        newest: Floats = self.per_usd[np.searchsorted(self.made_ms, t_ms, side="right") - 1]
        return newest


def closes_of(candles: Candles, interval: str) -> Closes:
    """The closes of candles of this width."""
    return Closes(candles.open_ms + INTERVALS_MS[interval], candles.close)


def in_common(series: Sequence[Closes]) -> list[Closes]:
    """Each of them at the moments that all have, whatever their bars' widths: no close is carried on or known early."""
    if all(np.array_equal(one.end_ms, series[0].end_ms) for one in series):  # none at all, or the usual case
        return list(series)
    moments = reduce(_in_both, (one.end_ms for one in series))
    return [Closes(moments, one.close[np.searchsorted(one.end_ms, moments)]) for one in series]


def in_one_unit(series: Sequence[Closes]) -> tuple[list[Closes], list[bool]]:
    """Closes at the moments that all have, from where none changes its unit any more, and which of them did before.

    A redenomination is no return.
    """
    last = [max(other_unit(one.close), default=-1) for one in series]
    since = max(last, default=-1) + 1
    return [Closes(one.end_ms[since:], one.close[since:]) for one in series], [at >= 0 for at in last]


def _in_both(times: Times, others: Times) -> Times:
    """Those of the rising times that are among the others, which rise too."""
    if not len(others):
        return others
    at = np.minimum(np.searchsorted(others, times), len(others) - 1)
    found: Times = times[others[at] == times]
    return found


def rate_steps(rates: Sequence[Rates], code: str) -> RateSteps:
    """The rates of this currency, ready to be looked up. rates: oldest first."""
    known = [(published_ms(day), float(day.per_usd[code])) for day in rates if code in day.per_usd]
    return RateSteps(*(np.array(column) for column in zip((-np.inf, np.nan), *known, strict=True)))


def in_currency(closes: Closes, rates: Sequence[Rates], code: str) -> Closes:
    """The closes, which are in dollars, in another currency: each by the newest rate that was known at its moment.

    rates: oldest first. Closes before the first of them are left out.
    """
    factors = rate_steps(rates, code).at(closes.end_ms)
    there = ~np.isnan(factors)
    return Closes(closes.end_ms[there], closes.close[there] * factors[there])


def told_in(
    code: str, dollars: Mapping[str, Closes], rates: Sequence[Rates] | SourceError, maker: str
) -> tuple[str, dict[str, Closes], str]:
    """Closes in dollars as they are told in this currency: its code, they, "".

    "USD", they as they are, and one sentence, where the rates are missing. maker: whose rates they are.
    """
    if not isinstance(rates, SourceError):
        converted = {coin: in_currency(one, rates, code) for coin, one in dollars.items()}
        if any(len(one.close) for one in converted.values()):
            return code, converted, ""
    why = rates.text if isinstance(rates, SourceError) else f"{maker} has none."
    return "USD", dict(dollars), f"Compared in USD, for the rates of {code} are missing: {why}"


def candles_in_currency(candles: Candles, interval: str, steps: RateSteps) -> Candles:
    """The same of candles of this width: all prices of one by the newest rate at its end. Volumes stay."""
    factors = steps.at(candles.open_ms + INTERVALS_MS[interval])
    prices = {name: getattr(candles, name) * factors for name in ("open", "high", "low", "close")}
    return replace(candles, **prices).where(~np.isnan(factors))


def coin_figures(closes: Closes, interval: str) -> CoinFigures:
    """Everything about one coin. interval: the width of its bars."""
    days = day_returns_pct(closes)
    return CoinFigures(
        total_return_pct(closes.close),
        cagr_pct(closes),
        volatility_pct(closes.close, interval),
        sharpe(closes.close, interval),
        max_drawdown(closes, interval),
        float(days.max()) if len(days) else None,
        float(days.min()) if len(days) else None,
        range_position_pct(closes.close),
    )


def pair_figures(base: Floats, quote: Floats) -> PairFigures:
    """Everything about two coins. base, quote: (n,) closes at the same moments."""
    ratio = float(base[-1] / quote[-1]) if len(base) else None
    y, x = simple_returns(base), simple_returns(quote)
    n, score = len(x), z_score(base, quote)
    if n < 2 or _is_still(x):
        return PairFigures(ratio, None, None, None, None, score, n)
    dx, dy = x - x.mean(), y - y.mean()
    # A long @ goes to the threads of BLAS and waits for them.
    xx, xy, yy = (float((one * other).sum()) for one, other in ((dx, dx), (dx, dy), (dy, dy)))
    beta = xy / xx
    alpha = float(y.mean() - beta * x.mean())
    if _is_still(y):
        return PairFigures(ratio, None, beta, alpha, None, score, n)
    correlation = max(-1.0, min(1.0, xy / float(np.sqrt(xx * yy))))
    return PairFigures(ratio, correlation, beta, alpha, correlation**2, score, n)


def scatter(base: Closes, quote: Closes) -> Scatter:
    """Points and line of the changes that both coins have, each in one unit all along."""
    (one, other), changed = in_one_unit(in_common([base, quote]))
    fit = pair_figures(one.close, other.close)
    alpha_pct = None if fit.alpha is None else 100.0 * fit.alpha
    x, y = (100.0 * simple_returns(each.close) for each in (other, one))
    return Scatter(one.end_ms[1:], x, y, fit.beta, alpha_pct, fit.r2, fit.n, any(changed))


def fifty_fifty(base: Closes, quote: Closes) -> Closes:
    """What 1 has become that is half in each coin and is halved anew at every bar that both have, at no cost.

    Its change from bar to bar is the mean of both coins' simple returns.
    """
    one, other = in_common([base, quote])
    changes = (simple_returns(one.close) + simple_returns(other.close)) / 2.0
    return Closes(one.end_ms, np.append(np.ones(min(1, len(one.close))), np.cumprod(1.0 + changes)))


def simple_returns(close: Floats) -> Floats:
    """close[i] / close[i-1] - 1: (n-1,).

    Definition: Campbell, Lo, MacKinlay, The Econometrics of Financial Markets (1997), section 1.4.1.
    """
    return close[1:] / close[:-1] - 1.0


def log_returns(close: Floats) -> Floats:
    """log(close[i] / close[i-1]): (n-1,). Definition: as simple_returns, under "continuous compounding"."""
    return np.diff(np.log(close))


def total_return_pct(close: Floats) -> float | None:
    """Per cent from the first close to the last."""
    return float(close[-1] / close[0] - 1.0) * 100.0 if len(close) > 1 else None


def cagr_pct(closes: Closes) -> float | None:
    """Compound growth a year of 365 days, per cent: (last / first) ^ (year / time between them) - 1.

    None also where a short time makes it larger than a float can be.
    """
    if len(closes.close) < 2:
        return None
    years = float(closes.end_ms[-1] - closes.end_ms[0]) / YEAR_MS
    power = float(np.log(closes.close[-1] / closes.close[0])) / years
    return float(np.expm1(power)) * 100.0 if power < 700.0 else None


def volatility_pct(close: Floats, interval: str) -> float | None:
    """Standard deviation (n-1) of the log returns, for a year of 365 days, per cent: std * sqrt(bars in a year).

    Definition: J. C. Hull, Options, Futures, and Other Derivatives, "Estimating volatility from historical data".
    """
    returns = log_returns(close)
    if len(returns) < 2:
        return None
    return float(returns.std(ddof=1) * np.sqrt(YEAR_MS / INTERVALS_MS[interval])) * 100.0


def sharpe(close: Floats, interval: str) -> float | None:
    """Mean of the log returns by their standard deviation (n-1), for a year, at an interest of 0.

    Definition: W. F. Sharpe, "The Sharpe Ratio", The Journal of Portfolio Management 21 (1994).
    """
    returns = log_returns(close)
    if len(returns) < 2 or _is_still(returns):
        return None
    return float(returns.mean() / returns.std(ddof=1) * np.sqrt(YEAR_MS / INTERVALS_MS[interval]))


def max_drawdown(closes: Closes, interval: str) -> Drawdown | None:
    """The deepest fall from a highest close so far to a later one; of equal ones the first, from its last peak.

    Definition: Magdon-Ismail and Atiya, "Maximum drawdown", Risk 17 (2004).
    """
    close = closes.close
    if len(close) < 2:
        return None
    falls = close / np.maximum.accumulate(close) - 1.0
    trough = int(falls.argmin())
    if falls[trough] == 0.0:
        return Drawdown(0.0)
    peak = trough - int(falls[trough::-1].argmax())  # falls is 0 at every highest close
    opens_ms = closes.end_ms - INTERVALS_MS[interval]
    return Drawdown(float(falls[trough]) * 100.0, int(opens_ms[peak]), int(opens_ms[trough]))


def day_returns_pct(closes: Closes) -> Floats:
    """Simple returns, per cent, of whole days: from one midnight (UTC) to the next, where a bar ends at both."""
    (at,) = np.nonzero(closes.end_ms % DAY_MS == 0)
    (whole,) = np.nonzero(np.diff(closes.end_ms[at]) == DAY_MS)
    returns: Floats = simple_returns(closes.close[at]) * 100.0
    return returns[whole]


def range_position_pct(close: Floats) -> float | None:
    """Where the last close stands between the lowest (0) and the highest (100); None where all are equal.

    100 * (last - low) / (high - low): the fast %K of G. Lane's stochastic oscillator, on closes.
    """
    if not len(close) or close.max() == close.min():
        return None
    return float((close[-1] - close.min()) / (close.max() - close.min())) * 100.0


def z_score(base: Floats, quote: Floats) -> float | None:
    """How far the last log ratio is from its mean, in standard deviations (n-1). base, quote: at the same moments.

    Definition: NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.5.17.
    """
    ratios = np.log(base / quote)
    if len(ratios) < 2 or _is_still(ratios):
        return None
    return float((ratios[-1] - ratios.mean()) / ratios.std(ddof=1))


def _is_still(values: Floats) -> bool:
    return float(values.max() - values.min()) < _STILL
