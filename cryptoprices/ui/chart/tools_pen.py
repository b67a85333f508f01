"""What is being drawn or measured, from the choice of a tool to its last point."""

from enum import StrEnum

from PySide6.QtCore import QObject, QPointF, Signal

from cryptoprices.core.drawings import Point

_CLICK_PX = 4.0  # a press that comes up this near is a click


class Tool(StrEnum):
    """What the mouse does in the chart; the value is the text in the menu."""

    CURSOR = "Cursor"
    LEVEL = "Horizontal line"
    TREND = "Trend line"
    MEASURE = "Measure"


class Pen(QObject):
    """A level is one point, the others are two: by two clicks, by a drag from one to the other, or by key.

    tool: in the hand; fixed: the first point, once there is one; head: the one that moves. changed: any of these is
    another one. finished(Tool, first, last): it is done, and the hand is empty.
    """

    changed = Signal()
    finished = Signal(Tool, object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.tool = Tool.CURSOR
        self.fixed: Point | None = None
        self.head: Point | None = None
        self._pressed_at: QPointF | None = None
        self._new = False  # the press that is down has made the first point

    def take(self, tool: Tool) -> None:
        """Begin anew with this one, CURSOR for none."""
        self.tool, self.fixed, self.head = tool, None, None
        self._pressed_at = None
        self.changed.emit()

    def fix(self, point: Point) -> None:
        """The next point is here."""
        if self.tool is Tool.LEVEL:
            self._finish(point, point)
        elif self.fixed is None:
            self.fixed = self.head = point
            self.changed.emit()
        elif point != self.fixed:
            self._finish(self.fixed, point)

    def move(self, point: Point) -> None:
        """The point that is not fixed yet is here."""
        if self.tool is not Tool.CURSOR and point != self.head:
            self.head = point
            self.changed.emit()

    def press(self, at: QPointF, point: Point) -> None:
        """The button goes down."""
        self._pressed_at, self._new = at, self.fixed is None
        self.move(point)
        if self._new and self.tool is not Tool.LEVEL:
            self.fix(point)

    def release(self, at: QPointF) -> None:
        """The button comes up: the end of a drag, or of a click."""
        pressed_at, self._pressed_at = self._pressed_at, None
        if pressed_at is None or self.head is None:
            return
        way = at - pressed_at
        clicked = max(abs(way.x()), abs(way.y())) < _CLICK_PX
        if self.tool is Tool.LEVEL or not (self._new and clicked):
            self.fix(self.head)

    def _finish(self, first: Point, last: Point) -> None:
        tool = self.tool
        self.take(Tool.CURSOR)
        self.finished.emit(tool, first, last)
