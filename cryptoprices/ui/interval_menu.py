"""The menu in which a person chooses how much time there is between two polls."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from cryptoprices.settings.options import POLL_INTERVAL_S

_OFFERED_S = (5, 10, 20, 30, 60, 120, 300, 900, 1800, 3600)


class IntervalMenu(QMenu):
    """One row a choice, made when the menu is opened; the one that holds is marked. chosen(int): seconds.

    What holds has a row of its own where it is none of those that are offered. Nothing can be chosen before
    `show_interval` was called.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("&Ask every", parent)
        self._held_s: int | None = None
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._choose)
        self.aboutToShow.connect(self.refresh)
        self.menuAction().setEnabled(False)

    @Slot(int)
    def show_interval(self, seconds: int) -> None:
        """So much time is between two polls now."""
        self._held_s = seconds
        self.menuAction().setEnabled(True)

    @Slot()
    def refresh(self) -> None:
        """Rows for all, and the mark."""
        self.clear()
        for seconds in sorted({*_OFFERED_S, self._held_s or POLL_INTERVAL_S.default}):
            action = QAction(self)
            action.setText(interval_text(seconds))
            action.setCheckable(True)
            action.setChecked(seconds == self._held_s)
            action.setData(seconds)
            self._group.addAction(action)
            self.addAction(action)

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        if action.data() != self._held_s:
            self.chosen.emit(action.data())


def interval_text(seconds: int) -> str:
    """In the largest units that tell it exactly: 90 s is "1 min 30 s"."""
    minutes, rest_s = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest_s, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
