"""Streams against a StreamServer, and what they deliver; the frames of an exchange that tests can make by hand."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from stream_server import PATIENCE_S, Peer, StreamServer

from cryptoprices.clock import Clock, system_clock
from cryptoprices.core.market import Flow, Pair, Quote, Round
from cryptoprices.core.source import Exchange
from cryptoprices.net.patience import Patience
from cryptoprices.net.stream import Streams
from cryptoprices.sources.discovery import discover

SOURCES = discover()
BTC, ETH = Pair("BTC", "USD"), Pair("ETH", "USD")
QUICK = Patience(ask_s=0.15, dead_s=0.3, ack_s=0.3, first_s=0.02, longest_s=0.1, blocked_s=30.0, apart_s=0.0)
PATIENT = Patience(apart_s=0.0)


class Sink:
    """What was delivered. prices: the newest of each pair, as texts."""

    def __init__(self) -> None:
        self.rounds: list[Round] = []
        self.lost: list[str] = []
        self._changed = threading.Condition()

    def deliver(self, round_: Round) -> None:
        with self._changed:
            self.rounds.append(round_)
            self._changed.notify_all()

    def lose(self, name: str) -> None:
        with self._changed:
            self.lost.append(name)
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[], Any]) -> None:
        """Until it is true."""
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE_S), (self.rounds[-3:], self.lost)

    @property
    def quotes(self) -> list[Quote]:
        return [quote for round_ in self.rounds for quote in round_.quotes]

    @property
    def flows(self) -> list[Flow]:
        return [flow for round_ in self.rounds for flow in round_.flows]

    @property
    def prices(self) -> dict[str, str]:
        return {str(quote.pair): str(quote.price) for quote in self.quotes}


@contextmanager
def streaming(
    server: StreamServer,
    *pairs: Pair,
    name: str = "coinbase",
    patience: Patience = PATIENT,
    clock: Clock | None = None,
    sink: Sink | None = None,
) -> Iterator[tuple[Streams, Sink]]:
    """One exchange's stream, as long as entered. The dice show no jitter."""
    sink = sink or Sink()
    exchange = Exchange(SOURCES[name], "", server.url)
    streams = Streams(
        [exchange], clock or system_clock(), sink.deliver, sink.lose, "none", dice=lambda: 0.5, patience=patience
    )
    streams.follow(pairs or [BTC])
    try:
        yield streams, sink
    finally:
        streams.close()


def streams_thread() -> threading.Thread:
    """The one that works."""
    return next(thread for thread in threading.enumerate() if thread.name == "streams")


def accept(peer: Peer) -> list[str]:
    """Read Coinbase's subscription and acknowledge it; the products asked for."""
    request = peer.receive()
    products: list[str] = json.loads(request)["product_ids"] if request else []
    peer.send({"type": "subscriptions", "channels": [{"name": "ticker", "product_ids": products}]})
    return products


def tick(sequence: int, price: object, product: str = "BTC-USD", time: str | None = None) -> dict[str, Any]:
    """A ticker of Coinbase in its documented shape, its figures of 24 hours left out."""
    frame = {"type": "ticker", "sequence": sequence, "product_id": product, "price": str(price), "trade_id": sequence}
    return frame | {"time": time or "2025-11-22T14:00:00.000000Z", "side": "buy", "last_size": "0.1"}


HEARTBEAT = {"type": "heartbeat", "sequence": 1, "last_trade_id": 1, "product_id": "BTC-USD", "time": "x"}
