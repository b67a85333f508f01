"""The window: bar, watchlist, prices and chart, panels, status. It shows the hub and decides nothing."""

import base64
import binascii
from collections.abc import Mapping

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QStatusBar, QVBoxLayout, QWidget

from cryptoprices.core.currency import RATES_URL
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.about import show_about
from cryptoprices.ui.banner import Banner
from cryptoprices.ui.chart.modes import Mode
from cryptoprices.ui.chart_menu import ChartMenu
from cryptoprices.ui.commands import Commands
from cryptoprices.ui.compare_menu import CompareMenu
from cryptoprices.ui.currency_menu import CurrencyMenu
from cryptoprices.ui.docks import Centre, Docks
from cryptoprices.ui.header import Header
from cryptoprices.ui.interval_menu import IntervalMenu
from cryptoprices.ui.status import Status
from cryptoprices.ui.theme import Theme, ThemeKeeper, font, style_sheet
from cryptoprices.ui.top_bar import TopBar
from cryptoprices.ui.type_ahead import TypeAhead

_DESIGN = QSize(1440, 900)
_LEAST = QSize(560, 360)  # small enough for any screen: the parts shrink and scroll
_FRAME = QSize(8, 40)  # about what the system draws around a window


class MainWindow(QMainWindow):
    """The main window of a run.

    close_requested: the person closed the window; nothing has happened yet: whoever listens hides it or ends the
    program (`close_for_good`). seen_changed(bool): it can be seen now, or not any more (hidden, minimised): what feeds
    `Hub.set_watched`. Commands to connect are in `commands`, chart mode and range in `bar.modes` and `bar.ranges`;
    `export_menu` and `study_menu` are to be filled. The currency is chosen in `currencies`, the time between two polls
    in `intervals`.
    """

    chart_heights: dict[str, float]
    analysis_place: dict[str, object]
    close_requested = Signal()
    seen_changed = Signal(bool)

    def __init__(self, hub: Hub, keeper: ThemeKeeper, demo: bool = False, rates_url: str = RATES_URL) -> None:
        super().__init__()
        self.hub = hub
        self._keeper = keeper
        self._demo, self._rates_url = demo, rates_url
        self._seen = False
        self._closing = self._spread = False
        self.setWindowTitle("Crypto Prices – DEMO" if demo else "Crypto Prices")
        self.setFont(font(13))
        self.commands = Commands(self)
        TypeAhead(self)
        self.menu, view, self.export_menu = QMenu(self), QMenu("&View", self), QMenu("&Export", self)
        self.study_menu = QMenu("&Indicators", self)
        self.study_menu.menuAction().setEnabled(False)
        self.studies: object = None  # those of the chart in plain values, None before anybody has chosen
        self.drawings: object = None  # over the chart, in plain values
        commands = self.commands.pause, self.commands.refresh
        self.bar = TopBar(commands, self.study_menu, self.export_menu, self.menu, demo)
        self.setMenuWidget(self.bar)
        self.banner, self.header, self.status = Banner(hub), Header(hub), Status(hub)
        self._chart: QWidget = QWidget()
        self._centre = Centre()
        self._centre.setObjectName("centre")
        self._centre.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = column = QVBoxLayout(self._centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.header)
        column.addWidget(self._chart, 1)
        self.setCentralWidget(self._centre)
        self.docks = Docks(self, self._centre, hub, keeper.theme)
        view.addActions(self.docks.actions())
        view.addSeparator()
        self.currencies = CurrencyMenu(hub, view)
        view.addMenu(self.currencies)
        self.intervals = IntervalMenu(self.menu)
        self.chart_menu = ChartMenu(self.bar, self.menu)
        self.chart_heights, self.analysis_place = {}, {}
        self.commands.fill(self.menu, self.intervals, view, self.export_menu)
        self.compare_menu = CompareMenu(hub, self.bar.modes.buttons[Mode.COMPARE], self.menu)
        for each in (self.chart_menu, self.study_menu, self.compare_menu):
            self.menu.insertMenu(self.export_menu.menuAction(), each)
        self.menu.insertAction(self.export_menu.menuAction(), self.commands.brush)
        self._add_foot()
        self.setMinimumSize(_LEAST)
        self.resize(_DESIGN.boundedTo(self.screen().availableSize() - _FRAME))
        self.set_theme(keeper.theme)
        watchlist = self.docks.panel("watchlist")
        if watchlist is not None:
            watchlist.setFocus()
        self._connect()

    def place_chart(self, chart: QWidget) -> None:
        """Put the chart into the room that is kept for it."""
        self._column.replaceWidget(self._chart, chart)
        self._chart.deleteLater()
        self._chart = chart
        chart.show()
        self._column.activate()  # so that it is painted before the next part is built

    def close_for_good(self) -> None:
        """Close without asking anybody; the next `close` does so too (the session ends, the program quits)."""
        self._closing = True
        self.close()

    def geometry_state(self) -> dict[str, object]:
        """Where the window and its panels are, in plain values for `restore_geometry_state`."""
        place = self.normalGeometry() if self.isMaximized() or self.isFullScreen() else self.geometry()
        return {
            "x": place.x(),
            "y": place.y(),
            "width": place.width(),
            "height": place.height(),
            "maximized": self.isMaximized(),
            "mode": self.bar.modes.current,
            "range": self.bar.ranges.current,
            "chart": self.chart_menu.state(),
            "heights": dict(self.chart_heights),
            "compared": self.compare_menu.state(),
            "analysis": dict(self.analysis_place),
            "studies": self.studies,
            "drawings": self.drawings,
            "layout": base64.b64encode(self.docks.state()).decode(),
        }

    def restore_geometry_state(self, state: Mapping[str, object]) -> None:
        """Go where `geometry_state` says, on a screen that exists; strange values are passed over."""
        place = [state.get(key) for key in ("x", "y", "width", "height")]
        if all(isinstance(value, int) and abs(value) < 100_000 for value in place):
            self.setGeometry(clamped(QRect(*place), [s.availableGeometry() for s in QGuiApplication.screens()]))
        if state.get("maximized") is True:
            self.setWindowState(self.windowState() | Qt.WindowState.WindowMaximized)
        self.bar.modes.choose(str(state.get("mode")))
        self.bar.ranges.choose(str(state.get("range")))
        chart, heights, self.studies = (state.get(key) for key in ("chart", "heights", "studies"))
        self.drawings = state.get("drawings")
        self.compare_menu.restore(state.get("compared"))
        self.chart_menu.restore(chart if isinstance(chart, Mapping) else {})
        if isinstance(heights, Mapping):
            known = {str(key): part for key, part in heights.items() if isinstance(part, float) and 0 < part < 1}
            self.chart_heights.update(known)
        analysis = state.get("analysis")
        if isinstance(analysis, Mapping):
            self.analysis_place.update(analysis)
        try:
            self.docks.restore(base64.b64decode(str(state.get("layout", "")), validate=True))
        except binascii.Error:
            return

    @Slot()
    def show_now(self) -> None:
        """Show the hub's snapshot as of now in all that can be seen."""
        if not self._seen:
            return
        self.banner.show_now()
        self.header.show_now()
        self.status.show_now()
        self.docks.show_now()

    @Slot()
    def show_older(self) -> None:
        """A second has passed and nothing else has happened: ages, countdown and clock."""
        if self._seen:
            self.banner.show_older()
            self.docks.show_older()
            self.header.show_now()
            self.status.show_now()

    @Slot(object)
    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self.setStyleSheet(style_sheet(theme))
        self.commands.show_theme(self._keeper.setting)
        for view in (self.banner, self.header, self.status, self.docks):
            view.set_theme(theme)

    @Slot()
    def show_about(self) -> None:
        """Version, licences, where the data comes from."""
        show_about(self.hub.exchanges.values(), self._rates_url, self._demo, self)

    @Slot()
    def toggle_shown(self) -> None:
        """Hide the window, or bring it to the front."""
        if self._seen:
            self.hide()
        else:
            self.bring_up()

    @Slot()
    def bring_up(self) -> None:
        """Show the window in front of others."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def showEvent(self, event: QShowEvent) -> None:
        """The first frame shows the present."""
        super().showEvent(event)
        if not event.spontaneous() and not self._spread:
            self._spread = True
            self.docks.spread()
        self._look()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Panels stand as there is room."""
        super().resizeEvent(event)
        self.docks.fit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is shown to nobody."""
        super().hideEvent(event)
        self._look()

    def changeEvent(self, event: QEvent) -> None:
        """Minimised is as good as hidden."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange:
            self._look()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask whoever decides, unless that is done."""
        if self._closing:
            event.accept()
            return
        event.ignore()
        self.close_requested.emit()

    def _add_foot(self) -> None:
        foot = QStatusBar()
        foot.setSizeGripEnabled(False)
        foot.setFixedHeight(self.fontMetrics().height() + 9)  # by itself it grows by a pixel after the first frame
        foot.addWidget(self.status, 1)
        self.setStatusBar(foot)

    def _connect(self) -> None:
        hub, commands = self.hub, self.commands
        for signal in (hub.changed, hub.scheduled, hub.selected_changed, hub.currency_changed):
            signal.connect(self.show_now)
        hub.ticked.connect(self.show_older)
        hub.paused_changed.connect(commands.show_paused)
        self._keeper.changed.connect(self.set_theme)
        commands.theme_chosen.connect(self._keeper.set_setting)
        commands.about.triggered.connect(self.show_about)
        commands.show_window.triggered.connect(self.toggle_shown)
        self.banner.details_asked.connect(self._show_exchanges)

    def _look(self) -> None:
        seen = self.isVisible() and not self.isMinimized()
        self.commands.show_window.setText("Hide window" if seen else "Show window")
        if seen != self._seen:
            self._seen = seen
            self.show_now()
            self.seen_changed.emit(seen)

    @Slot()
    def _show_exchanges(self) -> None:
        dock = self.docks.docks["exchanges"]
        dock.show()
        dock.raise_()
        if dock.panel is not None:
            dock.panel.setFocus()


def clamped(place: QRect, screens: list[QRect]) -> QRect:
    """`place`, moved into the screen that it covers most of, the first one if none, and no larger than that."""
    if not screens:
        return place
    home = max(screens, key=lambda screen: _area(place.intersected(screen)))
    size = place.size().boundedTo(home.size())
    x = min(max(place.x(), home.left()), home.right() + 1 - size.width())
    y = min(max(place.y(), home.top()), home.bottom() + 1 - size.height())
    return QRect(x, y, size.width(), size.height())


def _area(place: QRect) -> int:
    return 0 if place.isEmpty() else place.width() * place.height()
