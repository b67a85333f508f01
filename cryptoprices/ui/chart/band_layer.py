"""The room between two lines, such as Bollinger's or one and two standard deviations: filled, with thin edges."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from cryptoprices.core.series import Floats, Series
from cryptoprices.ui.chart.crisp import Raster, boxes, paint
from cryptoprices.ui.chart.layer import Column, End, Row, View
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.chart.strokes import Frame, draw, strokes

_FAINT = 36  # alpha of the filling
_THICKNESS = 1.0  # px, of the edges


class BandLayer:
    """A Layer. upper, lower: of the same times; where one of them has a gap nothing is drawn."""

    def __init__(
        self, upper: Series, lower: Series, name: str, colour: str, scale: Scale, shift_ms: float = 0.0
    ) -> None:
        """shift_ms: as Layer has it."""
        self.scale = scale
        self.shift_ms = shift_ms
        self._upper, self._lower, self._name, self._colour = upper, lower, name, colour

    @property
    def settled_ms(self) -> float:
        """The newest sample moves, and the band to it."""
        return float(self._upper.times[-2]) + self.shift_ms if len(self._upper) > 1 else -np.inf

    def extremes(self, start_ms: float, stop_ms: float) -> tuple[float, float] | None:
        """Lowest of the lower one and highest of the upper one."""
        times = start_ms - self.shift_ms, stop_ms - self.shift_ms
        lowest, highest = self._lower.extremes(*times), self._upper.extremes(*times)
        return (lowest[0], highest[1]) if lowest and highest else None

    def paint(self, painter: QPainter, view: View) -> None:
        """The filling, a rectangle a column of the screen, and both edges."""
        frame, raster = view.frame.later(self.shift_ms), Raster.of(painter, view.pixel)
        first = max(0, int(view.left / view.pixel) - 1)
        count = max(1, round(frame.width / view.pixel))
        high, low = _reach(self._upper, frame, count, first)[1], _reach(self._lower, frame, count, first)[0]
        left = raster.lefts(first, count)
        colour = QColor(self._colour)
        colour.setAlpha(_FAINT)
        top, bottom = (frame.y(values) / view.pixel + raster.top for values in (high, low))
        paint(painter, raster, boxes(left, top, 1, bottom), colour)
        pen = QPen(QColor(self._colour), _THICKNESS)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        for edge in (self._upper, self._lower):
            draw(painter, strokes(edge, frame, view.pixel, _THICKNESS, view.left), view.pixel)

    def end(self) -> End | None:
        """Nothing: the line in its middle has one."""
        return None

    def rows(self, t_ms: float) -> list[Row]:
        """Both values of this time."""
        upper, lower = self._upper.at(t_ms), self._lower.at(t_ms)
        if upper is None or lower is None:
            return []
        return [Row(f"{self._name}  {self.scale.text(lower)} to {self.scale.text(upper)}", self._colour)]

    def at(self, _t_ms: float) -> float | None:
        """No dot: the line in its middle has one."""
        return None

    def nearest(self, t_ms: float) -> float | None:
        """Time of the sample that is drawn nearest to this time."""
        at = self._upper.nearest(t_ms - self.shift_ms)
        return None if at is None else float(self._upper.times[at])

    def step(self, t_ms: float, by: int) -> float | None:
        """As Series.step."""
        return self._upper.step(t_ms, by)

    def columns(self) -> list[Column]:
        """Both edges."""
        opens = self.shift_ms > 0
        return [
            Column(f"{self._name} {word}", edge.times, edge.values, self.scale, opens)
            for word, edge in (("upper", self._upper), ("lower", self._lower))
        ]

    def key(self) -> object:
        """Which lines and how they look."""
        return type(self), self._upper, self._lower, self.scale, self._colour, self._name, self.shift_ms


def _reach(series: Series, frame: Frame, count: int, first: int) -> tuple[Floats, Floats]:
    """Lowest and highest value of each of `count` columns from `first` on, also between samples; NaN in gaps."""
    columns = series.columns(frame.start_ms, frame.stop_ms, count, first)
    shown = slice(max(0, series.index(frame.start_ms) - 1), series.index(frame.stop_ms) + 1)
    times, values = series.times[shown], series.values[shown]
    if not len(times):
        return columns.low, columns.high
    edges = frame.start_ms + (frame.stop_ms - frame.start_ms) / count * np.arange(first, count + 1)
    there = np.interp(edges, times, values, left=np.nan, right=np.nan)
    low, high = np.fmin(there[:-1], there[1:]), np.fmax(there[:-1], there[1:])
    return np.fmin(columns.low, low), np.fmax(columns.high, high)
