"""What is drawn over the prices: held, moved, removed, straight on every scale, and whose it is."""

import pytest
from charts import OFFSCREEN, look
from mice import bars, overlay, plates, put_cursor
from polls import BTC, ETH
from PySide6.QtCore import QPointF, Qt

from cryptoprices.core.drawings import MOST, Extended, Level, Trend
from cryptoprices.core.intervals import HOUR_MS
from cryptoprices.ui.chart.tools import NO_PAIR, Tools
from cryptoprices.ui.chart.tools_pen import Tool
from cryptoprices.ui.chart.tools_places import Grip, Part

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)

BAR_MS = 300_000
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
THIN = "\u202f"


@pytest.fixture
def chart(day_chart):
    return day_chart


def drawn(tools, *drawings):
    assert tools.put(drawings, None)


def test_a_click_within_six_pixels_holds_a_line_and_one_beside_lets_go(chart, tools, mouse):
    one, other = bars(chart)[60], bars(chart)[220]
    drawn(tools, Level(one.price), Trend(one._replace(price=other.price), other._replace(price=one.price)))
    at = mouse.place(chart.times[0], one.price)
    for dy, held in ((5.5, Grip(0)), (7.5, None), (-5.5, Grip(0)), (-7.5, None)):
        mouse.click(QPointF(20, at.y() + dy))
        assert tools.held == held
    middle = (mouse.place(one.t_ms, other.price) + mouse.place(other.t_ms, one.price)) / 2
    mouse.click(middle + QPointF(2, 2))
    assert tools.held == Grip(1)
    mouse.click(mouse.place(one.t_ms, other.price) + QPointF(5, -5))
    assert tools.held == Grip(1, Part.START)


def test_dragging_a_line_moves_it_and_neither_pans_nor_ends_following(chart, tools, mouse, polls):
    times = chart.times
    one, other, third = (bars(chart)[i] for i in (60, 150, 220))
    drawn(tools, Level(one.price), Trend(one, other))
    level = mouse.place(chart.times[1] - HOUR_MS, one.price)
    mouse.drag(level, QPointF(level.x(), 20), CTRL)
    assert mouse.place(times[0], tools.drawings[0].price).y() == pytest.approx(20)
    mouse.drag(mouse.place(*other), mouse.place(*third))
    assert tools.drawings[1] == Trend(one, third)
    middle = (mouse.place(*one) + mouse.place(*third)) / 2
    mouse.drag(middle, middle + QPointF(10, 8))
    for end, before in zip(tools.drawings[1][:2], (one, third), strict=True):
        by = mouse.place(*end) - mouse.place(*before)
        assert (by.x(), by.y()) == pytest.approx((10, 8))
    assert (chart.times, chart.following) == (times, True)
    for _ in range(3):  # a drag is one change
        tools.undo()
    assert tools.drawings == (Level(one.price), Trend(one, other))


def test_where_two_lines_cross_one_is_caught(chart, tools, mouse):
    one, other = bars(chart)[60], bars(chart)[220]
    drawn(tools, Trend(one, other), Trend(one._replace(price=other.price), other._replace(price=one.price)))
    mouse.click((mouse.place(*one) + mouse.place(*other)) / 2)
    assert tools.held == Grip(1)


def test_after_a_drag_keys_move_what_is_to_be_seen(chart, tools, mouse, qtbot):
    drawn(tools, Level(bars(chart)[60].price))
    at = mouse.place(*bars(chart)[60])
    mouse.drag(at, at + QPointF(0, -30))
    qtbot.keyClick(chart, Qt.Key.Key_Up)
    (layer,) = overlay(chart)
    assert layer.drawings == tools.drawings


def test_a_click_that_shakes_moves_nothing(chart, tools, mouse):
    drawn(tools, Level(bars(chart)[60].price))
    before, at = tools.drawings, mouse.place(*bars(chart)[60])
    mouse.press(at + QPointF(80, 0))
    mouse.move(at + QPointF(81, 2))
    mouse.release(at + QPointF(81, 2))
    assert tools.drawings == before


def test_prices_that_come_while_a_line_is_dragged_do_not_put_it_back(chart, tools, mouse, polls):
    drawn(tools, Level(bars(chart)[60].price))
    at = mouse.place(*bars(chart)[60])
    mouse.press(at)
    mouse.move(at + QPointF(0, -30))
    polls.run(3, start=bars(chart)[-1].price)
    look(chart)
    (layer,) = overlay(chart)
    assert layer.drawings != tools.drawings
    mouse.release(at + QPointF(0, -30))
    assert layer.drawings == tools.drawings


