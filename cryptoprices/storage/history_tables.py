"""What is in the history's tables, how it gets there and how it is read. One connection, used by one thread at a time.

`sample` takes the newest samples as rows, in the order in which they came; `packed` holds all older ones (width 0, a
UTC day each) and all candles, in chunks that begin at multiples of a span since Monday 1970-01-05. Nothing here begins
or ends a transaction, except `transaction`.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from cryptoprices.core.candles import Candles, Floats, Times
from cryptoprices.core.intervals import DAY_MS, INTERVALS_MS
from cryptoprices.core.ledger import Gap
from cryptoprices.core.market import Pair
from cryptoprices.core.spans import Span
from cryptoprices.storage import packing
from cryptoprices.storage.packing import Samples

SCHEMA = """
CREATE TABLE series (id INTEGER PRIMARY KEY, exchange TEXT NOT NULL, pair TEXT NOT NULL, UNIQUE (exchange, pair));
CREATE TABLE sample (id INTEGER PRIMARY KEY, series INTEGER NOT NULL, t_ms INTEGER NOT NULL, price REAL NOT NULL,
                     origin INTEGER NOT NULL);
CREATE TABLE packed (id INTEGER PRIMARY KEY, series INTEGER NOT NULL, width_ms INTEGER NOT NULL,
                     start_ms INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
                     count INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE (series, width_ms, start_ms));
CREATE TABLE covered (series INTEGER NOT NULL, width_ms INTEGER NOT NULL, since_ms INTEGER NOT NULL,
                      until_ms INTEGER NOT NULL, PRIMARY KEY (series, width_ms, since_ms)) WITHOUT ROWID;
CREATE TABLE gap (id INTEGER PRIMARY KEY, exchange TEXT, since_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
                  reason TEXT NOT NULL);
