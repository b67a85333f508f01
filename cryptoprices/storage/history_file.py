"""The history's database file: made, checked, brought up to date, or set aside where it cannot be read.

A file is checked through a connection that can change nothing before anything writes to it. One process writes at a
time (the holder of the profile's lock); this is its file then, and nobody else's.
"""

import errno
import logging
import os
import sqlite3
import struct
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from cryptoprices.storage import atomic, packing
from cryptoprices.storage.history_tables import SCHEMA, transaction

log = logging.getLogger(__name__)

Migration = str | Callable[[sqlite3.Connection], None]
MIGRATIONS: tuple[Migration, ...] = (SCHEMA,)
"""What leads from each version to the next: statements, or a function. The first one makes an empty file version 1."""

LOCKED_S = 1.0  # how long a statement waits for another program's lock
_JOURNAL_BYTES = 4 << 20
_PARTS = ("", "-wal", "-shm", "-journal")
_WAL_HEAD = struct.Struct(">8I")
_WAL_MAGIC = 0x377F0682  # or one more, where the check sums are big-endian


class Unreadable(Exception):
    """The file is no sound history; its text says in a few words what is the matter."""


class Newer(Exception):
    """The file is of a newer version of this program: its number is the argument."""


class Unwritable(PermissionError):
    """Nobody may write to the file, or this person may not."""


def open_for_writing(path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> sqlite3.Connection:
    """A connection that writes, to a file of the newest version; the file is made if there is none.

    Does not check the file (see `check`), and waits LOCKED_S for other programs' locks. Raises sqlite3.Error, OSError.
    """
    if not path.exists():
        _make(path, migrations)
    elif not os.access(path, os.W_OK):  # SQLite would open it all the same, and refuse the first thing to be written
        raise Unwritable(errno.EACCES, os.strerror(errno.EACCES), str(path))
    connection = _connect(f"{_uri(path)}?mode=rw")
    try:
        _prepare(connection)
        _migrate(connection, path, migrations)
    except BaseException:
        connection.close()
        raise
    return connection


def open_in_memory(migrations: Sequence[Migration] = MIGRATIONS) -> sqlite3.Connection:
    """A connection to an empty history that no other one sees and that is gone when it is closed."""
    connection = _connect(":memory:")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _upgrade(connection, 0, migrations)
    return connection


def open_for_reading(path: Path, alone: bool = False) -> sqlite3.Connection:
    """A connection that changes nothing. Raises sqlite3.Error, also where there is no file.

    alone: nobody else uses the file; then an index of the log is made where somebody took it away. Else no file is.
    """
    if is_closed(path):
        options = "mode=ro&immutable=1"
    elif alone and not _beside(path, "-shm").exists():
        options = "mode=ro"
    else:
        options = "mode=ro&readonly_shm=1"
    return _connect(f"{_uri(path)}?{options}")


def is_closed(path: Path) -> bool:
    """Whether nobody has it open, nor has left it without closing it: all that it holds is in the file itself."""
    return not _beside(path, "-shm").exists() and not _size(_beside(path, "-wal"))


def closed_state(path: Path) -> tuple[int, int] | None:
    """What changes when somebody writes to a closed file meanwhile; None while somebody has it open."""
    if not is_closed(path):
        return None
    with suppress(OSError):
        found = path.stat()
        return found.st_mtime_ns, found.st_size
    return 0, 0


def check(path: Path, version: int = len(MIGRATIONS)) -> None:
    """Read all of an existing file. Raises Unreadable, Newer; sqlite3.OperationalError where it may be well (a lock).

    Changes nothing.
    """
    if not path.is_file():
        raise Unreadable("it is no file" if path.exists() else "only its log is there")
    if not _size(path):
        raise Unreadable("it is empty")
    _check_log(_beside(path, "-wal"))
    number = _number(path)
    try:
        with closing(open_for_reading(path, alone=True)) as connection:
            if connection.execute("PRAGMA application_id").fetchone() != (number,):
                raise Unreadable("its log is another file's")
            found = version_of(connection)
            if found > version:
                raise Newer(found)
            if found < 1:
                raise Unreadable("it is no history")
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                raise Unreadable(said.splitlines()[-1])
            if not all(packing.is_sound(data) for (data,) in connection.execute("SELECT data FROM packed")):
                raise Unreadable("a part is damaged")
            for table in ("sample", "series", "covered", "gap"):
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            raise Unreadable(str(error)) from None
        raise


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the error means that the file itself is not what it should be."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_SCHEMA) or (
        code == sqlite3.SQLITE_ERROR and "no such" in str(error)
    )