def test_keys_go_through_the_drawings_and_the_ends_of_lines_and_round(chart, tools, told, qtbot):
    one, other = bars(chart)[60], bars(chart)[150]
    drawn(tools, Level(one.price), Trend(one, other))
    grips = [Grip(0), Grip(1), Grip(1, Part.START), Grip(1, Part.STOP), Grip(0)]
    for grip in grips:
        qtbot.keyClick(chart, Qt.Key.Key_Down, CTRL)
        assert tools.held == grip
    qtbot.keyClick(chart, Qt.Key.Key_Up, CTRL)
    assert tools.held == grips[3]
    text = tools.scale.text
    assert told[:4] == [
        f"Level at {text(one.price)}, 1 of 2",
        f"Trend line from {text(one.price)} at 21 Nov 2025 19:05 to {text(other.price)} at 22 Nov 2025 02:35, 2 of 2",
        f"Its start, {text(one.price)} at 21 Nov 2025 19:05",
        f"Its end, {text(other.price)} at 22 Nov 2025 02:35",
    ]


def test_arrows_move_what_is_held_by_a_pixel_or_a_bar_and_the_view_not(chart, tools, mouse, qtbot):
    times = chart.times
    one, other = bars(chart)[60], bars(chart)[150]
    drawn(tools, Level(one.price), Trend(one, other))
    tools.hold(Grip(0))
    qtbot.keyClick(chart, Qt.Key.Key_Up)
    qtbot.keyClick(chart, Qt.Key.Key_Up, SHIFT)
    assert (mouse.place(times[0], tools.drawings[0].price) - mouse.place(times[0], one.price)).y() == pytest.approx(-11)
    tools.hold(Grip(1, Part.STOP))
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    qtbot.keyClick(chart, Qt.Key.Key_Down)
    line = tools.drawings[1]
    assert line.start == one
    assert line.stop.t_ms == pytest.approx(other.t_ms + BAR_MS, abs=1)
    assert (mouse.place(*line.stop) - mouse.place(other.t_ms, other.price)).y() == pytest.approx(1)
    assert chart.times == times


def test_arrows_that_a_level_has_no_use_for_move_the_cursor(chart, tools, qtbot):
    drawn(tools, Level(bars(chart)[60].price))
    tools.hold(Grip(0))
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.cursor_ms is not None


def test_delete_removes_and_that_can_be_undone(chart, tools, told, qtbot):
    drawn(tools, Level(1.0), Level(2.0))
    tools.hold(Grip(0))
    with qtbot.waitSignal(tools.removed) as removed:
        qtbot.keyClick(chart, Qt.Key.Key_Delete)
    assert removed.args == ["BTC/USD", (Level(1.0),)]
    assert tools.drawings == (Level(2.0),)
    assert tools.held is None
    tools.undo()
    assert tools.drawings == (Level(1.0), Level(2.0))
    qtbot.keyClick(chart, Qt.Key.Key_Delete)  # nothing is held
    assert len(tools.drawings) == 2


def test_what_was_removed_is_put_back_beside_what_has_been_drawn_since_and_nothing_twice(chart, tools, polls):
    drawn(tools, Level(1.0))
    polls.hub.select(ETH)
    tools.put_back("BTC/USD", (Level(2.0), Level(1.0)))
    assert not tools.drawings
    polls.hub.select(BTC)
    assert tools.drawings == (Level(1.0), Level(2.0))


def test_an_extended_line_goes_on_to_the_edge_of_the_plot_and_is_caught_there(chart, tools, mouse):
    one, other = bars(chart)[100], bars(chart)[160]
    line = Trend(one, other._replace(price=one.price))
    far_right, far_left = mouse.place(one.t_ms, one.price), mouse.place(one.t_ms, one.price)
    far_right.setX(chart.stack.main.plot.width() - 20)
    far_left.setX(20)
    for extended, right, left in ((Extended.NONE, 0, 0), (Extended.RIGHT, 1, 0), (Extended.BOTH, 1, 1)):
        drawn(tools, line._replace(extended=extended))
        for at, caught in ((far_right, right), (far_left, left)):
            mouse.click(at)
            assert (tools.held is not None) == bool(caught)
    drawn(tools, Trend(line.stop, line.start, Extended.RIGHT))  # to the right, whichever end came first
    mouse.click(far_right)
    assert tools.held


def test_a_line_is_straight_on_the_scale_that_is_in_force(chart, tools, mouse):
    one, other = bars(chart)[60], bars(chart)[220]
    drawn(tools, Trend(one, other._replace(price=one.price * 1.001)))
    for scale in ("Linear", "Log", "Per cent", "Indexed to 100"):
        chart.set_scale(scale)
        look(chart)
        middle = (mouse.place(*tools.drawings[0].start) + mouse.place(*tools.drawings[0].stop)) / 2
        mouse.click(middle)
        assert tools.held == Grip(0)


def test_what_is_drawn_stays_at_its_time_and_price_whatever_is_in_view(chart, tools, mouse):
    one, other = bars(chart)[200], bars(chart)[260]
    drawn(tools, Trend(one, other), Level(one.price))
    chart.moves.zoom(0.5, chart.times[1])
    look(chart)
    mouse.click((mouse.place(*one) + mouse.place(*other)) / 2)
    assert tools.held == Grip(0)
    chart.go_to(one.t_ms + 2 * HOUR_MS, chart.times[1])
    look(chart)
    assert tools.drawings == (Trend(one, other), Level(one.price))


