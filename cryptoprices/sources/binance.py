"""Binance spot prices, from its address for market data alone, which it serves in more countries than the other.

Format: https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
Errors: https://developers.binance.com/docs/binance-spot-api-docs/errors
"""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from urllib.parse import quote

from msgspec import Struct, field

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.payload import Rows, decoder, error_body, wanted
from cryptoprices.core.plain import plain
from cryptoprices.core.source import Answer, Ask, Source

BANNED = re.compile(r"banned until ([0-9]{13})")
UNKNOWN_SYMBOL, LIMITS, BUSY = -1121, (-1003, -1015), (-1000, -1001, -1007, -1008, -1016)


class Row(Struct, gc=False):
    """{"symbol": "BTCUSDT", "lastPrice": "69624.01000000", "priceChangePercent": "-3.691", "closeTime": 17304390…}"""

    symbol: str
    price: str = field(name="lastPrice")
    time_ms: int = field(name="closeTime")
    bid: str | None = field(default=None, name="bidPrice")
    ask: str | None = field(default=None, name="askPrice")
    high: str | None = field(default=None, name="highPrice")
    low: str | None = field(default=None, name="lowPrice")
    volume: str | None = None  # in the base; quoteVolume is the other
    change_pct: str | None = field(default=None, name="priceChangePercent")

    def ticker(self, pair: Pair) -> Ticker:
        """All figures are of a rolling window of 24 hours that ends at closeTime."""
        return numbers.ticker(
            pair,
            self.price,
            bid=self.bid,
            ask=self.ask,
            high=self.high,
            low=self.low,
            volume=self.volume,
            change_pct=numbers.signed(self.change_pct, "priceChangePercent"),
            time_ms=self.time_ms,
        )


class Failure(Struct):
    """{"code": -1121, "msg": "Invalid symbol."}"""

    code: int
    msg: str = ""


class Binance(Source):
    """One question for all pairs, one unknown symbol refuses it."""

    name = "binance"
    title = "Binance"
    rank = 6
    base_url = "https://data-api.binance.vision"
    stream_url = "wss://data-stream.binance.vision/stream"
    quote_currencies = frozenset({"USDT", "USDC", "EUR", "JPY", "BTC", "ETH"})
    _rows = Rows(Row)
    _failure = decoder(Failure)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """All symbols as a JSON list without blanks, encoded for a query."""
        symbols = json.dumps([pair.base + pair.quote for pair in pairs], separators=(",", ":"))
        return [Ask(f"/api/v3/ticker/24hr?symbols={quote(symbols, safe='')}", tuple(pairs))] if pairs else []

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterable[Ticker | BadPayload]:
        """Rows by their symbol."""
        return wanted(self._rows.decode(body), {pair.base + pair.quote: pair for pair in pairs})

    def refusal(self, answer: Answer) -> SourceError | None:
        """`code` of an error; a ban says in its text until when, in Unix ms."""
        failure = error_body(self._failure, answer.body)
        if failure is None:
            return None
        said = plain(failure.msg)
        if ban := BANNED.search(failure.msg):
            left_s = (int(ban[1]) - answer.received_ms) / 1000
            return SourceError(Reason.LIMITED, said, retry_after_s=left_s if left_s > 0 else 60)
        if failure.code in LIMITS:
            return SourceError(Reason.LIMITED, said, retry_after_s=60)
        if failure.code == UNKNOWN_SYMBOL:
            return UnknownPair(said)
        return SourceError(Reason.SERVER, said) if failure.code in BUSY or answer.status == 200 else None
