"""Of which time the figures are: the range while the chart follows, what is in view after somebody moved it, or what
is marked.
"""

from datetime import tzinfo

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from cryptoprices.core.comparison import Figures
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.figure_rows import span_text

_REST_MS = 150  # figures are computed when a view that is moved has rested for so long


class ComparedTime(QObject):
    """span: of bars that end in it, Unix ms; None for the range. changed: it is another one, or written otherwise."""

    changed = Signal()

    def __init__(self, chart: ChartView, timeline: Timeline) -> None:
        super().__init__(chart)
        self._chart, self._timeline = chart, timeline
        self.span: tuple[float, float] | None = None
        self._rest = QTimer(self, interval=_REST_MS, singleShot=True)
        self._rest.timeout.connect(self._settle)
        chart.view_changed.connect(self._look)
        chart.brush.changed.connect(self._settle)

    @property
    def zone(self) -> tzinfo | None:
        """By which clock times are written, None for the machine's own."""
        return self._chart.zone.tz

    @property
    def marked(self) -> bool:
        """It is what somebody has marked."""
        return self._chart.brush.span is not None

    @property
    def figures(self) -> Figures | None:
        """Of this time; None while its bars are not there."""
        return self._timeline.figures_between(*self.span) if self.span else self._timeline.figures()

    def words(self) -> str:
        """From when to when, "" for the range: of the bars that there are, not of what lies beside them."""
        if self.span is None:
            return ""
        figures = self.figures
        since_ms, until_ms = (figures.span_ms if figures else None) or self.span
        return span_text(since_ms, until_ms, self._timeline.bounds_ms()[1], self._timeline.interval, self.zone)

    @Slot()
    def _look(self) -> None:
        """The view has changed. A view that follows and a marked period need no rest: their bars stay the same."""
        if self._wanted() == self.span:
            self._rest.stop()
        elif self._chart.following or self.marked:
            self._settle()
        else:
            self._rest.start()

    @Slot()
    def _settle(self) -> None:
        self._rest.stop()
        wanted = self._wanted()
        if wanted != self.span:
            self.span = wanted
            self.changed.emit()

    def _wanted(self) -> tuple[float, float] | None:
        return self._chart.brush.span or (None if self._chart.following else self._chart.times)
