"""The machine's time zone, followed while somebody looks: what is written in local time has to be written anew."""

from PySide6.QtCore import QObject, Signal, Slot

from cryptoprices.clock import LocalZone
from cryptoprices.qt.hub import Hub

_EVERY = 10  # ticks


class ZoneKeeper(QObject):
    """changed: local time is another one from now on. Nothing else is: all that is kept is in UTC."""

    changed = Signal()

    def __init__(self, hub: Hub, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._zone = LocalZone()
        self._ticks = 0
        hub.ticked.connect(self._tick)

    @Slot()
    def _tick(self) -> None:
        """The first tick of a window that can be seen again looks too, and then every tenth."""
        self._ticks += 1
        if self._ticks % _EVERY == 1 and self._zone.changed():
            self.changed.emit()
