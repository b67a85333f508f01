"""The simulated market: repeatable, plausible, alive; and its 24 h figures are those of its own path."""

import math
from functools import cache
from itertools import pairwise
from statistics import correlation, fmean, pstdev

import pytest

from cryptoprices.core.market import Pair
from cryptoprices.demo.assets import COINS
from cryptoprices.demo.market import DAY_S, MARKETS, RECENT_S, Market

BTC, ETH = Pair("BTC", "USD"), Pair("ETH", "USD")
END_S = DAY_S + 345


class Day:
    """A market run for a day and some minutes, with what was seen at every second."""

    def __init__(self, seed):
        self.market = Market(seed)
        seen = [(self.market.price(BTC, second), self.market.price(ETH, second)) for second in range(END_S + 1)]
        self.btc, self.eth = zip(*seen, strict=True)


@cache
def day_of(seed):
    """The same for all tests of a process, in whatever order they run."""
    return Day(seed)


@pytest.fixture(params=[1, 20_261_122])
def day(request):
    return day_of(request.param)


def returns(path, step_s):
    return [math.log(later / earlier) for earlier, later in pairwise(path[::step_s])]


def test_a_seed_repeats_the_market_however_often_it_is_asked():
    often, once = Market(7), Market(7)
    seen = [{pair: often.price(pair, second / 2) for pair in MARKETS} for second in range(1200)]
    assert once.price(BTC, 599.9) == seen[-1][BTC]
    assert [once.price(ETH, second) for second in range(500, 600)] == [at[ETH] for at in seen[1000::2]]
    assert [once.span(pair, 599) for pair in MARKETS] == [often.span(pair, 599) for pair in MARKETS]
    assert Market(8).price(BTC, 599) != seen[-1][BTC]


def test_the_past_is_kept_for_exchanges_that_lag():
    market = Market(3)
    start = market.price(BTC, 0)
    market.price(BTC, RECENT_S - 1)
    assert market.price(BTC, 0) == market.price(BTC, -5) == start


def test_prices_stay_near_their_levels(day):
    assert all(0.75 < price / COINS["BTC"].level < 1.33 for price in day.btc)
    for pair in MARKETS:
        assert 0 < day.market.span(pair, END_S).low < math.inf
    assert day.market.price(Pair("USDT", "USD"), END_S) == pytest.approx(1, abs=0.003)
    assert day.market.price(Pair("BTC", "USDT"), END_S) != day.btc[-1]


def test_the_figures_of_24_hours_are_those_of_the_path(day):
    start = END_S // 60 * 60 - DAY_S
    path = day.btc[start:]
    span = day.market.span(BTC, END_S)
    assert (span.open, span.high, span.low) == (path[0], max(path), min(path))
    hour = day.market.span(BTC, END_S, minutes=60)
    path = day.btc[END_S // 60 * 60 - 3600 :]
    assert (hour.open, hour.high, hour.low) == (path[0], max(path), min(path))
    assert 0.3 < span.volume / COINS["BTC"].daily_volume < 3
    assert 0 < hour.volume < span.volume


def test_the_running_minute_belongs_to_the_figures():
    market = Market(11)
    path = []
    for second in range(300):
        path.append(market.price(BTC, second))
        if second >= 60:
            span = market.span(BTC, second, minutes=1)
            seen = path[(second // 60 - 1) * 60 :]
            assert (span.open, span.high, span.low) == (seen[0], max(seen), min(seen))


def test_a_market_begins_with_a_day_behind_it():
    span = Market(5).span(BTC, 0)
    assert span.low < span.high
    assert span.low <= Market(5).price(BTC, 0) <= span.high
    assert span.volume > 0


def test_bitcoin_and_ether_move_together_but_not_as_one(day):
    assert 0.6 < correlation(returns(day.btc, 20), returns(day.eth, 20)) < 0.9


def test_minutes_are_enough_to_see_something_move(day):
    for start in range(0, DAY_S, 300):
        polls = day.btc[start : start + 301 : 20]
        assert len({round(price, 1) for price in polls}) >= 12
    ranges = [max(day.btc[s : s + 300]) / min(day.btc[s : s + 300]) - 1 for s in range(0, DAY_S, 300)]
    assert 0.001 < fmean(ranges) < 0.01


def test_volatility_comes_in_clusters_and_prices_jump(day):
    minutes = returns(day.btc, 60)
    sizes = [abs(value) for value in minutes]
    assert correlation(sizes[:-1], sizes[1:]) > 0.05
    assert fmean(value**4 for value in minutes) / pstdev(minutes) ** 4 > 3.5  # a normal distribution has 3
