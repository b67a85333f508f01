"""The chart: who may move it, and how far."""

import numpy as np
import pytest
from charts import OFFSCREEN, drag, look, new_chart, point_at, wheel
from polls import BTC, ETH, SOL, Polls
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication

from cryptoprices.ui.chart.letters import Letters

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)


@pytest.fixture
def polls(qapp, fake_clock):
    return Polls(fake_clock, (BTC, ETH, SOL))


@pytest.fixture
def chart(polls, qtbot):
    return new_chart(polls, qtbot)


def test_the_axis_fits_what_is_visible(chart, polls):
    polls.run(10)
    polls.poll({BTC: 200, ETH: 20})
    polls.run(40)
    chart.set_mode("Price")
    assert chart.stack.main.box.values[1] > 200
    series = chart.picture.lines[0].series
    chart.moves.zoom(0.5, series.times[-1])
    assert chart.stack.main.box.values[1] < 150


@pytest.mark.parametrize("notches", [1, -1, 3])
def test_the_wheel_zooms_and_keeps_what_is_under_the_cursor(chart, polls, notches):
    polls.run(400)
    chart.moves.zoom(0.5, chart.stack.main.box.time_at(300))
    before = chart.stack.main.box.times
    t_ms = chart.stack.main.box.time_at(200)
    wheel(chart, 200, notches)
    after = chart.stack.main.box.times
    assert chart.stack.main.box.time_at(200) == pytest.approx(t_ms, abs=1)
    assert (after[1] - after[0]) / (before[1] - before[0]) == pytest.approx(1.25**-notches)


def test_dragging_takes_the_times_along_and_ends_following_until_live_is_pressed(chart, polls, qtbot):
    polls.run(100)
    look(chart)
    before = chart.stack.main.box.times
    ms_per_px = (before[1] - before[0]) / chart.stack.main.plot.width()
    drag(qtbot, chart, QPoint(300, 200), QPoint(100, 0))
    after = chart.stack.main.box.times
    assert before[0] - after[0] == pytest.approx(100 * ms_per_px, rel=0.02)
    assert not chart.following
    assert chart.live_button.isVisible()
    assert chart.live_button.y() >= chart.stack.main.plot.bottom() + Letters().height / 2 - 1  # it covers no value
    chart.live_button.setFocus()
    qtbot.mouseClick(chart.live_button, Qt.MouseButton.LeftButton)
    assert chart.following
    assert not chart.live_button.isVisible()
    assert chart.hasFocus()  # for the next key
    assert chart.stack.main.box.times == before


def test_new_samples_move_a_view_that_follows_and_no_other(chart, polls):
    polls.run(30)
    first = chart.stack.main.box.times
    polls.run(1)
    assert chart.stack.main.box.times[1] > first[1]
    chart.moves.pan(-60_000)
    moved = chart.stack.main.box.times
    polls.run(5)
    look(chart)
    assert chart.stack.main.box.times == moved
    chart.follow()
    assert chart.stack.main.box.times[1] > chart.picture.lines[0].series.times[-1]


def test_some_of_the_line_stays_in_view_however_far_one_goes(chart, polls):
    polls.run(30)
    times = chart.picture.lines[0].series.times
    for by_ms in (1e12, -1e12):
        chart.moves.pan(by_ms)
        start_ms, stop_ms = chart.stack.main.box.times
        assert start_ms < times[-1]
        assert stop_ms > times[0]
    for factor in (1e9, 1e-9):
        chart.moves.zoom(factor, times[3])
        assert 60_000 - 1 <= np.diff(chart.stack.main.box.times)[0] <= 1.3 * (times[-1] - times[0])
    look(chart)


def test_a_pan_goes_by_whole_pixels_and_what_is_left_is_gone_next(chart, polls):
    polls.run(100)
    chart.moves.zoom(0.5, chart.stack.main.box.time_at(300))
    before = chart.times
    px_ms = (before[1] - before[0]) / round(chart.stack.main.plot.width() * chart.devicePixelRatioF())
    gone = []
    for _ in range(5):
        chart.moves.pan(-0.4 * px_ms)
        gone.append((before[0] - chart.times[0]) / px_ms)
    assert gone == pytest.approx([0, 1, 1, 2, 2], abs=1e-6)
    assert chart.times[1] - chart.times[0] == pytest.approx(before[1] - before[0])


