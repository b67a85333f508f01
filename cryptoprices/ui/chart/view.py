"""The chart as a widget: what is shown, which part of it, and how keys and mouse change that."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cryptoprices.qt.hub import Hub
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.anchor import Anchor
from cryptoprices.ui.chart.border import CloseButton
from cryptoprices.ui.chart.brush import Brush
from cryptoprices.ui.chart.corners import Corners
from cryptoprices.ui.chart.layer import Row
from cryptoprices.ui.chart.modes import LOOKS, SCALES, STYLES, Look, Mode, Range, ScaleKind, Style, Zone, one_of
from cryptoprices.ui.chart.moves import Moves
from cryptoprices.ui.chart.pane import Pane
from cryptoprices.ui.chart.shown import Picture, Shown
from cryptoprices.ui.chart.sight import Sight
from cryptoprices.ui.chart.stack import Stack
from cryptoprices.ui.chart.words import loading_text, waiting
from cryptoprices.ui.reasons import exchange_title
from cryptoprices.ui.theme import DARK, Theme


class ChartView(Sight):
    """Prices over time. While it follows, new ones move the view; who moves the view ends that until "Live".

    ranges_changed: other ranges can be chosen now. view_changed: times, lines or their values are others, told once
    before a frame. pictured(start_ms, stop_ms): what is shown has been chosen and this time is looked at next: whoever
    draws more into the panes does so now. hovered_time(float | None): the mouse is at this sample; cursor_moved(float |
    None): the cursor is, by mouse or keys. Nothing is computed while the chart cannot be seen, and nothing is changed
    while it is painted: what comes is taken into the picture at once, what was missed when it is shown again.
    """

    ranges_changed = Signal()
    view_changed = Signal()
    pictured = Signal(float, float)
    hovered_time = Signal(object)
    cursor_moved = Signal(object)
    _due = Signal()  # view_changed is

    def __init__(self, hub: Hub, timeline: Timeline, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hub, self._timeline = hub, timeline
        self._shown = Shown(hub, timeline)
        self.mode = Mode.COMPARE
        self.range = Range.ALL
        self.zone = Zone.LOCAL
        self.looks: dict[Mode, Look] = dict(LOOKS)
        self.anchor_ms: float | None = None  # from when coins are compared, None: from the first moment in view
        self.following = True
        self.picture = Picture()
        self._untold = False  # view_changed is due
        self._available: frozenset[Range] = frozenset({Range.ALL})
        self._theme = DARK
        self.setAccessibleName("Price chart")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.stack = Stack()
        self.stack.crosshair.more = self._more
        self.stack.crosshair.taken = self._taken
        self.moves = Moves(self.stack, self._shown, self)
        self.brush = Brush(self, self.stack, self.moves, timeline)
        self.anchor = Anchor(self.stack.main)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self._corners = Corners(self, self.stack)
        self.live_button, self.loading = self._corners.live, self._corners.loading
        self.exporting = self._corners.exporting
        self._connect()
        self.set_theme(DARK)

    def _connect(self) -> None:
        hub, timeline, stack = self._hub, self._timeline, self.stack
        self.live_button.clicked.connect(self.follow)
        self.loading.cancelled.connect(timeline.cancel)
        self._due.connect(
            self._tell_view, Qt.ConnectionType.QueuedConnection
        )  # comes before a frame, which Qt puts last
        self.view_changed.connect(self.brush.refresh)
        self.came.connect(self._show_missed)
        self.keys_came.connect(stack.main.set_focused)
        self.moves.moved.connect(self.go_to)
        self.moves.back.connect(self.follow)
        stack.marked.connect(self.compare_from)
        stack.crosshair.moved.connect(self._tell_cursor)
        self.anchor.dragged.connect(self.compare_from)
        self.anchor.ended.connect(self.end_anchor)
        timeline.grown.connect(self._grown)
        timeline.changed.connect(self.refresh)
        timeline.ready_changed.connect(self._grown)
        timeline.calendar_set.connect(self.follow)
        timeline.loading_changed.connect(self._show_loading)
        hub.selected_changed.connect(self._take_selected)
        hub.currency_changed.connect(self.refresh)
        hub.ticked.connect(self._tick)

    # what is shown

    @property
    def panes(self) -> Mapping[str, Pane]:
        """All panes by name, "main" first."""
        return self.stack.panes

    @property
    def times(self) -> tuple[float, float]:
        """First and last time in view, Unix ms."""
        return self.stack.times

    @property
    def cursor_ms(self) -> float | None:
        """Time of the sample at which the crosshair stands."""
        return self.stack.crosshair.t_ms

    @property
    def look(self) -> Look:
        """How the mode that is shown is drawn."""
        return self.looks[self.mode]

    def set_looks(self, looks: Mapping[Mode, Look]) -> None:
        """How each mode is drawn from now on."""
        self.looks = dict(looks)
        self.refresh()

    @Slot(str)
    def set_mode(self, mode: str) -> None:
        """Show prices, changes in per cent, candles or the ratio. Raises ValueError for an unknown one."""
        self.mode = Mode(mode)
        self.refresh()

    @Slot(str)
    def set_style(self, style: str) -> None:
        """Draw the mode like this from now on. Raises ValueError for what is unknown or not of this mode."""
        self.looks[self.mode] = self.look._replace(style=one_of(STYLES[self.mode], Style(style)))
        self.refresh()

    @Slot(str)
    def set_scale(self, kind: str) -> None:
        """Let the mode's values go by this from now on. Raises ValueError for what is unknown or not of this mode."""
        self.looks[self.mode] = self.look._replace(scale=one_of(SCALES[self.mode], ScaleKind(kind)))
        self.refresh()

    @Slot(str)
    def set_zone(self, zone: str) -> None:
        """Write times by this clock from now on. Raises ValueError for an unknown one."""
        self.zone = Zone(zone)
        self.stack.set_zone(self.zone)
        self.refresh()

    @Slot()
    def take_local_zone(self) -> None:
        """The machine's own time zone is another one."""
        self.stack.write_anew()
        self.refresh()

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
        self.stack.set_theme(theme)
        self._corners.set_theme(theme)
        self.brush.set_theme(theme)
        self.refresh()

    @Slot(float)
    def compare_from(self, t_ms: float) -> None:
        """Coins are compared from this moment on, wherever the view goes."""
        if self.mode is Mode.COMPARE and self._picture(t_ms, self.times).lines:
            self.anchor_ms = t_ms
            self.refresh()

    @Slot()
    def compare_here(self) -> None:
        """Coins are compared from where the crosshair stands, from the middle of the view where it is not there."""
        self.compare_from(sum(self.times) / 2 if self.cursor_ms is None else self.cursor_ms)

    @Slot()
    def end_anchor(self) -> None:
        """Coins are compared from the first moment in view again."""
        self.anchor_ms = None
        self.refresh()

    @Slot()
    def follow(self) -> None:
        """Back to the newest prices, in the range that is chosen."""
        self.following = True
        self.refresh()

    @Slot(float, float)
    def go_to(self, start_ms: float, stop_ms: float) -> None:
        """A person wants to see this time: the view stays there. What is missing on the left is asked for."""
        self.following = False
        self._look_at(start_ms, stop_ms)
        self._timeline.reach(start_ms)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move view and cursor; Esc ends the cursor, then the anchor."""
        if self.brush.press(event) or self.moves.press(event):
            return
        if event.key() == Qt.Key.Key_Escape and self.anchor_ms is not None:
            self.end_anchor()
        else:
            super().keyPressEvent(event)

    # keeping the picture true

    @Slot()
    def _grown(self) -> None:
        available = self._shown.available()
        if available != self._available:
            self._available = available
            self.ranges_changed.emit()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Take what is new into the picture while that can be seen; the view moves only while it follows."""
        if self.seen:
            self._look_at(*(self._shown.followed(self.range) if self.following else self.times))

    def _look_at(self, start_ms: float, stop_ms: float) -> None:
        """Show this time, with the lines that belong to it and the values that they have in it."""
        from_ms = self.anchor_ms if self.mode is Mode.COMPARE and self.anchor_ms is not None else start_ms
        self.picture = picture = self._picture(from_ms, (start_ms, stop_ms))
        main = self.stack.main
        main.layers, main.holes, main.filled = picture.layers, picture.holes, picture.filled
        compared = self.mode is Mode.COMPARE and bool(picture.lines)
        main.set_note(self._shown.note(self.mode, picture, from_ms, (start_ms, stop_ms), self.zone.tz))
        main.set_heads(self._shown.heads(picture, self.cursor_ms))
        self.pictured.emit(start_ms, stop_ms)
        self.stack.look_at(start_ms, stop_ms)
        self.anchor.put_at(picture.base_ms if self.anchor_ms is not None else None, compared)
        self._corners.show_live(not self.following)
        self._count_down()
        if not self._untold:
            self._untold = True
            self._due.emit()

    def _picture(self, from_ms: float, times: tuple[float, float]) -> Picture:
        px_ms = (times[1] - times[0]) / max(1.0, self.stack.main.plot.width())
        return self._shown.picture(self.mode, self.look, self._theme, from_ms, times[1], px_ms)

    @Slot()
    def _take_selected(self) -> None:
        """The values of another coin may need less room."""
        self.stack.narrow()
        self.refresh()

    @Slot()
    def _show_missed(self) -> None:
        self.refresh()
        self._tell_view()

    @Slot()
    def _tell_view(self) -> None:
        if self._untold and self.seen:
            self._untold = False
            self.view_changed.emit()

    def _more(self, t_ms: float) -> list[Row]:
        return self._shown.more(self.mode, self.picture, t_ms)

    def _taken(self) -> list[QRectF]:
        """What stands over the panes: buttons, bars, the plate of a marked period."""
        parts = self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        parts += self.stack.findChildren(CloseButton)
        return [QRectF(part.geometry()) for part in parts if part is not self.stack and part.isVisible()]

    @Slot(object)
    def _tell_cursor(self, t_ms: float | None) -> None:
        self.stack.main.set_heads(self._shown.heads(self.picture, t_ms))
        self.hovered_time.emit(t_ms if self.stack.crosshair.by_mouse else None)
        self.cursor_moved.emit(t_ms)

    @Slot()
    def _show_loading(self) -> None:
        loading = self._timeline.loading
        if loading is None:
            self.loading.end()
            self.refresh()
            return
        name = exchange_title(loading.progress.exchange, self._hub) if loading.progress else ""
        done, total = (loading.progress.done, loading.progress.total) if loading.progress else (0, 0)
        self.loading.tell(loading_text(loading, self.range, name), done, total)

    def _count_down(self) -> None:
        """Say what the chart waits for while there is no line yet."""
        self.stack.main.set_message(waiting(self._hub, self._timeline, self.mode, self.picture.lines))

    @Slot()
    def _tick(self) -> None:
        if self.seen and self.stack.main.message:
            self._count_down()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """With other room for a bar some candles stand for more of them, or for fewer."""
        super().resizeEvent(event)
        self.refresh()
