"""The one thread that writes small files, so that neither the window nor a poll ever waits for a disk."""

import errno
import logging
import threading
from collections.abc import Callable

from cryptoprices.clock import Clock

log = logging.getLogger(__name__)
RETRY_S = 60.0
_FULL, _DENIED = "the disk is full", "this program may not write there"
_WHY = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: _DENIED,
    errno.EIO: "the disk does not work",
}


class Writer:
    """Runs jobs on a daemon thread; of several under one name only the newest counts.

    notice(text): called on that thread when a job fails (once until it works again). A failed job stays and is tried
    again after a minute, or the newer one in its place. Nothing is ever raised into the caller.
    """

    def __init__(self, clock: Clock, notice: Callable[[str], object]) -> None:
        self._clock = clock
        self._notice = notice
        self._jobs: dict[str, Callable[[], object]] = {}
        self._failed_s: dict[str, float] = {}  # name -> boot time of the last failure
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def put(self, name: str, job: Callable[[], object]) -> None:
        """Have `job` done soon, in place of an earlier one of this name that has not begun."""
        with self._wake:
            self._jobs[name] = job
            self._wake.notify_all()

    def close(self, timeout_s: float = 1.5) -> bool:
        """Do what is left and end; what takes longer than `timeout_s` is given up. Returns whether all was done."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._thread.join(timeout_s)
        return not self._thread.is_alive() and not self._failed_s

    def _run(self) -> None:
        while (item := self._next()) is not None:
            name, job = item
            try:
                job()
            except Exception as error:  # the outermost line of this thread, which goes on with the next
                level = logging.DEBUG if name in self._failed_s else logging.INFO
                log.log(level, "%s was not written", name, exc_info=True)
                self._fail(name, job, error)
            else:
                self._failed_s.pop(name, None)

    def _next(self) -> tuple[str, Callable[[], object]] | None:
        """The next job that is due, waiting for it; None at the end."""
        with self._wake:
            while True:
                wait_s = None
                for name in self._jobs:
                    due_s = (
                        0.0 if self._closing else self._failed_s.get(name, -RETRY_S) + RETRY_S - self._clock.boot_s()
                    )
                    if due_s <= 0:
                        return name, self._jobs.pop(name)
                    wait_s = min(due_s, wait_s or due_s)
                if self._closing:
                    return None
                self._wake.wait(wait_s)

    def _fail(self, name: str, job: Callable[[], object], error: Exception) -> None:
        with self._wake:
            first = name not in self._failed_s
            self._failed_s[name] = self._clock.boot_s()
            if not self._closing:
                self._jobs.setdefault(name, job)
        if first:
            why = _WHY.get(getattr(error, "errno", None) or 0, "the log says why")
            self._notice(f"{name} could not be saved: {why}; trying again every minute.")
