"""What each exchange says of the chosen pair, how far that is from the price, and why one is left out."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from cryptoprices.core.formatting import age_text
from cryptoprices.core.market import Pair
from cryptoprices.core.plain import plain
from cryptoprices.core.snapshot import PairPrice, Snapshot
from cryptoprices.core.stablecoins import STAND_IN
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.exchange_lines import Line, asking_text, describe, streaming_text, switched_off
from cryptoprices.ui.exchange_menu import ExchangeCommands
from cryptoprices.ui.panels.base import Area, Panel
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.reasons import exchange_title
from cryptoprices.ui.status import Word
from cryptoprices.ui.theme import LIGHT, Theme, font

COLUMNS = ("", "Price", "vs median", "Age")
_AGE = len(COLUMNS) - 1
_ROW, _PAD = 26, 6
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
Index = QModelIndex | QPersistentModelIndex


class Lines(QAbstractTableModel):
    """The rows, one an exchange. asked(row): how that one is asked now, for its tooltip."""

    def __init__(self, asked: Callable[[int], str]) -> None:
        super().__init__()
        self._asked = asked
        self.lines: list[Line] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """One an exchange."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """Name, price, distance, age."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        """The text of a cell, or its row's tooltip."""
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.cells[index.column()]
        return tooltip(*line.told, self._asked(index.row())) if role == Qt.ItemDataRole.ToolTipRole else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | Qt.AlignmentFlag | None:
        """The columns' titles; the first one only in words."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return COLUMNS[section] or "Exchange"
        return (_RIGHT if section else _LEFT) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def put(self, lines: list[Line]) -> None:
        """Show these; rows that look as before are not repainted, of those that only got older only the age."""
        old, fresh = self.lines, lines
        if len(old) != len(fresh):
            self.beginResetModel()
            self.lines = fresh
            self.endResetModel()
            return
        self.lines = fresh
        older = []
        for row, (before, now) in enumerate(zip(old, fresh, strict=True)):
            if before is now or before == now:
                continue
            if before[:_AGE] == now[:_AGE] and before[_AGE + 1 :] == now[_AGE + 1 :]:
                older.append(row)
            else:
                self.dataChanged.emit(self.index(row, 0), self.index(row, _AGE))
        if older:
            self.dataChanged.emit(self.index(older[0], _AGE), self.index(older[-1], _AGE))


class Table(QTableView):
    """The rows as they are painted. (Qt's own delegate takes three times as long for ages that change every second.)

    menu_wanted(QPoint): at this place of the screen, for the current row.
    """

    menu_wanted = Signal(QPoint)

    def __init__(self, lines: Lines, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = LIGHT
        self.lines = lines
        self.canvas = QWidget()
        self.canvas.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # what lies behind need not be painted again
        self.setViewport(self.canvas)
        self.setModel(lines)
        self.setFont(font(13))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        header = self.horizontalHeader()
        header.setFont(font(11.5))
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setFixedHeight(_ROW)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for column, sample in ((2, "vs median"), (3, "00 min")):
            self.setColumnWidth(column, self.fontMetrics().horizontalAdvance(sample) + _PAD)

    def fit_names(self) -> None:
        """Make room for the longest name."""
        widths = [self.fontMetrics().horizontalAdvance(line.name) for line in self.lines.lines]
        self.setColumnWidth(0, max(widths, default=0) + 2 * _PAD)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Three rows, more are scrolled to; wide enough for a price with cents."""
        price = self.fontMetrics().horizontalAdvance("00,000.00") + _PAD + 3
        others = sum(self.columnWidth(column) for column in (0, 2, 3))
        return QSize(price + others + self.verticalScrollBar().sizeHint().width(), 4 * _ROW)

    def dataChanged(self, first: Index, last: Index, _roles: Sequence[int] = ()) -> None:
        """Repaint those cells, and not the whole table."""
        self.canvas.update(self.visualRect(first).united(self.visualRect(last)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keys are about a row from the first one on, and it is seen which."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self.lines.index(0, 0))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the row under the pointer, by key of the current one."""
        if event.reason() is QContextMenuEvent.Reason.Mouse:
            self.setCurrentIndex(self.indexAt(event.pos()))
            self.menu_wanted.emit(event.globalPos())
        else:
            self.menu_wanted.emit(self.canvas.mapToGlobal(self.visualRect(self.currentIndex()).center()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells that need it."""
        painter = QPainter(self.canvas)
        part = event.rect()
        painter.setBackground(self.palette().base())
        painter.eraseRect(part)
        edges = [(self.columnViewportPosition(c), self.columnWidth(c)) for c in range(len(COLUMNS))]
        for row, line in enumerate(self.lines.lines):
            top = self.rowViewportPosition(row)
            if top > part.bottom() or top + _ROW <= part.top():
                continue
            for column, text in enumerate(line.cells):
                left, width = edges[column]
                if column == 1 and line.span > 1:
                    width = sum(edges[c][1] for c in range(1, 1 + line.span))
                if text and left <= part.right() and left + width > part.left():
                    self._write(painter, QRect(left, top, width, _ROW), line, column)
        current = self.currentIndex()
        if current.isValid() and self.hasFocus():
            painter.setPen(QPen(QColor(self.theme.accent), 1))
            painter.drawRoundedRect(QRectF(self.visualRect(current)).adjusted(0.5, 1.5, -0.5, -1.5), 4, 4)
        painter.end()

    def _write(self, painter: QPainter, box: QRect, line: Line, column: int) -> None:
        theme, text = self.theme, line.cells[column]
        painter.setPen(QColor(getattr(theme, line.colour or ("text" if column == 1 else "muted"))))
        box = box.adjusted(3, 0, -_PAD, 0)
        if column != _AGE:
            text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, _RIGHT if column else _LEFT, text)


class Exchanges(Panel):
    """A table, one exchange a row: those that are asked in the person's order, then those that are switched off.

    commands: what can be done with the current one. Below it stands how that one is asked, and what must be said.
    """

    title, area, order = "Exchanges", Area.RIGHT, 20

    def __init__(self, hub: Hub, parent: QWidget | None = None) -> None:
        super().__init__(hub, parent)
        self.setAccessibleName("")  # the table itself bears the name
        self.model = Lines(self._asked)
        self.view = Table(self.model, self)
        self.view.setAccessibleName(self.title)
        self.setFocusProxy(self.view)
        self.names: tuple[str, ...] = ()
        self._lines_of: Snapshot | None = None
        self._lines_made_of: tuple[object, ...] = ()
        self.commands = ExchangeCommands(self.view)
        self.view.menu_wanted.connect(self.open_menu)
        self.view.selectionModel().currentChanged.connect(self.aim)
        self.asking, self.streaming = Word(), Word()  # in one line they would be cut in the panel of the design
        for word in (self.asking, self.streaming):
            word.setFont(font(11))
            word.setContentsMargins(3, 0, 3, 0)
        self.note = QLabel(self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setFont(font(11))
        self.note.setContentsMargins(3, 4, 3, 2)
        self.note.hide()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(9, 0, 9, 6)
        rows.setSpacing(0)
        rows.addWidget(self.view)
        rows.addWidget(self.asking)
        rows.addWidget(self.streaming)
        rows.addWidget(self.note)

    def sizeHint(self) -> QSize:
        """As wide as in the design, high enough for all."""
        return QSize(316, _ROW * (len(self.hub.snapshot.exchanges) + len(self.hub.switched_off) + 1) + 63)

    def heading(self) -> str:
        """With the pair."""
        return f"{self.title} · {self.hub.selected}"

    def show_now(self) -> None:
        """Rows as of now."""
        snapshot, pair = self.hub.snapshot, self.hub.selected
        view = self.hub.price(pair)
        other = Pair(pair.base, STAND_IN)
        stand_in = self.hub.price(other) if pair.quote == "USD" and other in snapshot.held else None
        titles, current = [line.name for line in self.model.lines], self._current
        self.model.put(self._lines(view, stand_in))
        if titles != [line.name for line in self.model.lines]:
            self.view.fit_names()
        self._take_names((*snapshot.exchanges, *self.hub.switched_off), current)
        self._write_asking()
        self._write_note()

    def _lines(self, view: PairPrice, stand_in: PairPrice | None) -> list[Line]:
        """The rows now. Between two polls most of them only get older, and are not worded anew for that."""
        hub, snapshot = self.hub, self.hub.snapshot
        quotes = {q.quote.exchange: q for seen in (stand_in, view) if seen for q in seen.quotes}
        made_of = (
            view.pair,
            view.state,
            hub.polling,
            [(name, q.state) for name, q in quotes.items()],
            [*hub.switched_off],
        )
        steady = self._lines_of is snapshot and self._lines_made_of == made_of
        self._lines_of, self._lines_made_of = snapshot, made_of
        if not steady:
            lines = [describe(name, view, stand_in, hub) for name in snapshot.exchanges]
            return [*lines, *(switched_off(name, hub) for name in hub.switched_off)]
        lines = list(self.model.lines)
        for row, name in enumerate(snapshot.exchanges):
            standing, quote = snapshot.standings.get(name), quotes.get(name)
            if standing is not None and standing.reason is not None:  # its wait is counted down
                lines[row] = describe(name, view, stand_in, hub)
            elif quote is not None and (age := age_text(quote.age_s)) != lines[row].age:
                lines[row] = lines[row]._replace(age=age)
        return lines

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self.view.theme = theme
        self.view.canvas.update()
        for label in (self.asking, self.streaming, self.note):
            colours = label.palette()
            colours.setColor(colours.ColorRole.WindowText, QColor(theme.muted))
            label.setPalette(colours)

    @Slot()
    def aim(self) -> None:
        """The commands are about the current row."""
        self.commands.aim(self._current, self.names, frozenset(self.hub.switched_off))
        self._write_asking()

    @Slot(QPoint)
    def open_menu(self, at: QPoint) -> None:
        """The menu of the current row, at this place of the screen."""
        if self._current:
            self.commands.menu(exchange_title(self._current, self.hub)).popup(at)

    @property
    def _current(self) -> str:
        """Name of the current row's exchange, "" where there is none."""
        row = self.view.currentIndex().row()
        return self.names[row] if 0 <= row < len(self.names) else ""

    def _take_names(self, names: tuple[str, ...], current: str) -> None:
        """These exchanges are shown now; the current one stays so wherever it has gone."""
        if names != self.names:
            self.names = names
            row = names.index(current) if current in names else -1
            self.view.setCurrentIndex(self.model.index(row, 0) if row >= 0 else QModelIndex())
            self.aim()

    def _asked(self, row: int) -> str:
        if row >= len(self.names):
            return ""
        parts = asking_text(self.names[row], self.hub), streaming_text(self.names[row], self.hub)
        return " · ".join(filter(None, parts))

    def _write_asking(self) -> None:
        """How the current exchange is asked, else the first one."""
        name = self._current or next(iter(self.names), "")
        said = asking_text(name, self.hub) if name else ""
        self.asking.write(f"{exchange_title(name, self.hub)} {said}" if said else "")
        flowing = streaming_text(name, self.hub) if name else ""
        self.streaming.write(flowing[:1].upper() + flowing[1:])
        self.streaming.setVisible(bool(flowing))

    def _write_note(self) -> None:
        """What must stand beside the prices: attributions, and what the star means."""
        parts = []
        for line, name in zip(self.model.lines, self.names, strict=True):
            exchange = self.hub.exchanges.get(name)
            if exchange is not None and exchange.source.attribution and line.age:
                parts.append(plain(exchange.source.attribution))
        if any(line.name.endswith("*") for line in self.model.lines):
            parts.append("* custom address")
        text = " · ".join(parts)
        if text != self.note.text():
            self.note.setText(text)
            self.note.setVisible(bool(text))
