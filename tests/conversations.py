"""Conversations with streams: frames in our records, recorded ones with what each frame says, and orders of frames."""

import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

import pytest
from conftest import RECORDINGS
from records import DATA

from cryptoprices.core.market import Pair, Ticker

Said = dict[str, Any]  # figures of a Ticker that a frame gives, by their names there

with_recordings = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="needs the recordings")


class Recorded(NamedTuple):
    """file: below the recordings' ws. pairs: all that it speaks of. prices: how many of its frames hold one."""

    name: str
    file: str
    pairs: list[Pair]
    prices: int


def _recorded(name: str, file: str, pairs: str, prices: int) -> Recorded:
    return Recorded(name, f"{file}.first60.jsonl.gz", [Pair(*text.split("/")) for text in pairs.split()], prices)


RECORDED = (
    _recorded("coinbase", "coinbase_exchange/COINBASE.ws.28.0",
              "SKL/USD SKL/BTC BAND/GBP NMR/EUR BAND/BTC YFI/BTC DASH/BTC NU/GBP CRV/EUR SKL/GBP", 64),
    _recorded("okx", "okx/OKX.ws.1.0", "BTC/USD-220527 UNI/USD-SWAP BTC/USDT", 19),
    _recorded("bitfinex", "bitfinex/BITFINEX.ws.11.0",
              "BFT/USD IOT/ETH DOG/USD MNA/BTC ODE/USD TESTBTC/TESTUSD SNG/USD", 16),
    _recorded("bitstamp", "bitstamp/BITSTAMP.ws.1.0",
              "SGB/EUR ETH/USD XRP/EUR BAT/EUR USDT/EUR USDT/USD XLM/GBP ADA/EUR BAT/BTC GALA/EUR", 6),
    _recorded("gemini", "gemini/GEMINI.ws.1.0",
              "BTC/GBP LINK/ETH FIL/USD ZEC/LTC BAT/BTC ETH/EUR LTC/ETH GRT/USD ANKR/USD ALCX/USD", 19),
)  # fmt: skip
every_recording = pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded.name)


def frames_of(name: str) -> list[str]:
    """A conversation with this exchange about BTC and ETH, as it is documented; made-up figures."""
    return (DATA / f"{name}-stream.jsonl").read_text("utf-8").splitlines()


def recorded_frames(path):
    """The text frames that came in, in their order. path: below the recordings' ws."""
    with gzip.open(RECORDINGS / "ws" / path, "rt", encoding="utf-8") as lines:
        told = list(map(json.loads, lines))
    return [line["msg"] for line in told if line["dir"] == "in"]


def shuffled_and_doubled(frames, seed):
    """The same frames in another order, some of them twice or three times."""
    random = Random(seed)
    often = [frame for frame in frames for _ in range(random.choice((1, 1, 2, 3)))]
    random.shuffle(often)
    return often


def mixed(name: str, frames: list[str], seed: int) -> list[str]:
    """Shuffled and doubled; Bitfinex first says whose channels the numbers in its frames are."""
    told = [frame for frame in frames if frame.startswith("{")] if name == "bitfinex" else []
    return told + shuffled_and_doubled([frame for frame in frames if frame not in told], seed)


def newest(session, frames):
    """Pair -> its last ticker after all these frames."""
    return {ticker.pair: ticker for frame in frames for ticker in session.read(frame).tickers}


def accepted(session, frames):
    """The pairs that are acknowledged by these frames, each as often as it is."""
    return [pair for frame in frames for pair in session.read(frame).accepted]


def says(recorded: Recorded, pairs: list[Pair]) -> Iterator[tuple[str, Said | None]]:
    """Each frame of a recording, and what it says of one of these pairs."""
    channels: dict[int, str] = {}
    ours = {"".join(pair) for pair in pairs}
    for frame in recorded_frames(recorded.file):
        said = _SAYS[recorded.name](json.loads(frame, parse_float=str), channels)
        yield frame, said if said and said["market"] in ours else None


def agrees(ticker: Ticker, said: Said) -> bool:
    """Whether every figure that the frame gives is ours, digit by digit, and the rest is unknown."""
    if "".join(ticker.pair) != said["market"]:
        return False
    for name, ours in ticker._asdict().items():
        if name == "pair":
            continue
        theirs = said.get(name)
        if theirs is None or ours is None:
            if ours is not theirs:
                return False
        elif name == "change_24h_pct":
            if abs(ours - theirs) > Decimal("0.00005"):
                return False
        elif str(ours) != str(Decimal(theirs)):
            return False
    return True


def _coinbase(row: Any, _state: dict[int, str]) -> Said | None:
    if row["type"] != "ticker":
        return None
    change = (Decimal(row["price"]) / Decimal(row["open_24h"]) - 1) * 100
    names = {"price": "price", "bid": "best_bid", "ask": "best_ask", "high_24h": "high_24h", "low_24h": "low_24h"}
    figures = {ours: row[theirs] for ours, theirs in (names | {"volume_24h": "volume_24h"}).items()}
    time_ms = int(Decimal(str(datetime.fromisoformat(row["time"]).timestamp())) * 1000)
    return {
        "market": row["product_id"].replace("-", ""), "change_24h_pct": round(change, 4), "source_ms": time_ms,
        **figures,
    }  # fmt: skip


def _okx(row: Any, _state: dict[int, str]) -> Said | None:
    if row["arg"]["channel"] != "tickers" or "data" not in row:
        return None
    (row,) = row["data"]
    change = (Decimal(row["last"]) / Decimal(row["open24h"]) - 1) * 100
    names = {"price": "last", "bid": "bidPx", "ask": "askPx", "high_24h": "high24h", "low_24h": "low24h"}
    figures = {ours: row[theirs] for ours, theirs in (names | {"volume_24h": "vol24h", "source_ms": "ts"}).items()}
    return {"market": row["instId"].replace("-", "", 1), "change_24h_pct": round(change, 4), **figures}


def _bitfinex(row: Any, state: dict[int, str]) -> Said | None:
    if isinstance(row, dict):
        if row["event"] == "subscribed" and row["channel"] == "ticker":
            state[row["chanId"]] = row["pair"].replace(":", "")
        return None
    if row[0] not in state or row[1] == "hb":
        return None
    bid, _, ask, _, _, fraction, last, volume, high, low = row[1][:10]
    figures = {"price": last, "bid": bid, "ask": ask, "high_24h": high, "low_24h": low, "volume_24h": volume}
    return {"market": state[row[0]], "change_24h_pct": Decimal(fraction) * 100, "source_ms": None, **figures}


def _bitstamp(row: Any, _state: dict[int, str]) -> Said | None:
    if row["event"] != "trade":
        return None
    data = row["data"]
    time_ms = int(data["microtimestamp"]) // 1000
    return {"market": row["channel"].rpartition("_")[2].upper(), "price": data["price_str"], "source_ms": time_ms}


def _gemini(row: Any, state: dict[int, str]) -> Said | None:
    trades = [row] if row["type"] == "trade" else row.get("trades", ())
    if not trades:
        return None
    last = max(trades, key=lambda trade: int(trade["event_id"]))
    return {"market": row["symbol"], "price": last["price"], "source_ms": last["timestamp"]}


_SAYS = {"coinbase": _coinbase, "okx": _okx, "bitfinex": _bitfinex, "bitstamp": _bitstamp, "gemini": _gemini}
