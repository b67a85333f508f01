"""What a chart draws: a series with a name, a colour and a way to write its values."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from cryptoprices.core.formatting import MINUS, change_text, price_text, ratio_text
from cryptoprices.core.market import Pair
from cryptoprices.core.series import Series
from cryptoprices.ui.chart.strokes import Frame

_EDGE = 0.08  # room above and below the lines, part of their height


class Line(NamedTuple):
    """base: the value that is 0 %. percent: the axis is in per cent of it.

    pair: whose price it is, None for a ratio.
    """

    name: str
    series: Series
    colour: str
    base: float
    percent: bool = False
    pair: Pair | None = None

    @property
    def ratio(self) -> bool:
        """Of two coins, not a price."""
        return self.pair is None

    def change_pct(self, value: float) -> float:
        """Per cent by which a value is above the base."""
        return (value / self.base - 1.0) * 100.0

    def shown(self, value: float) -> float:
        """Where on the axis a value stands."""
        return self.change_pct(value) if self.percent else value

    def frame(self, times: tuple[float, float], shown: tuple[float, float], width: float, height: float) -> Frame:
        """Maps the series' own values to pixels, where the axis reaches from shown[0] to shown[1]."""
        if self.percent:
            shown = (self.base * (1 + shown[0] / 100), self.base * (1 + shown[1] / 100))
        return Frame(times, shown, width, height)

    def text(self, value: float) -> str:
        """The value itself: "97,203.00", "0.034069"."""
        return ratio_text(Decimal(value)) if self.ratio else price_text(Decimal(value))

    def tag(self, value: float) -> str:
        """The value as the axis has it: "+1.40 %" or the value itself."""
        return change_text(self.change_pct(value)) if self.percent else self.text(value)

    def told(self, value: float) -> str:
        """All that is to say of a value: "BTC +1.40 % 97,203.00"."""
        return f"{self.name} {change_text(self.change_pct(value))} {self.text(value)}"


def axis_text(value: float, decimals: int, percent: bool) -> str:
    """A label of the axis: "97,400", "+1.0 %", "0.0 %"."""
    text = f"{abs(value):,.{decimals}f}"
    plus = "+" if percent else ""
    sign = "" if float(text.replace(",", "")) == 0 else MINUS if value < 0 else plus
    return f"{sign}{text} %" if percent else f"{sign}{text}"


def fitting(lines: Sequence[Line], start_ms: float, stop_ms: float) -> tuple[float, float]:
    """Lowest and highest value of an axis on which all lines fit in this time, with some room."""
    found = [(line, found) for line in lines if (found := line.series.extremes(start_ms, stop_ms))]
    if not found:
        return 0.0, 1.0
    low = min(line.shown(extremes[0]) for line, extremes in found)
    high = max(line.shown(extremes[1]) for line, extremes in found)
    least = 0.01 if lines[0].percent else abs(high) * 1e-4  # so that a price that stands still is a flat line
    room = (high - low) * _EDGE + max(0.0, least - (high - low)) / 2
    return low - room, high + room
