"""A series as lines on the screen."""

import numpy as np
import pytest

from cryptoprices.core.series import Series
from cryptoprices.ui.chart.strokes import Frame, strokes


def test_a_gap_is_not_joined_and_its_neighbours_are():
    series = Series()
    for k, value in enumerate([1.0, 2.0, float("nan"), 4.0, 5.0]):
        series.append(k * 1000.0, value)
    lines = strokes(series, Frame((0.0, 4000.0), (0.0, 10.0), 400.0, 100.0), 1.0, 1.0)
    assert sorted((x1, x2) for x1, _, x2, _ in lines) == [(0, 100), (300, 400)]


def test_a_value_between_two_gaps_is_a_dash_and_not_nothing():
    nan = float("nan")
    for values, drawn in (([nan, 2.0, nan, 4.0, 5.0], [(99, 101), (300, 400)]), ([5.0], [(-1, 1)]), ([nan], [])):
        series = Series()
        for k, value in enumerate(values):
            series.append(k * 1000.0, value)
        lines = strokes(series, Frame((0.0, 4000.0), (0.0, 10.0), 400.0, 100.0), 1.0, 1.0)
        assert sorted((x1, x2) for x1, _, x2, _ in lines) == drawn


def test_the_gap_of_a_long_series_stays_open_and_a_hole_of_columns_without_one_is_joined():
    joined, open_early, open_late = Series(), Series(), Series()
    for k in range(20_000):
        t_ms = k * 10.0 + (100_000.0 if k >= 10_000 else 0.0)
        if k == 10_000:
            open_early.append(k * 10.0 - 9, float("nan"))  # in the same column as the value before
            open_late.append(t_ms - 1, float("nan"))
        for series in (joined, open_early, open_late):
            series.append(t_ms, 1.0 + k % 7)
    frame = Frame((0.0, 300_000.0), (0.0, 10.0), 300.0, 100.0)
    for series, crossing in ((joined, 1), (open_early, 0), (open_late, 0)):
        lines = strokes(series, frame, 1.0, 1.0)
        assert sum(x2 - x1 > 50 for x1, _, x2, _ in lines) == crossing
        assert not any(110 < x1 < 190 for x1, *_ in lines)


def test_columns_on_both_sides_of_a_hole_reach_no_farther_for_the_line_across_it():
    times = np.arange(20_000.0) * 10
    times[10_000:] += 100_000.0
    series = Series.of(times, np.where(np.arange(20_000) < 10_000, 1.0, 9.0))
    lines = strokes(series, Frame((0.0, 300_000.0), (0.0, 10.0), 300.0, 100.0), 1.0, 1.0)
    upright = lines[lines[:, 0] == lines[:, 2]]
    assert len(upright) == len(lines) - 1 == 200
    np.testing.assert_allclose(upright[:, 3] - upright[:, 1], 1.0)


def test_each_column_of_a_long_series_reaches_from_its_lowest_to_its_highest():
    rng = np.random.default_rng(5)
    series = Series()
    for k, value in enumerate(50 + np.cumsum(rng.normal(size=30_000)) / 20):
        series.append(k * 10.0, value)
    frame = Frame((0.0, 300_000.0), (0.0, 100.0), 300.0, 100.0)
    lines = strokes(series, frame, 1.0, 0.0)
    columns = series.columns(0.0, 300_000.0, 300)
    assert len(lines) == 300
    assert (lines[:, 1] <= frame.y(columns.high)).all()
    assert (lines[:, 3] >= frame.y(columns.low)).all()
    assert (lines[1:, 1] <= lines[:-1, 3]).all()  # and touches its neighbour
    assert (lines[:-1, 1] <= lines[1:, 3]).all()


@pytest.mark.parametrize("count", [100, 30_000])
def test_the_part_that_is_painted_anew_is_the_same_as_in_the_whole(count):
    series = Series()
    for k, value in enumerate(50 + np.cumsum(np.random.default_rng(5).normal(size=count)) / 20):
        series.append(k * 300_000 / count, value)
    frame = Frame((0.0, 300_000.0), (0.0, 100.0), 300.0, 100.0)
    whole = {tuple(line) for line in strokes(series, frame, 0.5, 1.5)}
    part = {tuple(line) for line in strokes(series, frame, 0.5, 1.5, left=200.0)}
    assert {line for line in whole if line[2] >= 200} <= part
    assert len(part) < len(whole) / 2


def test_a_long_series_is_as_few_lines_as_the_screen_has_columns():
    series = Series()
    for k in range(50_000):
        series.append(float(k), float(k % 11))
    assert len(strokes(series, Frame((0.0, 50_000.0), (0.0, 11.0), 500.0, 100.0), 0.5, 1.0)) <= 2 * 1000
