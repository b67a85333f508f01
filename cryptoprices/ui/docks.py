"""The panels around the chart: found in ui/panels/, docked, shown and hidden by the View menu."""

import importlib
import pkgutil
from collections.abc import Mapping

from PySide6 import QtWidgets  # tabs are loaded when a window is narrow, not before the first frame
from PySide6.QtCore import QByteArray, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFont, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QVBoxLayout, QWidget

from cryptoprices.qt.hub import Hub
from cryptoprices.ui import panels
from cryptoprices.ui.panels.base import Area, Panel
from cryptoprices.ui.theme import Theme, font

FIRST = ("watchlist",)
"""Panels that have something to show in the first frame. All others come after it, into reserved places."""

_AREAS = {Area.LEFT: Qt.DockWidgetArea.LeftDockWidgetArea, Area.RIGHT: Qt.DockWidgetArea.RightDockWidgetArea}
_LAYOUT_VERSION = 1
_LOWEST, _BARS = 120, 70  # least height of the lowest panel; about what bar and status line take, in pixels
_CHART = 280  # least width of the chart between two columns of panels


class Heading(QLabel):
    """A dock's flat heading, by which it can be dragged."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setObjectName("heading")
        self.setTextFormat(Qt.TextFormat.PlainText)
        letters = font(11, QFont.Weight.DemiBold)
        letters.setCapitalization(QFont.Capitalization.AllUppercase)
        letters.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.8)
        self.setFont(letters)

    def minimumSizeHint(self) -> QSize:
        """It may be cut in a narrow panel."""
        return QSize(40, super().minimumSizeHint().height())


class Place(QWidget):
    """The room of a panel, there before the panel is: a dock whose own widget changes would change its size."""

    def __init__(self) -> None:
        super().__init__()
        self.setAutoFillBackground(True)
        self.room = QVBoxLayout(self)
        self.room.setContentsMargins(0, 0, 0, 0)

    def sizeHint(self) -> QSize:
        """As the panel wants it; before, as the comparison's."""
        return super().sizeHint() if self.room.count() else QSize(316, 420)

    def minimumSizeHint(self) -> QSize:
        """As the panel can bear it; before, about as the comparison's."""
        return super().minimumSizeHint() if self.room.count() else QSize(300, 104)


class Dock(QDockWidget):
    """A panel with its heading. name: of its module, also the name under which its layout is kept.

    panel: None while its place is only reserved.
    """

    def __init__(self, name: str, window: QMainWindow) -> None:
        title = name.replace("_", " ").capitalize()
        super().__init__(title, window)
        self.panel: Panel | None = None
        self.setObjectName(name)
        self.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable | QDockWidget.DockWidgetFeature.DockWidgetClosable
        )
        self.heading = Heading(title)
        self.setTitleBarWidget(self.heading)
        self.place = Place()
        self.setWidget(self.place)

    def put(self, panel: Panel) -> None:
        """Fill the reserved place."""
        self.panel = panel
        self.setWindowTitle(panel.title)
        policy = panel.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        panel.setSizePolicy(policy)
        self.visibilityChanged.connect(panel.setVisible)  # behind another tab it takes no focus and shows nothing
        self.place.room.addWidget(panel)
        self.show_heading()

    def show_now(self) -> None:
        """Let the panel and its heading show the present, if they can be seen."""
        if self.panel is not None and self.panel.isVisible():
            self.panel.show_now()
            self.show_heading()

    def show_older(self) -> None:
        """Let the panel show what a second changes."""
        if self.panel is not None and self.panel.isVisible():
            self.panel.show_older()

    def show_heading(self) -> None:
        """The heading as the panel words it now."""
        if self.panel is not None and self.heading.text() != self.panel.heading():
            self.heading.setText(self.panel.heading())


class Centre(QWidget):
    """What the panels stand around. resized: it has another size, and the panels have theirs."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell it."""
        super().resizeEvent(event)
        self.resized.emit()


