"""Lines that a person has drawn over the prices of a pair, and how they are kept from one run to the next.

Their prices are floats: places in a picture, of pixels and of arrays, never an exchange's digits. JSON keeps every bit.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from cryptoprices.core.currency import CURRENCIES

MOST = 100
"""Drawings of a pair."""

_MOST_PAIRS = 200  # that are taken from an earlier run
_MOST_BEFORE = 100  # changes of a pair that can be taken back
_MOST_PRICE, _MOST_MS = 1e15, 1e14


class Extended(StrEnum):
    """How far a trend line goes on beyond its two points."""

    NONE = "none"
    RIGHT = "right"
    BOTH = "both"


class Point(NamedTuple):
    """t_ms: Unix ms, where it stands on the time axis: a candle's is the middle of its time."""

    t_ms: float
    price: float


class Level(NamedTuple):
    """A price, at all times."""

    price: float


class Trend(NamedTuple):
    """From one point to another, either the earlier one; straight as it is seen, whatever scale is in force."""

    start: Point
    stop: Point
    extended: Extended = Extended.NONE


Drawing = Level | Trend


class Drawings:
    """Those of all pairs, by what is counted in what: "BTC/USD", "BTC/EUR", "ETH/BTC".

    Who looks at dollar prices in euro draws over euro: that is another price every day, so what was drawn in one
    currency is never turned into another.
    """

    def __init__(self) -> None:
        self._of: dict[str, tuple[Drawing, ...]] = {}
        self._before: dict[str, list[tuple[Drawing, ...]]] = {}

    def of(self, pair: str) -> tuple[Drawing, ...]:
        """Oldest first."""
        return self._of.get(pair, ())

    def put(self, pair: str, drawings: Iterable[Drawing]) -> None:
        """These are the pair's from now on, until that is taken back. Raises ValueError with one sentence."""
        all_ = tuple(drawings)
        if len(all_) > MOST:
            raise ValueError(f"{pair} has {MOST} drawings, which is the most: remove one first.")
        if not all(map(fits, all_)):
            raise ValueError("A line needs prices above zero, and two points that differ.")
        if all_ != self.of(pair):
            self._before.setdefault(pair, []).append(self.of(pair))
            del self._before[pair][:-_MOST_BEFORE]
            self._set(pair, all_)

    def can_undo(self, pair: str) -> bool:
        """Whether a change of this pair can be taken back."""
        return bool(self._before.get(pair))

    def undo(self, pair: str) -> None:
        """Take the pair's last change back; nothing where there is none."""
        if self.can_undo(pair):
            self._set(pair, self._before[pair].pop())

    def elsewhere(self, pair: str) -> Mapping[str, int]:
        """How many drawings the same coin has in other currencies: {"USD": 2}."""
        base, _, quote = pair.partition("/")
        others = {code: len(self.of(f"{base}/{code}")) for code in CURRENCIES if code != quote}
        return {code: count for code, count in others.items() if count} if quote in CURRENCIES else {}

    def _set(self, pair: str, drawings: tuple[Drawing, ...]) -> None:
        self._of[pair] = drawings
        if not drawings:
            del self._of[pair]

    def state(self) -> dict[str, object]:
        """In plain values for `take`."""
        return {pair: list(map(to_plain, drawings)) for pair, drawings in self._of.items()}

    def take(self, state: object) -> None:
        """Those of an earlier run; what is strange is passed over, one by one."""
        rows = list(state.items())[:_MOST_PAIRS] if isinstance(state, Mapping) else []
        for pair, plain in rows:
            if isinstance(pair, str) and pair.count("/") == 1 and len(pair) <= 40 and isinstance(plain, list):
                self._set(pair, tuple(one for each in plain[:MOST] if (one := from_plain(each))))


def fits(drawing: Drawing) -> bool:
    """Whether it can be drawn: prices and times above zero and not beyond measure, two points that are not the same."""
    if isinstance(drawing, Level):
        return 0 < drawing.price < _MOST_PRICE
    points = drawing.start, drawing.stop
    return points[0] != points[1] and all(0 < p.price < _MOST_PRICE and 0 < p.t_ms < _MOST_MS for p in points)


def to_plain(drawing: Drawing) -> dict[str, object]:
    """{"level": 97000.0}, or {"trend": [[t_ms, price], [t_ms, price]], "extended": "right"}."""
    if isinstance(drawing, Level):
        return {"level": drawing.price}
    return {"trend": [list(drawing.start), list(drawing.stop)], "extended": str(drawing.extended)}


def from_plain(plain: object) -> Drawing | None:
    """What `to_plain` has made; None for what is strange."""
    if not isinstance(plain, Mapping):
        return None
    drawing: Drawing | None = None
    if "level" in plain:
        drawing = Level(plain["level"]) if _are_numbers([plain["level"]]) else None
    elif isinstance(points := plain.get("trend"), list) and len(points) == 2:
        extended = next((known for known in Extended if known == plain.get("extended")), Extended.NONE)
        if all(isinstance(point, list) and len(point) == 2 and _are_numbers(point) for point in points):
            drawing = Trend(Point(*points[0]), Point(*points[1]), extended)
    return drawing if drawing and fits(drawing) else None


def _are_numbers(values: Sequence[object]) -> bool:
    return all(type(value) in (int, float) for value in values)
