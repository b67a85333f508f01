"""Bars on zero: volumes and values above and below nothing."""

import numpy as np
import pytest
from candle_pictures import DOWN, MINUTE_MS, NOTHING, UP, levels_of, picture, random_levels
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.series import Series
from cryptoprices.ui.chart.histogram_layer import HistogramLayer, VolumeLayer
from cryptoprices.ui.chart.scale import LINEAR, Scale, Unit
from cryptoprices.ui.theme import LIGHT

VOLUME = Scale(unit=Unit.VOLUME)


def volume_of(levels, px_ms=MINUTE_MS / 20):
    return VolumeLayer(levels, "Volume", LIGHT, px_ms, VOLUME)


def histogram_of(series, width_ms=MINUTE_MS):
    return HistogramLayer(series, width_ms, "MACD", LIGHT, LINEAR)


def heights(rows, colour):
    """How many pixels of each column have it."""
    return (rows == colour).sum(axis=0)


def test_a_volume_stands_on_zero_and_looks_as_its_candle_does():
    levels = levels_of((1.0, 2.0, 1.0, 2.0, 5.0), (2.0, 2.0, 1.0, 1.0, 8.0), (1.0, 2.0, 1.0, 2.0))
    layer = volume_of(levels)
    rows = picture(layer, (0.0, 3 * MINUTE_MS), (0.0, 10.0), width=60)
    assert heights(rows, DOWN).max() == 80
    assert set(heights(rows, DOWN)[24:36]) == {80}  # filled
    assert heights(rows, UP).max() == 50
    assert heights(rows, UP)[10] == 2  # hollow
    assert (rows[:, 40:] == NOTHING).all()  # unknown, not zero
    assert layer.extremes(0.0, 3 * MINUTE_MS) == (0.0, 8.0)
    assert layer.extremes(2.1 * MINUTE_MS, 3 * MINUTE_MS) is None
    assert layer.rows(MINUTE_MS) == [(f"Volume  {VOLUME.text(8.0)}", LIGHT.down)]
    assert layer.rows(2 * MINUTE_MS) == layer.rows(17.0) == []
    assert layer.at(2 * MINUTE_MS) is None
    assert layer.end() is None


def test_the_volume_of_a_wide_candle_is_the_sum_of_its_own():
    levels = random_levels(1, 900)
    layer = volume_of(levels, 3 * MINUTE_MS)
    drawn = layer.drawn(-1e15, 1e15)
    assert layer.width_ms == 16 * MINUTE_MS
    assert drawn.volume.sum() == levels.volume.sum()
    assert layer.at(float(drawn.open_ms[7])) == drawn.volume[7]


def test_values_go_up_and_down_from_zero_and_gaps_stay_open():
    series = Series.of(np.arange(5.0) * MINUTE_MS, np.array([5.0, -8.0, np.nan, 0.0, 0.001]))
    layer = histogram_of(series)
    rows = picture(layer, (0.0, 5 * MINUTE_MS), (-10.0, 10.0), width=100)
    assert set(heights(rows, UP)[4:15]) == {25}
    assert set(heights(rows, DOWN)[24:35]) == {41}  # with the row of zero
    assert (rows[:, 40:60] == NOTHING).all()
    assert heights(rows, UP)[70] == heights(rows, UP)[90] == 1
    assert layer.extremes(0.0, 5 * MINUTE_MS) == (-8.0, 5.0)
    assert layer.extremes(3 * MINUTE_MS + 1, 5 * MINUTE_MS) == (0.0, 0.001)
    assert layer.rows(MINUTE_MS) == [(f"MACD  {LINEAR.text(-8.0)}", LIGHT.down)]
    assert layer.rows(2 * MINUTE_MS) == layer.rows(17.0) == []
    assert layer.step(MINUTE_MS, 2) == 3 * MINUTE_MS
    assert [layer.nearest(k * MINUTE_MS) for k in (-1.0, 0.9, 1.1, 9.0)] == [0.0, 0.0, MINUTE_MS, 4 * MINUTE_MS]


@given(
    st.integers(0, 99), st.integers(1, 4000), st.floats(-0.2, 0.9), st.floats(0.05, 1.4), st.sampled_from([1.0, 2.0])
)
def test_every_column_reaches_exactly_to_its_lowest_and_highest_at_every_zoom(seed, count, from_, length, ratio):
    values = np.random.default_rng(seed).normal(size=count)
    values[np.random.default_rng(seed).random(count) < 0.02] *= 5  # spikes
    series = Series.of(np.arange(count) * 1000.0, values)
    times = (count * 1000.0 * from_, count * 1000.0 * (from_ + length))
    rows = picture(histogram_of(series, 1000.0), times, (-20.0, 20.0), ratio=ratio)
    scale = 200 * ratio / (times[1] - times[0])
    left = np.floor((series.times - times[0]) * scale)
    zero = int(50 * ratio)
    y = np.floor((20.0 - values) / 40 * 100 * ratio)
    top = np.where(values >= 0, np.minimum(y, zero - int(ratio)), zero)
    bottom = np.where(values < 0, np.maximum(y, zero + int(ratio) - 1), zero - 1)
    if 1000.0 * scale > 1:  # each has a bar of its own, a pixel wide at the least, somewhere in its slot
        for k in np.flatnonzero((left > 0) & (left + 1000.0 * scale < rows.shape[1])):
            slot = rows[
                :, int(left[k]) : max(int(left[k]) + 1, int(np.ceil((series.times[k] + 1000 - times[0]) * scale)))
            ]
            painted = np.nonzero((slot == (UP if values[k] >= 0 else DOWN)).any(axis=1))[0]
            assert top[k] in painted
            assert bottom[k] in painted
        return
    for column in range(rows.shape[1]):
        mine = left == column
        painted = np.nonzero(rows[:, column] != NOTHING)[0]
        if mine.any():
            assert (painted.min(), painted.max()) == (top[mine].min(), bottom[mine].max())
        else:
            assert not len(painted)


@pytest.mark.parametrize("count", [50, 5000])
def test_what_is_left_of_the_settled_time_stays_as_it_is_and_a_part_is_painted_as_the_whole(count):
    values = np.random.default_rng(2).normal(size=count)
    series = Series.of(np.arange(count) * 1000.0, values)
    times = (0.0, count * 1250.0)
    layer = histogram_of(series, 1000.0)
    settled, key, before = layer.settled_ms, layer.key(), picture(layer, times, (-9.0, 9.0))
    series.amend(series.times[-1], -4.0)
    for k in range(count // 8):
        series.append((count + k) * 1000.0, 3.0)
    after, kept = picture(layer, times, (-9.0, 9.0)), int(settled / times[1] * 200)
    assert (before[:, :kept] == after[:, :kept]).all()
    assert (before != after).any()
    assert layer.key() == key
    part = picture(layer, times, (-9.0, 9.0), left=float(kept))
    assert (part[:, kept:] == after[:, kept:]).all()


def test_of_nothing_nothing_is_drawn():
    for layer in (volume_of(levels_of()), histogram_of(Series())):
        assert (picture(layer, (0.0, MINUTE_MS), (-1.0, 1.0)) == NOTHING).all()
        assert layer.extremes(0.0, 1e9) is None
        assert layer.nearest(1.0) is None
        assert layer.rows(1.0) == []
        assert layer.settled_ms == -np.inf
