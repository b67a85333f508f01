"""What the system tells of this process: what becomes of it while it runs for months.

Names: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics. Format: proc(5). Where there is no
such folder, only the time of the processor is known.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
_STARTED, _RESIDENT = 19, 1  # fields of stat, from the one behind the name in brackets; of statm


class Figure(NamedTuple):
    """One metric: its whole name, counter or gauge, what it is, and how much."""

    name: str
    kind: str
    help: str
    value: float


def figures(proc: Path = PROC) -> Iterator[Figure]:
    """Those that can be told here."""
    yield Figure("process_cpu_seconds_total", "counter", "Time of the processor, user and system.", time.process_time())
    try:
        pages = int((proc / "self/statm").read_text("ascii").split()[_RESIDENT])
        ticks = int((proc / "self/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[_STARTED])
        booted = next(line for line in (proc / "stat").read_text("ascii").splitlines() if line.startswith("btime "))
        files = len(list((proc / "self/fd").iterdir()))
    except (OSError, StopIteration):
        return
    started_s = int(booted.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
    memory = pages * os.sysconf("SC_PAGE_SIZE")
    yield Figure("process_resident_memory_bytes", "gauge", "Memory that is in use.", memory)
    yield Figure("process_start_time_seconds", "gauge", "When it began, in Unix seconds.", started_s)
    yield Figure("process_open_fds", "gauge", "Files and sockets that are open.", files)
