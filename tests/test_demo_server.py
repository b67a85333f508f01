"""The loopback exchange: real HTTP, the recorded shapes, each exchange's refusals, and nothing left when it stops."""

import json
import socket
import threading
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from conftest import RECORDINGS, FakeClock

from cryptoprices.core.market import Pair
from cryptoprices.demo.assets import DEMO_PAIRS
from cryptoprices.demo.server import DemoExchange
from cryptoprices.demo.venues import VENUES

ANSWERS = {  # the path that is asked and what was recorded of it
    "kraken": ("/0/public/Ticker?pair=XBTUSDT", "kraken/ticker.XBTUSDT.20251111.json"),
    "coinbase": ("/products/BTC-USD/ticker", "coinbase_exchange/ticker.BTC-USD.2015.json"),
    "coinbase stats": ("/products/BTC-USD/stats", "coinbase_exchange/stats.BTC-USD.2015.json"),
    "bitstamp": ("/api/v2/ticker/btcusd/", "bitstamp/ticker.btcusd.20220131.json"),
    "gemini": ("/v1/pubticker/btcusd", "gemini/pubticker.btcusd.20190812.json"),
    "gemini error": ("/v2/ticker/bla", "gemini/error.v2ticker.bla.json"),
    "binance": (
        "/api/v3/ticker/24hr?symbols=%5B%22BTCUSDT%22,%22ETHUSDT%22%5D",
        "binance/ticker24.BTCUSDT+ETHUSDT.20241101.json",
    ),
    "okx": ("/api/v5/market/ticker?instId=BTC-USDT", "okx/ticker.BTC-USDT.20220513a.json"),
    "coingecko": ("/api/v3/coins/markets?vs_currency=usd&ids=bitcoin", "coingecko/markets.usd.20240407.json"),
    "coingecko price": (
        "/api/v3/simple/price?ids=ethereum&vs_currencies=usd",
        "coingecko/simple_price.json",
    ),
}
UNKNOWN = {
    "kraken": ("/0/public/Ticker?pair=XBTUSD,SHIBUSD", 200, {"error": ["EQuery:Unknown asset pair"]}),
    "coinbase": ("/products/SHIB-USD/ticker", 404, {"message": "NotFound"}),
    "bitfinex": ("/v2/tickers?symbols=tSHIB:USD", 200, []),
    "binance": ("/api/v3/ticker/24hr?symbols=[%22SHIBUSDT%22]", 400, {"code": -1121, "msg": "Invalid symbol."}),
    "okx": (
        "/api/v5/market/ticker?instId=SHIB-USDT",
        200,
        {"code": "51001", "data": [], "msg": "Instrument ID does not exist"},
    ),
    "coingecko": ("/api/v3/coins/markets?vs_currency=usd&ids=foo", 200, []),
    "coingecko price": ("/api/v3/simple/price?ids=foo&vs_currencies=usd", 200, {}),
}


@pytest.fixture
def demo(fake_clock):
    with DemoExchange(42, fake_clock.clock) as exchange:
        yield exchange


def get(demo, name, path):
    """(status, answer decoded, header fields)"""
    url = urlsplit(demo.addresses[name] + path)
    connection = HTTPConnection(url.hostname, url.port)
    try:
        connection.request("GET", url.path + (f"?{url.query}" if url.query else ""))
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, json.loads(body) if "json" in answer.headers["Content-Type"] else body, answer.headers
    finally:
        connection.close()


