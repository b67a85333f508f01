"""What each exchange says of the chosen pair, how far that is from the price, and why one is left out."""

from decimal import Decimal
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from cryptoprices.core.formatting import UNKNOWN, age_text, change_text, exact_text
from cryptoprices.core.market import Pair, Standing
from cryptoprices.core.plain import plain
from cryptoprices.core.snapshot import PairPrice, QuoteView, State
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.panels.base import Area, Panel
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.reasons import exchange_title, trouble_text
from cryptoprices.ui.theme import LIGHT, Theme, font

COLUMNS = ("", "Price", "vs median", "Age")
_ROW = 26
_LEFT_OUT = {
    State.OUTLIER: ("left out", "Left out: too far from what the other exchanges say."),
    State.FROZEN: ("frozen", "Left out: its price stands still while the others move."),
    State.CHECKING: ("checking", "It contradicts the others; this poll or the next one decides."),
    State.STALE: ("too old", "Left out: its last answer is too old."),
    State.EXPIRED: ("too old", "Left out: its last answer is too old."),
}
_STAND_IN = "USDT"


class Line(NamedTuple):
    """One exchange's row. colour: a field of the theme for what is not as it should be, "" where all is well.

    span: columns that `price` takes: where it is a sentence it needs the next ones too. told: the tooltip's lines.
    """

    name: str
    price: str
    versus: str = ""
    age: str = ""
    colour: str = ""
    span: int = 1
    told: tuple[str, ...] = ()


def describe(name: str, view: PairPrice, stand_in: PairPrice | None, hub: Hub) -> Line:
    """One exchange's row as of now. stand_in: the same coin in USDT, for exchanges that have no other market for it."""
    exchange = hub.exchanges.get(name)
    title = exchange_title(name, hub)
    told = [title]
    if exchange is not None:
        told.append(f"custom address: {exchange.rest_url}" if exchange.custom_address else exchange.rest_url)
        told.append(exchange.source.attribution)
    if exchange is not None and exchange.custom_address:
        title += "*"
    standing = hub.snapshot.standings.get(name)
    quote = _of(name, view)
    substitute = None if quote or stand_in is None else _of(name, stand_in)
    shown = quote or substitute
    age = age_text(shown.age_s) if shown else ""
    if shown:
        told.append(f"Price {exact_text(shown.quote.price)} {shown.quote.pair.quote}")
    if standing is not None and standing.reason is not None:
        told.append(standing.text)
        words = trouble_text(standing, hub.clock.boot_s())
        return Line(title, words, age=age, colour="warn", span=2 if age else 3, told=tuple(told))
    if quote is not None:
        price, versus = _digits(quote.quote.price), change_text(quote.deviation_pct)
        if quote.state not in _LEFT_OUT:
            colour = "" if name in view.counted else "warn"
            versus = "disagrees" if view.state is State.DISAGREE else versus
            return Line(title, price, versus, age, colour, told=tuple(told))
        word, why = _LEFT_OUT[quote.state]
        told += [why, "" if quote.deviation_pct is None else f"{versus} from the median"]
        return Line(title, price, word, age, "warn", told=tuple(told))
    if substitute is not None:
        told.append("Its price is in USDT, which is not the US dollar: shown, but not counted.")
        return Line(title, _digits(substitute.quote.price), _STAND_IN, age, "muted", told=tuple(told))
    return Line(title, _silence(name, view.pair, standing, hub), colour="muted", span=2, told=tuple(told))


def _of(name: str, view: PairPrice) -> QuoteView | None:
    return next((quote for quote in view.quotes if quote.quote.exchange == name), None)


def _digits(price: Decimal) -> str:
    """The exchange's own digits without the noughts that some fill up with."""
    return exact_text(price.normalize())


def _silence(name: str, pair: Pair, standing: Standing | None, hub: Hub) -> str:
    """Why an exchange without trouble has no price of the pair."""
    exchange = hub.exchanges.get(name)
    if exchange is not None and exchange.only_missing:
        return "not needed"
    if not hub.snapshot.lists(name, pair) or (standing is not None and pair in standing.refused):
        return "not listed"
    return "asking…" if hub.polling else UNKNOWN


