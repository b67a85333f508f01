"""One plot: grid, labels, layers and their ends. It is told what to show and decides nothing."""

from collections.abc import Sequence
from datetime import tzinfo

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsSceneResizeEvent,
    QGraphicsWidget,
    QStyleOptionGraphicsItem,
    QWidget,
)

from cryptoprices.core.bars import Hole
from cryptoprices.ui.chart.fitting import apart, fitted
from cryptoprices.ui.chart.grid import LABEL_GAP, Grid
from cryptoprices.ui.chart.holes import paint_filled, paint_holes, visible, write_reasons
from cryptoprices.ui.chart.layer import End, Layer, Row, View, marks_of
from cryptoprices.ui.chart.legend import LINE, Fold, Words, paint_legend
from cryptoprices.ui.chart.letters import Letters, readable_on
from cryptoprices.ui.chart.scale import LINEAR, Scale
from cryptoprices.ui.chart.strokes import Frame
from cryptoprices.ui.chart.time_box import TimeBox
from cryptoprices.ui.theme import DARK, Theme, font

LEFT, TOP, BOTTOM = 14.0, 10.0, 34.0  # room around the plot, px; on the right stand the values
AXIS = 64.0  # least room for the values
CORNER = 34.0  # width and height left to the button of the tools, which stands over the plot of the prices
TITLE, FOOT = 26.0, 8.0  # the room above with a title, and below without times
_CLOSE = 34.0  # room for the button that closes it
_DOT = 3.0  # radius


