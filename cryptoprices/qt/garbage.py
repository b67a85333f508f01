"""Garbage is collected in the GUI thread alone: on another, a Qt object that nobody holds any more would end there.

By itself Python collects on whichever thread makes the object that is one too many. That one then holds Python and may
wait for a lock of Qt's, while the GUI thread waits the other way round: the program hangs, or crashes, as
https://github.com/napari/napari/issues/1029 tells of another one.
"""

import gc

from PySide6.QtCore import QObject, Slot

from cryptoprices.qt.hub import Hub


class GarbageCollector(QObject):
    """Does nothing until `begin`; collects when prices have come and each second that the window is seen."""

    def __init__(self, hub: Hub, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hub = hub

    @Slot()
    def begin(self) -> None:
        """All is loaded: it stays for good, and what comes from now on is looked through."""
        gc.disable()
        gc.freeze()
        for happened in (self._hub.changed, self._hub.ticked):
            happened.connect(self.collect)

    @Slot()
    def collect(self) -> None:
        """Collect what is due."""
        collect_due()


def collect_due() -> None:
    """Collect the oldest generation that is due by Python's own thresholds, if any is."""
    counts = zip(gc.get_count(), gc.get_threshold(), strict=True)
    due = [generation for generation, (count, most) in enumerate(counts) if count > most]
    if due:
        gc.collect(due[-1])
