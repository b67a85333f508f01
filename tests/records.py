"""The small records of tests/data: for each exchange its answer, what it asks, and where the price stands in it."""

from pathlib import Path
from typing import NamedTuple

from cryptoprices.core.market import Pair, Quote
from cryptoprices.core.source import Answer, Source
from cryptoprices.sources.discovery import discover

DATA = Path(__file__).parent / "data"
SENT_BOOT_S, RECEIVED_MS = 1000.0, 1_795_357_324_310
SOURCES = discover()


class Record(NamedTuple):
    """pairs: those the answer holds. price: the first one's as the bytes say it, quotes included."""

    name: str
    pairs: tuple[Pair, ...]
    price: bytes
    detail: bool = False

    @property
    def source(self) -> Source:
        """The exchange."""
        return SOURCES[self.name]

    @property
    def body(self) -> bytes:
        """The answer's bytes."""
        return (DATA / f"{self.name}.json").read_bytes().strip()

    @property
    def is_text(self) -> bool:
        """Whether the exchange sends its figures as strings."""
        return self.price.startswith(b'"')

    def read(self, body: bytes) -> list[Quote]:
        """What Source.read makes of these bytes."""
        return self.source.read(answer(body), self.pairs)

    def with_price(self, literal: bytes) -> bytes:
        """The answer with this JSON text in the place of the first pair's price."""
        key, colon = {"kraken": (b'"c":[', b""), "bitfinex": (b"0.01841755,", b"")}.get(self.name, (b"", b":"))
        before = key + colon + self.price
        assert self.body.count(before) in (1, 2)
        return self.body.replace(before, key + colon + literal, 1)


def answer(body: bytes, status: int = 200, **headers: str) -> Answer:
    """An answer with these bytes."""
    return Answer(status, headers, body, SENT_BOOT_S, RECEIVED_MS)


def _record(name: str, pairs: str, price: str, detail: bool = False) -> Record:
    return Record(name, tuple(map(Pair.parse, pairs.split())), price.encode(), detail)


RECORDS = {
    record.name: record
    for record in (
        _record("kraken", "BTC/USD ETH/USD", '"97412.50000"'),
        _record("coinbase", "BTC/USD", '"97415.07"', detail=True),
        _record("bitstamp", "BTC/USD ETH/USD", '"97409"'),
        _record("gemini", "BTC/USD", '"97420.40"', detail=True),
        _record("bitfinex", "BTC/USD ETH/USD", "97402.5"),
        _record("binance", "BTC/USDT ETH/USDT", '"97444.00000000"'),
        _record("okx", "BTC/USDT", '"97441.7"'),
        _record("coingecko", "BTC/USD SHIB/USD", "97410"),
    )
}
