"""The changes of two coins as points, with the line through them. Painted by itself: neither axis is a time."""

from datetime import tzinfo
from typing import cast

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget
from shiboken6 import Shiboken

from cryptoprices.core.figures import Scatter
from cryptoprices.core.formatting import THIN
from cryptoprices.core.report import rfc3339
from cryptoprices.core.series import Floats
from cryptoprices.ui.analysis.tab import percent_text
from cryptoprices.ui.analysis.table import copy_action, put_on_clipboard
from cryptoprices.ui.chart.crosshair import moment_text
from cryptoprices.ui.chart.letters import Letters
from cryptoprices.ui.chart.scale import axis_text
from cryptoprices.ui.chart.strokes import fill
from cryptoprices.ui.chart.ticks import value_ticks
from cryptoprices.ui.theme import LIGHT, Theme, font

_LEFT, _TOP, _RIGHT, _BOTTOM = 66.0, 26.0, 18.0, 46.0  # room around the plot
_ROW, _COLUMN = 48, 90  # least room between the grid's lines
_ROOM = 0.06  # of the extent, around the points
_NEAR = 24.0  # px from a point, that the mouse is at it
_DOT, _SPECK = 4.0, 2.0  # px
_MANY = 2000  # points, from which on they are specks: dots would take half a second for 50,000