def test_what_is_drawn_makes_no_room_for_itself_on_the_axis(chart, tools):
    values = chart.stack.main.box.values
    drawn(tools, Level(bars(chart)[0].price * 2))
    look(chart)
    assert chart.stack.main.box.values == values
    assert len(plates(chart)) == 1


def test_nothing_is_added_to_the_chart_while_nothing_is_drawn(chart, tools):
    chart.refresh()
    assert not overlay(chart)
    drawn(tools, Level(bars(chart)[0].price))
    drawn(tools)
    assert "drawings" not in chart.stack.main.overlays


def test_what_is_drawn_lies_over_what_others_draw(chart, tools):
    drawn(tools, Level(bars(chart)[60].price))
    chart.stack.main.overlays["study sma"] = ()
    chart.refresh()
    assert list(chart.stack.main.overlays) == ["study sma", "drawings"]


def test_while_samples_come_only_their_columns_are_painted_although_there_are_lines(chart, tools, polls):
    drawn(tools, Level(bars(chart)[60].price), Trend(bars(chart)[60], bars(chart)[150]))
    main = chart.stack.main
    keys = [layer.key() for layer in main.drawn]
    chart.refresh()
    assert [layer.key() for layer in main.drawn] == keys
    assert main._settled_ms == main.layers[0].settled_ms


def test_each_pair_has_its_own_and_the_ratio_has_those_of_one_coin_in_the_other(chart, tools, polls):
    drawn(tools, Level(1.0))
    polls.hub.select(ETH)
    assert (tools.pair, tools.drawings) == ("ETH/USD", ())
    drawn(tools, Level(2.0))
    chart.set_mode("Ratio")
    assert (tools.pair, tools.drawings) == ("ETH/BTC", ())
    drawn(tools, Level(3.0))
    chart.set_mode("Candles")
    assert tools.drawings == (Level(2.0),)
    assert tools.state() == {
        "BTC/USD": [{"level": 1.0}], "ETH/USD": [{"level": 2.0}], "ETH/BTC": [{"level": 3.0}]
    }  # fmt: skip


def test_coins_that_are_compared_have_none_and_that_is_said(chart, tools, qtbot):
    drawn(tools, Level(bars(chart)[0].price))
    tools.hold(Grip(0))
    chart.set_mode("Compare %")
    assert not overlay(chart)
    assert tools.held is None
    with qtbot.waitSignal(tools.refused) as why:
        tools.use(Tool.LEVEL)
    assert why.args == [NO_PAIR]
    assert tools.pen.tool is Tool.CURSOR


def test_in_another_currency_nothing_is_converted_and_it_is_told_what_is_hidden(chart, tools, timeline):
    drawn(tools, Level(bars(chart)[0].price))
    timeline.rates.currency = "EUR"
    chart.refresh()
    assert (tools.pair, tools.drawings) == ("BTC/EUR", ())
    assert tools.hidden == "1 drawing is over prices in USD"
    timeline.rates.currency = "USD"
    chart.refresh()
    assert len(tools.drawings) == 1
    assert not tools.hidden


def test_what_was_kept_is_there_again(chart, tools, polls, timeline):
    drawn(tools, Level(bars(chart)[60].price), Trend(bars(chart)[60], bars(chart)[150], Extended.BOTH))
    state, before = tools.state(), tools.drawings
    tools.remove_all()
    other = Tools(polls.hub, timeline, chart)
    other.restore(state)
    assert other.drawings == before
    (layer,) = overlay(chart)
    assert layer.drawings == before


def test_a_hundred_are_one_layer_in_which_each_is_seen(chart, tools, mouse):
    low, high = sorted(bars(chart)[at].price for at in (60, 220))
    levels = [Level(low + (high - low) * (number + 0.5) / 50) for number in range(50)]
    lines = [Trend(bars(chart)[60]._replace(price=one.price), bars(chart)[150]) for one in levels]
    drawn(tools, *levels, *lines)
    image = look(chart)
    (layer,) = overlay(chart)
    assert layer.drawings == (*levels, *lines)
    assert {tools.scale.tag(level.price) for level in levels} <= set(plates(chart))
    plot, ground = chart.stack.main.plot, chart.stack.main.theme.text
    for level in levels:
        y = round(plot.top()) + round(mouse.place(chart.times[0], level.price).y())
        assert image.pixelColor(round(plot.right()) - 40, y).name() == ground


def test_one_too_many_is_refused_with_a_sentence(chart, tools, qtbot):
    price = bars(chart)[60].price
    drawn(tools, *(Level(price + n) for n in range(MOST)))
    put_cursor(chart, bars(chart)[60])
    with qtbot.waitSignal(tools.refused) as why:
        tools.use(Tool.LEVEL)
    assert why.args == ["BTC/USD has 100 drawings, which is the most: remove one first."]
    assert len(tools.drawings) == MOST
