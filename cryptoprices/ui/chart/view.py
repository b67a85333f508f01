"""The chart as a widget: which lines are shown, which part of them, and how keys and mouse change that."""

import math

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from cryptoprices.core.comparison import common_start
from cryptoprices.core.market import Pair
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.recorder import Recorder
from cryptoprices.ui.chart.crosshair import Crosshair
from cryptoprices.ui.chart.lines import Line, fitting
from cryptoprices.ui.chart.modes import Mode, Range
from cryptoprices.ui.chart.pane import Pane
from cryptoprices.ui.chart.words import description, waiting
from cryptoprices.ui.theme import DARK, Theme, font

_SHORTEST_MS = 60_000.0  # the closest zoom
_FIRST_MS = 300_000.0  # so much time there is room for at first: the line grows into it
_END = 0.03  # room after the last sample, part of the view
_STEPS = 512  # the view goes on by about this part of its length


class _Canvas(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """The scene's window; tells before it paints, so that what came while nobody looked is looked at now."""

    about_to_paint = Signal()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.about_to_paint.emit()
        super().paintEvent(event)


class ChartView(QWidget):
    """Prices since the start. While it follows, new samples move the view; who moves the view ends that until "Live".

    ranges_changed: there is enough data for another range now. Nothing is computed while the chart cannot be seen.
    """

    ranges_changed = Signal()

    def __init__(self, hub: Hub, recorder: Recorder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hub, self._recorder = hub, recorder
        self.mode = Mode.COMPARE
        self.range = Range.ALL
        self.following = True
        self._stale = True  # something has come that is not in the picture yet
        self._available: frozenset[Range] = frozenset({Range.ALL})
        self._theme = DARK
        self.setAccessibleName("Price chart")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.pane = Pane()
        self.crosshair = Crosshair(self.pane)
        self._canvas = _Canvas()
        self._canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._canvas.setCentralItem(self.pane)
        self._canvas.about_to_paint.connect(self._catch_up)
        self.live_button = QPushButton("Live ▸", self)
        self.live_button.setFont(font(12))
        self.live_button.setToolTip("Follow the newest prices again (End)")
        self.live_button.hide()
        self.live_button.clicked.connect(self.follow)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._canvas)
        self.live_button.raise_()
        box = self.pane.box
        box.zoomed.connect(self.zoom)
        box.panned.connect(self.pan)
        box.reset.connect(self.follow)
        box.hovered.connect(self.crosshair.point_at)
        recorder.grown.connect(self._grown)
        hub.selected_changed.connect(self._show_other)
        hub.ticked.connect(self._tick)
        self.set_theme(DARK)

    # what is shown

    @Slot(str)
    def set_mode(self, mode: str) -> None:
        """Show prices, changes in per cent, or the ratio. Raises ValueError for an unknown one."""
        self.mode = Mode(mode)
        self._show_other()

    @Slot(str)
    def set_range(self, range_: str) -> None:
        """Follow the newest prices with so much time in view. Raises ValueError for an unknown one."""
        self.range = Range(range_)
        self.follow()

    def available_ranges(self) -> frozenset[Range]:
        """The ranges that there is data for; ALL always."""
        return self._available

    @Slot(object)
    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        self._canvas.setBackground(theme.window)
        self.pane.set_theme(theme)
        self.live_button.setStyleSheet(
            f"QPushButton {{ color: {theme.on_accent}; background: {theme.accent}; border: 1px solid {theme.accent};"
            f" border-radius: 10px; padding: 3px 11px; }} QPushButton:focus {{ border-color: {theme.text}; }}"
        )
        self._refresh()

    @Slot()
    def follow(self) -> None:
        """Back to the newest prices, in the range that is chosen."""
        self.following = True
        self._refresh()

    # moving the view

    @Slot(float, float)
    def zoom(self, factor: float, at_ms: float) -> None:
        """So many times more time in view; what is at `at_ms` stays where it is."""
        span = self._span()
        if span is None:
            return
        start_ms, stop_ms = self.pane.box.times
        length = stop_ms - start_ms
        longest = max(_FIRST_MS, 1.25 * (span[1] - span[0]), length if factor < 1 else 0.0)
        factor = min(max(factor, _SHORTEST_MS / length), longest / length)
        self._move(at_ms - (at_ms - start_ms) * factor, at_ms + (stop_ms - at_ms) * factor)

    @Slot(float)
    def pan(self, by_ms: float) -> None:
        """Go later by so much, negative for earlier; some of the line stays in view."""
        span = self._span()
        if span is None:
            return
        start_ms, stop_ms = self.pane.box.times
        kept = (stop_ms - start_ms) / 5
        by_ms = max(min(by_ms, span[1] - kept - start_ms), span[0] + kept - stop_ms)
        self._move(start_ms + by_ms, stop_ms + by_ms)

    def _move(self, start_ms: float, stop_ms: float) -> None:
        """A person has moved the view: from now on it stays there."""
        self.following = False
        self._look_at(start_ms, stop_ms)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pan, + and - zoom at the middle, Home goes to the beginning, End and 0 back to the newest prices."""
        start_ms, stop_ms = self.pane.box.times
        length, middle = stop_ms - start_ms, (start_ms + stop_ms) / 2
        span = self._span()
        match event.key():
            case Qt.Key.Key_Left:
                self.pan(-length / 10)
            case Qt.Key.Key_Right:
                self.pan(length / 10)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal | Qt.Key.Key_Up:
                self.zoom(1 / 1.25, middle)
            case Qt.Key.Key_Minus | Qt.Key.Key_Down:
                self.zoom(1.25, middle)
            case Qt.Key.Key_Home if span:
                self._move(span[0], span[0] + length)
            case Qt.Key.Key_End | Qt.Key.Key_0:
                self.follow()
            case _:
                super().keyPressEvent(event)

    # keeping the picture true

    def _can_be_seen(self) -> bool:
        return self.isVisible() and not self.window().isMinimized()

    @Slot()
    def _grown(self) -> None:
        span = self._span()
        length = span[1] - span[0] if span else 0.0
        available = frozenset(r for r in Range if r.ms is None or r.ms <= length)
        if available != self._available:
            self._available = available
            self.ranges_changed.emit()
        self._refresh()

    @Slot()
    def _show_other(self) -> None:
        """Other lines in the same part of time."""
        self._refresh()

    def _refresh(self) -> None:
        if self._can_be_seen():
            self._catch_up(forced=True)
        else:
            self._stale = True

    @Slot()
    def _catch_up(self, forced: bool = False) -> None:
        """Take what is new into the picture; the view moves only while it follows."""
        if not (self._stale or forced):
            return
        self._stale = False
        span, seen = self._span(), self.pane.box.times
        if span and (span[1] < seen[0] or seen[1] < span[0]):
            self.following = True  # the calendar was set anew, and all samples went with it
        times = self._followed() if self.following else seen
        self._look_at(*times)

    def _look_at(self, start_ms: float, stop_ms: float) -> None:
        """Show this time, with the lines that belong to it and the values that they have in it."""
        lines = self._lines(start_ms)
        self.pane.set_lines(lines)
        low, high = fitting(lines, start_ms, stop_ms)
        self.pane.box.setRange(xRange=(start_ms, stop_ms), yRange=(low, high), padding=0)
        self.pane.arrange()
        self.crosshair.refresh()
        if self.following == self.live_button.isVisible():
            self._place_button()
            self.live_button.setVisible(not self.following)
        self._count_down()
        self.setAccessibleDescription(description(self.mode, lines, start_ms, stop_ms))

    def _lines(self, from_ms: float) -> list[Line]:
        """The lines of the mode, rebased to the first poll in view in which all have a value; none without it."""
        theme, recorder, percent = self._theme, self._recorder, self.mode is Mode.COMPARE
        if self.mode is Mode.RATIO:
            shown = [("ETH/BTC", recorder.ratio, theme.accent)]
        else:
            pairs = recorder.compared() if percent else (self._hub.selected,)
            shown = [(pair.base, recorder.series(pair), self._colour(pair)) for pair in pairs]
        base_ms = common_start([series for _, series, _ in shown], from_ms)
        if base_ms is None:
            return []
        return [
            Line(name, series, colour, float(series.values[series.index(base_ms)]), percent, self.mode is Mode.RATIO)
            for name, series, colour in shown
        ]

    def _colour(self, pair: Pair) -> str:
        return {"BTC": self._theme.first, "ETH": self._theme.second}.get(pair.base, self._theme.accent)

    def _span(self) -> tuple[float, float] | None:
        """First and last time that anything was written down."""
        times = self._recorder.series(self._hub.selected).times
        return (float(times[0]), float(times[-1])) if len(times) else None

    def _followed(self) -> tuple[float, float]:
        """The time in view while following. It goes on in small steps, so that most samples find it where it was."""
        span = self._span()
        first, last = span or (0.0, 0.0)
        range_ms = self.range.ms if self.range in self._available else None  # until there is so much, all there is
        length = range_ms or max(last - first, _FIRST_MS)
        step = 2.0 ** math.ceil(math.log2(length / _STEPS))
        stop = math.ceil((last + length * _END) / step) * step
        if range_ms is None:
            return first, max(stop, first + length * (1 + _END))
        return stop - length, stop

    def _count_down(self) -> None:
        """Say what the chart waits for while there is no line yet."""
        self.pane.set_message(waiting(self._hub, self.mode, self.pane.lines))

    @Slot()
    def _tick(self) -> None:
        """The first tick of a window that can be seen again brings what was missed."""
        if self._can_be_seen():
            self._catch_up()
            if self.pane.message:
                self._count_down()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The button stays in its corner."""
        super().resizeEvent(event)
        self._place_button()

    def _place_button(self) -> None:
        """Into the corner under the values, where it covers no line."""
        self.live_button.adjustSize()
        self.live_button.move(
            self.width() - self.live_button.width() - 8, self.height() - self.live_button.height() - 6
        )

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Whoever came by key sees where the keys go."""
        super().focusInEvent(event)
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self.pane.set_focused(event.reason() in by_key)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keys go elsewhere."""
        super().focusOutEvent(event)
        self.pane.set_focused(False)

    def showEvent(self, event: QShowEvent) -> None:
        """What was missed while hidden is there in the first frame."""
        super().showEvent(event)
        self._stale = True
