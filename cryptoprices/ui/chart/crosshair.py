"""The crosshair: an upright line through the sample nearest to the mouse, and a box that says what it is."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cryptoprices.core.bars import Hole
from cryptoprices.core.formatting import UNKNOWN
from cryptoprices.ui.chart.lines import Line
from cryptoprices.ui.chart.pane import Pane
from cryptoprices.ui.chart.words import missing
from cryptoprices.ui.theme import font

_MARGIN, _LINE, _DOT_WIDTH = 12.0, 20.0, 14.0


class Row(NamedTuple):
    """A line of the box. colour: of its line in the chart, None for the time."""

    text: str
    colour: str | None


class Crosshair(QGraphicsItem):
    """Lies over the pane; `rows` is what it says, empty while the mouse is elsewhere.

    whose(line, Unix ms): the exchange whose price a line shows then, "" where there is none to name.
    """

    def __init__(self, pane: Pane, whose: Callable[[Line, float], str]) -> None:
        super().__init__(pane)
        self._pane, self._whose = pane, whose
        self._mouse: QPointF | None = None
        self._font = font(11)
        self._metrics = QFontMetricsF(self._font)
        self.setZValue(10)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.rows: list[Row] = []

    @Slot(object)
    def point_at(self, mouse: QPointF | None) -> None:
        """The mouse is here, in the plot's pixels; None when it has left."""
        self._mouse = mouse
        self.refresh()

    def refresh(self) -> None:
        """Say it anew: the data or the view under the mouse has changed."""
        before = bool(self.rows)
        self.rows = self._say()
        if before or self.rows:
            self.prepareGeometryChange()
            self.update()

    def _under_mouse(self, holes: Sequence[Hole]) -> Hole | None:
        if self._mouse is None:
            return None
        t_ms = self._pane.box.time_at(self._mouse.x())
        return next((hole for hole in holes if hole.since_ms < t_ms < hole.until_ms), None)

    def _at_ms(self) -> float | None:
        """The time that is spoken of: that of the first line's sample nearest to the mouse; in a hole the mouse's."""
        if self._mouse is None or not self._pane.lines:
            return None
        t_ms = self._pane.box.time_at(self._mouse.x())
        if self._under_mouse(self._pane.holes):
            return t_ms
        series = self._pane.lines[0].series
        at = series.nearest(t_ms)
        return None if at is None else float(series.times[at])

    def _say(self) -> list[Row]:
        t_ms, hole = self._at_ms(), self._under_mouse(self._pane.holes)
        if t_ms is None:
            return []
        if hole:
            return [Row(moment_text(t_ms), None), Row(" ".join(missing(hole)), None)]
        rows = [Row(moment_text(t_ms), None), *(Row(self._told(line, t_ms), line.colour) for line in self._pane.lines)]
        if filled := self._under_mouse(self._pane.filled):
            rows.append(Row(f"{' '.join(missing(filled))}, filled in later", None))
        return rows

    def _told(self, line: Line, t_ms: float) -> str:
        at = _same_time(line, t_ms)
        value = float(line.series.values[at]) if at >= 0 else float("nan")
        if math.isnan(value):
            return f"{line.name} {UNKNOWN} no price"
        whose = self._whose(line, t_ms)
        return f"{line.told(value)} · {whose}" if whose else line.told(value)

    def boundingRect(self) -> QRectF:
        """All of the pane: the box may be anywhere in it."""
        return self._pane.rect() if self.rows else QRectF()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Line, dots, box."""
        t_ms, theme, plot = self._at_ms(), self._pane.theme, self._pane.plot
        if t_ms is None or not self.rows:
            return
        start_ms, stop_ms = self._pane.box.times
        x = plot.left() + (t_ms - start_ms) / (stop_ms - start_ms) * plot.width()
        if not plot.left() - 1 <= x <= plot.right() + 1:
            return
        pen = QPen(QColor(theme.muted))
        pen.setDashPattern([2, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(round(x) + 0.5, plot.top()), QPointF(round(x) + 0.5, plot.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for line in self._pane.lines:
            point = self._pane.place(line, _same_time(line, t_ms))
            if point is not None:
                painter.setBrush(QColor(line.colour))
                painter.drawEllipse(point, 4.0, 4.0)
        self._paint_box(painter, x)

    def _paint_box(self, painter: QPainter, x: float) -> None:
        theme, plot = self._pane.theme, self._pane.plot
        painter.setFont(self._font)
        texts = (self._metrics.horizontalAdvance(row.text) + (_DOT_WIDTH if row.colour else 0) for row in self.rows)
        width = max(texts) + 2 * _MARGIN
        height = _LINE * len(self.rows) + _MARGIN
        left = x + _MARGIN if x + _MARGIN + width <= plot.right() else x - _MARGIN - width
        top = 0.0 if self._mouse is None else plot.top() + self._mouse.y() - height - _MARGIN
        top = min(max(top, plot.top() + 4), plot.bottom() - height - 4)
        painter.setBrush(QColor(theme.raised))
        painter.setPen(QColor(theme.border))
        painter.drawRoundedRect(QRectF(left, top, width, height), 6, 6)
        for place, row in enumerate(self.rows):
            where = QRectF(left + _MARGIN, top + _MARGIN / 2 + place * _LINE, width, _LINE)
            if row.colour:  # a dot tells whose it is; the text itself has the contrast of all texts
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(row.colour))
                painter.drawEllipse(QPointF(where.left() + 4, where.center().y()), 4.0, 4.0)
                where.setLeft(where.left() + _DOT_WIDTH)
            painter.setPen(QColor(theme.text if row.colour else theme.muted))
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, row.text)


def moment_text(t_ms: float) -> str:
    """Local date and time with its zone: "Sun 22 Nov 2026, 07:40:20 UTC"."""
    moment = datetime.fromtimestamp(t_ms / 1000).astimezone()
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M:%S %Z}"


def _same_time(line: Line, t_ms: float) -> int:
    at = line.series.index(t_ms)
    return at if at < len(line.series) and line.series.times[at] == t_ms else -1
