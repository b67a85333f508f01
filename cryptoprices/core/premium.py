"""How much dearer a coin was at each exchange than in the middle of all, over time."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from cryptoprices.core.candles import Floats, Times
from cryptoprices.core.figures import Closes, in_common


class Premiums(NamedTuple):
    """end_ms: (n,) Unix ms, at which at least one exchange's bar has ended. median: (n,) of their closes.

    by_exchange: (n,) each, per cent above the median, NaN where the exchange has no bar. counted: (n,) how many have
    one; where it is one alone there is nothing to compare with: median and premium are NaN.
    """

    end_ms: Times
    median: Floats
    by_exchange: dict[str, Floats]
    counted: Times


def premiums(closes: Mapping[str, Closes]) -> Premiums:
    """Of the closes of each exchange, all of bars of the same width and in one currency.

    Each moment is by itself: an exchange without a bar then is left out, none of its closes is carried on.
    """
    end_ms, table = _table(closes)
    counted = np.count_nonzero(~np.isnan(table), axis=0)
    median = _medians(table, counted)
    above = 100.0 * (table / median - 1.0)
    return Premiums(end_ms, median, dict(zip(closes, above, strict=True)), counted)


def middle(closes: Mapping[str, Closes]) -> Closes:
    """The median of those that have a bar at each moment, be it one alone: what a stablecoin costs, say."""
    end_ms, table = _table(closes)
    return Closes(end_ms, np.nanmedian(table, axis=0) if len(end_ms) else np.empty(0))


def in_dollars(closes: Closes, rate: Closes) -> Closes:
    """Closes in a stablecoin by what that cost in dollars at the same moments; where nobody knows, none."""
    own, costs = in_common([closes, rate])
    return Closes(own.end_ms, own.close * costs.close)


def _table(closes: Mapping[str, Closes]) -> tuple[Times, Floats]:
    """(n,) moments at which any has a bar, and (k, n) closes, NaN where one has none."""
    end_ms = np.unique(np.concatenate([np.empty(0, np.int64), *(one.end_ms for one in closes.values())]))
    table = np.full((len(closes), len(end_ms)), np.nan)
    for row, one in zip(table, closes.values(), strict=True):
        row[np.searchsorted(end_ms, one.end_ms)] = one.close
    return end_ms, table


def _medians(table: Floats, counted: Times) -> Floats:
    """(n,) of the columns of (k, n), NaN where less than two are known; of an even number the middle two's mean."""
    ranked, columns = np.sort(table, axis=0), np.arange(table.shape[1])  # NaN comes last
    middle = (ranked[np.maximum(counted - 1, 0) // 2, columns] + ranked[counted // 2, columns]) / 2.0
    return np.where(counted < 2, np.nan, middle)
