"""A pair's candles that stay cheap to draw: beside them stand those of 4, 16, 64, … times their width.

The wider ones begin at fixed times (at multiples of their width, as intervals.py has it), never at the edge of a view:
so a merged candle is the same however the view is moved. Holes stay holes: where no candle is, none is made.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cryptoprices.core.candles import Candles
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.market import Candle

Floats = NDArray[np.float64]

_BLOCK = 4  # candles of one level that make one of the next
_LEVELS = 13  # the widest candle is 4¹² times as wide as the narrowest: 32 years of minutes
_OPEN_MS, _OPEN, _HIGH, _LOW, _CLOSE, _VOLUME = range(6)


class Merged(NamedTuple):
    """(n,) candles of one width, oldest first, ready to draw: see Candles. volume: NaN where one of them is unknown."""

    open_ms: Floats
    width_ms: float
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


class _Level:
    """Columns of candles that grow by a 32nd when they are full: an append is O(1) on the average."""

    def __init__(self, width_ms: float, rows: Floats) -> None:
        """rows: (6, n), in the order of Candle; they are kept."""
        self.width_ms = width_ms
        self._room = rows
        self.size: int = rows.shape[1]

    def append(self, row: Floats) -> None:
        if self.size == self._room.shape[1]:
            self._room = np.hstack([self._room, np.empty((6, max(16, self.size // 32)))])
        self._room[:, self.size] = row
        self.size += 1

    @property
    def rows(self) -> Floats:
        return self._room[:, : self.size]

    def column(self, which: int) -> Floats:
        column: Floats = self._room[which, : self.size]
        return column

    def at(self, t_ms: float) -> int:
        """Index of the first one that opens at or after this time."""
        return int(np.searchsorted(self.column(_OPEN_MS), t_ms))


class CandleLevels:
    """Candles of one interval at one exchange after the other, the newest of which may be running still.

    open_ms (Unix ms), open, high, low, close, volume (base currency, NaN where unknown): arrays of (n,), oldest first,
    good until the next append, not to be written to.
    """

    def __init__(self, interval: str) -> None:
        """No candles yet. Raises KeyError for what is no interval."""
        self.interval = interval
        self._offset_ms = floor_ms(0, interval)  # below zero for weeks
        # The finest level holds all candles, the others those whose time has passed; see _running.
        self._known: dict[int, Floats] = {}  # running candles that have been asked for
        self._levels = [_Level(float(INTERVALS_MS[interval] * _BLOCK**k), np.empty((6, 0))) for k in range(_LEVELS)]

    @classmethod
    def of(cls, candles: Candles, interval: str) -> "CandleLevels":
        """All at once; they are copied. Raises ValueError unless their times rise, KeyError for what is no interval."""
        levels = cls(interval)
        columns = (candles.open_ms, candles.open, candles.high, candles.low, candles.close, candles.volume)
        rows = np.array(columns, dtype=np.float64).reshape(6, -1)
        if not np.all(np.diff(rows[_OPEN_MS]) > 0):
            raise ValueError("times of candles must rise")
        levels._levels[0] = _Level(levels._levels[0].width_ms, rows)
        for k in range(1, _LEVELS):
            if rows.shape[1] < 2:  # a level that has no candle whose time has passed has none above it either
                break
            rows = levels._folded(rows, k)
            levels._levels[k] = _Level(levels._levels[k].width_ms, rows[:, :-1].copy())
        return levels

    def __len__(self) -> int:
        return self._levels[0].size

    @property
    def open_ms(self) -> Floats:
        """When they open."""
        return self._levels[0].column(_OPEN_MS)

    @property
    def open(self) -> Floats:
        """First prices."""
        return self._levels[0].column(_OPEN)

    @property
    def high(self) -> Floats:
        """Highest prices."""
        return self._levels[0].column(_HIGH)

    @property
    def low(self) -> Floats:
        """Lowest prices."""
        return self._levels[0].column(_LOW)

    @property
    def close(self) -> Floats:
        """Last prices."""
        return self._levels[0].column(_CLOSE)

    @property
    def volume(self) -> Floats:
        """In base currency, NaN where unknown."""
        return self._levels[0].column(_VOLUME)

    def append(self, candle: Candle) -> None:
        """Add the next one. Raises ValueError unless it opens later than the last one."""
        if len(self):
            newest_ms = float(self.open_ms[-1])
            if candle.open_ms <= newest_ms:
                raise ValueError(f"{candle.open_ms} is not later than {newest_ms:.0f}")
            for k in range(1, _LEVELS):
                running_ms = self._opening(newest_ms, k)
                if self._opening(candle.open_ms, k) == running_ms:
                    break
                finer = self._levels[k - 1]
                self._levels[k].append(self._folded(finer.rows[:, finer.at(running_ms) :], k)[:, 0])
        self._levels[0].append(_row(candle))
        self._known.clear()

    def amend(self, candle: Candle) -> None:
        """Put it in the place of the newest one. Raises ValueError unless that opens at the same time."""
        if not len(self) or candle.open_ms != self.open_ms[-1]:
            raise ValueError(f"{candle.open_ms} is not when the newest candle opens")
        self._levels[0].rows[:, -1] = _row(candle)
        self._known.clear()

    def width_ms(self, least_ms: float) -> float:
        """The narrowest width there is that is no less; the widest where all are."""
        least_ms *= 1 - 1e-9  # the same view moved may be a hair longer
        return next((level.width_ms for level in self._levels if level.width_ms >= least_ms), self._levels[-1].width_ms)

    def of_width(self, start_ms: float, stop_ms: float, width_ms: float) -> Merged:
        """Those of which something lies in [start_ms, stop_ms); of those that run still, what is known so far.

        Raises ValueError unless width_ms() gives this width.
        """
        k = self._index(width_ms)
        level = self._levels[k]
        rows = level.rows[:, level.at(np.nextafter(start_ms - width_ms, stop_ms)) : level.at(stop_ms)]
        if k and len(self):
            running = self._running(k)
            if start_ms - width_ms < running[_OPEN_MS, 0] < stop_ms:
                rows = np.hstack([rows, running])
        return Merged(rows[_OPEN_MS], width_ms, *rows[_OPEN:])

    def step(self, t_ms: float, by: int, width_ms: float) -> float | None:
        """When the candle of that width opens that is so many after the one that opens at t_ms, before if negative.

        The outermost where they end, None where there are none.
        """
        if not len(self):
            return None
        opens = self._levels[self._index(width_ms)].column(_OPEN_MS)
        newest_ms = float(self.opening_ms(self.open_ms[-1], width_ms))
        last = int(np.searchsorted(opens, newest_ms))
        at = min(max(int(np.searchsorted(opens, t_ms)) + by, 0), last)
        return newest_ms if at == last else float(opens[at])

    def opening_ms(self, t_ms: Any, width_ms: float) -> Any:
        """When the candle of that width opens that holds this time: of one, or of (n,)."""
        return t_ms - (t_ms - self._offset_ms) % width_ms

    def _index(self, width_ms: float) -> int:
        return [level.width_ms for level in self._levels].index(width_ms)

    def _running(self, k: int) -> Floats:
        """(6, 1): the newest candle of a level, not over yet: made of what the finer levels have since it opened."""
        if k in self._known:
            return self._known[k]
        newest_ms = self.open_ms[-1]
        finer = [(level, self._opening(newest_ms, j + 1)) for j, level in enumerate(self._levels[:k])]
        rows = np.hstack([level.rows[:, level.at(open_ms) :] for level, open_ms in reversed(finer)])
        prices = rows[_OPEN, 0], rows[_HIGH].max(), rows[_LOW].min(), rows[_CLOSE, -1]
        self._known[k] = np.array([[finer[-1][1], *prices, rows[_VOLUME].sum()]]).T
        return self._known[k]

    def _folded(self, rows: Floats, k: int) -> Floats:
        """(6, n) candles -> (6, m) candles of that level."""
        opens = self._opening(rows[_OPEN_MS], k)
        starts = np.flatnonzero(np.diff(opens, prepend=-np.inf))
        folded = np.empty((6, len(starts)))
        folded[_OPEN_MS], folded[_OPEN] = opens[starts], rows[_OPEN, starts]
        folded[_HIGH] = np.maximum.reduceat(rows[_HIGH], starts)
        folded[_LOW] = np.minimum.reduceat(rows[_LOW], starts)
        folded[_CLOSE] = rows[_CLOSE, np.append(starts[1:], rows.shape[1]) - 1]
        folded[_VOLUME] = np.add.reduceat(rows[_VOLUME], starts)
        return folded

    def _opening(self, t_ms: Any, k: int) -> Any:
        return self.opening_ms(t_ms, self._levels[k].width_ms)


def _row(candle: Candle) -> Floats:
    return np.array([*candle[:_VOLUME], np.nan if candle.volume is None else candle.volume])
