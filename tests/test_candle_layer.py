"""Candles on the screen: what is drawn is what was traded, sharp, and told by more than colour."""

import numpy as np
import pytest
from candle_pictures import DOWN, MINUTE_MS, NOTHING, UP, levels_of, picture, random_levels
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.heikin_ashi import heikin_ashi
from cryptoprices.core.market import Candle
from cryptoprices.ui.chart.candle_layer import LEAST_PX, CandleLayer
from cryptoprices.ui.chart.modes import ScaleKind, Style
from cryptoprices.ui.chart.scale import LINEAR, Scale
from cryptoprices.ui.theme import DARK, LIGHT

STYLES = (Style.CANDLES, Style.OHLC, Style.HEIKIN_ASHI)


def layer_of(levels, px_ms=MINUTE_MS / 20, style=Style.CANDLES, running=False, scale=LINEAR, theme=LIGHT):
    return CandleLayer(levels, "BTC/USD", theme, px_ms, scale, style, running)


def fitted(layer, times):
    """Places on the axis with some room around."""
    low, high = (float(layer.scale.to_axis(value)) for value in layer.extremes(*times))
    return low - (high - low) / 20, high + (high - low) / 20


@pytest.mark.parametrize("style", [Style.CANDLES, Style.OHLC])
@given(
    st.integers(0, 99),
    st.integers(1, 3000),
    st.floats(-0.2, 0.9),
    st.floats(0.01, 1.4),
    st.sampled_from([1.0, 2.0]),
    st.booleans(),
)
def test_every_candle_reaches_exactly_from_its_lowest_to_its_highest_at_every_zoom(
    style, seed, count, from_, length, ratio, log
):
    levels = random_levels(seed, count, spikes=5)
    total = levels.open_ms[-1] + MINUTE_MS - levels.open_ms[0]
    times = (levels.open_ms[0] + from_ * total, levels.open_ms[0] + (from_ + length) * total)
    scale = Scale(ScaleKind.LOG if log else ScaleKind.LINEAR)
    layer = layer_of(levels, (times[1] - times[0]) / 200, style, scale=scale)
    shown = (levels.open_ms > times[0] - MINUTE_MS) & (levels.open_ms < times[1])
    if not shown.any():
        return
    values = fitted(layer, times)
    rows = picture(layer, times, values, ratio=ratio)
    y = (values[1] - scale.to_axis(np.array([levels.low, levels.high]))) * (100 * ratio / (values[1] - values[0]))
    slots = levels.open_ms // layer.width_ms
    for slot in np.unique(slots[shown]):
        mine = slots == slot
        middle = ((slot + 0.5) * layer.width_ms - times[0]) / (times[1] - times[0]) * 200 * ratio
        if 1 <= middle < 200 * ratio - 1:
            (painted,) = np.nonzero(rows[:, int(middle - (ratio - 1) / 2)] != NOTHING)
            highest, lowest = int(y[1, mine].min()), max(int(y[0, mine].max()), int(y[1, mine].min()) + int(ratio) - 1)
            if style is Style.CANDLES:
                lowest = max(lowest, painted.max()) if lowest - highest < 2 * ratio else lowest  # a dash has a height
            assert (painted.min(), painted.max()) == (highest, lowest)


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
@pytest.mark.parametrize("style", STYLES)
def test_edges_are_sharp_at_any_scale_of_the_screen_and_wherever_the_plot_begins(style, ratio):
    levels = random_levels(3, 30)
    times = (levels.open_ms[0] + 1234.0, levels.open_ms[-1] + 99_000.0)
    layer = layer_of(levels, (times[1] - times[0]) / 200, style)
    rows = picture(layer, times, fitted(layer, times), ratio=ratio, corner=(14.3, 9.7))
    assert set(np.unique(rows)) == {UP, DOWN, NOTHING}


def across(rows, y):
    """The colours of a row of the picture, each run of them once."""
    row = rows[y]
    return [int(row[0]), *(int(colour) for colour in row[1:][np.diff(row.astype(np.int64)) != 0])]


def test_one_that_rose_is_hollow_and_one_that_fell_is_filled():
    levels = levels_of((2.0, 9.0, 1.0, 8.0), (8.0, 9.0, 1.0, 2.0))
    rows = picture(layer_of(levels), (0.0, 2 * MINUTE_MS), (0.0, 10.0), width=40)
    assert across(rows, 50) == [NOTHING, UP, NOTHING, UP, NOTHING, DOWN, NOTHING]  # bodies
    assert across(rows, 15) == [NOTHING, UP, NOTHING, DOWN, NOTHING]  # wicks
    assert across(rows, 85) == [NOTHING, UP, NOTHING, DOWN, NOTHING]
    assert across(rows, 5) == across(rows, 95) == [NOTHING]


