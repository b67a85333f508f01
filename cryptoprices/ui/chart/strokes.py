"""A series as the straight lines that a painter draws: a few a pixel column at the most, however long it is."""

from functools import lru_cache
from typing import cast

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter, QPen
from shiboken6 import Shiboken

from cryptoprices.core.series import Floats, Series
from cryptoprices.ui.chart.scale import LINEAR, Scale, Values

_DASH = 2.0  # px
_DASHES = 4.0, 3.0  # length and gap of a dashed line, px
_SPARSE = 2  # up to so many samples a column each is drawn by itself: smoother, and still cheap


class Frame:
    """Maps times and values to the pixels of a plot, whose left upper corner is 0, 0.

    shown: lowest and highest place on the axis, as the scale counts them. Values are given as they are.
    """

    def __init__(
        self,
        times: tuple[float, float],
        shown: tuple[float, float],
        width: float,
        height: float,
        scale: Scale = LINEAR,
    ) -> None:
        self.start_ms, self.stop_ms = times
        self.low, self.high = shown
        self.width, self.height = width, height
        self.scale = scale

    def later(self, by_ms: float) -> "Frame":
        """The same for samples that are drawn so much later than their time."""
        times = (self.start_ms - by_ms, self.stop_ms - by_ms)
        return Frame(times, (self.low, self.high), self.width, self.height, self.scale)

    def x(self, t_ms: Values) -> Values:
        """Times -> pixels from the left."""
        return (t_ms - self.start_ms) * (self.width / (self.stop_ms - self.start_ms))

    def clip(self, pixel: float) -> QRectF:
        """Where values have a place: of all of the plot, what is right of the column in which the scale's base begins.

        pixel: width of a column of the screen.
        """
        x = self.x(max(self.start_ms, self.scale.begins_ms))
        left = (int(x / pixel) + 1) * pixel if x > 0 else 0.0
        return QRectF(left, 0.0, max(0.0, self.width - left), self.height)

    def time_at(self, x: float) -> float:
        """Pixels from the left -> Unix ms."""
        return self.start_ms + x * (self.stop_ms - self.start_ms) / self.width

    def y(self, value: Values) -> Values:
        """Values -> pixels from the top."""
        return (self.high - self.scale.to_axis(value)) * (self.height / (self.high - self.low))


def strokes(series: Series, frame: Frame, pixel: float, thickness: float, left: float = 0.0) -> Floats:
    """Lines (x1, y1, x2, y2) as (m, 4) that show the visible part of a series, gaps left open.

    pixel: width of a column of the screen, 1 / device pixel ratio. thickness: of the pen that draws them.
    left: what is left of it need not be shown.
    """
    start, stop = series.index(frame.start_ms), series.index(frame.stop_ms)
    if stop - start > _SPARSE * frame.width / pixel:
        return _uprights(series, frame, pixel, thickness, max(0, int(left / pixel) - 1))
    start = max(start, series.index(frame.time_at(left)))
    shown = slice(max(0, start - 1), stop + 1)  # the line comes from and leads to what is outside
    return _between_samples(series.times[shown], series.values[shown], frame)


def _between_samples(times: Floats, values: Floats, frame: Frame) -> Floats:
    points = np.column_stack([frame.x(times), frame.y(values)])
    lines = np.hstack([points[:-1], points[1:]])
    known = ~np.isnan(values)
    joined = known[:-1] & known[1:]
    alone = points[known & ~np.append(joined, False) & ~np.insert(joined, 0, False)]  # between two gaps: a short dash
    half = np.array([_DASH / 2, 0.0])
    dashes = np.hstack([alone - half, alone + half])
    return np.ascontiguousarray(np.vstack([lines[joined], dashes]))


