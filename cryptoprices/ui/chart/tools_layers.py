"""What a person has drawn, as layers over the prices: lines, and what was measured."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from cryptoprices.core.drawings import Drawing, Level, Point
from cryptoprices.ui.chart.layer import End, Row, View
from cryptoprices.ui.chart.letters import Letters
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.chart.tools_places import Grip, Part, ends_of, lines_of, places
from cryptoprices.ui.theme import Theme

_HANDLE = 4.0  # radius, px
_ALPHA = 40  # of 255
_MARGIN, _GAP = 8.0, 6.0


class _Over:
    """A Layer without samples: it makes no room for itself, says nothing at the crosshair and stays as it is."""

    shift_ms = 0.0
    settled_ms = math.inf

    def extremes(self, _start_ms: float, _stop_ms: float) -> tuple[float, float] | None:
        """None: what is drawn squeezes no prices."""
        return None

    def end(self) -> End | None:
        """Nothing."""
        return None

    def rows(self, _t_ms: float) -> list[Row]:
        """Nothing."""
        return []

    def at(self, _t_ms: float) -> float | None:
        """Nowhere."""
        return None

    def nearest(self, _t_ms: float) -> float | None:
        """None: nothing snaps to it."""
        return None

    def step(self, _t_ms: float, _by: int) -> float | None:
        """None."""
        return None

    def key(self) -> object:
        """All that it is."""
        return self


@dataclass(frozen=True)
class DrawingsLayer(_Over):
    """All lines. held: what is taken hold of. stop_ms: last time in view."""

    drawings: tuple[Drawing, ...]
    scale: Scale
    theme: Theme
    held: Grip | None
    stop_ms: float

    def paint(self, painter: QPainter, view: View) -> None:
        """The lines; over them that which is held, with handles: the part that keys move is filled."""
        held = self.held.which if self.held else None
        lines = lines_of(self.drawings, view.frame)
        painter.setPen(QPen(QColor(self.theme.text), 1.0))
        painter.drawLines([self._crisp(i, line, 0.5) for i, line in enumerate(lines) if line and i != held])
        if self.held is None or held is None:
            return
        painter.setPen(QPen(QColor(self.theme.text), 2.0))
        if line := lines[held]:
            painter.drawLine(self._crisp(held, line, 0.0))
        painter.setPen(QPen(QColor(self.theme.accent), 2.0))
        ends = ends_of(self.drawings[held], view.frame)
        for place, part in zip(ends, (Part.START, Part.STOP), strict=False):
            filled = self.held.part in (Part.WHOLE, part)
            painter.setBrush(QColor(self.theme.accent if filled else self.theme.window))
            painter.drawEllipse(place, _HANDLE, _HANDLE)

    def _crisp(self, which: int, line: QLineF, by: float) -> QLineF:
        """A level in the middle of a row of pixels, or between two where it is two of them thick."""
        y = round(line.y1()) + by
        return QLineF(line.x1(), y, line.x2(), y) if isinstance(self.drawings[which], Level) else line

    def marks(self) -> list[End]:
        """The levels' prices stand on the axis."""
        prices = [drawing.price for drawing in self.drawings if isinstance(drawing, Level)]
        return [End(self.stop_ms, price, self.scale.tag(price), self.theme.text) for price in prices]


@dataclass(frozen=True)
class MeasureLayer(_Over):
    """A shade between two points. text: what is between them, empty while there is nothing to say."""

    start: Point
    stop: Point
    text: str
    scale: Scale
    theme: Theme

    def paint(self, painter: QPainter, view: View) -> None:
        """Shade, edges, and the text on a plate below."""
        start, stop = places([self.start, self.stop], view.frame)
        colour = QColor(self.theme.up if self.stop.price >= self.start.price else self.theme.down)
        shade = QColor(colour)
        shade.setAlpha(_ALPHA)
        plot = QRectF(0.0, 0.0, view.frame.width, view.frame.height)
        box = QRectF(start, stop).normalized().intersected(plot.adjusted(-2, -2, 2, 2))
        painter.fillRect(box, shade)
        painter.setPen(QPen(colour, 1.0))
        painter.drawRect(box)
        if self.text:
            self._write(painter, plot, box, stop)

    def _write(self, painter: QPainter, plot: QRectF, box: QRectF, stop: QPointF) -> None:
        letters = Letters()
        width, height = letters.width(self.text) + 2 * _MARGIN, letters.height + _MARGIN
        left = min(max(stop.x() - width / 2, 4.0), max(4.0, plot.width() - width - 4))
        top = min(box.bottom() + _GAP, plot.height() - height - 4)  # above is what the crosshair says
        painter.setFont(letters.font)
        painter.setBrush(QColor(self.theme.raised))
        painter.setPen(QColor(self.theme.border))
        painter.drawRoundedRect(QRectF(left, top, width, height), 6, 6)
        painter.setPen(QColor(self.theme.text))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        letters.write(painter, left + _MARGIN, top + height / 2, self.text)
