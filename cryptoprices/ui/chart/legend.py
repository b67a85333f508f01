"""The legend of a pane: what is drawn in it besides the prices, each with a dot of its colour and what it is now."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from cryptoprices.ui.chart.layer import Row
from cryptoprices.ui.chart.letters import Letters
from cryptoprices.ui.theme import Theme

LINE = 20.0  # height, px
_DOT, _GAP = 12.0, 14.0  # room for the dot, and after the text
_GROUND = 190  # alpha of what is behind it, so that it can be read over lines


def places(rows: Sequence[Row], letters: Letters, room: QRectF) -> list[QRectF]:
    """Where each row stands in the room: side by side, then in lines below each other; in as many as fit in it.

    Those that do not fit any more have no place.
    """
    found: list[QRectF] = []
    left, top = room.left(), room.top()
    for row in rows:
        width = letters.width(row.text) + (_DOT if row.colour else 0.0)
        if left > room.left() and left + width > room.right():
            left, top = room.left(), top + LINE
        if top + LINE > room.bottom() + 0.5 or left + width > room.right():
            break
        found.append(QRectF(left, top, width, LINE))
        left += width + _GAP
    return found


def paint_legend(
    painter: QPainter, rows: Sequence[Row], where: Sequence[QRectF], letters: Letters, theme: Theme
) -> None:
    """Paint those that have a place. The painter has the font of the letters."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ground = QColor(theme.window)
    ground.setAlpha(_GROUND)
    for row, place in zip(rows, where, strict=False):
        painter.fillRect(place.adjusted(-2.0, 1.0, 2.0, -1.0), ground)
        left, middle = place.left(), place.center().y()
        if row.colour:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(row.colour))
            painter.drawEllipse(QPointF(left + 4, middle), 4.0, 4.0)
            left += _DOT
        painter.setPen(QColor(theme.text))
        letters.write(painter, left, middle, row.text)
    painter.restore()
