"""The keys of the chart that are for drawings."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent

from cryptoprices.core.drawings import Level
from cryptoprices.ui.chart.tools import Tools
from cryptoprices.ui.chart.tools_pen import Tool
from cryptoprices.ui.chart.tools_places import Grip, Part, ends_of
from cryptoprices.ui.chart.view import ChartView

_FAR = 10.0  # pixels for an arrow with Shift, 1 without
_UP_DOWN = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_LEFT_RIGHT = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Keys(QObject):
    """Ctrl+Up and Ctrl+Down go through drawings and ends of trend lines; arrows move what is held, Delete removes it.

    Return asks for its prices, the menu key for what can be done with it. Esc ends one thing after the other: what is
    being drawn, the tool, what was measured, the hold.
    """

    def __init__(self, tools: Tools, chart: ChartView) -> None:
        super().__init__(tools)
        self._tools, self._chart = tools, chart
        chart.installEventFilter(self)

    def eventFilter(self, _chart: QObject, event: QEvent) -> bool:
        """Keys before the chart takes them."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._press(event)
        tools = self._tools
        by_key = isinstance(event, QContextMenuEvent) and event.reason() is QContextMenuEvent.Reason.Keyboard
        if by_key and tools.held_drawing is not None:
            plot = self._chart.stack.main.plot
            at = ends_of(tools.held_drawing, tools.frame)[0] + plot.topLeft()
            inside = max(plot.left(), min(at.x(), plot.right())), max(plot.top(), min(at.y(), plot.bottom()))
            at.setX(inside[0])
            at.setY(inside[1])
            tools.menu_asked.emit(self._chart.mapToGlobal(at.toPoint()))
            return True
        return False

    def _press(self, event: QKeyEvent) -> bool:
        """False: no such key."""
        tools, held = self._tools, event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key, shift = Qt.Key(event.key()), held == Qt.KeyboardModifier.ShiftModifier
        if key == Qt.Key.Key_Escape:
            return self._escape()
        if key in _UP_DOWN and held == Qt.KeyboardModifier.ControlModifier and tools.drawings:
            self._go(_UP_DOWN[key])
            return True
        if tools.held is None or not (shift or held == Qt.KeyboardModifier.NoModifier):
            return False
        if key in _UP_DOWN:
            tools.shift(0.0, _UP_DOWN[key] * (_FAR if shift else 1.0))
        elif key in _LEFT_RIGHT and not shift and not isinstance(tools.held_drawing, Level):
            tools.shift(_LEFT_RIGHT[key] * tools.bar_px(), 0.0)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            tools.remove()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            tools.edit_asked.emit()
        else:
            return False
        return True

    def _escape(self) -> bool:
        """Whether there was something to end."""
        tools = self._tools
        if tools.pen.tool is not Tool.CURSOR:
            tools.pen.take(Tool.CURSOR)
        elif tools.held or tools.measured:
            tools.let_go()
        else:
            return False
        return True

    def _go(self, by: int) -> None:
        """To the next of all that can be held, and round; to the first or the last one where nothing is."""
        grips = [
            Grip(i, part)
            for i, drawing in enumerate(self._tools.drawings)
            for part in ((Part.WHOLE,) if isinstance(drawing, Level) else Part)
        ]
        now = self._tools.held
        at = grips.index(now) + by if now in grips else (0 if by > 0 else -1)
        self._tools.hold(grips[at % len(grips)])
