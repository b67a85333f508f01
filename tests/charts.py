"""Charts for tests: a chart on a fake hub, and hands to move it with."""

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.reader import Reader
from cryptoprices.ui.chart.view import ChartView

OFFSCREEN = "propagateSizeHints"  # a warning: the offscreen platform has nothing to tell of sizes


def new_chart(polls, qtbot):
    """A chart of 800x500 that can be seen."""
    chart = ChartView(polls.hub, Timeline(polls.hub, Recorder(polls.hub, interval_s=20)))
    qtbot.addWidget(chart)
    chart.resize(800, 500)
    chart.show()
    settle()
    return chart


def described(chart):
    """What assistive technology is told of the chart now."""
    reader = Reader(chart, chart._hub, chart._timeline)
    reader.describe()
    reader.deleteLater()
    return chart.accessibleDescription()


class PaintedWidths(QObject):
    """Widths of what is painted anew of a widget."""

    def __init__(self, widget):
        super().__init__(widget)
        self.widths = []
        widget.installEventFilter(self)

    def eventFilter(self, _widget, event):
        if event.type() is QEvent.Type.Paint:
            self.widths.append(event.rect().width())
        return False


def settle():
    """Let everything happen that is due, also what a first frame asks for."""
    for _ in range(4):
        QApplication.processEvents()


def look(chart):
    """Let the chart paint; the picture."""
    QApplication.processEvents()
    return chart.grab().toImage()


def place(chart, index, which=0):
    """Where a sample of a line is in the chart's pixels, None where it is out of view."""
    line = chart.picture.lines[which]
    return chart.stack.main.place(line.scale, line.series.times[index], line.series.values[index])


def point_at(chart, x, y):
    """The mouse is at this place of the main plot, in its pixels."""
    chart.stack.crosshair.point_at(chart.stack.main.plot.topLeft() + QPointF(x, y))


def wheel(chart, x, notches):
    canvas = chart.stack.canvas.viewport()
    at = chart.stack.main.plot.topLeft() + QPointF(x, 100)
    event = QWheelEvent(
        at,
        canvas.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def drag(qtbot, chart, start, by):
    canvas = chart.stack.canvas.viewport()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for part in (1, 2, 3, 4):
        qtbot.mouseMove(canvas, start + by * part / 4)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + by)
