"""Whether a widget can be seen, and whether somebody has come to it by key."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QHideEvent, QShowEvent, QWindow
from PySide6.QtWidgets import QWidget

_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class Sight(QWidget):
    """seen: it is shown, and its window is not minimised. came: it can be seen again, told before its first frame.

    keys_came(bool): whether keys go to it and somebody came by key, who sees where they go.
    """

    came = Signal()
    keys_came = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.seen = False
        self._window: QWindow | None = None

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Keys come here."""
        super().focusInEvent(event)
        self.keys_came.emit(event.reason() in _BY_KEY)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keys go elsewhere."""
        super().focusOutEvent(event)
        self.keys_came.emit(False)

    def showEvent(self, event: QShowEvent) -> None:
        """What was missed while hidden or minimised is there in the first frame."""
        super().showEvent(event)
        if not self._window:
            self._window = self.window().windowHandle()  # in its first turn it is shown once more, minimised as it is
            self._window.windowStateChanged.connect(self._take_state)
        self._look(not self.window().isMinimized())

    def hideEvent(self, event: QHideEvent) -> None:
        """Hidden, or minimised."""
        super().hideEvent(event)
        self.seen = False

    @Slot(Qt.WindowState)
    def _take_state(self, state: Qt.WindowState) -> None:
        self._look(self.isVisible() and state != Qt.WindowState.WindowMinimized)

    def _look(self, seen: bool) -> None:
        """Whether it can be seen from now on."""
        before, self.seen = self.seen, seen
        if seen and not before:
            self.came.emit()
