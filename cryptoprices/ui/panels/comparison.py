"""How coins did against each other in exactly the time that the chart shows, or that is marked in it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QColor, QMoveEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from cryptoprices.core.formatting import UNKNOWN, plural
from cryptoprices.core.pairs import compared_pairs
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.figure_rows import AGAINST, ALONE, EACH, NO_BARS, NOT_YET, Cell, coins_told
from cryptoprices.ui.panels.base import Area, Panel
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.theme import LIGHT, Theme, font

if TYPE_CHECKING:  # these load numpy, which the first frame does without
    from cryptoprices.core.comparison import Figures
    from cryptoprices.core.market import Pair
    from cryptoprices.qt.timeline import Timeline
    from cryptoprices.ui.chart.compared import ComparedTime

_OF_EACH = {row.name for row in EACH}
ROWS = (*(row.name for row in EACH), *(row.name for row in AGAINST))
_ROW, _LOW_ROW = 26, 21  # as in the design, and where the panel is a little too low for that
_COLUMN, _TIGHT = 72, 66  # widths, of two coins and of more
_LEFT = 14  # margin
_OF_BOTH = {"Ratio": "Ratio {}/{}", "Beta": "Beta {}→{}"}  # names where there are two coins
_NAMES = {"1h": "1 hour", "1d": "1 day", "1w": "1 week", "1mo": "1 month", "1y": "1 year", "all": "all"}


class _Names(QWidget):
    """Stands at the left edge, wherever the figures beside it are scrolled to."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self._left = 0

    @Slot(int)
    def hold(self, left: int) -> None:
        """So much is scrolled away on the left."""
        self._left = left
        self.move(left, self.y())
        self.raise_()

    def moveEvent(self, event: QMoveEvent) -> None:
        """The layout knows nothing of it."""
        super().moveEvent(event)
        self.move(self._left, self.y())


