"""Pairs over a range, against the plain way of computing the same."""

import itertools
import math
import statistics

import numpy as np
import pytest
from candle_tapes import recorded
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.candles import Candles
from cryptoprices.core.comparison import compare
from cryptoprices.core.figures import Closes, closes_of, fifty_fifty, in_common, pair_figures, scatter
from cryptoprices.core.market import Pair

BTC, ETH, SOL = Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("SOL", "USD")
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


def test_of_many_each_stands_against_the_first_over_the_bars_that_all_have():
    a, b, c = closes(0, 60, 1), closes(10, 60, 2), closes(5, 50, 3)
    found = compare((BTC, ETH, SOL), [a, b, c], "1m")
    x, y, z = a.close[10:55], b.close[:45], c.close[5:]
    assert (found.bars, found.span_ms) == (45, (10 * MINUTE, 54 * MINUTE))
    assert found.both is found.spread_pp is None
    assert [one.figures for one in found.against] == [pair_figures(y, x), pair_figures(z, x)]
    assert found.against[1].ratio_change_pct == pytest.approx(100 * (z[-1] / x[-1] / (z[0] / x[0]) - 1))
    assert found.against[1].spread_pp == pytest.approx(100 * (z[-1] / z[0] - x[-1] / x[0]))
    without = compare((BTC, ETH, SOL), [a, closes(0, 0, 2), c], "1m")
    assert (without.against[0], without.bars) == (None, 50)
    assert without.against[1].figures == pair_figures(c.close, a.close[5:55])
    assert compare((BTC, ETH), [closes(0, 0, 1)] * 2, "1m").span_ms is None


def real(interval="1d", files="bitstamp_{}-USD_1d_to2018"):
    return [closes_of(Candles.of(recorded(files.format(coin))), interval) for coin in ("ETH", "BTC")]


@pytest.mark.parametrize("what", [("1d", "bitstamp_{}-USD_1d_to2018"), ("1m", "coinbase_{}-USD_1m_20180404")])
def test_half_of_each_coin_halved_anew_at_every_bar(what):
    eth, btc = in_common(real(*what))
    money, worth = 1.0, [1.0]
    for (y0, y1), (x0, x1) in zip(itertools.pairwise(eth.close), itertools.pairwise(btc.close), strict=True):
        money = money / 2 / y0 * y1 + money / 2 / x0 * x1  # so many coins of each, sold again
        worth.append(money)
    found = fifty_fifty(*real(*what))
    assert list(found.end_ms) == list(eth.end_ms)
    assert list(found.close) == pytest.approx(worth, rel=1e-9)
    halves = compare((BTC, ETH), [btc, eth], what[0]).against[0].halves
    logs = [math.log(b / a) for a, b in itertools.pairwise(worth)]
    assert halves.return_pct == pytest.approx(100 * (worth[-1] - 1), rel=1e-9)
    a_year = {"1d": 365, "1m": 365 * 1440}[what[0]]
    assert halves.volatility_pct == pytest.approx(100 * statistics.stdev(logs) * math.sqrt(a_year), rel=1e-9)
    falls = [b / max(worth[: i + 1]) - 1 for i, b in enumerate(worth)]
    assert halves.max_drawdown.pct == pytest.approx(100 * min(falls), rel=1e-9)


def test_the_line_through_the_points_of_real_days():
    eth, btc = real()
    found = scatter(eth, btc)
    y, x = ([100 * (b / a - 1) for a, b in itertools.pairwise(one.close)] for one in in_common([eth, btc]))
    assert found.n == len(x) == len(found.quote_pct) == len(found.base_pct)
    assert list(found.end_ms) == list(in_common([eth, btc])[0].end_ms)[1:]
    assert list(found.base_pct) == pytest.approx(y, rel=1e-9, abs=1e-12)
    assert list(found.quote_pct) == pytest.approx(x, rel=1e-9, abs=1e-12)
    line = statistics.linear_regression(x, y)
    assert (found.beta, found.alpha_pct) == pytest.approx((line.slope, line.intercept), rel=1e-9)
    assert found.r2 == pytest.approx(statistics.correlation(x, y) ** 2, rel=1e-9)
    still = scatter(eth, btc._replace(close=np.ones(len(btc.close))))
    assert (still.beta, still.alpha_pct, still.r2) == (None, None, None)


@given(st.lists(st.sets(st.integers(0, 40)), min_size=1, max_size=4))
def test_moments_in_common_are_those_of_all(moments):
    series = [Closes(np.array(sorted(some), dtype=np.int64), np.array(sorted(some)) * 1.5) for some in moments]
    for one in in_common(series):
        assert list(one.end_ms) == sorted(set.intersection(*moments))
        assert list(one.close) == [1.5 * t for t in one.end_ms]
