"""The menu in which a person chooses the coins that stand against each other."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from cryptoprices.core.market import Pair
from cryptoprices.core.pairs import MOST_COMPARED, compared_pairs
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.plain import tooltip

_AUTO = "As fits the chosen coin"
_FULL = f"No more than {MOST_COMPARED} coins are compared at once"


class CompareMenu(QMenu):
    """The watchlist's pairs in the chosen pair's currency, a row each, made when it is opened.

    chosen(tuple of Pair): these were chosen, in the order of the watchlist; none: as fits the chosen pair.
    """

    chosen = Signal(object)

    def __init__(self, hub: Hub, button: QPushButton, parent: QWidget) -> None:
        """button: of the mode that compares: it has this menu as its context menu."""
        super().__init__("Compare &with", parent)
        self._hub, self._button = hub, button
        self.pairs: tuple[Pair, ...] = ()
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.refresh)
        hub.pairs_changed.connect(self._forget)
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        button.customContextMenuRequested.connect(self._open)

    def state(self) -> list[str]:
        """What was chosen, in plain values for `restore`."""
        return [str(pair) for pair in self.pairs]

    def restore(self, state: object) -> None:
        """What `state` said; what is not in the watchlist is passed over."""
        names = [name for name in state if isinstance(name, str)] if isinstance(state, list) else []
        self.pairs = tuple(pair for pair in self._hub.pairs if str(pair) in names)[:MOST_COMPARED]

    @Slot()
    def refresh(self) -> None:
        """Rows for what can be chosen, marks at what stands against each other now."""
        self.clear()
        shown = self._shown()
        for pair in self._offered():
            action = self._row(str(pair), pair in shown)
            action.setData(str(pair))
            if pair not in shown and len(shown) >= MOST_COMPARED:
                action.setEnabled(False)
                action.setToolTip(tooltip(_FULL))
            action.toggled.connect(self._choose)
        self.addSeparator()
        action = self._row(_AUTO, not self.pairs)
        action.setEnabled(bool(self.pairs))
        action.triggered.connect(self._choose_none)

    def _row(self, text: str, marked: bool) -> QAction:
        action = QAction(self)
        action.setText(text)
        action.setCheckable(True)
        action.setChecked(marked)
        self.addAction(action)
        return action

    def _offered(self) -> list[Pair]:
        return [pair for pair in self._hub.pairs if pair.quote == self._hub.selected.quote]

    def _shown(self) -> Sequence[Pair]:
        return self.pairs or compared_pairs(self._hub.pairs, self._hub.selected)

    @Slot()
    def _choose(self) -> None:
        marked = {action.data() for action in self.actions() if action.isChecked()}
        self._take(tuple(pair for pair in self._offered() if str(pair) in marked))

    @Slot()
    def _choose_none(self) -> None:
        self._take(())

    def _take(self, pairs: tuple[Pair, ...]) -> None:
        self.pairs = pairs
        self.chosen.emit(pairs)

    @Slot()
    def _forget(self) -> None:
        """What is no longer in the watchlist is not chosen any more."""
        self.pairs = tuple(pair for pair in self.pairs if pair in self._hub.pairs)

    @Slot(QPoint)
    def _open(self, at: QPoint) -> None:
        self.popup(self._button.mapToGlobal(at))
