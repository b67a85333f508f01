"""What a chart can show, and how much time of it."""

from enum import StrEnum


class Mode(StrEnum):
    """What is drawn; the value is the button's text."""

    PRICE = "Price"
    COMPARE = "Compare %"
    RATIO = "Ratio"


class Range(StrEnum):
    """How much time is in view; the value is the button's text."""

    HOUR = "1H"
    DAY = "1D"
    WEEK = "1W"
    MONTH = "1M"
    YEAR = "1Y"
    ALL = "All"

    @property
    def ms(self) -> float | None:
        """Length, None for all there is."""
        return _LENGTHS_MS[self]


_DAY_MS = 86_400_000.0
_LENGTHS_MS: dict[Range, float | None] = {
    Range.HOUR: 3_600_000.0,
    Range.DAY: _DAY_MS,
    Range.WEEK: 7 * _DAY_MS,
    Range.MONTH: 30 * _DAY_MS,
    Range.YEAR: 365 * _DAY_MS,
    Range.ALL: None,
}
