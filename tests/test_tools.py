"""Lines and the measure in the chart, by mouse and by key: what they do, what they leave alone, what ends them."""

import pytest
from charts import OFFSCREEN, look
from mice import bars, overlay, plates, put_cursor
from PySide6.QtCore import QPointF, Qt

from cryptoprices.core.drawings import Level, Trend
from cryptoprices.core.intervals import HOUR_MS
from cryptoprices.ui.chart.modes import Mode
from cryptoprices.ui.chart.tools import Tools
from cryptoprices.ui.chart.tools_pen import Tool
from cryptoprices.ui.chart.tools_places import Grip
from cryptoprices.ui.chart.view import ChartView

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)

BAR_MS = 300_000
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
THIN = "\u202f"


@pytest.fixture
def chart(day_chart):
    return day_chart


def test_a_level_is_put_with_a_click_at_the_price_there_and_stands_on_the_axis(chart, tools, mouse, told):
    times = chart.times
    tools.use(Tool.LEVEL)
    at = QPointF(200, 60)
    mouse.move(at, buttons=Qt.MouseButton.NoButton)
    assert len(plates(chart)) == 2  # the one that is under the mouse is shown already
    mouse.click(at)
    (level,) = tools.drawings
    assert mouse.place(times[0], level.price).y() == pytest.approx(60)
    assert chart.stack.main.layers[0].scale.text(level.price) in plates(chart)
    assert tools.held == Grip(0)
    assert told == [f"Level at {tools.scale.text(level.price)}"]
    assert tools.pen.tool is Tool.CURSOR  # one tool, one line
    assert (chart.times, chart.following) == (times, True)


@pytest.mark.parametrize("held", [False, True])
def test_points_go_to_a_bar_and_its_close_where_they_are_near_and_with_ctrl_where_the_mouse_is(
    chart, tools, mouse, held
):
    near, other = bars(chart)[100], bars(chart)[200]
    off = QPointF(0.4, -5)
    tools.use(Tool.TREND)
    for point in (near, other):
        mouse.click(mouse.place(*point) + off, CTRL if held else Qt.KeyboardModifier.NoModifier)
    (line,) = tools.drawings
    assert ((line.start, line.stop) == (near, other)) is not held
    there = mouse.place(*line.start) - mouse.place(*near)
    assert (there.x(), there.y()) == pytest.approx((off.x(), off.y()) if held else (0, 0), abs=0.5 if held else 1e-6)


def test_candles_draw_a_point_to_any_of_their_four_prices(chart, tools, mouse):
    chart.set_mode("Candles")
    chart.go_to(chart.times[1] - 5 * HOUR_MS, chart.times[1] - 4 * HOUR_MS)
    look(chart)
    layer = chart.stack.main.layers[0]
    at = bars(chart)[5].t_ms
    candle = layer.drawn(at - layer.shift_ms, at - layer.shift_ms + 1)
    for column in (candle.open, candle.high, candle.low, candle.close):
        tools.use(Tool.LEVEL)
        mouse.click(mouse.place(at, float(column[-1])))
        assert tools.drawings[-1] == Level(float(column[-1]))


def test_a_trend_line_is_drawn_by_a_drag_as_by_two_clicks_and_the_view_stays(chart, tools, mouse):
    one, other = bars(chart)[60], bars(chart)[150]
    times = chart.times
    tools.use(Tool.TREND)
    mouse.drag(mouse.place(*one), mouse.place(*other))
    tools.use(Tool.TREND)
    mouse.click(mouse.place(*one))
    mouse.move(mouse.place(*other), buttons=Qt.MouseButton.NoButton)
    (layer,) = overlay(chart)
    assert len(layer.drawings) == 2  # the second one is to be seen already
    mouse.click(mouse.place(*other))
    assert tools.drawings == (Trend(one, other),) * 2
    assert (chart.times, chart.following) == (times, True)


def test_a_second_click_that_comes_fast_is_no_double_click(chart, tools, mouse):
    one, other = bars(chart)[60], bars(chart)[150]
    tools.use(Tool.TREND)
    mouse.click(mouse.place(*one))
    mouse.press_again(mouse.place(*other))
    mouse.release(mouse.place(*other))
    assert tools.drawings == (Trend(one, other),)
    assert chart.following


def test_the_key_of_the_tool_ends_a_line_where_the_mouse_is(chart, tools, mouse):
    one, other = bars(chart)[60], bars(chart)[150]
    tools.use(Tool.TREND)
    mouse.click(mouse.place(*one))
    mouse.move(mouse.place(*other), buttons=Qt.MouseButton.NoButton)
    tools.use(Tool.TREND)
    assert tools.drawings == (Trend(one, other),)


def test_a_first_click_that_shakes_is_no_drag(chart, tools, mouse):
    at = mouse.place(*bars(chart)[60]) + QPointF(0, 30)
    tools.use(Tool.TREND)
    mouse.press(at, CTRL)
    mouse.move(at + QPointF(2, 2), CTRL)
    mouse.release(at + QPointF(2, 2), CTRL)
    assert not tools.drawings
    assert tools.pen.fixed


