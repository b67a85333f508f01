"""The widths of candles that its clients ask for, and how they are made of ours. Pure.

A candle bears the time at which it ends. All begin at multiples of their width since 1970, which makes weeks begin on
Thursday; those of 604800_Monday begin on Monday.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from cryptoprices.core.intervals import DAY_MS, INTERVALS_MS, LADDER
from cryptoprices.core.market import Candle
from cryptoprices.core.spans import Stretch

Row = tuple[int, float, float, float, float, float | None, float | None]
"""End (Unix seconds), open, high, low, close, volume in the base and in the quote currency."""


class Period(NamedTuple):
    """name: as clients know it. width: of our candles that it is made of. offset_ms: where its grid begins."""

    name: str
    width: str
    step_ms: int
    offset_ms: int = 0

    def floor_ms(self, time_ms: int) -> int:
        """When the candle opens that holds this time."""
        return time_ms - (time_ms - self.offset_ms) % self.step_ms

    def ceil_ms(self, time_ms: int) -> int:
        """When the first candle opens at or after this time."""
        return self.floor_ms(time_ms + self.step_ms - 1)


_WIDTHS = {
    60: "1m",
    180: "1m",
    300: "5m",
    900: "15m",
    1800: "15m",
    3600: "1h",
    7200: "1h",
    14400: "4h",
    21600: "1h",
    43200: "4h",
    86400: "1d",
    259200: "1d",
    604800: "1d",
}
PERIODS = {str(seconds): Period(str(seconds), width, seconds * 1000) for seconds, width in _WIDTHS.items()}
PERIODS["604800_Monday"] = Period("604800_Monday", "1d", 7 * DAY_MS, 4 * DAY_MS)


def gathered(period: Period, candles: Iterable[Candle]) -> list[Candle]:
    """Candles of a period made of those of its width, oldest first; the ends may be incomplete.

    volume: the sum, None where one of them is unknown.
    """
    found: list[Candle] = []
    for candle in candles:
        open_ms = period.floor_ms(candle.open_ms)
        if found and found[-1].open_ms == open_ms:
            found[-1] = joined(found[-1], candle)
        else:
            found.append(candle._replace(open_ms=open_ms))
    return found


def joined(first: Candle, then: Candle) -> Candle:
    """Both as one. volume: None where one of them is unknown."""
    volume = None if first.volume is None or then.volume is None else _sum(first.volume, then.volume)
    return Candle(first.open_ms, first.open, max(first.high, then.high), min(first.low, then.low), then.close, volume)


def _sum(one: float, other: float) -> float:
    """In the digits that were sent: 0.1 and 0.2 are 0.3."""
    return float(Decimal(repr(one)) + Decimal(repr(other))) if one and other else one or other


def whole(period: Period, candles: Iterable[Candle], known: Sequence[Stretch]) -> list[Candle]:
    """Those of whose whole time everything is known. known: oldest first, without overlaps."""
    found: list[Candle] = []
    stretches = iter(known)
    stretch = next(stretches, None)
    for candle in candles:
        until_ms = candle.open_ms + period.step_ms
        while stretch and stretch[1] < until_ms:
            stretch = next(stretches, None)
        if stretch and stretch[0] <= candle.open_ms:
            found.append(candle)
    return found


def so_far(open_ms: int, parts: Sequence[Candle], price: float | None) -> Candle | None:
    """The candle that runs since open_ms, made of its parts, oldest first, and of the price now.

    volume: of the parts that know theirs.
    """
    if price is not None:
        parts = [*parts, Candle(open_ms, price, price, price, price)]
    candle: Candle | None = None
    for part in parts:
        known = part._replace(open_ms=open_ms, volume=part.volume or 0.0)
        candle = known if candle is None else joined(candle, known)
    return candle


def row(period: Period, candle: Candle) -> Row:
    """As it is sent. The volume in the quote currency, which exchanges' candles lack, at the middle of high and low."""
    closes_s = (candle.open_ms + period.step_ms) // 1000
    spent = None if candle.volume is None else round(candle.volume * (candle.high + candle.low) / 2, 8)
    return closes_s, candle.open, candle.high, candle.low, candle.close, candle.volume, spent


def parts_of(period: Period) -> list[str]:
    """Of which widths what has ended of a running candle is made, in as few candles as it takes: greatest first."""
    return [width for width in reversed(LADDER) if INTERVALS_MS[width] < period.step_ms]
