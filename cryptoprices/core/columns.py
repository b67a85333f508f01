"""What a chart needs of a series for each column of pixels, and how it is kept while a view is moved to and fro."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

AHEAD = 64
"""Columns beside those in view that are reckoned with them when the view is moved: it will go on."""

_SAME = 1e-3  # part of a column by which one may be off and counts as the same


class Columns(NamedTuple):
    """The samples of n pixel columns, NaN where a column holds none.

    edges: (n + 1,); a column's samples are those with index edges[column] <= i < edges[column + 1]. values: (4, n),
    highest, lowest, first and last; these two are NaN also where the sample there is a gap. times: (2, n), of the first
    and the last sample.
    """

    edges: Indices
    values: Floats
    times: Floats

    @property
    def high(self) -> Floats:
        """(n,) highest values."""
        high: Floats = self.values[0]
        return high

    @property
    def low(self) -> Floats:
        """(n,) lowest values."""
        low: Floats = self.values[1]
        return low

    def part(self, start: int, stop: int) -> "Columns":
        """Those from `start` on and before `stop`."""
        return Columns(self.edges[start : stop + 1], self.values[:, start:stop], self.times[:, start:stop])

    def then(self, others: "Columns") -> "Columns":
        """These and those which follow them."""
        edges = np.concatenate([self.edges[:-1], others.edges])
        values, times = (np.hstack(both) for both in zip(self[1:], others[1:], strict=True))
        return Columns(edges, values, times)


class _Kept(NamedTuple):
    """Columns that are px_ms long, the first of them so many after the one that begins at start_ms. state: of then."""

    start_ms: float
    px_ms: float
    first: int
    columns: Columns
    state: tuple[int, int]

    @property
    def stop(self) -> int:
        return self.first + int(self.columns.values.shape[1])


Reckon = Callable[[float, float, int, int], Columns]
"""reckon(start_ms, px_ms, first, stop) -> of columns so long that begin at start_ms those first <= i < stop."""


class KnownColumns:
    """The columns that were last asked for, and some beside them."""

    def __init__(self) -> None:
        self._kept: _Kept | None = None

    def forget(self) -> None:
        """They hold no longer."""
        self._kept = None

    def asked(self, reckon: Reckon, start_ms: float, px_ms: float, width: int, state: tuple[int, int]) -> Columns:
        """So many from start_ms on. state: how many samples there are, and how often some have come or been amended."""
        kept = self._kept
        if kept and abs(px_ms - kept.px_ms) * width < _SAME * px_ms:
            by = round((start_ms - kept.start_ms) / px_ms)
            if abs(start_ms - kept.start_ms - by * px_ms) < _SAME * px_ms:
                kept = _still_true(kept, state)
                if by < kept.stop and by + width > kept.first:
                    self._kept = kept = _farther(kept, by, by + width, reckon)
                    return kept.columns.part(by - kept.first, by - kept.first + width)
        columns = reckon(start_ms, px_ms, 0, width)
        self._kept = _Kept(start_ms, px_ms, 0, columns, state)
        return columns


def _farther(kept: _Kept, start: int, stop: int, reckon: Reckon) -> _Kept:
    """So far that nothing lacks of the columns from `start` on and before `stop`."""
    most = stop - start  # so many are kept beside those in view
    if start < kept.first:
        before = reckon(kept.start_ms, kept.px_ms, start - AHEAD, kept.first)
        columns = before.then(kept.columns.part(0, max(0, min(kept.stop, stop + most) - kept.first)))
        kept = kept._replace(first=start - AHEAD, columns=columns)
    if stop > kept.stop:
        after = reckon(kept.start_ms, kept.px_ms, kept.stop, stop + AHEAD)
        first = max(kept.first, start - most)
        columns = kept.columns.part(first - kept.first, kept.stop - kept.first).then(after)
        kept = kept._replace(first=first, columns=columns)
    return kept


def _still_true(kept: _Kept, state: tuple[int, int]) -> _Kept:
    """As far as the sample before the newest: that one may have moved since, and others have come."""
    if kept.state == state:
        return kept
    settled = int(np.searchsorted(kept.columns.edges[1:], kept.state[0] - 1))
    return kept._replace(columns=kept.columns.part(0, settled), state=state)
