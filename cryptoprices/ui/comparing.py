"""What connects the panels, the menu of compared coins and the brush with the chart."""

from PySide6.QtCore import QObject, Qt, Slot

from cryptoprices.core.market import Pair
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.compared import ComparedTime
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.menus import give_letter
from cryptoprices.ui.panels.comparison import ComparisonPanel


class Comparing(QObject):
    """time: that the figures of the panel are of."""

    def __init__(self, window: MainWindow, chart: ChartView, timeline: Timeline) -> None:
        super().__init__(chart)
        for each in window.docks.docks.values():
            if each.panel:
                each.panel.follow(timeline)
        self._timeline = timeline
        self.time = ComparedTime(chart, timeline)
        menu, brush, dock = window.compare_menu, window.commands.brush, window.docks.docks["comparison"]
        if menu.pairs:
            self._compare(menu.pairs)
        menu.chosen.connect(self._compare)
        give_letter(brush, "B", chart)
        brush.setEnabled(True)
        brush.toggled.connect(chart.brush.arm)
        chart.brush.armed_changed.connect(brush.setChecked)
        if isinstance(dock.panel, ComparisonPanel):
            dock.panel.follow_chart(self.time)
            dock.panel.view.addAction(window.commands.analysis)
            dock.panel.view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
            self.time.changed.connect(dock.show_now)
            timeline.changed.connect(dock.show_now)

    @Slot(object)
    def _compare(self, pairs: tuple[Pair, ...]) -> None:
        self._timeline.set_compared(pairs)
