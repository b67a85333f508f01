"""How the history stays small: old points live on in wider and wider candles, in small steps that can stop anywhere.

Every step is a transaction of its own and leaves nothing for another to finish: what was packed or made wider is gone
from where it was in the same moment in which it stands where it belongs.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from cryptoprices.core.candles import Candles
from cryptoprices.core.intervals import DAY_MS, HOUR_MS, INTERVALS_MS, ceil_ms, floor_ms
from cryptoprices.core.spans import Span
from cryptoprices.storage import packing
from cryptoprices.storage.history_reading import gathered
from cryptoprices.storage.history_tables import SAMPLES, SPANS_MS, Tables, transaction

PACK_AT, PACK_ROWS = 32_768, 16_384  # rows that wait at most, and how many of them are packed at once
_FREE_PAGES = 256  # pages given back to the system in one step
NEXT = {"1m": "1h", "5m": "1h", "15m": "1h", "1h": "1d", "4h": "1d"}  # finest first

Key = tuple[int, int, int]
"""Series, width in ms, start: of a chunk."""


class Retention(NamedTuple):
    """How many days each width is kept before it lives on in the next: samples, up to 15 m, up to 4 h. 1 d stays."""

    raw_days: int = 7
    minute_days: int = 90
    hour_days: int = 730


DEFAULT = Retention()


def days_of(retention: Retention, width_ms: int) -> int:
    """How many days points of this width are kept."""
    if width_ms == SAMPLES:
        return retention.raw_days
    return retention.minute_days if width_ms < HOUR_MS else retention.hour_days


class Compaction:
    """Does what is due, one step at a time. asked_for: chunks that stay as they are.

    retention: None keeps everything in its own width (rows are packed all the same).
    """

    def __init__(self, tables: Tables, retention: Retention | None, asked_for: Collection[Key]) -> None:
        self._tables = tables
        self._retention = retention
        self._asked_for = asked_for

    def steps(self, reference_ms: int) -> Iterator[None]:
        """Each `next` does one step of what is due, reference_ms being now. Raises sqlite3.Error, packing.Damaged."""
        while self._pack(reference_ms):
            yield
        if self._retention is None:
            return
        for interval in (None, *NEXT):
            width_ms = INTERVALS_MS[interval] if interval else SAMPLES
            limit_ms = reference_ms - days_of(self._retention, width_ms) * DAY_MS
            for series, start_ms in self._tables.chunks_before(width_ms, limit_ms):
                if (series, width_ms, start_ms) not in self._asked_for:
                    with transaction(self._tables.connection):
                        self._widen(series, interval, start_ms)
                    yield
        with transaction(self._tables.connection):
            self._tables.forget_gaps(reference_ms - self._retention.hour_days * DAY_MS)
        yield from self._give_back()

    def _pack(self, reference_ms: int) -> bool:
        """Pack rows if there are many or old ones; returns whether it did."""
        oldest_ms = self._tables.oldest_row_ms()
        if oldest_ms is None or (self._tables.rows() < PACK_AT and oldest_ms > reference_ms - DAY_MS):
            return False
        with transaction(self._tables.connection):
            self._tables.pack_rows(PACK_ROWS)
        return True

    def _widen(self, series: int, interval: str | None, start_ms: int) -> None:
        """A chunk becomes wider candles; interval: None of samples."""
        width_ms = INTERVALS_MS[interval] if interval else SAMPLES
        data = self._tables.chunk(series, width_ms, start_ms)
        if data is None:
            return
        if interval is None:
            self._tables.add_candles(series, "1m", Candles.of_samples(*packing.unpack_samples(data), interval="1m"))
        else:
            known = self._tables.uncover(series, interval, start_ms, start_ms + SPANS_MS[width_ms])
            wider = gathered(packing.unpack_candles(data, interval), NEXT[interval], known)
            self._tables.add_candles(series, NEXT[interval], wider)
            self._tables.cover(series, NEXT[interval], [_within(stretch, NEXT[interval]) for stretch in known])
        self._tables.remove_chunk(series, width_ms, start_ms)

    def _give_back(self) -> Iterator[None]:
        """Make the file smaller by what is free in it, but for a little that will be needed again."""
        connection = self._tables.connection
        while connection.execute("PRAGMA freelist_count").fetchone()[0] > _FREE_PAGES:
            connection.execute(f"PRAGMA incremental_vacuum({_FREE_PAGES})").fetchall()
            yield


def _within(stretch: Span, interval: str) -> Span:
    """The whole candles of this width in it."""
    return ceil_ms(stretch[0], interval), floor_ms(stretch[1], interval)
