"""The moment from which coins are compared: a line that is dragged to another one."""

from datetime import datetime, tzinfo

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsObject, QGraphicsSceneMouseEvent, QStyleOptionGraphicsItem, QWidget

from cryptoprices.ui.chart.letters import Letters
from cryptoprices.ui.chart.pane import Pane

_HANDLE = 9.0  # width and height of what is caught, px
_REACH = 5.0  # so far beside the line it can be caught


class Anchor(QGraphicsObject):
    """Lies over a pane. Without a time the handle waits at the left edge, where the comparison begins then.

    dragged(float): to this time. ended: a double click has ended it.
    """

    dragged = Signal(float)
    ended = Signal()

    def __init__(self, pane: Pane) -> None:
        super().__init__(pane)
        self._pane = pane
        self._letters = Letters()
        self.t_ms: float | None = None
        self._placed: tuple[object, ...] = ()
        self.setZValue(5)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)
        self.setToolTip("Drag to compare from another moment; double click: from the first one in view")
        self.hide()

    def put_at(self, t_ms: float | None, shown: bool) -> None:
        """Stand at this time, at the left edge if it is None; shown: coins are compared at all."""
        placed = (t_ms, self._pane.box.times, self._pane.plot, self._pane.zone)
        self.setVisible(shown and (t_ms is None or self._in_view(t_ms)))
        if placed != self._placed:  # else it would be painted anew with each price
            self.prepareGeometryChange()
            self.t_ms, self._placed = t_ms, placed
            self.update()

    def _in_view(self, t_ms: float) -> bool:
        start_ms, stop_ms = self._pane.box.times
        return start_ms <= t_ms <= stop_ms

    def _x(self) -> float:
        plot = self._pane.plot
        if self.t_ms is None:
            return plot.left()
        start_ms, stop_ms = self._pane.box.times
        return plot.left() + (self.t_ms - start_ms) / (stop_ms - start_ms) * plot.width()

    def boundingRect(self) -> QRectF:
        """The line with its handle and its date."""
        plot, x = self._pane.plot, self._x()
        if self.t_ms is None:
            return QRectF(x - _HANDLE, plot.bottom() - 2 * _HANDLE, 2 * _HANDLE, 2 * _HANDLE)
        half = max(_HANDLE, self._letters.width(self._label(self._pane.zone)) + _HANDLE + 3)
        return QRectF(x - half, plot.top(), 2 * half, plot.height()).adjusted(-1, -1, 1, 1)

    def shape(self) -> QPainterPath:
        """Only near the line it can be caught."""
        plot, x = self._pane.plot, self._x()
        path = QPainterPath()
        top = plot.bottom() - 2 * _HANDLE if self.t_ms is None else plot.top()
        path.addRect(QRectF(x - _REACH, top, 2 * _REACH, plot.bottom() - top))
        return path

    def _label(self, zone: tzinfo | None) -> str:
        if self.t_ms is None:
            return ""
        moment = datetime.fromtimestamp(self.t_ms / 1000, zone)
        return f"0 % on {moment.day} {moment:%b %Y, %H:%M}"

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """A thin line, its date beside it, a handle at its foot."""
        plot, theme, x = self._pane.plot, self._pane.theme, self._x()
        if self.t_ms is not None:
            painter.setPen(QPen(QColor(theme.accent)))
            painter.drawLine(QPointF(round(x) + 0.5, plot.top()), QPointF(round(x) + 0.5, plot.bottom()))
            label = self._label(self._pane.zone)
            width = self._letters.width(label)
            left = x + _HANDLE if x + _HANDLE + width <= plot.right() else x - _HANDLE - width
            plate = QRectF(left - 3, plot.bottom() - self._letters.height - 3, width + 6, self._letters.height)
            painter.setFont(self._letters.font)
            painter.fillRect(plate, QColor(theme.window))
            painter.setPen(QColor(theme.text))
            self._letters.write(painter, left, plate.center().y(), label)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(theme.window))
        painter.setBrush(QColor(theme.accent))
        foot = QPointF(x, plot.bottom())
        wings = [foot + QPointF(dx, dy) for dx, dy in ((0, -_HANDLE * 1.3), (_HANDLE / 1.6, 0), (-_HANDLE / 1.6, 0))]
        painter.drawPolygon(wings)

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Caught."""
        event.accept()

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Dragged along, within the plot."""
        plot = self._pane.plot
        x = min(max(event.pos().x(), plot.left()), plot.right())
        self.dragged.emit(self._pane.box.time_at(x - plot.left()))

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Back to the first moment in view."""
        event.accept()
        self.ended.emit()
