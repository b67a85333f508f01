"""Candles in columns: what the store keeps, charts draw and comparisons reckon with. No holes are filled in here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryptoprices.core.intervals import INTERVALS_MS, ceil_ms, floor_ms
from cryptoprices.core.market import Candle

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


class Origin(IntEnum):
    """Where a point came from. In the same place the greater one wins: the exchange's own candle is the best."""

    POLL = 1  # our own samples, at least one of them a poll's
    STREAM = 2  # our own samples, all of them a stream's
    BACKFILL = 3  # the exchange's own candle


@dataclass(frozen=True, eq=False, slots=True)
class Candles:
    """(n,) arrays, oldest first, each open_ms once. volume: base currency, NaN where unknown. origin: of Origin."""

    open_ms: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    origin: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.open_ms)

    @classmethod
    def of(cls, rows: Iterable[Candle], origin: Origin = Origin.BACKFILL) -> "Candles":
        """Columns of rows, which come oldest first and each open_ms once."""
        table = np.array([(*row[:5], np.nan if row.volume is None else row.volume) for row in rows], dtype=np.float64)
        open_ms, open_, high, low, close, volume = table.reshape(-1, 6).T
        origins = np.full(len(table), origin, dtype=np.uint8)
        return cls(open_ms.astype(np.int64), open_, high, low, close, volume, origins)

    @classmethod
    def of_samples(cls, times_ms: Times, prices: Floats, origins: NDArray[np.uint8], interval: str) -> "Candles":
        """Candles of samples (oldest first): without volume. The last one may be running still."""
        if not len(times_ms):
            return cls.of(())
        points = cls(times_ms, prices, prices, prices, prices, np.full(len(times_ms), np.nan), origins)
        return points.gathered(interval)

    def rows(self) -> list[Candle]:
        """The same one by one."""
        columns = (self.open_ms, self.open, self.high, self.low, self.close, self.volume)
        rows = map(Candle._make, zip(*(column.tolist() for column in columns), strict=True))
        return [row._replace(volume=None) if row.volume != row.volume else row for row in rows]  # NaN is not itself

    def between(self, since_ms: float, until_ms: float) -> "Candles":
        """Those that open at since_ms or later and before until_ms."""
        start, stop = np.searchsorted(self.open_ms, [since_ms, until_ms])
        return self._each(lambda column: column[start:stop])

    def where(self, wanted: NDArray[np.bool_]) -> "Candles":
        """Those that are wanted, (n,) of True or False."""
        return self if wanted.all() else self._each(lambda column: column[wanted])

    def of_origin(self, origin: Origin) -> "Candles":
        """Those that came from there."""
        return self.where(self.origin == origin)

    def merged(self, other: "Candles") -> "Candles":
        """Both together; where both have a candle that of the greater origin stays, `other`'s if they are equal."""
        if not len(self) or not len(other):
            return other if not len(self) else self
        both = Candles(*(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)))
        order = np.lexsort((np.arange(len(both)), both.origin, both.open_ms))
        last = np.append(np.diff(both.open_ms[order]) != 0, True)
        return both._each(lambda column: column[order[last]])

    def gathered(self, interval: str) -> "Candles":
        """Candles of a greater width. Times of day and weeks as in intervals.py; the ends may be incomplete.

        volume: the sum, NaN where one of them is unknown. origin: the least of their parts.
        """
        if not len(self):
            return self
        offset_ms = floor_ms(0, interval)  # below zero for weeks
        slots = (self.open_ms - offset_ms) // INTERVALS_MS[interval]
        starts = np.flatnonzero(np.append(True, np.diff(slots) != 0))
        stops = np.append(starts[1:], len(self)) - 1
        return Candles(
            slots[starts] * INTERVALS_MS[interval] + offset_ms,
            self.open[starts],
            np.maximum.reduceat(self.high, starts),
            np.minimum.reduceat(self.low, starts),
            self.close[stops],
            np.add.reduceat(self.volume, starts),
            np.minimum.reduceat(self.origin, starts),
        )

    def holes(self, interval: str, since_ms: int, until_ms: int) -> list[tuple[int, int]]:
        """The stretches [from, to) of Unix ms, oldest first, in which candles of this width are missing."""
        width_ms = INTERVALS_MS[interval]
        first, stop = ceil_ms(since_ms, interval), ceil_ms(until_ms, interval)
        times = self.between(first, stop).open_ms
        edges = np.concatenate([[first - width_ms], times, [stop]])
        (before,) = np.nonzero(np.diff(edges) > width_ms)
        return [(int(edges[i]) + width_ms, int(edges[i + 1])) for i in before]

    def _each(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> "Candles":
        return Candles(*(change(getattr(self, f.name)) for f in fields(self)))
