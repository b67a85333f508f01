"""Candles as lines of CSV and JSON, for files and programs: exact, plain digits, whatever the person's locale is."""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal

from cryptoprices.core.candles import Candles
from cryptoprices.core.spans import Stretch

KEYS = ("time", "open", "high", "low", "close", "volume", "source")
_AT_ONCE = 4096  # candles held as Python objects at a time


def csv_lines(candles: Candles, stretches: Iterable[Stretch]) -> Iterator[str]:
    """The head, then a line a candle, oldest first, without line ends. Unknown is empty. Format: RFC 4180."""
    yield ",".join(KEYS)
    for row in _rows(candles, stretches):
        yield ",".join([field or "" for field in row])


def json_lines(candles: Candles, stretches: Iterable[Stretch]) -> Iterator[str]:
    """One object a line with the same keys, oldest first: prices as decimal strings, unknown null."""
    for row in _rows(candles, stretches):
        yield json.dumps(dict(zip(KEYS, row, strict=True)))


def plain_number(value: float) -> str | None:
    """The fewest digits that mean this float, never with an exponent: 2.214e-05 -> "0.00002214". NaN -> None."""
    text = repr(value)
    if "n" in text:
        return None
    return format(Decimal(text), "f") if "e" in text else text.removesuffix(".0")


def _rows(candles: Candles, stretches: Iterable[Stretch]) -> Iterator[tuple[str | None, ...]]:
    """The fields of each candle as text, in the order of KEYS. source: of the stretch that holds its open_ms."""
    sources: list[str | None] = [None] * len(candles)
    for since_ms, until_ms, exchange in stretches:
        first, stop = candles.open_ms.searchsorted([since_ms, until_ms]).tolist()
        sources[first:stop] = [exchange] * (stop - first)
    columns = (candles.open, candles.high, candles.low, candles.close, candles.volume)
    for start in range(0, len(candles), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        moments = candles.open_ms[part].astype("datetime64[ms]").astype(str).tolist()  # RFC 3339 but for the Z
        numbers = (map(plain_number, column[part].tolist()) for column in columns)
        yield from zip((f"{moment}Z" for moment in moments), *numbers, sources[part], strict=True)
