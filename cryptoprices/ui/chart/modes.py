"""What a chart can show, and how much time of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import NamedTuple, TypeVar

from cryptoprices.core.ranges import RANGES

_Choice = TypeVar("_Choice")


class Mode(StrEnum):
    """What is drawn; the value is the button's text."""

    PRICE = "Price"
    COMPARE = "Compare %"
    CANDLES = "Candles"
    RATIO = "Ratio"


class Style(StrEnum):
    """How prices are drawn; the value is the text in the menu."""

    LINE = "Line"
    AREA = "Area"
    CANDLES = "Candles"
    OHLC = "OHLC bars"
    HEIKIN_ASHI = "Heikin-Ashi"


class ScaleKind(StrEnum):
    """What the value axis goes by; the value is the text in the menu."""

    LINEAR = "Linear"
    LOG = "Log"
    PERCENT = "Per cent"
    INDEXED = "Indexed to 100"


class Zone(StrEnum):
    """By which clock times are written; the value is the text in the menu."""

    LOCAL = "Local time"
    UTC = "UTC"

    @property
    def tz(self) -> tzinfo | None:
        """For datetime: None is the machine's own."""
        return UTC if self is Zone.UTC else None


class Look(NamedTuple):
    """How a mode is drawn."""

    style: Style = Style.LINE
    scale: ScaleKind = ScaleKind.LINEAR


LOOKS: Mapping[Mode, Look] = {
    Mode.PRICE: Look(),
    Mode.COMPARE: Look(scale=ScaleKind.PERCENT),
    Mode.CANDLES: Look(Style.CANDLES),
    Mode.RATIO: Look(),
}
"""What holds until the person chooses."""

STYLES: Mapping[Mode, Sequence[Style]] = {
    Mode.PRICE: (Style.LINE, Style.AREA),
    Mode.COMPARE: (Style.LINE,),
    Mode.CANDLES: (Style.CANDLES, Style.OHLC, Style.HEIKIN_ASHI),
    Mode.RATIO: (Style.LINE, Style.AREA),
}
SCALES: Mapping[Mode, Sequence[ScaleKind]] = {
    mode: (ScaleKind.PERCENT, ScaleKind.INDEXED) if mode is Mode.COMPARE else tuple(ScaleKind) for mode in Mode
}
"""What can be chosen in a mode; prices of several coins share an axis only as parts of a base."""


def one_of(choices: Sequence[_Choice], choice: _Choice) -> _Choice:
    """The choice, if it is one of these of a mode. Raises ValueError."""
    if choice not in choices:
        raise ValueError(f"this mode of the chart has no {choice}")
    return choice


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
