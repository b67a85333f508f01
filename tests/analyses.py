"""The analysis for tests: its window beside a main window with a chart, of bars that a fake archive has."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from cryptoprices.ui.analysis.window import AnalysisWindow
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.theme import ThemeKeeper

QUIET = "plugin does not support"  # a warning: the offscreen platform raises no windows
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@pytest.fixture
def keeper(qapp):
    return ThemeKeeper("dark")


@pytest.fixture
def main(polls, keeper, qtbot):
    main = MainWindow(polls.hub, keeper)
    keeper.setParent(main)
    qtbot.addWidget(main, before_close_func=MainWindow.close_for_good)
    main.show()
    return main


@pytest.fixture
def chart(polls, timeline, main):
    chart = ChartView(polls.hub, timeline)
    main.place_chart(chart)
    return chart


@pytest.fixture
def opened(main, keeper, chart, timeline, archive, tasks):
    """opened(title): the window's tab of this title, in front."""

    def open_tab(title):
        window = AnalysisWindow(main, keeper, chart, timeline, archive, tasks)
        window.bring_up()
        tab = next(tab for tab in window.tabs if tab.title == title)
        window.pages.setCurrentWidget(tab)
        QApplication.processEvents()
        return tab

    return open_tab


def texts(tab):
    """The rows of its table."""
    return [tuple(cell.text for cell in row) for row in tab.table.cells.rows]


def frame():
    """Let the windows paint, and what follows from that happen."""
    for _ in range(3):
        QApplication.processEvents()


def hover(widget, x, y):
    """The mouse is here; without a screen nobody else would tell."""
    at, none = QPointF(x, y), Qt.MouseButton.NoButton
    move = QMouseEvent(QEvent.Type.MouseMove, at, widget.mapToGlobal(at), none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, move)
