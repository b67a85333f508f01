"""What every tab of the analysis is: a page that looks at what the chart shows, and only while it can be seen."""

from datetime import datetime, tzinfo
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QColor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from cryptoprices.core.formatting import THIN, UNKNOWN
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.lookup import Lookup
from cryptoprices.ui.chart.loading import LoadingBar
from cryptoprices.ui.chart.scale import axis_text
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.reasons import exchange_title
from cryptoprices.ui.theme import LIGHT, Theme, font

_EDGE = 8  # px around what says that something takes long


class Tab(QWidget):
    """title: on its tab. look() is called when something has changed, at the latest when it is shown."""

    title: ClassVar[str]

    def __init__(self, chart: ChartView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart = chart
        self.theme = LIGHT
        self._labels: list[tuple[QLabel, str]] = []
        self.loading = LoadingBar("Loading bars", self)
        self.loading.resized.connect(self._place_loading)
        self.loading.installEventFilter(self)
        chart.view_changed.connect(self.look_again)
        chart.brush.changed.connect(self.look_again)

    def look(self) -> None:
        """Show what there is now."""
        raise NotImplementedError

    @Slot()
    def look_again(self) -> None:
        """Something has changed; who is hidden looks when shown."""
        if self.isVisible():
            self.look()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self.theme = theme
        self.loading.set_theme(theme)
        for label, colour in self._labels:
            palette = label.palette()
            palette.setColor(palette.ColorRole.WindowText, QColor(getattr(theme, colour)))
            label.setPalette(palette)

    def showEvent(self, event: QShowEvent) -> None:
        """What was missed while hidden is there in the first frame."""
        super().showEvent(event)
        self.look()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What says that something takes long stays in its corner."""
        super().resizeEvent(event)
        self._place_loading()

    def eventFilter(self, _loading: QObject, event: QEvent) -> bool:
        """It comes and goes."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._place_loading()
        return False

    @Slot()
    def _place_loading(self) -> None:
        """At the foot, where the page leaves it room."""
        self.loading.fit(self.width() - 2 * _EDGE)
        self.loading.move(_EDGE, self.height() - self.loading.height() - _EDGE)
        self.loading.raise_()
        page = self.layout()
        if page:
            edges = page.contentsMargins()
            edges.setBottom(edges.top() + (self.loading.height() if not self.loading.isHidden() else 0))
            page.setContentsMargins(edges)

    def show_filling(self, lookup: Lookup, hub: Hub) -> None:
        """How far a fill is: "Loading bars from Kraken · 3 of 12 pages"."""
        progress = lookup.progress
        if not lookup.filling:
            self.loading.end()
        elif progress is None:
            self.loading.tell("Loading bars", 0, 0)
        else:
            pages = f"{progress.done} of {progress.total} pages"
            told = f"Loading bars from {exchange_title(progress.exchange, hub)} · {pages}"
            self.loading.tell(told, progress.done, progress.total)

    @property
    def zone(self) -> tzinfo | None:
        """By which times are told: the chart's."""
        return self.chart.zone.tz

    @property
    def span(self) -> tuple[float, float]:
        """What figures are of, Unix ms: the period that is marked in the chart, else the time in view."""
        return self.chart.brush.span or self.chart.times

    @property
    def spoken_span(self) -> str:
        """ "in view", "in the marked period"."""
        return "in the marked period" if self.chart.brush.span else "in view"

    def day(self, t_ms: float) -> str:
        """ "22 Nov 2026", by the chart's clock."""
        moment = datetime.fromtimestamp(t_ms / 1000, self.zone)
        return f"{moment.day} {moment:%b %Y}"

    def label(self, colour: str = "text", size_px: float = 13) -> QLabel:
        """Plain text that may take several lines and can be selected. colour: a field of the theme."""
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setFont(font(size_px))
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._labels.append((label, colour))
        return label


def write(label: QLabel, text: str) -> None:
    """Say this, or take no room where there is nothing to say."""
    if text != label.text():
        label.setText(text)
    label.setVisible(bool(text))


def percent_text(value: float | None) -> str:
    """0.0123 -> "+0.012 %", None -> "—"."""
    return UNKNOWN if value is None else f"{axis_text(value, 3, '+')}{THIN}%"
