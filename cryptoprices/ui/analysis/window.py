"""The window of the analysis: scatter of returns, seasonality, premiums and uptime of exchanges."""

from PySide6.QtCore import QMargins, QRect, QSize, Slot
from PySide6.QtGui import QGuiApplication, QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QTabWidget, QVBoxLayout

from cryptoprices.qt.past import Archive
from cryptoprices.qt.tasks import Tasks
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.analysis.scatter import ScatterTab
from cryptoprices.ui.analysis.seasons import SeasonsTab
from cryptoprices.ui.analysis.tab import Tab
from cryptoprices.ui.analysis.uptime import UptimeTab
from cryptoprices.ui.analysis.venues import VenuesTab
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.companion import Companion
from cryptoprices.ui.main_window import MainWindow, clamped
from cryptoprices.ui.theme import Theme, ThemeKeeper, font

_SIZE = QSize(860, 600)
_FRAME = QMargins(4, 36, 4, 4)  # about what the system draws around a window
_PLACE = ("x", "y", "width", "height")


class AnalysisWindow(Companion):
    """Where it is, its tab in front and what is chosen in the tabs are kept in main.analysis_place."""

    def __init__(
        self,
        main: MainWindow,
        keeper: ThemeKeeper,
        chart: ChartView,
        timeline: Timeline,
        archive: Archive,
        tasks: Tasks,
    ) -> None:
        super().__init__(main)
        self._place = main.analysis_place
        self.setWindowTitle(f"Analysis – {main.windowTitle()}")
        self.setFont(font(13))
        self.tabs: list[Tab] = [
            ScatterTab(chart, timeline, self._place),
            SeasonsTab(chart, main.hub, timeline, archive, tasks, self._place),
            VenuesTab(chart, main.hub, timeline, archive, tasks),
            UptimeTab(chart, main.hub, archive, tasks),
        ]
        self.pages = QTabWidget()
        self.pages.setAccessibleName("Analysis")
        self.pages.setDocumentMode(True)
        for tab in self.tabs:
            self.pages.addTab(tab, tab.title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        self.resize(_SIZE.boundedTo(self.screen().availableSize().shrunkBy(_FRAME)))
        self._restore()
        self.pages.currentChanged.connect(self._keep_place)
        keeper.changed.connect(self.set_theme)
        self.set_theme(keeper.theme)

    @Slot(object)
    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        for tab in self.tabs:
            tab.set_theme(theme)

    def moveEvent(self, event: QMoveEvent) -> None:
        """It will be there again."""
        super().moveEvent(event)
        self._keep_place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """It will be as large again."""
        super().resizeEvent(event)
        self._keep_place()

    @Slot()
    def _keep_place(self) -> None:
        if self.isVisible():
            place = self.geometry()
            numbers = place.x(), place.y(), place.width(), place.height()
            self._place.update(zip(_PLACE, numbers, strict=True), tab=self.tabs[self.pages.currentIndex()].title)

    def _restore(self) -> None:
        """Go where it was, on a screen that exists; strange values are passed over."""
        place = [self._place.get(key) for key in _PLACE]
        numbers = [value for value in place if isinstance(value, int) and abs(value) < 100_000]
        if len(numbers) == len(_PLACE):
            screens = [screen.availableGeometry().marginsRemoved(_FRAME) for screen in QGuiApplication.screens()]
            self.setGeometry(clamped(QRect(*numbers), screens))
        titles = [tab.title for tab in self.tabs]
        if self._place.get("tab") in titles:
            self.pages.setCurrentIndex(titles.index(str(self._place["tab"])))
