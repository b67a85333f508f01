"""What is packed comes back bit for bit, small and checked."""

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.candles import Candles
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.storage.packing import (
    Damaged,
    Samples,
    is_sound,
    pack_candles,
    pack_samples,
    unpack_candles,
    unpack_samples,
)

any_float = st.floats(allow_nan=False, allow_infinity=True)
decimals = st.builds(lambda whole, places: whole / 10**places, st.integers(0, 10**12), st.integers(0, 12))
prices = st.lists(st.one_of(decimals, any_float), min_size=4, max_size=4)
volumes = st.one_of(decimals, any_float, st.just(math.nan))
rows = st.lists(st.tuples(st.integers(0, 40), prices, volumes, st.integers(1, 3)), min_size=1, max_size=30)


def candles_of(rows, interval="1m"):
    """rows: (intervals after the one before, [o, h, l, c], volume, origin)."""
    steps = np.cumsum([step + 1 for step, *_ in rows])
    open_ms = floor_ms(1_763_820_000_000, interval) + steps * INTERVALS_MS[interval]
    table = np.array([[*values, volume] for _, values, volume, _ in rows], dtype=np.float64).T
    return Candles(open_ms.astype(np.int64), *table, np.array([origin for *_, origin in rows], dtype=np.uint8))


def bits(column):
    return np.ascontiguousarray(column).view(np.uint8).tolist()


def same(one, other):
    """Bit for bit; any NaN is a volume that is not known."""
    names = [field.name for field in fields(Candles)] if isinstance(one, Candles) else Samples._fields
    return all(bits(getattr(one, name)) == bits(getattr(other, name)) for name in names)


@given(rows=rows, interval=st.sampled_from(list(INTERVALS_MS)))
def test_candles_come_back_bit_for_bit(rows, interval):
    candles = candles_of(rows, interval)
    assert same(unpack_candles(pack_candles(candles, interval), interval), candles)


@given(
    times=st.lists(st.integers(-(2**40), 2**45), min_size=1, max_size=30),
    price=st.one_of(decimals, any_float),
    data=st.data(),
)
def test_samples_come_back_bit_for_bit(times, price, data):
    more = data.draw(st.lists(st.one_of(decimals, any_float), min_size=len(times) - 1, max_size=len(times) - 1))
    origins = data.draw(st.lists(st.integers(0, 255), min_size=len(times), max_size=len(times)))
    samples = Samples(np.sort(np.array(times)), np.array([price, *more]), np.array(origins, dtype=np.uint8))
    assert same(unpack_samples(pack_samples(samples)), samples)


@pytest.mark.parametrize("value", [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, 97412.5, 6.44e-06, 2**53 + 2.0])
def test_a_price_of_any_size_comes_back_beside_another(value):
    samples = Samples(np.array([1, 2]), np.array([value, 100.25]), np.array([1, 1], dtype=np.uint8))
    assert same(unpack_samples(pack_samples(samples)), samples)


@given(rows=rows, at=st.integers(0), bit=st.integers(0, 7))
def test_one_wrong_bit_is_seen(rows, at, bit):
    data = bytearray(pack_candles(candles_of(rows), "1m"))
    assert is_sound(bytes(data))
    data[at % len(data)] ^= 1 << bit
    assert not is_sound(bytes(data))
    with pytest.raises(Damaged):
        unpack_candles(bytes(data), "1m")


@pytest.mark.parametrize("length", [0, 3, 9, 40])
def test_what_is_cut_off_is_damaged(length):
    data = pack_candles(candles_of([(0, [1.0, 2.0, 0.5, 1.5], 3.0, 3)] * 9), "1m")[:length]
    with pytest.raises(Damaged):
        unpack_candles(data, "1m")


def test_a_week_of_minutes_takes_ten_bytes_a_candle_and_without_volume_six():
    rng = np.random.default_rng(5)
    path = np.round(97_000 * np.exp(np.cumsum(rng.normal(size=4 * 10_080) * 2e-4)), 2).reshape(-1, 4)
    times = 1_763_818_560_000 + 60_000 * np.arange(len(path))
    low, high = path.min(axis=1), path.max(axis=1)
    origin = np.full(len(path), 3, dtype=np.uint8)
    volume = np.round(rng.exponential(5, len(path)), 8)
    candles = Candles(times, path[:, 0], high, low, path[:, 3], volume, origin)
    assert len(pack_candles(candles, "1m")) < 10 * len(path)
    without = Candles(times, path[:, 0], high, low, path[:, 3], np.full(len(path), np.nan), origin)
    assert len(pack_candles(without, "1m")) < 6 * len(path)