class ScatterPlot(QWidget):
    """at: the index of the point that is spoken of, None for none. message: what is said where there are no points."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.at: int | None = None
        self.message = ""
        self._theme, self._zone = LIGHT, cast(tzinfo | None, None)
        self._found: Scatter | None = None
        self._names = ("", "")
        self._picture: QPixmap | None = None  # all but the point that is spoken of
        self._letters = Letters()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Scatter of returns")
        self.copying = copy_action(self)
        self.copying.triggered.connect(self.copy)

    def show_points(
        self, found: Scatter | None, names: tuple[str, str], zone: tzinfo | None, message: str = ""
    ) -> None:
        """names: of the coins whose changes are on the x-axis and on the y-axis. zone: of times that are told."""
        self._names, self._zone, self.message = names, zone, message
        if found is None or self._found is None or not np.array_equal(found.end_ms, self._found.end_ms):
            self.at = None
        self._found = found if found and found.n else None
        self._anew()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        self._anew()

    def told(self) -> tuple[str, ...]:
        """What is said of the point: its time, and both changes; nothing where there is none."""
        if self.at is None or self._found is None:
            return ()
        x, y = self._found.quote_pct[self.at], self._found.base_pct[self.at]
        time = moment_text(float(self._found.end_ms[self.at]), self._zone)
        return time, *(f"{name} {percent_text(value)}" for name, value in zip(self._names, (x, y), strict=True))

    def speak_of(self, at: int | None) -> None:
        """Mark this point and say what it is."""
        if at != self.at:
            self.at = at
            self.setAccessibleDescription(", ".join(self.told()))
            self.update()

    @Slot()
    def copy(self) -> None:
        """All points: when each bar ended, and both changes in per cent."""
        if self._found:
            columns = (column.tolist() for column in self._found[:3])
            rows = [(f"{rfc3339(t_ms)}", x, y) for t_ms, x, y in zip(*columns, strict=True)]
            heads = ("time", *(f"{name} %" for name in self._names))
            put_on_clipboard([heads, *((t, f"{x:.6f}", f"{y:.6f}") for t, x, y in rows)], [heads, *rows])

    def points(self) -> Floats:
        """(n, 2): where they are, in the widget's pixels."""
        if self._found is None:
            return np.empty((0, 2))
        (x0, x1), (y0, y1) = self._extent()
        plot = self._plot
        x = plot.left() + (self._found.quote_pct - x0) / (x1 - x0) * plot.width()
        y = plot.bottom() - (self._found.base_pct - y0) / (y1 - y0) * plot.height()
        return np.ascontiguousarray(np.column_stack([x, y]))

    def sizeHint(self) -> QSize:
        """Room for a plot."""
        return QSize(560, 360)

    def minimumSizeHint(self) -> QSize:
        """Small enough for any screen."""
        return QSize(240, 160)

    # what a person does

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The point nearest to the mouse, if it is near."""
        points = self.points()
        if len(points):
            far = np.hypot(*(points - (event.position().x(), event.position().y())).T)
            self.speak_of(int(far.argmin()) if far.min() <= _NEAR else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right go to the bar before and after, Home and End to the first and the last."""
        last = self._found.n - 1 if self._found else -1
        at = last + 1 if self.at is None else self.at
        match event.key():
            case Qt.Key.Key_Left if last >= 0:
                self.speak_of(max(0, at - 1))
            case Qt.Key.Key_Right if last >= 0:
                self.speak_of(0 if self.at is None else min(last, at + 1))
            case Qt.Key.Key_Home if last >= 0:
                self.speak_of(0)
            case Qt.Key.Key_End if last >= 0:
                self.speak_of(last)
            case Qt.Key.Key_Escape if self.at is not None:
                self.speak_of(None)
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """It is seen that keys go here."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """They go elsewhere."""
        super().focusOutEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Everything is elsewhere."""
        super().resizeEvent(event)
        self._anew()

    # painting

    def _anew(self) -> None:
        self._picture = None
        self.update()

    @property
    def _plot(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)

    def _extent(self) -> tuple[tuple[float, float], tuple[float, float]]:
        assert self._found
        return _around(self._found.quote_pct), _around(self._found.base_pct)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The points were painted before, unless they are others."""
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            self._picture = QPixmap(self.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(QColor(self._theme.window))
            painter = QPainter(self._picture)
            self._paint_all(painter)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        if self.at is not None and self._found is not None:
            self._paint_point(painter, QPointF(*self.points()[self.at].tolist()))
        if self.hasFocus():
            painter.setPen(QColor(self._theme.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_all(self, painter: QPainter) -> None:
        if self._found is None:
            painter.setPen(QColor(self._theme.muted))
            painter.setFont(font(13))
            words = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(20, 0, -20, 0), words, self.message)
            return
        painter.setFont(self._letters.font)
        self._paint_axes(painter)
        plot, points = self._plot, self.points()
        painter.setClipRect(plot)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(self._theme.accent)
        colour.setAlpha(150)
        if len(points) > _MANY:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            fill(painter, np.hstack([points - _SPECK / 2, np.full_like(points, _SPECK)]))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        else:
            painter.setPen(QPen(colour, _DOT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(cast(QPointF, Shiboken.wrapInstance(points.ctypes.data, QPointF)), len(points))
        if self._found.beta is not None and self._found.alpha_pct is not None:
            (x0, x1), (y0, y1) = self._extent()
            places = [self._found.alpha_pct + self._found.beta * x for x in (x0, x1)]
            ends = [plot.bottom() - (y - y0) / (y1 - y0) * plot.height() for y in places]
            painter.setPen(QPen(QColor(self._theme.text), 1.5))
            painter.drawLine(QPointF(plot.left(), ends[0]), QPointF(plot.right(), ends[1]))

    def _paint_axes(self, painter: QPainter) -> None:
        plot, letters, theme = self._plot, self._letters, self._theme
        (x0, x1), (y0, y1) = self._extent()
        across, decimals = value_ticks(x0, x1, max(2, int(plot.width() / _COLUMN)))
        for value in across:
            x = round(plot.left() + (value - x0) / (x1 - x0) * plot.width()) + 0.5
            painter.setPen(_line(theme, value))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
            painter.setPen(QColor(theme.muted))
            text = f"{axis_text(value, decimals, '+')}{THIN}%"
            letters.write(painter, x - letters.width(text) / 2, plot.bottom() + 13, text)
        up, decimals = value_ticks(y0, y1, max(2, int(plot.height() / _ROW)))
        for value in up:
            y = round(plot.bottom() - (value - y0) / (y1 - y0) * plot.height()) + 0.5
            painter.setPen(_line(theme, value))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(theme.muted))
            text = f"{axis_text(value, decimals, '+')}{THIN}%"
            letters.write(painter, plot.left() - letters.width(text) - 8, y, text)
        painter.setPen(QColor(theme.text))
        below, beside = (f"{name}: change from bar to bar" for name in self._names)
        letters.write(painter, plot.center().x() - letters.width(below) / 2, plot.bottom() + 33, below)
        letters.write(painter, 8, _TOP / 2, beside)

    def _paint_point(self, painter: QPainter, at: QPointF) -> None:
        theme, letters, told = self._theme, self._letters, self.told()
        painter.setFont(letters.font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.text), 1.5))
        painter.setBrush(QColor(theme.accent))
        painter.drawEllipse(at, 4.5, 4.5)
        width, height = max(map(letters.width, told)) + 24, 20.0 * len(told) + 12
        left = at.x() + 12 if at.x() + 12 + width <= self.width() else max(0.0, at.x() - 12 - width)
        top = min(max(0.0, at.y() - height - 8), self.height() - height)
        painter.setPen(QColor(theme.border))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(QRectF(left, top, width, height), 6, 6)
        painter.setPen(QColor(theme.text))
        for row, text in enumerate(told):
            letters.write(painter, left + 12, top + 6 + 20.0 * (row + 0.5), text)


def _around(values: Floats) -> tuple[float, float]:
    """Lowest and highest place of an axis on which all of these are, and nothing."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    room = (high - low) * _ROOM or 1.0
    return low - room, high + room


def _line(theme: Theme, value: float) -> QPen:
    """The grid's, dashed and stronger where nothing has changed."""
    if abs(value) > 1e-12:
        return QPen(QColor(theme.grid))
    pen = QPen(QColor(theme.muted))
    pen.setDashPattern([4, 3])
    return pen