def test_an_ohlc_bar_opens_to_the_left_and_closes_to_the_right():
    rows = picture(layer_of(levels_of((2.0, 9.0, 1.0, 8.0)), style=Style.OHLC), (0.0, MINUTE_MS), (0.0, 10.0), width=21)
    (opens,), (closes,), (stem,) = (np.nonzero(rows[y] == UP) for y in (80, 20, 50))
    assert list(stem) == [10]
    assert opens.max() == closes.min() == 10
    assert opens.min() == 20 - closes.max() < 5


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("price", [1e-8, 1.0, 97_412.5])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_candle_in_which_nothing_moved_is_a_dash_of_a_pixel(style, price, ratio):
    layer = layer_of(levels_of((price, price, price, price)), style=style)
    rows = picture(layer, (0.0, MINUTE_MS), (0.99 * price, 1.01 * price), width=20, ratio=ratio)
    painted = np.nonzero(rows == UP)
    assert set(painted[0]) == set(range(int(50 * ratio), int(51 * ratio)))
    assert np.ptp(painted[1]) > 10 * ratio


@pytest.mark.parametrize("style", STYLES)
def test_where_candles_are_missing_or_there_are_none_nothing_is_drawn(style):
    candle = (2.0, 9.0, 1.0, 8.0)
    rows = picture(layer_of(levels_of(candle, None, None, candle), style=style), (0.0, 4 * MINUTE_MS), (0.0, 10.0), 80)
    assert (rows[:, 20:60] == NOTHING).all()
    assert (rows[:, :20] != NOTHING).any()
    assert (rows[:, 60:] != NOTHING).any()
    layer = layer_of(levels_of(), style=style, running=True)
    assert (picture(layer, (0.0, 4 * MINUTE_MS), (0.0, 10.0)) == NOTHING).all()
    assert (layer.extremes(0, 1e9), layer.end(), layer.nearest(1.0), layer.rows(1.0)) == (None, None, None, [])


@pytest.mark.parametrize("close", [2.0, 8.0])
@pytest.mark.parametrize("style", STYLES)
def test_the_running_candle_is_marked_and_no_other(style, close):
    levels = levels_of((5.0, 6.0, 4.0, 5.0), (5.0, 9.0, 1.0, close))
    times, values = (0.0, 4 * MINUTE_MS), (0.0, 10.0)
    ended, running = (picture(layer_of(levels, style=style, running=on), times, values, 80) for on in (False, True))
    assert (ended[:, 40:] == NOTHING).all()
    right = running[:, 40:] != NOTHING
    assert right.sum() == right[np.argmax(right.sum(axis=1))].sum()  # one row,
    assert 10 < right.sum() < 30  # dashed
    assert (ended[:, :20] == running[:, :20]).all()
    if style is not Style.OHLC and close == 2.0:
        assert DOWN in ended[35:45, 24:36]
        assert not {UP, DOWN, NOTHING} >= set(np.unique(running[35:80, 24:36]))  # half-transparent
    before = (-3.0 * MINUTE_MS, 1.0 * MINUTE_MS)  # it is out of view
    unseen = (picture(layer_of(levels, style=style, running=on), before, values, 80) for on in (False, True))
    assert (next(unseen) == next(unseen)).all()


def test_a_candle_is_the_same_wherever_the_view_begins_and_no_narrower_than_it_can_be_seen():
    levels = random_levels(4, 2000)
    layer = layer_of(levels, 5 * MINUTE_MS / 1.7)
    width = layer.width_ms / (5 * MINUTE_MS / 1.7)
    assert LEAST_PX <= width < 4 * LEAST_PX
    length = 200 * 5 * MINUTE_MS / 1.7
    start = float(levels.open_ms[500])
    here = picture(layer, (start, start + length), (50.0, 200.0))
    step = 40 * length / 200
    there = picture(layer, (start + step, start + step + length), (50.0, 200.0))
    assert (here[:, 60:190] == there[:, 20:150]).all()


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize(("prices", "body"), [((1, 9, 1, 9), (UP, NOTHING, UP)), ((9, 9, 1, 1), (DOWN, DOWN, DOWN))])
def test_the_narrowest_candle_that_rose_is_hollow_still_and_one_that_fell_is_not(ratio, prices, body):
    layer = layer_of(levels_of(tuple(map(float, prices)), first=4), MINUTE_MS / LEAST_PX)
    assert (layer.width_ms, layer.merged) == (MINUTE_MS, "")
    found = picture(layer, (0.0, 12.0 * MINUTE_MS), (0.0, 10.0), round(12 * LEAST_PX), 20, ratio)[10 * ratio]
    row = found.tolist()
    at = row.index(body[0])
    assert row[at : at + 3 * ratio] == np.repeat(body, ratio).tolist()
    assert (found != NOTHING).sum() == 3 * ratio - body.count(NOTHING) * ratio


