"""What a person types into a list to find a row is no key of the window."""

import math

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

_NO_KEYS = Qt.KeyboardModifier.NoModifier
_STARTS = Qt.MatchFlag.MatchStartsWith | Qt.MatchFlag.MatchWrap


class TypeAhead(QObject):
    """In a list, a letter or digit goes to the rows where one begins with it, and while one is being looked for.

    Elsewhere, and where no row could be meant, it is the window's: P pauses, 1 to 6 choose how long a time. (Fields
    that text is typed into take every letter by themselves.)
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._typed_ms = -math.inf  # by the clock of the events
        window.installEventFilter(self)

    def eventFilter(self, _window: QObject, event: QEvent) -> bool:
        """Qt asks before it does what a key of the window does; what the list does not take comes on to here."""
        if event.type() is not QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        view, text = QApplication.focusWidget(), event.text()
        plain = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier == _NO_KEYS and text.isalnum()
        if not (plain and isinstance(view, QAbstractItemView) and view.model()):
            return False
        typing = event.timestamp() - self._typed_ms <= QApplication.keyboardInputInterval()
        column = max(0, view.currentIndex().column())
        first = view.model().index(0, column, view.rootIndex())
        if not typing and not view.model().match(first, Qt.ItemDataRole.DisplayRole, text, 1, _STARTS):
            return False
        self._typed_ms = event.timestamp()
        event.accept()
        return True
