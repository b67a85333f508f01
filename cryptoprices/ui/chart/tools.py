"""Lines over the prices, and what is measured between two points: drawn, held, moved, removed."""

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from PySide6.QtCore import QObject, QPoint, Signal, Slot

from cryptoprices.core.drawings import Drawing, Drawings, Level, Point, Trend
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.layer import Layer
from cryptoprices.ui.chart.modes import Mode
from cryptoprices.ui.chart.scale import LINEAR, Scale
from cryptoprices.ui.chart.strokes import Frame
from cryptoprices.ui.chart.tools_layers import DrawingsLayer, MeasureLayer
from cryptoprices.ui.chart.tools_pen import Pen, Tool
from cryptoprices.ui.chart.tools_places import Grip, Part, moved
from cryptoprices.ui.chart.tools_words import drawing_text, hidden_text, measure_text, part_text, point_text
from cryptoprices.ui.chart.view import ChartView

NO_PAIR = "Lines belong to the prices of one pair: choose Price, Candles or Ratio first."
_OVERLAY = "drawings"
_DRAG_PX = 3.0  # a drawing moves once the mouse has


class Tools(QObject):
    """pair: whose drawings are shown, "" where there are none. held: what is taken hold of. measured: two points.

    moving: what is held, where the mouse has dragged it. changed: other drawings, another one held, another tool.
    told(str): to be spoken. refused(str): why something was not done. removed(pair, drawings): these are gone.
    edit_asked: the prices of what is held are to be changed. menu_asked(QPoint): a menu of what is held, there on the
    screen. Nothing of this stops the chart from following, and nothing moves its view.
    """

    changed = Signal()
    told = Signal(str)
    refused = Signal(str)
    removed = Signal(str, object)
    edit_asked = Signal()
    menu_asked = Signal(QPoint)

    def __init__(self, hub: Hub, timeline: Timeline, chart: ChartView) -> None:
        super().__init__(chart)
        self._hub, self._timeline, self._chart = hub, timeline, chart
        self._main = chart.stack.main
        self._drawings = Drawings()
        self.pair = ""
        self.held: Grip | None = None
        self.measured: tuple[Point, Point] | None = None
        self.pen = Pen(self)
        self.moving: Drawing | None = None
        self._connect()

    def _connect(self) -> None:
        chart, pen = self._chart, self.pen
        chart.pictured.connect(self._draw)
        chart.cursor_moved.connect(self._follow_cursor)
        chart.stack.clicked.connect(self.let_go)
        chart.brush.armed_changed.connect(self._give_way)
        pen.changed.connect(self._show)
        pen.finished.connect(self._take_finished)

    # what there is

    @property
    def drawings(self) -> tuple[Drawing, ...]:
        """Of the pair that is shown, oldest first."""
        return self._drawings.of(self.pair)

    @property
    def held_drawing(self) -> Drawing | None:
        """What is taken hold of."""
        return self.drawings[self.held.which] if self.held else None

    @property
    def can_undo(self) -> bool:
        """Whether a change of the pair's drawings can be taken back."""
        return self._drawings.can_undo(self.pair)

    @property
    def hidden(self) -> str:
        """What is not to be seen because prices are shown in another currency, "" for nothing."""
        return hidden_text(self._drawings.elsewhere(self.pair))

    @property
    def scale(self) -> Scale:
        """What drawings go by."""
        return self._main.layers[0].scale if self._main.layers else LINEAR

    @property
    def frame(self) -> Frame:
        """Maps points to the plot's pixels."""
        return self._main.frame(self.scale)

    @property
    def zone(self) -> tzinfo | None:
        """By which times are told, local time where it is None."""
        return self._main.zone

    def names(self) -> list[str]:
        """Of all drawings, in words."""
        return [drawing_text(drawing, self.scale, self._main.zone) for drawing in self.drawings]

    @property
    def measure(self) -> str:
        """What was measured, in words; "" for nothing."""
        return self._measure(*self.measured) if self.measured else ""

    def state(self) -> dict[str, object]:
        """All drawings in plain values for `restore`."""
        return self._drawings.state()

    def restore(self, state: object) -> None:
        """What `state` said; strange values are passed over."""
        self._drawings.take(state)
        self._chart.refresh()

    # what is done

    def use(self, tool: Tool) -> None:
        """Take this tool; with the cursor on a bar by key its price is the next point at once."""
        if not self.pair and tool is not Tool.CURSOR:
            self.refused.emit(NO_PAIR)
            return
        self.let_go()
        self._chart.brush.arm(False)
        at = self._at_cursor()
        if self.pen.tool is not tool or tool is Tool.CURSOR:
            self.pen.take(tool)
        elif self.pen.fixed:  # it is there already: this ends it, also where the mouse is
            at = at or self.pen.head
        if at is not None and tool is not Tool.CURSOR:
            self.pen.fix(at)
            if self.pen.fixed:
                where = point_text(at, self.scale, self._main.zone)
                self.told.emit(f"{tool} from {where}: step to its end and press the same key")

    def put(self, drawings: Iterable[Drawing], held: Grip | None) -> bool:
        """These are the pair's from now on. Where they cannot be, that is said and nothing changes."""
        return self._put(self.pair, drawings, held)

    def put_back(self, pair: str, removed: Iterable[Drawing]) -> None:
        """What was removed from a pair is there again, beside what has been drawn since."""
        there = self._drawings.of(pair)
        self._put(pair, (*there, *(one for one in removed if one not in there)), None)

    def _put(self, pair: str, drawings: Iterable[Drawing], held: Grip | None) -> bool:
        try:
            self._drawings.put(pair, drawings)
        except ValueError as error:
            self.refused.emit(str(error))
            return False
        self.held = held
        self._show()
        return True

    def replace(self, drawing: Drawing) -> bool:
        """This one instead of what is held."""
        if self.held is None:
            return False
        i = self.held.which
        return self.put((*self.drawings[:i], drawing, *self.drawings[i + 1 :]), self.held)

    @Slot()
    def remove(self) -> None:
        """What is held."""
        if self.held is not None:
            i, every = self.held.which, self.drawings
            self._remove(every[i : i + 1], (*every[:i], *every[i + 1 :]))

    @Slot()
    def remove_all(self) -> None:
        """All of the pair."""
        if self.drawings:
            self._remove(self.drawings, ())

    def _remove(self, some: Sequence[Drawing], left: Iterable[Drawing]) -> None:
        self.put(left, None)
        self.told.emit("Removed")
        self.removed.emit(self.pair, some)

    @Slot()
    def undo(self) -> None:
        """The pair's drawings are as they were before the last change."""
        if self.can_undo:
            self._drawings.undo(self.pair)
            self.held = None
            self.told.emit("Undone")
            self._show()

    @Slot()
    def let_go(self) -> None:
        """Hold nothing, and take away what was measured."""
        if self.held or self.measured:
            self.held = self.measured = self.moving = None
            self._show()

    def hold(self, grip: Grip) -> None:
        """Keys move this from now on."""
        self.held, self.measured = grip, None
        drawing = self.drawings[grip.which]
        place = f"{grip.which + 1} of {len(self.drawings)}"
        told = part_text(drawing, grip.part, self.scale, self._main.zone)
        self.told.emit(f"{told}, {place}" if grip.part is Part.WHOLE else told)
        self._show()

    def drag(self, drawing: Drawing | None) -> None:
        """What is held is to be seen here while the mouse moves it; None where it was."""
        self.moving = drawing
        self._show()

    def shift(self, dx: float, dy: float) -> None:
        """What is held moves by so many pixels."""
        drawing, held = self.held_drawing, self.held
        if drawing is not None and held and self.replace(moved(drawing, held.part, self.frame, dx, dy)):
            self.told.emit(part_text(self.drawings[held.which], held.part, self.scale, self._main.zone))

    def bar_px(self) -> float:
        """Width of a bar in the plot."""
        start_ms, stop_ms = self._chart.times
        return INTERVALS_MS[self._timeline.interval] / (stop_ms - start_ms) * self.frame.width

    def _at_cursor(self) -> Point | None:
        """Where the chart's cursor is, None unless keys have put it on a bar that has a price."""
        crosshair, layers = self._chart.stack.crosshair, self._main.layers
        if crosshair.t_ms is None or crosshair.by_mouse or not layers:
            return None
        value = layers[0].at(crosshair.t_ms)
        return None if value is None else Point(crosshair.t_ms + layers[0].shift_ms, value)

    @Slot(object)
    def _follow_cursor(self, _t_ms: float | None) -> None:
        if self.pen.fixed and (at := self._at_cursor()) is not None:
            self.pen.move(at)

    @Slot(bool)
    def _give_way(self, armed: bool) -> None:
        """The mouse marks a period now."""
        if armed and self.pen.tool is not Tool.CURSOR:
            self.pen.take(Tool.CURSOR)

    @Slot(Tool, object, object)
    def _take_finished(self, tool: Tool, first: Point, last: Point) -> None:
        if tool is Tool.MEASURE:
            self.measured = first, last
            self.told.emit(self.measure)
            self._show()
            return
        drawing = Level(first.price) if tool is Tool.LEVEL else Trend(first, last)
        if self.put((*self.drawings, drawing), Grip(len(self.drawings))):
            self.told.emit(self.names()[-1])

    # what is shown

    def _measure(self, first: Point, last: Point) -> str:
        lines, bars = self._chart.picture.lines, None
        if lines and self._timeline.ready:
            series = lines[0].series
            bars = abs(series.index(last.t_ms) - series.index(first.t_ms))
        return measure_text(first, last, self.scale, bars, self._timeline.interval)

    def _pair(self) -> str:
        lines = self._chart.picture.lines
        if not lines or self._chart.mode is Mode.COMPARE:
            return ""
        if self._chart.mode is Mode.RATIO:
            return "/".join(pair.base for pair in self._timeline.ratio_pairs or ())
        return f"{self._hub.selected.base}/{lines[0].scale.currency}"

    @Slot(float, float)
    def _draw(self, _start_ms: float, stop_ms: float) -> None:
        """The chart is about to show this time."""
        pair = self._pair()
        if pair != self.pair:
            self.pair = pair
            self.held = self.measured = self.moving = None
            self.pen.take(Tool.CURSOR)
        self._main.overlays.pop(_OVERLAY, None)
        if layers := self._layers(stop_ms):
            self._main.overlays[_OVERLAY] = layers

    @Slot()
    def _show(self) -> None:
        """Something else is drawn over the same prices."""
        layers = self._layers(self._chart.times[1])
        if layers or _OVERLAY in self._main.overlays:
            self._main.show_overlay(_OVERLAY, layers)
        self.changed.emit()

    def _layers(self, stop_ms: float) -> tuple[Layer, ...]:
        scale, theme, held, pen = self.scale, self._main.theme, self.held, self.pen
        shown = [
            self.moving if held and held.which == i and self.moving is not None else drawing
            for i, drawing in enumerate(self.drawings)
        ]
        first, last = self.measured or (pen.fixed, pen.head)
        measuring = bool(self.measured) or pen.tool is Tool.MEASURE
        if pen.tool is Tool.LEVEL and pen.head:
            shown.append(Level(pen.head.price))
        elif first and last and first != last and not measuring:
            shown.append(Trend(first, last))
        layers: list[Layer] = [DrawingsLayer(tuple(shown), scale, theme, held, stop_ms)] if shown else []
        if first and last and measuring:
            text = self._measure(first, last) if first != last else ""
            layers.append(MeasureLayer(first, last, text, scale, theme))
        return tuple(layers)
