"""Two pairs over a range, against the plain way of computing the same."""

import numpy as np
import pytest

from cryptoprices.core.comparison import compare
from cryptoprices.core.figures import Closes
from cryptoprices.core.market import Pair

BTC, ETH = Pair("BTC", "USD"), Pair("ETH", "USD")
MINUTE = 60_000


def closes(first, count, seed):
    prices = 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(size=count)) / 50)
    return Closes(MINUTE * np.arange(first, first + count), prices)


def test_figures_are_of_the_bars_that_both_have():
    a, b = closes(0, 60, 1), closes(10, 60, 2)
    found = compare((BTC, ETH), [a, b], "1m")
    x, y = a.close[10:], b.close[:50]
    assert (found.pairs, found.bars, found.interval) == ((BTC, ETH), 50, "1m")
    assert found.coins[0].return_pct == pytest.approx((x[-1] / x[0] - 1) * 100)
    assert found.spread_pp == pytest.approx((y[-1] / y[0] - x[-1] / x[0]) * 100)
    assert found.both.correlation == pytest.approx(np.corrcoef(x[1:] / x[:-1], y[1:] / y[:-1])[0, 1], abs=1e-12)
    assert found.both.ratio == y[-1] / x[-1]


def test_a_pair_without_bars_takes_nothing_from_the_other():
    found = compare((BTC, ETH), [closes(0, 60, 1), closes(0, 0, 2)], "1m")
    assert found.bars == 60
    assert found.coins[0].return_pct is not None
    assert found.coins[1].return_pct is None
    assert found.both is found.spread_pp is None


def test_one_pair_alone_has_its_own_figures():
    found = compare((BTC,), [closes(0, 60, 1)], "1m")
    assert len(found.coins) == 1
    assert found.both is None
