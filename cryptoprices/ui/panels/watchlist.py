"""The coins the person watches: one row a pair, with state, course, price and change."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QListView, QVBoxLayout, QWidget

from cryptoprices.core.coins import coin_name
from cryptoprices.core.formatting import age_text, arrow_text, moment_text, price_text, remark, spoken_price
from cryptoprices.core.market import Pair
from cryptoprices.core.plain import plain
from cryptoprices.core.snapshot import PairPrice, State
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.header import direction
from cryptoprices.ui.panels.base import Area, Panel
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.reasons import why_no_price
from cryptoprices.ui.theme import LIGHT, Theme, font

Course = Callable[[Pair], Sequence[float]]
"""A pair's course: its values over the time shown, oldest first, NaN where nothing is known."""

_HEIGHT = 49
Index = QModelIndex | QPersistentModelIndex


class Row(NamedTuple):
    """What a row says. The colours are names of the theme's fields."""

    name: str
    below: str
    dot: str
    price: str
    price_colour: str
    change: str
    change_colour: str


def describe(view: PairPrice, hub: Hub) -> Row:
    """A pair's row as of now."""
    pair = view.pair
    coin = coin_name(pair.base)
    name = pair.base if pair.quote == hub.shown_pair(hub.pairs[0]).quote else str(pair)
    if view.price is not None and view.age_s is not None:
        change = view.change_24h_pct
        live = view.state is State.LIVE
        below = (remark(view) or coin) if live else f"{age_text(view.age_s)} old"
        text = "" if change is None else arrow_text(change)
        dot, colour = ("up", "text") if live else ("warn", "warn")
        return Row(name, below, dot, price_text(view.price, pair.quote), colour, text, direction(change))
    if view.state is State.DISAGREE:
        return Row(name, "sources disagree", "warn", "—", "warn", "", "muted")
    if view.last_known is not None:
        now_ms = hub.clock.wall_ms()
        old = f"{age_text(view.last_known.age_s(hub.clock.boot_s(), now_ms))} old"
        return Row(name, old, "muted", price_text(view.last_known.price, pair.quote), "muted", "", "muted")
    return Row(name, plain(why_no_price(view, hub)), "muted", "—", "muted", "", "muted")


def describe_in_words(view: PairPrice) -> str:
    """All of a row, for assistive technology."""
    return f"{coin_name(view.pair.base)}, {view.pair}: {spoken_price(view)}"


def describe_sources(view: PairPrice, hub: Hub) -> str:
    """A row's tooltip: the same with its time and what must stand beside a source's price."""
    lines = [describe_in_words(view), view.derived]
    if view.price is None and view.last_known is not None:
        lines.append(f"as of {moment_text(view.last_known.wall_ms, hub.clock.wall_ms())}")
    lines += [hub.exchanges[name].source.attribution for name in view.counted if name in hub.exchanges]
    return tooltip(*lines)


