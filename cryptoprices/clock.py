"""The only clock of the program. It is passed in, so that tests can move it.

`boot_s` counts sleep of the machine, `wall_ms` is what the calendar says: ages come from the first, labels from the
second.
"""

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
