"""The dialog that lists the drawings of a pair: what is drawn, in words, for keys and for who does not see it."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QVBoxLayout, QWidget

from cryptoprices.ui.chart.tools import NO_PAIR, Tools
from cryptoprices.ui.chart.tools_places import Grip
from cryptoprices.ui.close_box import close_box
from cryptoprices.ui.theme import font


class DrawingList(QDialog):
    """What is chosen in it is held in the chart, and the other way round. Return edits, Delete removes."""

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(parent)
        self._tools = tools
        self.setFont(font(13))
        self.list, self.note = QListWidget(), QLabel()
        self.list.setAccessibleName("Drawings")
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        buttons = close_box(self)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.edit, self.remove, self.remove_all = (
            buttons.addButton(text, role) for text in ("&Edit price…", "&Remove", "Remove &all")
        )
        self.edit.clicked.connect(tools.edit_asked)
        self.remove.clicked.connect(tools.remove)
        self.remove_all.clicked.connect(tools.remove_all)
        delete = QAction(self.list)
        delete.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(tools.remove)
        self.list.addAction(delete)
        column = QVBoxLayout(self)
        for part in (self.list, self.note, buttons):
            column.addWidget(part)
        self.list.currentRowChanged.connect(self._hold)
        self.list.itemActivated.connect(tools.edit_asked)
        tools.changed.connect(self.refresh)
        self.resize(560, 320)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Rows for what there is now."""
        tools, rows = self._tools, self.list
        self.setWindowTitle(f"Drawings of {tools.pair}" if tools.pair else "Drawings")
        rows.blockSignals(True)
        names = tools.names()
        if names != [rows.item(i).text() for i in range(rows.count())]:
            rows.clear()
            rows.addItems(names)
        rows.setCurrentRow(tools.held.which if tools.held else -1)
        rows.blockSignals(False)
        said = NO_PAIR if not tools.pair else tools.hidden or ("" if names else "Nothing is drawn here yet.")
        self.note.setText(said)
        self.note.setVisible(bool(said))
        for button in (self.edit, self.remove):
            button.setEnabled(tools.held is not None)
        self.remove_all.setEnabled(bool(names))

    @Slot(int)
    def _hold(self, row: int) -> None:
        if row >= 0:
            self._tools.hold(Grip(row))
