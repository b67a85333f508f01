"""What a command shows: data on standard output, all the rest on standard error."""

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from typing import TextIO

_SHORT_S = 1.0  # what takes no longer needs no progress
_BAR = 24  # characters
_AT_ONCE = 4096  # lines


class OutputFailed(Exception):
    """Standard output takes nothing more (a full disk); one sentence for a person."""


class Terminal:
    """Standard output and error as they are now. colour: the output is looked at by a person who wants colours."""

    def __init__(self) -> None:
        self._out, self._err = sys.stdout, sys.stderr  # None without a console
        self.colour = _is_terminal(self._out) and not os.environ.get("NO_COLOR")
        self._shows_progress = _is_terminal(self._err)
        self._progress = ""

    def line(self, text: str) -> None:
        """One line of data, at once. Raises BrokenPipeError when nobody reads any more, OutputFailed otherwise."""
        self._put(text + "\n")

    def lines(self, texts: Iterable[str], told: Callable[[int], None]) -> None:
        """Many lines of data, some thousand at a time. Raises like line().

        told: takes the number of lines that are written, unless a person sees them come.
        """
        texts, written = iter(texts), 0
        while part := list(islice(texts, _AT_ONCE)):
            self._put("\n".join(part) + "\n")
            written += len(part)
            if not _is_terminal(self._out):
                told(written)

    def _put(self, text: str) -> None:
        try:
            _write(self._out, text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputFailed(f"The output could not be written: {error.strerror}") from None

    def notice(self, text: str) -> None:
        """One line for a person, beside the data; that a trouble is over (an empty text) needs none.

        On any thread. Where nobody takes it any more (a closed pipe, a full disk), the work goes on.
        """
        self.end_progress()
        if text:
            self._tell(text + "\n")

    def progress(self, text: str) -> None:
        """A line that is overwritten by the next one; nothing where nobody looks."""
        if self._shows_progress:
            self._progress = text
            self._tell(f"\r{text}\033[K")

    def end_progress(self) -> None:
        """Take the progress away."""
        if self._progress:
            self._progress = ""
            self._tell("\r\033[K")

    def _tell(self, text: str) -> None:
        with suppress(OSError):
            _write(self._err, text)


class Progress:
    """How far something is that takes longer than a second. boot_s: the clock.

    Told again from time to time, so that it appears although nothing has moved.
    """

    def __init__(self, terminal: Terminal, boot_s: Callable[[], float]) -> None:
        self._terminal, self._boot_s = terminal, boot_s
        self._begun_s = boot_s()

    def begin(self) -> None:
        """Something new begins now."""
        self._terminal.end_progress()
        self._begun_s = self._boot_s()

    def show(self, text: str, done: int, total: int) -> None:
        """A bar of done/total with the text beside it, once it has taken its second."""
        if self._boot_s() - self._begun_s >= _SHORT_S:
            full = _BAR * min(done, total) // max(1, total)
            self._terminal.progress(f"[{'#' * full}{'.' * (_BAR - full)}] {text}")


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _write(stream: TextIO | None, text: str) -> None:
    if stream is not None:
        stream.write(text)
        stream.flush()