class Rows(QAbstractListModel):
    """The rows, one a pair."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub
        self.pairs = hub.pairs
        self.rows: list[Row | None] = [None] * len(self.pairs)
        self.courses: dict[Pair, QPolygonF] = {}

    def take_pairs(self) -> None:
        """The watchlist is another one."""
        self.beginResetModel()
        self.pairs = self._hub.pairs
        self.rows = [None] * len(self.pairs)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """One a pair."""
        return 0 if parent.isValid() else len(self.pairs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | QSize | None:
        """Name and price; all of it in words for assistive technology; the tooltip; the size."""
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(160, _HEIGHT)
        row = self.rows[index.row()]
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{row.name} {row.price}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return describe_in_words(self._hub.price(self.pairs[index.row()]))
        if role == Qt.ItemDataRole.ToolTipRole:
            return describe_sources(self._hub.price(self.pairs[index.row()]), self._hub)
        return None

    def put(self, number: int, row: Row) -> None:
        """Show this row; only one that looks different is repainted."""
        old, self.rows[number] = self.rows[number], row
        if old != row:
            index = self.index(number)
            self.dataChanged.emit(index, index)

    def put_course(self, number: int, values: Sequence[float]) -> None:
        """Show this course as a small line."""
        self.courses[self.pairs[number]] = _unit_line(values)
        index = self.index(number)
        self.dataChanged.emit(index, index)


def _unit_line(values: Sequence[float]) -> QPolygonF:
    """The values as points of the unit square, the highest at 0."""
    known = [(i, value) for i, value in enumerate(values) if value == value]  # noqa: PLR0124 - NaN is not itself
    if len(known) < 2:
        return QPolygonF()
    low, high = min(value for _, value in known), max(value for _, value in known)
    first, last = known[0][0], known[-1][0]
    span, height = last - first, (high - low) or 1.0
    flat = high == low
    return QPolygonF([QPointF((i - first) / span, 0.5 if flat else (high - value) / height) for i, value in known])


class RowList(QListView):
    """The rows as they are painted: dot, name, course, price, change."""

    def __init__(self, rows: Rows, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows = rows
        self.canvas = QWidget()  # Qt's own viewport would take 10 ms to be known in Python
        self.setViewport(self.canvas)
        self.theme = LIGHT
        self.painted = 0
        self._by_keys = False  # whether the focus came by a key: only then a ring shows where it is
        self._name, self._small = font(13.5, QFont.Weight.DemiBold), font(11.5)
        self._price, self._change = font(13.5), font(11.5)
        self.setModel(rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows that need it. A delegate would do, but loads 10 ms of classes before the first frame."""
        painter = QPainter(self.canvas)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, row in enumerate(self.rows.rows):
            box = self.visualRect(self.rows.index(number))
            if row is not None and box.intersects(event.rect()):
                self.painted += 1
                self._paint(painter, box, number, row)
        painter.end()

    def dataChanged(self, first: Index, _last: Index, _roles: Sequence[int] = ()) -> None:
        """Repaint that one row. (QListView lays all rows out anew and repaints the whole list.)"""
        self.canvas.update(self.visualRect(first))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring for those who came by a key."""
        self._by_keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Whoever uses keys sees where they go."""
        self._by_keys = True
        super().keyPressEvent(event)
        self.canvas.update()

    def _paint(self, painter: QPainter, box: QRect, number: int, row: Row) -> None:
        theme = self.theme
        current = self.currentIndex().row() == number
        painter.setPen(Qt.PenStyle.NoPen)  # fillRect would make Python know 170 gradients: 3 ms of the first frame
        if current:
            painter.setBrush(QColor(theme.raised))
            painter.drawRect(box)
        painter.setBrush(QColor(theme.border))
        painter.drawRect(box.left(), box.bottom(), box.width(), 1)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if current and self._by_keys and self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.drawRoundedRect(QRectF(box).adjusted(1.5, 1.5, -1.5, -2.5), 4, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(theme, row.dot)))
        painter.drawEllipse(QPointF(box.left() + 15.5, box.top() + 24.5), 3.5, 3.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        right = self._write(painter, box, row)
        self._draw_course(painter, box, self.rows.courses.get(self.rows.pairs[number]), row, right)

    def _write(self, painter: QPainter, box: QRect, row: Row) -> int:
        """The four texts. Returns where the right ones begin."""
        right, upper, lower = box.right() - 12, box.top() + 21, box.top() + 38
        start = right
        for letters, colour, y, text in (
            (self._price, row.price_colour, upper, row.price),
            (self._change, row.change_colour, lower, row.change),
        ):
            painter.setFont(letters)
            painter.setPen(QColor(getattr(self.theme, colour)))
            x = right - painter.fontMetrics().horizontalAdvance(text)
            start = min(start, x)
            painter.drawText(QPointF(x, y), text)
        for letters, colour, y, text in (
            (self._name, "text", upper, row.name),
            (self._small, "warn" if row.dot == "warn" else "muted", lower, row.below),
        ):
            painter.setFont(letters)
            painter.setPen(QColor(getattr(self.theme, colour)))
            room = start - 6 - (box.left() + 28)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(box.left() + 28, y), shown)
        return start

    def _draw_course(self, painter: QPainter, box: QRect, line: QPolygonF | None, row: Row, right: int) -> None:
        left = box.left() + 101
        width = min(61, right - 14 - left)
        if line is None or line.isEmpty() or width < 30:
            return
        painter.save()
        painter.translate(left, box.top() + 13)
        painter.scale(width, 22)
        fallen = line.last().y() > line.first().y()
        colour = row.price_colour if row.price_colour in ("muted", "warn") else "down" if fallen else "up"
        pen = QPen(QColor(getattr(self.theme, colour)), 1.3)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPolyline(line)
        painter.restore()


class Watchlist(Panel):
    """The list. A chosen row becomes the hub's selected pair."""

    title, area, order = "Watchlist", Area.LEFT, 0

    def __init__(self, hub: Hub, parent: QWidget | None = None) -> None:
        super().__init__(hub, parent)
        self.setAccessibleName("")  # the list itself bears the name
        self.model = Rows(hub)
        self._course: Course | None = None
        self._drawn_poll = -1
        self.view = RowList(self.model, self)
        self.view.setAccessibleName(self.title)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setUniformItemSizes(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setMinimumWidth(176)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.view)
        self.setFocusProxy(self.view)
        self._follow(hub.selected)
        self.view.selectionModel().currentChanged.connect(self._choose)
        hub.selected_changed.connect(self._follow)
        hub.pairs_changed.connect(self._take_pairs)

    def sizeHint(self) -> QSize:
        """As wide as in the design."""
        return QSize(268, _HEIGHT * max(2, len(self.model.pairs)))

    def heading(self) -> str:
        """With the currency, where all rows have the same."""
        quotes = {self.hub.shown_pair(pair).quote for pair in self.model.pairs}
        return f"{self.title} · {quotes.pop()}" if len(quotes) == 1 else self.title

    def show_courses(self, course: Course) -> None:
        """From now on, draw a pair's course beside its price; called again when courses have changed."""
        self._course, self._drawn_poll = course, -1
        self.show_now()

    def show_now(self) -> None:
        """Rows as of now; the courses after each poll."""
        snapshot = self.hub.snapshot
        for number, pair in enumerate(self.model.pairs):
            self.model.put(number, describe(self.hub.price(pair), self.hub))
        if self._course is not None and snapshot.poll_over and snapshot.poll != self._drawn_poll:
            self._drawn_poll = snapshot.poll
            for number, pair in enumerate(self.model.pairs):
                self.model.put_course(number, self._course(pair))

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self.view.theme = theme
        self.view.canvas.update()

    @Slot()
    def _take_pairs(self) -> None:
        """Rows for another watchlist; they are filled when the hub has told everybody of it."""
        self._drawn_poll = -1
        self.model.take_pairs()
        self._follow(self.hub.selected)
        self.view.updateGeometry()

    @Slot(QModelIndex, QModelIndex)
    def _choose(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid():
            self.hub.select(self.model.pairs[current.row()])

    @Slot(object)
    def _follow(self, pair: Pair) -> None:
        if pair in self.model.pairs:
            self.view.setCurrentIndex(self.model.index(self.model.pairs.index(pair)))
