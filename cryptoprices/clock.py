"""The only clock of the program. It is passed in, so that tests can move it.

`boot_s` counts sleep of the machine, `wall_ms` is what the calendar says: ages come from the first, labels from the
second.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

if sys.platform != "linux":  # it takes 10 ms of the first frame
    import ctypes


def _boot_clock() -> Callable[[], float]:
    """The clock that never jumps and counts sleep: CLOCK_BOOTTIME, mach_continuous_time, interrupt time."""
    if sys.platform == "linux":
        boottime = time.CLOCK_BOOTTIME
        return lambda: time.clock_gettime(boottime)
    if sys.platform == "darwin":

        class Timebase(ctypes.Structure):
            _fields_ = [("numer", ctypes.c_uint32), ("denom", ctypes.c_uint32)]

        system = ctypes.CDLL("/usr/lib/libSystem.dylib")
        system.mach_continuous_time.restype = ctypes.c_uint64
        base = Timebase()
        system.mach_timebase_info(ctypes.byref(base))
        scale = base.numer / base.denom / 1e9
        return lambda: system.mach_continuous_time() * scale
    if sys.platform == "win32":
        query = ctypes.WinDLL("kernelbase").QueryInterruptTimePrecise
        ticks = ctypes.c_uint64()

        def interrupt_s() -> float:
            query(ctypes.byref(ticks))
            return ticks.value / 1e7  # 100 ns units

        return interrupt_s
    return time.monotonic


class Clock(NamedTuple):
    """boot_s(): seconds since boot, sleep included. wall_ms(): Unix milliseconds, UTC."""

    boot_s: Callable[[], float]
    wall_ms: Callable[[], int]


def system_clock() -> Clock:
    """The machine's own clock."""
    return Clock(_boot_clock(), lambda: time.time_ns() // 1_000_000)


class LocalZone:
    """The machine's time zone, which may become another one while the program runs: only tzset(3) notices that.

    The C library reads /etc/localtime anew by itself then; a file that TZ names only if TZ has changed, so it is given
    another spelling of the same name. On Windows, where there is no tzset in Python, the zone of the start stays.
    """

    def __init__(self) -> None:
        self._file = self._file_of_tz()
        self._rules = _rules()

    def changed(self) -> bool:
        """Use the zone that the machine has now. True if that is another one than when asked before."""
        if sys.platform == "win32":
            return False
        file, before = self._file_of_tz(), self._rules
        if file != self._file and file:
            name = os.environ["TZ"].lstrip(":")
            os.environ["TZ"] = name[1:] if name.startswith("//") else f"/{name}"
            file = self._file_of_tz()
        self._file = file
        time.tzset()
        self._rules = _rules()
        return self._rules != before

    @staticmethod
    def _file_of_tz() -> tuple[str, int, int] | None:
        """The file that TZ names and how it is told from another one, None where it names none."""
        name = os.environ.get("TZ", "").lstrip(":")
        if not name.startswith("/"):
            return None
        try:
            found = os.stat(name)
        except OSError:
            return None
        return name.lstrip("/"), found.st_ino, found.st_mtime_ns


def _rules() -> tuple[object, ...]:
    """What tells zones apart: names, and what is added to UTC in each half of this year and now."""
    now = time.localtime()
    halves = (time.mktime((now.tm_year, month, 1, 12, 0, 0, 0, 0, -1)) for month in (1, 7))
    return time.tzname, now.tm_gmtoff, *halves
