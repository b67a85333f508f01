"""The chart for who does not see it: what is in view is described, and what the cursor comes to is said."""

from datetime import tzinfo

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QLabel

from cryptoprices.qt.hub import Hub
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.shown import Shown
from cryptoprices.ui.chart.spoken import sentence, spoken, spoken_time
from cryptoprices.ui.chart.summary import summary
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.chart.words import description

_REST_MS = 250  # a view that moves is described once it has come to rest


class Reader(QObject):
    """Tells assistive technology of the chart: by its description, and by what is announced.

    said(str): a sentence that the person has asked for. Announced are steps of the cursor by key and what was asked
    for: prices that come say nothing. While the keys go to the chart, its description stays too until the person
    changes something, for screen readers speak a description that changes under the focus.
    """

    said = Signal(str)

    def __init__(self, chart: ChartView, hub: Hub, timeline: Timeline) -> None:
        super().__init__(chart)
        self._chart, self._hub, self._timeline = chart, hub, timeline
        self._shown = Shown(hub, timeline)
        self._key: object = None  # of what the description is, apart from prices
        self._timer = QTimer(self, interval=_REST_MS, singleShot=True)
        self._timer.timeout.connect(self.describe)
        self.line = QLabel(chart)  # what was announced last, for who comes to it later or hears no announcements
        self.line.setTextFormat(Qt.TextFormat.PlainText)
        self.line.setFixedSize(1, 1)
        self.line.show()
        chart.view_changed.connect(self._timer.start)
        chart.moves.stepped.connect(self.say_cursor)
        chart.brush.told.connect(self.announce)

    @Slot()
    def describe(self) -> None:
        """Mode, lines, times and number of points, and the summary."""
        chart = self._chart
        place = (chart.range,) if chart.following else chart.times
        key = (chart.mode, chart.zone, place, [line.name for line in chart.picture.lines], self._shown.currency)
        if key == self._key and chart.hasFocus():
            return
        self._key = key
        told = description(chart.mode, chart.picture.lines, self._shown.currency, chart.times, self._zone)
        chart.setAccessibleDescription(f"{told}. {self.summary()}" if chart.picture.lines else told)

    def summary(self) -> str:
        """What is in view, one sentence."""
        chart = self._chart
        range_ = chart.range.words if chart.following else ""
        return summary(chart.picture, chart.times, self._zone, range_, self._shown.currency)

    @Slot()
    def say_summary(self) -> None:
        """Because the person asks for it."""
        text = self.summary()
        self.announce(text)
        self.said.emit(text)

    @Slot(float)
    def say_cursor(self, _t_ms: float) -> None:
        """What the crosshair's box says, in words, and what it does not need to say to who sees it."""
        crosshair, main = self._chart.stack.crosshair, self._chart.stack.main
        if crosshair.t_ms is None or not main.layers:
            return
        t_ms, layer = crosshair.t_ms, main.layers[0]
        end = self._timeline.past_end() if layer.step(t_ms, -1) == t_ms else ""
        rows = [spoken(row.text) for row in crosshair.rows[1:]]
        told = sentence([spoken_time(t_ms, self._zone), *rows, self._shown.ended(layer, t_ms)])
        self.announce(f"{told}. {end}" if end else told)

    @Slot(str)
    def announce(self, text: str) -> None:
        """Let it be spoken at once, instead of what is spoken now: it answers a key."""
        self.line.setAccessibleName(text)
        event = QAccessibleAnnouncementEvent(self._chart, text)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)

    @property
    def _zone(self) -> tzinfo | None:
        return self._chart.zone.tz
