"""The chart in numbers: a row a bar, a column for all that is drawn. For a table, and for CSV."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cryptoprices.core.candles import Candles, Origin, Times
from cryptoprices.core.export import plain_number
from cryptoprices.core.formatting import UNKNOWN, change_text
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.market import Pair
from cryptoprices.core.series import Floats
from cryptoprices.core.spans import Stretch
from cryptoprices.core.studies import Unit
from cryptoprices.ui.chart.layer import Column, Layer, Tabular
from cryptoprices.ui.chart.pane import Pane
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.chart.shown import LIVE, VIA, Shown

Codes = NDArray[np.int64]
_AT_ONCE = 4096  # rows held as Python objects at a time


class Words(NamedTuple):
    """A column of words: (n,) indices into `words`, in which "" stands for unknown."""

    name: str
    codes: Codes
    words: tuple[str, ...]

    @property
    def head(self) -> str:
        """What stands over it."""
        return self.name

    def text(self, row: int) -> str:
        """As a person reads it."""
        return self.words[self.codes[row]] or UNKNOWN

    def fields(self, rows: slice) -> list[str]:
        """As CSV has them."""
        return [self.words[code] for code in self.codes[rows].tolist()]


class Numbers(NamedTuple):
    """A column of numbers: (n,) values, NaN for unknown. unit: "USD", "%", or ""."""

    name: str
    values: Floats
    written: Callable[[float], str]
    unit: str = ""

    @property
    def head(self) -> str:
        """What stands over it: with the unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def text(self, row: int) -> str:
        """As a person reads it."""
        value = float(self.values[row])
        return UNKNOWN if np.isnan(value) else self.written(value)

    def fields(self, rows: slice) -> list[str]:
        """As CSV has them."""
        return [plain_number(value) or "" for value in self.values[rows].tolist()]


