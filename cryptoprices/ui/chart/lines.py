"""What a chart draws: a series with a name, a colour and a way to write its values."""

from decimal import Decimal
from typing import NamedTuple

from cryptoprices.core.formatting import MINUS, change_text, price_text, ratio_text
from cryptoprices.core.series import Series
from cryptoprices.ui.chart.strokes import Frame


class Line(NamedTuple):
    """base: the value that is 0 %, None to show the values themselves. ratio: of two coins, not a price."""

    name: str
    series: Series
    colour: str
    base: float | None = None
    ratio: bool = False

    def shown(self, value: float) -> float:
        """Where on the axis a value stands."""
        return value if self.base is None else (value / self.base - 1.0) * 100.0

    def frame(self, times: tuple[float, float], shown: tuple[float, float], width: float, height: float) -> Frame:
        """Maps the series' own values to pixels, where the axis reaches from shown[0] to shown[1]."""
        if self.base is not None:
            shown = (self.base * (1 + shown[0] / 100), self.base * (1 + shown[1] / 100))
        return Frame(times, shown, width, height)

    def text(self, value: float) -> str:
        """The value itself: "97,203.00", "0.034069"."""
        return ratio_text(Decimal(value)) if self.ratio else price_text(Decimal(value))

    def tag(self, value: float) -> str:
        """The value as the axis has it: "+1.40 %" or the value itself."""
        return self.text(value) if self.base is None else change_text(self.shown(value))


def axis_text(value: float, decimals: int, percent: bool) -> str:
    """A label of the axis: "97,400", "+1.0 %", "0.0 %"."""
    text = f"{abs(value):,.{decimals}f}"
    if not percent:
        return text
    sign = "" if float(text.replace(",", "")) == 0 else MINUS if value < 0 else "+"
    return f"{sign}{text} %"
