"""Indicators over the prices and in panes of their own, and the panes of two coins: drawn as a person has chosen."""

from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from cryptoprices.core.bars import Bars
from cryptoprices.core.chosen_studies import Chosen, ChosenStudies
from cryptoprices.core.market import Pair
from cryptoprices.core.ranges import Lead
from cryptoprices.core.studies import Draws
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.handles import Handles
from cryptoprices.ui.chart.layer import Layer, Row
from cryptoprices.ui.chart.modes import Mode
from cryptoprices.ui.chart.pane import Pane
from cryptoprices.ui.chart.scale import LINEAR, Scale
from cryptoprices.ui.chart.study_colours import StudyColours
from cryptoprices.ui.chart.study_layers import Curves, Looks
from cryptoprices.ui.chart.study_lines import TAIL, reckoned
from cryptoprices.ui.chart.study_words import heading, lacking, value_text
from cryptoprices.ui.chart.view import ChartView

OF_ONE, OF_TWO = (Mode.PRICE, Mode.CANDLES), (Mode.COMPARE, Mode.RATIO)
_STEP = 100  # bars: so many more are loaded at once for what begins later


class _Kept(NamedTuple):
    """Curves, what they are of, and how far that was when they were reckoned."""

    of: object
    now: object
    curves: Curves


class _Drawn(NamedTuple):
    """A study as it is to be seen. layers, colours: of each curve; None for what has colours of its own."""

    chosen: Chosen
    curves: Curves | None
    scale: Scale
    layers: tuple[Layer, ...]
    colours: tuple[str | None, ...]

    def values(self, t_ms: float | None, shift_ms: float) -> list[str]:
        """What each curve is at this sample of the prices, at the newest bar without one."""
        if self.curves is None:
            return []
        curves = self.curves
        at = curves.newest_known if t_ms is None else curves.newest(t_ms, shift_ms)
        if t_ms is None or at is None:
            return [value_text(curve.trace, at, self.scale) for curve in curves.each]
        values = [layer.at(t_ms) for layer in self.layers]  # of a candle that stands for many all their volume
        return [
            value_text(curve.trace, at, self.scale) if value is None else self.scale.text(value)
            for curve, value in zip(curves.each, values, strict=True)
        ]


