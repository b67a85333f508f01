"""A table of figures: read by screen readers cell by cell, copied as text and as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QAction, QColor, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView, QWidget

from cryptoprices.core.formatting import UNKNOWN
from cryptoprices.ui.theme import LIGHT, Theme, font

_SHADE = 70.0  # of 255, the strongest: the text on it keeps its contrast
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
Index = QModelIndex | QPersistentModelIndex


class Cell(NamedTuple):
    """value: what CSV says instead of the text, if it is a number. shade: −1 to 1, how much it is shown as falling or
    rising. colour: of a mark before the text, "" for none.
    """

    text: str
    value: float | None = None
    shade: float = 0.0
    colour: str = ""


class Cells(QAbstractTableModel):
    """heads: of the columns, that of the rows' names first. rows: names and cells."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self.heads: Sequence[str] = ()
        self.rows: Sequence[tuple[Cell, ...]] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """One for each name."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """Names and figures."""
        return 0 if parent.isValid() else len(self.heads)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Text, side and ground of a cell."""
        cell = self.rows[index.row()][index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell.text
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if index.column() else _LEFT
            case Qt.ItemDataRole.BackgroundRole if cell.shade:
                ground = QColor(self.theme.up if cell.shade > 0 else self.theme.down)
                ground.setAlphaF(abs(cell.shade) * _SHADE / 255)
                return ground
            case Qt.ItemDataRole.DecorationRole if cell.colour:
                return QColor(cell.colour)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | Qt.AlignmentFlag | None:
        """The columns' titles."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.heads[section]
        return (_RIGHT if section else _LEFT) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def put(self, heads: Sequence[str], rows: Sequence[tuple[Cell, ...]]) -> bool:
        """Show these. Whether there are other rows or columns now than before."""
        same = [row[0].text for row in rows] == [row[0].text for row in self.rows] and heads == self.heads
        if same:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(heads) - 1))
        else:
            self.beginResetModel()
            self.heads, self.rows = heads, rows
            self.endResetModel()
        return not same


class FiguresTable(QTableView):
    """name: the accessible one. Ctrl+C copies what is selected, all where that is but one cell."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.cells = Cells()
        self.cells.setParent(self)
        self.setModel(self.cells)
        self.setFont(font(13))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 9)
        header = self.horizontalHeader()
        header.setFont(font(11.5))
        header.setHighlightSections(False)
        self.copying = copy_action(self)
        self.copying.triggered.connect(self.copy)

    def put(self, heads: Sequence[str], rows: Sequence[tuple[Cell, ...]]) -> None:
        """Show these; the current cell stays where it is, if it is still there."""
        current = self.currentIndex()
        if self.cells.put(heads, rows):
            self.resizeColumnsToContents()
            if current.row() < len(rows) and current.column() < len(heads):
                self.setCurrentIndex(self.cells.index(current.row(), current.column()))

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self.cells.theme = theme
        self.viewport().update()

    @Slot()
    def copy(self) -> None:
        """As text with tabs, which spreadsheets take, and as CSV with plain numbers."""
        chosen = self.selectionModel().selectedIndexes()
        every = len(chosen) < 2
        rows = range(len(self.cells.rows)) if every else sorted({index.row() for index in chosen})
        columns = range(len(self.cells.heads)) if every else sorted({index.column() for index in chosen})
        heads = [self.cells.heads[column] for column in columns]
        cells = [[self.cells.rows[row][column] for column in columns] for row in rows]
        plain = [[cell.text.strip(UNKNOWN) if cell.value is None else cell.value for cell in row] for row in cells]
        put_on_clipboard([heads, *([cell.text for cell in row] for row in cells)], [heads, *plain])


def copy_action(widget: QWidget) -> QAction:
    """Ctrl+C of this widget, also in its menu."""
    action = QAction(widget)
    action.setText("Copy")
    action.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
    action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    widget.addAction(action)
    widget.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    return action


def put_on_clipboard(told: Iterable[Sequence[str]], plain: Iterable[Sequence[object]]) -> None:
    """Rows as text with tabs between, and as CSV."""
    data, page = QMimeData(), io.StringIO()
    data.setText("\n".join(map("\t".join, told)))
    csv.writer(page, lineterminator="\n").writerows(plain)
    data.setData("text/csv", page.getvalue().encode())
    QGuiApplication.clipboard().setMimeData(data)
