"""The menu of the local API: on or off, where it answers, and the address to be copied."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from cryptoprices.core.plain import plain

_OFF = "Off: other programs cannot ask this one"


class ApiMenu(QMenu):
    """switched(bool): the person wants it on, or off."""

    switched = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("&Local API", parent)
        self.on = self.addAction("Serve prices to programs on this machine")
        self.on.setCheckable(True)
        self.on.triggered.connect(self.switched)
        self.addSeparator()
        self.state = self.addAction(_OFF)
        self.state.setEnabled(False)
        self.copy_address = QAction("Copy its address", self)
        self.addAction(self.copy_address)
        self.copy_address.triggered.connect(self._copy)
        self._address = ""
        self.show_state(False, "")

    @Slot(bool)
    def show_wanted(self, on: bool) -> None:
        """Whether it is to be on, by the settings."""
        self.on.setChecked(on)

    @Slot(bool, str)
    def show_state(self, on: bool, text: str) -> None:
        """text: its address while it is on; else why it is not, or ""."""
        self._address = text if on else ""
        self.state.setText(f"It answers at {text}" if on else plain(text, 200) or _OFF)
        self.copy_address.setEnabled(on)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._address)
