"""A marked period in the chart: a band through all panes, whose edges can be dragged."""

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QGraphicsObject,
    QGraphicsSceneMouseEvent,
    QGraphicsWidget,
    QStyleOptionGraphicsItem,
    QWidget,
)

from cryptoprices.ui.chart.pane import Pane

_ALPHA = 40  # of 255
_REACH = 5.0  # so far beside an edge it can be caught, px
_GRIP = QRectF(-2.5, -12.0, 5.0, 24.0)


class Band(QGraphicsObject):
    """Lies over all panes of the stack. span: first and last time that is marked, Unix ms.

    dragged(fixed, moved): an edge is dragged, the other one stays. moved: it is elsewhere in the stack's pixels.
    """

    dragged = Signal(float, float)
    moved = Signal()

    def __init__(self, root: QGraphicsWidget, panes: Mapping[str, Pane]) -> None:
        super().__init__(root)
        self._panes = panes
        self._fixed_ms = 0.0
        self.span: tuple[float, float] | None = None
        self._plots: list[QRectF] = []
        self._edges: tuple[float, float] = (0.0, 0.0)
        self.setZValue(8)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)
        self.hide()

    def put(self, span: tuple[float, float] | None) -> None:
        """Mark this period, None for none."""
        self.span = span
        self.refresh()

    def refresh(self) -> None:
        """The view or the panes have changed."""
        plots = [pane.plot.translated(pane.pos()) for pane in self._panes.values()]
        edges = self._places() if self.span else (0.0, 0.0)
        self.setVisible(self.span is not None and edges[1] > plots[0].left() and edges[0] < plots[0].right())
        if (plots, edges) != (self._plots, self._edges):
            self.prepareGeometryChange()
            self._plots, self._edges = plots, edges
            self.update()
            self.moved.emit()

    @property
    def place(self) -> QRectF | None:
        """Where it is to be seen in the upper pane, in the stack's pixels; None where it is not."""
        return self._shaded(self._plots[0]) if self.isVisible() else None

    def _places(self) -> tuple[float, float]:
        """Of both edges, in the stack's pixels from the left."""
        assert self.span is not None
        main = next(iter(self._panes.values()))
        (start_ms, stop_ms), plot = main.box.times, main.plot
        one, other = (plot.left() + (ms - start_ms) / (stop_ms - start_ms) * plot.width() for ms in self.span)
        return one, other

    def _shaded(self, plot: QRectF) -> QRectF:
        left, right = (min(max(x, plot.left()), plot.right()) for x in self._edges)
        return QRectF(left, plot.top(), right - left, plot.height())

    def boundingRect(self) -> QRectF:
        """From the top of the first plot to the foot of the last."""
        if not self._plots:
            return QRectF()
        return self._shaded(self._plots[0]).united(self._shaded(self._plots[-1])).adjusted(-_REACH, 0, _REACH, 0)

    def shape(self) -> QPainterPath:
        """Only near its edges it can be caught."""
        path = QPainterPath()
        bounds, plot = self.boundingRect(), self._plots[0]
        for x in self._edges:
            if plot.left() <= x <= plot.right():
                path.addRect(QRectF(x - _REACH, bounds.top(), 2 * _REACH, bounds.height()))
        return path

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """A shade, and a line with a grip at each edge that is in view."""
        theme = next(iter(self._panes.values())).theme
        shade = QColor(theme.accent)
        shade.setAlpha(_ALPHA)
        for plot in self._plots:
            painter.fillRect(self._shaded(plot), shade)
            painter.setPen(QPen(QColor(theme.accent)))
            for x in (round(x) + 0.5 for x in self._edges if plot.left() <= x <= plot.right()):
                painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(theme.window))
        painter.setBrush(QColor(theme.accent))
        plot = self._plots[0]
        for x in (x for x in self._edges if plot.left() <= x <= plot.right()):
            painter.drawRoundedRect(_GRIP.translated(x, plot.center().y()), 2.5, 2.5)

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """The edge that is nearer is caught."""
        event.accept()
        if self.span is not None:
            one, other = (abs(event.pos().x() - x) for x in self._edges)
            self._fixed_ms = self.span[1] if one < other else self.span[0]

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Dragged along, within the plot."""
        plot, box = self._plots[0], next(iter(self._panes.values())).box
        x = min(max(event.pos().x(), plot.left()), plot.right())
        self.dragged.emit(self._fixed_ms, box.time_at(x - plot.left()))
