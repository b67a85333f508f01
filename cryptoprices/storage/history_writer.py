"""The thread that writes the history: what was put, in this order, and between that whatever keeps the file small.

Nothing here reaches the caller as an error. A full or failing disk pauses the writing, which is tried once a minute; a
file that cannot be read is set aside; where nothing can be written at all, the run keeps its history in memory.
"""

import errno
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from cryptoprices.clock import Clock
from cryptoprices.core.formatting import clock_text, plural
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.spans import Span
from cryptoprices.storage import history_file
from cryptoprices.storage.history_queue import HistoryQueue, Job, Touched
from cryptoprices.storage.history_tables import SPANS_MS, Tables, chunk_start, transaction
from cryptoprices.storage.packing import Damaged
from cryptoprices.storage.profile import writable
from cryptoprices.storage.retention import PACK_AT, Compaction, Key, Retention

log = logging.getLogger(__name__)
RETRY_S, LOCKED_RETRY_S = 60.0, 1.0
_COMPACTION_EVERY_S, _COMPACTION_AFTER_S = 3600.0, 60.0
_LOOKED_AT_S = 86_400.0  # how long candles that somebody asked for stay, however old they are


class HistoryWriter:
    """See History for the arguments. opened: set once it is known whether there is a file or only memory."""

    def __init__(self, path: Path, clock: Clock, notice: Callable[[str], object], retention: Retention | None) -> None:
        self._path, self._clock, self._notice, self._retention = path, clock, notice, retention
        self.opened = threading.Event()
        self.guard = threading.Lock()  # who reads memory takes it
        self.memory: Tables | None = None
        self.queue = HistoryQueue(clock)
        self._wake = self.queue.wake
        self._closing = self._suspected = self._given_up = False
        # from here on the writer's thread's own
        self._tables: Tables | None = None
        self._begun = False  # it could be opened once
        self._checked = False  # the file was read whole
        self._doubtful = self._damaged = False  # writing found damage, once or more, since it last went well
        self._retry_boot_s: float | None = None
        self._paused = ""  # what was said of it
        self._steps: Iterator[None] | None = None
        self._compact_boot_s = 0.0
        self._unpacked = 0
        self._looked_at: dict[Key, float] = {}  # chunk -> boot time at which candles were put into it
        self._reference = 0.0, 0  # boot time, and which time it was then for all that grows old
        self._witness_ms = 0
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)

    # other threads

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def lasting(self) -> bool:
        """Whether what is put is written to the file, as far as the last try tells."""
        return self._thread.is_alive() and not self._paused and self.memory is None

    def suspect(self) -> None:
        """Somebody read what cannot be right: look at the whole file again."""
        with self._wake:
            self._suspected = True
            self._wake.notify_all()

    def close(self, timeout_s: float) -> bool:
        """Do what is left and end. Returns whether all was done."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive() and not self.queue and not self.queue.dropped

    # the thread

    def _run(self) -> None:
        try:
            while (action := self._next()) is not None:
                action()
        except Exception:  # the outermost line of this thread
            log.exception("The history is not written any more")
            self._notice("The price history is not written any more; the log says why.")
        finally:
            self._hang_up()
            if self.memory:
                with self.guard:
                    self.memory.connection.close()
            self.opened.set()

    def _next(self) -> Callable[[], None] | None:
        """What is to be done now, waiting for it; None at the end."""
        with self._wake:
            while True:
                wait_s = self._due_boot_s() - self._clock.boot_s()
                if wait_s <= 0 or self._closing:
                    if self._closing and (self._given_up or not self.queue):
                        return None
                    if self._suspected:
                        return self._look_again
                    if self.queue:
                        return self._write_one
                    return self._open if self._tables is None else self._compact
                self._wake.wait(wait_s)

    def _due_boot_s(self) -> float:
        if self._retry_boot_s is not None:
            return self._retry_boot_s
        if self.queue or self._suspected or self._tables is None or self._steps or self._unpacked >= PACK_AT:
            return 0.0
        return self._compact_boot_s

    def _write_one(self) -> None:
        job, lost = self.queue.take()
        if not self._attempt(lambda tables: self._apply(tables, job, lost)):
            self.queue.give_back(job, lost)
            self._given_up = self._closing
            return
        self.queue.done(job)
        self._doubtful = False
        if self._paused:
            self._paused = ""
            log.info("The history is written again")
            self._notice("")
        self._unpacked += job.rows
        self._witness_ms = max(self._witness_ms, job.newest_ms or 0)

    def _apply(self, tables: Tables, job: Job, lost: Span | None) -> None:
        with transaction(tables.connection):
            job.apply(tables)
            if lost:
                tables.put_gap(Gap(None, *lost, GapReason.NOT_SAVED))
        if job.touched:
            self._keep_in_sight(tables, job.touched)

    def _compact(self) -> None:
        """One step; when all are done, or one fails, the next is in an hour: prices are more urgent."""
        assert self._tables
        if self._steps is None:
            since_s = self._clock.boot_s() - _LOOKED_AT_S
            self._looked_at = {key: at_s for key, at_s in self._looked_at.items() if at_s > since_s}
            self._steps = Compaction(self._tables, self._retention, self._looked_at.keys()).steps(self._now_ms())
        try:
            with self.guard:
                if next(self._steps, "done") != "done":
                    return
                self._unpacked = self._tables.rows()
        except (sqlite3.Error, Damaged) as error:
            log.info("The history could not be made smaller: %s", error)
            self._unpacked = 0
            if _is_damage(error):
                self._look_again()
        self._steps = None
        self._compact_boot_s = self._clock.boot_s() + _COMPACTION_EVERY_S

    def _attempt(self, work: Callable[[Tables], None]) -> bool:
        """Do something with the tables, opening them first if need be. Returns whether it is done."""
        try:
            if self._tables is None:
                self._open_tables()
            assert self._tables
            with self.guard:
                work(self._tables)
        except (sqlite3.Error, OSError, Damaged) as error:
            self._failed(error)
            return False
        self._retry_boot_s = None
        return True

    def _failed(self, error: Exception) -> None:
        """After this the next attempt is due at once, in a second or in a minute."""
        log.debug("The history was not written", exc_info=True)
        self._steps = None
        self.opened.set()
        if _is_damage(error):
            self._look_again()
            self._damaged = self._doubtful  # a sound file that cannot be written twice is none
            self._doubtful = True
            return
        now_s = self._clock.boot_s()
        if isinstance(error, sqlite3.Error) and history_file.is_locked(error):
            self._retry_boot_s = now_s + LOCKED_RETRY_S
            if self.queue.dropped:
                count = plural(self.queue.dropped, "price")
                self._pause(f"The price history is locked by another program; {count} not kept.")
            return
        self._hang_up(in_order=False)
        self._retry_boot_s = now_s + RETRY_S
        if not self._paused:
            log.info("The history cannot be written: %s", error)
            what, why = ("Disk full – history", "") if _is_full(error) else ("History", "; it cannot be written")
            self._pause(f"{what} paused since {clock_text(self._clock.wall_ms())[:5]}{why}")

    def _pause(self, text: str) -> None:
        if text != self._paused:
            self._paused = text
            self._notice(text)

    # the file

    def _open(self) -> None:
        self._attempt(lambda _tables: None)

    def _open_tables(self) -> None:
        try:
            connection = self._connection()
        except history_file.Newer as newer:
            connection = self._in_memory(
                f"The price history is of a newer version ({newer}; this program knows {len(history_file.MIGRATIONS)});"
                " it stays untouched, and this run keeps its history in memory."
            )
        except (sqlite3.Error, OSError) as error:
            if not self._is_hopeless(error):
                raise
            connection = self._in_memory(
                "The price history cannot be written where it is; this run keeps its history in memory."
            )
        self._tables = Tables(connection)
        self._unpacked = self._tables.rows()
        if not self._begun:
            self._begun = True
            now_ms = self._clock.wall_ms()
            self._reference = self._clock.boot_s(), (self._tables.bounds(now_ms) or (0, now_ms))[1]
            self._compact_boot_s = self._clock.boot_s() + _COMPACTION_AFTER_S
        self.opened.set()

    def _connection(self) -> sqlite3.Connection:
        if self.memory:
            return self.memory.connection
        if not self._checked and history_file.is_there(self._path):
            self._check()
        self._checked = True
        return history_file.open_for_writing(self._path)

    def _check(self) -> None:
        """Read all of the file, and set it aside if it is no sound history."""
        try:
            history_file.check(self._path)
            if not self._damaged:
                return
        except history_file.Unreadable as problem:
            log.warning("The price history could not be read: %s", problem)
        aside = history_file.set_aside(self._path, self._clock.wall_ms())
        self._damaged = self._doubtful = False
        self._notice(f"The price history could not be read and was set aside as {aside.name}; a new one begins.")
        self._notice("")  # that is over already

    def _in_memory(self, text: str) -> sqlite3.Connection:
        connection = history_file.open_in_memory()
        self.memory = Tables(connection)
        self._notice(text)
        return connection

    def _is_hopeless(self, error: Exception) -> bool:
        """Whether no waiting helps: nothing may be written there."""
        if self._begun:
            return False
        if isinstance(error, history_file.Unwritable):
            return True
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_READONLY:
            return True
        denied = code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM) or isinstance(error, OSError)
        return denied and not _is_full(error) and not writable(self._path.parent)

    def _look_again(self) -> None:
        """Have the file checked before anything is written to it again."""
        with self._wake:
            self._suspected = False
        if self.memory:
            return
        with suppress(sqlite3.Error), closing(history_file.open_for_reading(self._path)) as witness:
            witness.execute("SELECT count(*) FROM sqlite_master").fetchone()
            self._hang_up(in_order=False)  # not the last to leave: nothing is moved from the log into the file
        self._hang_up(in_order=False)
        self._checked = False

    def _hang_up(self, in_order: bool = True) -> None:
        """Close the connection; in_order: after the log has been moved into the file."""
        if self._tables and not self.memory:
            with suppress(sqlite3.Error):
                if in_order:
                    self._tables.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            with suppress(sqlite3.Error):
                self._tables.connection.close()
            self._tables = None

    # time

    def _now_ms(self) -> int:
        """The time by which things grow old: never later than the calendar, nor than what is stored lets believe.

        The calendar alone may be wrong by years: it is believed only as far as the newest point of earlier runs and the
        time since the start reach, or an exchange's own candles.
        """
        boot_s, then_ms = self._reference
        believed_ms = then_ms + round(1000 * (self._clock.boot_s() - boot_s))
        return min(self._clock.wall_ms(), max(believed_ms, self._witness_ms))

    def _keep_in_sight(self, tables: Tables, touched: Touched) -> None:
        series = tables.series(touched.exchange, touched.pair)
        width_ms = INTERVALS_MS[touched.interval]
        start_ms = chunk_start(touched.since_ms, width_ms)
        while series is not None and start_ms < touched.until_ms:
            self._looked_at[series, width_ms, start_ms] = self._clock.boot_s()
            start_ms += SPANS_MS[width_ms]


def _is_damage(error: Exception) -> bool:
    return isinstance(error, Damaged) or (isinstance(error, sqlite3.Error) and history_file.is_damage(error))


def _is_full(error: Exception) -> bool:
    """A disk that is full is seen as an input/output error, too."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO)
