"""Strips of a day in the cells of a table: when an exchange answered, told apart by height as well as by colour."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from cryptoprices.core.ledger import GapReason
from cryptoprices.core.uptime import ASKED, Part, Uptime
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.theme import LIGHT

_PAD, _HIGH, _THIN = 6, 14.0, 2.0
_TICKS_H = 6
Index = QModelIndex | QPersistentModelIndex


class Strips(QStyledItemDelegate):
    """uptimes: one a row. span: what a cell reaches over, Unix ms. zone: by which times are told, None: local."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = LIGHT
        self.uptimes: Sequence[Uptime] = ()
        self.span = (0, 1)
        self.zone: tzinfo | None = None

    def times(self, part: Part) -> str:
        """ "10:25–10:31"."""
        return "–".join(f"{self._moment(ms):%H:%M}" for ms in (part.since_ms, part.until_ms))

    def told(self, row: int, t_ms: float) -> str:
        """What was the matter at this time."""
        part = self.uptimes[row].at(t_ms)
        if part is None:
            return f"{self._moment(t_ms):%H:%M}: nothing is known"
        return f"{self.times(part)}: {GapReason(part.reason).text if part.reason else 'it answered'}"

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """No wider for its words, which are not painted."""
        return QSize(_PAD, super().sizeHint(option, index).height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell's ground without its words, then the strip."""
        ground = QStyleOptionViewItem(option)
        self.initStyleOption(ground, index)
        ground.text = ""
        QApplication.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, ground, painter, ground.widget)
        if index.row() >= len(self.uptimes):
            return
        box, middle = option.rect, option.rect.center().y() + 0.5
        painter.fillRect(box.adjusted(_PAD, 1, -_PAD, -1), QColor(self.theme.window))
        for t_ms in self._ticks():
            painter.fillRect(QRectF(self._x(t_ms, box), box.top() + 1, 1, box.height() - 2), QColor(self.theme.border))
        for part in self.uptimes[index.row()].parts:
            high, colour = self._look(part)
            left = self._x(part.since_ms, box)
            width = max(self._x(part.until_ms, box) - left, 1.0 if part.reason else 0.0)  # no failure is lost
            painter.fillRect(QRectF(left, middle + _HIGH / 2 - high, width, high), QColor(colour))

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """What the mouse is on, in words."""
        if event.type() is not QEvent.Type.ToolTip or index.row() >= len(self.uptimes):
            return super().helpEvent(event, view, option, index)
        since_ms, until_ms = self.span
        share = (event.pos().x() - option.rect.left() - _PAD) / max(option.rect.width() - 2 * _PAD, 1)
        t_ms = since_ms + min(max(share, 0.0), 1.0) * (until_ms - 1 - since_ms)
        QToolTip.showText(event.globalPos(), tooltip(self.told(index.row(), t_ms)), view)
        return True

    def _look(self, part: Part) -> tuple[float, str]:
        """Height and colour."""
        if not part.reason:
            return _HIGH, self.theme.up
        return (_HIGH / 2, self.theme.down) if part.reason in ASKED else (_THIN, self.theme.muted)

    def _x(self, t_ms: float, box: QRect) -> float:
        since_ms, until_ms = self.span
        return box.left() + _PAD + (t_ms - since_ms) / (until_ms - since_ms) * (box.width() - 2 * _PAD)

    def _moment(self, t_ms: float) -> datetime:
        return datetime.fromtimestamp(t_ms / 1000, self.zone)

    def _ticks(self) -> list[float]:
        """Unix ms of every sixth hour in the span."""
        since_ms, until_ms = self.span
        at = self._moment(since_ms).replace(minute=0, second=0, microsecond=0)
        hours = [at + timedelta(hours=k) for k in range(1, (until_ms - since_ms) // 3_600_000 + 1)]
        return [1000 * hour.timestamp() for hour in hours if hour.hour % _TICKS_H == 0]
