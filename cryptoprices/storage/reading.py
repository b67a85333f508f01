"""Opening what should be a file of ours: in its place there may be a pipe, on which a start would wait for ever."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def opened(path: Path) -> BinaryIO:
    """The file, to be read. Raises OSError, also where it is a folder, a pipe or a device."""
    return open(path, "rb", opener=_open_file)


def read_at_most(path: Path, limit: int) -> bytes:
    """All of it; of a larger one the first `limit` bytes and one more. Raises as opened() does."""
    with opened(path) as file:
        return file.read(limit + 1)


def _open_file(path: str, flags: int) -> int:
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no file", path)
    return handle
