"""Columns of numbers packed small and read fast: what the history keeps of candles and of older samples.

Decimal digits that a binary float holds exactly (x * 10**d rounded, divided again, gives the same 64 bits) are kept as
whole numbers, everything else as the float's own bits: what is read is bit for bit what was written. Prices are
differences to the price before; the bytes of equal weight lie side by side, where zlib finds that most of the high ones
are the same (noise in the low ones is stored as it is). A check sum goes before it all.
"""

import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cryptoprices.core.candles import Candles, Floats, Times
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms

Ints = NDArray[np.int64]
Origins = NDArray[np.uint8]
T = TypeVar("T")
_BITS = 255  # in place of the number of decimals: the floats' own bits
_MOST_DECIMALS = 15
_EXACT = 2.0**53
_HEAD = struct.Struct("<IBI")  # check sum of the rest, format, number of rows
_COLUMN = struct.Struct("<qB")  # middle value, number of byte planes
_PLANE = struct.Struct("<IB")  # length, whether it is compressed
_LEVEL = 6
_FORMAT = 1


class Samples(NamedTuple):
    """Prices over time: arrays of (n,). times_ms: Unix ms. origins: of Origin."""

    times_ms: Times
    prices: Floats
    origins: Origins

    def in_order(self) -> "Samples":
        """Oldest first; of the same time in the order in which they were."""
        if not (self.times_ms[1:] < self.times_ms[:-1]).any():
            return self
        return self.taken(np.argsort(self.times_ms, kind="stable"))

    def taken(self, which: "NDArray[np.intp] | NDArray[np.bool_] | slice") -> "Samples":
        """Those of these indices."""
        return Samples(self.times_ms[which], self.prices[which], self.origins[which])

    def put(self, at: int, part: "Samples") -> int:
        """Copy a part into this place; returns where the next one goes."""
        stop = at + len(part.times_ms)
        self.times_ms[at:stop], self.prices[at:stop], self.origins[at:stop] = part
        return stop


class Damaged(Exception):
    """These bytes are not what was packed."""


def pack_candles(candles: Candles, interval: str) -> bytes:
    """Candles of one width, which all open at multiples of it. At least one."""
    decimals, (open_, high, low, close) = _whole(candles.open, candles.high, candles.low, candles.close)
    volume_decimals, (volume,) = _whole(np.nan_to_num(candles.volume, nan=0.0, posinf=np.inf, neginf=-np.inf))
    before = np.concatenate([open_[:1], close[:-1]])
    slots = (candles.open_ms - floor_ms(0, interval)) // INTERVALS_MS[interval]
    body = [
        struct.pack("<BB", decimals, volume_decimals),
        *_walk(slots),
        struct.pack("<q", int(open_[0])),
        *map(_pack, (open_ - before, close - open_, high - np.maximum(open_, close), np.minimum(open_, close) - low)),
        _pack(volume),
        _pack(np.isnan(candles.volume).astype(np.int64)),
        _pack(candles.origin.astype(np.int64)),
    ]
    return _sealed(len(candles), b"".join(body))


def unpack_candles(data: bytes, interval: str) -> Candles:
    """What pack_candles made these bytes of. Raises Damaged."""
    return _opened(data, lambda reader: _candles(reader, interval))


def pack_samples(samples: Samples) -> bytes:
    """Samples in order of time. At least one."""
    times, prices, origins = samples
    decimals, (whole,) = _whole(prices)
    body = [struct.pack("<B", decimals), *_walk(times), *_walk(whole), _pack(origins.astype(np.int64))]
    return _sealed(len(times), b"".join(body))


def unpack_samples(data: bytes) -> Samples:
    """What pack_samples made these bytes of. Raises Damaged."""
    return _opened(data, _samples)


def is_sound(data: bytes) -> bool:
    """Whether these bytes are as they were packed."""
    return len(data) >= _HEAD.size and _HEAD.unpack_from(data)[:2] == (zlib.crc32(data[4:]), _FORMAT)


