"""The small plate beside a marked period: what the coins did in exactly this time."""

from datetime import tzinfo

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cryptoprices.core.comparison import Figures
from cryptoprices.ui.figure_rows import (
    BETA,
    CORRELATION,
    DRAWDOWN,
    HALVES,
    NOT_YET,
    RATIO_CHANGE,
    RETURN,
    VOLATILITY,
    Cell,
)
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.theme import DARK, Theme, font

_EACH = (RETURN, VOLATILITY, DRAWDOWN)
_AGAINST = (CORRELATION, BETA, RATIO_CHANGE, HALVES)
_MOST = 4  # coins; the comparison's panel has all
_GAP = 8.0  # to the band, px


class Plate(QFrame):
    """A row a figure, a column a coin. copied: the button was pressed."""

    copied = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("plate")
        self.setAccessibleName("Marked period")
        self._theme = DARK
        self._colours: dict[QLabel, str] = {}  # fields of the theme
        self._cells: dict[tuple[int, int], QLabel] = {}
        self.heading = self._label(12, QFont.Weight.DemiBold)
        self.note = self._label(11)
        self.note.setWordWrap(True)
        self.copy = QPushButton("Copy")
        self.copy.setFont(font(11))
        self.copy.setAutoDefault(True)
        self.copy.setToolTip(tooltip("Copy these figures as text (Ctrl+C)"))
        self.copy.clicked.connect(self.copied)
        column = QVBoxLayout(self)
        column.setContentsMargins(11, 8, 11, 8)
        column.setSpacing(4)
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addSpacing(12)
        top.addWidget(self.copy)
        column.addLayout(top)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        column.addLayout(self._grid)
        column.addWidget(self.note)
        self.hide()

    def show_figures(self, heading: str, figures: Figures | None, zone: tzinfo | None) -> None:
        """Of this period; None while they are not there."""
        self.heading.setText(heading)
        rows = _rows(figures, zone) if figures else []
        for at in [at for at in self._cells if at[0] >= len(rows) or at[1] >= len(rows[0])]:
            label = self._cells.pop(at)
            self._colours.pop(label)
            self._grid.removeWidget(label)
            label.deleteLater()
        for at, cell in (((i, j), cell) for i, row in enumerate(rows) for j, cell in enumerate(row)):
            self._write(at, cell)
        said = [NOT_YET] if figures is None else [f"{figures.bars:,} {'bar' if figures.bars == 1 else 'bars'}"]
        if figures:
            said[0] += f" of {figures.interval}"
            if (more := len(figures.pairs) - _MOST) > 0:
                said.append(f"{more} more in the panel Comparison")
        self.note.setText(" · ".join(said))
        self.copy.setEnabled(figures is not None)
        self.copy.setText("Copy")
        told = [" ".join(cell.text for cell in row if cell.text) for row in rows]
        self.setAccessibleDescription(". ".join((heading, *told, self.note.text())))
        self.adjustSize()

    def put_beside(self, band: QRectF, plot: QRectF) -> None:
        """Right of the band where there is room, else left, else over its right part; all in the parent's pixels."""
        right, left = band.right() + _GAP, band.left() - _GAP - self.width()
        x = right if right + self.width() <= plot.right() else left
        if x < plot.left():
            x = max(plot.left(), min(band.right(), plot.right()) - _GAP - self.width())
        self.move(round(x), round(plot.top() + _GAP))
        self.raise_()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        self.setStyleSheet(
            f"#plate {{ background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 6px; }}"
            f" QPushButton {{ color: {theme.text}; background: {theme.panel}; border: 1px solid {theme.border};"
            f" border-radius: 5px; padding: 1px 9px; }} QPushButton:focus {{ border-color: {theme.accent}; }}"
            f" QPushButton:disabled {{ color: {theme.muted}; }}"
        )
        for label, colour in self._colours.items():
            self._paint(label, colour)

    def _write(self, at: tuple[int, int], cell: Cell) -> None:
        label = self._cells.get(at)
        if label is None:
            label = self._cells[at] = self._label(12)
            label.show()  # an invisible one would count for nothing in the plate's size
            side = Qt.AlignmentFlag.AlignLeft if at[1] == 0 else Qt.AlignmentFlag.AlignRight
            self._grid.addWidget(label, *at, side | Qt.AlignmentFlag.AlignVCenter)
        label.setText(cell.text)
        label.setToolTip(tooltip(cell.why))
        if self._colours[label] != cell.colour:
            self._paint(label, cell.colour)

    def _label(self, size_px: float, weight: QFont.Weight = QFont.Weight.Normal) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setFont(font(size_px, weight))
        self._paint(label, "text" if weight is QFont.Weight.DemiBold else "muted")
        return label

    def _paint(self, label: QLabel, colour: str) -> None:
        self._colours[label] = colour
        palette = label.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(getattr(self._theme, colour)))
        label.setPalette(palette)


def _rows(figures: Figures, zone: tzinfo | None) -> list[list[Cell]]:
    """A row of names, then a row a figure, its name first."""
    coins, against = figures.coins[:_MOST], figures.against[: _MOST - 1]
    rows = [[_name(""), *(_name(pair.base) for pair in figures.pairs[:_MOST])]]
    rows += [[_name(row.name), *(row.cell(coin, zone) for coin in coins)] for row in _EACH]
    if against:
        rows += [
            [_name(row.name), _name(""), *(row.cell(one, zone) if one else _name("—") for one in against)]
            for row in _AGAINST
        ]
    return rows


def _name(text: str) -> Cell:
    return Cell(text, "muted", "")
