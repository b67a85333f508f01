"""Where drawings are in a plot's pixels, and what of them a mouse catches."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from cryptoprices.core.drawings import Drawing, Extended, Level, Point, Trend
from cryptoprices.ui.chart.candle_layer import CandleLayer
from cryptoprices.ui.chart.layer import Layer
from cryptoprices.ui.chart.pane import Pane
from cryptoprices.ui.chart.strokes import Frame

REACH = 6.0  # so far beside a line it is caught, px
END_REACH = 8.0  # and beside the end of one; so near a price has to be for a point to go to it
_ROOM = 8.0  # so far beyond the plot lines are drawn


class Part(StrEnum):
    """What is taken hold of."""

    WHOLE = "whole"
    START = "start"
    STOP = "stop"


class Grip(NamedTuple):
    """which: of the drawings of its pair, by its place among them."""

    which: int
    part: Part = Part.WHOLE


def places(points: Sequence[Point], frame: Frame) -> list[QPointF]:
    """Points in the plot's pixels, wherever that is."""
    x = frame.x(np.array([point.t_ms for point in points]))
    y = frame.y(np.array([point.price for point in points]))
    return [QPointF(float(one), float(other)) for one, other in zip(x, y, strict=True)]


def lines_of(drawings: Sequence[Drawing], frame: Frame) -> list[QLineF | None]:
    """Of each the part of its line that is in the plot or just beside it, None where nothing is."""
    ends = _ends_of_all(drawings, frame)
    return [_line(drawing, places_, frame) for drawing, places_ in zip(drawings, ends, strict=True)]


def ends_of(drawing: Drawing, frame: Frame) -> list[QPointF]:
    """Where its handles are: of a trend line at its two points, of a level in the middle."""
    return _ends_of_all([drawing], frame)[0]


def _ends_of_all(drawings: Sequence[Drawing], frame: Frame) -> list[list[QPointF]]:
    """The same of each; all are reckoned at once."""
    middle_ms = (frame.start_ms + frame.stop_ms) / 2
    points = [[Point(middle_ms, one.price)] if isinstance(one, Level) else [one.start, one.stop] for one in drawings]
    found = iter(places([point for some in points for point in some], frame))
    return [[next(found) for _ in some] for some in points]


def _line(drawing: Drawing, ends: Sequence[QPointF], frame: Frame) -> QLineF | None:
    if isinstance(drawing, Level):
        y = ends[0].y()
        inside = -_ROOM <= y <= frame.height + _ROOM
        return QLineF(-_ROOM, y, frame.width + _ROOM, y) if inside else None
    return _clipped(ends[0], ends[1], drawing.extended, frame.width, frame.height)


def _clipped(start: QPointF, stop: QPointF, extended: Extended, width: float, height: float) -> QLineF | None:
    """What lies in the plot. Liang and Barsky, ACM Transactions on Graphics 3(1), 1984."""
    dx, dy = stop.x() - start.x(), stop.y() - start.y()
    if not all(map(math.isfinite, (start.x(), start.y(), dx, dy))):
        return None
    first, last = 0.0, 1.0
    if (dx or dy) and extended is not Extended.NONE:
        both = extended is Extended.BOTH
        first = -math.inf if both or dx < 0 else first
        last = math.inf if both or dx > 0 else last
    for by, room in (
        (-dx, start.x() + _ROOM),
        (dx, width + _ROOM - start.x()),
        (-dy, start.y() + _ROOM),
        (dy, height + _ROOM - start.y()),
    ):
        if by == 0:
            if room < 0:
                return None
        elif by < 0:
            first = max(first, room / by)
        else:
            last = min(last, room / by)
    if first > last:
        return None
    return QLineF(start.x() + first * dx, start.y() + first * dy, start.x() + last * dx, start.y() + last * dy)


