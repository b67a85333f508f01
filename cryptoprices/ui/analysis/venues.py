"""How much dearer a coin is at each exchange than in the middle of all, over the time that the chart shows."""

from functools import partial

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout

from cryptoprices.core.formatting import UNKNOWN
from cryptoprices.core.market import Pair
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.lookup import Lookup
from cryptoprices.qt.past import Archive
from cryptoprices.qt.tasks import Tasks
from cryptoprices.qt.timeline import Timeline
from cryptoprices.qt.venues import Venues, find_venues
from cryptoprices.ui.analysis.tab import Tab, percent_text, write
from cryptoprices.ui.analysis.table import Cell, FiguresTable
from cryptoprices.ui.analysis.venue_lines import Line, colour_of, lines_of
from cryptoprices.ui.analysis.venue_plot import VenuePlot
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.reasons import exchange_title
from cryptoprices.ui.theme import Theme, font

_HEADS = ("Exchange", "Newest", "Mean", "Bars", "Market")
_ALL = "Load from all exchanges"
_ALONE = "At least two exchanges are needed: “Load from all exchanges” asks each for its own bars."


class VenuesTab(Tab):
    """The chosen pair's exchanges; the time in view is the chart's, and zooming here zooms there."""

    title = "Exchanges"

    def __init__(self, chart: ChartView, hub: Hub, timeline: Timeline, archive: Archive, tasks: Tasks) -> None:
        super().__init__(chart)
        self._hub, self._timeline, self._archive = hub, timeline, archive
        self._wanted: tuple[Pair, str, int, int] | None = None
        self._venues: Venues | None = None
        self._asked: tuple[Pair, str] | None = None  # of what the person wants all exchanges asked
        self._lines: list[Line] = []
        self._lookup = Lookup(tasks, self)
        self._lookup.found.connect(self._take)
        self._lookup.filling_changed.connect(self._show_filling)
        self.heading, self.note = self.label(), self.label("muted", 11.5)
        self.load = QPushButton(_ALL, self)
        self.load.setFont(font(13))
        self.load.clicked.connect(self.load_all)
        self.loading.cancelled.connect(self._cancel)
        self.plot = VenuePlot(chart, hub, timeline)
        self.table = FiguresTable("Premium of each exchange", self)
        self.table.selectionModel().currentRowChanged.connect(self._draw)
        self._lay_out()
        timeline.changed.connect(self.look_again)
        timeline.loading_changed.connect(self._reload)
        hub.selected_changed.connect(self.look_again)
        hub.paused_changed.connect(self._pause)
        self._pause(hub.paused)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.heading, 1)
        head.addWidget(self.load)
        both = QSplitter()
        both.setOrientation(Qt.Orientation.Vertical)
        both.addWidget(self.plot)
        both.addWidget(self.table)
        both.setSizes([320, 200])
        both.setChildrenCollapsible(False)
        rows = QVBoxLayout(self)
        rows.addLayout(head)
        rows.addWidget(both, 1)
        rows.addWidget(self.note)

    @Slot()
    def look(self) -> None:
        """Read what is stored where another pair, width or time is wanted; show the time that the chart shows."""
        timeline = self._timeline
        wanted = self._hub.selected, timeline.interval, timeline.since_ms, timeline.bounds_ms()[1]
        if self._venues and (self._venues.pair, self._venues.interval) != wanted[:2]:
            self._venues = None
            self._lookup.cancel_fill()
        if wanted != self._wanted:
            self._wanted = wanted
            self._lookup.read(partial(find_venues, self._archive, *wanted))
            if wanted[:2] == self._asked and not self._lookup.filling:  # a bar has ended, or more time is in view
                self._fill()
        self._show()

    @Slot()
    def load_all(self) -> None:
        """Ask all exchanges for what is not stored of the time that the chart has, and later for what comes."""
        if self._wanted:
            self._asked = self._wanted[:2]
            self._fill()

    def _fill(self) -> None:
        if self._wanted and not self._hub.paused:
            self._lookup.fill(partial(self._archive.fill_each, *self._wanted))

    @Slot()
    def _cancel(self) -> None:
        """The person wants nobody asked any more."""
        self._asked = None
        self._lookup.cancel_fill()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        super().set_theme(theme)
        for part in (self.plot, self.table):
            part.set_theme(theme)
        self.look_again()

    @Slot(bool)
    def _pause(self, paused: bool) -> None:
        """Who pauses wants nobody asked."""
        if paused:
            self._lookup.cancel_fill()
        self._allow()

    def _allow(self) -> None:
        """The button can be pressed unless it is at work, or nobody is to be asked."""
        self.load.setEnabled(not (self._hub.paused or self._lookup.filling))
        why = "Nothing is asked while paused." if self._hub.paused else "Ask each exchange for its own bars."
        self.load.setToolTip(tooltip(why))
        self.load.setAccessibleDescription(why)

    @Slot()
    def _show_filling(self) -> None:
        self._allow()
        self._draw()
        self.show_filling(self._lookup, self._hub)

    @Slot()
    def _reload(self) -> None:
        """The chart has loaded something."""
        if not self._timeline.loading:
            self._wanted = None
            self.look_again()

    @Slot(object)
    def _take(self, found: Venues | Exception) -> None:
        self._venues = None if isinstance(found, Exception) else found
        self._lines = lines_of(self._venues, self._hub) if self._venues else []
        self._show()
        if isinstance(found, Exception):
            self.plot.show_message("The history cannot be read; the log says why.")

    def _show(self) -> None:
        """The figures of the marked period or the time in view, then the lines."""
        venues = self._venues
        lines = self._lines if venues else []
        write(self.heading, f"{self._hub.selected}: per cent above the median of all exchanges, {self.spoken_span}")
        self.table.put(_HEADS, [_cells(line, colour_of(i, self.theme), *self.span) for i, line in enumerate(lines)])
        unpriced = (
            [f"{exchange_title(name, self._hub)} ({market})" for name, market in venues.unpriced.items()]
            if venues
            else []
        )
        told = [f"Closes of bars of {self._timeline.interval}, each exchange's own."]
        if venues and venues.converted:
            told.append("A market in USDT is turned into dollars by what USDT cost at the end of the same bar.")
        if unpriced:
            told.append(f"Left out, for nobody knows what USDT cost then: {', '.join(unpriced)}.")
        write(self.note, " ".join(told))
        self._draw()

    @Slot()
    def _draw(self) -> None:
        """The line of the table's current row is thicker, and ends with its value."""
        self.plot.show_lines(self._lines if self._venues else (), self.table.currentIndex().row(), self._waits())

    def _waits(self) -> str:
        """What is said where there is nothing to compare, one sentence; "" where there is."""
        if self._venues is None:
            return "What is stored is being read."
        if sum(not line.below for line in self._lines) > 1:
            return ""
        if self._lookup.filling:
            return "The bars of the exchanges are on their way."
        return _ALONE if self._asked is None else "No second exchange has given bars of this time."


def _cells(line: Line, colour: str, since_ms: float, until_ms: float) -> tuple[Cell, ...]:
    """Name, newest and mean premium of this time, and how many bars both are of."""
    start, stop = np.searchsorted(line.end_ms, since_ms), np.searchsorted(line.end_ms, until_ms, side="right")
    values = line.above_pct[start:stop]
    values = values[~np.isnan(values)]
    newest, mean = (float(values[-1]), float(values.mean())) if len(values) else (None, None)
    return (
        Cell(line.name, colour=colour),
        Cell(percent_text(newest), newest),
        Cell(percent_text(mean), mean),
        Cell(f"{len(values):,}" if len(values) else UNKNOWN, len(values) or None),  # unknown while it stands alone
        Cell(line.market),
    )
