"""Scales: values on an axis and back, round lines of the grid, and how values are written."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.formatting import MINUS, THIN
from cryptoprices.core.studies import Unit
from cryptoprices.ui.chart.fitting import fitted
from cryptoprices.ui.chart.line_layer import LineLayer, Series
from cryptoprices.ui.chart.modes import ScaleKind
from cryptoprices.ui.chart.scale import Scale

KINDS = pytest.mark.parametrize("kind", list(ScaleKind))


def labels(scale, low, high, most=8):
    return [tick.label for tick in scale.ticks(float(scale.to_axis(low)), float(scale.to_axis(high)), most)]


@KINDS
@given(st.floats(1e-9, 1e9), st.floats(1e-6, 1e6))
def test_places_on_the_axis_lead_back_to_the_values_and_rise_with_them(kind, value, base):
    scale = Scale(kind, base)
    there = scale.to_axis(np.array([value, value * 2]))
    assert there[0] < there[1]
    assert scale.from_axis(there) == pytest.approx([value, value * 2], rel=1e-6, abs=base * 1e-9)


def test_where_the_base_stands():
    assert Scale(ScaleKind.PERCENT, 80.0).to_axis(100.0) == 25
    assert Scale(ScaleKind.INDEXED, 80.0).to_axis(100.0) == 125
    assert Scale(ScaleKind.LOG).to_axis(100.0) == 2
    assert Scale(ScaleKind.LOG).to_axis(0.0) < -20  # far below, and no warning
    assert math.isnan(Scale(ScaleKind.LOG).to_axis(np.array([np.nan]))[0])


def test_lines_of_the_grid_are_round_for_every_scale():
    assert labels(Scale(), 97_312.1, 97_412.2, 6) == ["97,320", "97,340", "97,360", "97,380", "97,400"]
    per_cent = labels(Scale(ScaleKind.PERCENT, 100.0), 98.5, 101.5, 4)
    assert per_cent == [f"{text}{THIN}%" for text in (f"{MINUS}1.0", "0.0", "+1.0")]
    assert labels(Scale(ScaleKind.INDEXED, 50.0), 40, 60, 4) == ["80", "90", "100", "110", "120"]
    log = Scale(ScaleKind.LOG)
    assert labels(log, 60, 60_000, 10) == ["100", "200", "500", "1,000", "2,000", "5,000", "10,000", "20,000", "50,000"]
    assert labels(log, 60, 60_000, 5) == ["100", "1,000", "10,000"]
    assert labels(log, 0.004, 30, 12)[:4] == ["0.005", "0.01", "0.02", "0.05"]
    assert labels(log, 1e-9, 1.1e9, 4) == ["0.00001", "1", "100,000"]
    assert labels(log, 89, 121, 4) == ["90", "100", "110", "120"]  # less than a decade


@given(st.floats(1e-6, 1e6), st.floats(1.001, 1e12), st.integers(2, 12))
def test_a_log_axis_is_never_without_lines_nor_crowded(low, factor, most):
    scale = Scale(ScaleKind.LOG)
    ticks = scale.ticks(math.log10(low), math.log10(low * factor), most)
    places = [tick.at for tick in ticks]
    assert places == sorted(set(places))
    assert 1 <= len(ticks) <= most + 2


def test_values_are_written_as_what_they_are():
    assert Scale(currency="USD").text(97_203.0) == "97,203.00"
    assert Scale(currency="JPY").text(15_204_312.5) == "15,204,312"
    assert Scale(currency="").text(0.0340691) == "0.034069"
    assert Scale(unit=Unit.PERCENT).text(-12.345) == f"{MINUS}12.35{THIN}%"
    assert [Scale(unit=Unit.NUMBER).text(value) for value in (54.231, -1.7, 0.0, 0.001234)] == [
        "54.23", f"{MINUS}1.70", "0.00", "0.001234",
    ]  # fmt: skip
    score = Scale(unit=Unit.SCORE)
    assert [score.text(value) for value in (0.64004, -0.123, 1.0)] == ["0.64", f"{MINUS}0.12", "1.00"]
    assert [tick.label for tick in score.ticks(-0.04, 1.04, 2)] == ["0.0", "0.5", "1.0"]
    assert [score.level_text(level) for level in (-1.0, 0.0, 1.0)] == [f"{MINUS}1.0", "0.0", "1.0"]
    assert Scale(unit=Unit.NUMBER).level_text(70.0) == "70"
    assert Scale(ScaleKind.PERCENT, 100.0).tag(101.4) == f"+1.40{THIN}%"
    assert Scale(ScaleKind.INDEXED, 200.0).tag(202.8) == "101.40"
    assert Scale(ScaleKind.LOG).tag(101.4) == "101.40"


@KINDS
@pytest.mark.parametrize("values", [[5.0, 5.0], [1e-12, 1e-12], [1.0, 2.0], [3e8, 3e8]])
def test_an_axis_has_room_around_what_is_visible_also_where_nothing_moves(kind, values):
    layer = LineLayer("BTC", Series.of(np.array([0.0, 1.0]), np.array(values)), "#000000", Scale(kind, values[0]))
    low, high = fitted([layer], None, 0, 1)
    places = layer.scale.to_axis(np.array(values))
    assert low < places.min() <= places.max() < high
    assert fitted([layer], None, 5, 6) == (0, 1)
    nothing = LineLayer("MACD", Series.of(np.array([0.0, 1.0]), np.zeros(2)), "#000000")
    assert fitted([nothing], None, 0, 1) == (-0.5, 0.5)


@pytest.mark.parametrize(
    ("values", "seen"), [((0.2, 0.8), (0, 1)), ((-0.2, 0.8), (-1, 1)), ((-0.8, -0.2), (-1, 0)), ((0, 0), (-1, 1))]
)
def test_of_what_has_bounds_all_is_shown_or_the_side_of_zero_that_is_used(values, seen):
    line = LineLayer("Correlation", Series.of(np.array([0.0, 1.0]), np.array(values, dtype=float)), "#000000")
    room = (seen[1] - seen[0]) * 0.04
    assert fitted([line], (-1.0, 1.0), 0, 1) == pytest.approx((seen[0] - room, seen[1] + room))
    assert fitted([line], (0.0, 100.0), 0, 1) == (-4.0, 104.0)
    assert fitted([], (-1.0, 1.0), 0, 1) == pytest.approx((-1.08, 1.08))