def differences(ours, recorded, where="answer"):
    """Where a value that both hold is of another JSON type, and where ours holds something that was never recorded."""
    if isinstance(ours, dict) and isinstance(recorded, dict):
        later = {"last", "volume_30day"} if where == "answer" else set()  # newer answers have them
        found = [f"{where}.{key} is new" for key in ours.keys() - recorded.keys() - later]
        for key in ours.keys() & recorded.keys():
            found += differences(ours[key], recorded[key], f"{where}.{key}")
        return found
    if isinstance(ours, list) and isinstance(recorded, list):
        return [
            line for one, other in zip(ours, recorded, strict=False) for line in differences(one, other, f"{where}[]")
        ]
    kinds = [float if type(value) is int else type(value) for value in (ours, recorded)]
    return [] if kinds[0] is kinds[1] or None in (ours, recorded) else [f"{where}: {ours!r} for {recorded!r}"]


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no recorded answers here")
@pytest.mark.parametrize("case", ANSWERS)
def test_answers_have_the_recorded_shape(demo, case):
    path, recording = ANSWERS[case]
    _, ours, _ = get(demo, case.split()[0], path)
    recorded = json.loads((RECORDINGS / "rest" / recording).read_text())
    assert differences(ours, recorded) == []


def test_bitfinex_sends_rows_of_numbers(demo):
    _, rows, _ = get(demo, "bitfinex", "/v2/tickers?symbols=tDOGE:USD,tBTCUST")
    assert [row[0] for row in rows] == ["tDOGE:USD", "tBTCUST"]
    assert all(len(row) == 11 and all(isinstance(value, int | float) for value in row[1:]) for row in rows)


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_pair_is_refused_as_the_exchange_does_it(demo, name):
    path, status, content = UNKNOWN[name]
    assert get(demo, name.split()[0], path)[:2] == (status, content)


@pytest.mark.parametrize("name", VENUES)
def test_every_other_path_is_an_error(demo, name):
    assert get(demo, name, "/nothing/here")[0] >= 400


def test_connections_are_kept_and_the_date_is_the_clocks(demo, fake_clock):
    url = urlsplit(demo.addresses["coinbase"])
    connection = HTTPConnection(url.hostname, url.port)
    ports = set()
    for _ in range(3):
        connection.request("GET", f"{url.path}/products/BTC-USD/ticker")
        answer = connection.getresponse()
        answer.read()
        ports.add(connection.sock.getsockname()[1])
    connection.close()
    assert len(ports) == 1
    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == fake_clock.wall_ms // 1000


def test_the_same_seed_tells_the_same_prices(fake_clock):
    told = []
    for seed in (42, 42, 43):
        clock = FakeClock()
        with DemoExchange(seed, clock.clock) as demo:
            clock.advance(100)
            told.append(get(demo, "coinbase", "/products/ETH-USD/ticker")[1]["price"])
    assert told[0] == told[1] != told[2]


def test_time_moves_the_prices(demo, fake_clock):
    before = get(demo, "coinbase", "/products/ETH-USD/ticker")[1]
    fake_clock.advance(20)
    after = get(demo, "coinbase", "/products/ETH-USD/ticker")[1]
    assert before["price"] != after["price"]
    assert before["time"] < after["time"]


def test_stopping_ends_idle_connections_and_threads(fake_clock):
    demo = DemoExchange(1, fake_clock.clock)
    demo.start()
    url = urlsplit(demo.addresses["kraken"])
    with socket.create_connection((url.hostname, url.port)) as idle, socket.create_connection((url.hostname, url.port)):
        idle.sendall(b"GET /kraken/0/public/Ticker?pair=XBTUSD HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(12) == b"HTTP/1.1 200"
        demo.stop()
        demo.stop()  # harmless
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("demo-")]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((url.hostname, url.port))


def test_the_watchlist_of_the_demo():
    assert list(map(str, DEMO_PAIRS)) == [
        f"{coin}/USD" for coin in ("BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "LTC", "SHIB")
    ]
    listing = [name for name, venue in VENUES.items() if Pair("SHIB", "USD") in venue.pairs()]
    assert listing == ["coingecko"]  # the fallback is seen


def test_all_connections_hear_that_it_ends_before_any_is_waited_for(fake_clock):
    shut = []

    class Connection:
        def shutdown(self, _how):
            shut.append(self)

    class Answering:
        def join(self):
            assert len(shut) == 3

    exchange = DemoExchange(42, fake_clock.clock)
    exchange.start()
    exchange._server._connections = {Answering(): Connection() for _ in range(3)}
    exchange.stop()
    assert len(shut) == 3
