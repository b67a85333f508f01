"""Candles in columns do what the same thing done row by row does."""

import math
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.intervals import INTERVALS_MS, ceil_ms, floor_ms
from cryptoprices.core.market import Candle

MINUTE = INTERVALS_MS["1m"]
START = 1_763_820_000_000  # 2025-11-22 14:00:00 UTC, a Saturday
slots = st.integers(0, 30_000)
price = st.floats(0.01, 1e6)
volume = st.none() | st.floats(0, 1e6)


def candle(slot, prices, amount=None):
    low, a, b, high = sorted(prices)
    return Candle(START + slot * MINUTE, a, high, low, b, amount)


some = st.dictionaries(slots, st.tuples(st.tuples(price, price, price, price), volume), max_size=30).map(
    lambda found: [candle(slot, *found[slot]) for slot in sorted(found)]
)


def gathered_by_hand(rows, interval):
    """The plain way: one bucket after the other."""
    buckets = {}
    for row in rows:
        buckets.setdefault(floor_ms(row.open_ms, interval), []).append(row)
    found = []
    for open_ms, part in sorted(buckets.items()):
        amounts = [row.volume for row in part]
        known = None not in amounts
        high, low = max(row.high for row in part), min(row.low for row in part)
        found.append(Candle(open_ms, part[0].open, high, low, part[-1].close, sum(amounts) if known else None))
    return found


@given(rows=some)
def test_rows_become_columns_and_rows_again(rows):
    candles = Candles.of(rows, Origin.STREAM)
    assert candles.rows() == rows
    assert candles.open_ms.dtype == np.int64
    assert candles.origin.tolist() == [Origin.STREAM] * len(rows)


def test_an_unknown_volume_is_none_in_rows_and_nan_in_columns():
    candles = Candles.of([candle(0, (1, 2, 3, 4)), candle(1, (1, 2, 3, 4), 0.0)])
    assert math.isnan(candles.volume[0])
    assert [row.volume for row in candles.rows()] == [None, 0.0]


@given(rows=some, since=slots, until=slots)
def test_between_takes_what_opens_in_the_stretch(rows, since, until):
    since_ms, until_ms = START + since * MINUTE, START + until * MINUTE
    wanted = [row for row in rows if since_ms <= row.open_ms < until_ms]
    assert Candles.of(rows).between(since_ms, until_ms).rows() == wanted


@given(rows=some, others=some, origin=st.sampled_from(Origin), other=st.sampled_from(Origin))
def test_merged_keeps_the_greater_origin_and_of_equal_ones_the_later(rows, others, origin, other):
    both = Candles.of(rows, origin).merged(Candles.of(others, other))
    first, second = ({row.open_ms: row for row in found} for found in (rows, others))
    wanted = second | first if origin > other else first | second
    assert both.rows() == [wanted[open_ms] for open_ms in sorted(wanted)]
    taken = dict.fromkeys(first, origin) | {
        open_ms: other for open_ms in second if open_ms not in first or other >= origin
    }
    assert both.origin.tolist() == [taken[open_ms] for open_ms in sorted(wanted)]


@given(rows=some, interval=st.sampled_from(list(INTERVALS_MS)))
def test_gathered_is_what_one_bucket_after_the_other_gives(rows, interval):
    found = Candles.of(rows).gathered(interval).rows()
    wanted = gathered_by_hand(rows, interval)
    assert [row[:5] for row in found] == [row[:5] for row in wanted]
    for ours, theirs in zip(found, wanted, strict=True):
        assert (ours.volume is None) == (theirs.volume is None)
        assert ours.volume is None or math.isclose(ours.volume, theirs.volume, rel_tol=1e-12, abs_tol=1e-12)


@given(rows=some)
def test_gathering_in_two_steps_is_gathering_in_one(rows):
    candles = Candles.of(rows)
    twice, once = candles.gathered("1h").gathered("1w").rows(), candles.gathered("1w").rows()
    assert [row[:5] for row in twice] == [row[:5] for row in once]


