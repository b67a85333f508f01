"""What a person can do with one exchange: have it asked, move it in the order, switch it off and on."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget


class ExchangeCommands(QObject):
    """Actions on the exchange of the current row, as a menu and by key.

    order_chosen(tuple): all names in the person's order. switched(name, on). ask_wanted(name): ask it now, also where
    it is asked only when a person wants it.
    """

    order_chosen = Signal(object)
    switched = Signal(str, bool)
    ask_wanted = Signal(str)

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._name = ""
        self._names: tuple[str, ...] = ()
        self.ask = self._action("Ask now", "Return")
        self.up = self._action("Move up", "Alt+Up")
        self.down = self._action("Move down", "Alt+Down")
        self.on = self._action("Ask this exchange", "Space")
        self.on.setCheckable(True)
        self.ask.triggered.connect(self._ask)
        self.up.triggered.connect(self._move_up)
        self.down.triggered.connect(self._move_down)
        self.on.triggered.connect(self._switch)
        self.aim("", (), frozenset())

    def aim(self, name: str, names: Sequence[str], off: frozenset[str]) -> None:
        """From now on they are about this exchange, "" for none. names: all, in order. off: those switched off."""
        self._name, self._names = name, tuple(names)
        asked = [other for other in names if other not in off]
        place = asked.index(name) if name in asked else -1
        self.ask.setEnabled(place >= 0)
        self.up.setEnabled(place > 0)
        self.down.setEnabled(0 <= place < len(asked) - 1)
        self.on.setEnabled(bool(name) and (place < 0 or len(asked) > 1))  # the last one stays
        self.on.setChecked(place >= 0)

    def menu(self, title: str) -> QMenu:
        """The menu of the exchange that they are about."""
        menu = QMenu(title, self._view)
        menu.addActions([self.ask, self.up, self.down])
        menu.addSeparator()
        menu.addAction(self.on)
        return menu

    @Slot()
    def _ask(self) -> None:
        self.ask_wanted.emit(self._name)

    @Slot()
    def _move_up(self) -> None:
        self._move(-1)

    @Slot()
    def _move_down(self) -> None:
        self._move(1)

    @Slot(bool)
    def _switch(self, on: bool) -> None:
        self.switched.emit(self._name, on)

    def _move(self, by: int) -> None:
        names = list(self._names)
        here = names.index(self._name)
        names[here], names[here + by] = names[here + by], names[here]
        self.order_chosen.emit(tuple(names))

    def _action(self, text: str, key: str) -> QAction:
        action = QAction(text, self._view)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._view.addAction(action)
        return action
