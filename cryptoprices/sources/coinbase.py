"""Coinbase Exchange spot prices. Formats: https://docs.cdp.coinbase.com/api-reference/exchange-api

https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-ticker and …/get-product-stats:
the ticker has price, bid, ask, volume and time, the stats have high, low, volume and the open of 24 hours ago. Candles:
https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles (none where nothing was
traded). Stream: https://docs.cdp.coinbase.com/exchange/websocket-feed/channels
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.market import Candle, Pair, Ticker
from cryptoprices.core.payload import MAX_ROWS, Rows, candles, decoder, error_body
from cryptoprices.core.plain import plain
from cryptoprices.core.session import NOTHING, Heard, Session
from cryptoprices.core.source import Answer, Ask, CandleAsk, Source

PRODUCT = re.compile(r"[A-Z0-9]+-[A-Z0-9]+")


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


class CandleRow(Struct, array_like=True, gc=False):
    """[1517443680, 10106.01, 10130, 10129.99, 10106.01, 4.727521520000001]: low and high come before open and close"""

    time: int  # Unix seconds
    low: float
    high: float
    open: float
    close: float
    volume: float

    def candle(self) -> Candle:
        """All are numbers, volumes with the noise of binary floats."""
        return numbers.candle(self.time * 1000, self.open, self.high, self.low, self.close, self.volume)


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
    budget_per_min = 240  # of 600; ten pairs take sixty
    candle_pages = dict.fromkeys(("1m", "5m", "15m", "1h", "1d"), 300)  # it has no other width of ours
    _row = decoder(Row)
    _candle_rows = Rows(CandleRow)
    _stats = decoder(Stats)
    _failure = decoder(Failure)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """One question a pair."""
        products = [(f"/products/{product_id(pair)}", pair) for pair in pairs]
        return [Ask(f"{product}/ticker", (pair,), (f"{product}/stats",)) for product, pair in products]

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> list[Ticker]:
        """The one ticker; the answer does not say of which pair."""
        (pair,) = pairs
        row = self._row.decode(body)
        time_ms = numbers.microseconds(row.time) // 1000
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

    def candle_ask(self, pair: Pair, interval: str, since_ms: int, until_ms: int, now_ms: int) -> CandleAsk:
        """Both ends must be given, in seconds; the candle that opens at the end would be in the answer."""
        width_s, first_ms = INTERVALS_MS[interval] // 1000, self.page_since_ms(interval, since_ms, until_ms)
        query = f"granularity={width_s}&start={first_ms // 1000}&end={until_ms // 1000 - 1}"
        return CandleAsk(f"/products/{product_id(pair)}/candles?{query}", pair, interval, first_ms, until_ms)

    def parse_candles(self, body: bytes, ask: CandleAsk) -> Iterator[Candle | BadPayload]:
        """Newest first; the answer does not say of which pair."""
        return candles(self._candle_rows.decode(body))

    def session(self, pairs: Sequence[Pair]) -> "CoinbaseSession":
        """Tickers, and heartbeats once a second that tell a quiet market from a dead connection."""
        return CoinbaseSession(pairs)

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


def product_id(pair: Pair) -> str:
    """BTC-USD"""
    return f"{pair.base}-{pair.quote}"


class Kind(Struct):
    """What a frame is: {"type": "ticker", …}, {"type": "heartbeat", …}, …; new ones may appear."""

    type: str = ""


class Tick(Struct, gc=False):
    """{"type": "ticker", "sequence": 333938798, "product_id": "BAND-GBP", "price": "14.7775", "open_24h": "14.6647", …}

    The first one after subscribing tells of the last trade before, at its own time.
    """

    product_id: str
    sequence: int  # rises, with gaps, product by product
    price: str
    time: Annotated[datetime, Meta(tz=True)] | None = None
    best_bid: str | None = None
    best_ask: str | None = None
    open_24h: str | None = None
    high_24h: str | None = None
    low_24h: str | None = None
    volume_24h: str | None = None

    def ticker(self, pair: Pair) -> Ticker:
        """The change is that since the open of 24 hours ago."""
        ticker = numbers.ticker(
            pair,
            self.price,
            bid=self.best_bid,
            ask=self.best_ask,
            high=self.high_24h,
            low=self.low_24h,
            volume=self.volume_24h,
            time_ms=numbers.microseconds(self.time) // 1000 if self.time else None,
        )
        open_ = numbers.level(self.open_24h, "open_24h")
        return ticker._replace(change_24h_pct=numbers.change_since(open_, ticker.price))


class Channel(Struct):
    """{"name": "ticker", "product_ids": ["BAND-GBP", …]}"""

    name: str
    product_ids: Annotated[list[str], Meta(max_length=MAX_ROWS)] = []


class Subscriptions(Struct):
    """{"type": "subscriptions", "channels": […]}: all that is subscribed to now."""

    channels: Annotated[list[Channel], Meta(max_length=100)]


class Refused(Struct):
    """{"type": "error", "message": "Failed to subscribe", "reason": "BTC-XYZ is not a valid product"}"""

    message: str
    reason: str = ""


class CoinbaseSession(Session):
    """One unknown product refuses the whole subscription, which is then sent again without it."""

    _kind = decoder(Kind)
    _tick = decoder(Tick)
    _subscriptions = decoder(Subscriptions)
    _refused = decoder(Refused)

    def __init__(self, pairs: Collection[Pair]) -> None:
        super().__init__(pairs)
        self._pairs = {product_id(pair): pair for pair in self.pairs}
        self._left = dict(self._pairs)

    def greeting(self) -> tuple[str, ...]:
        """One request; it must come within five seconds."""
        if not self._left:
            return ()
        channels = ["ticker", "heartbeat"]
        return (json.dumps({"type": "subscribe", "product_ids": list(self._left), "channels": channels}),)

    def parse(self, frame: str) -> Heard:
        """Tickers and what is subscribed; heartbeats and what is unknown say nothing."""
        kind = self._kind.decode(frame).type
        if kind == "ticker":
            return self._ticked(self._tick.decode(frame))
        if kind == "subscriptions":
            channels = self._subscriptions.decode(frame).channels
            names = {name for channel in channels if channel.name == "ticker" for name in channel.product_ids}
            return Heard(accepted=tuple(pair for name, pair in self._pairs.items() if name in names))
        return self._complained(self._refused.decode(frame)) if kind == "error" else NOTHING

    def _ticked(self, tick: Tick) -> Heard:
        pair = self._pairs.get(tick.product_id)
        if pair is None:
            return NOTHING
        ticker = tick.ticker(pair)
        return Heard(tickers=(ticker,)) if self.is_newer(pair, tick.sequence) else NOTHING

    def _complained(self, error: Refused) -> Heard:
        said = plain(f"{error.message}: {error.reason}" if error.reason else error.message)
        named = self._pairs.keys() & set(PRODUCT.findall(error.reason[:1000]))
        if not named:
            raise BadPayload(said)
        refused = tuple((self._left.pop(name), said) for name in sorted(named & self._left.keys()))
        return Heard(refused=refused, replies=self.greeting()) if refused else NOTHING
