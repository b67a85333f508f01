"""The menu in which a person chooses how the chart is drawn; the choices of each mode are its own."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.ui.chart.modes import LOOKS, SCALES, STYLES, Look, Mode, ScaleKind, Style, Zone
from cryptoprices.ui.menus import empty
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.top_bar import LINE, LOG, TopBar

if TYPE_CHECKING:  # these load numpy, which the first frame does without
    from cryptoprices.qt.timeline import Timeline
    from cryptoprices.ui.chart.view import ChartView

_AUTO = "Auto"


class ChartMenu(QMenu):
    """Style, scale, bars, time; rows are made when it is opened. What was chosen stands in looks, interval and zone.

    style_chosen(str), scale_chosen(str): for the mode that is shown. interval_chosen(str | None): the bars' width, None
    for the range's own. zone_chosen(str). here_chosen, first_chosen: compare from the cursor, from the first bar in
    view. refused(interval): why the range cannot be had in bars of
    this width, "" where it can. others: what else can be done with the chart; these belong to the window.
    """

    style_chosen = Signal(str)
    scale_chosen = Signal(str)
    interval_chosen = Signal(object)
    zone_chosen = Signal(str)
    here_chosen = Signal()
    first_chosen = Signal()

    def __init__(self, bar: TopBar, parent: QWidget) -> None:
        """bar: its buttons for mode and scale choose the same."""
        super().__init__("&Chart", parent)
        self._bar = bar
        self.setToolTipsVisible(True)
        self.looks: dict[Mode, Look] = dict(LOOKS)
        self.interval: str | None = None
        self.zone = Zone.LOCAL
        self._anchor_ms: float | None = None  # that of the last run
        self._chart: ChartView | None = None
        self.refused: Callable[[str], str] = _never
        self.others: list[QAction] = []
        self.aboutToShow.connect(self.refresh)
        bar.modes.chosen.connect(self.show_mode)
        bar.scales.chosen.connect(self._take_scale)
        self.show_mode(bar.modes.current)

    def drive(self, chart: "ChartView", timeline: "Timeline") -> None:
        """What was chosen here and in the bar holds for this chart, and what will be chosen too."""
        chart.set_looks(self.looks)
        chart.set_zone(self.zone)
        timeline.set_interval(self.interval)
        self.refused = timeline.refused
        self.style_chosen.connect(chart.set_style)
        self.scale_chosen.connect(chart.set_scale)
        self.zone_chosen.connect(chart.set_zone)
        self.interval_chosen.connect(timeline.set_interval)
        self.here_chosen.connect(chart.compare_here)
        self.first_chosen.connect(chart.end_anchor)
        chart.set_mode(self._bar.modes.current)
        chart.set_range(self._bar.ranges.current)
        self._bar.modes.chosen.connect(chart.set_mode)
        self._bar.ranges.chosen.connect(chart.set_range)
        self._chart = chart
        if self._anchor_ms is not None and timeline.since_ms <= self._anchor_ms < timeline.bounds_ms()[1]:
            chart.anchor_ms = self._anchor_ms
            chart.refresh()

    @property
    def look(self) -> Look:
        """Of the mode that is shown."""
        return self.looks[self.mode]

    @Slot(str)
    def show_mode(self, mode: str) -> None:
        """This one is shown from now on."""
        self.mode = Mode(mode)
        self._show_scale()

    @Slot(str)
    def choose_style(self, style: str) -> None:
        """For the mode that is shown."""
        self.looks[self.mode] = self.look._replace(style=Style(style))
        self.style_chosen.emit(style)

    @Slot(str)
    def choose_scale(self, kind: str) -> None:
        """For the mode that is shown."""
        self.looks[self.mode] = self.look._replace(scale=ScaleKind(kind))
        self._show_scale()
        self.scale_chosen.emit(kind)

    def state(self) -> dict[str, object]:
        """What was chosen, in plain values for `restore`."""
        styles = {f"{mode} style": str(look.style) for mode, look in self.looks.items()}
        scales = {f"{mode} scale": str(look.scale) for mode, look in self.looks.items()}
        anchor_ms = self._chart.anchor_ms if self._chart else self._anchor_ms
        return {**styles, **scales, "bars": self.interval or _AUTO, "time": str(self.zone), "anchor_ms": anchor_ms}

    def restore(self, state: Mapping[str, object]) -> None:
        """What `state` said; strange values are passed over."""
        for mode, look in LOOKS.items():
            style, scale = state.get(f"{mode} style"), state.get(f"{mode} scale")
            self.looks[mode] = Look(
                next((known for known in STYLES[mode] if known == style), look.style),
                next((known for known in SCALES[mode] if known == scale), look.scale),
            )
        self.interval = next((known for known in INTERVALS_MS if known == state.get("bars")), None)
        self.zone = next((known for known in Zone if known == state.get("time")), Zone.LOCAL)
        anchor_ms = state.get("anchor_ms")
        self._anchor_ms = float(anchor_ms) if isinstance(anchor_ms, (int, float)) else None
        self.show_mode(self._bar.modes.current)

    @Slot()
    def refresh(self) -> None:
        """Rows for what can be chosen in this mode, a mark at what holds."""
        empty(self)
        self._offer("&Style", STYLES[self.mode], self.look.style, self.choose_style)
        self._offer("S&cale", SCALES[self.mode], self.look.scale, self.choose_scale)
        bars = self._offer("&Bars", (_AUTO, *INTERVALS_MS), self.interval or _AUTO, self._choose_interval)
        for action in bars:
            why_not = "" if action.text() == _AUTO else self.refused(action.text())
            action.setEnabled(not why_not)
            action.setToolTip(tooltip(why_not))
        self._offer("&Time", tuple(Zone), self.zone, self._choose_zone)
        self.addSeparator()
        for text, signal in (
            ("Compare from &here", self.here_chosen),
            ("Compare from the &first bar in view", self.first_chosen),
        ):
            action = self.addAction(text)
            action.setEnabled(self.mode is Mode.COMPARE)
            action.triggered.connect(signal)
        self.addSeparator()
        self.addActions(self.others)

    def _offer(self, title: str, choices: Iterable[str], held: str, choose: Callable[[str], None]) -> list[QAction]:
        """A menu of which one row is marked."""
        menu = self.addMenu(title)
        menu.setToolTipsVisible(True)
        group = QActionGroup(menu)
        for choice in choices:
            action = QAction(menu)
            action.setText(choice)
            action.setCheckable(True)
            action.setChecked(choice == held)
            menu.addAction(group.addAction(action))
        group.triggered.connect(partial(_tell, choose))
        return group.actions()

    def _show_scale(self) -> None:
        """On the bar's buttons, of which one is always pressed."""
        no_log = {} if ScaleKind.LOG in SCALES[self.mode] else {LOG: "What is compared has an axis of per cent"}
        self._bar.scales.refuse(no_log)
        self._bar.scales.choose(LOG if self.look.scale is ScaleKind.LOG else LINE)

    @Slot(str)
    def _take_scale(self, button: str) -> None:
        self.choose_scale(ScaleKind.LOG if button == LOG else SCALES[self.mode][0])

    def _choose_interval(self, name: str) -> None:
        self.interval = None if name == _AUTO else name
        self.interval_chosen.emit(self.interval)

    def _choose_zone(self, zone: str) -> None:
        self.zone = Zone(zone)
        self.zone_chosen.emit(zone)


def _never(_interval: str) -> str:
    return ""


def _tell(choose: Callable[[str], None], action: QAction) -> None:
    choose(action.text())