class Exchanges(Panel):
    """A table, one exchange a row, in the person's order."""

    title, area, order = "Exchanges", Area.RIGHT, 20

    def __init__(self, hub: Hub, parent: QWidget | None = None) -> None:
        super().__init__(hub, parent)
        self.setAccessibleName("")  # the table itself bears the name
        self._theme = LIGHT
        self._lines: list[Line] = []
        self.model = QStandardItemModel(0, len(COLUMNS), self)
        for column, text in enumerate(COLUMNS):
            item = QStandardItem(text)
            item.setTextAlignment(_side(column))
            if not column:
                item.setData("Exchange", Qt.ItemDataRole.AccessibleTextRole)
            self.model.setHorizontalHeaderItem(column, item)
        self.view = QTableView(self)
        self.view.setModel(self.model)
        self._set_up_view()
        self.setFocusProxy(self.view)
        self.note = QLabel(self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setFont(font(11))
        self.note.setContentsMargins(3, 4, 3, 8)
        self.note.hide()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(9, 0, 9, 0)
        rows.setSpacing(0)
        rows.addWidget(self.view)
        rows.addWidget(self.note)

    def sizeHint(self) -> QSize:
        """As wide as in the design, high enough for all."""
        return QSize(316, _ROW * (len(self.hub.snapshot.exchanges) + 1) + 30)

    def heading(self) -> str:
        """With the pair."""
        return f"{self.title} · {self.hub.selected}"

    def show_now(self) -> None:
        """Rows as of now; only cells whose text or colour changed are touched."""
        snapshot, pair = self.hub.snapshot, self.hub.selected
        view = self.hub.price(pair)
        other = Pair(pair.base, _STAND_IN)
        stand_in = self.hub.price(other) if pair.quote == "USD" and other in snapshot.held else None
        lines = [describe(name, view, stand_in, self.hub) for name in snapshot.exchanges]
        if len(lines) != len(self._lines):
            self._lines = []
            self.model.setRowCount(0)
            self.model.setRowCount(len(lines))
            for row in range(len(lines)):
                for column in range(len(COLUMNS)):
                    self._add(row, column)
        if [line.name for line in lines] != [line.name for line in self._lines]:
            letters = self.view.fontMetrics()
            self.view.setColumnWidth(0, max(letters.horizontalAdvance(line.name) for line in lines) + 10)
        old: list[Line | None] = [*self._lines] or [None] * len(lines)
        self._lines = lines
        for row, (line, before) in enumerate(zip(lines, old, strict=True)):
            if line != before:
                self._write(row, line, before)
        self._write_note()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        note = self.note.palette()
        note.setColor(note.ColorRole.WindowText, QColor(theme.muted))
        self.note.setPalette(note)
        for row, line in enumerate(self._lines):
            self._paint(row, line)

    def _set_up_view(self) -> None:
        view = self.view
        view.setAccessibleName(self.title)
        view.setFont(font(13))
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setShowGrid(False)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        view.setTabKeyNavigation(False)
        view.setWordWrap(False)
        view.setMinimumSize(200, 3 * _ROW)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(_ROW)
        header = view.horizontalHeader()
        header.setFont(font(11.5))
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setFixedHeight(_ROW)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for column, sample in ((2, "vs median"), (3, "00 min")):
            view.setColumnWidth(column, view.fontMetrics().horizontalAdvance(sample) + 8)

    def _add(self, row: int, column: int) -> None:
        item = QStandardItem()
        item.setTextAlignment(_side(column))
        item.setEditable(False)
        self.model.setItem(row, column, item)

    def _write(self, row: int, line: Line, before: Line | None) -> None:
        for column, text in enumerate((line.name, line.price, line.versus, line.age)):
            item = self.model.item(row, column)
            if item.text() != text:
                item.setText(text)
        if before is None or before.told != line.told:
            told = tooltip(*line.told)
            for column in range(len(COLUMNS)):
                self.model.item(row, column).setToolTip(told)
        if line.span != (before.span if before else 1):
            self.view.setSpan(row, 1, 1, line.span)
        if before is None or before.colour != line.colour:
            self._paint(row, line)

    def _paint(self, row: int, line: Line) -> None:
        theme = self._theme
        own = getattr(theme, line.colour) if line.colour else ""
        for column, usual in enumerate((theme.muted, theme.text, theme.muted, theme.muted)):
            self.model.item(row, column).setForeground(QColor(own or usual))

    def _write_note(self) -> None:
        """What must stand beside the prices: attributions, and what the star means."""
        parts = []
        for line, name in zip(self._lines, self.hub.snapshot.exchanges, strict=True):
            exchange = self.hub.exchanges.get(name)
            if exchange is not None and exchange.source.attribution and line.age:
                parts.append(plain(exchange.source.attribution))
        if any(line.name.endswith("*") for line in self._lines):
            parts.append("* custom address")
        text = " · ".join(parts)
        if text != self.note.text():
            self.note.setText(text)
            self.note.setVisible(bool(text))


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
