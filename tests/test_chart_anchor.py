"""From when coins are compared: the first bar in view, or a moment that a person has chosen."""

import json

import numpy as np
import pytest
from charts import OFFSCREEN, look, new_chart, point_at, settle
from pasts import load
from polls import BTC, ETH, Polls
from PySide6.QtCore import QPoint, Qt

from cryptoprices.ui.chart.view import ChartView

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)


@pytest.fixture
def chart(qapp, fake_clock, qtbot):
    polls = Polls(fake_clock, (BTC, ETH))
    chart = new_chart(polls, qtbot)
    polls.run(60)
    settle()
    return chart


def bases(chart):
    return [line.scale.base for line in chart.picture.lines]


def times(chart):
    return chart.picture.lines[0].series.times


def x_of(chart, t_ms):
    start, stop = chart.times
    plot = chart.stack.main.plot
    return round(plot.left() + (t_ms - start) / (stop - start) * plot.width())


def drag(qtbot, chart, start, stop):
    canvas = chart.stack.canvas.viewport()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for part in (1, 2, 3):
        qtbot.mouseMove(canvas, start + (stop - start) * part / 3)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=stop)


def test_the_handle_at_the_left_edge_is_dragged_to_a_moment_which_stays_while_the_view_moves(chart, qtbot):
    plot = chart.stack.main.plot
    assert chart.anchor.isVisible()
    assert bases(chart) == [100, 10]
    foot = QPoint(round(plot.left()), round(plot.bottom()) - 3)
    drag(qtbot, chart, foot, QPoint(x_of(chart, times(chart)[20]), foot.y()))
    assert bases(chart) == [120, 11]
    assert chart.anchor.t_ms == times(chart)[20]
    view = chart.times
    assert chart.following  # the drag was not one of the view
    look(chart)
    chart.moves.pan(-120_000)
    assert chart.times != view
    assert bases(chart) == [120, 11]
    chart.moves.zoom(0.2, times(chart)[-1])
    assert not chart.anchor.isVisible()
    assert bases(chart) == [120, 11]
    look(chart)


def test_a_double_click_on_the_line_or_escape_ends_it(chart, qtbot):
    chart.compare_from(times(chart)[20])
    place = QPoint(x_of(chart, times(chart)[20]), 200)
    assert bases(chart) == [120, 11]
    qtbot.mouseDClick(chart.stack.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert bases(chart) == [100, 10]
    chart.compare_from(times(chart)[20])
    point_at(chart, 200, 50)
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.cursor_ms is None
    assert bases(chart) == [120, 11]
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert bases(chart) == [100, 10]


def test_shift_and_a_click_or_the_cursor_say_from_where(chart, qtbot):
    place = QPoint(x_of(chart, times(chart)[30]) - 1, 100)
    qtbot.mouseClick(chart.stack.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chart.anchor_ms is None
    qtbot.mouseClick(chart.stack.canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, place)
    assert bases(chart) == [130, 11.5]
    chart.stack.crosshair.put_at(times(chart)[40])
    chart.compare_here()
    assert bases(chart) == [140, 12]


def test_there_is_no_anchor_where_nothing_is_compared_or_known(chart):
    chart.compare_from(times(chart)[-1] + 1e9)
    assert chart.anchor_ms is None
    chart.set_mode("Price")
    assert not chart.anchor.isVisible()
    chart.compare_from(times(chart)[20])
    assert chart.anchor_ms is None
    assert bases(chart) == [100]


def test_a_price_paints_nothing_of_the_anchor_anew(chart):
    chart.compare_from(times(chart)[20])
    settle()
    updated = []
    chart.anchor.update = lambda: updated.append(1)
    chart.refresh()
    assert not updated
    chart.moves.pan(-20_000)
    assert updated
    assert np.isfinite(chart.anchor.boundingRect().width())


@pytest.fixture
def again(polls, timeline, archive, tasks, window, qtbot):
    """again(state): the chart of a run that begins with this state of an earlier one, with its past of an hour."""

    def start(state):
        window.chart_menu.restore(state)
        window.bar.ranges.choose("1H")
        chart = ChartView(polls.hub, timeline)
        window.place_chart(chart)
        window.chart_menu.drive(chart, timeline)
        window.show()
        load(timeline, archive, tasks, qtbot, "1h")
        return chart

    return start


def test_an_anchor_in_the_past_that_is_shown_is_there_again_after_a_start(again, polls, window):
    kept_ms = polls.time.wall_ms // 60_000 * 60_000 - 20 * 60_000
    state = json.loads(json.dumps({**window.chart_menu.state(), "anchor_ms": kept_ms}))
    chart = again(state)
    assert chart.anchor.t_ms == kept_ms
    at = chart.picture.lines[0].series.index(kept_ms)
    assert bases(chart)[0] == chart.picture.lines[0].series.values[at]
    assert window.chart_menu.state()["anchor_ms"] == kept_ms
    chart.end_anchor()
    assert window.chart_menu.state()["anchor_ms"] is None


@pytest.mark.parametrize("hours", [-2, 1])
def test_one_that_is_not_in_it_any_more_is_forgotten(again, polls, window, hours):
    chart = again({"anchor_ms": polls.time.wall_ms + hours * 3_600_000})
    assert chart.anchor_ms is None
    assert window.chart_menu.state()["anchor_ms"] is None


@pytest.mark.parametrize("strange", ["now", None, True, float("nan"), float("inf"), [1]])
def test_a_strange_one_is_passed_over(again, strange):
    assert again({"anchor_ms": strange}).anchor_ms is None
