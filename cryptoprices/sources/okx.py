"""OKX spot prices. Format: https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-ticker

Errors: https://www.okx.com/docs-v5/en/#error-code-rest-api
"""

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.payload import decoder, error_body, wanted
from cryptoprices.core.plain import plain
from cryptoprices.core.source import Answer, Ask, Source

UNKNOWN_INSTRUMENT, LIMITS = "51001", ("50011", "50061")


class Row(Struct, rename={"symbol": "instId"}, gc=False):
    """{"instType": "SPOT", "instId": "BTC-USDT", "last": "30236", "open24h": "29700.4", "ts": "1652459224956", …}"""

    symbol: str
    last: str
    ts: str  # Unix ms
    bidPx: str | None = None
    askPx: str | None = None
    open24h: str | None = None
    high24h: str | None = None
    low24h: str | None = None
    vol24h: str | None = None  # in the base; volCcy24h is in the quote currency

    def ticker(self, pair: Pair) -> Ticker:
        """Everything is a string, "" where there is nothing; the change is since open24h."""
        open_ = numbers.level(self.open24h, "open24h")
        return numbers.ticker(
            pair,
            self.last,
            bid=self.bidPx,
            ask=self.askPx,
            high=self.high24h,
            low=self.low24h,
            volume=self.vol24h,
            change_pct=numbers.change_since(open_, numbers.number(self.last, "last")),
            time_ms=numbers.integer(self.ts, "ts"),
        )


class Envelope(Struct):
    """{"code": "0", "msg": "", "data": […]}; an error may come with status 200."""

    code: str
    msg: str = ""


class Answered(Envelope):
    """An envelope with tickers in it."""

    data: list[Row] = []


class Okx(Source):
    """One question a pair: the answer to all at once is 700 rows long."""

    name = "okx"
    title = "OKX"
    rank = 7
    base_url = "https://www.okx.com"
    stream_url = "wss://ws.okx.com:8443/ws/v5/public"
    on_by_default = False
    quote_currencies = frozenset({"USDT", "USDC", "EUR", "BTC", "ETH"})
    _answered = decoder(Answered)
    _envelope = decoder(Envelope)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """One question a pair."""
        return [Ask(f"/api/v5/market/ticker?instId={pair.base}-{pair.quote}", (pair,)) for pair in pairs]

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterator[Ticker | BadPayload]:
        """Rows by their instrument."""
        answered = self._answered.decode(body)
        if error := failure(answered):
            raise error
        yield from wanted(answered.data, {f"{pair.base}-{pair.quote}": pair for pair in pairs})

    def refusal(self, answer: Answer) -> SourceError | None:
        """`code` of the envelope."""
        envelope = error_body(self._envelope, answer.body)
        return failure(envelope) if envelope else None


def failure(envelope: Envelope) -> SourceError | None:
    """What the envelope's code means."""
    if envelope.code == "0":
        return None
    said = plain(envelope.msg or f"code {envelope.code}")
    if envelope.code == UNKNOWN_INSTRUMENT:
        return UnknownPair(said)
    if envelope.code in LIMITS:
        return SourceError(Reason.LIMITED, said, retry_after_s=60)
    return SourceError(Reason.SERVER, said)
