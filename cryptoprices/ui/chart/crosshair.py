"""The crosshair: an upright line through all panes at one sample, and a box that says what all of them are there."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsObject, QGraphicsWidget, QStyleOptionGraphicsItem, QWidget

from cryptoprices.core.bars import Hole
from cryptoprices.ui.chart.fitting import clear_of
from cryptoprices.ui.chart.holes import visible
from cryptoprices.ui.chart.layer import Row
from cryptoprices.ui.chart.letters import Letters
from cryptoprices.ui.chart.pane import Pane
from cryptoprices.ui.chart.words import missing

_MARGIN, _LINE, _DOT_WIDTH = 12.0, 20.0, 14.0
_MAIN = "main"


def _nothing(_t_ms: float) -> list[Row]:
    return []


def _nowhere() -> Sequence[QRectF]:
    return ()


class Crosshair(QGraphicsObject):
    """Lies over all panes of the stack. t_ms: the time that it speaks of, None while it is not there.

    moved(float | None): it speaks of another time. rows: what it says. more: what else is to be said of a time.
    taken: what stands over the stack and would cover its box, in the stack's pixels.
    """

    moved = Signal(object)

    def __init__(self, root: QGraphicsWidget, panes: Mapping[str, Pane]) -> None:
        super().__init__(root)
        self._root, self._panes = root, panes
        self._mouse: QPointF | None = None
        self._at: QPointF | None = None  # where the mouse was when it was last said
        self._taken: tuple[QRectF, ...] = ()  # and what was taken then
        self._kept_ms: float | None = None
        self._letters = Letters()
        self.setZValue(10)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.more: Callable[[float], list[Row]] = _nothing
        self.taken: Callable[[], Sequence[QRectF]] = _nowhere
        self.t_ms: float | None = None
        self.rows: list[Row] = []

    @Slot(object)
    def point_at(self, mouse: QPointF | None) -> None:
        """The mouse is here, in the stack's pixels; None when it has left."""
        self._mouse, self._kept_ms = mouse, None
        self.refresh()

    def put_at(self, t_ms: float | None) -> None:
        """Speak of this sample, wherever the mouse is, until it moves."""
        self._mouse, self._kept_ms = None, t_ms
        self.refresh()

    def refresh(self) -> None:
        """Say it anew: the data or the view has changed."""
        before, was_ms = (self.rows, self._at, self._taken), self.t_ms
        self.t_ms = self._time()
        self.rows = [] if self.t_ms is None else self._say(self.t_ms)
        self._at = self._mouse
        self._taken = () if self.t_ms is None else tuple(self.taken())
        if (
            self.rows,
            self._at,
            self._taken,
        ) != before:  # where the view has moved, the panes are painted anew and this with them
            self.update()
        if self.t_ms != was_ms:
            self.moved.emit(self.t_ms)

    @property
    def by_mouse(self) -> bool:
        """It is where the mouse is."""
        return self._mouse is not None

    @property
    def _main(self) -> Pane:
        return self._panes[_MAIN]

    def _time(self) -> float | None:
        """That of the sample of the main pane's first layer that is nearest to the mouse; in a hole the mouse's."""
        main = self._main
        if not main.layers:
            return None
        if self._mouse is None:  # the newest sample's time moves with the prices
            layer = main.layers[0]
            return None if self._kept_ms is None else layer.nearest(self._kept_ms + layer.shift_ms)
        t_ms = main.box.time_at(self._mouse.x() - main.plot.left())
        return t_ms if _around(main.holes, t_ms) else main.layers[0].nearest(t_ms)

    def _say(self, t_ms: float) -> list[Row]:
        main = self._main
        time = Row(moment_text(t_ms, main.zone), None)
        if hole := _around(main.holes, t_ms):
            return [time, Row(" ".join(missing(hole, main.zone)), None)]
        rows = [time, *(row for layer in main.layers for row in layer.rows(t_ms)), *self.more(t_ms)]
        layers = [layer for pane in self._panes.values() for layer in pane.drawn[len(main.layers) * (pane is main) :]]
        rows += [row for layer in layers for row in layer.rows(t_ms)]
        if main.layers and (filled := visible(main.filled, *self._bar(t_ms))):
            rows.append(Row(f"{' '.join(missing(filled[0], main.zone))}, filled in later", None))
        return rows

    def _bar(self, t_ms: float) -> tuple[float, float]:
        """From when to when the bar of this sample is: a candle goes by the time it opens, a line by that it ends."""
        layer = self._main.layers[0]
        if layer.shift_ms:
            return t_ms, t_ms + 2 * layer.shift_ms
        before_ms = layer.step(t_ms, -1)
        return (t_ms if before_ms is None else before_ms), t_ms

    def boxed(self) -> list[Row]:
        """What the box says: all but what stands in the titles of lower panes."""
        told = {
            row
            for pane in self._panes.values()
            if pane.title and 0 < len(pane.legend) == len(pane.words.rows)
            for layer in pane.drawn
            for row in layer.rows(self.t_ms or 0.0)
        }
        return [row for row in self.rows if row not in told]

    def boundingRect(self) -> QRectF:
        """All of the stack: the box may be anywhere in it."""
        return self._root.rect()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Line, dots, box."""
        if self.t_ms is None or not self.rows:
            return
        main, t_ms = self._main, self.t_ms
        in_hole = _around(main.holes, t_ms) is not None
        start_ms, stop_ms = main.box.times
        at_ms = t_ms if in_hole or not main.layers else t_ms + main.layers[0].shift_ms
        x = main.plot.left() + (at_ms - start_ms) / (stop_ms - start_ms) * main.plot.width()
        if not main.plot.left() - 1 <= x <= main.plot.right() + 1:
            return
        pen = QPen(QColor(main.theme.muted))
        pen.setDashPattern([2, 3])
        painter.setPen(pen)
        for pane in self._panes.values():
            plot = pane.plot.translated(pane.pos())
            painter.drawLine(QPointF(round(x) + 0.5, plot.top()), QPointF(round(x) + 0.5, plot.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for pane in self._panes.values():
            for layer in () if in_hole else pane.drawn:
                value, rows = layer.at(t_ms), layer.rows(t_ms)
                point = None if value is None else pane.place(layer.scale, t_ms + layer.shift_ms, value)
                if point is not None and rows:
                    painter.setBrush(QColor(rows[0].colour or main.theme.text))
                    painter.drawEllipse(point + pane.pos(), 4.0, 4.0)
        self._paint_box(painter, x)

    def _paint_box(self, painter: QPainter, x: float) -> None:
        theme, plot, letters, rows = self._main.theme, self._main.plot, self._letters, self.boxed()
        painter.setFont(letters.font)
        width = max(letters.width(row.text) + (_DOT_WIDTH if row.colour else 0) for row in rows) + 2 * _MARGIN
        height = _LINE * len(rows) + _MARGIN
        left = beside(x, width, plot, self._root.rect().right())
        top = plot.top() + 24 if self._mouse is None else self._mouse.y() - height - _MARGIN
        top = max(min(top, self._root.rect().bottom() - height - 4), plot.top() + 4)
        box = clear_of(QRectF(left, top, width, height), x, self._taken, self._root.rect().adjusted(4, 4, -4, -4))
        left, top = box.left(), box.top()
        painter.setBrush(QColor(theme.raised))
        painter.setPen(QColor(theme.border))
        painter.drawRoundedRect(box, 6, 6)
        for place, row in enumerate(rows):
            at, middle = left + _MARGIN, top + _MARGIN / 2 + (place + 0.5) * _LINE
            if row.colour:  # a dot tells whose it is; the text itself has the contrast of all texts
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(row.colour))
                painter.drawEllipse(QPointF(at + 4, middle), 4.0, 4.0)
                at += _DOT_WIDTH
            painter.setPen(QColor(theme.text if row.colour else theme.muted))
            letters.write(painter, at, middle, row.text)


def beside(x: float, width: float, plot: QRectF, end: float) -> float:
    """Where a box of this width begins that stands beside an upright line: right of it if it fits into the plot.

    Otherwise where there is more room; it may stand over the line, but nowhere beyond `end`.
    """
    right = x + _MARGIN + width <= plot.right() or x < plot.center().x()
    left = x + _MARGIN if right else x - _MARGIN - width
    return max(plot.left() + 4, min(left, end - width - 4))


def moment_text(t_ms: float, zone: tzinfo | None) -> str:
    """Date and time with the zone, None for the local one: "Sun 22 Nov 2026, 07:40 UTC"; seconds where they count."""
    moment = datetime.fromtimestamp(t_ms / 1000, zone).astimezone(zone)
    time = f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
    return f"{moment:%a} {moment.day} {moment:%b %Y}, {time} {moment:%Z}"


def _around(holes: Sequence[Hole], t_ms: float) -> Hole | None:
    return next((hole for hole in holes if hole.since_ms < t_ms < hole.until_ms), None)