def test_gathered_has_the_least_origin_of_its_parts():
    parts = Candles.of([candle(0, (1, 1, 1, 1))], Origin.POLL).merged(Candles.of([candle(1, (1, 1, 1, 1))]))
    assert parts.gathered("1h").origin.tolist() == [Origin.POLL]
    assert parts.between(START + MINUTE, math.inf).gathered("1h").origin.tolist() == [Origin.BACKFILL]


def test_weeks_begin_on_monday():
    days = [candle(1440 * day, (day + 1, day + 1, day + 1, day + 1)) for day in range(16)]
    weeks = Candles.of(days).gathered("1w").rows()
    opens = [datetime.fromtimestamp(week.open_ms / 1000, UTC) for week in weeks]
    assert [open_.strftime("%a %d %H:%M") for open_ in opens] == ["Mon 17 00:00", "Mon 24 00:00", "Mon 01 00:00"]
    assert [(week.open, week.close) for week in weeks] == [(1, 2), (3, 9), (10, 16)]  # 22 and 23 November are a weekend


@given(st.integers(-(10**12), 10**13), st.sampled_from(list(INTERVALS_MS)))
def test_a_time_lies_between_its_floor_and_its_ceiling(time_ms, interval):
    width_ms = INTERVALS_MS[interval]
    low, high = floor_ms(time_ms, interval), ceil_ms(time_ms, interval)
    assert low <= time_ms <= high
    assert high - low in (0, width_ms)
    assert floor_ms(low, interval) == low == ceil_ms(low, interval)
    at = datetime.fromtimestamp(low / 1000, UTC)
    assert interval != "1w" or (at.weekday(), at.hour) == (0, 0)


@given(
    times=st.lists(st.integers(0, 10**8), max_size=40).map(sorted),
    values=st.lists(price, min_size=40, max_size=40),
    origins=st.lists(st.sampled_from([1, 2]), min_size=40, max_size=40),
    interval=st.sampled_from(["1m", "5m", "1h"]),
)
def test_samples_become_candles(times, values, origins, interval):
    count = len(times)
    arrays = np.array(times, dtype=np.int64), np.array(values[:count]), np.array(origins[:count], dtype=np.uint8)
    found = Candles.of_samples(*arrays, interval=interval)
    buckets = {}
    for at, value, origin in zip(times, values, origins, strict=False):
        buckets.setdefault(floor_ms(at, interval), []).append((value, origin))
    wanted = []
    for open_ms, part in buckets.items():
        prices = [value for value, _ in part]
        wanted.append(Candle(open_ms, prices[0], max(prices), min(prices), prices[-1]))
    assert found.rows() == wanted
    assert found.origin.tolist() == [min(origin for _, origin in part) for part in buckets.values()]


@given(rows=some, since=st.integers(0, 40_000), until=st.integers(0, 40_000))
def test_holes_are_the_times_of_the_missing_candles(rows, since, until):
    since_ms, until_ms = START + since * 45_000, START + until * 45_000
    there = {row.open_ms for row in rows}
    places = range(ceil_ms(since_ms, "1m"), ceil_ms(until_ms, "1m"), MINUTE)
    missing = [open_ms for open_ms in places if open_ms not in there]
    holes = Candles.of(rows).holes("1m", since_ms, until_ms)
    assert [open_ms for start, stop in holes for open_ms in range(start, stop, MINUTE)] == missing
    assert all(one[1] < other[0] for one, other in pairwise(holes))


def test_what_holds_no_candle_is_one_hole():
    assert Candles.of(()).holes("1m", START, START + 3 * MINUTE) == [(START, START + 3 * MINUTE)]
    assert Candles.of(()).holes("1m", START, START) == []
    assert Candles.of(()).gathered("1d").rows() == []
