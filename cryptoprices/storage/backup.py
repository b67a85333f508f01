"""A copy of a database that is in use, as one file that opens anywhere."""

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path
from threading import Event

from cryptoprices.storage import atomic

Open = Callable[[], AbstractContextManager[sqlite3.Connection]]
Tell = Callable[[int, int], object]  # bytes that are copied, of how many

_PAGES = 256  # from one word of how far it is to the next
_CHECKED_OFTEN = 10_000  # steps of the check, after which it looks whether anybody still wants it
_BESIDE = ("-wal", "-shm", "-journal")


class _Cancelled(Exception):
    """Nobody wants the copy any more."""


def back_up(open_source: Open, target: Path, tell: Tell, stopped: Event) -> int:
    """Copy what a database holds now into `target`, whole or not at all. Returns its bytes, 0 if it was stopped.

    What is written meanwhile by others neither gets into the copy nor begins it anew. The copy is read through before
    it takes the place of what was there. Raises OSError with words for a person.
    """
    if any(os.path.lexists(target.with_name(target.name + ending)) for ending in _BESIDE):
        raise OSError(errno.EBUSY, f"{target.name} is a database that is in use; choose another name")
    new = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666))
        with open_source() as source, closing(sqlite3.connect(new, isolation_level=None)) as copy:
            _copy(source, copy, tell, stopped)
            copy.set_progress_handler(stopped.is_set, _CHECKED_OFTEN)
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise OSError(errno.EIO, "the stored history is damaged")
        _sync(new)
        size = new.stat().st_size
        atomic.rename(new, target)
    except _Cancelled:
        return 0
    except sqlite3.Error as error:
        if stopped.is_set():
            return 0
        raise _told(error) from error
    finally:
        for ending in ("", *_BESIDE):
            with suppress(OSError):
                new.with_name(new.name + ending).unlink()
    return size


def _copy(source: sqlite3.Connection, copy: sqlite3.Connection, tell: Tell, stopped: Event) -> None:
    copy.execute("PRAGMA locking_mode = EXCLUSIVE")  # no memory is shared for it, which some folders cannot
    copy.execute("PRAGMA journal_mode = OFF")  # a copy that fails is thrown away
    copy.execute("PRAGMA synchronous = OFF")  # it is put on the disk in the end
    (page_bytes,) = source.execute("PRAGMA page_size").fetchone()

    def go_on(_status: int, left: int, total: int) -> None:
        if stopped.is_set():
            raise _Cancelled
        tell((total - left) * page_bytes, total * page_bytes)

    source.execute("BEGIN")  # holds on to one state of the database
    try:
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=_PAGES, progress=go_on)
    finally:
        source.execute("ROLLBACK")
    copy.execute("PRAGMA journal_mode = DELETE")  # one file, that can be opened where nothing may be written
    copy.execute(f"PRAGMA application_id = {int.from_bytes(os.urandom(4)) >> 1}")  # no log of another file fits it


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _told(error: sqlite3.Error) -> OSError:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            number = errno.ENOSPC
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            number = errno.EACCES
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return OSError(errno.EIO, "the stored history is damaged")
        case _:
            return OSError(errno.EIO, str(error))
    return OSError(number, os.strerror(number))
