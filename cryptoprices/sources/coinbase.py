"""Coinbase Exchange spot prices. Formats: https://docs.cdp.coinbase.com/api-reference/exchange-api

https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-ticker and …/get-product-stats:
the ticker has price, bid, ask, volume and time, the stats have high, low, volume and the open of 24 hours ago.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from cryptoprices.core import numbers
from cryptoprices.core.errors import Reason, SourceError, UnknownPair
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.payload import decoder, error_body
from cryptoprices.core.plain import plain
from cryptoprices.core.source import Answer, Ask, Source

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Row(Struct, gc=False):
    """{"trade_id": 843439, "price": "0.997999", "size": "80.29769", "time": "2020-01-28T02:13:33.012523Z", "bid": …}"""

    price: str
    time: Annotated[datetime, Meta(tz=True)]
    bid: str | None = None
    ask: str | None = None
    volume: str | None = None  # of 24 hours, in the base


class Stats(Struct, gc=False):
    """{"open": "254.04000000", "high": "255.47000000", "low": "244.29000000", "volume": "7697.38286685", "last": …}"""

    open: str | None = None
    high: str | None = None
    low: str | None = None
    volume: str | None = None


class Failure(Struct):
    """{"message": "NotFound"}"""

    message: str


class Coinbase(Source):
    """Two questions a pair: the ticker, and the stats as its detail."""

    name = "coinbase"
    title = "Coinbase"
    rank = 2
    base_url = "https://api.exchange.coinbase.com"
    stream_url = "wss://ws-feed.exchange.coinbase.com"
    quote_currencies = frozenset({"USD", "EUR", "GBP", "USDT", "BTC", "ETH"})
    _row = decoder(Row)
    _stats = decoder(Stats)
    _failure = decoder(Failure)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """One question a pair."""
        products = [(f"/products/{pair.base}-{pair.quote}", pair) for pair in pairs]
        return [Ask(f"{product}/ticker", (pair,), (f"{product}/stats",)) for product, pair in products]

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> list[Ticker]:
        """The one ticker; the answer does not say of which pair."""
        (pair,) = pairs
        row = self._row.decode(body)
        time_ms = (row.time - EPOCH) // MILLISECOND
        return [numbers.ticker(pair, row.price, bid=row.bid, ask=row.ask, volume=row.volume, time_ms=time_ms)]

    def parse_detail(self, body: bytes, ticker: Ticker) -> Ticker:
        """High, low, volume and the change since the open of 24 hours ago."""
        stats = self._stats.decode(body)
        open_ = numbers.level(stats.open, "open")
        volume = numbers.amount(stats.volume, "volume")
        return ticker._replace(
            change_24h_pct=numbers.change_since(open_, ticker.price),
            high_24h=numbers.level(stats.high, "high"),
            low_24h=numbers.level(stats.low, "low"),
            volume_24h=ticker.volume_24h if volume is None else volume,
        )

    def refusal(self, answer: Answer) -> SourceError | None:
        """`message` of an error. Limits: https://docs.cdp.coinbase.com/exchange/introduction/rate-limits-overview"""
        failure = error_body(self._failure, answer.body)
        if failure is None:
            return None
        said = plain(failure.message)
        if failure.message in ("NotFound", "Product not found"):
            return UnknownPair(said)
        if "rate limit" in failure.message.lower():
            return SourceError(Reason.LIMITED, said, retry_after_s=60)
        return SourceError(Reason.SERVER, said) if answer.status == 200 else None