def _uprights(series: Series, frame: Frame, pixel: float, thickness: float, first: int) -> Floats:
    """One upright line a column from its lowest to its highest point, so also to where the line enters and leaves it.

    Around samples the pen has its thickness; where the line goes on into the next column it ends sharply. Where columns
    between are empty but there is no gap, a line leads across them. The columns before `first` are left out.
    """
    columns = series.columns(frame.start_ms, frame.stop_ms, max(1, round(frame.width / pixel)), first)
    values, times, (filled,) = columns.values, columns.times, np.nonzero(~np.isnan(columns.low))
    if len(filled) < values.shape[1]:
        values, times = values[:, filled], times[:, filled]
    top, bottom, begin, end = frame.y(values)
    begin, end, (since, until) = begin[1:], end[:-1], (times[0, 1:], times[1, :-1])  # of a column, of that before
    edge = frame.start_ms + (first + filled[1:]) * (pixel * (frame.stop_ms - frame.start_ms) / frame.width)
    meet = end + (begin - end) * ((edge - until) / (since - until))
    (far,) = np.nonzero(np.diff(filled) > 1)
    meet[far] = np.nan
    top, bottom = top - thickness / 2, bottom + thickness / 2
    for both in (slice(1, None), slice(None, -1)):
        top[both], bottom[both] = np.fmin(top[both], meet), np.fmax(bottom[both], meet)
    x = (first + filled + 0.5) * pixel
    upright = np.column_stack([x, top, x, bottom])
    if not len(far):
        return upright
    edges = columns.edges
    far = far[edges[filled[far + 1]] == edges[filled[far] + 1]]  # else a gap lies between
    across = np.column_stack([x[far], end[far], x[far + 1], begin[far]])
    return np.vstack([upright, across[~np.isnan(across).any(axis=1)]])


def below(series: Series, frame: Frame, pixel: float, left: float = 0.0) -> Floats:
    """What lies under the line, as upright rectangles (x, y, width, height) of (m, 4), one a column; gaps left open."""
    first = max(0, int(left / pixel) - 1)
    width = max(1, round(frame.width / pixel))
    start, stop = series.index(frame.start_ms), series.index(frame.stop_ms)
    if stop - start > width:
        values = series.columns(frame.start_ms, frame.stop_ms, width, first).low
    else:
        shown = slice(max(0, start - 1), stop + 1)
        middles = frame.start_ms + (np.arange(first, width) + 0.5) * ((frame.stop_ms - frame.start_ms) / width)
        values = np.interp(middles, series.times[shown], series.values[shown], left=np.nan, right=np.nan)
    tops = frame.y(values)
    (filled,) = np.nonzero(~np.isnan(tops))
    top = tops[filled]
    return np.column_stack([(first + filled) * pixel, top, np.full(len(top), pixel), frame.height - top])


def dashes(left: float, right: float, y: float) -> Floats:
    """A dashed line across, as rectangles: those of a pen are ten times as dear."""
    found = _dashes(left, right).copy()
    found[:, 1] = y
    return found


@lru_cache(maxsize=16)  # as panes have few widths
def _dashes(left: float, right: float) -> Floats:
    x = np.arange(left, right, sum(_DASHES))
    return np.column_stack(np.broadcast_arrays(x, 0.0, np.minimum(_DASHES[0], right - x), 1.0))


def fill(painter: QPainter, rects: Floats) -> None:
    """Fill all rectangles (x, y, width, height) in one call, like `draw`."""
    if len(rects):
        rects = np.ascontiguousarray(rects)
        painter.drawRects(cast(QRectF, Shiboken.wrapInstance(rects.ctypes.data, QRectF)), len(rects))


def draw(painter: QPainter, lines: Floats, pixel: float) -> None:
    """Draw all strokes with the painter's pen, in calls that read the array itself: no Python object a line.

    Uprights are a whole, odd number of the screen's columns wide, at most as wide as the pen: sharp, and cheaper.
    """
    pen = painter.pen()
    upright = lines[:, 0] == lines[:, 2]
    if not upright.all():
        _draw(painter, lines[~upright])
        lines = lines[upright]
    sharp = QPen(pen)
    sharp.setWidthF(max(1, (round(pen.widthF() / pixel) - 1) // 2 * 2 + 1) * pixel)
    painter.setPen(sharp)
    _draw(painter, lines)
    painter.setPen(pen)


def _draw(painter: QPainter, lines: Floats) -> None:
    if len(lines):
        lines = np.ascontiguousarray(lines)
        painter.drawLines(cast(QLineF, Shiboken.wrapInstance(lines.ctypes.data, QLineF)), len(lines))
