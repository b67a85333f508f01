"""Bitfinex spot prices. Format: https://docs.bitfinex.com/reference/rest-public-tickers

Rows are arrays of numbers to which fields are appended over time. There is no time in them.
"""

from collections.abc import Collection, Iterable, Sequence

from msgspec import Raw, Struct

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.payload import Rows, decoder, error_body, literal, wanted
from cryptoprices.core.plain import plain
from cryptoprices.core.source import Answer, Ask, Source

# https://api-pub.bitfinex.com/v2/conf/pub:map:currency:sym
CODES = {
    "USDT": "UST",
    "USDC": "UDC",
    "BCH": "BCHN",
    "LUNA": "LUNA2",
    "LUNC": "LUNA",
    "ALGO": "ALG",
    "ATOM": "ATO",
    "DASH": "DSH",
    "IOTA": "IOT",
    "MANA": "MNA",
    "QTUM": "QTM",
}
UNKNOWN_SYMBOL, LIMIT = 10020, 11010


class Row(Struct, array_like=True, gc=False):
    """["tBTCUSD", 7381.6, 38.64497, 7381.7, 32.1459, 126.6, 0.0175, 7381.2, 1982.88275223, 7390, 7228.1]

    A funding row (fUSD) has 17 fields of other meanings, and a symbol that nobody asks for.
    """

    symbol: str
    bid: Raw
    bid_size: Raw
    ask: Raw
    ask_size: Raw
    change: Raw
    change_fraction: Raw  # of 24 hours: 0.0175 is 1.75 %
    last: Raw
    volume: Raw  # of 24 hours, in the base
    high: Raw
    low: Raw

    def ticker(self, pair: Pair) -> Ticker:
        """Everything is a number; the change is a fraction."""
        fraction = numbers.signed(literal(self.change_fraction), "change")
        return numbers.ticker(
            pair,
            literal(self.last) or "",
            bid=literal(self.bid),
            ask=literal(self.ask),
            high=literal(self.high),
            low=literal(self.low),
            volume=literal(self.volume),
            change_pct=None if fraction is None else fraction.scaleb(2),
        )


class Failure(Struct, array_like=True):
    """["error", 10020, "symbol: invalid"]"""

    kind: str
    code: int
    text: str = ""


class Bitfinex(Source):
    """One question for all pairs; an unknown symbol is left out of the answer."""

    name = "bitfinex"
    title = "Bitfinex"
    rank = 5
    base_url = "https://api-pub.bitfinex.com"
    stream_url = "wss://api-pub.bitfinex.com/ws/2"
    quote_currencies = frozenset({"USD", "EUR", "GBP", "JPY", "USDT", "BTC", "ETH"})
    _rows = Rows(Row)
    _failure = decoder(Failure)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """All symbols in one question."""
        return [Ask("/v2/tickers?symbols=" + ",".join(map(symbol, pairs)), tuple(pairs))] if pairs else []

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterable[Ticker | BadPayload]:
        """Rows by their symbol."""
        return wanted(self._rows.decode(body), {symbol(pair): pair for pair in pairs})

    def refusal(self, answer: Answer) -> SourceError | None:
        """An array that begins with "error"; over the limit an address is kept out for 60 s."""
        failure = error_body(self._failure, answer.body)
        if failure is None or failure.kind != "error":
            return None
        said = plain(failure.text)
        if failure.code == UNKNOWN_SYMBOL:
            return UnknownPair(said)
        if failure.code == LIMIT:
            return SourceError(Reason.LIMITED, said, retry_after_s=60)
        return SourceError(Reason.SERVER, said)


def symbol(pair: Pair) -> str:
    """tBTCUSD, and with a colon where a side is longer than three letters: tDOGE:USD."""
    base, quote = (CODES.get(side, side) for side in pair)
    return f"t{base}:{quote}" if len(base) > 3 or len(quote) > 3 else f"t{base}{quote}"
