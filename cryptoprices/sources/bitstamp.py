"""Bitstamp spot prices. Format: https://www.bitstamp.net/api/#tag/Tickers

`open` is the open at 00:00 UTC today; only percent_change_24 is a figure of 24 hours.
"""

from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct, field

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.payload import Rows, decoder, error_body, wanted
from cryptoprices.core.plain import plain
from cryptoprices.core.source import Answer, Ask, Source

LIMITS = ("400.002", "400.067", "400.068")


class Row(Struct, gc=False):
    """{"pair": "BTC/USD", "last": "73285", "percent_change_24": "1.58", "timestamp": "1710328241", "volume": "…", …}"""

    last: str
    timestamp: str  # Unix seconds
    symbol: str = field(default="", name="pair")  # of a list's rows only
    bid: str | None = None
    ask: str | None = None
    high: str | None = None
    low: str | None = None
    volume: str | None = None  # of 24 hours, in the base
    percent_change_24: str | None = None  # older answers lack it

    def ticker(self, pair: Pair) -> Ticker:
        """Everything is a string; the time is in seconds."""
        return numbers.ticker(
            pair,
            self.last,
            bid=self.bid,
            ask=self.ask,
            high=self.high,
            low=self.low,
            volume=self.volume,
            change_pct=numbers.signed(self.percent_change_24, "percent_change_24"),
            time_ms=numbers.integer(self.timestamp, "timestamp") * 1000,
        )


class Failure(Struct):
    """{"status": "error", "reason": "…" or {…}, "code": "API0004"}, {"code": "400.002", …} or {"error": "…"}"""

    status: str = ""
    code: str = ""
    error: str = ""
    reason: object = ""


class Bitstamp(Source):
    """One answer holds every pair; a single pair has an address of its own."""

    name = "bitstamp"
    title = "Bitstamp"
    rank = 3
    base_url = "https://www.bitstamp.net"
    stream_url = "wss://ws.bitstamp.net"
    quote_currencies = frozenset({"USD", "EUR", "GBP", "USDT", "USDC", "BTC", "ETH"})
    _rows = Rows(Row)
    _row = decoder(Row)
    _failure = decoder(Failure)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """One question about everything."""
        return [Ask("/api/v2/ticker/", tuple(pairs))] if pairs else []

    def ask_alone(self, pair: Pair) -> Ask:
        """That pair's own address; it is 404 where Bitstamp does not list the pair."""
        return Ask(f"/api/v2/ticker/{pair.base}{pair.quote}/".lower(), (pair,))

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterable[Ticker | BadPayload]:
        """Rows by their `pair`; a single object without one is of the single pair asked for."""
        asked = {str(pair): pair for pair in pairs}
        if not body.lstrip().startswith(b"["):
            row = self._row.decode(body)
            return wanted([row], asked if row.symbol else dict.fromkeys([""], *pairs))
        rows = self._rows.decode(body)
        found = list(wanted(rows, asked))
        if not found and len(rows) > len(asked):
            raise UnknownPair("not among the pairs that Bitstamp lists")
        return found

    def refusal(self, answer: Answer) -> SourceError | None:
        """Codes: https://www.bitstamp.net/api/#section/Response-codes; limits have codes of their own (status 400)."""
        failure = error_body(self._failure, answer.body)
        if failure is None:
            return None
        said = plain(failure.error or failure.code or str(failure.reason))
        if failure.code in LIMITS:
            return SourceError(Reason.LIMITED, said, retry_after_s=60)
        if answer.status == 200 and (failure.error or failure.status == "error"):
            return SourceError(Reason.SERVER, said)
        return None