def is_locked(error: sqlite3.Error) -> bool:
    """Whether another program holds the file."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_there(path: Path) -> bool:
    """Whether there is anything: the file, or what belongs to it."""
    return any(os.path.lexists(_beside(path, part)) for part in _PARTS)


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the tables; 0 where there are none. Raises sqlite3.Error."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def set_aside(path: Path, now_ms: int) -> Path:
    """Rename the file and what belongs to it, untouched; returns its new name. Raises OSError."""
    moment = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%d-%H%M%S")
    names = [path.with_name(f"{path.name}.corrupt-{moment}{more}") for more in ("", *(f"-{n}" for n in range(2, 100)))]
    aside = next((name for name in names if not name.exists()), names[-1])
    for part in reversed(_PARTS):  # the database itself last: until it is gone, the next start sets the rest aside
        if os.path.lexists(_beside(path, part)):
            atomic.rename(_beside(path, part), _beside(aside, part))
    return aside


def total_bytes(path: Path) -> int:
    """Size of the file and its log."""
    return _size(path) + _size(_beside(path, "-wal"))


def _connect(address: str) -> sqlite3.Connection:
    return sqlite3.connect(
        address, uri=address != ":memory:", timeout=LOCKED_S, isolation_level=None, check_same_thread=False
    )


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a commit that returns is on the disk
    connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
    connection.execute("PRAGMA secure_delete = OFF")


def _make(path: Path, migrations: Sequence[Migration]) -> None:
    """Make an empty history under another name and put it in its place: there is never half a file."""
    new = _beside(path, ".new")
    for part in _PARTS:
        with suppress(FileNotFoundError):
            _beside(new, part).unlink()
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT, 0o600))
    with closing(_connect(f"{_uri(new)}?mode=rw")) as connection:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute(f"PRAGMA application_id = {int.from_bytes(os.urandom(4)) >> 1}")  # see _number
        _upgrade(connection, 0, migrations)
    atomic.rename(new, path)


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Bring an older file up to date in one transaction, after a copy of it is kept beside it."""
    version = version_of(connection)
    if version > len(migrations):
        raise Newer(version)
    if version == len(migrations):
        return
    new, kept = _beside(path, ".copy"), _beside(path, f".v{version}.bak")
    new.unlink(missing_ok=True)
    with closing(_connect(f"{_uri(new)}?mode=rwc")) as copy:
        connection.backup(copy)
    atomic.rename(new, kept)
    _upgrade(connection, version, migrations)
    log.info("The history is now of version %s; the older file is kept as %s", len(migrations), kept.name)


def _upgrade(connection: sqlite3.Connection, version: int, migrations: Sequence[Migration]) -> None:
    with transaction(connection):
        for migration in migrations[version:]:
            if callable(migration):
                migration(connection)
            else:
                for statement in migration.split(";"):
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


def _check_log(wal: Path) -> None:
    """A log that does not begin as SQLite's do would be thrown away unseen. Raises Unreadable.

    Format: https://www.sqlite.org/fileformat2.html#walformat
    """
    if not _size(wal):
        return
    with wal.open("rb") as file:
        head = file.read(_WAL_HEAD.size)
    if len(head) < _WAL_HEAD.size:
        raise Unreadable("its log is cut off")
    magic, *_, first, second = _WAL_HEAD.unpack(head)
    numbers = struct.unpack(">6I" if magic & 1 else "<6I", head[:24])
    a = b = 0
    for low, high in zip(numbers[::2], numbers[1::2], strict=True):
        a = (a + low + b) & 0xFFFFFFFF
        b = (b + high + a) & 0xFFFFFFFF
    if magic & ~1 != _WAL_MAGIC or (a, b) != (first, second):
        raise Unreadable("its log is none")


def _number(path: Path) -> int:
    """Each file has a number of its own, by which a log is known as its own, too.

    Format: https://www.sqlite.org/fileformat2.html#the_database_header
    """
    with path.open("rb") as file:
        head = file.read(72)
    return int.from_bytes(head[68:], signed=True)


def _uri(path: Path) -> str:
    return "file:" + quote(path.absolute().as_posix(), safe="/:")


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
