"""Series against the plain way of computing the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core import columns as core_columns
from cryptoprices.core import series as core_series
from cryptoprices.core.columns import AHEAD
from cryptoprices.core.series import Series, common_start

VALUES = st.one_of(st.floats(1e-9, 1e9), st.just(float("nan")))


def series_of(times, values):
    series = Series()
    for t_ms, value in zip(times, values, strict=True):
        series.append(t_ms, value)
    return series


@st.composite
def samples(draw):
    values = draw(st.lists(VALUES, max_size=300))
    steps = draw(st.lists(st.integers(1, 90_000), min_size=len(values), max_size=len(values)))
    return np.cumsum(np.array(steps, float)), np.array(values, float)


def plain_column(series, start_ms, stop_ms):
    inside = (series.times >= start_ms) & (series.times < stop_ms)
    found = series.values[inside]
    known = found[~np.isnan(found)]
    low, high = (known.min(), known.max()) if len(known) else (np.nan, np.nan)
    first, last = (found[0], found[-1]) if len(found) else (np.nan, np.nan)
    return high, low, first, last


@given(samples(), st.integers(1, 60), st.floats(-0.2, 0.9), st.floats(0.05, 1.3), st.sampled_from([65_536, 20, 1]))
def test_a_column_is_exactly_its_samples_first_last_lowest_and_highest(sample, width, from_, length, few):
    series = series_of(*sample)
    total = float(sample[0][-1]) if len(sample[0]) else 1000.0
    start_ms, stop_ms = total * from_, total * (from_ + length)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core_series, "_FEW", few)
        patch.setattr(core_series, "_FEW_EACH", 0)  # blocks of all sizes stand for few samples too
        columns = series.columns(start_ms, stop_ms, width)
    edges = start_ms + (stop_ms - start_ms) / width * np.arange(width + 1)
    for i in range(width):
        inside = series.times[columns.edges[i] : columns.edges[i + 1]]
        np.testing.assert_array_equal(columns.times[:, i], inside[[0, -1]] if len(inside) else np.nan)
        np.testing.assert_array_equal(columns.values[:, i], plain_column(series, edges[i], edges[i + 1]))


STEPS = st.one_of(
    st.tuples(st.just("pan"), st.integers(-40, 40)),
    st.tuples(st.just("add"), VALUES),
    st.tuples(st.just("amend"), VALUES),
    st.tuples(st.just("zoom"), st.integers(1, 9000)),
    st.tuples(st.just("shift"), st.integers(-9000, 9000)),
)


@given(
    samples(),
    st.integers(1, 40),
    st.lists(STEPS, max_size=12),
    st.integers(-90_000, 9_000_000),
    st.sampled_from([AHEAD, 2, 0]),
)
def test_columns_that_are_known_already_are_as_if_reckoned_anew(sample, width, steps, start, ahead):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core_columns, "AHEAD", ahead)
        must_be_as_if_reckoned_anew(*sample, width, steps, start)


def must_be_as_if_reckoned_anew(times, values, width, steps, start):
    series, px = Series.of(times, values), 7919
    for step, by in [("pan", 0), *steps]:
        if step == "pan":
            start += by * px
        elif step == "zoom":
            px = by
        elif step == "shift":
            series.shift(by)
        elif step == "add":
            series.append((series.times[-1] if len(series) else 0.0) + 3000, by)
        elif len(series):
            earliest = series.times[-2] + 1 if len(series) > 1 else series.times[-1] - 50_000
            series.amend(earliest if by > 1 else series.times[-1] + 1, by)
        wanted = Series.of(series.times, series.values).columns(start, start + px * width, width)
        for found, column in zip(series.columns(start, start + px * width, width), wanted, strict=True):
            np.testing.assert_array_equal(found, column)


def test_the_newest_sample_may_move_back_into_the_column_before_its_own():
    must_be_as_if_reckoned_anew([0.0, 100.0, 7919.0 * 3], [1.0, 2.0, 3.0], 5, [("amend", 9.0)], 0)


@pytest.mark.parametrize("by", [-1, 1])
def test_a_pan_by_one_column_finds_it(by, monkeypatch):
    monkeypatch.setattr(core_columns, "AHEAD", 0)
    must_be_as_if_reckoned_anew(np.arange(900) * 900.0, np.arange(900.0), 9, [("pan", by)], 7919 * 20)


def test_only_the_columns_that_a_pan_brings_are_reckoned(monkeypatch):
    series, reckoned = series_of(np.arange(5000) * 10.0, np.ones(5000)), []
    plain = Series._extremes
    monkeypatch.setattr(Series, "_extremes", lambda self, at: reckoned.append(len(at) - 1) or plain(self, at))
    for start in (0.0, 300.0, 100.0, 900.0):
        series.columns(start, start + 10_000, 100)
    assert reckoned == [100, 3 + AHEAD]
    series.columns(-600.0, 9_400.0, 100)
    assert reckoned[2:] == [6 + AHEAD]


@given(samples(), st.floats(-0.2, 1.0), st.floats(0.0, 1.3), st.sampled_from([2048, 9, 1]))
def test_the_visible_extremes_are_those_of_the_samples_in_view(sample, from_, length, little):
    series = series_of(*sample)
    total = float(sample[0][-1]) if len(sample[0]) else 1000.0
    start_ms, stop_ms = total * from_, total * (from_ + length)
    known = sample[1][(sample[0] >= start_ms) & (sample[0] <= stop_ms) & ~np.isnan(sample[1])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core_series, "_LITTLE", little)
        assert series.extremes(start_ms, stop_ms) == ((known.min(), known.max()) if len(known) else None)


@pytest.mark.parametrize(("few", "few_each"), [(65_536, 128), (500, 9), (1, 0)])
def test_a_long_series_is_as_exact_as_a_short_one(monkeypatch, few, few_each):
    monkeypatch.setattr(core_series, "_FEW", few)
    monkeypatch.setattr(core_series, "_FEW_EACH", few_each)
    rng = np.random.default_rng(1)
    values = rng.normal(size=30_011)
    values[rng.choice(30_011, 900)] = np.nan
    series = series_of(np.cumsum(rng.integers(1, 9, size=30_011)), values)
    total = series.times[-1] + 1
    for width, first in ((1, 0), (3, 0), (40, 0), (40, 37), (999, 0), (5000, 4990)):
        columns = series.columns(-100.0, total, width, first)
        edges = -100.0 + (total + 100) / width * np.arange(width + 1)
        for i in range(width - first):
            expected = plain_column(series, edges[first + i], edges[first + i + 1])
            np.testing.assert_array_equal(columns.values[:, i], expected)


def test_every_spike_of_a_long_series_is_in_its_column():
    rng = np.random.default_rng(3)
    values = 100 + np.cumsum(rng.normal(size=20_000)) / 50
    spikes = np.arange(40) * 500 + 17
    values[spikes] *= np.where(np.arange(40) % 2, 1.3, 0.7)
    series = series_of(np.arange(20_000) * 20_000.0, values)
    columns = series.columns(0.0, 20_000 * 20_000.0, 500)
    for spike in spikes:
        assert values[spike] in (columns.low[spike // 40], columns.high[spike // 40])


@given(samples(), st.integers(0, 40))
def test_all_at_once_is_the_same_as_one_after_the_other_also_for_what_comes_later(sample, more):
    times, values = sample
    first = max(0, len(times) - more)
    whole, grown = series_of(times, values), Series.of(times[:first], values[:first])
    for t_ms, value in zip(times[first:], values[first:], strict=True):
        grown.append(t_ms, value)
    assert_same(grown, whole)


@given(samples(), st.lists(VALUES, min_size=1, max_size=9))
def test_the_newest_sample_can_be_put_right_as_often_as_one_likes(sample, tries):
    times, values = sample
    series = Series()
    for t_ms, value in zip(times, values, strict=True):
        series.append(t_ms - 0.5, tries[0])
        for other in (*tries, value):
            series.amend(t_ms, other)
    assert_same(series, series_of(times, values))


@given(samples(), st.integers(0, 300), st.integers(0, 300))
def test_those_that_have_a_value_are_counted(sample, one, other):
    for series in (Series.of(*sample), series_of(*sample)):
        start, stop = sorted((min(one, len(series)), min(other, len(series))))
        assert series.known(start, stop) == np.count_nonzero(~np.isnan(sample[1][start:stop]))


def assert_same(series, other):
    assert series.known(0, len(series)) == other.known(0, len(other))
    np.testing.assert_array_equal(series.times, other.times)
    np.testing.assert_array_equal(series.values, other.values)
    assert len(series._levels) == len(other._levels)
    for levels, others in zip(series._levels, other._levels, strict=True):
        for level, expected in zip(levels, others, strict=True):
            np.testing.assert_array_equal(level.array, expected.array)


def test_what_a_series_is_made_of_stays_as_it_was():
    times, values = np.array([1.0, 2.0]), np.array([5.0, 6.0])
    Series.of(times, values).amend(3.0, 7.0)
    assert list(times) == [1.0, 2.0]
    assert list(values) == [5.0, 6.0]


def test_times_that_do_not_rise_are_refused_all_at_once_too():
    for times, values in (([1.0, 1.0], [1.0, 2.0]), ([1.0], [1.0, 2.0])):
        with pytest.raises(ValueError, match="rise"):
            Series.of(np.array(times), np.array(values))
    with pytest.raises(ValueError, match="not later"):
        Series().amend(1.0, 1.0)
    with pytest.raises(ValueError, match="not later"):
        series_of([1000, 2000], [1.0, 2.0]).amend(1000, 1.0)


def test_an_append_that_is_not_later_is_refused():
    series = series_of([1000, 2000], [1.0, 2.0])
    with pytest.raises(ValueError, match="not later"):
        series.append(2000, 3.0)
    assert len(series) == 2


@given(samples(), st.floats(-1e5, 1e8))
def test_nearest_is_the_closest_sample(sample, t_ms):
    series = series_of(*sample)
    at = series.nearest(t_ms)
    assert at is None if not len(series) else abs(series.times[at] - t_ms) == np.abs(series.times - t_ms).min()


def test_a_value_is_that_of_exactly_its_time_and_a_gap_has_none():
    series = series_of([1000, 2000, 3000], [1.0, float("nan"), 3.0])
    assert [series.at(t_ms) for t_ms in (999, 1000, 1001, 2000, 3000, 3001)] == [None, 1.0, None, None, 3.0, None]
    assert Series().at(1.0) is None


def test_steps_go_from_sample_to_sample_and_no_farther():
    series = series_of([1000, 2000, 3000], [1.0, float("nan"), 3.0])
    assert [series.step(2000, by) for by in (-9, -1, 0, 1, 9)] == [1000, 1000, 2000, 3000, 3000]
    assert Series().step(1.0, 1) is None


def test_shifting_moves_the_times_and_nothing_else():
    series = series_of([1000, 2000, 3000, 4000], [1.0, 2.0, 3.0, 4.0])
    series.shift(-500)
    assert list(series.times) == [500, 1500, 2500, 3500]
    assert series.extremes(500, 3500) == (1.0, 4.0)


def polled(values):
    return series_of(20_000 * np.arange(len(values), dtype=float), values)


def test_the_common_start_is_the_first_poll_with_a_value_of_each():
    nan = float("nan")
    a, b = polled([1, nan, 3, nan, 5, 6]), polled([nan, 2, nan, 4, 5, 6])
    assert common_start([a, b], 0) == 80_000
    assert common_start([a], 10_000) == 40_000
    assert common_start([a, polled([nan] * 6)], 0) is None
    assert common_start([a, b], 100_001) is None
