"""The real adapters read the demo's candles at every width that they know, and what they read agrees."""

import json

import pytest
from conftest import FakeClock

from cryptoprices.core.errors import SourceError, UnknownPair
from cryptoprices.core.intervals import DAY_MS, HOUR_MS, INTERVALS_MS, MINUTE_MS, floor_ms
from cryptoprices.core.market import Pair
from cryptoprices.core.source import Answer
from cryptoprices.demo.candle_answers import CANDLES
from cryptoprices.demo.market import gathered
from cryptoprices.demo.server import DemoExchange
from cryptoprices.sources.discovery import discover

SOURCES = {name: source for name, source in discover().items() if source.candle_pages}
EVERY_WIDTH = [(name, interval) for name, source in SOURCES.items() for interval in source.candle_pages]
every_exchange = pytest.mark.parametrize("name", SOURCES)


class Rig:
    """The demo's exchanges after some minutes, asked without a network."""

    def __init__(self):
        clock = FakeClock()
        clock.advance(4.31)
        self.demo = DemoExchange(42, clock.clock)
        clock.advance(600.5)
        self.now_ms = clock.wall_ms

    def get(self, name, path):
        reply, _ = self.demo.reply(f"/{name}{path}")
        return Answer(reply.status, {}, reply.body(), 1095.0, self.now_ms)

    def json(self, name, path):
        return json.loads(self.get(name, path).body)

    def page(self, name, interval, since_ms, until_ms, pair=None):
        """The newest page of a stretch: its ask and its candles."""
        source = SOURCES[name]
        ask = source.candle_ask(pair or pair_of(name), interval, since_ms, until_ms, self.now_ms)
        return ask, source.read_candles(self.get(name, ask.path), ask)


@pytest.fixture(scope="module")
def rig():
    return Rig()


def pair_of(name):
    return Pair("BTC", "USDT" if name in ("binance", "okx") else "USD")


def test_every_exchange_that_has_candles_is_played():
    assert set(CANDLES) == set(SOURCES)


@pytest.mark.parametrize(("name", "interval"), EVERY_WIDTH)
def test_a_page_is_whole(rig, name, interval):
    width_ms, size = INTERVALS_MS[interval], min(SOURCES[name].candle_pages[interval], 400)
    until = floor_ms(rig.now_ms, interval)
    ask, candles = rig.page(name, interval, until - (size - 2) * width_ms, until)
    assert ask.until_ms == until
    assert [candle.open_ms for candle in candles] == list(range(ask.since_ms, until, width_ms))
    assert len(candles) >= 250


@pytest.mark.parametrize(("name", "interval"), EVERY_WIDTH)
def test_the_running_candle_is_none_of_them(rig, name, interval):
    until = floor_ms(rig.now_ms, interval) + INTERVALS_MS[interval]
    _, candles = rig.page(name, interval, until - 5 * INTERVALS_MS[interval], until)
    assert [candle.open_ms for candle in candles] == [until - n * INTERVALS_MS[interval] for n in (5, 4, 3, 2)]


@pytest.mark.parametrize(("name", "interval"), EVERY_WIDTH)
def test_the_largest_page_begins_where_it_was_asked_to(rig, name, interval):
    until = floor_ms(rig.now_ms, interval)
    ask, candles = rig.page(name, interval, until - 3000 * INTERVALS_MS[interval], until)
    begin = 1_483_228_800_000  # the simulated exchanges have none before 2017
    assert candles[0].open_ms in (ask.since_ms, floor_ms(begin, interval))
    assert candles[-1].open_ms == until - INTERVALS_MS[interval]


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in ("kraken", "gemini")])
def test_an_older_page_is_there_too(rig, name):
    until = floor_ms(rig.now_ms, "1h") - 400 * DAY_MS
    ask, candles = rig.page(name, "1h", until - 100 * HOUR_MS, until)
    assert [candle.open_ms for candle in candles] == list(range(ask.since_ms, until, HOUR_MS))


@every_exchange
def test_widths_agree(rig, name):
    until = floor_ms(rig.now_ms, "1h")
    _, minutes = rig.page(name, "1m", until - 240 * MINUTE_MS, until)
    _, hours = rig.page(name, "1h", until - 4 * HOUR_MS, until)
    assert len(hours) == 4
    for hour in hours:
        parts = [minute for minute in minutes if floor_ms(minute.open_ms, "1h") == hour.open_ms]
        assert hour[:5] == gathered(hour.open_ms, parts)[:5]
        assert hour.volume == pytest.approx(gathered(hour.open_ms, parts).volume, abs=1e-5)


@every_exchange
def test_the_last_candle_closes_near_the_price(rig, name):
    source, pair = SOURCES[name], pair_of(name)
    (ask,) = source.asks([pair])
    (quote,) = source.read(rig.get(name, ask.path), [pair])
    until = floor_ms(rig.now_ms, "1m")
    _, candles = rig.page(name, "1m", until - 10 * MINUTE_MS, until)
    assert candles[-1].close == pytest.approx(float(quote.price), rel=0.004)
    if quote.ticker.low_24h is not None:
        assert float(quote.ticker.low_24h) <= candles[-1].high
        assert candles[-1].low <= float(quote.ticker.high_24h)


