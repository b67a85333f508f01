"""What is said beside the data: to whoever takes it, and the work goes on where nobody does."""

import errno
import io

from cryptoprices.terminal import Terminal


class Deaf(io.StringIO):
    """Takes nothing any more. error: why."""

    def __init__(self, error: int) -> None:
        super().__init__()
        self.error = error

    def write(self, _text: str) -> int:
        raise OSError(self.error, "nobody takes it")

    def isatty(self) -> bool:
        return True


def test_what_nobody_takes_any_more_ends_nothing(monkeypatch):
    for error in (errno.EPIPE, errno.ENOSPC, errno.EIO):
        monkeypatch.setattr("sys.stderr", Deaf(error))
        terminal = Terminal()
        terminal.notice("The disk is full.")
        terminal.progress("a third")
        terminal.end_progress()


def test_without_a_console_nothing_is_said(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    Terminal().notice("Nobody hears it.")
