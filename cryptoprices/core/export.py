"""Candles as lines of CSV and JSON, for files and programs: exact, plain digits, whatever the person's locale is."""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal

from cryptoprices.core.candles import Candles
from cryptoprices.core.report import rfc3339

KEYS = ("time", "open", "high", "low", "close", "volume", "source")
_AT_ONCE = 4096  # candles held as Python objects at a time

Stretch = tuple[int, int, str]  # from, to (Unix ms, without it), and the exchange whose candles these are


def csv_lines(candles: Candles, stretches: Iterable[Stretch]) -> Iterator[str]:
    """The head, then a line a candle, oldest first, without line ends. Unknown is empty. Format: RFC 4180."""
    yield ",".join(KEYS)
    for row in _rows(candles, stretches):
        yield ",".join(field or "" for field in row)


def json_lines(candles: Candles, stretches: Iterable[Stretch]) -> Iterator[str]:
    """One object a line with the same keys, oldest first: prices as decimal strings, unknown null."""
    for row in _rows(candles, stretches):
        yield json.dumps(dict(zip(KEYS, row, strict=True)))


def plain_number(value: float) -> str | None:
    """The fewest digits that mean this float, never with an exponent: 2.214e-05 -> "0.00002214". NaN -> None."""
    if value != value:  # noqa: PLR0124 (only NaN is not itself)
        return None
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text.removesuffix(".0")


def _rows(candles: Candles, stretches: Iterable[Stretch]) -> Iterator[tuple[str | None, ...]]:
    """The fields of each candle as text, in the order of KEYS. source: of the stretch that holds its open_ms."""
    columns = (candles.open_ms, candles.open, candles.high, candles.low, candles.close, candles.volume)
    ahead = iter(sorted(stretches))
    stretch = next(ahead, None)
    for start in range(0, len(candles), _AT_ONCE):
        parts = (column[start : start + _AT_ONCE].tolist() for column in columns)
        for open_ms, *numbers in zip(*parts, strict=True):
            while stretch and stretch[1] <= open_ms:
                stretch = next(ahead, None)
            source = stretch[2] if stretch and stretch[0] <= open_ms else None
            yield (rfc3339(open_ms), *map(plain_number, numbers), source)
