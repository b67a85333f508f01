"""A signal of the system as a Qt signal: Python's own handlers wait until Qt hands control back, up to a second."""

import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal, Slot

from cryptoprices.stop import Stop


class QuitSignals(QObject):
    """asked: the system or the person at the terminal wants the program to end, or did before this was made.

    Main thread only.
    """

    asked = Signal()

    def __init__(self, stop: Stop, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stop = stop
        self._here, self._there = socket.socketpair()
        for end in (self._here, self._there):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._here.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        self._old_wakeup = signal.set_wakeup_fd(self._there.fileno(), warn_on_full_buffer=False)
        QTimer.singleShot(0, self, self._tell)  # what came before

    def close(self) -> None:
        """Wake nobody any more."""
        signal.set_wakeup_fd(self._old_wakeup)
        self._notifier.setEnabled(False)
        self._here.close()
        self._there.close()

    @Slot()
    def _woken(self) -> None:
        self._here.recv(64)  # control is Python's again: the handler has noted what this is about
        self._tell()

    @Slot()
    def _tell(self) -> None:
        if self._stop.asked:
            self.asked.emit()
