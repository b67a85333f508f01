"""The chart as a widget: which lines are shown, which part of them, and how keys and mouse change that."""

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from cryptoprices.qt.hub import Hub
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.crosshair import Crosshair
from cryptoprices.ui.chart.lines import fitting
from cryptoprices.ui.chart.loading import LoadingBar
from cryptoprices.ui.chart.modes import Mode, Range
from cryptoprices.ui.chart.pane import BOTTOM, LEFT, Pane
from cryptoprices.ui.chart.shown import FIRST_MS, Shown
from cryptoprices.ui.chart.words import description, loading_text, waiting
from cryptoprices.ui.reasons import exchange_title
from cryptoprices.ui.theme import DARK, Theme, font

_SHORTEST_MS = 60_000.0  # the closest zoom


class _Canvas(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """The scene's window; tells before it paints, so that what came while nobody looked is looked at now."""

    about_to_paint = Signal()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.about_to_paint.emit()
        super().paintEvent(event)


class ChartView(QWidget):
    """Prices over time. While it follows, new ones move the view; who moves the view ends that until "Live".

    ranges_changed: other ranges can be chosen now. Nothing is computed while the chart cannot be seen.
    """

    ranges_changed = Signal()

    def __init__(self, hub: Hub, timeline: Timeline, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hub, self._timeline = hub, timeline
        self._shown = Shown(hub, timeline)
        self.mode = Mode.COMPARE
        self.range = Range.ALL
        self.following = True
        self._stale = True  # something has come that is not in the picture yet
        self._available: frozenset[Range] = frozenset({Range.ALL})
        self._theme = DARK
        self.setAccessibleName("Price chart")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.pane = Pane()
        self.crosshair = Crosshair(self.pane, self._shown.whose)
        self._canvas = _Canvas()
        self._canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._canvas.setCentralItem(self.pane)
        self._canvas.about_to_paint.connect(self._catch_up)
        self.live_button = QPushButton("Live ▸", self)
        self.live_button.setFont(font(12))
        self.live_button.setToolTip("Follow the newest prices again (End)")
        self.live_button.hide()
        self.live_button.clicked.connect(self.follow)
        self.loading = LoadingBar("Loading history", self)
        self.loading.cancelled.connect(timeline.cancel)
        self.exporting = LoadingBar("Exporting", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._canvas)
        self.live_button.raise_()
        for bar in (self.loading, self.exporting):
            bar.raise_()
            bar.resized.connect(self._place_button)
        box = self.pane.box
        box.zoomed.connect(self.zoom)
        box.panned.connect(self.pan)
        box.reset.connect(self.follow)
        box.hovered.connect(self.crosshair.point_at)
        timeline.grown.connect(self._grown)
        timeline.changed.connect(self._show_other)
        timeline.ready_changed.connect(self._grown)
        timeline.calendar_set.connect(self.follow)
        timeline.loading_changed.connect(self._show_loading)
        hub.selected_changed.connect(self._show_other)
        hub.currency_changed.connect(self._show_other)
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
        self._timeline.show_range(self.range.key)
        self.follow()

    def available_ranges(self) -> frozenset[Range]:
        """The ranges that can be chosen: all of them, or before there is a past those as long as the polls' line."""
        return self._available

    @Slot(object)
    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        self._canvas.setBackground(theme.window)
        self.pane.set_theme(theme)
        for bar in (self.loading, self.exporting):
            bar.set_theme(theme)
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
        span = self._shown.span()
        if span is None:
            return
        start_ms, stop_ms = self.pane.box.times
        length = stop_ms - start_ms
        longest = max(FIRST_MS, 1.25 * (span[1] - span[0]), length)
        factor = min(max(factor, _SHORTEST_MS / length), longest / length)
        self._move(at_ms - (at_ms - start_ms) * factor, at_ms + (stop_ms - at_ms) * factor)

    @Slot(float)
    def pan(self, by_ms: float) -> None:
        """Go later by so much, negative for earlier; some of the line stays in view."""
        span = self._shown.span()
        if span is None:
            return
        start_ms, stop_ms = self.pane.box.times
        kept = (stop_ms - start_ms) / 5
        by_ms = max(min(by_ms, span[1] - kept - start_ms), span[0] + kept - stop_ms)
        self._move(start_ms + by_ms, stop_ms + by_ms)

    def _move(self, start_ms: float, stop_ms: float) -> None:
        """A person has moved the view: from now on it stays there. What is missing on the left is asked for."""
        self.following = False
        self._look_at(start_ms, stop_ms)
        self._timeline.reach(start_ms)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pan, + and - zoom at the middle, Home goes to the beginning, End and 0 back to the newest prices."""
        start_ms, stop_ms = self.pane.box.times
        length, middle = stop_ms - start_ms, (start_ms + stop_ms) / 2
        span = self._shown.span()
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
        available = self._shown.available()
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
        times = self._shown.followed(self.range) if self.following else self.pane.box.times
        self._look_at(*times)

    def _look_at(self, start_ms: float, stop_ms: float) -> None:
        """Show this time, with the lines that belong to it and the values that they have in it."""
        lines = self._shown.lines(self.mode, self._theme, start_ms)
        self.pane.set_lines(lines, *self._shown.missing(lines))
        low, high = fitting(lines, start_ms, stop_ms)
        self.pane.box.setRange(xRange=(start_ms, stop_ms), yRange=(low, high), padding=0)
        self.pane.arrange()
        self.crosshair.refresh()
        if self.following == self.live_button.isVisible():
            self._place_button()
            self.live_button.setVisible(not self.following)
        self._count_down()
        self.setAccessibleDescription(description(self.mode, lines, self._shown.currency, start_ms, stop_ms))

    @Slot()
    def _show_loading(self) -> None:
        loading = self._timeline.loading
        if loading is None:
            self.loading.end()
            self._refresh()
            return
        name = exchange_title(loading.progress.exchange, self._hub) if loading.progress else ""
        done, total = (loading.progress.done, loading.progress.total) if loading.progress else (0, 0)
        self.loading.tell(loading_text(loading, self.range, name), done, total)

    def _count_down(self) -> None:
        """Say what the chart waits for while there is no line yet."""
        self.pane.set_message(waiting(self._hub, self._timeline, self.mode, self.pane.lines))

    @Slot()
    def _tick(self) -> None:
        """The first tick of a window that can be seen again brings what was missed."""
        if self._can_be_seen():
            self._catch_up()
            if self.pane.message:
                self._count_down()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Button and bar stay in their corners."""
        super().resizeEvent(event)
        self._place_button()

    def _place_button(self) -> None:
        """Into the corner under the values, where it covers no line; the bars above the times."""
        self.live_button.adjustSize()
        self.live_button.move(
            self.width() - self.live_button.width() - 8, self.height() - self.live_button.height() - 6
        )
        bottom = self.height() - int(BOTTOM) - 6
        for bar in (self.loading, self.exporting):
            bar.move(int(LEFT) + 6, bottom - bar.height())
            bottom -= bar.height() + 4

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
