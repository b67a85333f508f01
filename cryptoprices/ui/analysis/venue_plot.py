"""Premiums over time, drawn with the chart's own engine; its time is the chart's."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cryptoprices.qt.hub import Hub
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.analysis.venue_lines import Line, layers
from cryptoprices.ui.chart.moves import Moves
from cryptoprices.ui.chart.shown import Shown
from cryptoprices.ui.chart.stack import Stack
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.theme import DARK, Theme

_LOWER, _TITLE = "stablecoins", "USDT and USDC above one dollar, per cent"


class VenuePlot(QWidget):
    """Keys and mouse move cursor and view as in the chart, which goes along. Below is what stablecoins cost."""

    def __init__(self, chart: ChartView, hub: Hub, timeline: Timeline) -> None:
        super().__init__()
        self._chart = chart
        self._theme = DARK
        self._closed = False  # the person wants no lower pane
        self.stack = Stack()
        self.moves = Moves(self.stack, Shown(hub, timeline), self)
        self.moves.moved.connect(chart.go_to)
        self.moves.back.connect(chart.follow)
        self.stack.closed.connect(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Premiums over time")

    def show_lines(self, lines: Sequence[Line], chosen: int, message: str) -> None:
        """Draw these over the time that the chart shows. message: what is said in their stead, "" for nothing."""
        stack, main = self.stack, self.stack.main
        stack.set_zone(self._chart.zone)
        shown = [] if message else layers(lines, chosen, self._theme, below=False)
        main.layers = tuple(shown)
        lower = layers(lines, chosen, self._theme, below=True)
        if lower and not message and not self._closed:
            stack.add_pane(_LOWER, _TITLE).layers = tuple(lower)
        else:
            stack.remove_pane(_LOWER)
        self.show_message(message)
        stack.look_at(*self._chart.times)
        names = ", ".join(layer.name for layer in shown)
        self.setAccessibleDescription(message or f"{names}: per cent above their median; the table says how much")

    def show_message(self, message: str) -> None:
        """Say this in the middle of the plot."""
        self.stack.main.set_message(message)

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        self.stack.set_theme(theme)

    def minimumSizeHint(self) -> QSize:
        """Small enough for any screen."""
        return QSize(280, 180)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """As in the chart."""
        if not self.moves.press(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """It is seen that keys go here."""
        super().focusInEvent(event)
        self.stack.main.set_focused(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """They go elsewhere."""
        super().focusOutEvent(event)
        self.stack.main.set_focused(False)

    @Slot(str)
    def _close(self, _key: str) -> None:
        self._closed = True
