"""The chart as a table: a row a bar, in a window of its own beside the chart."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QPushButton, QTableView, QVBoxLayout

from cryptoprices.core.formatting import UNKNOWN, plural
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.tasks import Tasks
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.modes import Zone
from cryptoprices.ui.chart.reader import Reader
from cryptoprices.ui.chart.sheet import Numbers, Sheet, bars_sheet, drawn_sheet
from cryptoprices.ui.chart.shown import Shown
from cryptoprices.ui.chart.spoken import spoken
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.companion import Companion
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.theme import font

_REST_MS = 300  # the table is made anew at most so often
Index = QModelIndex | QPersistentModelIndex


class BarsModel(QAbstractTableModel):
    """The rows of a sheet, of which only those become text that are looked at."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.sheet: Sheet | None = None
        self.zone = Zone.LOCAL
        self._key: object = None
        self._time = ""

    def show(self, sheet: Sheet | None, zone: Zone, time: str, key: object) -> bool:
        """This sheet from now on. time: head of the first column. key: where it is another one, older rows are too.

        True where all rows are new.
        """
        key, before = (key, zone, time, sheet and [one.head for one in sheet.columns]), self.sheet
        if sheet and before and key == self._key and sheet.begins_as(before):
            last, count = len(before.slots) - 1, len(sheet.slots)
            if count > last + 1:
                self.beginInsertRows(QModelIndex(), last + 1, count - 1)
                self.sheet = sheet
                self.endInsertRows()
            self.sheet = sheet
            self.dataChanged.emit(self.index(last, 0), self.index(count - 1, self.columnCount() - 1))
            return False
        self.beginResetModel()
        self.sheet, self.zone, self._time, self._key = sheet, zone, time, key
        self.endResetModel()
        return True

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """One a bar."""
        return 0 if parent.isValid() or self.sheet is None else len(self.sheet.slots)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """The time, and those of the sheet."""
        return 0 if parent.isValid() or self.sheet is None else len(self.sheet.columns) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | Qt.AlignmentFlag | None:
        """What a person reads, and for who hears it the same in words."""
        if self.sheet is None:
            return None
        column = self.sheet.columns[index.column() - 1] if index.column() else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if isinstance(column, Numbers) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        text = column.text(index.row()) if column else self._moment(index.row())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return "unknown" if text == UNKNOWN else spoken(text)
        return text

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        """Of columns: what they are and in what they are counted."""
        if self.sheet is None or orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.sheet.columns[section - 1].head if section else self._time

    def _moment(self, row: int) -> str:
        assert self.sheet is not None
        moment = datetime.fromtimestamp(float(self.sheet.t_ms[row]) / 1000, self.zone.tz)
        return f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(":00")


class TableView(Companion):
    """The bars of the chosen pair, and what else the chart shows. Its current row is where the chart's cursor is.

    While it is closed nothing is reckoned.
    """

    def __init__(
        self, window: MainWindow, chart: ChartView, hub: Hub, timeline: Timeline, tasks: Tasks, reader: Reader
    ) -> None:
        super().__init__(window)
        self._chart, self._hub, self._timeline, self._tasks, self._reader = chart, hub, timeline, tasks, reader
        self._shown = Shown(hub, timeline)
        self._moving = False  # the cursor, by one of both
        self.model = BarsModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Bars")
        self.table.setFont(font(13))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 8)
        self.table.horizontalHeader().setResizeContentsPrecision(0)
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.copying = QPushButton("&Copy selected rows as CSV")
        self.copying.setToolTip("Put the selected rows on the clipboard (Ctrl+C)")
        closing = QPushButton("Close")
        for button in (self.copying, closing):
            button.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.addWidget(self.note, 1)
        foot.addWidget(self.copying)
        foot.addWidget(closing)
        column = QVBoxLayout(self)
        column.addWidget(self.table, 1)
        column.addLayout(foot)
        self.resize(860, 480)
        self._timer = QTimer(self, interval=_REST_MS, singleShot=True)
        self._timer.timeout.connect(self.refresh)
        self.copying.clicked.connect(self.copy)
        closing.clicked.connect(self.close)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        keys.activated.connect(self.copy)
        chart.view_changed.connect(self._look_again)
        chart.cursor_moved.connect(self._follow_cursor)
        self.table.selectionModel().currentRowChanged.connect(self._lead_cursor)

    @Slot()
    def open_beside(self) -> None:
        """Show it, or bring it to the front; the keys go to the rows."""
        self.refresh()
        self.bring_up()
        self.table.setFocus()

    @Slot()
    def refresh(self) -> None:
        """Take what the chart has now."""
        chart, pair = self._chart, self._hub.selected
        slot = self._slot()
        opens = bool(chart.stack.main.layers and chart.stack.main.layers[0].shift_ms)
        ready, panes = self._timeline.ready, list(chart.panes.values())
        sheet = bars_sheet(self._shown, pair, panes, opens) if ready else drawn_sheet(panes, None)
        time = f"{'Opened' if opens else 'Ended' if ready else 'Time'} ({chart.zone.value})"
        if self.model.show(sheet, chart.zone, time, (pair, self._timeline.bars(pair) if ready else None)):
            self.table.resizeColumnsToContents()
            self._select(self.model.rowCount() - 1 if slot is None or sheet is None else sheet.row_of(slot))
        interval = f"bars of {self._timeline.interval}" if ready else "own polls"
        told = f"{self._timeline.rates.named(pair)}, {chart.range.words}, {interval}"
        self.setWindowTitle(f"Crypto Prices – {told}")
        rows = self.model.rowCount()
        self.note.setText(f"{rows:,} rows" if rows else "There are no bars yet.")

    @Slot()
    def copy(self) -> None:
        """The selected rows as CSV onto the clipboard."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        if self.model.sheet is None or not rows:
            self._tell("No row is selected.")
            return
        self._tasks.ask(_csv, self.model.sheet.rows(rows), then=self._take_text, failed=self._tell_fault, owner=self)

    def _take_text(self, lines: Sequence[str]) -> None:
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")
        self._tell(f"{plural(len(lines) - 1, 'row')} copied.")

    def _tell_fault(self, _error: Exception) -> None:
        self._tell("The rows could not be copied; the log says why.")

    def _tell(self, text: str) -> None:
        self.note.setText(text)
        self._reader.announce(text)

    def _slot(self) -> float | None:
        """The bar at the current row, None at the newest one."""
        row, sheet = self.table.currentIndex().row(), self.model.sheet
        return float(sheet.slots[row]) if sheet and 0 <= row < len(sheet.slots) - 1 else None

    def _select(self, row: int) -> None:
        self._moving = True
        self.table.setCurrentIndex(self.model.index(row, max(0, self.table.currentIndex().column())))
        self._moving = False

    @Slot()
    def _look_again(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    @Slot(object)
    def _follow_cursor(self, t_ms: float | None) -> None:
        """The chart's cursor is at another bar."""
        if t_ms is not None and self.model.sheet is not None and self.isVisible() and not self._moving:
            self._select(self.model.sheet.row_at(t_ms))

    @Slot(QModelIndex)
    def _lead_cursor(self, index: QModelIndex) -> None:
        """Another row is the current one: the chart shows where it is."""
        if self.model.sheet is not None and index.isValid() and not self._moving and self._chart.stack.main.layers:
            self._moving = True
            self._chart.moves.put_at(float(self.model.sheet.t_ms[index.row()]))
            self._moving = False


def _csv(sheet: Sheet) -> list[str]:
    """On a worker."""
    return list(sheet.csv())
