"""Pages of candles of the exchanges that tell the newest first: OKX, Bitfinex, Gemini."""

import json
from contextlib import suppress

import pytest
from any_json import ANY_JSON, places, replaced
from conftest import RECORDINGS
from hypothesis import given
from hypothesis import strategies as st
from records import DATA, RECEIVED_MS, SOURCES, answer

from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.intervals import DAY_MS, HOUR_MS, INTERVALS_MS, MINUTE_MS, floor_ms
from cryptoprices.core.market import Candle, Pair
from cryptoprices.core.source import CandleAsk

PAIRS = {"okx": Pair("BTC", "USDT"), "bitfinex": Pair("BTC", "USD"), "gemini": Pair("BTC", "USD")}
NOW_MS = RECEIVED_MS
HOUR = floor_ms(NOW_MS, "1h")
BODIES = {name: (DATA / f"{name}-candles.json").read_bytes() for name in PAIRS}
EXPECTED = {
    "okx": [
        Candle(HOUR - 2 * HOUR_MS, 97290.1, 97333.3, 97120.0, 97310.0, 201.0041),
        Candle(HOUR - HOUR_MS, 97310.0, 97455.5, 97290.4, 97401.2, 188.42007119),
    ],
    "bitfinex": [  # an hour without trades is not there
        Candle(HOUR - 3 * HOUR_MS, 97011.0, 97300.0, 96990.0, 97290.5, 61.0000000001),
        Candle(HOUR - HOUR_MS, 97308.0, 97450.0, 97288.0, 97400.0, 52.44017002),
    ],
    "gemini": [  # here it is
        Candle(HOUR - 2 * HOUR_MS, 97311.9, 97311.9, 97311.9, 97311.9, 0.0),
        Candle(HOUR - HOUR_MS, 97311.9, 97455.01, 97290.55, 97402.11, 12.77004),
    ],
}
every_exchange = pytest.mark.parametrize("name", PAIRS)


def ask_of(name, interval="1h", since_ms=HOUR - 10 * HOUR_MS, until_ms=HOUR + HOUR_MS, now_ms=NOW_MS):
    """What is asked of the exchange first."""
    return SOURCES[name].candle_ask(PAIRS[name], interval, since_ms, until_ms, now_ms)


def read(name, body, ask=None):
    """What Source.read_candles makes of these bytes."""
    return SOURCES[name].read_candles(answer(body), ask or ask_of(name))


@every_exchange
def test_its_record_says_exactly_these_candles_without_the_running_one(name):
    assert read(name, BODIES[name]) == EXPECTED[name]


def test_okx_says_itself_which_candle_is_not_complete():
    late = answer(BODIES["okx"])._replace(received_ms=HOUR + HOUR_MS)
    assert SOURCES["okx"].read_candles(late, ask_of("okx")) == EXPECTED["okx"]
    confirmed = answer(BODIES["okx"].replace(b'"0"]', b'"1"]'))._replace(received_ms=HOUR + HOUR_MS)
    assert len(SOURCES["okx"].read_candles(confirmed, ask_of("okx"))) == 3


@every_exchange
def test_candles_outside_the_page_stay_outside(name):
    ask = ask_of(name, since_ms=HOUR - HOUR_MS, until_ms=HOUR)
    assert read(name, BODIES[name], ask) == EXPECTED[name][1:]


def test_the_questions():
    since, until = HOUR - 10 * HOUR_MS, HOUR + HOUR_MS
    assert ask_of("okx") == CandleAsk(
        f"/api/v5/market/candles?instId=BTC-USDT&bar=1H&after={until}&before={since - 1}&limit=300",
        PAIRS["okx"], "1h", since, until,
    )  # fmt: skip
    assert ask_of("bitfinex") == CandleAsk(
        f"/v2/candles/trade:1h:tBTCUSD/hist?limit=10000&start={since}&end={until - 1}&sort=-1",
        PAIRS["bitfinex"], "1h", since, until,
    )  # fmt: skip
    assert ask_of("gemini") == CandleAsk("/v2/candles/btcusd/1hr", PAIRS["gemini"], "1h", since, until)


@every_exchange
def test_every_width_has_its_name_there(name):
    names = {
        "okx": {"1m": "1m", "5m": "5m", "15m": "15m", "1h": "1H", "4h": "4H", "1d": "1Dutc", "1w": "1Wutc"},
        "bitfinex": {"1m": "1m", "5m": "5m", "15m": "15m", "1h": "1h", "1d": "1D"},
        "gemini": {"1m": "1m", "5m": "5m", "15m": "15m", "1h": "1hr", "1d": "1day"},
    }[name]
    assert SOURCES[name].candle_pages.keys() == names.keys()
    for interval, width in names.items():
        until_ms = floor_ms(NOW_MS, interval)
        path = ask_of(name, interval, until_ms - 2 * INTERVALS_MS[interval], until_ms).path
        assert {"okx": f"bar={width}&", "bitfinex": f":{width}:", "gemini": f"/{width}"}[name] in path + "&"


def pages(name, interval, since_ms, until_ms):
    """All pages, as they are asked one after the other: the newest first."""
    found = []
    while until_ms > since_ms and (ask := ask_of(name, interval, since_ms, until_ms)):
        assert ask.until_ms == until_ms
        assert since_ms <= ask.since_ms < until_ms
        assert (until_ms - ask.since_ms) // INTERVALS_MS[interval] <= SOURCES[name].candle_pages[interval]
        found.append(ask)
        until_ms = ask.since_ms
    return found


