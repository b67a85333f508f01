"""The legend of a pane: what is drawn in it besides the prices, each with a dot of its colour and what it is now."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter

from cryptoprices.core.formatting import plural
from cryptoprices.ui.chart.layer import Row
from cryptoprices.ui.chart.letters import Letters
from cryptoprices.ui.theme import Theme

LINE = 20.0  # height, px
_DOT, _GAP = 12.0, 14.0  # room for the dot, and after the text
_GROUND = 190  # alpha of what is behind it, so that it can be read over lines
_MOST_SHARE = 0.12  # of the plot's height may be under it; a line always


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


class Words(NamedTuple):
    """What a legend says and where, heads first. rows: where its rows stand; fold: the line that is there for them."""

    written: tuple[Row, ...]
    places: list[QRectF]
    rows: list[QRectF]
    fold: QRectF | None


class Fold:
    """Whether a legend needs so much of the plot that one line says but how many rows there are: "5 indicators ▾".

    What is folded stays so, however short its values at the cursor are, until room or rows are others.
    """

    def __init__(self) -> None:
        self._folded: tuple[int, int, QSizeF] | None = None

    def words(self, heads: Sequence[Row], rows: Sequence[Row], letters: Letters, room: QRectF, folds: bool) -> Words:
        """Of these rows in this room. folds: not where one line is all there is."""
        now = len(heads), len(rows), room.size()
        if now != self._folded:
            few = QRectF(room.topLeft(), QSizeF(room.width(), max(LINE, _MOST_SHARE * room.height())))
            fit = not folds or len(places((*heads, *rows), letters, few)) == len(heads) + len(rows)
            self._folded = None if fit or not rows else now
        folded = self._folded is not None
        told = (Row(f"{plural(len(rows), 'indicator')} ▾", None),) if folded else tuple(rows)
        found = places((*heads, *told), letters, room)
        mine = found[len(heads) :]
        return Words((*heads, *told), found, [] if folded else mine, mine[0] if folded and mine else None)


def paint_legend(painter: QPainter, words: Words, letters: Letters, theme: Theme) -> None:
    """Paint what has a place. The painter has the font of the letters."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ground = QColor(theme.window)
    ground.setAlpha(_GROUND)
    for row, place in zip(words.written, words.places, strict=False):
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
