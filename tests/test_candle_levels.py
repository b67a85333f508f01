"""Candles and those that they are merged to, against the plain way of computing the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.candle_levels import CandleLevels
from cryptoprices.core.candles import Candles
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.market import Candle

START_MS = 1_700_000_000_000


def candle(open_ms, seed):
    """Any candle, with a volume whose sums are exact."""
    rng = np.random.default_rng(seed)
    low, *inner, high = np.sort(rng.integers(1, 1000, 4)).tolist()
    open_, close = rng.permutation(inner).tolist()
    return Candle(open_ms, open_, high, low, close, float(rng.integers(0, 50)))


@st.composite
def candles(draw, least=0):
    """An interval and candles of it, with holes."""
    interval = draw(st.sampled_from(list(INTERVALS_MS)))
    steps = draw(st.lists(st.sampled_from([1, 1, 1, 1, 2, 3, 17, 400]), min_size=least, max_size=150))
    first = floor_ms(START_MS, interval) + draw(st.integers(0, 63)) * INTERVALS_MS[interval]
    opens = first + np.cumsum(steps, dtype=int) * INTERVALS_MS[interval]
    return interval, [candle(int(open_ms), seed) for seed, open_ms in enumerate(opens)]


def grown(interval, rows):
    levels = CandleLevels(interval)
    for row in rows:
        levels.append(row)
    return levels


def plainly(rows, interval, factor):
    """The candles of `factor` times the interval, one by one."""
    offset_ms, width_ms = floor_ms(0, interval), INTERVALS_MS[interval] * factor
    found = {}
    for row in rows:
        found.setdefault((row.open_ms - offset_ms) // width_ms * width_ms + offset_ms, []).append(row)
    return [
        Candle(
            open_ms,
            part[0].open,
            max(row.high for row in part),
            min(row.low for row in part),
            part[-1].close,
            sum(row.volume for row in part),
        )
        for open_ms, part in found.items()
    ]


def merged_of(levels, start_ms, stop_ms, most):
    """As narrow as they can be while `most` fill the view."""
    return levels.of_width(start_ms, stop_ms, levels.width_ms((stop_ms - start_ms) / most))


def rows_of(merged):
    columns = (merged.open_ms, merged.open, merged.high, merged.low, merged.close, merged.volume)
    return [Candle(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


@given(candles(), st.floats(-0.2, 0.9), st.floats(0.001, 1.4), st.integers(1, 200), st.integers(0, 150))
def test_merged_candles_are_the_plain_ones_of_their_width_at_every_zoom(found, from_, length, most, at_once):
    interval, rows = found
    levels = CandleLevels.of(Candles.of(rows[:at_once]), interval)
    for row in rows[at_once:]:
        levels.append(row)
    total = rows[-1].open_ms - rows[0].open_ms + INTERVALS_MS[interval] if rows else 1e6
    start_ms = (rows[0].open_ms if rows else START_MS) + from_ * total
    stop_ms = start_ms + length * total
    merged = merged_of(levels, start_ms, stop_ms, most)
    factor = merged.width_ms / INTERVALS_MS[interval]
    assert factor in [4**k for k in range(13)]
    assert (
        merged.width_ms * most >= (stop_ms - start_ms) * 0.999
    )  # not too many, but for those that are cut at the ends
    assert factor == 1 or (stop_ms - start_ms) / (merged.width_ms / 4) > most  # narrower ones would be too many
    wanted = plainly(rows, interval, int(factor))
    assert rows_of(merged) == [row for row in wanted if start_ms - merged.width_ms < row.open_ms < stop_ms]


@given(candles(least=2), st.integers(1, 60), st.lists(st.floats(0.0, 1.0), min_size=2, max_size=5))
def test_a_merged_candle_is_the_same_wherever_the_view_begins(found, most, places):
    interval, rows = found
    levels, seen = grown(interval, rows), {}
    total = rows[-1].open_ms - rows[0].open_ms
    widths = set()
    for place in places:
        start_ms = rows[0].open_ms + (place - 0.5) * total
        merged = merged_of(levels, start_ms, start_ms + total, most)
        widths.add(merged.width_ms)
        for row in rows_of(merged):
            assert seen.setdefault(row.open_ms, row) == row
    assert len(widths) == 1


@given(candles(), st.data())
def test_the_running_candle_can_change_as_often_as_one_likes(found, data):
    interval, rows = found
    levels = CandleLevels(interval)
    for count, row in enumerate(rows):
        first = row._replace(high=2000.0, volume=data.draw(st.sampled_from([None, 99.0])))
        for candle, put in ((first, levels.append), (row._replace(low=0.5), levels.amend), (row, levels.amend)):
            put(candle)
            if candle.volume is not None and data.draw(st.booleans()):
                wanted = plainly([*rows[:count], candle], interval, 16)[-1:]
                assert rows_of(levels.of_width(row.open_ms, row.open_ms + 1, 16.0 * INTERVALS_MS[interval])) == wanted
    assert_same(levels, CandleLevels.of(Candles.of(rows), interval))


def assert_same(levels, other):
    for level, expected in zip(levels._levels, other._levels, strict=True):
        np.testing.assert_array_equal(level.rows, expected.rows)


def test_a_long_past_is_as_exact_as_a_short_one():
    rng = np.random.default_rng(4)
    count = 60_000
    opens = floor_ms(START_MS, "1m") + np.cumsum(rng.choice([1, 1, 1, 1, 5], count)) * 60_000
    close = 100 + np.cumsum(rng.normal(size=count))
    high, low = close + rng.random(count), close - rng.random(count)
    volume = rng.integers(0, 9, count).astype(float)
    rows = Candles(opens, close, high, low, close, volume, np.full(count, 3, np.uint8))
    levels = CandleLevels.of(rows, "1m")
    merged = merged_of(levels, float(opens[0]), float(opens[-1] + 1), 700)
    assert merged.high.max() == high.max()
    assert merged.low.min() == low.min()
    assert merged.volume.sum() == volume.sum()


def test_the_work_of_an_append_does_not_grow_with_the_past(monkeypatch):
    levels, folded = CandleLevels("1m"), []
    fold = CandleLevels._folded
    monkeypatch.setattr(CandleLevels, "_folded", lambda self, rows, k: folded.append(rows.shape) or fold(self, rows, k))
    for k in range(4**6):
        levels.append(candle(k * 60_000, 1))
    assert max(count for _, count in folded) == 4
    assert len(folded) < 4**6 / 3


def test_an_unknown_volume_makes_that_of_the_merged_one_unknown_and_no_other():
    rows = [Candle(k * 60_000, 5.0, 6.0, 4.0, 5.0, None if k == 1 else 2.0) for k in range(9)]
    for levels in (grown("1m", rows), CandleLevels.of(Candles.of(rows), "1m")):
        np.testing.assert_array_equal(merged_of(levels, 0, 540_000, 3).volume, [np.nan, 8.0, 2.0])


def test_wide_candles_of_weeks_begin_on_a_monday():
    rows = [candle(floor_ms(START_MS, "1w") + k * INTERVALS_MS["1w"], k) for k in range(30)]
    merged = merged_of(grown("1w", rows), rows[0].open_ms, rows[-1].open_ms, 8)
    assert merged.width_ms == 4 * INTERVALS_MS["1w"]
    assert all(floor_ms(int(open_ms), "1w") == open_ms for open_ms in merged.open_ms)


def test_candles_out_of_order_are_refused_and_change_nothing():
    first, second = candle(60_000, 1), candle(120_000, 2)
    levels = grown("1m", [first, second])
    with pytest.raises(ValueError, match="not later"):
        levels.append(second)
    with pytest.raises(ValueError, match="newest candle"):
        levels.amend(first)
    with pytest.raises(ValueError, match="newest candle"):
        CandleLevels("1m").amend(first)
    with pytest.raises(ValueError, match="must rise"):
        CandleLevels.of(Candles.of([second, first]), "1m")
    assert len(levels) == 2
    assert list(levels.close) == [first.close, second.close]


def test_what_they_are_made_of_stays_as_it_was():
    columns = Candles.of([candle(60_000, 1)])
    before = columns.close.copy()
    CandleLevels.of(columns, "1m").amend(candle(60_000, 2))
    np.testing.assert_array_equal(columns.close, before)
