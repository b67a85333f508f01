"""How values become places on an axis, and how both are written."""

import math
from decimal import Decimal
from typing import NamedTuple, TypeVar

import numpy as np

from cryptoprices.core.formatting import MINUS, THIN, change_text, price_text, ratio_text, short_text
from cryptoprices.core.series import Floats
from cryptoprices.core.studies import Unit
from cryptoprices.ui.chart.modes import ScaleKind
from cryptoprices.ui.chart.ticks import Tick, log_ticks, value_ticks

_LEAST = 1e-30  # what a logarithm is taken of where there is none: far below everything

Values = TypeVar("Values", float, Floats)


class Scale(NamedTuple):
    """kind: what the axis goes by. base: the value that is 0 % or 100 there; elsewhere it changes no place.

    currency: of prices, "" where one coin is counted in another. since_ms: values from before, Unix ms, are in
    another unit than the base. Places on the axis are logarithms (base 10) with LOG, per cent of the base with PERCENT.
    """

    kind: ScaleKind = ScaleKind.LINEAR
    base: float = 1.0
    unit: Unit = Unit.PRICE
    currency: str = "USD"
    since_ms: float = -math.inf

    @property
    def begins_ms(self) -> float:
        """From when on values have a place on the axis: where it goes by parts of the base those in its unit do."""
        return self.since_ms if self.kind in (ScaleKind.PERCENT, ScaleKind.INDEXED) else -math.inf

    def to_axis(self, values: Values) -> Values:
        """Values -> places on the axis; NaN stays NaN."""
        match self.kind:
            case ScaleKind.LOG:
                places: Values = np.log10(np.maximum(values, _LEAST))
                return places
            case ScaleKind.PERCENT:
                return (values / self.base - 1.0) * 100.0
            case ScaleKind.INDEXED:
                return values / self.base * 100.0
        return values

    def from_axis(self, places: Values) -> Values:
        """Places on the axis -> values."""
        match self.kind:
            case ScaleKind.LOG:
                values: Values = 10.0**places
                return values
            case ScaleKind.PERCENT:
                return (places / 100.0 + 1.0) * self.base
            case ScaleKind.INDEXED:
                return places / 100.0 * self.base
        return places

    def text(self, value: float) -> str:
        """The value itself, with the digits that its unit has: "97,203.00", "0.034069", "12.34 %"."""
        match self.unit:
            case Unit.PRICE:
                return price_text(Decimal(value), self.currency) if self.currency else ratio_text(Decimal(value))
            case Unit.PERCENT:
                return f"{_signed(value, 2)}{THIN}%"
            case Unit.VOLUME:
                return short_text(value)
            case Unit.SCORE:
                return _signed(value, 2)
        return _signed(value, 2 if abs(value) >= 1 or value == 0 else min(12, 3 - math.floor(math.log10(abs(value)))))

    def tag(self, value: float) -> str:
        """The value as the axis has it: "+1.40 %", "101.40" of 100, or the value itself."""
        match self.kind:
            case ScaleKind.PERCENT:
                return change_text(self.change_pct(value))
            case ScaleKind.INDEXED:
                return _signed(self.to_axis(value), 2)
        return self.text(value)

    def change_pct(self, value: float) -> float:
        """Per cent by which a value is above the base."""
        return (value / self.base - 1.0) * 100.0

    def ticks(self, low: float, high: float, most: int) -> list[Tick]:
        """At most about `most` lines of the grid between two places on the axis, with their labels."""
        if self.kind is ScaleKind.LOG:
            found = log_ticks(10.0**low, 10.0**high, most)
            return [Tick(math.log10(value), axis_text(value, decimals)) for value, decimals in found]
        most = max(3, most) if self.unit is Unit.SCORE else most  # a low pane has 0.5 between 0.0 and 1.0
        places, decimals = value_ticks(low, high, most)
        if self.unit is Unit.VOLUME:
            return [Tick(place, short_text(place)) for place in places]
        if self.kind is ScaleKind.PERCENT:
            return [Tick(place, f"{axis_text(place, max(1, decimals), '+')}{THIN}%") for place in places]
        if self.unit is Unit.SCORE:
            return [Tick(place, self.level_text(place, decimals)) for place in places]
        unit = f"{THIN}%" if self.unit is Unit.PERCENT else ""
        return [Tick(place, f"{axis_text(place, decimals)}{unit}") for place in places]

    def level_text(self, value: float, decimals: int = 0) -> str:
        """A line across that is no round number of the axis but one that means something: "70", of a score "1.0"."""
        return axis_text(value, max(1, decimals)) if self.unit is Unit.SCORE else f"{value:g}".replace("-", MINUS)


LINEAR = Scale()


def axis_text(value: float, decimals: int, plus: str = "") -> str:
    """A label of the axis: "97,400", with `plus` "+" "+1.0" above and "0.0" at nothing."""
    text = f"{abs(value):,.{decimals}f}"
    sign = "" if float(text.replace(",", "")) == 0 else MINUS if value < 0 else plus
    return f"{sign}{text}"


def _signed(value: float, decimals: int) -> str:
    return axis_text(value, decimals)