class Sheet(NamedTuple):
    """slots: (n,) names of the rows' bars, rising: when each opens. t_ms: (n,) of the chart's samples, Unix ms."""

    slots: Floats
    t_ms: Floats
    columns: tuple[Words | Numbers, ...]

    def between(self, start_ms: float, stop_ms: float) -> "Sheet":
        """The rows whose samples are in [start_ms, stop_ms]."""
        return self.rows(np.flatnonzero((self.t_ms >= start_ms) & (self.t_ms <= stop_ms)))

    def row_at(self, t_ms: float) -> int:
        """Of the sample nearest to this time."""
        after = int(np.searchsorted(self.t_ms, t_ms))
        around = [at for at in (after - 1, after) if 0 <= at < len(self.t_ms)]
        return min(around, key=lambda at: abs(float(self.t_ms[at]) - t_ms), default=-1)

    def row_of(self, slot: float) -> int:
        """Of this bar, or of the next one there is."""
        return min(int(np.searchsorted(self.slots, slot)), len(self.slots) - 1)

    def begins_as(self, other: "Sheet") -> bool:
        """Whether its first rows are of the bars of that one."""
        return np.array_equal(self.slots[: len(other.slots)], other.slots)

    def rows(self, wanted: NDArray[np.intp] | list[int]) -> "Sheet":
        """These rows, copied."""
        columns = (
            one._replace(codes=one.codes[wanted]) if isinstance(one, Words) else one._replace(values=one.values[wanted])
            for one in self.columns
        )
        return Sheet(self.slots[wanted], self.t_ms[wanted], tuple(columns))

    def csv(self) -> Iterator[str]:
        """The head with units, then a line a row, without line ends: exact, plain digits. Unknown is empty."""
        yield ",".join(["time", *(one.head for one in self.columns)])
        for start in range(0, len(self.t_ms), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            moments = self.t_ms[part].astype(np.int64).astype("datetime64[ms]").astype(str).tolist()
            fields = (one.fields(part) for one in self.columns)
            yield from (",".join(row) for row in zip((f"{moment}Z" for moment in moments), *fields, strict=True))


def drawn_sheet(panes: Iterable[Pane], interval: str | None) -> Sheet | None:
    """All that is drawn in these panes, the main one first; a row wherever that has a sample. None where it is empty.

    interval: the bars' width, None for polls, which have none.
    """
    main, *lower = panes
    own = _columns(main.layers, interval)
    slots = np.unique(np.concatenate([one.slots for one in own])) if own else np.empty(0)
    if not len(slots):
        return None
    first = own[0]
    t_ms = slots if first.column.opens or interval is None else slots + INTERVALS_MS[interval]
    at, there = _places(first.slots, slots)
    t_ms = np.where(there, first.column.times[at], t_ms)  # of the running bar when its newest price came
    others = [layer for pane in (main, *lower) for layer in pane.drawn[len(main.layers) * (pane is main) :]]
    return Sheet(slots, t_ms, tuple(one.aligned(slots) for one in [*own, *_columns(others, interval)]))


def bars_sheet(shown: Shown, pair: Pair, panes: Iterable[Pane], opens: bool) -> Sheet | None:
    """A pair's bars, whose each is and how it came, and what else is drawn in the panes; None while there are none.

    opens: the chart's samples are at the times at which bars open, else end.
    """
    timeline, scale = shown.timeline, shown.price_scale(pair)
    bars, strand = timeline.bars(pair), timeline.strand(pair)
    if bars is None or strand is None or not len(bars.candles):
        return None
    candles, unit = bars.candles, unit_of(scale)
    slots = candles.open_ms.copy()
    ends = slots + INTERVALS_MS[bars.interval]
    if bars.running:
        ends[-1] = bars.series.times[-1]
    prices = zip(
        ("Open", "High", "Low", "Close"), (candles.open, candles.high, candles.low, candles.close), strict=True
    )
    columns: list[Words | Numbers] = [Numbers(name, values.copy(), scale.text, unit) for name, values in prices]
    change = (candles.close / candles.open - 1.0) * 100.0
    columns += [
        Numbers("Volume", candles.volume.copy(), Scale(unit=Unit.VOLUME).text, pair.base),
        Numbers("Change", change, change_text, "%"),
        _exchanges(strand.stretches, strand.whose, slots, ends, shown.title),
        _origins(strand.candles(), slots, bars.running is not None),
    ]
    own = {"Volume", pair.base, *(f"{pair.base} {word}" for word in ("open", "high", "low", "close"))}
    drawn = _columns([layer for pane in panes for layer in pane.drawn], bars.interval)
    columns += [one.aligned(slots) for one in drawn if one.column.name not in own]
    return Sheet(slots, slots if opens else ends, tuple(columns))


def unit_of(scale: Scale) -> str:
    """What its values are counted in: "USD", "%", or "" for what is a number."""
    return scale.currency if scale.unit is Unit.PRICE else "%" if scale.unit is Unit.PERCENT else ""


class _Slotted(NamedTuple):
    """A layer's column without gaps, and the bars that its samples belong to."""

    column: Column
    slots: Floats

    def aligned(self, slots: Floats) -> Numbers:
        """In the rows of these bars."""
        at, there = _places(self.slots, slots)
        values = np.where(there, self.column.values[at], np.nan)
        return Numbers(self.column.name, values, self.column.scale.text, unit_of(self.column.scale))


def _columns(layers: Sequence[Layer], interval: str | None) -> list[_Slotted]:
    found = chain.from_iterable(layer.columns() for layer in layers if isinstance(layer, Tabular))
    known = ((one, ~np.isnan(one.values)) for one in found)
    some = (one._replace(times=one.times[where], values=one.values[where]) for one, where in known if where.any())
    return [_Slotted(one, _slots(one, interval)) for one in some]


def _slots(column: Column, interval: str | None) -> Floats:
    """When the bars open that the samples belong to."""
    if interval is None:
        return column.times
    t_ms = column.times if column.opens else np.ceil(column.times) - 1.0
    slots: Floats = t_ms - (t_ms - floor_ms(0, interval)) % INTERVALS_MS[interval]
    return slots


def _places(there: Floats | Times, wanted: Floats) -> tuple[Codes, NDArray[np.bool_]]:
    """Where in rising times those are that are wanted, and whether they are there at all."""
    at = np.minimum(np.searchsorted(there, wanted), len(there) - 1)
    return at, there[at] == wanted


def _exchanges(
    stretches: Sequence[Stretch],
    whose: Callable[[float], str],
    slots: Floats,
    ends: Floats,
    title: Callable[[str], str],
) -> Words:
    """Whose each bar is. whose(end_ms): of what is in no stretch, because we heard it ourselves."""
    codes = np.zeros(len(slots), dtype=np.int64)
    names = [""]

    def code(name: str) -> int:
        if name not in names:
            names.append(name)
        return names.index(name)

    for since_ms, until_ms, name in stretches:
        first, stop = np.searchsorted(slots, [since_ms, until_ms])
        codes[first:stop] = code(name)
    for row in np.flatnonzero(codes == 0).tolist():
        codes[row] = code(whose(float(ends[row])))
    return Words("Exchange", codes, tuple(title(name) if name else "" for name in names))


def _origins(candles: Candles, slots: Floats, runs: bool) -> Words:
    """How each bar came. candles: those that have ended."""
    codes = np.zeros(len(slots), dtype=np.int64)
    if len(candles):
        at, there = _places(candles.open_ms, slots)
        codes = np.where(there, candles.origin[at].astype(np.int64), 0)
    if runs:
        codes[-1] = len(VIA) + 1
    return Words("Via", codes, ("", *(VIA[origin] for origin in sorted(Origin)), LIVE))
