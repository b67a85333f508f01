"""Decoding answers: typed rows of which a strange one costs only itself, and error bodies that may be anything."""

from collections.abc import Iterable, Iterator, Mapping
from types import GenericAlias
from typing import Generic, Protocol, TypeVar

from msgspec import MsgspecError, Raw, ValidationError
from msgspec.json import Decoder

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.plain import plain

T = TypeVar("T")
NULL = Raw(b"null")  # for a JSON number that may be missing
MAX_ROWS = 2000  # the longest list that an exchange is asked for has some hundreds


class Row(Protocol):
    """One market in a list: its name at the exchange, and the figures."""

    symbol: str

    def ticker(self, pair: Pair) -> Ticker:
        """The row's figures as those of `pair`; raises BadPayload."""


R = TypeVar("R", bound=Row)


def decoder(type_: type[T]) -> Decoder[T]:
    """A decoder of one typed answer; unknown fields are skipped, a strange field fails with its path."""
    return Decoder(type_)


class Rows(Generic[R]):
    """Decodes a JSON array of rows; one that is not of the documented shape becomes the BadPayload that it is."""

    def __init__(self, row: type[R]) -> None:
        self._all: Decoder[list[R]] = Decoder(GenericAlias(list, (row,)))
        self._each = Decoder(list[Raw])
        self._row = Decoder(row)

    def decode(self, body: bytes) -> list[R] | list[R | BadPayload]:
        """The rows in their order. Raises msgspec.DecodeError where the body is no JSON array, or an endless one."""
        try:
            rows = self._all.decode(body)
        except ValidationError:  # some row is strange, perhaps of a coin that nobody asked for
            raws = self._each.decode(body)
            if len(raws) > MAX_ROWS:
                raise
            return [self._one(raw) for raw in raws]
        if len(rows) > MAX_ROWS:
            raise ValidationError(f"{len(rows)} rows")
        return rows

    def _one(self, raw: Raw) -> R | BadPayload:
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