def caught(drawings: Sequence[Drawing], frame: Frame, at: QPointF, held: Grip | None) -> Grip | None:
    """What is caught here: first of what is held already, then of the newest, its ends before its line."""
    order = sorted(range(len(drawings)), key=lambda i: (held is not None and held.which == i, i), reverse=True)
    ends = _ends_of_all(drawings, frame)
    for i in order:
        drawing = drawings[i]
        if not isinstance(drawing, Level):
            far = [QLineF(end, at).length() for end in ends[i]]
            if min(far) <= END_REACH:
                return Grip(i, (Part.START, Part.STOP)[far.index(min(far))])
        line = _line(drawing, ends[i], frame)
        if line is not None and _path(line, REACH).contains(at):
            return Grip(i)
    return None


def reach_of(drawings: Sequence[Drawing], frame: Frame) -> QPainterPath:
    """Everywhere where something is caught."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for drawing, ends in zip(drawings, _ends_of_all(drawings, frame), strict=True):
        if (line := _line(drawing, ends, frame)) is not None:
            path.addPath(_path(line, REACH))
        for end in () if isinstance(drawing, Level) else ends:
            across = QPointF(END_REACH, 0.0)
            path.addPath(_path(QLineF(end - across, end + across), END_REACH))
    return path


def _path(line: QLineF, reach: float) -> QPainterPath:
    """What is so near to a line; always turned the same way, so that those that overlap add up."""
    aside = line.normalVector()
    aside.setLength(reach)
    by = QPointF(aside.dx(), aside.dy())
    path = QPainterPath()
    path.addPolygon(QPolygonF([line.p1() + by, line.p2() + by, line.p2() - by, line.p1() - by, line.p1() + by]))
    return path


def point_at(pane: Pane, at: QPointF, free: bool) -> Point:
    """The point under a pixel of the plot; unless it is to be free, it goes to a bar and to its prices where near."""
    layer = pane.layers[0]
    frame = pane.frame(layer.scale)
    place = frame.high - at.y() * (frame.high - frame.low) / max(1.0, frame.height)
    point = Point(pane.box.time_at(at.x()), float(layer.scale.from_axis(place)))
    sample_ms = layer.nearest(point.t_ms)
    if free or sample_ms is None:
        return point
    prices = _prices(layer, sample_ms)
    bar = [Point(sample_ms + layer.shift_ms, price) for price in prices]
    near = [(abs(there.y() - at.y()), one) for one, there in zip(bar, places(bar, frame), strict=True)]
    far_y, best = min(near, default=(math.inf, point))
    t_ms = best.t_ms if abs(places([best], frame)[0].x() - at.x()) <= END_REACH else point.t_ms
    return Point(t_ms, best.price if far_y <= END_REACH else point.price)


def _prices(layer: Layer, sample_ms: float) -> list[float]:
    """Of a candle all four, of a line its value; none in a gap."""
    if isinstance(layer, CandleLayer):
        return [float(column[-1]) for column in layer.drawn(sample_ms, sample_ms + 1)[2:6] if len(column)]
    value = layer.at(sample_ms)
    return [] if value is None else [value]


def moved(drawing: Drawing, part: Part, frame: Frame, dx: float, dy: float) -> Drawing:
    """The drawing, this part of it so many pixels on."""
    if isinstance(drawing, Level):
        return Level(_moved(Point(frame.start_ms, drawing.price), frame, 0.0, dy).price)
    start = drawing.start if part is Part.STOP else _moved(drawing.start, frame, dx, dy)
    stop = drawing.stop if part is Part.START else _moved(drawing.stop, frame, dx, dy)
    return Trend(start, stop, drawing.extended)


def _moved(point: Point, frame: Frame, dx: float, dy: float) -> Point:
    place = places([point], frame)[0]
    axis = frame.high - (place.y() + dy) * (frame.high - frame.low) / max(1.0, frame.height)
    price = float(frame.scale.from_axis(axis)) if dy else point.price
    return Point(frame.time_at(place.x() + dx) if dx else point.t_ms, price)