def test_heikin_ashi_is_drawn_as_defined_from_the_candles_of_the_width_in_view():
    levels = random_levels(5, 3000)
    layer = layer_of(levels, 2 * MINUTE_MS, style=Style.HEIKIN_ASHI)
    start_ms, stop_ms = float(levels.open_ms[1800]), float(levels.open_ms[2500])
    whole = levels.of_width(-1e15, 1e15, layer.width_ms)
    wanted = np.array(heikin_ashi(whole.open, whole.high, whole.low, whole.close))
    shown = (whole.open_ms > start_ms - layer.width_ms) & (whole.open_ms < stop_ms)
    found = layer.drawn(start_ms, stop_ms)
    np.testing.assert_allclose((found.open, found.high, found.low, found.close), wanted[:, shown], rtol=1e-12)
    assert list(found.open_ms) == list(whole.open_ms[shown])
    assert layer.extremes(start_ms, stop_ms) == (found.low.min(), found.high.max())


def test_the_crosshair_tells_the_four_prices_of_the_candle_that_is_drawn():
    levels = levels_of((100.0, 110.0, 90.0, 101.2), (101.2, 104.0, 99.0, 100.0), (100.0, 120.0, 80.0, 88.0), first=4)
    layer = layer_of(levels)
    assert layer.rows(4 * MINUTE_MS) == [("BTC/USD  O 100.00  H 110.00  L 90.000  C 101.20  +1.20\u202f%", LIGHT.up)]
    assert layer.rows(4 * MINUTE_MS + 1) == []
    assert (layer.at(5 * MINUTE_MS), layer.at(5 * MINUTE_MS + 1)) == (100.0, None)
    wide = layer_of(levels, MINUTE_MS)
    assert wide.merged == "4 × 1m"
    assert wide.rows(4 * MINUTE_MS) == [
        ("BTC/USD  4 × 1m  O 100.00  H 120.00  L 80.000  C 88.000  −12.00\u202f%", LIGHT.down)
    ]
    assert layer.end() == (6 * MINUTE_MS, 88.0, "88.000", LIGHT.down)


@given(st.integers(0, 50), st.integers(1, 300), st.floats(-0.2, 1.2), st.sampled_from([0.01, 1.0, 5.0]))
def test_the_nearest_candle_is_that_whose_middle_is_nearest(seed, count, place, px_minutes):
    levels = random_levels(seed, count)
    layer = layer_of(levels, px_minutes * MINUTE_MS)
    t_ms = levels.open_ms[0] + place * (levels.open_ms[-1] - levels.open_ms[0] + MINUTE_MS)
    all_of_them = layer.drawn(-1e15, 1e15).open_ms
    found = layer.nearest(t_ms)
    assert found in all_of_them
    assert abs(found + layer.shift_ms - t_ms) == np.abs(all_of_them + layer.shift_ms - t_ms).min()


@pytest.mark.parametrize("style", STYLES)
def test_what_is_left_of_the_settled_time_stays_as_it_is_while_candles_come(style):
    levels = random_levels(6, 100)
    times = (0.0, float(levels.open_ms[-1]) + 40 * MINUTE_MS)
    layer = layer_of(levels, times[1] / 200, style)
    settled, key, before = layer.settled_ms, layer.key(), picture(layer, times, (50.0, 200.0))
    for k in range(1, 9):
        levels.append(Candle(int(levels.open_ms[-1]) + MINUTE_MS, 90.0 + k, 130.0, 80.0, 100.0))
        levels.amend(Candle(int(levels.open_ms[-1]), 90.0 + k, 140.0, 70.0, 105.0 - k))
    later = layer_of(levels, times[1] / 200, style)
    kept = int(settled / times[1] * 200)
    after = picture(later, times, (50.0, 200.0))
    assert (before[:, :kept] == after[:, :kept]).all()
    assert (before != after).any()
    assert later.key() == key
    part = picture(later, times, (50.0, 200.0), left=float(kept))
    assert (part[:, kept:] == after[:, kept:]).all()


def test_another_look_has_another_key():
    levels = random_levels(7, 30)
    layers = [
        layer_of(levels),
        layer_of(random_levels(7, 30)),
        layer_of(levels, MINUTE_MS),
        layer_of(levels, style=Style.OHLC),
        layer_of(levels, running=True),
        layer_of(levels, scale=Scale(ScaleKind.LOG)),
        layer_of(levels, theme=DARK),
    ]
    assert len({layer.key() for layer in layers}) == len(layers)
    assert layers[0].key() == layer_of(levels).key()


def test_steps_go_from_candle_to_candle_as_they_are_drawn():
    candle = (2.0, 9.0, 1.0, 8.0)
    levels = levels_of(candle, None, candle, candle, candle, candle, first=3)
    layer = layer_of(levels)
    assert [layer.step(5 * MINUTE_MS, by) for by in (-9, -1, 0, 1, 9)] == [k * MINUTE_MS for k in (3, 3, 5, 6, 8)]
    wide = layer_of(levels, MINUTE_MS)
    assert [wide.step(4 * MINUTE_MS, by) for by in (-9, -1, 0, 1, 9)] == [k * MINUTE_MS for k in (0, 0, 4, 8, 8)]
    assert layer_of(levels_of()).step(0.0, 1) is None
