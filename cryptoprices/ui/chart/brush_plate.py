"""The small plate beside a marked period: what the coins did in exactly this time."""

from datetime import tzinfo

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cryptoprices.core.comparison import Figures
from cryptoprices.core.formatting import UNKNOWN
from cryptoprices.ui.chart.pane import BOTTOM, CORNER
from cryptoprices.ui.figure_rows import (
    BETA,
    CORRELATION,
    DRAWDOWN,
    HALVES,
    NO_BARS,
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
        self._chart = parent
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
        column.addWidget(self.heading)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        column.addLayout(self._grid)
        foot = QHBoxLayout()
        foot.addWidget(self.note, 1)
        foot.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(foot)
        self.hide()

    def show_figures(self, heading: str, length: str, figures: Figures | None, zone: tzinfo | None) -> None:
        """Of this period; None while they are not there."""
        self.heading.setText(heading)
        rows = _rows(figures, zone) if figures else []
        cells = {(i, j): cell for i, row in enumerate(rows) for j, cell in enumerate(row) if cell.text}
        for at in self._cells.keys() - cells.keys():
            label = self._cells.pop(at)
            self._colours.pop(label)
            self._grid.removeWidget(label)
            label.deleteLater()
        for at, cell in cells.items():
            self._write(at, cell)
        self.note.setText(_note(figures, length) if figures else NOT_YET)
        self.copy.setEnabled(figures is not None)
        self.copy.setText("Copy")
        told = [" ".join(cell.text for cell in row if cell.text) for row in rows]
        self.setAccessibleDescription(". ".join((heading, *told, self.note.text())))
        self._grid.invalidate()  # else the sizes of its labels are known a turn later only
        self.adjustSize()

    def put_beside(self, band: QRectF, plot: QRectF) -> None:
        """Right of the band, else left of it, else where it covers the least of it; all in the parent's pixels.

        It stands below the corner of the plot's buttons, in a low chart beside that: above the times in any case.
        """
        below = plot.top() + CORNER
        top = max(0.0, min(below, self._chart.height() - BOTTOM - self.height()))
        right = plot.right() - (CORNER if top < below else 0.0)
        width = self.width() + _GAP
        room_right, room_left = right - band.right() - width, band.left() - plot.left() - width
        if room_right >= 0 or room_right >= room_left:
            x = band.right() + _GAP + min(0.0, room_right)
        else:
            x = band.left() - width - min(0.0, room_left)
        self.move(round(x), round(top))
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
    unknown = Cell(UNKNOWN, "muted", NO_BARS)
    if against:
        rows += [
            [_name(row.name), _name(""), *(row.cell(one, zone) if one else unknown for one in against)]
            for row in _AGAINST
        ]
    return rows


def _note(figures: Figures, length: str) -> str:
    told = [
        f"{figures.bars:,} {'bar' if figures.bars == 1 else 'bars'} of {figures.interval}{figures.since_text}",
        length,
    ]
    if len(figures.pairs) > _MOST:
        told.append(f"{len(figures.pairs) - _MOST} more in the panel Comparison")
    return " · ".join(told)


def _name(text: str) -> Cell:
    return Cell(text, "muted", "")
