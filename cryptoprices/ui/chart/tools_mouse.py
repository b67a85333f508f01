"""What the mouse does with tools and drawings."""

from PySide6.QtCore import QObject, QPoint, QPointF, Slot
from PySide6.QtGui import QPainterPath

from cryptoprices.core.drawings import Drawing, Level
from cryptoprices.ui.chart.pane import Pane
from cryptoprices.ui.chart.tools import Tools
from cryptoprices.ui.chart.tools_hand import Hand
from cryptoprices.ui.chart.tools_pen import Tool
from cryptoprices.ui.chart.tools_places import Part, caught, moved, point_at, reach_of

_DRAG_PX = 3.0  # a drawing moves once the mouse has


class Mouse(QObject):
    """A click takes hold of a drawing, a drag moves it; with a tool both make points.

    Points go to bars and their prices where those are near, unless Ctrl is held.
    """

    def __init__(self, tools: Tools, main: Pane) -> None:
        super().__init__(tools)
        self._tools, self._main = tools, main
        self._at = QPointF()
        self._pressed_at = QPointF()
        self._reach: tuple[object, QPainterPath] = (None, QPainterPath())
        self._hand = hand = Hand(main.box, self._reach_of_all)
        hand.pressed.connect(self._press)
        hand.moved.connect(self._move)
        hand.released.connect(self._release)
        hand.opened.connect(tools.edit_asked)
        hand.menu_asked.connect(self._ask_menu)
        tools.changed.connect(self._take_tool)

    @property
    def _draws(self) -> bool:
        return self._tools.pen.tool is not Tool.CURSOR

    @Slot()
    def _take_tool(self) -> None:
        self._hand.take_tool(self._draws)

    @Slot(QPointF, bool)
    def _press(self, at: QPointF, free: bool) -> None:
        tools = self._tools
        self._at = self._pressed_at = at
        if self._draws:
            tools.pen.press(at, point_at(self._main, at, free))
            return
        grip = caught(tools.drawings, tools.frame, at, tools.held)
        if grip is not None and (grip != tools.held or tools.measured):
            tools.hold(grip)

    @Slot(QPointF, bool)
    def _move(self, at: QPointF, free: bool) -> None:
        self._at = at
        tools, way = self._tools, at - self._pressed_at
        if self._draws:
            tools.pen.move(point_at(self._main, at, free))
            return
        drawing, far = tools.held_drawing, max(abs(way.x()), abs(way.y())) >= _DRAG_PX
        if drawing is not None and (far or tools.moving is not None):
            tools.drag(self._dragged(drawing, at, free))

    @Slot()
    def _release(self) -> None:
        tools, moving = self._tools, self._tools.moving
        if self._draws:
            tools.pen.release(self._at)
        elif moving is not None:
            tools.drag(None)
            tools.replace(moving)

    def _dragged(self, drawing: Drawing, at: QPointF, free: bool) -> Drawing:
        """Its points go to bars and their prices; a whole trend line goes as it is."""
        part = self._tools.held.part if self._tools.held else Part.WHOLE
        point = point_at(self._main, at, free)
        if isinstance(drawing, Level):
            return Level(point.price)
        if part is Part.WHOLE:
            way = at - self._pressed_at
            return moved(drawing, part, self._tools.frame, way.x(), way.y())
        return drawing._replace(start=point) if part is Part.START else drawing._replace(stop=point)

    @Slot(QPointF, QPoint)
    def _ask_menu(self, at: QPointF, on_screen: QPoint) -> None:
        grip = caught(self._tools.drawings, self._tools.frame, at, self._tools.held)
        if grip is not None:
            self._tools.hold(grip)
            self._tools.menu_asked.emit(on_screen)

    def _reach_of_all(self) -> QPainterPath:
        """Where something is caught; reckoned anew when the view or the drawings are others."""
        drawings, box = self._tools.drawings, self._main.box
        now = drawings, box.times, box.values, self._main.plot, self._tools.scale
        if self._reach[0] != now:
            self._reach = now, reach_of(drawings, self._tools.frame)
        return self._reach[1]
