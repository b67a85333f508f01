"""Bars that stand on zero: the volumes of candles, and values above and below nothing such as MACD's."""

import numpy as np
from PySide6.QtGui import QColor, QPainter

from cryptoprices.core.series import Series
from cryptoprices.ui.chart.candle_layer import OfCandles
from cryptoprices.ui.chart.crisp import Raster, boxes, outline, paint
from cryptoprices.ui.chart.layer import Column, End, Row, View
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.theme import Theme

_LEAST = 2.0  # narrowest bar with a gap beside it, the screen's pixels


class VolumeLayer(OfCandles):
    """A Layer. The volume of each candle that is drawn, as that candle looks; where it is unknown there is no bar."""

    def extremes(self, start_ms: float, stop_ms: float) -> tuple[float, float] | None:
        """From nothing to the greatest."""
        volume = self.drawn(start_ms, stop_ms).volume
        known = volume[~np.isnan(volume)]
        return (0.0, float(known.max())) if len(known) else None

    def paint(self, painter: QPainter, view: View) -> None:
        """All bars in view, a call for each colour."""
        frame, raster = view.frame, Raster.of(painter, view.pixel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        candles = self.drawn(frame.time_at(view.left), frame.stop_ms)
        slots = self._slots(candles, frame, raster)
        bottom = raster.rows(frame.y(np.zeros(len(slots.left))))
        top = np.minimum(raster.rows(frame.y(candles.volume)), bottom - raster.line)
        lines, bodies = outline(slots, top, bottom, raster.line), boxes(slots.left, top, slots.body, bottom)
        known, rose = ~np.isnan(candles.volume), candles.close >= candles.open
        paint(painter, raster, lines[:, known & rose].reshape(-1, 4), QColor(self._theme.up))
        paint(painter, raster, bodies[known & ~rose], QColor(self._theme.down))

    def end(self) -> End | None:
        """Nothing: the prices' end is what counts."""
        return None

    def rows(self, t_ms: float) -> list[Row]:
        """The volume of the candle that opens then."""
        candles, value = self._at(t_ms), self.at(t_ms)
        if candles is None or value is None:
            return []
        return [Row(f"{self._name}  {self.scale.text(value)}", self._colour(candles))]

    def at(self, t_ms: float) -> float | None:
        """The same as a number."""
        candles = self._at(t_ms)
        return None if candles is None or np.isnan(candles.volume[-1]) else float(candles.volume[-1])

    def columns(self) -> list[Column]:
        """The volumes of the candles themselves, whatever width is drawn."""
        return [Column(self._name, self._levels.open_ms, self._levels.volume, self.scale, True)]


class HistogramLayer:
    """A Layer. A bar from zero up or down to each value, in the colours of up and down.

    Where bars would be too narrow, every column of the screen reaches from its lowest value, or zero, to its highest.
    """

    def __init__(self, series: Series, width_ms: float, name: str, theme: Theme, scale: Scale) -> None:
        """width_ms: how much time belongs to a value, which begins at the value's own time."""
        self.scale = scale
        self._series, self._width_ms, self._name, self._theme = series, width_ms, name, theme

    @property
    def shift_ms(self) -> float:
        """A bar stands in the middle of its time."""
        return self._width_ms / 2

    @property
    def settled_ms(self) -> float:
        """Time of the newest value."""
        return float(self._series.times[-1]) if len(self._series) else -np.inf

    def extremes(self, start_ms: float, stop_ms: float) -> tuple[float, float] | None:
        """Lowest and highest value in this time, with zero."""
        found = self._series.extremes(start_ms - self._width_ms, stop_ms)
        return (min(0.0, found[0]), max(0.0, found[1])) if found else None

    def paint(self, painter: QPainter, view: View) -> None:
        """All bars in view, a call for each colour."""
        frame, raster = view.frame, Raster.of(painter, view.pixel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        width = self._width_ms / (frame.stop_ms - frame.start_ms) * frame.width
        if width >= _LEAST * view.pixel:
            start_ms = frame.time_at(view.left) - self._width_ms
            shown = slice(self._series.index(start_ms), self._series.index(frame.stop_ms))
            slots = raster.slots(frame.x(self._series.times[shown]), width)
            left, body, low = slots.left, slots.body, self._series.values[shown]
            high = low
        else:
            first = max(0, int(view.left / view.pixel) - 1)
            count = max(1, round(frame.width / view.pixel))
            columns = self._series.columns(frame.start_ms, frame.stop_ms, count, first)
            left = raster.lefts(first, count)
            body, low, high = 1, columns.low.copy(), columns.high.copy()
            if width > view.pixel:  # a bar is wider than a column, which leaves some empty
                (after,) = np.nonzero(columns.edges[1:-1] == columns.edges[2:])
                low[after + 1], high[after + 1] = low[after], high[after]
        zero = raster.rows(frame.y(np.zeros(len(left))))
        above = np.minimum(raster.rows(frame.y(high)), zero - raster.line)
        below = np.maximum(raster.rows(frame.y(low)) + 1, zero + raster.line)
        paint(painter, raster, boxes(left, above, body, zero)[high >= 0], QColor(self._theme.up))
        paint(painter, raster, boxes(left, zero, body, below)[low < 0], QColor(self._theme.down))

    def end(self) -> End | None:
        """Nothing: lines of the same pane have ends."""
        return None

    def rows(self, t_ms: float) -> list[Row]:
        """The value of this time."""
        value = self.at(t_ms)
        if value is None:
            return []
        colour = self._theme.up if value >= 0 else self._theme.down
        return [Row(f"{self._name}  {self.scale.text(value)}", colour)]

    def at(self, t_ms: float) -> float | None:
        """The value of exactly this time."""
        return self._series.at(t_ms)

    def nearest(self, t_ms: float) -> float | None:
        """Time of the value whose bar's middle is nearest to this time."""
        at = self._series.nearest(t_ms - self.shift_ms)
        return None if at is None else float(self._series.times[at])

    def step(self, t_ms: float, by: int) -> float | None:
        """As Series.step."""
        return self._series.step(t_ms, by)

    def columns(self) -> list[Column]:
        """The values."""
        return [Column(self._name, self._series.times, self._series.values, self.scale, True)]

    def key(self) -> object:
        """Which values and how they look."""
        return type(self), self._series, self._width_ms, self.scale, self._theme.name, self._name
