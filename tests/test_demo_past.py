"""The simulated market's past: any stretch at once, the same at every width, and without a seam to the present."""

import math
from itertools import pairwise
from random import Random
from statistics import correlation, pstdev

import pytest

from cryptoprices.core.intervals import DAY_MS, HOUR_MS, INTERVALS_MS, MINUTE_MS, floor_ms
from cryptoprices.core.market import Pair
from cryptoprices.demo.market import MARKETS, Market, gathered
from cryptoprices.demo.past import BEGIN_MS

BTC, ETH, RATIO = Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("ETH", "BTC")
PAIRS = pytest.mark.parametrize("pair", [BTC, RATIO, Pair("ETH", "EUR"), Pair("USDT", "USD")], ids=str)
STARTED_MS = 1_795_357_324_310  # a Sunday, 14:22:04
ELAPSED_S = 200


@pytest.fixture(scope="module")
def market():
    return Market(7, STARTED_MS)


@pytest.fixture(scope="module")
def year():
    """A year of hours of both coins, of three markets."""
    since, until = floor_ms(STARTED_MS, "1h") - 365 * DAY_MS, floor_ms(STARTED_MS, "1h")
    markets = [Market(seed, STARTED_MS) for seed in (1, 2, 20_261_122)]
    return [[market.candles(pair, "1h", since, until, 0) for pair in (BTC, ETH)] for market in markets]


def returns(candles):
    return [math.log(later.close / earlier.close) for earlier, later in pairwise(candles)]


def same(candle, other):
    return all(math.isclose(figure, others, rel_tol=1e-9) for figure, others in zip(candle, other, strict=True))


@PAIRS
def test_any_stretch_is_the_same_whenever_it_is_asked_for(market, pair):
    random, other = Random(3), Market(7, STARTED_MS)
    for interval in ("1d", "1h", "1m", "15m"):
        since = floor_ms(STARTED_MS, interval) - random.randrange(200, 2_000) * DAY_MS
        whole = market.candles(pair, interval, since, since + 400 * INTERVALS_MS[interval], 0)
        assert [candle.open_ms for candle in whole] == [since + n * INTERVALS_MS[interval] for n in range(400)]
        start = random.randrange(390)
        part = other.candles(pair, interval, whole[start].open_ms, whole[start + 9].open_ms, 0)
        assert part == whole[start : start + 9]


def test_a_seed_makes_its_own_past():
    since = floor_ms(STARTED_MS, "1d") - 100 * DAY_MS
    paths = [Market(seed, STARTED_MS).candles(BTC, "1d", since, since + 50 * DAY_MS, 0) for seed in (7, 8)]
    assert paths[0] != paths[1]


@PAIRS
@pytest.mark.parametrize("hours_ago", [0, 24, 25 * 24, 900 * 24])
def test_all_widths_agree(market, pair, hours_ago):
    """24 hours ago lies the seam to the live market, in the midst of an hour, a day and a week; now runs a minute."""
    for wide, narrow in pairwise(reversed(INTERVALS_MS)):
        since = floor_ms(STARTED_MS - hours_ago * HOUR_MS, wide) - INTERVALS_MS[wide]
        until = since + 3 * INTERVALS_MS[wide]
        groups = {}
        for part in market.candles(pair, narrow, since, until, ELAPSED_S):
            groups.setdefault(floor_ms(part.open_ms, wide), []).append(part)
        candles = market.candles(pair, wide, since, until, ELAPSED_S)
        assert len(candles) == len(groups) >= 2
        assert all(same(candle, gathered(candle.open_ms, groups[candle.open_ms])) for candle in candles)


@PAIRS
def test_one_closes_where_the_next_one_opens(market, pair):
    now_ms = floor_ms(STARTED_MS, "1m")
    minutes = market.candles(pair, "1m", now_ms - 3 * DAY_MS, now_ms + DAY_MS, ELAPSED_S)
    assert len(minutes) == 3 * 1440 + 4  # 200 s after 14:22:04 it is 14:25
    for earlier, later in pairwise(minutes):
        assert later.open_ms == earlier.open_ms + MINUTE_MS
        assert math.isclose(later.open, earlier.close, rel_tol=1e-12)
    for candle in minutes:
        assert candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
        assert candle.volume >= 0


def test_every_market_has_a_past_without_a_seam(market):
    begins_ms = floor_ms(STARTED_MS, "1m") - DAY_MS
    for pair in MARKETS:
        before, after = market.candles(pair, "1m", begins_ms - MINUTE_MS, begins_ms + MINUTE_MS, 0)
        assert after.open == pytest.approx(before.close, rel=1e-12)


