"""`watch` against recorded answers of all eight exchanges, over real sockets: their digits, and nothing invented."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from conftest import RECORDINGS, ROOT
from recorded_server import NAMES, RecordedServer, Recordings

pytestmark = pytest.mark.skipif(not (RECORDINGS / "manifest.json").is_file(), reason="no recordings here")
PAIRS = ["BTC/USD", "BTC/USDT", "BTC/EUR", "ETH/USD", "ETH/USDT"]
FIGURES = ("price", "bid", "ask", "change_24h_percent", "high_24h", "low_24h", "volume_24h", "time")
NOTHING = dict.fromkeys(FIGURES)


def recorded(name):
    """A recording with its numbers as they are written."""
    return json.loads((RECORDINGS / "rest" / name).read_text("utf-8"), parse_float=str, parse_int=str)


def time_of(unix_ms):
    moment = datetime.fromtimestamp(int(unix_ms) // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{int(unix_ms) % 1000:03d}Z"


def kraken(name):
    (row,) = recorded(f"kraken/{name}")["result"].values()
    return NOTHING | {
        "price": row["c"][0], "bid": row["b"][0], "ask": row["a"][0],
        "high_24h": row["h"][1], "low_24h": row["l"][1], "volume_24h": row["v"][1],
    }  # fmt: skip


def coinbase():
    row, day = (
        recorded("coinbase_exchange/ticker.BTC-USD.2015.json"),
        recorded("coinbase_exchange/stats.BTC-USD.2015.json"),
    )
    return NOTHING | {
        "price": row["price"], "bid": row["bid"], "ask": row["ask"],
        "change_24h_percent": Decimal(row["price"]) / Decimal(day["open"]) * 100 - 100,
        "high_24h": day["high"], "low_24h": day["low"], "volume_24h": day["volume"], "time": row["time"][:23] + "Z",
    }  # fmt: skip


def bitstamp():
    row = recorded("bitstamp/ticker.btcusd.20220131.json")
    return NOTHING | {
        "price": row["last"], "bid": row["bid"], "ask": row["ask"], "change_24h_percent": row["percent_change_24"],
        "high_24h": row["high"], "low_24h": row["low"], "volume_24h": row["volume"],
        "time": time_of(int(row["timestamp"]) * 1000),
    }  # fmt: skip


def gemini():
    row = recorded("gemini/pubticker.btcusd.20190812.json")
    return NOTHING | {
        "price": row["last"], "bid": row["bid"], "ask": row["ask"], "volume_24h": row["volume"]["BTC"],
        "time": time_of(row["volume"]["timestamp"]),
    }  # fmt: skip


def bitfinex():
    row = recorded("bitfinex/tickers.fLEO+tBTCUSD.201911.json")[1]
    return NOTHING | {
        "price": row[7], "bid": row[1], "ask": row[3], "change_24h_percent": Decimal(row[6]) * 100,
        "high_24h": row[9], "low_24h": row[10], "volume_24h": row[8],
    }  # fmt: skip


def binance(number):
    row = recorded("binance/ticker24.BTCUSDT+ETHUSDT.20241101.json")[number]
    return NOTHING | {
        "price": row["lastPrice"], "bid": row["bidPrice"], "ask": row["askPrice"],
        "change_24h_percent": row["priceChangePercent"], "high_24h": row["highPrice"], "low_24h": row["lowPrice"],
        "volume_24h": row["volume"], "time": time_of(row["closeTime"]),
    }  # fmt: skip


def okx():
    (row,) = recorded("okx/ticker.BTC-USDT.20220513a.json")["data"]
    return NOTHING | {
        "price": row["last"], "bid": row["bidPx"], "ask": row["askPx"],
        "change_24h_percent": Decimal(row["last"]) / Decimal(row["open24h"]) * 100 - 100,
        "high_24h": row["high24h"], "low_24h": row["low24h"], "volume_24h": row["vol24h"], "time": time_of(row["ts"]),
    }  # fmt: skip


def coingecko():
    (row,) = recorded("coingecko/markets.usd.20240407.json")
    return NOTHING | {
        "price": row["current_price"], "change_24h_percent": row["price_change_percentage_24h"],
        "high_24h": row["high_24h"], "low_24h": row["low_24h"], "time": row["last_updated"],
    }  # fmt: skip


def expected():
    """(pair, exchange) -> what the recordings say."""
    return {
        ("BTC/USD", "coinbase"): coinbase(),
        ("BTC/USD", "bitstamp"): bitstamp(),
        ("BTC/USD", "gemini"): gemini(),
        ("BTC/USD", "bitfinex"): bitfinex(),
        ("BTC/USD", "coingecko"): coingecko(),
        ("BTC/USDT", "kraken"): kraken("ticker.XBTUSDT.20251111.json"),
        ("BTC/USDT", "binance"): binance(0),
        ("BTC/USDT", "okx"): okx(),
        ("BTC/EUR", "kraken"): kraken("ticker.XXBTZEUR.2014.json"),
        ("ETH/USDT", "binance"): binance(1),
    }


def watch(server, folder, *words):
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "cryptoprices",
            "watch",
            *PAIRS,
            "--once",
            *words,
            "--profile",
            folder,
            *server.settings(),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        cwd=ROOT,
        env=os.environ | {"PYTHONUTF8": "1"},
        check=False,
    )


@pytest.fixture(params=["lists", "strict"])
def server(request):
    """Answers lists of pairs, or nothing but single pairs."""
    with RecordedServer(Recordings(RECORDINGS, strict=request.param == "strict")) as server:
        server.strict = request.param == "strict"
        yield server


def test_watch_prints_of_every_exchange_exactly_what_was_recorded(server, tmp_path):
    run = watch(server, tmp_path, "--json")
    assert run.returncode == 0, run.stderr
    lines = list(map(json.loads, run.stdout.splitlines()))
    assert [line["pair"] for line in lines] == PAIRS
    quotes = {(line["pair"], quote["exchange"]): quote for line in lines for quote in line["quotes"]}
    wanted = expected()
    if server.strict:  # only the question about one coin was recorded for ether there
        wanted["ETH/USD", "coingecko"] = NOTHING | {"price": recorded("coingecko/simple_price.json")["ethereum"]["usd"]}
    assert quotes.keys() == wanted.keys()
    for place, figures in wanted.items():
        quote, change = quotes[place], figures["change_24h_percent"]
        if isinstance(change, Decimal):  # given as a fraction, or as the price of 24 hours ago
            assert abs(Decimal(quote["change_24h_percent"]) - change) <= Decimal("0.00005"), place
            quote = quote | {"change_24h_percent": change}
        assert {figure: quote[figure] for figure in FIGURES} == figures, place
        assert (quote["state"] == "LIVE") == (figures["time"] is None), place
        assert quote["via"] == "poll"
    old = lines[4]
    assert (old["pair"], old["price"], old["consensus_of"]) == ("ETH/USDT", None, []), "of old quotes alone"
    (left,) = old["left_out"]
    assert left == {"exchange": "binance", "price": wanted["ETH/USDT", "binance"]["price"], "reason": "stale"}


def test_all_eight_were_asked_and_nothing_twice(server, tmp_path):
    assert watch(server, tmp_path).returncode == 0
    assert {target.split("/")[1] for target in server.asked} == set(NAMES)
    assert len(server.asked) == len(set(server.asked))
