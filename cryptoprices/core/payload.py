"""Decoding answers: typed rows of which a strange one costs only itself, and error bodies that may be anything."""

from collections.abc import Iterable, Iterator, Mapping
from types import GenericAlias
from typing import Generic, Protocol, TypeVar

from msgspec import MsgspecError, Raw, ValidationError
from msgspec.json import Decoder

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Candle, Pair, Ticker
from cryptoprices.core.plain import plain

T = TypeVar("T")
NULL = Raw(b"null")  # for a JSON number that may be missing
MAX_ROWS = 2000  # the longest list that an exchange is asked for has some hundreds


class Row(Protocol):
    """One market in a list: its name at the exchange, and the figures."""

    symbol: str

    def ticker(self, pair: Pair) -> Ticker:
        """The row's figures as those of `pair`; raises BadPayload."""


class CandleRow(Protocol):
    """One candle of a page, as the exchange writes it."""

    def candle(self) -> Candle:
        """The row's figures; raises BadPayload."""


R = TypeVar("R", bound=Row)


def decoder(type_: type[T]) -> Decoder[T]:
    """A decoder of one typed answer; unknown fields are skipped, a strange field fails with its path."""
    return Decoder(type_)


class Rows(Generic[T]):
    """Decodes a JSON array of rows; one that is not of the documented shape becomes the BadPayload that it is.

    most: how many rows there may be at most.
    """

    def __init__(self, row: type[T], most: int = MAX_ROWS) -> None:
        self._most = most
        self._all: Decoder[list[T]] = Decoder(GenericAlias(list, (row,)))
        self._each = Decoder(list[Raw])
        self._row = Decoder(row)

    def decode(self, body: bytes | Raw) -> list[T] | list[T | BadPayload]:
        """The rows in their order. Raises msgspec.DecodeError where the body is no JSON array, or an endless one."""
        try:
            rows = self._all.decode(body)
        except ValidationError:  # some row is strange, perhaps of a coin that nobody asked for
            raws = self._each.decode(body)
            if len(raws) > self._most:
                raise
            return [self._one(raw) for raw in raws]
        if len(rows) > self._most:
            raise ValidationError(f"{len(rows)} rows")
        return rows

    def _one(self, raw: Raw) -> T | BadPayload:
        try:
            return self._row.decode(raw)
        except ValidationError as error:
            return BadPayload(plain(str(error)))


def wanted(rows: Iterable[R | BadPayload], asked: Mapping[str, Pair]) -> Iterator[Ticker | BadPayload]:
    """The rows of the markets that were asked for, as tickers. asked: the exchange's name of a market -> pair."""
    for row in rows:
        if isinstance(row, BadPayload):
            yield row
        elif pair := asked.get(row.symbol):
            try:
                yield row.ticker(pair)
            except BadPayload as error:
                yield BadPayload(f"{pair}: {error}")


def candles(rows: Iterable[CandleRow | BadPayload]) -> Iterator[Candle | BadPayload]:
    """The rows of a page as candles; what is strange about one costs only itself."""
    for row in rows:
        if isinstance(row, BadPayload):
            yield row
            continue
        try:
            yield row.candle()
        except BadPayload as error:
            yield error


def literal(value: Raw) -> str | None:
    """The text of a JSON number kept as Raw, None for null; of any other value a text that is no number."""
    text = str(value, "utf-8")
    return None if text == "null" else text


def error_body(decoder_: Decoder[T], body: bytes) -> T | None:
    """What an error body says, None where it is of another shape (HTML, an answer, anything)."""
    try:
        return decoder_.decode(body)
    except (MsgspecError, RecursionError, UnicodeError):
        return None
