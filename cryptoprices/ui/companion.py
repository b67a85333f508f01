"""Windows that show more of what the main window shows."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog

from cryptoprices.ui.main_window import MainWindow


class Companion(QDialog):
    """Beside the main window. While that cannot be seen nothing moves in it: it is hidden with it, and comes back."""

    def __init__(self, main: MainWindow) -> None:
        super().__init__(main, Qt.WindowType.Window)
        self._back = False  # it was hidden with the main window
        main.seen_changed.connect(self._follow_main)

    @Slot()
    def bring_up(self) -> None:
        """Show it in front of others."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot(bool)
    def _follow_main(self, seen: bool) -> None:
        if seen and self._back:
            self.show()
        elif not seen:
            self._back = self.isVisible()
            self.hide()
