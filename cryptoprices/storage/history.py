"""The past in the profile: samples of every poll and stream, candles of the exchanges, times without prices.

One thread writes, everybody else puts into its queue and goes on. What a call puts is one transaction: all of it or
nothing is in the file, whenever the machine stops. Reading has connections of its own and is for worker threads.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from math import isfinite
from pathlib import Path
from threading import Event
from typing import NamedTuple, TypeVar

from cryptoprices.clock import Clock
from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.ledger import Gap
from cryptoprices.core.market import Pair
from cryptoprices.core.spans import Span
from cryptoprices.storage.backup import Tell, back_up
from cryptoprices.storage.history_file import (
    MIGRATIONS,
    closed_state,
    is_damage,
    open_for_reading,
    total_bytes,
    version_of,
)
from cryptoprices.storage.history_queue import Job, Touched
from cryptoprices.storage.history_reading import read_candles, read_heard
from cryptoprices.storage.history_tables import SampleRow, Tables, room_for, transaction
from cryptoprices.storage.history_writer import HistoryWriter
from cryptoprices.storage.packing import Damaged, Samples
from cryptoprices.storage.retention import DEFAULT, Retention

T = TypeVar("T")
log = logging.getLogger(__name__)
_FLUSH_S = 10.0
_OPENING_S = 10.0  # how long a reader waits until the writer has found out what there is
_TRIES = 4  # to read a file that somebody opens or closes at that moment


class Sample(NamedTuple):
    """A price at a moment. t_ms: wall time at which it came, Unix ms. via: "poll" or "stream", as in Quote."""

    exchange: str
    pair: Pair
    t_ms: int
    price: float
    via: str = "poll"


class History:
    """The history of a profile. Between `start` and `close` it writes; what is put before, is written then.

    notice(text): called on the writer's thread with one sentence for a person when something is the matter, with ""
    when what was said last holds no longer. retention: None keeps everything in its own width. writing: False for who
    does not hold the profile's lock: an existing file is read, nothing is made or changed, and what is put is dropped.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        notice: Callable[[str], object],
        retention: Retention | None = DEFAULT,
        writing: bool = True,
    ) -> None:
        self._path, self._clock = path, clock
        self._writer = HistoryWriter(path, clock, notice, retention) if writing else None
        self._notice = notice
        self._said = ""

    def start(self) -> None:
        """Begin to write; the file is opened, checked and if need be set aside on the writer's thread."""
        if self._writer:
            self._writer.start()

    def close(self, timeout_s: float = 1.5) -> bool:
        """Write what is left and end; what takes longer is given up. Returns whether all was written."""
        return self._writer.close(timeout_s) if self._writer else True

    @property
    def dropped(self) -> int:
        """How many samples and candles were given up because they could not be written in time."""
        return self._writer.queue.dropped if self._writer else 0

    @property
    def lasting(self) -> bool:
        """Whether what is put stays: neither paused, nor another's file, nor in memory alone."""
        return self._writer is not None and self._writer.lasting

    def put_samples(self, samples: Sequence[Sample]) -> None:
        """Keep the prices of a round."""
        rows = [
            SampleRow(exchange, pair, t_ms, price, Origin.STREAM if via == "stream" else Origin.POLL)
            for exchange, pair, t_ms, price, via in samples
            if isfinite(price)
        ]
        if rows:
            self._put(Job(lambda tables: tables.put_samples(rows), len(rows), stretch=(rows[0].t_ms, rows[-1].t_ms)))

    def put_candles(
        self, exchange: str, pair: Pair, interval: str, candles: Candles, since_ms: int, until_ms: int
    ) -> None:
        """Keep an exchange's complete candles, and that no others are in [since_ms, until_ms).

        What does not open at a multiple of the width is no such candle and is left out. Raises KeyError for what is no
        interval.
        """
        candles = candles.where(
            candles.open_ms % INTERVALS_MS[interval] == floor_ms(0, interval) % INTERVALS_MS[interval]
        )
        stretch = since_ms, until_ms
        self._put(
            Job(
                lambda tables: tables.put_candles(exchange, pair, interval, candles, stretch),
                candles=len(candles),
                touched=Touched(exchange, pair, interval, since_ms, until_ms),
                newest_ms=int(candles.open_ms[-1]) if len(candles) else None,
            )
        )

    def put_gap(self, gap: Gap) -> None:
        """Keep that there are no prices of this time."""
        self._put(Job(lambda tables: tables.put_gap(gap)))

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was put is written. False if that takes longer, or if some of it had to be dropped."""
        return self._writer.queue.flush(timeout_s) if self._writer else True

    def candles(self, exchange: str, pair: Pair, interval: str, since_ms: int, until_ms: int) -> Candles:
        """Candles that open in [since_ms, until_ms), oldest first: the exchange's own, else made of what there is.

        Made of narrower candles or of our samples they may lack a part; the last one may be running.
        """

        def read(tables: Tables, series: int) -> Candles:
            return read_candles(tables, series, interval, since_ms, until_ms)

        return self._read_series(exchange, pair, read, Candles.of(()))

    def covered(self, exchange: str, pair: Pair, interval: str, since_ms: int, until_ms: int) -> list[Span]:
        """The parts of [since_ms, until_ms) of which all of the exchange's own candles are stored, oldest first."""

        def read(tables: Tables, series: int) -> list[Span]:
            return tables.covered(series, interval, since_ms, until_ms)

        return self._read_series(exchange, pair, read, [])

    def samples(self, exchange: str, pair: Pair, since_ms: int, until_ms: int) -> Samples:
        """Times in Unix ms, prices, origins (of Origin) of [since_ms, until_ms): arrays of (n,), oldest first."""

        def read(tables: Tables, series: int) -> Samples:
            return tables.samples(series, since_ms, until_ms)

        return self._read_series(exchange, pair, read, room_for(0))

    def heard(self, exchange: str, since_ms: int, until_ms: int, longest_ms: int) -> list[Span]:
        """From when to when the exchange gave us prices of any pair, never more than longest_ms apart."""
        return self._read(lambda tables: read_heard(tables, exchange, since_ms, until_ms, longest_ms), [])

    def gaps(self, since_ms: int, until_ms: int) -> list[Gap]:
        """The times without prices that overlap [since_ms, until_ms), in order of their beginning."""
        return self._read(lambda tables: tables.gaps(since_ms, until_ms), [])

    def span_ms(self) -> Span | None:
        """Times of the oldest and of the newest point up to now, None while there is none."""
        return self._read(lambda tables: tables.bounds(self._clock.wall_ms()), None)

    def size_bytes(self) -> int:
        """What it takes on the disk, its log included."""
        return total_bytes(self._path)

    def back_up(self, target: Path, tell: Tell, stopped: Event) -> int:
        """Copy all that was put so far into a database of its own, as `backup.back_up`. Blocks; for worker threads."""
        self.flush(_FLUSH_S)
        while True:
            before = closed_state(self._path)
            size = back_up(self._opened, target, tell, stopped)
            if before is None or before == closed_state(self._path):  # else somebody began to write meanwhile
                return size

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        if self._writer and self._writer.memory:
            with self._writer.guard:
                yield self._writer.memory.connection
        else:
            with closing(open_for_reading(self._path)) as connection:
                yield connection

    def _put(self, job: Job) -> None:
        if self._writer:
            self._writer.queue.put(job)

    def _read_series(self, exchange: str, pair: Pair, read: Callable[[Tables, int], T], nothing: T) -> T:
        def read_it(tables: Tables) -> T:
            series = tables.series(exchange, pair)
            return nothing if series is None else read(tables, series)

        return self._read(read_it, nothing)

    def _read(self, read: Callable[[Tables], T], nothing: T) -> T:
        """What `read` finds in one state of the file; `nothing` where it cannot be read."""
        if self._writer:
            self._writer.opened.wait(_OPENING_S)
        try:
            if self._writer and self._writer.memory:
                with self._writer.guard:
                    return read(self._writer.memory)
            return self._read_file(read, nothing)
        except (sqlite3.Error, Damaged) as error:
            log.debug("The history could not be read", exc_info=True)
            if isinstance(error, Damaged) or is_damage(error):
                if self._writer:
                    self._writer.suspect()
                else:
                    self._say_once("The price history cannot be read; the window sets it aside when it starts.")
            return nothing

    def _read_file(self, read: Callable[[Tables], T], nothing: T) -> T:
        tries = 0
        while True:
            before = closed_state(self._path)
            try:
                found = self._read_once(read, nothing)
            except sqlite3.OperationalError as error:
                tries += 1
                if tries == _TRIES or getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_CANTOPEN:
                    raise
                continue  # the log's index has just come or gone
            if before is None or before == closed_state(self._path):  # else somebody began to write meanwhile
                return found

    def _read_once(self, read: Callable[[Tables], T], nothing: T) -> T:
        with closing(open_for_reading(self._path)) as connection, transaction(connection, "DEFERRED"):
            version = version_of(connection)
            if version != len(MIGRATIONS):
                self._say_once(f"The price history is of version {version}; this program reads {len(MIGRATIONS)}.")
                return nothing
            return read(Tables(connection))

    def _say_once(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._notice(text)
