"""Gemini spot prices. Format: https://docs.gemini.com/rest/market-data

/v1/pubticker has price, bid, ask, volume and a time, /v2/ticker has high, low and the open of 24 hours ago.
The time is the end of the volume's 5-minute window, not that of the last trade: every recorded one lies on that grid.
"""

from collections.abc import Collection, Sequence

from msgspec import Struct

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.payload import decoder, error_body
from cryptoprices.core.plain import plain
from cryptoprices.core.source import Answer, Ask, Source


class Row(Struct, gc=False):
    """{"bid": "…", "ask": "…", "last": "11381.47", "volume": {"BTC": "915.65", "USD": "…", "timestamp": 15655878…}}"""

    last: str
    volume: dict[str, str | int]  # 24 hours in each currency, by its code
    bid: str | None = None
    ask: str | None = None


class Day(Struct, gc=False):
    """{"symbol": "BTCUSD", "open": "9121.76", "high": "9440.66", "low": "9106.51", "close": "9347.66", …}"""

    symbol: str
    open: str | None = None
    close: str | None = None
    high: str | None = None
    low: str | None = None


class Failure(Struct):
    """{"result": "error", "reason": "Bad Request", "message": "Supplied value 'bla' is not a valid symbol. …"}"""

    result: str
    reason: str = ""
    message: str = ""


class Gemini(Source):
    """Two questions a pair: the ticker, and the day's range as its detail."""

    name = "gemini"
    title = "Gemini"
    rank = 4
    time_grain_s = 300
    base_url = "https://api.gemini.com"
    stream_url = "wss://api.gemini.com/v2/marketdata"
    quote_currencies = frozenset({"USD", "EUR", "GBP", "USDT", "BTC", "ETH"})
    _row = decoder(Row)
    _day = decoder(Day)
    _failure = decoder(Failure)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """One question a pair."""
        symbols = [(f"{pair.base}{pair.quote}".lower(), pair) for pair in pairs]
        return [Ask(f"/v1/pubticker/{symbol}", (pair,), (f"/v2/ticker/{symbol}",)) for symbol, pair in symbols]

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> list[Ticker]:
        """The one ticker; of which pair it is, only the currencies of its volume say."""
        (pair,) = pairs
        row = self._row.decode(body)
        volume, time_ms = row.volume.get(pair.base), row.volume.get("timestamp")
        if not isinstance(volume, str) or not isinstance(time_ms, int):
            raise BadPayload(f"volume of {pair}: no {pair.base} or no timestamp")
        return [numbers.ticker(pair, row.last, bid=row.bid, ask=row.ask, volume=volume, time_ms=time_ms)]

    def parse_detail(self, body: bytes, ticker: Ticker) -> Ticker:
        """High, low and the change from the open of 24 hours ago to the close, which is the last price."""
        day = self._day.decode(body)
        if day.symbol.upper() != ticker.pair.base + ticker.pair.quote:
            raise BadPayload(f"symbol: {plain(day.symbol, 32)!r} is not {ticker.pair}")
        open_, close = numbers.level(day.open, "open"), numbers.level(day.close, "close")
        return ticker._replace(
            change_24h_pct=numbers.change_since(open_, close) if close else None,
            high_24h=numbers.level(day.high, "high"),
            low_24h=numbers.level(day.low, "low"),
        )

    def refusal(self, answer: Answer) -> SourceError | None:
        """`reason` of an error, https://docs.gemini.com/rest-api/#error-codes"""
        failure = error_body(self._failure, answer.body)
        if failure is None or failure.result != "error":
            return None
        said = plain(failure.message or failure.reason)
        if failure.reason == "InvalidSymbol" or "not a valid symbol" in failure.message:
            return UnknownPair(said)
        if failure.reason in ("RateLimit", "RateLimited"):
            return SourceError(Reason.LIMITED, said, retry_after_s=60)
        if failure.reason in ("System", "Maintenance", "TechnicalIssue") or answer.status == 200:
            return SourceError(Reason.SERVER, said)
        return None
