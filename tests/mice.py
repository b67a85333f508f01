"""A chart to draw in, and a mouse on its main plot, in the plot's pixels.

conftest.py makes the fixtures known to every test.
"""

import pytest
from charts import look, settle
from pasts import load
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from cryptoprices.core.drawings import Point
from cryptoprices.ui.chart.tools import Tools
from cryptoprices.ui.chart.tools_keys import Keys
from cryptoprices.ui.chart.tools_mouse import Mouse as MouseOfTools
from cryptoprices.ui.chart.view import ChartView

LEFT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def compared_day(polls, timeline, archive, tasks, qtbot):
    """The chart of a day of two coins in bars of 5 minutes, written in UTC; 900x500."""
    chart = ChartView(polls.hub, timeline)
    qtbot.addWidget(chart)
    chart.resize(900, 500)
    chart.show()
    chart.set_zone("UTC")
    load(timeline, archive, tasks, qtbot, "1d")
    chart.set_range("1D")
    settle()
    look(chart)
    return chart


@pytest.fixture
def day_chart(compared_day):
    """The same of bitcoin alone."""
    compared_day.set_mode("Price")
    settle()
    look(compared_day)
    return compared_day


class Mouse:
    """A left button, and where it goes."""

    def __init__(self, chart):
        self._chart = chart

    def place(self, t_ms, price):
        """Where this is in the plot."""
        main = self._chart.stack.main
        scale = main.layers[0].scale
        at = main.place(scale, t_ms, price)
        assert at is not None, "out of view"
        return at - main.plot.topLeft()

    def press(self, at, held=NONE):
        self._send(QEvent.Type.MouseButtonPress, at, LEFT, LEFT, held)

    def move(self, at, held=NONE, buttons=LEFT):
        self._chart.stack.canvas.scene()._lastMoveEventTime = 0  # pyqtgraph passes over what comes within 10 ms
        self._send(QEvent.Type.MouseMove, at, NO_BUTTON, buttons, held)

    def release(self, at, held=NONE):
        self._send(QEvent.Type.MouseButtonRelease, at, LEFT, NO_BUTTON, held)

    def click(self, at, held=NONE):
        self.move(at, held, NO_BUTTON)
        self.press(at, held)
        self.release(at, held)

    def press_again(self, at):
        """Soon after the last press."""
        self._send(QEvent.Type.MouseButtonDblClick, at, LEFT, LEFT, NONE)

    def double_click(self, at):
        self.click(at)
        self.press_again(at)
        self.release(at)

    def drag(self, start, stop, held=NONE):
        self.move(start, held, NO_BUTTON)
        self.press(start, held)
        for part in (0.3, 0.7, 1.0):
            self.move(start + (stop - start) * part, held)
        self.release(stop, held)

    def ask_menu(self, at):
        canvas, at = self._chart.stack.canvas.viewport(), self._on_canvas(at).toPoint()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, canvas.mapToGlobal(at))
        QApplication.sendEvent(canvas, event)

    def _on_canvas(self, at):
        return at + self._chart.stack.main.plot.topLeft()

    def _send(self, kind, at, button, buttons, held):
        canvas, at = self._chart.stack.canvas.viewport(), QPointF(self._on_canvas(at))
        QApplication.sendEvent(canvas, QMouseEvent(kind, at, QPointF(canvas.mapToGlobal(at)), button, buttons, held))


@pytest.fixture
def tools(day_chart, polls, timeline):
    """Those of the chart, with mouse and keys."""
    tools = Tools(polls.hub, timeline, day_chart)
    MouseOfTools(tools, day_chart.stack.main)
    Keys(tools, day_chart)
    day_chart.refresh()
    return tools


@pytest.fixture
def mouse(day_chart, tools):
    return Mouse(day_chart)


@pytest.fixture
def told(tools):
    """What is to be spoken."""
    found = []
    tools.told.connect(found.append)
    return found


def bars(chart):
    """Where bars of the view are drawn, and their closes."""
    layer = chart.stack.main.layers[0]
    t_ms, found = layer.nearest(chart.times[0]), []
    while not found or t_ms > found[-1].t_ms - layer.shift_ms:
        found.append(Point(t_ms + layer.shift_ms, layer.at(t_ms)))
        t_ms = layer.step(t_ms, 1)
    return found


def plates(chart):
    """What stands on the axis."""
    return [end.text for end, _, _ in chart.stack.main.ends()]


def overlay(chart):
    """The layers of what is drawn."""
    return chart.stack.main.overlays.get("drawings", ())


def put_cursor(chart, point):
    """By key."""
    layer = chart.stack.main.layers[0]
    chart.moves.put_at(point.t_ms - layer.shift_ms)