@every_exchange
def test_an_unknown_pair_is_refused(rig, name):
    unknown = Pair("ZEC", "USDT" if name in ("binance", "okx") else "USD")
    until = floor_ms(rig.now_ms, "1h")
    ask = SOURCES[name].candle_ask(unknown, "1h", until - HOUR_MS, until, rig.now_ms)
    answer = rig.get(name, ask.path)
    if answer.status == 404:
        return
    with pytest.raises(UnknownPair if name != "bitstamp" else SourceError):
        SOURCES[name].read_candles(answer, ask)


def test_kraken_has_the_newest_720_whatever_since(rig):
    result = rig.json("kraken", "/0/public/OHLC?pair=XBTUSD&interval=1&since=1")["result"]
    rows = result["XXBTZUSD"]
    assert len(rows) == 721
    assert [type(field) for field in rows[0]] == [int, str, str, str, str, str, str, int]
    assert result["last"] == rows[-2][0]
    assert rows[-1][0] * 1000 == floor_ms(rig.now_ms, "1m")
    since = rows[-10][0]
    few = rig.json("kraken", f"/0/public/OHLC?pair=XBTUSD&interval=1&since={since}")["result"]["XXBTZUSD"]
    assert [row[0] for row in few] == [row[0] for row in rows[-9:]]
    assert rig.json("kraken", "/0/public/OHLC?pair=XBTUSD&interval=7") == {"error": ["EGeneral:Invalid arguments"]}


def test_coinbase_tells_the_newest_first_and_no_more_than_300(rig):
    rows = rig.json("coinbase", "/products/BTC-USD/candles?granularity=60")
    assert len(rows) == 300
    assert rows[0][0] == rows[-1][0] + 299 * 60
    assert all(low <= min(first, last) <= max(first, last) <= high for _, low, high, first, last, _ in rows)
    end = rows[0][0]
    path = f"/products/BTC-USD/candles?granularity=60&start={end - 301 * 60}&end={end}"
    assert rig.get("coinbase", path).status == 400
    assert len(rig.json("coinbase", path.replace(str(end - 301 * 60), str(end - 9 * 60)))) == 10


def test_bitstamp_passes_over_start_where_end_is_given(rig):
    now_s = rig.now_ms // 1000
    path = f"/api/v2/ohlc/btcusd/?step=3600&limit=10&start={now_s - 3 * 3600}"
    from_start = rig.json("bitstamp", path)["data"]
    assert from_start["pair"] == "BTC/USD"
    assert len(from_start["ohlc"]) == 3
    up_to_end = rig.json("bitstamp", f"{path}&end={now_s}")["data"]["ohlc"]
    assert len(up_to_end) == 10
    assert up_to_end[-1] == from_start["ohlc"][-1]
    assert set(map(type, up_to_end[0].values())) == {str}
    without = rig.json("bitstamp", "/api/v2/ohlc/btcusd/?step=3600&limit=10&exclude_current_candle=true")["data"][
        "ohlc"
    ]
    assert without[-1] == up_to_end[-2]


def test_okx_keeps_older_ones_at_an_address_of_their_own(rig):
    old = floor_ms(rig.now_ms, "1m") - 1500 * MINUTE_MS
    query = f"instId=BTC-USDT&bar=1m&after={old}&limit=5"
    assert rig.json("okx", f"/api/v5/market/candles?{query}")["data"] == []
    rows = rig.json("okx", f"/api/v5/market/history-candles?{query}")["data"]
    assert [int(row[0]) for row in rows] == [old - n * MINUTE_MS for n in range(1, 6)]
    newest = rig.json("okx", "/api/v5/market/candles?instId=BTC-USDT&bar=1m")["data"]
    assert [row[8] for row in newest] == ["0"] + ["1"] * 99
    assert rig.json("okx", "/api/v5/market/candles?instId=BTC-USDT&bar=1D")["code"] == "51000"


def test_bitfinex_tells_the_close_before_high_and_low_and_either_way_round(rig):
    path = "/v2/candles/trade:1h:tBTCUSD/hist?limit=20"
    newest = rig.json("bitfinex", path)
    assert all(low <= min(first, last) <= max(first, last) <= high for _, first, last, high, low, _ in newest)
    assert rig.json("bitfinex", path + "&sort=1") == newest[::-1]
    start = newest[10][0]
    assert rig.json("bitfinex", f"{path}&sort=1&start={start}")[0] == newest[10]
    assert rig.json("bitfinex", "/v2/candles/trade:1h:tBTCUSD/last") == newest[0]
    assert rig.json("bitfinex", "/v2/candles/trade:2h:tBTCUSD/hist") == ["error", 10020, "key: invalid"]


def test_gemini_has_one_window_a_width(rig):
    assert len(rig.json("gemini", "/v2/candles/btcusd/1m")) == 1440
    days = rig.json("gemini", "/v2/candles/btcusd/1day?limit=5")
    assert len(days) == 365
    assert days[0][0] == floor_ms(rig.now_ms, "1d")
    assert rig.get("gemini", "/v2/candles/btcusd/1h").status == 400


def test_binance_begins_at_start_or_ends_at_now(rig):
    newest = rig.json("binance", "/api/v3/klines?symbol=BTCUSDT&interval=1h")
    assert len(newest) == 500
    assert newest[-1][0] == floor_ms(rig.now_ms, "1h")
    assert newest[-1][6] == newest[-1][0] + HOUR_MS - 1
    start = newest[7][0] - 1
    assert rig.json("binance", f"/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime={start}&limit=3") == newest[7:10]