CREATE INDEX gap_end ON gap (until_ms);
"""
SAMPLES = 0  # in place of a width
_WEEK_MS = 7 * DAY_MS
SPANS_MS = {
    SAMPLES: DAY_MS,
    INTERVALS_MS["1m"]: _WEEK_MS,
    INTERVALS_MS["5m"]: _WEEK_MS,
    INTERVALS_MS["15m"]: 2 * _WEEK_MS,
    INTERVALS_MS["1h"]: 8 * _WEEK_MS,
    INTERVALS_MS["4h"]: 26 * _WEEK_MS,
    INTERVALS_MS["1d"]: 1248 * _WEEK_MS,
    INTERVALS_MS["1w"]: 1248 * _WEEK_MS,
}
_FIRST_MONDAY_MS = 4 * DAY_MS


class SampleRow(NamedTuple):
    """A sample on its way into the table. origin: of Origin."""

    exchange: str
    pair: Pair
    t_ms: int
    price: float
    origin: int


@contextmanager
def transaction(connection: sqlite3.Connection, mode: str = "IMMEDIATE") -> Iterator[None]:
    """All of it or nothing. Raises sqlite3.Error; then nothing of it is stored."""
    connection.execute(f"BEGIN {mode}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def chunk_start(t_ms: int, width_ms: int) -> int:
    """Where the chunk begins that holds this time."""
    return t_ms - (t_ms - _FIRST_MONDAY_MS) % SPANS_MS[width_ms]


class Tables:
    """The tables of one connection. Reading what is damaged raises packing.Damaged."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._execute = connection.execute
        self._numbers: dict[tuple[str, Pair], int] = {}  # of series that an earlier transaction has made

    # series

    def series(self, exchange: str, pair: Pair) -> int | None:
        """The number under which a pair of an exchange is kept, None where nothing is."""
        row = self._execute("SELECT id FROM series WHERE exchange = ? AND pair = ?", (exchange, str(pair))).fetchone()
        return row and int(row[0])

    def _made_series(self, exchange: str, pair: Pair) -> int:
        key = exchange, pair
        if key in self._numbers:
            return self._numbers[key]
        found = self.series(exchange, pair)
        if found is None:
            made = self._execute("INSERT INTO series (exchange, pair) VALUES (?, ?)", (exchange, str(pair)))
            return int(made.lastrowid or 0)
        self._numbers[key] = found
        return found

    # samples

    def put_samples(self, rows: Sequence[SampleRow]) -> None:
        """Add them in this order, unless they are the newest already.

        A commit that was said to have failed may be there all the same after the file is opened anew.
        """
        numbers = {key: self._made_series(*key) for key in {(row.exchange, row.pair) for row in rows}}
        new = [(numbers[row.exchange, row.pair], row.t_ms, row.price, row.origin) for row in rows]
        last = self._execute("SELECT series, t_ms, price, origin FROM sample ORDER BY id DESC LIMIT ?", (len(new),))
        if last.fetchall() != new[::-1]:
            self.connection.executemany("INSERT INTO sample (series, t_ms, price, origin) VALUES (?, ?, ?, ?)", new)

    def samples(self, series: int, since_ms: int, until_ms: int) -> Samples:
        """Packed ones and rows together, in order of time."""
        where = (series, SAMPLES, since_ms, until_ms)
        condition = "WHERE series = ? AND width_ms = ? AND last_ms >= ? AND first_ms < ?"
        (room,) = self._execute(f"SELECT coalesce(sum(count), 0) FROM packed {condition}", where).fetchone()
        rows = self._execute(
            "SELECT t_ms, price, origin FROM sample WHERE series = ? AND t_ms >= ? AND t_ms < ? ORDER BY t_ms, id",
            (series, since_ms, until_ms),
        ).fetchall()
        whole = room_for(room + len(rows))
        size = 0
        for (data,) in self._execute(f"SELECT data FROM packed {condition} ORDER BY start_ms", where):
            part = packing.unpack_samples(data)
            start, stop = np.searchsorted(part.times_ms, [since_ms, until_ms])
            size = whole.put(size, part.taken(slice(start, stop)))
        if rows:
            size = whole.put(size, _of_rows(np.array(rows, dtype=np.float64)))
        return whole.taken(slice(size)).in_order()

    def sample_times(self, exchange: str, since_ms: int, until_ms: int) -> Times:
        """When samples of any pair of an exchange came: Unix ms in [since_ms, until_ms), rising, each once."""
        own = "series IN (SELECT id FROM series WHERE exchange = ?)"
        rows = self._execute(
            f"SELECT DISTINCT t_ms FROM sample WHERE {own} AND t_ms >= ? AND t_ms < ?", (exchange, since_ms, until_ms)
        ).fetchall()
        packed = self._execute(
            f"SELECT data FROM packed WHERE {own} AND width_ms = ? AND last_ms >= ? AND first_ms < ?",
            (exchange, SAMPLES, since_ms, until_ms),
        )
        parts = [packing.unpack_samples(data).times_ms for (data,) in packed]
        times_ms = np.unique(np.concatenate([np.array(rows, np.int64).ravel(), *parts]))
        return times_ms[slice(*np.searchsorted(times_ms, [since_ms, until_ms]))]

    def rows(self) -> int:
        """How many samples are not packed yet, about."""
        first, last = self._execute("SELECT min(id), max(id) FROM sample").fetchone()
        return 0 if first is None else last - first + 1

    def oldest_row_ms(self) -> int | None:
        """Time of the sample that has been waiting longest to be packed."""
        row = self._execute("SELECT t_ms FROM sample ORDER BY id LIMIT 1").fetchone()
        return row and int(row[0])

    def pack_rows(self, most: int) -> None:
        """Pack the oldest rows, at most so many."""
        rows = self._execute("SELECT t_ms, price, origin, series, id FROM sample ORDER BY id LIMIT ?", (most,))
        table = np.array(rows.fetchall(), dtype=np.float64)
        samples, series = _of_rows(table), table[:, 3].astype(np.int64)
        days = samples.times_ms - samples.times_ms % DAY_MS
        for number, day in sorted(set(zip(series.tolist(), days.tolist(), strict=True))):
            self.add_samples(number, day, samples.taken((series == number) & (days == day)))
        self._execute("DELETE FROM sample WHERE id <= ?", (int(table[-1, 4]),))

    def add_samples(self, series: int, day_ms: int, new: Samples) -> None:
        """Put samples of one UTC day to the packed ones."""
        old = self.chunk(series, SAMPLES, day_ms)
        if old is not None:
            was = packing.unpack_samples(old)
            whole = room_for(len(was.times_ms) + len(new.times_ms))
            whole.put(whole.put(0, was), new)
            new = whole
        new = new.in_order()
        data = packing.pack_samples(new)
        self._put_chunk(series, SAMPLES, day_ms, int(new.times_ms[0]), int(new.times_ms[-1]), len(new.times_ms), data)

    # candles

    def put_candles(self, exchange: str, pair: Pair, interval: str, candles: Candles, stretch: Span) -> None:
        """Add candles to those that are there (Candles.merged), and the stretch to what is known."""
        series = self._made_series(exchange, pair)
        self.add_candles(series, interval, candles)
        self.cover(series, interval, [stretch])

    def add_candles(self, series: int, interval: str, new: Candles) -> None:
        """Merge candles into the chunks that they belong to."""
        width_ms = INTERVALS_MS[interval]
        while len(new):
            start_ms = chunk_start(int(new.open_ms[0]), width_ms)
            stop_ms = start_ms + SPANS_MS[width_ms]
            part, new = new.between(start_ms, stop_ms), new.between(stop_ms, np.inf)
            old = self.chunk(series, width_ms, start_ms)
            if old is not None:
                part = packing.unpack_candles(old, interval).merged(part)
            first_ms, last_ms = int(part.open_ms[0]), int(part.open_ms[-1])
            data = packing.pack_candles(part, interval)
            self._put_chunk(series, width_ms, start_ms, first_ms, last_ms, len(part), data)

    def candles(self, series: int, interval: str, since_ms: int, until_ms: int) -> Candles:
        """The candles of this width that are stored and open in [since_ms, until_ms)."""
        where = (series, INTERVALS_MS[interval], since_ms, until_ms)
        condition = "WHERE series = ? AND width_ms = ? AND last_ms >= ? AND first_ms < ?"
        (room,) = self._execute(f"SELECT coalesce(sum(count), 0) FROM packed {condition}", where).fetchone()
        whole = Candles(*(np.empty(room, kind) for kind in (np.int64, *[np.float64] * 5, np.uint8)))
        size = 0
        for (data,) in self._execute(f"SELECT data FROM packed {condition} ORDER BY start_ms", where):
            part = packing.unpack_candles(data, interval)
            for name in Candles.__dataclass_fields__:
                getattr(whole, name)[size : size + len(part)] = getattr(part, name)
            size += len(part)
        return whole.between(since_ms, until_ms)

    # chunks

    def chunk(self, series: int, width_ms: int, start_ms: int) -> bytes | None:
        """The packed bytes of a chunk."""
        row = self._execute(
            "SELECT data FROM packed WHERE series = ? AND width_ms = ? AND start_ms = ?", (series, width_ms, start_ms)
        ).fetchone()
        return row and bytes(row[0])

    def chunks_before(self, width_ms: int, limit_ms: int) -> list[tuple[int, int]]:
        """(series, start) of the chunks that are over at limit_ms, oldest first."""
        return self._execute(
            "SELECT series, start_ms FROM packed WHERE width_ms = ? AND start_ms <= ? ORDER BY start_ms, series",
            (width_ms, limit_ms - SPANS_MS[width_ms]),
        ).fetchall()

    def remove_chunk(self, series: int, width_ms: int, start_ms: int) -> None:
        """Forget a chunk."""
        key = (series, width_ms, start_ms)
        self._execute("DELETE FROM packed WHERE series = ? AND width_ms = ? AND start_ms = ?", key)

    def _put_chunk(self, *row: int | bytes) -> None:
        self._execute(
            "INSERT INTO packed (series, width_ms, start_ms, first_ms, last_ms, count, data) VALUES (?,?,?,?,?,?,?)"
            " ON CONFLICT (series, width_ms, start_ms) DO UPDATE SET first_ms = excluded.first_ms,"
            " last_ms = excluded.last_ms, count = excluded.count, data = excluded.data",
            row,
        )

    def bounds(self, now_ms: int) -> Span | None:
        """Times of the oldest and the newest point, None where there is none.

        Points later than now_ms do not count: the calendar was set forth when they were written.
        """
        found = self._execute(
            "SELECT min(a), max(b) FROM (SELECT min(t_ms) a, max(t_ms) b FROM sample WHERE t_ms <= ?1 UNION ALL"
            " SELECT min(first_ms), max(min(last_ms, ?1)) FROM packed WHERE first_ms <= ?1)",
            (now_ms,),
        ).fetchone()
        return None if found[0] is None else (int(found[0]), int(found[1]))

    # what is known of candles, and of times without prices

    def cover(self, series: int, interval: str, stretches: Iterable[Span]) -> None:
        """Add stretches to what is known of an exchange's candles; those that touch become one."""
        width_ms = INTERVALS_MS[interval]
        for since_ms, until_ms in stretches:
            if since_ms >= until_ms:
                continue
            where = (series, width_ms, until_ms, since_ms)
            condition = "WHERE series = ? AND width_ms = ? AND since_ms <= ? AND until_ms >= ?"
            low, high = self._execute(f"SELECT min(since_ms), max(until_ms) FROM covered {condition}", where).fetchone()
            self._execute(f"DELETE FROM covered {condition}", where)
            whole = (since_ms, until_ms) if low is None else (min(since_ms, low), max(until_ms, high))
            self._execute("INSERT INTO covered VALUES (?, ?, ?, ?)", (series, width_ms, *whole))

    def uncover(self, series: int, interval: str, since_ms: int, until_ms: int) -> list[Span]:
        """Forget what is known of this stretch; returns what was."""
        known = self.covered(series, interval, since_ms, until_ms)
        width_ms = INTERVALS_MS[interval]
        where = (series, width_ms, until_ms, since_ms)
        condition = "WHERE series = ? AND width_ms = ? AND since_ms < ? AND until_ms > ?"
        found = self._execute(f"SELECT since_ms, until_ms FROM covered {condition}", where).fetchall()
        self._execute(f"DELETE FROM covered {condition}", where)
        for low, high in found:
            self.cover(series, interval, [(low, min(high, since_ms)), (max(low, until_ms), high)])
        return known

    def covered(self, series: int, interval: str, since_ms: int, until_ms: int) -> list[Span]:
        """The parts of this stretch of which the exchange's candles are known, oldest first."""
        rows = self._execute(
            "SELECT since_ms, until_ms FROM covered WHERE series = ? AND width_ms = ? AND since_ms < ? AND until_ms > ?"
            " ORDER BY since_ms",
            (series, INTERVALS_MS[interval], until_ms, since_ms),
        )
        return [(max(low, since_ms), min(high, until_ms)) for low, high in rows]

    def put_gap(self, gap: Gap) -> None:
        """Note a time without prices, once; one that is noted again as it has grown takes the shorter one's place."""
        same, key = "exchange IS ? AND since_ms = ? AND reason = ?", (gap.exchange, gap.since_ms, gap.reason)
        if not self._execute(f"SELECT 1 FROM gap WHERE {same} AND until_ms >= ?", (*key, gap.until_ms)).fetchone():
            self._execute(f"DELETE FROM gap WHERE {same}", key)
            self._execute("INSERT INTO gap (exchange, since_ms, until_ms, reason) VALUES (?, ?, ?, ?)", gap)

    def gaps(self, since_ms: int, until_ms: int) -> list[Gap]:
        """Those that overlap this stretch, in order of their beginning."""
        rows = self._execute(
            "SELECT exchange, since_ms, until_ms, reason FROM gap WHERE until_ms > ? AND since_ms < ?"
            " ORDER BY since_ms, id",
            (since_ms, until_ms),
        )
        return [Gap(*row) for row in rows]

    def forget_gaps_after(self, now_ms: int, reason: str) -> None:
        """Forget those with this reason that reach into the future."""
        self._execute("DELETE FROM gap WHERE until_ms > ? AND reason = ?", (now_ms, reason))

    def forget_gaps(self, before_ms: int) -> int:
        """Forget those that ended before; returns how many."""
        return self._execute("DELETE FROM gap WHERE until_ms < ?", (before_ms,)).rowcount


def room_for(count: int) -> Samples:
    """Space for so many samples."""
    return Samples(np.empty(count, np.int64), np.empty(count), np.empty(count, np.uint8))


def _of_rows(table: Floats) -> Samples:
    """Rows whose first columns are time (in ms it is exact in 53 bits), price and origin."""
    return Samples(table[:, 0].astype(np.int64), table[:, 1].copy(), table[:, 2].astype(np.uint8))
