"""SIGTERM and Ctrl+C while the window loads and runs: noted, never raised.

An exception that a handler raises in the midst of PySide's imports, or of a Qt callback, is swallowed there, or becomes
another one, or leaves a type half made.
"""

import signal
from types import FrameType


class Stop:
    """asked: the system or the person at the terminal wants the program to end. Main thread only."""

    def __init__(self) -> None:
        self.asked = False

    def listen(self) -> None:
        """Note it from now on, until the process ends."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
