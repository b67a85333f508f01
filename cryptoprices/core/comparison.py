"""How two coins did against each other: pure functions on the prices of the same polls.

Prices are (n,) arrays in a quote currency, oldest first, one a poll, NaN where a poll brought none. Two arrays that are
compared have the same polls at the same places, so nothing later than a poll ever enters a figure of that poll.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cryptoprices.core.series import Floats, Series

MIN_RETURNS = 10  # below that a figure says more about chance than about the coins


class Figure(NamedTuple):
    """A figure, or why there is none. n: the returns that it rests on. reason: one sentence where value is None."""

    value: float | None
    n: int
    reason: str = ""


def returns(prices: Floats) -> Floats:
    """Simple returns p[i] / p[i-1] - 1 of one poll on the last: (n-1,), NaN next to a missing price.

    Definition: Campbell, Lo, MacKinlay, The Econometrics of Financial Markets (1997), section 1.4.1.
    """
    return prices[1:] / prices[:-1] - 1.0


def rebase(values: Floats, base: float) -> Floats:
    """Per cent by which each value is above `base`: 0 where they are equal."""
    return (values / base - 1.0) * 100.0


def total_return(prices: Floats) -> Figure:
    """Per cent from the first known price to the last: (p[last] / p[first] - 1) * 100."""
    n = _count(returns(prices))
    if missing := _too_few(n):
        return missing
    known = prices[~np.isnan(prices)]
    return Figure(float(known[-1] / known[0] - 1.0) * 100.0, n)


def range_position(prices: Floats) -> Figure:
    """Where the last known price stands between the lowest (0 %) and the highest (100 %).

    100 * (last - low) / (high - low): the fast %K of G. Lane's stochastic oscillator over all polls.
    """
    n = _count(returns(prices))
    if missing := _too_few(n):
        return missing
    known = prices[~np.isnan(prices)]
    low, high = known.min(), known.max()
    if low == high:
        return Figure(None, n, "The price has not moved.")
    return Figure(float((known[-1] - low) / (high - low)) * 100.0, n)


def correlation(a: Floats, b: Floats) -> Figure:
    """Pearson's correlation of the returns of the polls in which both are known: -1 to 1.

    Definition: NIST/SEMATECH, Dataplot reference manual, "Correlation".
    """
    ra, rb = returns(a), returns(b)
    both = ~np.isnan(ra) & ~np.isnan(rb)
    n = int(both.sum())
    if missing := _too_few(n):
        return missing
    da, db = ra[both] - ra[both].mean(), rb[both] - rb[both].mean()
    scale = float(np.sqrt((da @ da) * (db @ db)))
    if scale == 0.0:
        return Figure(None, n, "A price has not moved.")
    return Figure(max(-1.0, min(1.0, float(da @ db) / scale)), n)


def ratio(over: Floats, under: Floats) -> Figure:
    """Price of one coin in the other in the last poll in which both are known: over[last] / under[last]."""
    both = ~np.isnan(over) & ~np.isnan(under)
    n = _count(returns(over / under))
    if missing := _too_few(n):
        return missing
    return Figure(float(over[both][-1] / under[both][-1]), n)


def spread_of_returns(a: Floats, b: Floats) -> Figure:
    """Return of b less return of a over the polls in which both are known, in percentage points."""
    both = np.where(np.isnan(a) | np.isnan(b), np.nan, 1.0)
    first, second = total_return(a * both), total_return(b * both)
    if first.value is None or second.value is None:
        return Figure(None, first.n, first.reason)
    return Figure(second.value - first.value, first.n)


def aligned(a: Series, b: Series) -> tuple[Floats, Floats]:
    """The values of both at the polls that both have seen, by the poll's time: none is carried on to a later poll."""
    if len(a) == len(b) and np.array_equal(a.times, b.times):
        return a.values, b.values
    _, in_a, in_b = np.intersect1d(a.times, b.times, assume_unique=True, return_indices=True)
    return a.values[in_a], b.values[in_b]


def common_start(series: Sequence[Series], from_ms: float) -> float | None:
    """Time of the first poll at or after `from_ms` in which all of them have a value, None where there is none."""
    while True:
        starts = [_first_known(one, from_ms) for one in series]
        if any(start is None for start in starts):
            return None
        latest = max(start for start in starts if start is not None)
        if all(start == latest for start in starts):
            return latest
        from_ms = latest


def _first_known(series: Series, from_ms: float) -> float | None:
    at = series.index(from_ms)
    while at < len(series):
        part = np.flatnonzero(~np.isnan(series.values[at : at + 64]))
        if len(part):
            return float(series.times[at + part[0]])
        at += 64
    return None


class Comparison(NamedTuple):
    """What can be said of two coins, or of one (then all that takes two is None). The order is that of the pairs."""

    returns: tuple[Figure, ...]
    positions: tuple[Figure, ...]
    correlation: Figure | None = None
    ratio: Figure | None = None
    spread: Figure | None = None


def compare(series: Sequence[Series]) -> Comparison:
    """All figures of one or two series; ratio and spread are of the second against the first."""
    returned = tuple(total_return(one.values) for one in series)
    positions = tuple(range_position(one.values) for one in series)
    if len(series) < 2:
        return Comparison(returned, positions)
    first, second = aligned(*series)
    return Comparison(
        returned, positions, correlation(first, second), ratio(second, first), spread_of_returns(first, second)
    )


def _count(figures: Floats) -> int:
    return int(np.count_nonzero(~np.isnan(figures)))


def _too_few(n: int) -> Figure | None:
    if n >= MIN_RETURNS:
        return None
    return Figure(None, n, f"Needs {MIN_RETURNS} changes from poll to poll; {n} so far.")
