"""The lines across a plot and the labels of its axes: which there are, and how they are painted."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

import numpy as np
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter

from cryptoprices.ui.chart.letters import Letters
from cryptoprices.ui.chart.modes import ScaleKind
from cryptoprices.ui.chart.scale import LINEAR, Scale
from cryptoprices.ui.chart.strokes import dashes, fill
from cryptoprices.ui.chart.ticks import Tick, time_ticks
from cryptoprices.ui.chart.time_box import TimeBox
from cryptoprices.ui.theme import Theme

LABEL_GAP = 9.0  # between the plot and its values
_FAINT = 150  # alpha of lines across: less than what is drawn
_ROW, _COLUMN = 62, 68  # least room between the grid's lines, between times, px
_SPECIAL = {ScaleKind.PERCENT: 0.0, ScaleKind.INDEXED: 100.0}  # where the base stands


class Grid:
    """Chosen for a range and a size, and painted with what is the same until others are chosen."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters
        self._axis: Scale = LINEAR
        self._levels: tuple[float, ...] = ()
        self._range = (0.0, 1.0), (0.0, 1.0)  # times and values
        self._values: list[Tick] = []
        self._times: list[Tick] = []

    @property
    def labels(self) -> Iterator[str]:
        """Of the values."""
        return (tick.label for tick in self._values)

    def choose(
        self, axis: Scale, levels: tuple[float, ...], box: TimeBox, size: QSizeF, zone: tzinfo | None, timed: bool
    ) -> None:
        """Round values and times for what is in the box. levels: values that have lines of their own. size: in px."""
        self._axis, self._levels, self._range = axis, levels, (box.times, box.values)
        low, high = box.values
        own = [Tick(float(axis.to_axis(level)), axis.level_text(level)) for level in levels]
        near = (self._letters.height + 2) * (high - low) / max(1.0, size.height())
        round_ones = axis.ticks(low, high, max(2, int(size.height() / _ROW)))
        self._values = [tick for tick in own if low <= tick.at <= high]
        self._values += [tick for tick in round_ones if all(abs(tick.at - level.at) > near for level in own)]
        self._times = time_ticks(*box.times, max(2, int(size.width() / _COLUMN)), zone) if timed else []

    def paint(self, painter: QPainter, plot: QRectF, exposed_left: float, tags: Sequence[float], theme: Theme) -> None:
        """Lines, then labels where no tag stands. exposed_left: what is left of it is not painted anew."""
        ((start_ms, stop_ms), (low, high)), letters = self._range, self._letters
        faint = QColor(theme.muted)
        faint.setAlpha(_FAINT)
        special = [*(float(self._axis.to_axis(level)) for level in self._levels), _SPECIAL.get(self._axis.kind)]
        heights = [(tick, plot.bottom() - (tick.at - low) / (high - low) * plot.height()) for tick in self._values]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.grid))
        fill(painter, np.array([(plot.left(), round(y), plot.width(), 1.0) for _, y in heights]))
        painter.setBrush(faint)
        for at in special:
            if at is not None and low <= at <= high:
                middle = round(plot.bottom() - (at - low) / (high - low) * plot.height())
                fill(painter, dashes(plot.left(), plot.right(), middle))
        painter.setPen(QColor(theme.muted))
        taken = [*tags]
        for tick, y in heights:  # the value now is worth more than a round one
            if all(abs(y - other) >= letters.height for other in taken):
                taken.append(y)
                letters.write(painter, plot.right() + LABEL_GAP, y, tick.label)
        for tick in self._times:
            half = letters.width(tick.label) / 2
            x = plot.left() + (tick.at - start_ms) / (stop_ms - start_ms) * plot.width()
            if max(plot.left() - 4, exposed_left - 2 * half) <= x - half and x + half <= plot.right() + 20:
                letters.write(painter, x - half, plot.bottom() + 20, tick.label)
