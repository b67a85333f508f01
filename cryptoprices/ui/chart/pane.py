"""The drawing: grid, labels, lines and their ends. It is told what to show and decides nothing."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QStaticText
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsSceneResizeEvent,
    QGraphicsWidget,
    QStyleOptionGraphicsItem,
    QWidget,
)

from cryptoprices.core.bars import Hole
from cryptoprices.ui.chart.lines import Line, axis_text
from cryptoprices.ui.chart.strokes import draw, strokes
from cryptoprices.ui.chart.ticks import Tick, time_ticks, value_ticks
from cryptoprices.ui.chart.view_box import TimeBox
from cryptoprices.ui.chart.words import missing
from cryptoprices.ui.theme import DARK, Theme, font

LEFT, TOP, BOTTOM = 14.0, 10.0, 34.0  # room around the plot, px; on the right stand the values
_LABEL_GAP = 9.0
_THICKNESS = 1.5
_DOT = 3.0  # radius
_ROW, _COLUMN = 62, 80  # least room between the grid's lines, between times, px
_MOST_TEXTS = 400
_WORDS = 48.0  # least room for words in a hole, px
_MARK = 2.0  # height of the mark of what was filled in later, px


class Pane(QGraphicsWidget):
    """One plot with its axes. set_lines() and the box's range say what is drawn, set_message() what is said besides."""

    def __init__(self) -> None:
        super().__init__()
        self.box = TimeBox(self)
        self.theme: Theme = DARK
        self.lines: tuple[Line, ...] = ()
        self.holes: tuple[Hole, ...] = ()
        self.filled: tuple[Hole, ...] = ()
        self.message = ""
        self._focused = False
        self._font = font(11)
        self._metrics = QFontMetricsF(self._font)
        self._texts: dict[str, QStaticText] = {}
        self._axis_width = 64.0
        self._arranged: tuple[object, ...] = ()  # for what the picture was last arranged
        self._last_ms = 0.0  # time of the newest sample then that stays where it is
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._values: list[Tick] = []
        self._times: list[Tick] = []

    @property
    def plot(self) -> QRectF:
        """Where the lines are, in the pane's pixels."""
        return QRectF(self.box.geometry())

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self.theme = theme
        self.update()

    def set_lines(self, lines: Sequence[Line], holes: Sequence[Hole] = (), filled: Sequence[Hole] = ()) -> None:
        """Draw these from the next `arrange` on; the first one is what the crosshair snaps to.

        holes: where bars of it are missing, to be labelled. filled: where they were filled in later, to be marked.
        """
        self.lines, self.holes, self.filled = tuple(lines), tuple(holes), tuple(filled)

    def set_message(self, text: str) -> None:
        """What is said in the middle of the plot, empty for nothing."""
        if text != self.message:
            self.message = text
            self.update()

    @property
    def percent(self) -> bool:
        """The axis is in per cent."""
        return any(line.percent for line in self.lines)

    def resizeEvent(self, event: QGraphicsSceneResizeEvent) -> None:
        """The plot takes what the labels leave."""
        super().resizeEvent(event)
        self._place_box()
        self.arrange()

    def arrange(self) -> None:
        """Choose the grid's lines and the room for their labels; to be called when range or lines have changed.

        Where nothing has changed but that samples came, only what is right of the older ones is painted anew.
        """
        plot, (low, high) = self.plot, self.box.values
        arranged = (plot, self.rect(), self.box.times, low, high, self.lines, self.holes, self.filled)
        x = plot.left() + (self._last_ms - self.box.times[0]) / (self.box.times[1] - self.box.times[0]) * plot.width()
        grown = arranged == self._arranged and plot.left() < x < plot.right()
        self._arranged = arranged
        self._last_ms = float(self.lines[0].series.times[-2]) if self.lines and len(self.lines[0].series) > 1 else 0.0
        self._choose_ticks()
        self.update(
            QRectF(x - _DOT - 3, 0, self.rect().right() - x + _DOT + 3, self.rect().height()) if grown else self.rect()
        )

    def _choose_ticks(self) -> None:
        plot, (low, high) = self.plot, self.box.values
        values, decimals = value_ticks(low, high, max(2, int(plot.height() / _ROW)))
        decimals = max(decimals, int(self.percent))
        self._values = [Tick(value, axis_text(value, decimals, self.percent)) for value in values]
        self._times = time_ticks(*self.box.times, max(2, int(plot.width() / _COLUMN)))
        tags = [line.tag(float(line.series.values[-1])) for line in self.lines if self._has_end(line)]
        widest = max(
            (self._text(text).size().width() for text in [*(tick.label for tick in self._values), *tags]), default=0.0
        )
        wanted = 16.0 * np.ceil((widest + _LABEL_GAP + 18) / 16.0)
        if wanted > self._axis_width:  # only ever wider, in steps: the plot does not change its width with every price
            self._axis_width = float(wanted)
            self._place_box()
            self.update()

    def _has_end(self, line: Line) -> bool:
        """The newest poll brought a value."""
        return len(line.series) > 0 and not np.isnan(line.series.values[-1])

    def _place_box(self) -> None:
        room = self.rect().adjusted(LEFT, TOP, -self._axis_width, -BOTTOM)
        self.box.setGeometry(QRectF(room.left(), room.top(), max(0.0, room.width()), max(0.0, room.height())))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Everything from back to front, as far as it is to be seen anew."""
        exposed = QRectF(option.exposedRect)
        painter.setFont(self._font)
        known = any(len(line.series) for line in self.lines)
        if known and self.plot.width() > 1 and self.plot.height() > 1:
            self._paint_grid(painter, exposed.left())
            self._paint_holes(painter)
            self._paint_lines(painter, exposed.left())
            self._paint_ends(painter)
        if self.message:
            self._paint_message(painter)
        if self._focused:
            painter.setPen(QColor(self.theme.accent))
            painter.drawRect(self.rect().adjusted(0.5, 0.5, -1.5, -1.5))

    def set_focused(self, focused: bool) -> None:
        """Show that keys go to the chart."""
        if focused != self._focused:
            self._focused = focused
            self.update()

    def _paint_message(self, painter: QPainter) -> None:
        centred = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.setFont(font(13))
        around = painter.boundingRect(self.plot, centred, self.message).adjusted(-12, -8, 12, 8)
        painter.fillRect(around, QColor(self.theme.window))
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(around, centred, self.message)

    def _paint_grid(self, painter: QPainter, exposed_left: float) -> None:
        plot, (low, high) = self.plot, self.box.values
        grid, zero = QPen(QColor(self.theme.grid)), QPen(QColor(self.theme.muted))
        zero.setDashPattern([4, 3])
        tags = [y for _, _, y in self._ends()]
        for value, label in self._values:
            y = round(plot.bottom() - (value - low) / (high - low) * plot.height()) + 0.5
            painter.setPen(zero if self.percent and abs(value) < (high - low) * 1e-9 else grid)
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(self.theme.muted))
            if all(
                abs(y - tag) >= self._metrics.height() for tag in tags
            ):  # the value now is worth more than a round one
                self._write(painter, plot.right() + _LABEL_GAP, y, label)
        start_ms, stop_ms = self.box.times
        for tick in self._times:
            half = self._text(tick.label).size().width() / 2
            x = plot.left() + (tick.at - start_ms) / (stop_ms - start_ms) * plot.width()
            if max(plot.left() - 4, exposed_left - 2 * half) <= x - half and x + half <= plot.right() + 20:
                self._write(painter, x - half, plot.bottom() + 20, tick.label)

    def _paint_holes(self, painter: QPainter) -> None:
        """Where bars are missing: a plate, and why, where there is room. Where they were filled in: a mark below."""
        plot = self.plot
        marks = [rect for _, rect in self._across(self.filled, plot.bottom() - _MARK, _MARK)]
        plates = self._across(self.holes, plot.top(), plot.height())
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, rects in ((self.theme.muted, marks), (self.theme.panel, [rect for _, rect in plates])):
            if rects:
                painter.setBrush(QColor(colour))
                painter.drawRects(rects)
        painter.setPen(QColor(self.theme.muted))
        for hole, rect in plates:
            if rect.width() >= _WORDS:
                self._write_why(painter, rect, *missing(hole))

    def _across(self, holes: Sequence[Hole], top: float, height: float) -> list[tuple[Hole, QRectF]]:
        """Those that can be seen, each with the rectangle that it takes."""
        plot, (start_ms, stop_ms) = self.plot, self.box.times
        scale, found = plot.width() / (stop_ms - start_ms), []
        for hole in holes:
            if hole.since_ms < stop_ms and start_ms < hole.until_ms:
                left = max(0.0, (hole.since_ms - start_ms) * scale)
                width = min(plot.width(), (hole.until_ms - start_ms) * scale) - left
                if width >= 0.5:
                    found.append((hole, QRectF(plot.left() + left, top, width, height)))
        return found

    def _write_why(self, painter: QPainter, plate: QRectF, why: str, when: str) -> None:
        rows = [f"{why} {when}"] if self._fits(f"{why} {when}", plate.width()) else [why, when]
        if all(self._fits(row, plate.width()) for row in rows):
            for number, row in enumerate(rows):
                x = plate.center().x() - self._text(row).size().width() / 2
                self._write(painter, x, plate.top() + (number + 0.5) * self._metrics.height() + 6, row)

    def _fits(self, label: str, room: float) -> bool:
        return bool(self._text(label).size().width() + 10 <= room)

    def _write(self, painter: QPainter, x: float, middle_y: float, label: str) -> None:
        painter.drawStaticText(QPointF(x, middle_y - self._metrics.height() / 2), self._text(label))

    def _text(self, label: str) -> QStaticText:
        """One line of text, laid out once for all times."""
        text = self._texts.get(label)
        if text is None:
            if len(self._texts) > _MOST_TEXTS:
                self._texts.clear()
            text = self._texts[label] = QStaticText(label)
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.prepare(font=self._font)
        return text

    def _paint_lines(self, painter: QPainter, exposed_left: float) -> None:
        plot, pixel = self.plot, 1.0 / painter.device().devicePixelRatio()
        painter.save()
        painter.setClipRect(plot)
        painter.translate(plot.topLeft())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line in self.lines:
            pen = QPen(QColor(line.colour), _THICKNESS)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            frame = line.frame(self.box.times, self.box.values, plot.width(), plot.height())
            draw(painter, strokes(line.series, frame, pixel, _THICKNESS, max(0.0, exposed_left - plot.left() - 2)))
        painter.restore()

    def _ends(self) -> list[tuple[Line, QPointF, float]]:
        """The lines that end in view, where, and how far down their value stands on the axis: never on another's."""
        found: list[tuple[Line, QPointF, float]] = []
        ends = [(line, point) for line in self.lines if (point := self.place(line, len(line.series) - 1)) is not None]
        for line, point in sorted(ends, key=lambda end: end[1].y()):
            least = found[-1][2] + self._metrics.height() + 6 if found else 0.0
            found.append((line, point, max(point.y(), least)))
        return found

    def _paint_ends(self, painter: QPainter) -> None:
        """A dot where each line ends now, and its value on the axis."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height, left = self._metrics.height() + 4, self.plot.right() + _LABEL_GAP
        for line, point, y in self._ends():
            label = line.tag(float(line.series.values[-1]))
            width = self._text(label).size().width()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(line.colour))
            painter.drawEllipse(point, _DOT, _DOT)
            painter.drawRoundedRect(QRectF(left - 5, y - height / 2, width + 10, height), 4, 4)
            painter.setPen(QColor(_readable_on(line.colour)))
            self._write(painter, left, y, label)
        painter.restore()

    def place(self, line: Line, index: int) -> QPointF | None:
        """Where a sample is in the pane's pixels, None where it has no value or is out of view."""
        if not 0 <= index < len(line.series) or np.isnan(line.series.values[index]):
            return None
        plot = self.plot
        frame = line.frame(self.box.times, self.box.values, plot.width(), plot.height())
        at = slice(index, index + 1)
        point = QPointF(float(frame.x(line.series.times[at])[0]), float(frame.y(line.series.values[at])[0]))
        point += plot.topLeft()
        return point if plot.adjusted(-1, -1, 1, 1).contains(point) else None


def _readable_on(colour: str) -> str:
    """Near-black or white, whichever has the higher contrast on it (WCAG 2.2: relative luminance, parted at 0.18)."""
    ground = QColor(colour)
    weighted = ((0.2126, ground.redF()), (0.7152, ground.greenF()), (0.0722, ground.blueF()))
    luminance = sum(w * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for w, c in weighted)
    return "#101418" if luminance > 0.18 else "#ffffff"
