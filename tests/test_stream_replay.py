"""Recorded conversations played again through a real WebSocket: at every step, our quote is what the frame says."""

import json
import queue
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from conversations import recorded_frames, shuffled_and_doubled, with_recordings
from stream_rig import SOURCES, Sink, streaming
from stream_server import Peer, StreamServer

from cryptoprices.core.market import Pair, Ticker

Said = dict[str, Any]  # figures of a Ticker that a frame gives, by their names there


class Recorded(NamedTuple):
    """file: below the recordings' ws. pairs: all that it speaks of. quotes: how many of its frames hold a price."""

    name: str
    file: str
    pairs: str
    quotes: int


COINBASE = "SKL/USD SKL/BTC BAND/GBP NMR/EUR BAND/BTC YFI/BTC DASH/BTC NU/GBP CRV/EUR SKL/GBP"
BITSTAMP = "SGB/EUR ETH/USD XRP/EUR BAT/EUR USDT/EUR USDT/USD XLM/GBP ADA/EUR BAT/BTC GALA/EUR"
GEMINI = "BTC/GBP LINK/ETH FIL/USD ZEC/LTC BAT/BTC ETH/EUR LTC/ETH GRT/USD ANKR/USD ALCX/USD"
BITFINEX = "BFT/USD IOT/ETH DOG/USD MNA/BTC ODE/USD TESTBTC/TESTUSD SNG/USD"
RECORDED = (
    Recorded("coinbase", "coinbase_exchange/COINBASE.ws.28.0.first60.jsonl.gz", COINBASE, 64),
    Recorded("okx", "okx/OKX.ws.1.0.first60.jsonl.gz", "BTC/USD-220527 UNI/USD-SWAP BTC/USDT", 17),
    Recorded("bitfinex", "bitfinex/BITFINEX.ws.11.0.first60.jsonl.gz", BITFINEX, 14),
    Recorded("bitstamp", "bitstamp/BITSTAMP.ws.1.0.first60.jsonl.gz", BITSTAMP, 6),
    Recorded("gemini", "gemini/GEMINI.ws.1.0.first60.jsonl.gz", GEMINI, 18),
)
pytestmark = pytest.mark.logs("its stream is down")  # the player may end first
everyone = pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded.name)


def coinbase(row: Any, _state: dict[int, str]) -> Said | None:
    if row["type"] != "ticker":
        return None
    change = (Decimal(row["price"]) / Decimal(row["open_24h"]) - 1) * 100
    names = {"price": "price", "bid": "best_bid", "ask": "best_ask", "high_24h": "high_24h", "low_24h": "low_24h"}
    figures = {ours: row[theirs] for ours, theirs in (names | {"volume_24h": "volume_24h"}).items()}
    return {"market": row["product_id"].replace("-", ""), "change_24h_pct": round(change, 4), **figures}


def okx(row: Any, _state: dict[int, str]) -> Said | None:
    if row["arg"]["channel"] != "tickers" or "data" not in row:
        return None
    (row,) = row["data"]
    change = (Decimal(row["last"]) / Decimal(row["open24h"]) - 1) * 100
    names = {"price": "last", "bid": "bidPx", "ask": "askPx", "high_24h": "high24h", "low_24h": "low24h"}
    figures = {ours: row[theirs] for ours, theirs in (names | {"volume_24h": "vol24h", "source_ms": "ts"}).items()}
    return {"market": row["instId"].replace("-", ""), "change_24h_pct": round(change, 4), **figures}


def bitfinex(row: Any, state: dict[int, str]) -> Said | None:
    if isinstance(row, dict):
        if row["event"] == "subscribed" and row["channel"] == "ticker":
            state[row["chanId"]] = row["pair"].replace(":", "")
        return None
    if row[0] not in state or row[1] == "hb":
        return None
    bid, _, ask, _, _, fraction, last, volume, high, low = row[1][:10]
    figures = {"price": last, "bid": bid, "ask": ask, "high_24h": high, "low_24h": low, "volume_24h": volume}
    return {"market": state[row[0]], "change_24h_pct": Decimal(fraction) * 100, "source_ms": None, **figures}


def bitstamp(row: Any, _state: dict[int, str]) -> Said | None:
    if row["event"] != "trade":
        return None
    data = row["data"]
    time_ms = int(data["microtimestamp"]) // 1000
    return {"market": row["channel"].rpartition("_")[2].upper(), "price": data["price_str"], "source_ms": time_ms}