@pytest.mark.parametrize("scale", ["Log", "Per cent", "Indexed to 100"])
def test_on_every_scale_a_line_is_where_the_mouse_has_put_it(chart, tools, mouse, scale):
    chart.set_scale(scale)
    look(chart)
    tools.use(Tool.LEVEL)
    mouse.click(QPointF(200, 60), CTRL)
    assert mouse.place(chart.times[0], tools.drawings[0].price).y() == pytest.approx(60)
    assert tools.scale.tag(tools.drawings[0].price) in plates(chart)


@pytest.mark.parametrize("mode", ["Price", "Candles"])
def test_by_key_a_point_is_where_the_bar_is_drawn(chart, tools, mode):
    chart.set_mode(mode)
    look(chart)
    one, other = bars(chart)[5], bars(chart)[8]
    for point in (one, other):
        put_cursor(chart, point)
        tools.use(Tool.TREND)
    assert tools.drawings == (Trend(one, other),)


def test_by_key_a_level_is_at_the_close_under_the_cursor(chart, tools, told):
    point = bars(chart)[100]
    put_cursor(chart, point)
    tools.use(Tool.LEVEL)
    assert tools.drawings == (Level(point.price),)


def test_by_key_a_trend_line_begins_at_one_bar_and_ends_at_another(chart, tools, told, qtbot):
    one = bars(chart)[100]
    put_cursor(chart, one)
    tools.use(Tool.TREND)
    assert told == [
        f"Trend line from {tools.scale.text(one.price)} at 21 Nov 2025 22:25: step to its end and press the same key"
    ]
    tools.use(Tool.TREND)
    assert not tools.drawings  # it needs a second bar
    for _ in range(3):
        qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert len(overlay(chart)) == 1
    tools.use(Tool.TREND)
    assert tools.drawings == (Trend(one, bars(chart)[103]),)
    assert told[-1].startswith("Trend line from ")
    assert chart.cursor_ms == bars(chart)[103].t_ms


def test_where_the_mouse_shows_the_crosshair_the_key_only_takes_the_tool(chart, tools, mouse):
    mouse.move(QPointF(300, 100), buttons=Qt.MouseButton.NoButton)
    assert chart.cursor_ms is not None
    tools.use(Tool.LEVEL)
    assert not tools.drawings
    assert tools.pen.tool is Tool.LEVEL


def test_escape_ends_what_is_drawn_then_lets_go_then_takes_the_cursor(chart, tools, mouse, qtbot):
    tools.use(Tool.LEVEL)
    mouse.click(QPointF(200, 60))
    put_cursor(chart, bars(chart)[100])
    tools.use(Tool.TREND)
    assert tools.pen.fixed
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert tools.pen.tool is Tool.CURSOR
    assert len(overlay(chart)) == 1
    tools.hold(Grip(0))
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert tools.held is None
    assert chart.cursor_ms is not None
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.cursor_ms is None


def test_a_tool_and_the_brush_put_each_other_away(chart, tools):
    chart.brush.arm(True)
    tools.use(Tool.TREND)
    assert not chart.brush.armed
    chart.brush.arm(True)
    assert tools.pen.tool is Tool.CURSOR


# measuring


def test_the_measure_says_price_percent_bars_and_time_until_the_next_click(chart, tools, mouse, told):
    one, other = bars(chart)[100], bars(chart)[124]
    tools.use(Tool.MEASURE)
    mouse.drag(mouse.place(*one), mouse.place(*other))
    change = (other.price / one.price - 1) * 100
    assert tools.measure == f"+120.00 · +{change:.2f}{THIN}% · 24 bars of 5m · 2{THIN}h"
    assert told == [tools.measure]
    (layer,) = overlay(chart)
    assert layer.text == tools.measure
    mouse.click(QPointF(30, 30))
    assert not overlay(chart)
    assert not tools.measure


def test_it_measures_backwards_and_by_key_and_escape_ends_it(chart, tools, told, qtbot):
    put_cursor(chart, bars(chart)[124])
    tools.use(Tool.MEASURE)
    qtbot.keyClick(chart, Qt.Key.Key_PageUp)
    tools.use(Tool.MEASURE)
    assert tools.measure.startswith("−50.00 · −")
    assert tools.measure.endswith(f" · 10 bars of 5m · 50{THIN}min")
    assert told[-1] == tools.measure
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert not tools.measure
    assert not tools.drawings


def test_candles_are_counted_as_lines_are(chart, tools, mouse):
    chart.set_mode("Candles")
    look(chart)
    one, other = bars(chart)[-10], bars(chart)[-3]
    hours = (other.t_ms - one.t_ms) / BAR_MS
    tools.use(Tool.MEASURE)
    mouse.drag(mouse.place(*one), mouse.place(*other))
    assert f" · {round(hours)} bars of 5m · " in tools.measure


def test_before_there_are_bars_none_are_counted(polls, timeline, qtbot):
    chart = ChartView(polls.hub, timeline)
    qtbot.addWidget(chart)
    chart.resize(900, 500)
    chart.show()
    chart.set_mode(Mode.PRICE)
    polls.run(30)
    look(chart)
    tools = Tools(polls.hub, timeline, chart)
    chart.refresh()
    first, last = bars(chart)[0], bars(chart)[10]
    tools.use(Tool.MEASURE)
    tools.pen.fix(first)
    tools.pen.fix(last)
    assert tools.measure.startswith("+10.00")
    assert "bar" not in tools.measure
