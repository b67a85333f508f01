"""What menus and their keys need beyond what Qt does for them."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget


def empty(menu: QMenu) -> None:
    """Take out all rows, and let go of the menus that were made for them: `clear` keeps those until the end."""
    menu.clear()
    for made in menu.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly):
        made.deleteLater()


def give_letter(action: QAction, letter: str, widget: QWidget) -> None:
    """Let this key alone trigger it while the keys go to the widget or to a part of it.

    Elsewhere a letter is for typing, in lists too, and what a speech recogniser mishears does nothing: WCAG 2.1.4.
    """
    action.setShortcut(letter)
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    widget.addAction(action)
