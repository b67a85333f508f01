"""The mouse on drawings: told as what it does, in the plot's pixels."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import (
    QGraphicsObject,
    QGraphicsSceneContextMenuEvent,
    QGraphicsSceneHoverEvent,
    QGraphicsSceneMouseEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from cryptoprices.ui.chart.time_box import TimeBox


class Hand(QGraphicsObject):
    """Lies over a plot and paints nothing. It catches the mouse where a drawing is, and everywhere with a tool in it.

    pressed(place, free), moved(place, free), released: of the left button, also without it while there is a tool.
    free: Ctrl is held. opened: a double click. menu_asked(place, on the screen).
    """

    pressed = Signal(QPointF, bool)
    moved = Signal(QPointF, bool)
    released = Signal()
    opened = Signal()
    menu_asked = Signal(QPointF, QPoint)

    def __init__(self, box: TimeBox, reach: Callable[[], QPainterPath]) -> None:
        """reach: where drawings are caught."""
        super().__init__(box)
        self._box, self._reach = box, reach
        self._area = QRectF()
        self._tool = False
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)
        box.geometryChanged.connect(self._take_size)
        self.take_tool(False)
        self._take_size()

    def take_tool(self, tool: bool) -> None:
        """Whether there is one in it."""
        self._tool = tool
        self.setAcceptHoverEvents(tool)
        self.setCursor(Qt.CursorShape.CrossCursor if tool else Qt.CursorShape.PointingHandCursor)

    @Slot()
    def _take_size(self) -> None:
        self.prepareGeometryChange()
        self._area = QRectF(self._box.rect())

    def boundingRect(self) -> QRectF:
        """All of the plot."""
        return self._area

    def shape(self) -> QPainterPath:
        """Where it catches the mouse."""
        if not self._tool:
            return self._reach()
        path = QPainterPath()
        path.addRect(self._area)
        return path

    def paint(self, _painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Drawings are layers of the pane."""

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """The button goes down."""
        event.accept()
        self.pressed.emit(event.pos(), _is_free(event))

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Dragged."""
        self.moved.emit(event.pos(), _is_free(event))

    def mouseReleaseEvent(self, _event: QGraphicsSceneMouseEvent) -> None:
        """The button comes up."""
        self.released.emit()

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """With a tool it is a second click."""
        event.accept()
        if self._tool:
            self.pressed.emit(event.pos(), _is_free(event))
        else:
            self.opened.emit()

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """The tool goes along with the mouse."""
        self.moved.emit(event.pos(), _is_free(event))

    def contextMenuEvent(self, event: QGraphicsSceneContextMenuEvent) -> None:
        """What can be done with a drawing."""
        if self._tool:
            event.ignore()
        else:
            self.menu_asked.emit(event.pos(), event.screenPos())


def _is_free(event: QGraphicsSceneMouseEvent | QGraphicsSceneHoverEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