def test_a_year_of_hours_is_one_page_of_bitfinex_and_thirty_of_okx():
    since = HOUR - 365 * DAY_MS
    (page,) = pages("bitfinex", "1h", since, HOUR)
    assert (page.since_ms, page.until_ms) == (since, HOUR)
    found = pages("okx", "1h", since, HOUR)
    assert found[-1].since_ms == since
    assert len(found) == 30  # 8,760 by 300, and one that is cut where the older ones have an address of their own
    newest = [page for page in found if "/candles?" in page.path]
    assert found == newest + [page for page in found if "/history-candles?" in page.path]
    assert newest[-1].since_ms == HOUR - 1438 * HOUR_MS


def test_bitfinex_has_a_week_of_minutes_in_two_pages():
    until = floor_ms(NOW_MS, "1m")
    found = pages("bitfinex", "1m", until - 7 * DAY_MS, until)
    assert [(page.until_ms - page.since_ms) // MINUTE_MS for page in found] == [10_000, 80]


def test_gemini_has_only_the_newest_and_says_so():
    (page,) = pages("gemini", "1h", HOUR - 365 * DAY_MS, HOUR)
    assert page.since_ms == HOUR - 1438 * HOUR_MS
    assert ask_of("gemini", "1h", HOUR - 2000 * HOUR_MS, HOUR - 1438 * HOUR_MS) is None
    assert ask_of("gemini", "1d", 0, floor_ms(NOW_MS, "1d") - 364 * DAY_MS) is None


@every_exchange
@pytest.mark.parametrize("strange", ["0", "-1", "NaN", "1e999", '"x"', "null", "[]", "{}", "true"])
def test_a_strange_price_costs_its_own_candle(name, strange):
    value = {"okx": b'"97310","97455.5"', "bitfinex": b"97308,97400", "gemini": b"97311.9,97455.01"}[name]
    assert value in BODIES[name]
    _, _, second = value.decode().partition(",")
    quoted = f'"{strange}"' if name == "okx" and strange[0] not in '"[{nt' else strange
    body = BODIES[name].replace(value, f"{quoted},{second}".encode())
    if strange == "NaN" and name != "okx":
        with pytest.raises(BadPayload):
            read(name, body)
    else:
        assert read(name, body) == EXPECTED[name][:1]


@every_exchange
def test_a_close_outside_low_and_high_is_no_candle(name):
    close = {"okx": b'"97401.2","188', "bitfinex": b"97400,97450", "gemini": b"97402.11,12.7"}[name]
    wrong = {"okx": b'"99999.9","188', "bitfinex": b"99999.9,97450", "gemini": b"99999.9,12.7"}[name]
    assert BODIES[name].count(close) == 1
    assert read(name, BODIES[name].replace(close, wrong)) == EXPECTED[name][:1]


@every_exchange
def test_a_page_that_is_cut_off_anywhere_is_none(name):
    body = BODIES[name].strip()
    for end in range(len(body)):
        with pytest.raises(BadPayload):
            read(name, body[:end])


@every_exchange
def test_a_price_of_ten_thousand_digits_is_none(name):
    assert (
        read(name, BODIES[name].replace(b"97455", b"9" * 10_000).replace(b"97450", b"9" * 10_000)) == EXPECTED[name][:1]
    )


@every_exchange
def test_no_candles_are_an_ordinary_answer(name):
    assert read(name, b'{"code":"0","msg":"","data":[]}' if name == "okx" else b"[]") == []


def test_an_error_of_the_exchange_goes_before_the_strangeness():
    with pytest.raises(UnknownPair, match="Instrument ID does not exist"):
        read("okx", b'{"code":"51001","data":[],"msg":"Instrument ID does not exist"}')
    with pytest.raises(UnknownPair):
        read("bitfinex", b'["error",10020,"symbol: invalid"]')
    with pytest.raises(SourceError) as failed:
        read("bitfinex", b'["error",11010,"ratelimit: error"]')
    assert (failed.value.reason, failed.value.retry_after_s) == (Reason.LIMITED, 60)


@every_exchange
@given(data=st.data())
def test_anything_in_any_place_is_sound_candles_or_a_reason(name, data):
    value = json.loads(BODIES[name])
    path = data.draw(st.sampled_from(list(places(value))))
    with suppress(SourceError):
        for candle in read(name, json.dumps(replaced(value, path, data.draw(ANY_JSON))).encode()):
            assert 0 < candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
            assert candle.open_ms % HOUR_MS == 0


RECORDED = {
    "okx/candles.1m.20250513.json": ("okx", "1m", [
        Candle(1747093980000, 102806.0, 102820.5, 102783.1, 102806.1, 7164.04),
        Candle(1747094040000, 102806.1, 102820.4, 102806.1, 102820.4, 1040.37),
    ]),
    "bitfinex/candles.tBTCUSD.1row.20230310.json": ("bitfinex", "1m", [
        Candle(1678465320000, 20097.0, 20125.0, 20094.0, 20114.0, 1.43504645),
    ]),
    "gemini/candles.ccxt-comment.5m.json": ("gemini", "5m", [
        Candle(1591514400000, 0.02503, 0.02503, 0.02503, 0.02503, 0.0),
        Candle(1591514700000, 0.02503, 0.02509, 0.02503, 0.02509, 44.6405),
        Candle(1591515000000, 0.02509, 0.02509, 0.02509, 0.02509, 0.0),
    ]),
}  # fmt: skip


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="needs the recordings")
@pytest.mark.parametrize("path", RECORDED)
def test_recorded_candles_are_read_as_they_were_sent(path):
    name, interval, expected = RECORDED[path]
    until_ms = expected[-1].open_ms + INTERVALS_MS[interval]
    ask = ask_of(name, interval, expected[0].open_ms, until_ms, now_ms=until_ms)
    assert read(name, (RECORDINGS / "rest" / path).read_bytes(), ask) == expected