class Studies(QObject):
    """Draws the chosen studies of the mode into the chart. changed: others are chosen, or with other periods.

    asked(str): a person wants to change the one of this name. What is drawn is reckoned when its bars have changed and
    the chart is to be seen: all of it, left of the view as well.
    """

    changed = Signal()
    asked = Signal(str)

    def __init__(self, hub: Hub, timeline: Timeline, chart: ChartView) -> None:
        super().__init__(chart)
        self._hub, self._timeline, self._chart = hub, timeline, chart
        self._chosen = ChosenStudies()
        self._kept: dict[str, _Kept] = {}  # by name
        self._drawn: list[_Drawn] = []
        self._colours = StudyColours()
        self._handles = Handles(chart.stack)
        self._handles.pressed.connect(self.asked)
        self._handles.dropped.connect(self.remove)
        chart.pictured.connect(self._draw)
        chart.cursor_moved.connect(self._tell)
        chart.stack.closed.connect(self._close)
        self.changed.connect(chart.refresh)
        self._need_bars()

    # what is chosen

    @property
    def chosen(self) -> tuple[Chosen, ...]:
        """All, oldest first."""
        return tuple(self._chosen.all)

    def get(self, name: str) -> Chosen:
        """The one of this name. Raises KeyError where there is none."""
        return self._chosen[name]

    def shown(self) -> list[Chosen]:
        """Those that belong to what the chart shows."""
        of_two = self._chart.mode in OF_TWO
        return [one for one in self._chosen.all if one.of_two == of_two]

    @Slot(str)
    def add(self, key: str) -> None:
        """One more of this kind. Raises KeyError for an unknown one."""
        self._chosen.add(key)
        self._take_change()

    def edit(self, name: str, values: Mapping[str, float]) -> None:
        """With these periods. Raises ValueError with one sentence where they are not allowed; then nothing changes."""
        self._chosen.edit(name, values)
        self._take_change()

    @Slot(str)
    def remove(self, name: str) -> None:
        """Without it; nothing where there is none of this name."""
        if any(one.name == name for one in self._chosen.all):
            self._chosen.remove(name)
            self._take_change()

    def state(self) -> list[dict[str, object]]:
        """What is chosen, in plain values for `restore`."""
        return self._chosen.state()

    def restore(self, state: object) -> None:
        """What `state` said; strange values are passed over."""
        self._chosen.take(state)
        self._take_change()

    def _take_change(self) -> None:
        self._need_bars()
        self.changed.emit()

    def _need_bars(self) -> None:
        """Those before the view, without which the left edge would be empty."""
        most = max((one.bars_before for one in self._chosen.all), default=0)
        sessions = any(one.of_sessions for one in self._chosen.all)
        self._timeline.set_lead(Lead(-(-most // _STEP) * _STEP, sessions))

    @Slot(str)
    def _close(self, key: str) -> None:
        """Its pane was closed."""
        self.remove(key)

    # what is drawn

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """What the shown studies are of: the chosen pair, or base and quote."""
        match self._chart.mode:
            case Mode.COMPARE:
                return self._timeline.compared()[:2][::-1]
            case Mode.RATIO:
                return self._timeline.ratio_pairs or ()
        return (self._hub.selected,)

    @Slot(float, float)
    def _draw(self, start_ms: float, stop_ms: float) -> None:
        """The chart is about to show this time."""
        stack, main, shown = self._chart.stack, self._chart.stack.main, self.shown()
        self._drawn = []  # before panes go: then the crosshair moves, and asks for what each says
        lower = {one.name for one in shown if one.study.own_pane}
        for key in [key for key in stack.panes if key != "main" and key not in lower]:
            stack.remove_pane(key)
        main.overlays = {name: layers for name, layers in main.overlays.items() if not name.startswith(_OURS)}
        self._kept = {one.name: self._kept[one.name] for one in self._chosen.all if one.name in self._kept}
        px_ms = (stop_ms - start_ms) / max(1.0, main.plot.width())
        bars, names = self._bars(), [one.name for one in shown]
        looks = self._looks(bars, px_ms)
        self._colours.keep([one.name for one in self._chosen.all])
        for one in shown:
            curves = self._curves(one, bars)
            pane = self._pane(one, bars, curves) if one.study.own_pane else main
            scale = self._scale(one)
            colours: list[str] = []
            if curves:
                free = self._colours.give(one.name, looks.count(curves), looks.theme, one.study.own_pane, names)
                colours = looks.colours(curves, free)
            layers = looks.layers(one, curves, colours, scale, main) if curves else ()
            if pane is main:
                main.overlays[_OURS + one.name] = layers
            else:
                pane.layers = layers
            each = curves.each if curves else ()
            own = [
                None if c.trace.draws is Draws.HISTOGRAM else colour for c, colour in zip(each, colours, strict=True)
            ]
            self._drawn.append(_Drawn(one, curves, scale, layers, tuple(own)))
        self._tell(self._chart.cursor_ms)

    def _bars(self) -> list[Bars]:
        """Of the pairs that the studies are of, none unless all are there and of one width."""
        pairs = self.pairs
        bars = [found for pair in pairs if (found := self._timeline.bars(pair))]
        wanted = 2 if self._chart.mode in OF_TWO else 1
        alike = len({(one.interval, pair.quote) for one, pair in zip(bars, pairs, strict=False)}) == 1
        return bars if len(bars) == wanted and alike else []

    def _curves(self, chosen: Chosen, bars: list[Bars]) -> Curves | None:
        """As they were, where nothing has changed that they depend on."""
        if not bars:
            return None
        as_candles = bool(self._chart.stack.main.layers and self._chart.stack.main.layers[0].shift_ms)
        of, now = (tuple(bars), chosen.values, as_candles), [(len(one.candles), one.running) for one in bars]
        kept = self._kept.get(chosen.name)
        if kept and kept.of == of and kept.now == now:
            return kept.curves
        curves = None
        if kept and kept.of == of:
            lines = kept.curves.lines.grown(reckoned(chosen.study, bars, chosen.values, TAIL))
            curves = kept.curves.grown(lines) if lines else None
        if curves is None:
            curves = Curves.of(reckoned(chosen.study, bars, chosen.values), bars[0].interval, as_candles)
        self._kept[chosen.name] = _Kept(of, now, curves)
        return curves

    def _pane(self, chosen: Chosen, bars: list[Bars], curves: Curves | None) -> Pane:
        names = self._names()
        interval = bars[0].interval if bars else self._timeline.interval
        called = heading(chosen, names, interval)
        pane = self._chart.stack.add_pane(chosen.name, called)
        self._chart.stack.rename_pane(chosen.name, called)
        pane.set_title(heading(chosen, names, interval, curves.lines.warning if curves else ""))
        pane.bounds, pane.levels = chosen.study.bounds, chosen.study.levels
        pane.holes = self._chart.stack.main.holes
        pane.set_message("" if curves else lacking(self.pairs, chosen.of_two))
        return pane

    def _names(self) -> tuple[str, str]:
        """Of base and quote."""
        names = [pair.base for pair in self.pairs]
        return (names[0], names[1]) if len(names) == 2 else (names[0] if names else "", "")

    def _scale(self, chosen: Chosen) -> Scale:
        """Over the prices theirs, in a pane of its own that of its unit."""
        layers = self._chart.stack.main.layers
        prices = layers[0].scale if layers else LINEAR
        return Scale(unit=chosen.study.unit, currency=prices.currency) if chosen.study.own_pane else prices

    def _looks(self, bars: list[Bars], px_ms: float) -> Looks:
        theme, names = self._chart.stack.main.theme, self._names()
        colours = theme.colours_of([pair.base for pair in self._timeline.compared()])  # as their lines have them
        coins = {
            key: (name, colours.get(name, theme.accent)) for key, name in zip(("base", "quote"), names, strict=True)
        }
        of_one = self._chart.mode in OF_ONE and bars
        return Looks(theme, coins, bars[0].candles if of_one else None, px_ms)

    # what is said

    @Slot(object)
    def _tell(self, t_ms: float | None) -> None:
        """In the legends: of the bar at the cursor; without it over the prices of the newest one."""
        main, rows, handles = self._chart.stack.main, [], []
        shift_ms = main.layers[0].shift_ms if main.layers else 0.0
        for drawn in self._drawn:
            chosen, colours, values = drawn.chosen, drawn.colours, drawn.values(t_ms, shift_ms)
            if not chosen.study.own_pane:
                rows.append(Row("  ".join([chosen.label, *values]), colours[-1] if colours else None))
                handles.append(chosen)
                continue
            if t_ms is None:  # their ends tell; other texts with each price would have all panes painted anew
                values = [""] * len(values)
            names = dict(zip(("base", "quote"), self._names(), strict=True))
            each = drawn.curves.each if drawn.curves else ()
            told = [names.get(curve.trace.name, curve.trace.name) if len(each) > 1 else "" for curve in each]
            pane = self._chart.stack.panes[chosen.name]
            rows_of = [(f"{name} {value}".strip(), c) for name, value, c in zip(told, values, colours, strict=True)]
            pane.set_legend([Row(text, colour) for text, colour in rows_of if text])
        main.set_legend(rows)
        self._handles.show(handles, [drawn.chosen for drawn in self._drawn if drawn.chosen.study.own_pane])


_OURS = "study "  # begins the names of our overlays