class Pane(QGraphicsWidget):
    """One plot with its value axis. title: empty for the chart's main pane.

    layers: what it is there for; overlays: what others draw over that, by a name of theirs. bounds: what the values
    never leave; levels: lines across; legend: what is said of layers and overlays. widened(float): labels need more
    room on the right, which all panes share.
    """

    widened = Signal(float)

    def __init__(self, title: str = "") -> None:
        super().__init__()
        self.box = TimeBox(self)
        self.title = title
        self.theme: Theme = DARK
        self.zone: tzinfo | None = None
        self.layers: tuple[Layer, ...] = ()
        self.overlays: dict[str, tuple[Layer, ...]] = {}
        self.bounds: tuple[float, float] | None = None
        self.levels: tuple[float, ...] = ()
        self.holes: tuple[Hole, ...] = ()
        self.filled: tuple[Hole, ...] = ()
        self.message = self.note = ""
        self.heads: tuple[Row, ...] = ()
        self.legend: tuple[Row, ...] = ()
        self._fold = Fold()
        self.timed = True
        self.plot = QRectF()  # where the layers are, in the pane's pixels
        self.axis_width = AXIS
        self._focused = False
        self._letters = Letters()
        self._arranged: tuple[object, ...] = ()  # for what the picture was last arranged
        self._settled_ms = 0.0  # what is left of this stays as it was then
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._ends: list[tuple[End, Scale, float]] = []
        self._grid = Grid(self._letters)

    # what is shown

    @property
    def drawn(self) -> tuple[Layer, ...]:
        """All layers from back to front."""
        return (*self.layers, *(layer for overlay in self.overlays.values() for layer in overlay))

    @property
    def axis(self) -> Scale:
        """What the axis goes by: the first layer's."""
        return self.layers[0].scale if self.layers else LINEAR

    def show_layers(self, layers: Sequence[Layer]) -> None:
        """Draw these from now on; the first one is what the crosshair snaps to and the axis goes by."""
        self.layers = tuple(layers)
        self.look_at(*self.box.times)

    def show_overlay(self, name: str, layers: Sequence[Layer]) -> None:
        """Draw these over the pane's own from now on; none ends it."""
        self.overlays.pop(name, None)
        if layers:
            self.overlays[name] = tuple(layers)
        self.look_at(*self.box.times)

    def look_at(self, start_ms: float, stop_ms: float) -> None:
        """Show this time, with an axis on which all fits that is visible in it."""
        self.box.times = start_ms, stop_ms
        self.box.values = fitted(self.drawn, self.bounds, start_ms, stop_ms)
        self.arrange()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self.theme = theme
        self.update()

    def write_anew(self) -> None:
        """Labels are others for the same times."""
        self._arranged = ()

    def set_timed(self, timed: bool) -> None:
        """Whether the times stand below."""
        if timed != self.timed:
            self.timed = timed
            self._place_box()
            self.update()

    def set_axis_width(self, width: float) -> None:
        """So much room is for the values."""
        if width != self.axis_width:
            self.axis_width = width
            self._place_box()
            self.update()

    def set_message(self, text: str) -> None:
        """What is said in the middle of the plot, empty for nothing."""
        if text != self.message:
            self.message = text
            self.update()

    def set_note(self, text: str) -> None:
        """What is said in the plot's corner, empty for nothing."""
        if text != self.note:
            self.note = text
            self.update()

    def set_title(self, text: str) -> None:
        """What stands above the plot of a pane that was made with a title."""
        if text != self.title:
            self.title = text
            self.update()

    def set_heads(self, rows: Sequence[Row]) -> None:
        """What stands before the legend: which line is whose, where there are several."""
        if tuple(rows) != self.heads:
            self.heads = tuple(rows)
            self.update()

    def set_legend(self, rows: Sequence[Row]) -> None:
        """What is said of what is drawn besides the prices, each with the colour it has."""
        if tuple(rows) != self.legend:
            self.legend = tuple(rows)
            self.update()

    def set_focused(self, focused: bool) -> None:
        """Show that keys go to the chart."""
        if focused != self._focused:
            self._focused = focused
            self.update()

    # where things are

    def frame(self, scale: Scale = LINEAR) -> Frame:
        """Maps times and values of this scale to the plot's pixels."""
        plot = self.plot
        return Frame(self.box.times, self.box.values, plot.width(), plot.height(), scale)

    def place(self, scale: Scale, t_ms: float, value: float) -> QPointF | None:
        """Where a sample is in the pane's pixels, None where it is out of view."""
        plot, frame = self.plot, self.frame(scale)
        point = QPointF(frame.x(t_ms), frame.y(value)) + plot.topLeft()
        return point if plot.adjusted(-1, -1, 1, 1).contains(point) else None

    @property
    def title_place(self) -> QRectF:
        """Where the title stands, in the pane's pixels."""
        return QRectF(LEFT, 0.0, self._letters.width(self.title), TITLE)

    @property
    def words(self) -> Words:
        """What is said in the pane and where, in its pixels: beside the title, or over the plot without one."""
        room = self.plot.adjusted(2.0, LINE if self.note else 0.0, -CORNER, 0.0)
        if self.title:
            left, margin = self.title_place.right() + 16.0, (TITLE - LINE) / 2
            room = QRectF(left, margin, max(0.0, self.rect().width() - _CLOSE - left), LINE)
        return self._fold.words(self.heads, self.legend, self._letters, room, not self.title)

    def resizeEvent(self, event: QGraphicsSceneResizeEvent) -> None:
        """The plot takes what the labels leave."""
        super().resizeEvent(event)
        self._place_box()
        self.arrange()

    def _place_box(self) -> None:
        top, bottom = TITLE if self.title else TOP, BOTTOM if self.timed else FOOT
        room = self.rect().adjusted(LEFT, top, -self.axis_width, -bottom)
        self.plot = QRectF(room.left(), room.top(), max(0.0, room.width()), max(0.0, room.height()))
        self.box.setGeometry(self.plot)

    def arrange(self) -> None:
        """Choose the grid's lines and the room for their labels; to be called when range or layers have changed.

        Where nothing has changed but that samples came, only what is right of the older ones is painted anew.
        """
        plot, times, drawn = self.plot, self.box.times, self.drawn
        keys = tuple(layer.key() for layer in drawn)
        arranged = (plot, self.rect(), times, self.box.values, keys, self.holes, self.filled, self.zone, self.levels)
        x = plot.left() + (self._settled_ms - times[0]) / (times[1] - times[0]) * plot.width()
        same = arranged == self._arranged
        grown = same and plot.left() < x < plot.right()
        self._arranged = arranged
        self._settled_ms = min((layer.settled_ms for layer in drawn), default=0.0)
        if not same:
            self._grid.choose(self.axis, self.levels, self.box, plot.size(), self.zone, self.timed)
        self._ends = [(end, layer.scale, layer.shift_ms) for layer in drawn for end in marks_of(layer)]
        self._make_room()
        left = x - _DOT - 3
        self.update(QRectF(left, 0, self.rect().right() - left, self.rect().height()) if grown else self.rect())

    def _make_room(self) -> None:
        texts = [*self._grid.labels, *(end.text for end, _, _ in self._ends)]
        widest = max(map(self._letters.width, texts), default=0)
        wanted = 16.0 * np.ceil((widest + LABEL_GAP + 18) / 16.0)
        if wanted > self.axis_width:  # only ever wider, in steps: the plot does not change its width with every price
            self.widened.emit(float(wanted))

    # painting

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Everything from back to front, as far as it is to be seen anew."""
        exposed = QRectF(option.exposedRect)
        painter.setFont(self._letters.font)
        plot = self.plot
        if self.layers and plot.width() > 1 and plot.height() > 1:
            ends = self.ends()
            self._grid.paint(painter, plot, exposed.left(), [tag for _, _, tag in ends], self.theme)
            self._paint_layers(painter, max(0.0, exposed.left() - plot.left() - 2))
            self._paint_ends(painter, ends)
        if self.title:
            painter.fillRect(QRectF(0.0, 0.0, self.rect().width(), 1.0), QColor(self.theme.border))
            painter.setPen(QColor(self.theme.muted))
            self._letters.write(painter, LEFT, TITLE / 2, self.title)
        if self.note:
            painter.setPen(QColor(self.theme.muted))
            self._letters.write(painter, plot.left() + 2, plot.top() + self._letters.height / 2, self.note)
        paint_legend(painter, self.words, self._letters, self.theme)
        if self.message:
            self._paint_message(painter)
        if self._focused:
            painter.setPen(QColor(self.theme.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0.5, 0.5, -1.5, -1.5))

    def _paint_message(self, painter: QPainter) -> None:
        centred = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.setFont(font(13))
        around = painter.boundingRect(self.plot, centred, self.message).adjusted(-12, -8, 12, 8)
        painter.fillRect(around, QColor(self.theme.window))
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(around, centred, self.message)

    def _paint_layers(self, painter: QPainter, left: float) -> None:
        plot, pixel = self.plot, 1.0 / painter.device().devicePixelRatio()
        holes, filled = (visible(some, *self.box.times) for some in (self.holes, self.filled))
        painter.save()
        painter.setClipRect(plot)
        painter.translate(plot.topLeft())
        paint_holes(painter, self.frame(), holes, self.theme)
        paint_filled(painter, self.frame(), filled, self.theme)
        painter.setPen(QColor(self.theme.muted))
        write_reasons(painter, self.frame(), holes, self._letters, self.zone)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for layer in self.drawn:
            painter.save()
            frame = self.frame(layer.scale)
            painter.setClipRect(frame.clip(pixel), Qt.ClipOperation.IntersectClip)
            layer.paint(painter, View(frame, self.theme, pixel, left))
            painter.restore()
        painter.restore()

    def ends(self) -> list[tuple[End, QPointF, float]]:
        """Of layers that end in view: where, and how far down the value stands on the axis: never on another's."""
        placed = [
            (end, point)
            for end, scale, shift_ms in self._ends
            if (point := self.place(scale, end.t_ms + shift_ms, end.value))
        ]
        placed.sort(key=lambda one: one[1].y())
        heights = apart([point.y() for _, point in placed], self._letters.height + 6, self.plot.bottom())
        return [(end, point, y) for (end, point), y in zip(placed, heights, strict=True)]

    def _paint_ends(self, painter: QPainter, ends: Sequence[tuple[End, QPointF, float]]) -> None:
        """A dot where each layer ends now, and its value on the axis."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height, left = self._letters.height + 4, self.plot.right() + LABEL_GAP
        for end, point, y in ends:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(end.colour))
            painter.drawEllipse(point, _DOT, _DOT)
            painter.drawRoundedRect(QRectF(left - 5, y - height / 2, self._letters.width(end.text) + 10, height), 4, 4)
            painter.setPen(QColor(readable_on(end.colour)))
            self._letters.write(painter, left, y, end.text)
        painter.restore()