class Docks:
    """All docks of a window. A panel's file in ui/panels/ is all it takes to be among them.

    In a window that has no room for a chart between two columns of panels, all panels share one column, as tabs.
    """

    def __init__(self, window: QMainWindow, centre: Centre, hub: Hub, theme: Theme) -> None:
        self._centre = centre
        self._window, self._hub, self._theme = window, hub, theme
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        names = [found.name for found in pkgutil.iter_modules(panels.__path__) if found.name != "base"]
        self.docks = {name: Dock(name, window) for name in sorted(names, key=lambda name: (name in FIRST, name))}
        for name, dock in self.docks.items():
            if name in FIRST:
                self._fill(dock)
            dock.toggleViewAction().triggered.connect(self.fit)
            dock.toggleViewAction().triggered.connect(dock.raise_)  # among tabs
        self._restored = False
        self._side_by_side: bytes | None = None  # the layout to go back to, while all panels share one column
        self._widths: dict[Dock, int] = {}  # that the person wants
        self._heights: dict[Dock, int] = {}  # where they stood side by side, while they share one column
        self._sides: dict[Dock, Qt.DockWidgetArea] = {}  # where they stood, while they share one column
        self._fitted = -1  # width of the window for which they have been placed, -1 while they are being moved
        centre.setMinimumWidth(_CHART)
        centre.resized.connect(self._note)
        self._arrange()

    def fill(self) -> None:
        """Put the remaining panels into their places; this loads their modules."""
        self._part()
        self._window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QtWidgets.QTabWidget.TabPosition.North)
        widths, heights = self._sizes()
        for dock in widths:
            if dock.panel is None:
                self._fill(dock)
        names = [dock.objectName() for dock in self._in_order()]
        if not self._restored and names != self._placed:
            self._arrange()
        layout = self._window.layout()
        if layout is not None:
            layout.activate()  # with the panels' own sizes, which shares the room out anew; then as it was
        self._resize(widths, heights)
        self.fit()

    def panel(self, name: str) -> Panel | None:
        """The panel of ui/panels/NAME.py, None while its place is only reserved. Raises KeyError for no such file."""
        return self.docks[name].panel

    def show_now(self) -> None:
        """Let every panel that can be seen show the present."""
        for dock in self.docks.values():
            dock.show_now()

    def show_older(self) -> None:
        """Let every panel that can be seen show what a second changes."""
        for dock in self.docks.values():
            dock.show_older()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        for dock in self.docks.values():
            if dock.panel is not None:
                dock.panel.set_theme(theme)

    def actions(self) -> list[QAction]:
        """One a panel, to show and hide it, from left to right."""
        return [self.docks[name].toggleViewAction() for name in sorted(self.docks, key=lambda name: name not in FIRST)]

    def spread(self) -> None:
        """The widths and heights of the design, unless the person's own were restored."""
        if self._restored:
            self.fit()
            return
        docks = list(self.docks.values())
        hints = [dock.place.sizeHint() for dock in docks]
        self._window.resizeDocks(docks, [hint.width() for hint in hints], Qt.Orientation.Horizontal)
        right = [dock for dock in docks if dock.objectName() not in FIRST]
        heights = [dock.place.sizeHint().height() + dock.heading.sizeHint().height() for dock in right]
        heights[-1:] = [max(_LOWEST, self._window.height() - sum(heights[:-1]) - _BARS)]
        self._window.resizeDocks(right, heights, Qt.Orientation.Vertical)
        self._widths = {dock: hint.width() for dock, hint in zip(docks, hints, strict=True)}
        self.fit()

    def fit(self) -> None:
        """To be called when the window has another width: one column of panels where two leave the chart no room."""
        if not self._window.isVisible():
            return
        if self._window.width() < self._needed() + _CHART:
            self._gather()
        else:
            self._part()
            self._widen()
        self._fitted = self._window.width()
        if not self._widths:
            self._note()

    def state(self) -> bytes:
        """Where the panels are when there is room, for `restore`."""
        return self._side_by_side or bytes(self._window.saveState(_LAYOUT_VERSION).data())

    def restore(self, state: bytes) -> bool:
        """Put the panels where they were; False, and nothing changed, if this is no such layout."""
        self._part()
        self._restored = self._window.restoreState(QByteArray(state), _LAYOUT_VERSION)
        return self._restored

    def _needed(self) -> int:
        """Least width of the columns of open panels, side by side."""
        columns: dict[Qt.DockWidgetArea, int] = {}
        for dock, side in (self._sides or self._at_sides()).items():
            if not dock.isHidden():
                columns[side] = max(columns.get(side, 0), dock.minimumSizeHint().width())
        return sum(columns.values())

    def _at_sides(self) -> dict[Dock, Qt.DockWidgetArea]:
        """The panels left and right of the chart; those above or below it take none of its width."""
        areas = {dock: self._window.dockWidgetArea(dock) for dock in self.docks.values()}
        return {dock: area for dock, area in areas.items() if area in _AREAS.values()}

    def _gather(self) -> None:
        """Put all panels at the sides into one column."""
        if self._side_by_side is None:
            self._side_by_side = self.state()
            _, self._heights = self._sizes()
            self._sides = self._at_sides()
            self._centre.setMinimumWidth(0)
            first, *others = sorted(self._sides, key=lambda dock: dock.objectName() not in FIRST)
            for dock in others:
                self._window.tabifyDockWidget(first, dock)
            first.raise_()

    def _part(self) -> None:
        """Put them back; what was closed or opened meanwhile stays so."""
        if self._side_by_side is not None:
            layout, self._side_by_side, self._sides = self._side_by_side, None, {}
            hidden = {dock: dock.isHidden() for dock in self.docks.values()}
            self._fitted = -1
            self._window.restoreState(QByteArray(layout), _LAYOUT_VERSION)
            for dock in self.docks.values():
                dock.setHidden(hidden[dock])
            self._centre.setMinimumWidth(_CHART)
            self._resize(self._widths, self._heights)

    def _note(self) -> None:
        """Remember the widths that the person wants; those in a window with too little room are none."""
        at_rest = self._window.width() == self._fitted and not self._side_by_side
        if at_rest and self._centre.width() > _CHART:
            self._widths, _ = self._sizes()

    def _widen(self) -> None:
        """Give panels the widths back that they had before there was too little room."""
        if any(dock.width() < width for dock, width in self._widths.items()):
            self._resize(self._widths, {})

    def _sizes(self) -> tuple[dict[Dock, int], dict[Dock, int]]:
        """Width and height of each panel now."""
        docks = self.docks.values()
        return {dock: dock.width() for dock in docks}, {dock: dock.height() for dock in docks}

    def _resize(self, widths: Mapping[Dock, int], heights: Mapping[Dock, int]) -> None:
        self._window.resizeDocks(list(widths), list(widths.values()), Qt.Orientation.Horizontal)
        self._window.resizeDocks(list(heights), list(heights.values()), Qt.Orientation.Vertical)

    def _in_order(self) -> list[Dock]:
        return sorted(self.docks.values(), key=lambda dock: dock.panel.order if dock.panel else 0)

    def _arrange(self) -> None:
        self._placed = [dock.objectName() for dock in self._in_order()]
        for dock in self._in_order():
            self._window.addDockWidget(_AREAS[dock.panel.area if dock.panel else Area.RIGHT], dock)

    def _fill(self, dock: Dock) -> None:
        module = importlib.import_module(f"{panels.__name__}.{dock.objectName()}")
        kind = next(
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Panel) and value.__module__ == module.__name__
        )
        panel = kind(self._hub)
        panel.set_theme(self._theme)
        dock.put(panel)
