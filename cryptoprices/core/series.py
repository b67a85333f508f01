"""Growing time series that stay cheap to draw: with the samples grow the minima and maxima of blocks of 4, 16, 64, …

What a chart needs of a pixel column is its first, last, lowest and highest value (M4: Jugel et al., "M4: A
Visualization-Oriented Time Series Data Aggregation", PVLDB 7(10), 2014). With the blocks that costs the same for a
hundred samples and for ten million.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cryptoprices.core.columns import Columns, KnownColumns

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_BLOCK = 4  # samples of one level that make one of the next
_LITTLE = 2048  # samples that are read through faster than the next level is looked at
_FEW, _FEW_EACH = 65_536, 128  # samples or blocks, in all and of a column, that are read through in no time


class _Growing:
    """An array that grows by a 32nd when it is full: an append is O(1) on the average, and little room is idle."""

    def __init__(self, values: Floats | None = None) -> None:
        self._take(np.empty(0) if values is None else values)

    def _take(self, values: Floats) -> None:
        """Copy them, and leave room for more: else the first append would copy them once more."""
        self.size: int = len(values)
        self._room = np.empty(self.size + max(64, self.size // 32))
        self._room[: self.size] = values

    def append(self, value: float) -> None:
        if self.size == len(self._room):
            self._take(self._room)
        self._room[self.size] = value
        self.size += 1

    @property
    def array(self) -> Floats:
        return self._room[: self.size]


class Series:
    """Values over time, oldest first. A value of NaN is a gap: nothing is known from there to the next value."""

    def __init__(self) -> None:
        self._times = _Growing()
        self._values = _Growing()
        self._gaps = _Growing()  # indices of values that are NaN
        self._changes = 0  # how often samples have come or been amended
        self._known_columns = KnownColumns()
        self._levels: list[
            tuple[_Growing, _Growing]
        ] = []  # lowest and highest of each whole block, coarser and coarser

    @classmethod
    def of(cls, times_ms: Floats, values: Floats) -> "Series":
        """All at once: (n,) rising times and their values, which are copied. Raises ValueError unless they rise."""
        times, found = np.asarray(times_ms, dtype=np.float64), np.asarray(values, dtype=np.float64)
        if len(times) != len(found) or not np.all(np.diff(times) > 0):
            raise ValueError("times must rise, one for each value")
        series = cls()
        series._times, series._values = _Growing(times), _Growing(found)
        series._gaps = _Growing(np.flatnonzero(np.isnan(found)).astype(np.float64))
        lows = highs = found
        while blocks := len(lows) // _BLOCK:
            lows = np.fmin.reduce(lows[: blocks * _BLOCK].reshape(-1, _BLOCK), axis=1)
            highs = np.fmax.reduce(highs[: blocks * _BLOCK].reshape(-1, _BLOCK), axis=1)
            series._levels.append((_Growing(lows), _Growing(highs)))
        return series

    def __len__(self) -> int:
        return self._times.size

    @property
    def times(self) -> Floats:
        """(n,) Unix ms, rising. Good until the next append; not to be written to."""
        return self._times.array

    @property
    def values(self) -> Floats:
        """(n,) values, NaN where a gap begins. Good until the next append; not to be written to."""
        return self._values.array

    def append(self, t_ms: float, value: float) -> None:
        """Add a sample, NaN for a gap. Raises ValueError unless it is later than the last one."""
        if len(self) and t_ms <= self.times[-1]:
            raise ValueError(f"{t_ms} is not later than {self.times[-1]}")
        if np.isnan(value):
            self._gaps.append(len(self))
        self._changes += 1
        self._times.append(t_ms)
        self._values.append(value)
        for (low, high), lowest, highest in self._ending_blocks():
            low.append(lowest)
            high.append(highest)

    def amend(self, t_ms: float, value: float) -> None:
        """Put another sample in the place of the newest. Raises ValueError unless it is later than the one before."""
        if not len(self) or (len(self) > 1 and t_ms <= self.times[-2]):
            raise ValueError(f"{t_ms} is not later than what stands before it")
        if np.isnan(self.values[-1]):
            self._gaps.size -= 1
        if np.isnan(value):
            self._gaps.append(len(self) - 1)
        self._changes += 1
        self.times[-1], self.values[-1] = t_ms, value
        for (low, high), lowest, highest in self._ending_blocks():
            low.array[-1], high.array[-1] = lowest, highest

    def _ending_blocks(self) -> Iterator[tuple[tuple[_Growing, _Growing], float, float]]:
        """Each level whose last block ends with the newest sample, and what that block's lowest and highest are."""
        blocks, lows, highs, level = len(self), self._values, self._values, 0
        while blocks % _BLOCK == 0:
            if level == len(self._levels):
                self._levels.append((_Growing(), _Growing()))
            low, high = self._levels[level]
            yield (low, high), float(np.fmin.reduce(lows.array[-_BLOCK:])), float(np.fmax.reduce(highs.array[-_BLOCK:]))
            blocks, lows, highs, level = blocks // _BLOCK, low, high, level + 1

    def shift(self, by_ms: float) -> None:
        """Move all times, after the machine's calendar was set anew."""
        self.times[:] += by_ms
        self._known_columns.forget()

    def index(self, t_ms: float) -> int:
        """Index of the first sample at or after this time; n where there is none."""
        return int(np.searchsorted(self.times, t_ms))

    def nearest(self, t_ms: float) -> int | None:
        """Index of the sample nearest in time, None where there is none."""
        after = self.index(t_ms)
        around = [i for i in (after - 1, after) if 0 <= i < len(self)]
        return min(around, key=lambda i: abs(float(self.times[i]) - t_ms), default=None)

    def at(self, t_ms: float) -> float | None:
        """The value of exactly this time, None where there is none."""
        i = self.index(t_ms)
        known = i < len(self) and self.times[i] == t_ms and not np.isnan(self.values[i])
        return float(self.values[i]) if known else None

    def step(self, t_ms: float, by: int) -> float | None:
        """Time of the sample so many after that of this time, before if negative; the outermost where they end."""
        at = min(max(self.index(t_ms) + by, 0), len(self) - 1)
        return float(self.times[at]) if len(self) else None

    def known(self, start: int, stop: int) -> int:
        """How many of the samples with index start <= i < stop have a value."""
        first, last = np.searchsorted(self._gaps.array, [start, stop])
        return stop - start - int(last - first)

    def first_known(self, from_ms: float) -> float | None:
        """Time of the first value at or after from_ms that is no gap, None where there is none."""
        at = self.index(from_ms)
        while at < len(self):
            part = np.flatnonzero(~np.isnan(self.values[at : at + 64]))
            if len(part):
                return float(self.times[at + part[0]])
            at += 64
        return None

    def extremes(self, start_ms: float, stop_ms: float) -> tuple[float, float] | None:
        """Lowest and highest value with start_ms <= time <= stop_ms, None where there is no value."""
        start, stop = self.index(start_ms), int(np.searchsorted(self.times, stop_ms, side="right"))
        lows = highs = self.values
        low: list[Floats] = []
        high: list[Floats] = []
        for coarser_lows, coarser_highs in self._levels:
            if stop - start <= _LITTLE:
                break
            first, last = -(-start // _BLOCK), stop // _BLOCK
            for ends in (slice(start, first * _BLOCK), slice(last * _BLOCK, stop)):
                low.append(lows[ends])
                high.append(highs[ends])
            start, stop, lows, highs = first, last, coarser_lows.array, coarser_highs.array
        lowest = np.fmin.reduce(np.concatenate([*low, lows[start:stop]]), initial=np.nan)
        highest = np.fmax.reduce(np.concatenate([*high, highs[start:stop]]), initial=np.nan)
        return None if np.isnan(lowest) else (float(lowest), float(highest))

    def columns(self, start_ms: float, stop_ms: float, width: int, first: int = 0) -> Columns:
        """The samples of [start_ms, stop_ms) in `width` columns of equal duration: exact, however many they are.

        first: the columns before this one are left out. Whoever asks again a whole number of columns earlier or later,
        as a mouse pans, gets those that are known already. Not to be written to.
        """
        px_ms = (stop_ms - start_ms) / width
        if first:
            return self._columns(start_ms, px_ms, first, width)
        return self._known_columns.asked(self._columns, start_ms, px_ms, width, (len(self), self._changes))

    def _columns(self, start_ms: float, px_ms: float, first: int, stop: int) -> Columns:
        """Those from `first` on and before `stop`, reckoned anew."""
        edges = self._indices(start_ms + px_ms * np.arange(first, stop + 1, dtype=np.float64))
        values, times = np.full((4, stop - first), np.nan), np.full((2, stop - first), np.nan)
        values[1], values[0] = self._extremes(edges)
        begin, end = edges[:-1], edges[1:] - 1
        some = begin <= end
        filled = slice(None) if some.all() else some
        for place, at in enumerate((begin[filled], end[filled])):
            values[2 + place, filled], times[place, filled] = self.values[at], self.times[at]
        return Columns(edges, values, times)

    def _indices(self, t_ms: Floats) -> Indices:
        """As `index`, of (n,) rising times.

        Samples come at nearly equal steps: where one must be is reckoned, by the whole stretch and then by the step
        there. That reads far less memory than a search, which only those times are left to that are not found so.
        """
        times = self.times
        first, last = np.searchsorted(times, t_ms[[0, -1]])
        if last - first <= max(_FEW, len(t_ms)):
            return np.searchsorted(times, t_ms)
        start, stop = float(times[first]), float(times[last - 1])
        at: Indices = np.rint(first + (t_ms - start) * ((last - 1 - first) / (stop - start))).astype(np.intp)
        for _ in range(2):
            at = np.minimum(np.maximum(at, 1), len(times) - 1)
            after = times[at]
            at += np.ceil((t_ms - after) / (after - times[at - 1])).astype(np.intp)
        at = np.minimum(np.maximum(at, first), last)
        missed = ~((times[at - 1] < t_ms) & (t_ms <= times[np.minimum(at, len(times) - 1)]))
        at[missed] = np.searchsorted(times, t_ms[missed])
        return at

    def _extremes(self, edges: Indices) -> tuple[Floats, Floats]:
        """(m + 1,) indices that rise -> (m,) lowest and highest value between each and the next, NaN where none is.

        First the blocks that lie in these ranges as a whole, so wide that they are few. Then those that edges cut:
        where one reaches farther than what is known of the ranges beside it, the finer ones in it, down to the samples.
        """
        low, high = np.full((2, len(edges) + 1), np.nan)  # with what is before the first and after the last
        low[[0, -1]], high[[0, -1]] = -np.inf, np.inf
        levels, depth = [(self._values, self._values), *self._levels], 0
        while depth + 1 < len(levels) and (edges[-1] - edges[0]) // _BLOCK**depth > max(_FEW, _FEW_EACH * len(low)):
            depth += 1
        size, whole = _BLOCK**depth, levels[depth][0].size * _BLOCK**depth
        within = np.minimum(edges, whole)
        self._widen(low, high, depth, -(-within[:-1] // size), within[1:] // size)
        if whole < edges[-1]:  # the newest samples, which are no whole block yet
            later = np.maximum(edges, whole)
            self._widen(low, high, 0, later[:-1], later[1:])
        (cut,) = np.nonzero(within % size)
        around = np.concatenate([within[:1], within, within[-1:]])
        while depth:
            blocks, (lows, highs) = within[cut] // size, (both.array for both in levels[depth])
            near = lows[blocks] >= np.maximum(low[cut], low[cut + 1])
            near &= highs[blocks] <= np.minimum(high[cut], high[cut + 1])
            cut, blocks = cut[~near], blocks[~near]
            finer = max(0, depth - 2)
            size, fan, depth = _BLOCK**finer, _BLOCK ** (depth - finer), finer
            parts = fan * blocks + np.arange(fan)[:, np.newaxis]
            lows, highs = (both.array[parts] for both in levels[depth])
            begin, end = parts * size, (parts + 1) * size
            edge = within[cut]
            left = (begin >= around[cut]) & (end <= edge)
            right = (begin >= edge) & (end <= around[cut + 2])
            for ranges, parted in ((cut, left), (cut + 1, right)):
                low[ranges] = np.fmin(low[ranges], np.fmin.reduce(np.where(parted, lows, np.nan)))
                high[ranges] = np.fmax(high[ranges], np.fmax.reduce(np.where(parted, highs, np.nan)))
            cut = cut[edge % size > 0]
        return low[1:-1], high[1:-1]

    def _widen(self, low: Floats, high: Floats, depth: int, start: Indices, stop: Indices) -> None:
        """Take the blocks start <= i < stop of this depth into account; low and high begin one earlier than these."""
        (which,) = np.nonzero(start < stop)
        if len(which):
            blocks = self._levels[depth - 1] if depth else (self._values, self._values)
            at, step = start[which], 1
            if depth:  # a block that an edge cuts is between
                at, step = np.column_stack([at, stop[which]]).ravel()[:-1], 2
            lows, highs = (both.array[: stop[which[-1]]] for both in blocks)
            which += 1
            low[which] = np.fmin(low[which], np.fmin.reduceat(lows, at)[::step])
            high[which] = np.fmax(high[which], np.fmax.reduceat(highs, at)[::step])


def common_start(series: Sequence[Series], from_ms: float) -> float | None:
    """Time of the first moment at or after `from_ms` in which all of them have a value, None where there is none."""
    while True:
        starts = [one.first_known(from_ms) for one in series]
        if any(start is None for start in starts):
            return None
        latest = max(start for start in starts if start is not None)
        if all(start == latest for start in starts):
            return latest
        from_ms = latest