def test_the_last_minutes_are_those_of_the_live_market():
    market = Market(11, STARTED_MS)
    path = {}
    for second in range(ELAPSED_S):
        wall_s = STARTED_MS // 1000 + 1 + second
        path.setdefault(wall_s // 60 * 60_000, []).append(market.price(BTC, second))
    *_, whole, running = market.candles(BTC, "1m", STARTED_MS - HOUR_MS, STARTED_MS + HOUR_MS, ELAPSED_S - 1)
    opens_ms = list(path)
    seen = [path[opens_ms[-3]][-1], *path[opens_ms[-2]], path[opens_ms[-1]][0]]
    assert running.open_ms == opens_ms[-1]
    assert (running.open, running.close) == (path[opens_ms[-1]][0], path[opens_ms[-1]][-1])
    assert (whole.open_ms, whole.close) == (opens_ms[-2], path[opens_ms[-1]][0])
    assert (whole.open, whole.high, whole.low) == (seen[1], max(seen[1:]), min(seen[1:]))


def test_a_minute_is_over_when_the_calendar_says_so():
    for started_ms in (STARTED_MS, STARTED_MS + 690, STARTED_MS + 690 + 56_000, STARTED_MS // MINUTE_MS * MINUTE_MS):
        market = Market(3, started_ms)
        for elapsed_s in (0.0, 55.0, 55.3, 55.7, 119.9):
            wall_ms = started_ms + elapsed_s * 1000
            last = market.candles(BTC, "1m", started_ms - HOUR_MS, started_ms + HOUR_MS, elapsed_s)[-1]
            assert wall_ms - MINUTE_MS < last.open_ms <= wall_ms + 1000


def test_bitcoin_and_ether_go_together_but_each_its_own_way(year):
    for btc, eth in year:
        assert 0.7 < correlation(returns(btc), returns(eth)) < 0.9
        ratio = [two.close / one.close for one, two in zip(btc, eth, strict=True)]
        assert max(ratio) / min(ratio) > 1.2


def test_a_year_looks_like_one(year):
    for candles in (candles for both in year for candles in both):
        hours = returns(candles)
        yearly = pstdev(hours) * math.sqrt(8760)
        assert 0.3 < yearly < 1.1
        assert sum(value**4 for value in hours) / len(hours) / pstdev(hours) ** 4 > 4  # a normal distribution has 3
        assert 1.3 < max(c.high for c in candles) / min(c.low for c in candles) < 12
        reach = sum(math.log(c.high / c.low) for c in candles) / sum(map(abs, hours))
        assert 1.7 < reach < 2.9  # 2 for a random walk


def test_the_pasts_volatility_is_about_that_of_the_market():
    market = Market(5, STARTED_MS)
    now_ms = floor_ms(STARTED_MS, "1m")
    months = [
        pstdev(returns(market.candles(BTC, "1m", since, since + DAY_MS, 0)))
        for since in range(now_ms - 300 * DAY_MS, now_ms - DAY_MS, 30 * DAY_MS)
    ]
    live = pstdev(returns(market.candles(BTC, "1m", now_ms - DAY_MS, now_ms, 0)))
    assert 0.2 < sorted(months)[5] / live < 2


def test_a_price_of_ether_in_bitcoin_is_about_the_quotient(year):
    market = Market(1, STARTED_MS)
    since = year[0][0][0].open_ms
    ratio = market.candles(RATIO, "1h", since, since + 60 * DAY_MS, 0)
    for between, btc, eth in zip(ratio, *year[0], strict=False):
        assert between.close == pytest.approx(eth.close / btc.close, rel=0.03)


def test_there_is_nothing_before_the_beginning(market):
    assert market.candles(BTC, "1d", 0, BEGIN_MS, 0) == []
    assert market.candles(BTC, "1w", 0, BEGIN_MS - 7 * DAY_MS, 0) == []
    assert market.candles(BTC, "1d", 0, BEGIN_MS + DAY_MS, 0)[0].open_ms == BEGIN_MS
    days = market.candles(BTC, "1d", 0, STARTED_MS, 0)
    assert len(days) == (floor_ms(STARTED_MS, "1d") - BEGIN_MS) // DAY_MS + 1
    assert 10 < days[-1].close / days[0].open < 100  # coins grow, and stay near it