class ComparisonPanel(Panel):
    """A row a figure, a column a coin; more than fit are scrolled to. What is said of two stands in the second's.

    `follow` gives it the bars when there are some, `follow_chart` the time that they are compared over.
    """

    title, area, order = "Comparison", Area.RIGHT, 10

    def __init__(self, hub: Hub, parent: QWidget | None = None) -> None:
        super().__init__(hub, parent)
        self.setAccessibleName("")  # what takes the focus bears the name
        self._timeline: Timeline | None = None
        self._time: ComparedTime | None = None
        self._shown: tuple[object, ...] = ()
        self._theme = LIGHT
        self._colours: dict[QLabel, str] = {}  # a field of the theme
        self._body = QWidget()
        self.heads: list[QLabel] = []
        self.names = {row: self._label(row) for row in ROWS}
        self.values: dict[tuple[str, int], QLabel] = {}
        self.note = self._label("", 11)
        self.note.setWordWrap(True)
        self._lay_out()

    def follow(self, timeline: "Timeline") -> None:
        """Take the figures from here from now on."""
        self._timeline = timeline
        self.show_now()

    def follow_chart(self, time: "ComparedTime") -> None:
        """Show those of this time from now on."""
        self._time = time
        self.show_now()

    def heading(self) -> str:
        """With the range or the time that the figures are of."""
        if self._timeline is None:
            return self.title
        return f"{self.title} · {(self._time and self._time.words()) or _NAMES[self._timeline.range_name]}"

    def sizeHint(self) -> QSize:
        """As wide as in the design, high enough for all rows."""
        return QSize(316, _ROW * (len(ROWS) + 1) + 34)

    def minimumSizeHint(self) -> QSize:
        """Two coins and three rows; others are scrolled to."""
        bar, grid = self.view.verticalScrollBar().sizeHint().width(), self._grid
        names = max(name.sizeHint().width() for name in self.names.values())
        beside = _LEFT + grid.contentsMargins().right() + 3 * grid.horizontalSpacing()
        return QSize(names + 2 * _COLUMN + beside + bar, 4 * _ROW)

    def show_now(self) -> None:
        """Show the figures; they are computed once a bar."""
        pairs, figures, time = self._pairs(), self._figures(), self._time
        shown = pairs, time.words() if time else "", time.zone if time else None
        if self._shown and self._shown[0] is figures and self._shown[1:] == shown:
            return
        self._shown = figures, *shown
        self._show_names(pairs)
        for at in self.values:
            if at not in self._places(pairs):
                self._write(*at, Cell("", "text", ""))
        if figures is None:
            for at in self._places(pairs):
                self._write(*at, Cell(UNKNOWN, "muted", NOT_YET))
            self.note.setText(NOT_YET)
        else:
            self._show(figures)
        told = [value.accessibleName() for value in self.values.values() if value.text()]
        told += [self.values["Max drawdown", i].accessibleDescription() for i in range(len(pairs))]
        self.view.setAccessibleDescription(". ".join((*told, self.note.text())))

    def show_older(self) -> None:
        """Its figures have no age."""

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        for label, colour in self._colours.items():
            self._paint(label, colour)

    def _pairs(self) -> "tuple[Pair, ...]":
        return self._timeline.compared() if self._timeline else compared_pairs(self.hub.pairs, self.hub.selected)

    def _figures(self) -> "Figures | None":
        if self._time:
            return self._time.figures
        return self._timeline.figures() if self._timeline else None

    def _places(self, pairs: "tuple[Pair, ...]") -> set[tuple[str, int]]:
        """Where a figure stands: in each coin's column, those of two coins in the second's."""
        each = {(row.name, i) for row in EACH for i in range(len(pairs))}
        return each | {(row.name, i) for row in AGAINST for i in range(1, max(2, len(pairs)))}

    def _show_names(self, pairs: "tuple[Pair, ...]") -> None:
        self._have_columns(len(pairs))
        for i, head in enumerate(self.heads):
            head.setText(pairs[i].base if i < len(pairs) else "")
        for row, form in _OF_BOTH.items():
            both = len(pairs) == 2
            self.names[row].setText(form.format(pairs[1].base, pairs[0].base) if both else row)

    def _show(self, figures: "Figures") -> None:
        zone = self._time.zone if self._time else None
        for i, coin in enumerate(coins_told(figures)):
            for each in EACH:
                self._write(each.name, i, each.cell(coin, zone))
        why_not = NO_BARS if figures.against else ALONE
        for i, one in enumerate(figures.against or (None,), start=1):
            for row in AGAINST:
                self._write(row.name, i, row.cell(one, zone) if one else Cell(UNKNOWN, "muted", why_not))
        self.note.setText(self._note(figures))

    def _note(self, figures: "Figures") -> str:
        seen = self._time is not None and self._time.span is not None
        marked = self._time is not None and self._time.marked
        where = " in the marked time" if marked else " in view" if seen else ""
        if not figures.bars:
            return f"No bar of {figures.interval}{where} has ended yet."
        currency = f", in {self._timeline.rates.currency}" if self._timeline and self.hub.currency != "USD" else ""
        have = f" that {'has' if figures.bars == 1 else 'have'} ended"
        return f"{plural(figures.bars, 'bar')} of {figures.interval}{where or have}{currency}{figures.since_text}"

    def _write(self, row: str, i: int, cell: Cell) -> None:
        """Text, colour, and in words what it is and rests on. Only what is different is touched."""
        label = self.values[row, i]
        if label.text() != cell.text:
            label.setText(cell.text)
        label.setVisible(bool(cell.text))
        if self._colours.get(label) != cell.colour:
            self._paint(label, cell.colour)
        if label.accessibleDescription() != cell.why:
            label.setToolTip(tooltip(cell.why))
            label.setAccessibleDescription(cell.why)
        heads = [head.text() for head in self.heads]
        whose = f" of {heads[i]}" if row in _OF_EACH else f" of {heads[i]} against {heads[0]}" if heads[2:] else ""
        label.setAccessibleName(f"{self.names[row].text()}{whose}: {cell.text}")

    def _paint(self, label: QLabel, colour: str) -> None:
        self._colours[label] = colour
        palette = label.palette()
        palette.setColor(palette.ColorRole.WindowText, QColor(getattr(self._theme, colour)))
        label.setPalette(palette)

    def _label(self, text: str, size_px: float = 13) -> QLabel:
        label = QLabel(text, self._body)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setFont(font(size_px))
        self._paint(label, "muted")
        return label

    def _have_columns(self, count: int) -> None:
        """Labels for so many coins, for two at least."""
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        while len(self.heads) < max(2, count):
            i = len(self.heads)
            self.heads.append(head := self._label("", 11.5))
            self._grid.addWidget(head, 0, 1 + i, right)
            for line, row in enumerate(ROWS, start=1):
                self.values[row, i] = value = self._label("")
                value.hide()
                value.setAlignment(right)  # and as wide as its column: a longer figure is not cut, not for a moment
                self._grid.addWidget(value, line, 1 + i)
        for i, head in enumerate(self.heads):
            there = i < max(2, count)
            self._grid.setColumnMinimumWidth(1 + i, 0 if not there else _COLUMN if count <= 2 else _TIGHT)
            head.setVisible(there)

    def _lay_out(self) -> None:
        self._grid = grid = QGridLayout(self._body)
        grid.setContentsMargins(0, 0, 14, 10)
        grid.setVerticalSpacing(0)
        grid.setHorizontalSpacing(6)
        names = _Names(self._body)
        column = QGridLayout(names)
        column.setContentsMargins(_LEFT, 0, 6, 0)
        column.setVerticalSpacing(0)
        for line, row in enumerate(ROWS, start=1):
            column.addWidget(self.names[row], line, 0)
        self._have_columns(2)
        lines = len(ROWS) + 1
        for rows in (grid, column):
            for line in range(lines):
                rows.setRowMinimumHeight(line, _LOW_ROW)
                rows.setRowStretch(line, 1)
        grid.addWidget(names, 0, 0, lines, 1)
        self.note.setContentsMargins(_LEFT, 0, 0, 0)
        grid.addWidget(self.note, lines, 0, 1, 3)
        self._body.setMaximumHeight(grid.minimumSize().height() + lines * (_ROW - _LOW_ROW))
        grid.setColumnStretch(0, 1)
        self.view = scroll = QScrollArea(self)
        scroll.setObjectName("figures")
        scroll.setAccessibleName(self.title)
        self.setFocusProxy(scroll)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(self._body)
        scroll.horizontalScrollBar().valueChanged.connect(names.hold)
        room = QVBoxLayout(self)
        room.setContentsMargins(0, 0, 0, 0)
        room.addWidget(scroll)
