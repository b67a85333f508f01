"""The comparison's figures against the formulas written out, and what is said while they are not known."""

import math
import statistics
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core import comparison
from cryptoprices.core.market import Pair
from cryptoprices.core.pairs import compared_pairs, ratio_pairs
from cryptoprices.core.series import Series

PRICES = st.lists(st.floats(0.5, 2.0), min_size=24, max_size=24).map(np.array)


def series_of(values, start=0):
    series = Series()
    for i, value in enumerate(values):
        series.append((start + i) * 20_000, value)
    return series


@given(PRICES)
def test_return_and_position_are_as_defined(prices):
    changes = [b / a - 1 for a, b in pairwise(prices)]
    assert comparison.returns(prices) == pytest.approx(changes)
    figure = comparison.total_return(prices)
    assert figure.n == 23
    assert figure.value == pytest.approx((math.prod(1 + change for change in changes) - 1) * 100, abs=1e-9)
    position = comparison.range_position(prices)
    if prices.min() < prices.max():
        assert position.value == pytest.approx(100 * (prices[-1] - min(prices)) / (max(prices) - min(prices)))
        assert 0 <= position.value <= 100


@given(PRICES, PRICES)
def test_correlation_is_that_of_the_statistics_module(a, b):
    ra, rb = [list(comparison.returns(x)) for x in (a, b)]
    if statistics.pstdev(ra) > 1e-6 and statistics.pstdev(rb) > 1e-6:
        assert comparison.correlation(a, b).value == pytest.approx(statistics.correlation(ra, rb), abs=1e-9)


def test_a_coin_goes_exactly_with_itself_and_against_its_inverse():
    prices = 100 + np.sin(np.arange(30.0))
    assert comparison.correlation(prices, 3 * prices).value == pytest.approx(1)
    returns = comparison.returns(prices)
    mirrored = np.cumprod(np.concatenate([[1.0], 1 - returns]))
    assert comparison.correlation(prices, mirrored).value == pytest.approx(-1)


def test_ratio_and_spread():
    btc, eth = np.linspace(100, 110, 12), np.linspace(10, 9, 12)
    assert comparison.ratio(eth, btc).value == pytest.approx(9 / 110)
    assert comparison.spread_of_returns(btc, eth).value == pytest.approx(-20)
    assert list(comparison.rebase(btc, 100.0)[[0, -1]]) == pytest.approx([0, 10])


@pytest.mark.parametrize("polls", [0, 1, 2, 10])
def test_with_fewer_than_ten_changes_every_figure_says_why_it_is_not_known(polls):
    found = comparison.compare([series_of(np.arange(1.0, polls + 1)), series_of(np.arange(2.0, polls + 2))])
    for figure in [*found.returns, *found.positions, found.correlation, found.ratio, found.spread]:
        assert figure.value is None
        assert figure.n == max(0, polls - 1)
        assert f"{figure.n} so far" in figure.reason


def test_a_price_that_stands_still_has_a_return_but_neither_position_nor_correlation():
    found = comparison.compare([series_of(np.ones(20)), series_of(np.arange(1.0, 21.0))])
    assert found.returns[0].value == 0
    assert found.positions[0].reason == "The price has not moved."
    assert found.correlation.value is None
    assert found.correlation.reason


def test_changes_across_a_gap_do_not_count_and_the_return_does():
    prices = np.array([100.0, 101, 102, 103, 104, 105, 106, np.nan, 120, 121, 122, 123, 124, 125])
    figure = comparison.total_return(prices)
    assert figure.n == 11
    assert figure.value == pytest.approx(25)


def test_correlation_takes_only_polls_in_which_both_moved_on():
    rng = np.random.default_rng(2)
    a, b = [100 + np.cumsum(rng.normal(size=30)) for _ in range(2)]
    with_gaps = b.copy()
    with_gaps[[7, 20]] = np.nan
    whole = [i for i in range(1, 30) if not {i, i - 1} & {7, 20}]
    figure = comparison.correlation(a, with_gaps)
    assert figure.n == len(whole) == 25
    assert figure.value == pytest.approx(
        statistics.correlation([a[i] / a[i - 1] for i in whole], [b[i] / b[i - 1] for i in whole])
    )
    assert comparison.correlation(with_gaps, a) == pytest.approx(figure)


def test_series_are_compared_at_the_same_polls_only():
    early, late = series_of(np.arange(1.0, 31.0)), series_of(np.arange(1.0, 21.0) ** 2, start=10)
    first, second = comparison.aligned(early, late)
    assert list(first) == list(range(11, 31))
    assert list(second) == [k * k for k in range(1, 21)]
    assert comparison.compare([early, late]).correlation.n == 19


def test_the_common_start_is_the_first_poll_with_a_value_of_each():
    nan = float("nan")
    a, b = series_of([1, nan, 3, nan, 5, 6]), series_of([nan, 2, nan, 4, 5, 6])
    assert comparison.common_start([a, b], 0) == 80_000
    assert comparison.common_start([a], 10_000) == 40_000
    assert comparison.common_start([a, series_of([nan] * 6)], 0) is None
    assert comparison.common_start([a, b], 100_001) is None


def test_one_coin_alone_has_its_own_figures():
    found = comparison.compare([series_of(np.arange(1.0, 31.0))])
    assert found.returns[0].value == pytest.approx(2900)
    assert found.correlation is found.ratio is found.spread is None


def test_bitcoin_stands_against_ether_or_against_the_chosen_coin():
    btc, eth, sol, euro = Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("SOL", "USD"), Pair("ETH", "EUR")
    assert compared_pairs([btc, eth, sol], btc) == (btc, eth)
    assert compared_pairs([sol, eth, btc], eth) == (btc, eth)
    assert compared_pairs([btc, eth, sol], sol) == (btc, sol)
    assert compared_pairs([btc, euro], euro) == (euro,)
    assert ratio_pairs([euro, btc, eth]) == (eth, btc)
    assert ratio_pairs([btc, euro]) is None
