"""A dialog that only tells: a longer text, to be read and copied."""

from collections.abc import Sequence

from PySide6 import QtWidgets  # its classes are loaded when the dialog opens, not before the first frame
from PySide6.QtCore import QSize, Qt

from cryptoprices.ui.close_box import close_box
from cryptoprices.ui.theme import font


def show_text(
    parent: QtWidgets.QWidget, title: str, name: str, text: str, size: QSize, above: Sequence[QtWidgets.QWidget] = ()
) -> None:
    """Open it. name: the accessible name of the (plain) text. above: what stands over it."""
    dialog = QtWidgets.QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    page = QtWidgets.QPlainTextEdit(text)
    page.setAccessibleName(name)
    page.setReadOnly(True)
    page.setTabChangesFocus(True)
    page.setFont(font(13))
    buttons = close_box(dialog)
    column = QtWidgets.QVBoxLayout(dialog)
    for each in above:
        column.addWidget(each)
    column.addWidget(page, 1)
    column.addWidget(buttons)
    dialog.resize(size)
    dialog.open()
