"""The room between two lines."""

import numpy as np
import pytest
from candle_pictures import NOTHING, picture
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.series import Series
from cryptoprices.ui.chart.band_layer import BandLayer
from cryptoprices.ui.chart.modes import ScaleKind
from cryptoprices.ui.chart.scale import LINEAR, Scale
from cryptoprices.ui.theme import LIGHT


def band_of(times, upper, lower, scale=LINEAR, shift_ms=0.0):
    return BandLayer(Series.of(times, upper), Series.of(times, lower), "Bollinger", LIGHT.accent, scale, shift_ms)


def painted_of(rows):
    """Where there is more than the breath of colour that smoothing leaves: the accent has less red than white."""
    return (rows >> 16 & 0xFF) < 0xFA


def spread(rows):
    """First and last row that is painted of each column, -1 where none is."""
    painted = painted_of(rows)
    first, last = painted.argmax(axis=0), painted.shape[0] - 1 - painted[::-1].argmax(axis=0)
    return np.where(painted.any(axis=0), [first, last], -1)


@given(
    st.integers(0, 99), st.integers(2, 4000), st.floats(-0.2, 0.9), st.floats(0.02, 1.4), st.sampled_from([1.0, 2.0])
)
def test_the_band_reaches_from_line_to_line_at_every_zoom(seed, count, from_, length, ratio):
    rng = np.random.default_rng(seed)
    middle = np.cumsum(rng.normal(size=count)) / np.sqrt(count)
    upper, lower = middle + 1 + rng.random(count), middle - 1 - rng.random(count)
    series = np.arange(count) * 1000.0
    times = (count * 1000.0 * from_, count * 1000.0 * (from_ + length))
    layer = band_of(series, upper, lower)
    extremes = layer.extremes(*times)
    values = (middle.min() - 4, middle.max() + 4)
    rows = picture(layer, times, values, ratio=ratio)
    found = spread(rows)
    x = np.floor((series - times[0]) / (times[1] - times[0]) * 200 * ratio)
    y = (values[1] - np.array([upper, lower])) / (values[1] - values[0]) * 100 * ratio
    for column in np.unique(x[(x >= 0) & (x < rows.shape[1])]).astype(int):
        assert found[0, column] <= y[0, x == column].min() + 0.1
        assert found[1, column] >= y[1, x == column].max() - 1.1
    shown = (series >= times[0]) & (series <= times[1])
    assert extremes == ((lower[shown].min(), upper[shown].max()) if shown.any() else None)
    filled = found[0] >= 0
    between = painted_of(rows).sum(axis=0)[filled]
    assert (between == (found[1] - found[0] + 1)[filled])[1:-1].all()  # a line may end in the middle of a column
    if shown.any():  # and there is no more than the lines and the pen that draws them
        near = shown | np.roll(shown, 1) | np.roll(shown, -1)
        assert found[0][filled].min(initial=10**6) >= y[0, near].min() - 2 * ratio
        assert found[1].max() <= y[1, near].max() + 2 * ratio


@pytest.mark.parametrize("many", [1, 400])
def test_where_a_line_has_a_gap_there_is_no_band(many):
    times = np.arange(10 * many) * 1000.0 / many
    upper, lower = np.full(10 * many, 8.0), np.full(10 * many, 2.0)
    upper[4 * many : 6 * many] = np.nan
    found = spread(picture(band_of(times, upper, lower), (0.0, 10_000.0), (0.0, 10.0), width=100))
    filled = found[1] - found[0] > 40
    assert filled[:30].all()
    assert not filled[41:59].any()
    assert filled[61:90].all()


def test_the_band_is_where_its_scale_and_its_shift_put_it():
    times = np.array([0.0, 100.0])
    log = Scale(ScaleKind.LOG)
    found = spread(picture(band_of(times, np.full(2, 100.0), np.full(2, 10.0), log), (0.0, 100.0), (0.0, 3.0), 100, 90))
    assert abs(found[0, 50] - 30) <= 1
    assert abs(found[1, 50] - 60) <= 1
    found = spread(
        picture(band_of(times, np.full(2, 8.0), np.full(2, 2.0), shift_ms=50.0), (0.0, 100.0), (0.0, 10.0), 100)
    )
    assert (found[0, :49] == -1).all()
    assert (found[0, 51:] > 0).all()


def test_both_values_are_told_of_exactly_their_time():
    times, upper, lower = np.array([[1000.0, 2000.0, 3000.0], [8.0, np.nan, 9.0], [2.0, 3.0, 4.0]])
    layer = band_of(times, upper, lower)
    assert band_of(times, upper, lower, shift_ms=500.0).settled_ms == 2500.0
    assert layer.rows(1000.0) == [("Bollinger  2.0000 to 8.0000", LIGHT.accent)]
    assert layer.rows(2000.0) == layer.rows(1001.0) == []
    assert [layer.nearest(t_ms) for t_ms in (0.0, 1600.0, 9000.0)] == [1000.0, 2000.0, 3000.0]
    assert layer.step(1000.0, 1) == 2000.0
    assert (layer.settled_ms, layer.end(), layer.at(1000.0)) == (2000.0, None, None)
    assert layer.key() == layer.key() != band_of(np.array([1.0]), np.array([1.0]), np.array([1.0])).key()


def test_of_nothing_nothing_is_drawn():
    layer = band_of(np.empty(0), np.empty(0), np.empty(0))
    assert (picture(layer, (0.0, 1000.0), (0.0, 1.0)) == NOTHING).all()
    assert (layer.extremes(0.0, 1e9), layer.nearest(5.0), layer.rows(5.0)) == (None, None, [])
