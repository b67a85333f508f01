"""Pages of candles of Kraken, Coinbase, Bitstamp and Binance: what is asked, and what the answers say."""

import gzip
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

BTC_USD, BTC_USDT, ETH_BTC = map(Pair.parse, ["BTC/USD", "BTC/USDT", "ETH/BTC"])
PAIRS = {"kraken": BTC_USD, "coinbase": BTC_USD, "bitstamp": BTC_USD, "binance": BTC_USDT}
every_exchange = pytest.mark.parametrize("name", PAIRS)
OPENED_MS = 1_795_357_080_000  # the first minute of the records; the fifth is running at RECEIVED_MS
RECORD = [
    Candle(OPENED_MS, 97400.5, 97420.0, 97390.25, 97410.0, 1.5),
    Candle(OPENED_MS + MINUTE_MS, 97410.0, 97410.0, 97410.0, 97410.0, 0.0),
    Candle(OPENED_MS + 2 * MINUTE_MS, 97410.0, 97450.75, 97405.0, 97444.0, 2.25),
    Candle(OPENED_MS + 3 * MINUTE_MS, 97444.0, 97444.5, 97380.1, 97381.0, 0.125),
]


def ask_of(name, pair=None, interval="1m", since_ms=OPENED_MS, until_ms=OPENED_MS + 5 * MINUTE_MS):
    """What is asked for these candles, the records' ones where nothing is said."""
    return SOURCES[name].candle_ask(pair or PAIRS[name], interval, since_ms, until_ms, RECEIVED_MS)


def body_of(name):
    return (DATA / f"{name}-candles.json").read_bytes()


def read(name, body, ask=None, **headers):
    return SOURCES[name].read_candles(answer(body, **headers), ask or ask_of(name))


@every_exchange
def test_a_record_says_exactly_these_candles_without_the_running_one(name):
    without_trades = [] if name == "coinbase" else RECORD[1:2]  # there a minute without trades is not in the answer
    assert read(name, body_of(name)) == [RECORD[0], *without_trades, *RECORD[2:]]


@every_exchange
def test_whether_a_candle_is_complete_is_told_by_the_exchanges_clock(name):
    assert read(name, body_of(name), date="Sun, 22 Nov 2026 14:23:00 GMT")[-1].open_ms == OPENED_MS + 4 * MINUTE_MS
    assert read(name, body_of(name), date="Sun, 22 Nov 2026 14:21:59 GMT")[-1] == RECORD[2]


@every_exchange
def test_candles_outside_the_page_stay_outside(name):
    ask = ask_of(name, since_ms=OPENED_MS + 2 * MINUTE_MS, until_ms=OPENED_MS + 3 * MINUTE_MS)
    assert read(name, body_of(name), ask) == RECORD[2:3]


def test_the_questions_about_a_few_minutes():
    assert {name: ask_of(name).path for name in PAIRS} == {
        "kraken": "/0/public/OHLC?pair=XXBTZUSD&interval=1&since=1795357020",  # the one that opens then is left out
        "coinbase": "/products/BTC-USD/candles?granularity=60&start=1795357080&end=1795357379",
        "bitstamp": "/api/v2/ohlc/btcusd/?step=60&limit=5&end=1795357379",
        "binance": "/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=1795357080000&endTime=1795357379999&limit=5",
    }
    assert all(ask_of(name)[1:] == (PAIRS[name], "1m", OPENED_MS, OPENED_MS + 5 * MINUTE_MS) for name in PAIRS)


def test_the_questions_about_days_between_coins():
    day = floor_ms(RECEIVED_MS, "1d")
    asks = [ask_of(name, ETH_BTC, "1d", day - 2 * DAY_MS, day) for name in PAIRS]
    assert [ask.path for ask in asks] == [
        f"/0/public/OHLC?pair=XETHXXBT&interval=1440&since={(day - 3 * DAY_MS) // 1000}",
        f"/products/ETH-BTC/candles?granularity=86400&start={(day - 2 * DAY_MS) // 1000}&end={day // 1000 - 1}",
        f"/api/v2/ohlc/ethbtc/?step=86400&limit=2&end={day // 1000 - 1}",
        f"/api/v3/klines?symbol=ETHBTC&interval=1d&startTime={day - 2 * DAY_MS}&endTime={day - 1}&limit=2",
    ]


