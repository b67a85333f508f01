"""Candles as Cryptowatch's clients ask for them: periods made of ours, ends, the running one, and what is asked for."""

import asyncio
from datetime import UTC, datetime

import pytest
from cryptowatch_rig import BTC, BTC_USDT, Rig, candle

from cryptoprices.api.cryptowatch.charts import Span
from cryptoprices.api.cryptowatch.markets import Markets
from cryptoprices.api.cryptowatch.periods import PERIODS, gathered, so_far, whole
from cryptoprices.api.worker import in_thread
from cryptoprices.core.intervals import MINUTE_MS
from cryptoprices.core.market import Candle

NOW_MS = 1_763_820_000_000 + 7 * MINUTE_MS + 13_000  # 14:07:13 of a Saturday


@pytest.fixture
def rig(fake_clock):
    fake_clock.advance(7 * 60 + 13)
    rig = Rig(fake_clock)
    rig.live.poll(kraken="24063.40")
    assert fake_clock.wall_ms == NOW_MS
    return rig


def rows(rig, query="", market="kraken/btcusd"):
    result = rig.get(f"/markets/{market}/ohlc{query}")["result"]
    return {period: [[float(each) for each in row] for row in found] for period, found in result.items()}


def row(period, *candles):
    """What these, all of one period, are together."""
    low, high = min(each.low for each in candles), max(each.high for each in candles)
    volume = sum(each.volume for each in candles)
    closes = (candles[0].open_ms + PERIODS[period].step_ms) / 1000
    return [closes, candles[0].open, high, low, candles[-1].close, volume, volume * (high + low) / 2]


def test_a_candle_bears_the_time_of_its_end_and_the_running_one_is_last(rig):
    found = rows(rig, "?periods=60")["60"]
    minute = NOW_MS // MINUTE_MS * MINUTE_MS
    assert found[-2] == row("60", candle(minute - MINUTE_MS))
    assert found[-1] == [minute / 1000 + 60, *[24063.4] * 4, 0, 0]  # of which only the price now is known
    assert [each[0] for each in found] == sorted({each[0] for each in found})
    assert all(each[0] % 60 == 0 for each in found)
    assert len(found) == 501


def test_the_running_candle_is_made_of_all_that_is_known_of_it(rig):
    minute, hour = NOW_MS // MINUTE_MS * MINUTE_MS, NOW_MS - NOW_MS % 3_600_000
    rig.past.minutes["kraken", BTC] = Candle(minute, 24070.0, 30000.0, 24060.0, 24065.0)
    running = rows(rig, "?periods=3600")["3600"][-1]
    ended = [candle(hour + number * MINUTE_MS) for number in range(7)]
    assert running[:5] == [hour / 1000 + 3600, ended[0].open, 30000.0, min(each.low for each in ended), 24063.4]
    assert running[5] == 14.0  # of what has ended; our own samples know none


def test_of_a_running_candle_whose_beginning_is_unknown_there_is_none(rig):
    rig.past.begins_ms = NOW_MS - 3 * MINUTE_MS  # the hour began before
    found = rows(rig, "?periods=60,3600")
    assert found["3600"] == []
    assert found["60"][-1][0] * 1000 > NOW_MS


def test_minutes_that_the_exchange_has_not_given_yet_do_not_hold_it_up(rig):
    rig.past.late_ms = 2 * MINUTE_MS
    hour = rows(rig, "?periods=3600")["3600"][-1]
    assert hour[0] * 1000 > NOW_MS
    rig = Rig(rig.clock)
    rig.past.late_ms = 3 * MINUTE_MS
    assert rows(rig, "?periods=3600")["3600"][-1][0] * 1000 < NOW_MS


@pytest.mark.parametrize("period", PERIODS)
def test_every_period_is_made_of_whole_candles_on_its_grid(rig, period):
    found = rows(rig, f"?periods={period}")
    assert list(found) == [period]
    width, step = PERIODS[period].width, PERIODS[period].step_ms
    complete = [each for each in found[period] if each[0] * 1000 <= NOW_MS]
    base = {"1m": 60_000, "5m": 300_000, "15m": 900_000, "1h": 3_600_000, "4h": 14_400_000, "1d": 86_400_000}[width]
    opens = round(complete[-1][0] * 1000) - step
    assert complete[-1] == row(period, *[candle(opens + at, width) for at in range(0, step, base)])
    begins = datetime.fromtimestamp(opens / 1000, UTC)
    if period.startswith("604800"):
        assert begins.weekday() == (0 if period == "604800_Monday" else 3)
    assert found[period][-1][0] * 1000 > NOW_MS


