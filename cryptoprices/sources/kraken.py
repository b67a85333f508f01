"""Kraken spot prices. Format: https://docs.kraken.com/api/docs/rest-api/get-ticker-information

`o` is the open at 00:00 UTC today and no figure is 24 hours old, so there is no 24 h change; nor is there a time.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Annotated

from msgspec import Meta, Raw, Struct, ValidationError

from cryptoprices.core import numbers
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.payload import MAX_ROWS, decoder, error_body
from cryptoprices.core.plain import plain
from cryptoprices.core.source import Answer, Ask, Source

CODES = {"BTC": "XBT", "DOGE": "XDG", "LUNA": "LUNA2", "LUNC": "LUNA", "REP": "REPV2"}
# Old markets are named after the old names of both sides (XXBTZUSD), everything since then plainly (XBTUSDT).
X_COINS = frozenset({"XBT", "XDG", "ETC", "ETH", "LTC", "MLN", "XLM", "XMR", "XRP", "ZEC"})
Z_MONEY = frozenset({"USD", "EUR", "GBP", "CAD", "JPY"})
OLD_COINS = {  # quote -> coins whose market with it has an old name
    "USD": X_COINS - {"XDG"},
    "EUR": X_COINS - {"XDG"},
    "GBP": {"XBT", "ETH", "XLM"},
    "CAD": {"XBT", "ETH", "XRP"},
    "JPY": {"XBT", "ETH", "LTC", "XRP"},
    "XBT": X_COINS - {"XBT"},
    "ETH": {"ETC", "MLN"},
}


class Trade(Struct, array_like=True, gc=False):
    """["105899.40000", "0.00009443"], or an order: ["105944.20000", "1", "1.000"]; older answers have two entries."""

    price: str


class Span(Struct, array_like=True, gc=False):
    """["0.78648221", "163.28908096"]: since 00:00 UTC, and of the last 24 hours."""

    today: str
    day: str


class Row(Struct, gc=False):
    """{"a": […], "b": […], "c": […], "v": […], "p": […], "t": [35, 3276], "l": […], "h": […], "o": "106021.60000"}"""

    c: Trade
    a: Trade | None = None
    b: Trade | None = None
    v: Span | None = None
    h: Span | None = None
    l: Span | None = None  # noqa: E741  # Kraken's name


class Errors(Struct):
    """{"error": ["EQuery:Unknown asset pair"]}; errors come with status 200, a warning begins with W."""

    error: Annotated[list[str], Meta(max_length=100)]


class Envelope(Errors):
    """{"error": [], "result": {"XXBTZUSD": {…}}}"""

    result: Annotated[dict[str, Raw], Meta(max_length=MAX_ROWS)] = {}


class Kraken(Source):
    """One question for all pairs, one unknown pair refuses it."""

    name = "kraken"
    title = "Kraken"
    rank = 1
    base_url = "https://api.kraken.com"
    stream_url = "wss://ws.kraken.com/v2"
    quote_currencies = frozenset({"USD", "EUR", "GBP", "CAD", "JPY", "CHF", "AUD", "USDT", "USDC", "BTC", "ETH"})
    _errors = decoder(Errors)
    _envelope = decoder(Envelope)
    _row = decoder(Row)

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """All pairs in one question."""
        return [Ask("/0/public/Ticker?pair=" + ",".join(map(market, pairs)), tuple(pairs))] if pairs else []

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterator[Ticker | BadPayload]:
        """The markets of the answer that are known names of `pairs`."""
        envelope = self._envelope.decode(body)
        if error := failure(envelope.error):
            raise error
        for pair in pairs:
            for name in names(pair) & envelope.result.keys():
                try:
                    row = self._row.decode(envelope.result[name])
                    yield numbers.ticker(
                        pair,
                        row.c.price,
                        bid=row.b.price if row.b else None,
                        ask=row.a.price if row.a else None,
                        high=row.h.day if row.h else None,
                        low=row.l.day if row.l else None,
                        volume=row.v.day if row.v else None,
                    )
                except (BadPayload, ValidationError) as error:
                    yield BadPayload(f"{pair}: {plain(str(error))}")

    def refusal(self, answer: Answer) -> SourceError | None:
        """`error` of the answer, https://docs.kraken.com/api/docs/guides/spot-errors"""
        said = error_body(self._errors, answer.body)
        return failure(said.error) if said else None


def sides(pair: Pair) -> tuple[str, str]:
    """Kraken's own names of the two sides."""
    return CODES.get(pair.base, pair.base), CODES.get(pair.quote, pair.quote)


def market(pair: Pair) -> str:
    """The name that Kraken answers with: XXBTZUSD, XBTUSDT."""
    base, quote = sides(pair)
    if base in OLD_COINS.get(quote, ()):
        return f"X{base}{'Z' if quote in Z_MONEY else 'X'}{quote}"
    return "USDTZUSD" if (base, quote) == ("USDT", "USD") else base + quote


@lru_cache(maxsize=256)
def names(pair: Pair) -> frozenset[str]:
    """All names that an answer may have for the pair: with and without X and Z, and with a slash."""
    base, quote = sides(pair)
    bases = [base, f"X{base}"] if base in X_COINS else [base]
    quotes = [quote, f"Z{quote}"] if quote in Z_MONEY else [quote, f"X{quote}"] if quote in X_COINS else [quote]
    return frozenset({base + quote for base in bases for quote in quotes} | {f"{base}/{quote}"})


def failure(errors: list[str]) -> SourceError | None:
    """What Kraken's list of errors means; warnings mean nothing."""
    text = next((error for error in errors if not error.startswith("W")), None)
    if text is None:
        return None
    said = plain(text)
    if "nknown asset pair" in text or "nvalid asset pair" in text:
        return UnknownPair(said)
    if "Too many requests" in text or "Rate limit exceeded" in text or "Temporary lockout" in text:
        return SourceError(Reason.LIMITED, said, retry_after_s=60)
    return SourceError(Reason.SERVER, said)