class _Reader:
    """Goes through packed bytes; every column has `count` rows."""

    def __init__(self, data: bytes, count: int) -> None:
        self._data, self._at, self.count = data, _HEAD.size, count

    def numbers(self, form: struct.Struct) -> tuple[int, ...]:
        found = form.unpack_from(self._data, self._at)
        self._at += form.size
        return found

    def column(self) -> Ints:
        """What _pack was given."""
        middle, planes = self.numbers(_COLUMN)
        if not planes:
            return np.full(self.count, middle, dtype=np.int64)
        size = next(size for size in (1, 2, 4, 8) if size >= planes)
        table = np.zeros((self.count, size), dtype=np.uint8)
        for plane in range(planes):
            table[:, plane] = np.frombuffer(self._plane(), dtype=np.uint8)
        folded = table.view(f"<u{size}").ravel().astype(np.int64)
        sign = folded & 1
        folded >>= 1
        folded &= np.int64(2**63 - 1)  # the shift copied the topmost bit
        np.negative(sign, out=sign)
        folded ^= sign
        folded += middle
        return folded

    def walk(self) -> Ints:
        """What _walk was given."""
        (first,) = self.numbers(_FIRST)
        steps = self.column()
        np.cumsum(steps, out=steps)
        steps += first
        return steps

    def _plane(self) -> bytes:
        length, packed = self.numbers(_PLANE)
        plane = self._data[self._at : self._at + length]
        self._at += length
        return zlib.decompress(plane) if packed else plane


_FIRST = struct.Struct("<q")
_DECIMALS = struct.Struct("<B")


def _candles(reader: _Reader, interval: str) -> Candles:
    (decimals,), (volume_decimals,) = reader.numbers(_DECIMALS), reader.numbers(_DECIMALS)
    open_ms = reader.walk() * INTERVALS_MS[interval] + floor_ms(0, interval)
    (first,) = reader.numbers(_FIRST)
    leap, body = reader.column(), reader.column()
    leap += body
    close = np.cumsum(leap, out=leap)
    close += first
    open_ = close - body
    high = np.maximum(open_, close)
    high += reader.column()
    low = np.minimum(open_, close)
    low -= reader.column()
    volume = _floats(reader.column(), volume_decimals)
    volume[reader.column() != 0] = np.nan
    origin = reader.column().astype(np.uint8)
    prices = [_floats(column, decimals) for column in (open_, high, low, close)]
    return Candles(open_ms, prices[0], prices[1], prices[2], prices[3], volume, origin)


def _samples(reader: _Reader) -> Samples:
    (decimals,) = reader.numbers(_DECIMALS)
    return Samples(reader.walk(), _floats(reader.walk(), decimals), reader.column().astype(np.uint8))


def _opened(data: bytes, read: Callable[[_Reader], T]) -> T:
    if not is_sound(data):
        raise Damaged
    return read(_Reader(data, _HEAD.unpack_from(data)[2]))


def _sealed(count: int, body: bytes) -> bytes:
    rest = struct.pack("<BI", _FORMAT, count) + body
    return struct.pack("<I", zlib.crc32(rest)) + rest


def _walk(values: Ints) -> list[bytes]:
    """The first value and the steps from one to the next."""
    return [_FIRST.pack(int(values[0])), _pack(np.diff(values, prepend=values[0]))]


def _pack(values: Ints) -> bytes:
    """Differences to the middle value, the sign in the lowest bit (so that small ones have empty high bytes)."""
    middle = int(np.partition(values, len(values) // 2)[len(values) // 2])
    offsets = values - np.int64(middle)  # wraps round, and back again when it is read
    folded = ((offsets << 1) ^ (offsets >> 63)).astype("<i8").view(np.uint8).reshape(-1, 8)
    used = np.flatnonzero(folded.any(axis=0))
    planes = int(used[-1]) + 1 if len(used) else 0
    parts = [_COLUMN.pack(middle, planes)]
    for plane in range(planes):
        plain = folded[:, plane].tobytes()
        packed = zlib.compress(plain, _LEVEL)
        small = len(packed) < 0.97 * len(plain)  # noise is not worth the time that it takes to read
        kept = packed if small else plain
        parts += [_PLANE.pack(len(kept), small), kept]
    return b"".join(parts)


def _whole(*columns: Floats) -> tuple[int, list[Ints]]:
    """The fewest decimals that hold all of them exactly, and the numbers without the point; or _BITS and the bits."""
    for decimals in range(_MOST_DECIMALS + 1):
        scaled = [np.rint(column * 10.0**decimals) for column in columns]
        if not all(np.isfinite(column).all() and np.abs(column).max() < _EXACT for column in scaled):
            break
        whole = [column.astype(np.int64) for column in scaled]
        if all(
            np.array_equal(_floats(w, decimals).view(np.int64), c.view(np.int64))
            for w, c in zip(whole, columns, strict=True)
        ):
            return decimals, whole
    return _BITS, [np.ascontiguousarray(column).view(np.int64) for column in columns]


def _floats(whole: Ints, decimals: int) -> Floats:
    return whole.view(np.float64) if decimals == _BITS else whole / 10.0**decimals
