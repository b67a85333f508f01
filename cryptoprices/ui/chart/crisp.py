"""Boxes that end where the screen's pixels end: sharp at any scale of the screen."""

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter

from cryptoprices.core.series import Floats
from cryptoprices.ui.chart.strokes import fill

_FAR = 1e6  # px: farther out nothing is drawn
_BODY, _WIDEST = 0.8, 48.0  # a body's part of its slot, and the plot's pixels that it takes at the most


class Raster(NamedTuple):
    """The screen's pixels in a plot. size: width of one in the plot's pixels. left, top: the plot's corner, in them.

    line: how many of them a thin line is wide.
    """

    size: float
    left: float
    top: float
    line: int

    @classmethod
    def of(cls, painter: QPainter, pixel: float) -> "Raster":
        """pixel: as View has it."""
        place = painter.deviceTransform()
        return cls(pixel, place.dx(), place.dy(), max(1, round(1 / pixel)))

    def columns(self, x: Floats) -> Floats:
        """Of the plot's pixels -> the screen's column in which it is, a whole number."""
        return np.floor(x / self.size + self.left)

    def lefts(self, first: int, count: int) -> Floats:
        """The plot's columns from `first` up to `count` -> those of the screen."""
        middles = (np.arange(first, count, dtype=np.float64) + 0.5) * self.size
        return self.columns(middles)

    def rows(self, y: Floats) -> Floats:
        """Of the plot's pixels -> the screen's row in which it is, a whole number."""
        return np.floor(np.clip(y, -_FAR, _FAR) / self.size + self.top)

    def slots(self, lefts: Floats, width: float, least: int = 1) -> "Slots":
        """Room for bodies in slots of equal width, which begin at `lefts`; both in the plot's pixels.

        Bodies are all of one width, with a lean line exactly in their middle and a gap between them, but for those that
        would be narrower than `least` lines.
        """
        room = int(width / self.size)
        body = max(least * self.line, min(int(room * _BODY), room - self.line, int(_WIDEST / self.size)))
        body -= (body - self.line) % 2 if body > self.line else 0
        middle = np.floor((lefts + width / 2) / self.size + self.left - (self.line - 1) / 2)
        return Slots(middle - (body - self.line) // 2, middle, body)


class Slots(NamedTuple):
    """In the screen's pixels: where bodies begin, where lines in their middle begin, and how wide bodies are."""

    left: Floats
    middle: Floats
    body: int


def boxes(left: Floats, top: Floats, width: Floats | float, bottom: Floats) -> Floats:
    """Boxes: (n, 4) of left, top, right, bottom, in the screen's pixels."""
    return np.column_stack([left, top, left + width, bottom])


def outline(slots: Slots, top: Floats, bottom: Floats, line: int) -> Floats:
    """(4, n, 4): the sides, upper ends and lower ends of bodies."""
    sides = [boxes(left, top, line, bottom) for left in (slots.left, slots.left + slots.body - line)]
    ends = [boxes(slots.left, y, slots.body, y + line) for y in (top, bottom - line)]
    return np.stack([*sides, *ends])


def paint(painter: QPainter, raster: Raster, found: Floats, colour: QColor) -> None:
    """Fill (n, 4) boxes; those that have no inside or are NaN are passed over."""
    found = found[(found[:, 2] > found[:, 0]) & (found[:, 3] > found[:, 1])]
    if not len(found):
        return
    corner = np.array([raster.left, raster.top])
    rects = np.hstack([found[:, :2] - corner, found[:, 2:] - found[:, :2]]) * raster.size
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    fill(painter, rects)
