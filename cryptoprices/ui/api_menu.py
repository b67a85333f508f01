"""The menu of the local API: on or off, where it answers, what it answers, and who may change something."""

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from cryptoprices.core.plain import plain

_OFF = "Off: other programs cannot ask this one"
_PORTS = 1, 65_535


class ApiMenu(QMenu):
    """switched(bool): the person wants it on, or off. port_chosen(int). tokens: connect to `triggered`."""

    switched = Signal(bool)
    port_chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("&Local API", parent)
        self.on = self.addAction("Serve prices to programs on this machine")
        self.on.setCheckable(True)
        self.on.triggered.connect(self.switched)
        self.addSeparator()
        self.state = self.addAction(_OFF)
        self.state.setEnabled(False)
        self.copy_address = self._add("Copy its address")
        self.copy_address.triggered.connect(self._copy)
        self.read_more = self._add("What it answers, in the browser")
        self.read_more.triggered.connect(self._open)
        self.addSeparator()
        self.choose_port = self._add("Port…")
        self.choose_port.triggered.connect(self._ask_port)
        self.tokens = self._add("Tokens…")
        self._address, self._port = "", _PORTS[0]
        self.show_state(False, "")

    @Slot(bool, int)
    def show_wanted(self, on: bool, port: int) -> None:
        """Whether it is to be on, and where, by the settings."""
        self.on.setChecked(on)
        self._port = port
        self.choose_port.setText(f"Port {port}…")

    @Slot(bool, str)
    def show_state(self, on: bool, text: str) -> None:
        """text: its address while it is on; else why it is not, or ""."""
        self._address = text if on else ""
        self.state.setText(f"It answers at {text}" if on else plain(text, 200) or _OFF)
        for action in (self.copy_address, self.read_more):
            action.setEnabled(on)

    def _add(self, text: str) -> QAction:
        action = QAction(text, self)
        self.addAction(action)
        return action

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._address)

    @Slot()
    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl(f"{self._address}/docs"))

    @Slot()
    def _ask_port(self) -> None:
        dialog = QInputDialog(self.parentWidget())
        dialog.setWindowTitle("Local API")
        dialog.setLabelText("Port on this machine:")
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setIntRange(*_PORTS)
        dialog.setIntValue(self._port)
        dialog.intValueSelected.connect(self.port_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
