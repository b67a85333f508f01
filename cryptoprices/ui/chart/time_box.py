"""Mouse and wheel on the plot, told as what they mean."""

from typing import Any

from pyqtgraph.graphicsItems.GraphicsWidget import GraphicsWidget
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneMouseEvent, QGraphicsSceneWheelEvent

_PER_NOTCH = 1.25  # zoom for one notch of a wheel, 120 units


class TimeBox(GraphicsWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Where the mouse moves time. pyqtgraph's scene tells apart clicks, drags and hovering.

    times: first and last one in view, Unix ms. values: lowest and highest place on the axis. Panes set them.
    zoomed(factor, t_ms): so many times more time in view, this time stays where it is. panned(ms): the view goes later
    by so much. reset: double click. clicked(t_ms), marked(t_ms): a click, and one with Shift. brushed(from, to): these
    times lie between the ends of a drag with Shift, or of any drag where `brushing` is set. hovered(QPointF | None):
    where the mouse is in the scene; None when it has left, or marks.
    """

    zoomed = Signal(float, float)
    panned = Signal(float)
    reset = Signal()
    clicked = Signal(float)
    marked = Signal(float)
    brushed = Signal(float, float)
    hovered = Signal(object)

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.times, self.values = (0.0, 1.0), (0.0, 1.0)
        self.brushing = False
        self._brush_ms: float | None = None  # where the drag began that marks

    def time_at(self, x: float) -> float:
        """Unix ms at so many pixels from the left."""
        start_ms, stop_ms = self.times
        return start_ms + (stop_ms - start_ms) * x / max(1.0, float(self.width()))

    def wheelEvent(self, event: QGraphicsSceneWheelEvent) -> None:
        """Zoom at the cursor; a wheel to the side pans."""
        notches = event.delta() / 120
        if event.orientation() == Qt.Orientation.Horizontal:
            start_ms, stop_ms = self.times
            self.panned.emit(-notches * (stop_ms - start_ms) / 20)
        else:
            self.zoomed.emit(_PER_NOTCH**-notches, self.time_at(event.pos().x()))
        event.accept()

    def mouseDragEvent(self, event: Any) -> None:
        """Drag the times along, or mark what is between the ends."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        event.accept()
        if event.isStart():
            marks = self.brushing or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._brush_ms = self.time_at(event.buttonDownPos().x()) if marks else None
        if self._brush_ms is None:
            self.panned.emit(self.time_at(event.lastPos().x()) - self.time_at(event.pos().x()))
        else:
            x = min(max(event.pos().x(), 0.0), float(self.width()))
            self.brushed.emit(self._brush_ms, self.time_at(x))

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """A double click goes back to how it was."""
        if event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self.reset.emit()

    def mouseClickEvent(self, event: Any) -> None:
        """With Shift a click marks a moment."""
        if event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            (self.marked if shift else self.clicked).emit(self.time_at(event.pos().x()))

    def hoverEvent(self, event: Any) -> None:
        """Where the mouse is."""
        event.acceptDrags(Qt.MouseButton.LeftButton)
        away = event.isExit() or self._brush_ms is not None
        if not event.isExit() and not event.buttons():
            self._brush_ms = None  # the drag is over, and what it marked has been said
        self.hovered.emit(None if away else QPointF(event.scenePos()))
