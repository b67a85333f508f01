"""What a chart can show, and how much time of it."""

from enum import StrEnum

from cryptoprices.core.ranges import RANGES


class Mode(StrEnum):
    """What is drawn; the value is the button's text."""

    PRICE = "Price"
    COMPARE = "Compare %"
    RATIO = "Ratio"


class ScaleKind(StrEnum):
    """What the value axis goes by; the value is the text in the menu."""

    LINEAR = "Line"
    LOG = "Log"
    PERCENT = "Per cent"
    INDEXED = "Indexed to 100"


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
        return RANGES[self.key].length_ms

    @property
    def key(self) -> str:
        """Its name in core.ranges."""
        return _KEYS[self]

    @property
    def words(self) -> str:
        """In a sentence: "1 day"."""
        return _WORDS[self]


_KEYS = dict(zip(Range, ("1h", "1d", "1w", "1mo", "1y", "all"), strict=True))
_WORDS = dict(zip(Range, ("1 hour", "1 day", "1 week", "1 month", "1 year", "the whole past"), strict=True))