def gemini(row: Any, state: dict[int, str]) -> Said | None:
    trades = [row] if row["type"] == "trade" else row.get("trades", ())
    if not trades:
        return None
    last = max(trades, key=lambda trade: int(trade["event_id"]))
    return {"market": row["symbol"], "price": last["price"], "source_ms": last["timestamp"]}


SAYS = {function.__name__: function for function in (coinbase, okx, bitfinex, bitstamp, gemini)}


def pairs_of(recorded: Recorded) -> list[Pair]:
    """Those that we would ask for: futures, and currencies that nobody has, are none of them."""
    pairs = (Pair(*text.split("/")) for text in recorded.pairs.split())
    return [pair for pair in pairs if SOURCES[recorded.name].lists(pair)]


def says(recorded: Recorded) -> Iterator[tuple[str, Said | None]]:
    """Each frame, and what it says of a pair of ours."""
    channels: dict[int, str] = {}
    ours = {"".join(pair) for pair in pairs_of(recorded)}
    for frame in recorded_frames(recorded.file):
        said = SAYS[recorded.name](json.loads(frame, parse_float=str), channels)
        yield frame, said if said and said["market"] in ours else None


def agrees(ticker: Ticker, said: Said) -> bool:
    """Whether every figure that the frame gives is ours, and the rest is unknown."""
    if "".join(ticker.pair) != said["market"]:
        return False
    for name, ours in ticker._asdict().items():
        if name == "pair" or (name == "source_ms" and name not in said):
            continue
        theirs = said.get(name)
        if theirs is None or ours is None:
            if ours is not theirs:
                return False
        elif abs(Decimal(ours) - Decimal(theirs)) > (Decimal("0.00005") if name == "change_24h_pct" else 0):
            return False
    return True


class Player:
    """Sends what the test puts into it over the first connection, once everything was subscribed."""

    def __init__(self) -> None:
        self.frames: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def play(self, peer: Peer) -> None:
        peer.receive()
        while (frames := self.frames.get()) is not None:
            peer.send(*frames)


@pytest.fixture
def player(monkeypatch) -> Iterator[Player]:
    monkeypatch.setattr("cryptoprices.net.outbox.PERIOD_S", 0.0)  # every quote by itself
    player = Player()
    yield player
    player.frames.put(None)


@with_recordings
@everyone
def test_every_value_of_a_recorded_conversation_is_ours_at_that_step(recorded, player, fake_clock):
    pairs, sink, count = pairs_of(recorded), Sink(), 0
    with (
        StreamServer(player.play) as server,
        streaming(server, *pairs, name=recorded.name, clock=fake_clock.clock, sink=sink),
    ):
        for frame, said in says(recorded):
            player.frames.put([frame])
            if said is not None:
                count += 1
                sink.wait_for(lambda: len(sink.quotes) == count)  # noqa: B023  # is waited for here and now
                assert agrees(sink.quotes[-1].ticker, said), (sink.quotes[-1], said)
                assert sink.quotes[-1].via == "stream"
        assert (count, sink.lost) == (recorded.quotes, [])
        sink.wait_for(lambda: sink.flows and sink.flows[-1].pairs == set(pairs))
        player.frames.put(None)


@with_recordings
@everyone
@pytest.mark.parametrize("seed", range(3))
def test_shuffled_and_doubled_it_ends_with_the_same_prices(recorded, player, fake_clock, seed):
    frames = [frame for frame, _ in says(recorded)]
    last = {said["market"]: said["price"] for _, said in says(recorded) if said}
    told = [frame for frame in frames if frame.startswith("{")] if recorded.name == "bitfinex" else []
    mixed = told + shuffled_and_doubled([frame for frame in frames if frame not in told], seed)
    sink = Sink()
    with (
        StreamServer(player.play) as server,
        streaming(server, *pairs_of(recorded), name=recorded.name, clock=fake_clock.clock, sink=sink),
    ):
        player.frames.put(mixed)

        def is_over() -> bool:
            ours = {"".join(quote.pair): quote.price for quote in sink.quotes}
            return ours == {market: Decimal(price) for market, price in last.items()}

        sink.wait_for(is_over)
        assert sink.lost == []
        player.frames.put(None)