@pytest.mark.parametrize(("name", "rows"), [("coinbase", 300), ("bitstamp", 1000), ("binance", 1000)])
def test_a_long_past_is_asked_page_by_page_newest_first_without_a_gap(name, rows):
    hour = floor_ms(RECEIVED_MS, "1h")
    since_ms = until_ms = hour
    since_ms -= 2500 * HOUR_MS
    pages = []
    while since_ms < until_ms:
        pages.append(ask_of(name, interval="1h", since_ms=since_ms, until_ms=until_ms))
        assert pages[-1].until_ms == until_ms
        until_ms = pages[-1].since_ms
    counts = [(page.until_ms - page.since_ms) // HOUR_MS for page in pages]
    assert counts == [rows] * (2500 // rows) + [2500 % rows]
    assert SOURCES[name].candle_pages["1h"] == rows


def test_kraken_has_the_newest_720_of_each_width_and_nothing_older():
    hour = floor_ms(RECEIVED_MS, "1h")
    ask = ask_of("kraken", interval="1h", since_ms=hour - 5000 * HOUR_MS, until_ms=hour + HOUR_MS)
    assert (hour + HOUR_MS - ask.since_ms) // HOUR_MS == 720
    assert ask_of("kraken", interval="1h", since_ms=hour - 5000 * HOUR_MS, until_ms=ask.since_ms) is None
    assert ask_of("kraken", interval="1h", since_ms=ask.since_ms, until_ms=ask.since_ms + HOUR_MS) is not None


@every_exchange
def test_every_width_it_names_is_one_of_ours_with_the_exchanges_own_name_for_it(name):
    names = {
        "kraken": {"1m": "1", "5m": "5", "15m": "15", "1h": "60", "4h": "240", "1d": "1440"},  # weeks are from Thursday
        "coinbase": {"1m": "60", "5m": "300", "15m": "900", "1h": "3600", "1d": "86400"},
        "bitstamp": {"1m": "60", "5m": "300", "15m": "900", "1h": "3600", "4h": "14400", "1d": "86400"},
        "binance": {width: width for width in INTERVALS_MS},
    }[name]
    parameter = {"kraken": "interval", "coinbase": "granularity", "bitstamp": "step", "binance": "interval"}[name]
    assert SOURCES[name].candle_pages.keys() == names.keys()
    for width, own in names.items():
        until_ms = floor_ms(RECEIVED_MS, width)
        path = ask_of(name, interval=width, since_ms=until_ms - INTERVALS_MS[width], until_ms=until_ms).path
        assert f"{parameter}={own}&" in f"{path}&"


@every_exchange
def test_a_poll_of_ten_pairs_leaves_half_of_the_budget_to_the_past(name):
    source = SOURCES[name]
    coins = ["BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "LTC", "DOT", "LINK", "AVAX"]
    asks = source.asks([Pair(coin, "EUR") for coin in coins])
    assert sum(1 + len(ask.details) for ask in asks) * 3 <= source.budget_per_min / 2


@every_exchange
def test_a_strange_candle_costs_only_itself(name):
    for strange in (b'"NaN"', b"null", b"-1", b'"1e999"', b"[]"):
        first = b"97450.75000000" if name == "binance" else b"97450.75"
        body = body_of(name).replace(first if name == "coinbase" else b'"%s"' % first, strange, 1)
        assert RECORD[2] not in read(name, body)
        assert {RECORD[0], RECORD[3]} <= set(read(name, body))


@every_exchange
def test_a_page_of_strange_candles_says_what_is_strange(name):
    body = body_of(name).replace(b"97", b"-97")
    with pytest.raises(BadPayload, match="open"):
        read(name, body)


@every_exchange
def test_a_page_without_candles_is_an_ordinary_one(name):
    empty = {
        "kraken": {"error": [], "result": {"XXBTZUSD": [], "last": 0}},
        "bitstamp": {"data": {"pair": "BTC/USD", "ohlc": []}},
    }.get(name, [])
    assert read(name, json.dumps(empty).encode()) == []


def test_candles_that_begin_between_the_minutes_are_not_ours():
    body = body_of("kraken").replace(b"1795357080", b"1795357081")
    assert RECORD[0] not in read("kraken", body)
    with pytest.raises(BadPayload, match="opens at 1795357081000"):
        read("kraken", json.dumps({"error": [], "result": {"XXBTZUSD": [[1795357081, *"111111", 1]]}}).encode())


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_candles_of_one_minute_the_one_with_more_volume_counts(order):
    rows = [[OPENED_MS, "5", "6", "4", "5", volume, 0] for volume in ("1.5", "2")][::order]
    (candle,) = read("binance", json.dumps(rows).encode())
    assert candle.volume == 2.0


def test_candles_of_another_pair_are_not_taken_for_ours():
    with pytest.raises(BadPayload, match="ETH/USD instead of BTC/USD"):
        read("bitstamp", body_of("bitstamp").replace(b"BTC/USD", b"ETH/USD"))
    with pytest.raises(BadPayload, match="0 lists"):
        read("kraken", body_of("kraken").replace(b"XXBTZUSD", b"XETHZUSD"))
    assert read("kraken", body_of("kraken").replace(b"XXBTZUSD", b"XBTUSD")) == RECORD


@pytest.mark.parametrize(
    ("name", "status", "body", "kind", "reason"),
    [
        ("kraken", 200, b'{"error":["EQuery:Unknown asset pair"]}', UnknownPair, Reason.UNKNOWN_PAIR),
        ("kraken", 200, b'{"error":["EGeneral:Too many requests"]}', SourceError, Reason.LIMITED),
        ("coinbase", 200, b'{"message":"NotFound"}', UnknownPair, Reason.UNKNOWN_PAIR),
        ("bitstamp", 200, b'{"status":"error","reason":"Invalid step"}', SourceError, Reason.SERVER),
        ("binance", 400, b'{"code":-1121,"msg":"Invalid symbol."}', UnknownPair, Reason.UNKNOWN_PAIR),
    ],
)
def test_a_refusal_is_one_for_candles_too(name, status, body, kind, reason):
    with pytest.raises(kind) as caught:
        SOURCES[name].read_candles(answer(body, status), ask_of(name))
    assert caught.value.reason is reason


def must_be_sound(name, body):
    with suppress(SourceError):
        found = read(name, body)
        assert found == sorted(set(found))
        for candle in found:
            assert 0 < candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
            assert candle.high < float("inf")
            assert candle.volume is None or 0 <= candle.volume < float("inf")


@every_exchange
@given(body=ANY_JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_any_json_is_candles_or_a_reason(name, body):
    must_be_sound(name, body)


@every_exchange
@given(data=st.data())
def test_an_answer_with_anything_in_any_place_is_candles_or_a_reason(name, data):
    value = json.loads(body_of(name))
    path = data.draw(st.sampled_from(list(places(value))))
    must_be_sound(name, json.dumps(replaced(value, path, data.draw(ANY_JSON))).encode())


RECORDED = [
    ("kraken", "BTC/USDT", "1m", "kraken/ohlc.XBTUSDT.1m.20251110.json.gz"),
    ("coinbase", "BTC/USD", "1m", "coinbase_exchange/candles.BTC-USD.1m.20180201.json"),
    ("bitstamp", "BTC/USD", "1m", "bitstamp/ohlc.btcusd.1m.x10.json"),
    ("bitstamp", "BTC/USD", "1d", "bitstamp/ohlc.btcusd.1d.x1000.json.gz"),
    ("binance", "BTC/USDT", "1m", "binance/klines.BTCUSDT.1m.20200506.json"),
    ("binance", "BTC/USDT", "1d", "binance/klines.BTCUSDT.1d.2019.json.gz"),
]


def recorded_rows(name, value):
    """time (ms), open, high, low, close, volume of each row, as they are written."""
    if name == "bitstamp":
        for row in value["data"]["ohlc"]:
            yield int(row["timestamp"]) * 1000, row["open"], row["high"], row["low"], row["close"], row["volume"]
    elif name == "coinbase":
        for time_s, low, high, open_, close, volume in value:
            yield time_s * 1000, open_, high, low, close, volume
    else:
        in_seconds = name == "kraken"
        for row in next(rows for rows in value["result"].values() if isinstance(rows, list)) if in_seconds else value:
            yield row[0] * (1000 if in_seconds else 1), *row[1:5], row[6 if in_seconds else 5]


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no recordings here")
@pytest.mark.parametrize(("name", "pair", "interval", "path"), RECORDED, ids=lambda part: part.split(".json")[0])
def test_recorded_candles_are_read_figure_by_figure(name, pair, interval, path):
    body = (RECORDINGS / "rest" / path).read_bytes()
    body = gzip.decompress(body) if path.endswith(".gz") else body
    found = read(name, body, CandleAsk("", Pair.parse(pair), interval, 0, RECEIVED_MS))
    rows = {row[0]: row for row in recorded_rows(name, json.loads(body))}  # one day is there twice
    assert found == [Candle(row[0], *map(float, row[1:])) for _, row in sorted(rows.items())]
    assert len(found) >= 10
