"""SIGTERM and Ctrl+C as a Qt signal: Python's own handlers wait until Qt hands control back, up to a second."""

import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot


class QuitSignals(QObject):
    """asked: the system or the person at the terminal wants the program to end. Main thread only."""

    asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._here, self._there = socket.socketpair()
        for end in (self._here, self._there):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._here.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        self._old_wakeup = signal.set_wakeup_fd(self._there.fileno(), warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, self._ignore) for number in (signal.SIGTERM, signal.SIGINT)}

    def close(self) -> None:
        """Give the signals back to whom they belonged."""
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_wakeup)
        self._notifier.setEnabled(False)
        self._here.close()
        self._there.close()

    @Slot()
    def _woken(self) -> None:
        numbers = self._here.recv(64)
        if set(numbers) & set(self._old):
            self.asked.emit()

    @staticmethod
    def _ignore(_number: int, _frame: FrameType | None) -> None:
        """There has to be a handler, so that the number is written to the socket."""
