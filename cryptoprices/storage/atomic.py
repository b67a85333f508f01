"""Files that are either as they were or as they should be, never half written, whenever the machine stops."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from cryptoprices.storage.reading import opened

GENERATIONS = 3
_RENAME_S = 2.5  # a virus scanner or a cloud folder may hold the file this long


def write(path: Path, data: bytes) -> None:
    """Put `data` into `path`: 0600 file beside it, fsync, rename, fsync of the folder. Raises OSError.

    Blocks up to 2.5 s where the rename is denied: for worker threads.
    """
    _write(path, [data], 0o600)


def write_export(path: Path, data: bytes) -> None:
    """Put `data` into `path` in the same way, readable as the person's files are. Raises OSError."""
    _write(path, [data], 0o666)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Put these lines into `path` in the same way, as UTF-8, readable as the person's files are. Raises OSError.

    Whatever `lines` itself raises is raised too, and the file stays as it was.
    """
    _write(path, (f"{line}\n".encode() for line in lines), 0o666)


def _write(path: Path, parts: Iterable[bytes], mode: int) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), mode)
        with open(handle, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        rename(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def rename(source: Path, target: Path) -> None:
    """os.replace, tried again while it is denied, 2.5 s at most, and made to last. Raises OSError."""
    for pause_s in _pauses():
        try:
            os.replace(source, target)
        except PermissionError:  # EACCES, EPERM; on Windows also a sharing violation
            time.sleep(pause_s)
        else:
            break
    else:
        os.replace(source, target)
    _sync_folder(target.parent)


def backups(path: Path) -> list[Path]:
    """The kept generations of a file, newest first, whether they exist or not."""
    return [path.with_name(f"{path.name}.bak{number}") for number in range(1, GENERATIONS + 1)]


def keep_generation(path: Path) -> None:
    """Put a copy of a (valid) file before its generations; the oldest goes. Raises OSError."""
    newest, *_ = kept = backups(path)
    for older, newer in zip(reversed(kept), reversed(kept[:-1]), strict=False):
        if newer.exists():
            rename(newer, older)
    with opened(path) as file:
        data = file.read()
    write(newest, data)


def _pauses() -> Iterator[float]:
    pause_s, left_s = 0.02, _RENAME_S
    while left_s > 0:
        yield min(pause_s, left_s)
        left_s -= pause_s
        pause_s *= 1.6


def _sync_folder(folder: Path) -> None:
    """Make the rename last; Windows has no such call and some file systems refuse it."""
    if os.name == "nt":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
