"""The row of buttons that every dialog ends with."""

from PySide6.QtWidgets import QDialog, QDialogButtonBox

from cryptoprices.ui.close_box import close_box

CLOSE = QDialogButtonBox.StandardButton.Close


def test_close_ends_the_dialog(qtbot):
    dialog = QDialog()
    qtbot.addWidget(dialog)
    box = close_box(dialog)
    dialog.open()
    box.button(CLOSE).click()
    assert not dialog.isVisible()
