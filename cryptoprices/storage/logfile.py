"""The log: one line a record, no secret, no control character, 5 MiB at most, and never the cause of another fault."""

import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

SIZE = 1 << 20  # bytes of one file
FILES = 5
_LONGEST = 8000  # characters of one record
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0)

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


@cache
def _secrets() -> re.Pattern[str]:
    """Compiled at the first record only, for the first frame comes before it."""
    return re.compile(
        r"""(?ix)
        (?P<name> (?:[\w.-]*(?:api[_-]?key|access[_-]?key|token|ticket|secret|passw(?:or)?d|signature)|[?&]key)
          ["']?\s*[=:]\s*["']?) [^\s"'&,;)}\]]+
      | (?P<header> (?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:(?:basic|bearer|digest|token)\s+)?) [^\s"',;)}\]]+
      | (?P<scheme> \bbearer\s+) [\w.~+/=-]{8,}
      | (?P<login> [a-z][a-z0-9+.-]*://) [^\s/@:]*:[^\s/]*(?=@)
      | \b(?:CG-[A-Za-z0-9]{16,}|sk_(?:live|test)_\w{8,}|rk_(?:live|test)_\w{8,}|\d{6,12}:[\w-]{30,}|cp_\w{8}_\w{8,})
        """
    )


def redacted(text: str) -> str:
    """The text without anything that looks like a key, token, password or login."""
    return _secrets().sub(lambda match: next(filter(None, match.groups()), "") + "…", text)


class OneLine(logging.Formatter):
    """Time (UTC), level, place, message and traceback on one line, redacted when all of it is put together."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        text = redacted(super().format(record))
        return _CONTROLS.sub(" | ", text)[:_LONGEST]


class LogFile(logging.Handler):
    """`cryptoprices.log` and its four predecessors `.1` … `.4`. Made at the first record; a fault here is silent.

    Nobody is waited for: a pipe in its place that nobody reads is such a fault.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._handle: int | None = None
        self._size = 0
        self.setFormatter(OneLine())

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; nothing comes back, whatever happens."""
        try:
            line = (self.format(record) + "\n").encode("utf-8", "replace")
            self._open(len(line))
            if self._handle is not None:
                self._size += os.write(self._handle, line)
        except Exception:  # noqa: BLE001 (a record's own text may raise anything when formatted)
            self._shut()

    def close(self) -> None:
        """Let go of the file."""
        self._shut()
        super().close()

    def _open(self, more: int) -> None:
        if self._handle is None:
            self._handle = os.open(self._path, _APPEND, 0o600)
            self._size = os.fstat(self._handle).st_size
        if self._size + more > SIZE:
            self._shut()
            self._rotate()
            self._handle = os.open(self._path, _APPEND, 0o600)
            self._size = os.fstat(self._handle).st_size

    def _rotate(self) -> None:
        """Move every file one on; where that is denied, begin the newest anew, so that the sum stays bounded."""
        names = [self._path, *(self._path.with_name(f"{self._path.name}.{n}") for n in range(1, FILES))]
        try:
            for older, newer in zip(reversed(names), reversed(names[:-1]), strict=False):
                if newer.exists():
                    os.replace(newer, older)
        except OSError:
            os.truncate(self._path, 0)

    def _shut(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


def log_to(handler: logging.Handler, level: str) -> None:
    """Send everything from `level` on to this handler alone; other libraries' chatter from WARNING on."""
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(logging.WARNING, logging.getLevelName(level)))
    logging.getLogger("cryptoprices").setLevel(level)
    logging.raiseExceptions = False


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """What is logged meanwhile goes into this file too."""
    file, root = LogFile(path), logging.getLogger()
    root.addHandler(file)
    try:
        yield
    finally:
        root.removeHandler(file)
        file.close()
