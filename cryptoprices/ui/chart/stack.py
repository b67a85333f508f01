"""The panes of the chart, one below the other: they share their times, and borders between them can be moved."""

from pyqtgraph.widgets.GraphicsView import GraphicsView
from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGraphicsView, QGraphicsWidget, QVBoxLayout, QWidget

from cryptoprices.ui.chart.border import THICK, Border, CloseButton
from cryptoprices.ui.chart.brush_band import Band
from cryptoprices.ui.chart.crosshair import Crosshair
from cryptoprices.ui.chart.modes import Zone
from cryptoprices.ui.chart.pane import AXIS, BOTTOM, TITLE, Pane
from cryptoprices.ui.theme import DARK, Theme

_SHARE, _ALL_SHARES = 0.2, 0.55  # of the height, for a pane that nobody has sized, and for all of these
_LEAST_SHARE, _MOST_SHARE = 0.05, 0.8
_MAIN_PX = 90.0  # least height of the main plot
_LOWER_PX = 40.0 + TITLE + BOTTOM  # and of a lower pane


class _Canvas(GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """The scene's window. It says in a turn of its own that the mouse has left: Qt sends that from within `show()` of
    whatever appears under the mouse, also while panes are being made.
    """

    _left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._left.connect(self._tell_left, Qt.ConnectionType.QueuedConnection)

    def leaveEvent(self, _event: QEvent) -> None:
        self._left.emit()

    @Slot()
    def _tell_left(self) -> None:
        if not self.viewport().underMouse():  # it may have come back
            self.scene().leaveEvent(QEvent(QEvent.Type.Leave))


class Stack(QWidget):
    """main: the pane of the prices, on top and always there; panes: all by name, from top to bottom.

    shares: the height of each lower pane that a person has sized, as a part of the whole. closed(str): a person has
    closed this pane, which is gone already. laid_out: panes have other places. zoomed, panned, reset, clicked, marked,
    brushed: as in TimeBox, of any pane. band: a period that is marked.
    """

    closed = Signal(str)
    laid_out = Signal()
    zoomed = Signal(float, float)
    panned = Signal(float)
    reset = Signal()
    clicked = Signal(float)
    marked = Signal(float)
    brushed = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = _Canvas()
        # The ground is one colour: this view alone paints it, and fills it, which is faster than to copy a picture.
        self.canvas.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        self.canvas.viewport().setAutoFillBackground(False)
        self.canvas.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._root = QGraphicsWidget()
        self.canvas.setCentralItem(self._root)
        self.main = Pane()
        self.panes: dict[str, Pane] = {}
        self.shares: dict[str, float] = {}
        self._borders: dict[str, tuple[Border, CloseButton]] = {}
        self._theme = DARK
        self._zone = Zone.LOCAL
        self.crosshair = Crosshair(self._root, self.panes)
        self.band = Band(self._root, self.panes)
        self._take("main", self.main)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)

    # panes

    def add_pane(self, key: str, title: str) -> Pane:
        """A pane below the others, empty until it is given layers; the one of this name where it is there already."""
        if key in self.panes:
            return self.panes[key]
        pane = Pane(title)
        border, button = Border(key, title, self), CloseButton(key, title, self)
        border.moved.connect(self._move_border)
        button.pressed_for.connect(self._close)
        self._borders[key] = border, button
        for part in (border, button):
            part.set_theme(self._theme)
            part.show()
        self._take(key, pane)
        pane.look_at(*self.main.box.times)
        return pane

    def rename_pane(self, key: str, name: str) -> None:
        """What its border and its button call it, wherever its title says more."""
        for part in self._borders[key]:
            part.rename(name)

    def remove_pane(self, key: str) -> None:
        """Without it the others have more room; nothing where there is none of this name."""
        pane = self.panes.pop(key, None)
        if pane is None:
            return
        for part in self._borders.pop(key):
            part.hide()
            part.deleteLater()
        scene = pane.scene()
        if scene is not None:
            scene.removeItem(pane)
        pane.deleteLater()
        self._lay_out()

    def _take(self, key: str, pane: Pane) -> None:
        pane.setParentItem(self._root)
        self.panes[key] = pane
        pane.set_theme(self._theme)
        pane.zone = self._zone.tz
        pane.axis_width = self.main.axis_width
        pane.widened.connect(self._widen)
        pane.box.zoomed.connect(self.zoomed)
        pane.box.panned.connect(self.panned)
        pane.box.reset.connect(self.reset)
        pane.box.clicked.connect(self.clicked)
        pane.box.marked.connect(self.marked)
        pane.box.brushed.connect(self.brushed)
        pane.box.brushing = self.main.box.brushing
        pane.box.hovered.connect(self.crosshair.point_at)
        self._lay_out()

    # what all share

    @property
    def times(self) -> tuple[float, float]:
        """First and last time in view, Unix ms."""
        return self.main.box.times

    def look_at(self, start_ms: float, stop_ms: float) -> None:
        """Show this time in all panes."""
        for pane in list(self.panes.values()):
            pane.look_at(start_ms, stop_ms)
        self.band.refresh()
        self.crosshair.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        self.canvas.setBackground(theme.window)
        for part in (*self.panes.values(), *(part for both in self._borders.values() for part in both)):
            part.set_theme(theme)

    def set_brushing(self, brushing: bool) -> None:
        """Whether any drag marks, also without Shift."""
        for pane in self.panes.values():
            pane.box.brushing = brushing
        self.canvas.viewport().setCursor(Qt.CursorShape.CrossCursor if brushing else Qt.CursorShape.ArrowCursor)

    def set_zone(self, zone: Zone) -> None:
        """Write times by this clock from the next `look_at` on."""
        self._zone = zone
        for pane in self.panes.values():
            pane.zone = zone.tz

    def write_anew(self) -> None:
        """Labels are others for the same times from the next `look_at` on."""
        for pane in self.panes.values():
            pane.write_anew()

    def narrow(self) -> None:
        """Only so much room for the values as they need from the next `look_at` on."""
        self._widen(AXIS)

    @Slot(float)
    def _widen(self, width: float) -> None:
        for pane in self.panes.values():
            pane.set_axis_width(width)
        self._lay_out()

    # heights

    def keep_shares_in(self, shares: dict[str, float]) -> None:
        """Take these heights, and change them as borders are moved."""
        self.shares = shares
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """All panes grow and shrink alike."""
        super().resizeEvent(event)
        self._lay_out()

    def _heights(self) -> dict[str, float]:
        """Of all panes in pixels, the main one's being what the others leave; they shrink before it gets too small."""
        height = float(self.height())
        keys = [key for key in self.panes if key != "main"]
        share = min(_SHARE, _ALL_SHARES / max(1, len(keys)))
        lower = {key: max(_LOWER_PX, self.shares.get(key, share) * height) for key in keys}
        room = max(0.0, height - _MAIN_PX - BOTTOM)
        total = sum(lower.values())
        shrink = min(1.0, room / total) if total else 1.0
        heights = {key: round(wanted * shrink) for key, wanted in lower.items()}
        return {"main": height - sum(heights.values()), **heights}

    def _lay_out(self) -> None:
        top, width = 0.0, float(self.width())
        lowest = next(reversed(self.panes))
        for key, height in self._heights().items():
            pane = self.panes[key]
            pane.set_timed(key == lowest)
            pane.setGeometry(0.0, top, width, height)
            if key in self._borders:
                border, button = self._borders[key]
                border.setGeometry(0, round(top) - THICK // 2, self.width(), THICK)
                button.move(self.width() - button.width() - 6, round(top) + 5)
                border.raise_()
                button.raise_()
            top += height
        self.band.refresh()
        self.crosshair.refresh()
        self.laid_out.emit()

    @Slot(str, float)
    def _move_border(self, key: str, by_px: float) -> None:
        """What the pane above gets is taken from the one below."""
        keys, heights, height = list(self.panes), self._heights(), max(1.0, float(self.height()))
        above, least = keys[keys.index(key) - 1], _LOWER_PX
        down_px = min(by_px, heights[key] - least)
        down_px = max(down_px, (_MAIN_PX + BOTTOM if above == "main" else least) - heights[above])
        for name, now_px in ((key, heights[key] - down_px), (above, heights[above] + down_px)):
            if name != "main":
                self.shares[name] = min(max(now_px / height, _LEAST_SHARE), _MOST_SHARE)
        self._lay_out()

    @Slot(str)
    def _close(self, key: str) -> None:
        self.remove_pane(key)
        self.closed.emit(key)
