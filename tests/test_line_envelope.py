"""A line on the screen reaches exactly as far up and down as its samples, at every zoom: every spike, and no other."""

import numpy as np
from candle_pictures import NOTHING
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from cryptoprices.core.series import Series
from cryptoprices.ui.chart.strokes import Frame, draw, strokes

WIDTH, HEIGHT, THICKNESS = 150, 100, 1.5


def spiky(seed, count):
    """A random walk with spikes up and down, within about ±3."""
    rng = np.random.default_rng(seed)
    values = np.cumsum(rng.normal(size=count)) / np.sqrt(count)
    values[rng.choice(count, 5)] += rng.choice([-1.0, 1.0], 5)
    return np.arange(count) * 1000.0, values


def envelope(times, values, edges):
    """(columns,) lowest and highest value of the line between these times: samples, and where it enters and leaves."""
    there = np.interp(edges, times, values, left=np.nan, right=np.nan)
    low, high = np.fmin(there[:-1], there[1:]), np.fmax(there[:-1], there[1:])
    column = np.searchsorted(edges, times, side="right") - 1
    inside = (column >= 0) & (column < len(low))
    np.fmin.at(low, column[inside], values[inside])
    np.fmax.at(high, column[inside], values[inside])
    return low, high


def painted(lines, ratio):
    image = QImage(round(WIDTH * ratio), round(HEIGHT * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor("#000000"), THICKNESS)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    draw(painter, lines, 1 / ratio)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)[:, : image.width()].copy()


@given(st.integers(0, 999), st.integers(2, 20_000), st.floats(-0.2, 0.9), st.floats(0.02, 1.4), st.sampled_from([1, 2]))
def test_each_column_is_painted_from_the_lowest_to_the_highest_of_the_line(seed, count, from_, length, ratio):
    times, values = spiky(seed, count)
    view = (count * 1000.0 * from_, count * 1000.0 * (from_ + length))
    lowest, highest = float(values.min()) - 0.5, float(values.max()) + 0.5
    frame = Frame(view, (lowest, highest), WIDTH, HEIGHT)
    rows = painted(strokes(Series.of(times, values), frame, 1 / ratio, THICKNESS), ratio) != NOTHING
    low, high = envelope(times, values, np.linspace(*view, WIDTH * ratio + 1))
    top, bottom = frame.y(high) * ratio, frame.y(low) * ratio
    near = THICKNESS * ratio / 2 + 1.2  # the pen reaches so far, and smoothing a little farther
    known = np.flatnonzero(~np.isnan(top))
    for column in known[1:-1]:  # in the first and last it may begin and end somewhere
        (found,) = np.nonzero(rows[:, column])
        beside = slice(max(0, column - ratio), column + ratio + 1)  # a pen has a width
        assert np.nanmin(top[beside]) - near <= found.min(initial=10**6) <= top[column] + 1
        assert bottom[column] - 1.2 <= found.max(initial=-1) <= np.nanmax(bottom[beside]) + near


@given(
    st.integers(0, 999), st.integers(2_000, 60_000), st.floats(-0.2, 0.5), st.floats(0.6, 1.4), st.sampled_from([1, 2])
)
def test_each_upright_is_exactly_what_its_column_has_of_the_line(seed, count, from_, length, ratio):
    times, values = spiky(seed, count)
    view = (count * 1000.0 * from_, count * 1000.0 * (from_ + length))
    if np.count_nonzero((times >= view[0]) & (times < view[1])) <= 2 * WIDTH * ratio:
        return  # each sample is drawn by itself
    frame = Frame(view, (-9.0, 9.0), WIDTH, HEIGHT)
    lines = strokes(Series.of(times, values), frame, 1 / ratio, 0.0)
    low, high = envelope(times, values, np.linspace(*view, WIDTH * ratio + 1))
    filled = np.unique(np.floor((times - view[0]) / (view[1] - view[0]) * WIDTH * ratio)).astype(int)
    filled = filled[(filled >= 0) & (filled < WIDTH * ratio)]
    np.testing.assert_allclose(lines[:, 0] * ratio, filled + 0.5)
    np.testing.assert_array_equal(lines[:, 0], lines[:, 2])
    inner = slice(1, -1)  # before the first and after the last nothing is drawn
    np.testing.assert_allclose(lines[inner, 1], frame.y(high[filled])[inner], atol=1e-6)
    np.testing.assert_allclose(lines[inner, 3], frame.y(low[filled])[inner], atol=1e-6)


def test_the_pen_has_its_thickness_around_samples_and_none_where_the_line_goes_on():
    times = np.arange(900.0) + 0.5
    frame = Frame((0.0, 900.0), (0.0, 10.0), WIDTH, HEIGHT)
    flat, steep = (strokes(Series.of(times, values), frame, 1.0, THICKNESS) for values in (np.ones(900), times))
    np.testing.assert_allclose(flat[:, [1, 3]], [[90 - THICKNESS / 2, 90 + THICKNESS / 2]] * WIDTH)
    edges = frame.y(np.arange(0.0, 901.0, 900 / WIDTH))
    np.testing.assert_allclose(steep[1:-1, [3, 1]], np.column_stack([edges[:-1], edges[1:]])[1:-1])


def test_an_upright_is_as_wide_as_whole_columns_of_the_screen_allow():
    values = np.ones(10_000)
    values[5_005] = 9.0
    frame = Frame((0.0, 10_000.0), (0.0, 10.0), WIDTH, HEIGHT)
    for ratio, width in ((1, 1), (2, 3)):
        rows = painted(strokes(Series.of(np.arange(10_000.0), values), frame, 1 / ratio, THICKNESS), ratio)
        assert (rows[50 * ratio] == 0xFF000000).sum() == (rows[50 * ratio] != NOTHING).sum() == width