def test_a_double_click_goes_back(chart, polls, qtbot):
    polls.run(60)
    look(chart)
    before = chart.stack.main.box.times
    chart.moves.zoom(0.3, before[0])
    qtbot.mouseDClick(chart.stack.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    assert chart.stack.main.box.times == before
    assert chart.following


def test_keys_do_what_the_mouse_does(chart, polls, qtbot):
    polls.run(60)
    chart.set_mode("Price")
    home = chart.stack.main.box.times
    for key, moves in ((Qt.Key.Key_Left, -1), (Qt.Key.Key_Right, 1)):
        chart.follow()
        qtbot.keyClick(chart, key, Qt.KeyboardModifier.ControlModifier)
        assert (chart.stack.main.box.times[0] - home[0]) * moves > 0
    chart.follow()
    qtbot.keyClick(chart, Qt.Key.Key_Plus)
    closer = chart.stack.main.box.times
    assert np.diff(closer) == pytest.approx(np.diff(home) / 1.25)
    qtbot.keyClick(chart, Qt.Key.Key_Minus)
    assert chart.stack.main.box.times == pytest.approx(home)
    qtbot.keyClick(chart, Qt.Key.Key_Plus)
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert chart.stack.main.box.times[0] == chart.picture.lines[0].series.times[0]
    for back in (Qt.Key.Key_End, Qt.Key.Key_0):
        chart.moves.pan(-100_000)
        qtbot.keyClick(chart, back)
        assert chart.following
        assert chart.stack.main.box.times == home


def test_when_the_calendar_is_set_anew_a_moved_view_does_not_stay_behind(chart, polls):
    polls.run(30)
    chart.moves.pan(-60_000)
    polls.time.wall_ms -= 86_400_000
    polls.run(1)
    start_ms, stop_ms = chart.stack.main.box.times
    assert start_ms < chart.picture.lines[0].series.times[-1] < stop_ms


def test_who_comes_by_key_sees_where_the_keys_go(chart, qtbot):
    for reason, seen in ((Qt.FocusReason.TabFocusReason, True), (Qt.FocusReason.MouseFocusReason, False)):
        QApplication.sendEvent(chart, QFocusEvent(QEvent.Type.FocusIn, reason))
        assert chart.stack.main._focused is seen
        look(chart)
        QApplication.sendEvent(chart, QFocusEvent(QEvent.Type.FocusOut, reason))
        assert not chart.stack.main._focused


def test_left_and_right_put_the_cursor_a_bar_on_and_the_view_follows(chart, polls, qtbot):
    polls.run(200)
    chart.moves.zoom(0.3, chart.times[1])
    times = chart.picture.lines[0].series.times
    told = []
    chart.cursor_moved.connect(told.append)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.cursor_ms == times[-1]  # at first the newest in view
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    qtbot.keyClick(chart, Qt.Key.Key_PageUp)
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert told == [times[-1], times[-2], times[-12], times[-11]]
    assert chart.stack.crosshair.rows[1].text.startswith("BTC +")
    view = chart.times
    for _ in range(10):
        qtbot.keyClick(chart, Qt.Key.Key_PageUp)
    assert chart.cursor_ms == times[-111]
    assert chart.times[0] < chart.cursor_ms < view[0]
    assert np.diff(chart.times) == pytest.approx(np.diff(view))
    look(chart)
    for _ in range(40):
        qtbot.keyClick(chart, Qt.Key.Key_PageUp)
    assert chart.cursor_ms == times[0]
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert (chart.cursor_ms, told[-1]) == (None, None)


def test_the_cursor_stays_at_its_bar_while_prices_come_and_goes_with_the_mouse(chart, polls, qtbot):
    polls.run(30)
    chart.moves.step(-1)
    chart.moves.step(-3)
    at_ms = chart.cursor_ms
    assert at_ms == chart.picture.lines[0].series.times[-4]
    polls.run(3)
    assert chart.cursor_ms == at_ms
    hovered = []
    chart.hovered_time.connect(hovered.append)
    point_at(chart, 100, 50)
    assert hovered == [chart.cursor_ms] != [at_ms]
    chart.moves.step(1)
    assert hovered[-1] is None
