"""`crash-*.txt`: where a crash of native code writes the threads' stacks. An empty one means that all went well."""

import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO


def open_crash_file(folder: Path, wall_ms: int) -> TextIO | None:
    """The file of this run, None where none can be made. Empty ones of killed runs are removed."""
    with suppress(OSError):
        for old in folder.glob("crash-*.txt"):
            if old.stat().st_size == 0:
                old.unlink()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(wall_ms / 1000))
        return open(folder / f"crash-{stamp}.txt", "w", encoding="utf-8")
    return None


def remove_if_empty(file: TextIO) -> None:
    """At the end of a run without a crash: close the file, and remove it if nothing is in it."""
    file.close()
    path = Path(file.name)
    with suppress(OSError):
        if path.stat().st_size == 0:
            path.unlink()