def test_without_periods_there_are_all(rig):
    assert list(rows(rig)) == list(PERIODS)
    assert list(rows(rig, "?periods=")) == list(PERIODS)


def test_after_and_before_are_of_when_a_candle_opens(rig):
    hour = 1_763_816_400  # 13:00
    opened = [each[0] - 300 for each in rows(rig, f"?periods=300&after={hour}&before={hour + 600}")["300"]]
    assert opened == [hour, hour + 300]
    opened = [each[0] - 300 for each in rows(rig, f"?periods=300&after={hour + 1}&before={hour + 601}")["300"]]
    assert opened == [hour + 300, hour + 600]
    since = rows(rig, f"?periods=60&after={NOW_MS // 1000 - 120}")["60"]
    assert [each[0] for each in since] == [NOW_MS // 60_000 * 60 + at for at in (-60 + 60, 60)]
    assert rows(rig, f"?periods=60&after={NOW_MS // 1000 + 60}")["60"] == []
    before = rows(rig, f"?periods=3600&before={hour}")["3600"]
    assert (len(before), before[-1][0]) == (500, hour)


def test_no_more_than_6000_candles_of_a_period_are_given(rig):
    found = rows(rig, "?periods=60&after=0")["60"]
    assert len(found) == 6001
    assert min(asked[3] for asked in rig.past.asked) == NOW_MS // MINUTE_MS * MINUTE_MS - 6000 * MINUTE_MS


def test_only_that_exchange_is_asked_and_in_its_own_currency(rig):
    rows(rig, "?periods=300", "binance/btcusdt")
    assert {asked[:2] for asked in rig.past.asked} == {("binance", BTC_USDT)}


def test_who_asks_again_at_once_costs_the_exchange_nothing(rig):
    rig.clock.advance(44)
    rows(rig, "?periods=60")
    asked = len(rig.past.asked)
    rows(rig, "?periods=60")
    assert len(rig.past.asked) == asked
    rig.clock.advance(5)  # another minute has ended
    rows(rig, "?periods=60")
    assert len(rig.past.asked) == asked + 1
    rig.clock.advance(11)
    rows(rig, "?periods=60")
    assert len(rig.past.asked) == asked + 2


def test_an_exchange_that_hangs_holds_up_nobody_for_long_and_is_asked_once(fake_clock):
    rig = Rig(fake_clock, wait_s=0.05)
    rig.past.held = True
    for _ in range(2):
        assert rows(rig, "?periods=60")["60"][0][1] == 24063.4  # the running one is known anyway
    assert len(rig.past.stops) == 1
    assert not rig.past.stops[0].is_set()
    rig.fills.close()
    assert rig.past.stops[0].is_set()


def test_many_who_ask_at_once_wait_for_one_question(rig):
    market = Markets(rig.live.moment()).find("kraken", "btcusd")

    async def ask_all():
        return await asyncio.gather(*(rig.charts.rows(market, ["60"], Span(), None) for _ in range(20)))

    found = asyncio.run(ask_all())
    assert [len(each["60"]) for each in found] == [500] * 20
    assert len(rig.past.asked) == 1


def test_what_fails_beside_the_loop_fails_for_who_waits():
    assert asyncio.run(in_thread(lambda: 5)) == 5
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_thread(lambda: 1 / 0))


def test_what_lacks_a_part_is_no_candle():
    three = PERIODS["180"]
    minutes = [candle(number * MINUTE_MS) for number in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11)]
    known = [(MINUTE_MS, 8 * MINUTE_MS, "kraken"), (9 * MINUTE_MS, 12 * MINUTE_MS, "kraken")]
    found = whole(three, gathered(three, minutes), known)
    assert [each.open_ms // MINUTE_MS for each in found] == [3, 9]


def test_volumes_add_up_in_the_digits_that_were_sent():
    parts = [Candle(number * MINUTE_MS, 1.0, 1.0, 1.0, 1.0, 0.1) for number in range(3)]
    (three,) = gathered(PERIODS["180"], parts)
    assert repr(three.volume) == "0.3"  # 0.30000000000000004 as binary numbers
    assert gathered(PERIODS["180"], [*parts[:2], parts[2]._replace(volume=None)])[0].volume is None


def test_of_a_running_candle_nothing_is_made_up():
    assert so_far(0, [], None) is None
    assert so_far(60_000, [], 5.0) == Candle(60_000, 5.0, 5.0, 5.0, 5.0, 0.0)
