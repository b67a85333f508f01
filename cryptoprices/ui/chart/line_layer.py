"""A series as a line, or as a line with the area under it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from cryptoprices.core.formatting import UNKNOWN, change_text
from cryptoprices.core.series import Series
from cryptoprices.core.studies import Unit
from cryptoprices.ui.chart.layer import Column, End, Row, View
from cryptoprices.ui.chart.modes import ScaleKind
from cryptoprices.ui.chart.scale import LINEAR, Scale
from cryptoprices.ui.chart.strokes import below, draw, fill, strokes

EARLIER = "before its unit changed"
_AREA_ALPHA = 38  # of 255


class LineLayer(NamedTuple):
    """name: what the crosshair calls it. area: fill what is below the line. ends: its newest value is on the axis.

    changes: the crosshair says by how much a value is above the scale's base. source: what is said of where the value
    of a time is from, "" for nothing.
    """

    name: str
    series: Series
    colour: str
    scale: Scale = LINEAR
    area: bool = False
    ends: bool = True
    changes: bool = True
    source: Callable[[float], str] | None = None
    shift_ms: float = 0.0
    thickness: float = 1.5

    @property
    def settled_ms(self) -> float:
        """The newest sample moves, and the line to it."""
        return float(self.series.times[-2]) + self.shift_ms if len(self.series) > 1 else 0.0

    def extremes(self, start_ms: float, stop_ms: float) -> tuple[float, float] | None:
        """Of the series."""
        return self.series.extremes(start_ms - self.shift_ms, stop_ms - self.shift_ms)

    def paint(self, painter: QPainter, view: View) -> None:
        """Few lines a pixel column, however long the series is."""
        frame = view.frame.later(self.shift_ms) if self.shift_ms else view.frame
        colour = QColor(self.colour)
        if self.area:
            ground = QColor(colour)
            ground.setAlpha(_AREA_ALPHA)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            fill(painter, below(self.series, frame, view.pixel, view.left))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(colour, self.thickness)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        draw(painter, strokes(self.series, frame, view.pixel, self.thickness, view.left), view.pixel)

    def end(self) -> End | None:
        """The newest sample, unless nothing is known now."""
        if not self.ends or not len(self.series) or np.isnan(self.series.values[-1]):
            return None
        value = float(self.series.values[-1])
        return End(float(self.series.times[-1]), value, self.scale.tag(value), self.colour)

    def rows(self, t_ms: float) -> list[Row]:
        """ "BTC +1.40 % 97,203.00 · Kraken"."""
        value = self.series.at(t_ms)
        if value is None:
            return [Row(f"{self.name} {UNKNOWN}{' no price' if self.changes else ''}", self.colour)]
        change = (
            change_text(self.scale.change_pct(value))
            if self.changes and t_ms + self.shift_ms >= self.scale.since_ms
            else ""
        )
        parts = [self.name, change, self.scale.text(value), "" if change or not self.changes else EARLIER]
        told = " ".join(part for part in parts if part)
        source = self.source(t_ms) if self.source else ""
        return [Row(f"{told} · {source}" if source else told, self.colour)]

    def at(self, t_ms: float) -> float | None:
        """The sample of this time, where it has a place."""
        return self.series.at(t_ms) if t_ms + self.shift_ms >= self.scale.begins_ms else None

    def nearest(self, t_ms: float) -> float | None:
        """Of the series' samples."""
        at = self.series.nearest(t_ms - self.shift_ms)
        return None if at is None else float(self.series.times[at])

    def step(self, t_ms: float, by: int) -> float | None:
        """Among the series' samples."""
        return self.series.step(t_ms, by)

    def columns(self) -> list[Column]:
        """The values, and where the axis goes by parts of a base these too."""
        own = Column(self.name, self.series.times, self.series.values, self.scale, self.shift_ms > 0)
        match self.scale.kind:
            case ScaleKind.PERCENT:
                name, unit = f"{self.name} change", Unit.PERCENT
            case ScaleKind.INDEXED:
                name, unit = f"{self.name} indexed", Unit.NUMBER
            case _:
                return [own]
        places = np.where(own.times + self.shift_ms < self.scale.begins_ms, np.nan, self.scale.to_axis(own.values))
        return [own, own._replace(name=name, values=places, scale=Scale(unit=unit))]

    def key(self) -> object:
        """All but what the series has grown by."""
        return self._replace(source=None)
