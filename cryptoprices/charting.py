"""The chart of the window and what goes with it: the bars that it draws, indicators, tools, and panels that compare.

Imports stand in the functions that need them: `loads` tells which are slow, and how the window answers meanwhile.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from cryptoprices.first_stage import FirstStage
from cryptoprices.settings.options import POLL_INTERVAL_S
from cryptoprices.ui.chart.modes import Range
from cryptoprices.ui.panels.watchlist import Watchlist

if TYPE_CHECKING:
    from cryptoprices.qt.tasks import Tasks
    from cryptoprices.supply import Supply
    from cryptoprices.ui.chart.view import ChartView


class Charting(QObject):
    """Built part by part: add_chart, add_studies, add_panels, and once there are prices, follow. chart: None before."""

    def __init__(self, first: FirstStage, parent: QObject) -> None:
        super().__init__(parent)
        self._first = first
        self._supply: Supply | None = None
        self.chart: ChartView | None = None

    def add_chart(self) -> None:
        """Into the room that is kept for it, with the bars that it draws."""
        from cryptoprices.qt.courses import Courses
        from cryptoprices.qt.recorder import Recorder
        from cryptoprices.qt.timeline import Timeline
        from cryptoprices.qt.zone import ZoneKeeper
        from cryptoprices.ui.chart.view import ChartView

        hub = self._first.hub
        self.recorder = recorder = Recorder(hub, self._first.preferences.settings[POLL_INTERVAL_S], self)
        self.timeline = Timeline(hub, recorder, self)
        self.courses = Courses(hub, recorder, self.timeline, self)
        self.chart = chart = ChartView(hub, self.timeline)
        chart.set_theme(self._first.keeper.theme)
        chart.stack.keep_shares_in(self._first.window.chart_heights)
        self._first.window.chart_menu.drive(chart, self.timeline)
        self.zones = ZoneKeeper(hub, self)
        self.zones.changed.connect(chart.take_local_zone)
        self._first.keeper.changed.connect(chart.set_theme)
        chart.ranges_changed.connect(self._limit_ranges)
        self._limit_ranges()
        self._first.window.place_chart(chart)

    def add_studies(self) -> None:
        """What is drawn over the prices: indicators and tools."""
        from cryptoprices.ui.chart.studies import Studies
        from cryptoprices.ui.chart.tools import Tools
        from cryptoprices.ui.study_menu import StudyMenu
        from cryptoprices.ui.tools_menu import ToolsMenu

        assert self.chart
        hub, window = self._first.hub, self._first.window
        StudyMenu(hub, Studies(hub, self.timeline, self.chart), window)
        self.tools = Tools(hub, self.timeline, self.chart)
        ToolsMenu(self.tools, self.chart, window, self._first.controls.say)

    @Slot()
    def _limit_ranges(self) -> None:
        """Ranges that there is no data for cannot be chosen, and say why."""
        if self.chart:
            there = self.chart.available_ranges()
            refused = {
                str(range_): "There is no data for so long a time yet" for range_ in Range if range_ not in there
            }
            self._first.window.bar.ranges.refuse(refused)

    def add_panels(self) -> None:
        """Those that show what the chart compares, and the small lines of the watchlist."""
        from cryptoprices.ui.comparing import Comparing

        assert self.chart
        self._first.window.docks.fill()
        Comparing(self._first.window, self.chart, self.timeline)
        self._draw_courses()
        self.courses.changed.connect(self._draw_courses)

    @Slot()
    def _draw_courses(self) -> None:
        watchlist = self._first.window.docks.panel("watchlist")
        if isinstance(watchlist, Watchlist):
            watchlist.show_courses(self.courses.course)

    def follow(self, supply: "Supply", tasks: "Tasks") -> None:
        """From now on there are prices, and a past."""
        self._supply = supply
        supply.interval_changed.connect(self.recorder.set_interval)
        self.timeline.take_archive(supply.archive, tasks)
        self.timeline.rates.begin(supply.ask_past_rates, tasks)
        self.courses.take_archive(supply.archive, tasks)
        supply.mended.connect(self.timeline.refresh)
        supply.mended.connect(self.courses.refresh)
        self.timeline.loading_changed.connect(self._measure)

    @Slot()
    def _measure(self) -> None:
        """A fill has ended: there is more history now."""
        if self._supply and not self.timeline.loading:
            self._supply.measure()
