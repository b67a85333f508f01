"""The dialog of the local API's tokens: those that there are, a new one, shown once, and which is to hold no longer."""

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cryptoprices.core.grants import LONGEST_NAME, Scope, Token, id_in
from cryptoprices.core.plain import plain
from cryptoprices.ui.close_box import close_box

_WHAT_FOR = (
    "Programs on this machine read prices without a token. "
    "To change something here, or to read what is yours, they must show one."
)
_NONE = "There is no token yet."
_ONCE = "Copy it now: it is shown this once, only its hash is kept."
_MAY = {Scope.READ: "may read", Scope.WRITE: "may change", Scope.ADMIN: "may do all"}


class TokenDialog(QDialog):
    """wanted(str, Scope): a new one of this name. unwanted(str): the one of this id is to hold no longer."""

    wanted = Signal(str, object)
    unwanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Tokens of the local API")
        self.list, self.note = QListWidget(), QLabel()
        self.list.setAccessibleName("Tokens")
        self.name, self.scope, self.text = QLineEdit(), QComboBox(), QLineEdit()
        self.name.setAccessibleName("What it is for")
        self.name.setPlaceholderText("What it is for")
        self.name.setMaxLength(LONGEST_NAME)
        self.scope.setAccessibleName("What it may do")
        for scope, words in _MAY.items():
            self.scope.addItem(words, scope)
        self.text.setAccessibleName("The new token")
        self.text.setReadOnly(True)
        self.make, self.revoke, self.copy = QPushButton("Crea&te"), QPushButton("&Revoke"), QPushButton("C&opy")
        self.copy.setEnabled(False)
        self.text.setEnabled(False)
        what_for = QLabel(_WHAT_FOR)
        for label in (what_for, self.note):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        close = close_box(self)
        column = QVBoxLayout(self)
        column.addWidget(what_for)
        column.addLayout(_row(self.list, self.revoke))
        column.addLayout(_row(self.name, self.scope, self.make))
        column.addLayout(_row(self.text, self.copy))
        column.addWidget(self.note)
        column.addWidget(close)
        self.make.clicked.connect(self._create)
        self.name.returnPressed.connect(self._create)
        self.revoke.clicked.connect(self._revoke)
        self.copy.clicked.connect(self._copy)
        self.list.itemSelectionChanged.connect(self._look)
        for button in (self.make, self.revoke, self.copy, close.button(QDialogButtonBox.StandardButton.Close)):
            button.setAutoDefault(False)  # Return in the name creates, and does not close
        self._waits = (
            True  # for what there is: of a double click the first is heard, else one new token would hide another
        )
        self._look()
        self.name.setFocus()
        self.resize(QSize(640, 340))

    def show_tokens(self, tokens: Sequence[Token], new: str = "", problem: str = "") -> None:
        """These there are. new: the text of one that has just been made. problem: why what was wanted was not done."""
        self._waits = False
        self.list.clear()
        for token in tokens:
            made = QLocale().toString(QDateTime.fromMSecsSinceEpoch(token.created_ms).date(), "d MMM yyyy")
            item = QListWidgetItem(f"{plain(token.name) or 'no name'} · {_MAY[token.scope]} · {made} · {token.id}")
            item.setData(Qt.ItemDataRole.UserRole, token.id)
            self.list.addItem(item)
        if new or id_in(self.text.text()) not in {token.id for token in tokens}:
            self.text.setText(new)
            self.text.setCursorPosition(0)
        if new:
            self.name.clear()
        for each in (self.text, self.copy):
            each.setEnabled(bool(self.text.text()))
        self.note.setText(plain(problem, 300) or (_ONCE if new else "" if tokens else _NONE))
        self._look()

    @Slot()
    def _look(self) -> None:
        self.revoke.setEnabled(bool(self.list.selectedItems()))

    @Slot()
    def _create(self) -> None:
        if not self._waits:
            self._waits = True
            self.wanted.emit(self.name.text(), self.scope.currentData())

    @Slot()
    def _revoke(self) -> None:
        if not self._waits:
            for item in self.list.selectedItems():
                self._waits = True
                self.unwanted.emit(item.data(Qt.ItemDataRole.UserRole))

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.text())


def _row(wide: QWidget, *others: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(wide, 1)
    for each in others:
        row.addWidget(each, 0, Qt.AlignmentFlag.AlignTop)
    return row
