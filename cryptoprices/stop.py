"""What asks the program to end: SIGTERM, Ctrl+C, a terminal that closes. While the window runs, noted, never raised.

An exception that a handler raises in the midst of PySide's imports, or of a Qt callback, is swallowed there, or becomes
another one, or leaves a type half made.
"""

import signal
import sys
from types import FrameType


def stopping() -> list[signal.Signals]:
    """The signals that do so. A terminal's closing does not where it is ignored already (nohup)."""
    numbers = [signal.SIGTERM, signal.SIGINT]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    return numbers


class Stop:
    """asked: the system or the person at the terminal wants the program to end. Main thread only."""

    def __init__(self) -> None:
        self.asked = False

    def listen(self) -> None:
        """Note it from now on, until the process ends."""
        for number in stopping():
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
