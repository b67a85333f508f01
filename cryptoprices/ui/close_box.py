"""The row of buttons that every dialog ends with."""

from PySide6 import QtWidgets  # its classes are loaded when a dialog opens, not before the first frame
from PySide6.QtGui import QIcon


def close_box(dialog: QtWidgets.QDialog) -> QtWidgets.QDialogButtonBox:
    """With Close, which ends the dialog. Without the desktop's icon: it is made for the desktop's colours, not ours."""
    box = QtWidgets.QDialogButtonBox(QtWidgets.QDialogButtonBox.StandardButton.Close)
    box.button(QtWidgets.QDialogButtonBox.StandardButton.Close).setIcon(QIcon())
    box.rejected.connect(dialog.reject)
    return box
