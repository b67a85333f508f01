"""Where bars are missing in a plot, and why; and where they were filled in later."""

from collections.abc import Sequence
from datetime import tzinfo

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from cryptoprices.core.bars import Hole
from cryptoprices.ui.chart.letters import Letters
from cryptoprices.ui.chart.strokes import Frame
from cryptoprices.ui.chart.words import missing
from cryptoprices.ui.theme import Theme

_WORDS = 48.0  # least room for words in a hole, px
_FOOT = 22.0  # room below them, where the anchor says its date, px
_MARK = 2.0  # height of the mark of what was filled in later, px


def paint_holes(painter: QPainter, frame: Frame, holes: Sequence[Hole], theme: Theme) -> None:
    """A plate for each. The painter's 0, 0 is the plot's left upper corner."""
    _fill(painter, [_across(hole, frame, 0.0, frame.height) for hole in holes], theme.panel)


def paint_filled(painter: QPainter, frame: Frame, filled: Sequence[Hole], theme: Theme) -> None:
    """A mark at the bottom for each."""
    _fill(painter, [_across(hole, frame, frame.height - _MARK, _MARK) for hole in filled], theme.muted)


def write_reasons(
    painter: QPainter, frame: Frame, holes: Sequence[Hole], letters: Letters, zone: tzinfo | None
) -> None:
    """Why and when, where there is room, with the painter's pen: at the bottom, for notes and legend are on top."""
    for hole in holes:
        plate = _across(hole, frame, 0.0, frame.height)
        if plate.width() < _WORDS:
            continue
        why, when = missing(hole, zone)
        rows = [f"{why} {when}"] if letters.width(f"{why} {when}") + 10 <= plate.width() else [why, when]
        if all(letters.width(row) + 10 <= plate.width() for row in rows):
            for number, row in enumerate(rows):
                x = plate.center().x() - letters.width(row) / 2
                letters.write(painter, x, frame.height - _FOOT - (len(rows) - number - 0.5) * letters.height, row)


def visible(holes: Sequence[Hole], start_ms: float, stop_ms: float) -> list[Hole]:
    """Those that reach into this time."""
    return [hole for hole in holes if hole.since_ms < stop_ms and start_ms < hole.until_ms]


def _fill(painter: QPainter, rects: list[QRectF], colour: str) -> None:
    wide = [rect for rect in rects if rect.width() >= 0.5]
    if wide:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRects(wide)


def _across(hole: Hole, frame: Frame, top: float, height: float) -> QRectF:
    scale = frame.width / (frame.stop_ms - frame.start_ms)
    left = max(0.0, (hole.since_ms - frame.start_ms) * scale)
    right = min(frame.width, (hole.until_ms - frame.start_ms) * scale)
    return QRectF(left, top, right - left, height)
