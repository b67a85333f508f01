"""The chart: what it shows, and who may move it."""

import numpy as np
import pytest
from polls import BTC, ETH, SOL, Polls
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from cryptoprices.core.series import Series
from cryptoprices.qt.recorder import Recorder
from cryptoprices.ui.chart.modes import Mode, Range
from cryptoprices.ui.chart.strokes import Frame, strokes
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform has nothing to tell of sizes


@pytest.fixture
def polls(qapp, fake_clock):
    return Polls(fake_clock, (BTC, ETH, SOL))


@pytest.fixture
def chart(polls, qtbot):
    chart = ChartView(polls.hub, Recorder(polls.hub, interval_s=20))
    qtbot.addWidget(chart)
    chart.resize(800, 500)
    chart.show()
    QApplication.processEvents()
    return chart


def look(chart):
    """Let the chart paint; the picture."""
    QApplication.processEvents()
    return chart.grab().toImage()


class PaintedWidths(QObject):
    """Widths of what is painted anew of a widget."""

    def __init__(self, widget):
        super().__init__(widget)
        self.widths = []
        widget.installEventFilter(self)

    def eventFilter(self, _widget, event):
        if event.type() is QEvent.Type.Paint:
            self.widths.append(event.rect().width())
        return False


def settle():
    """Let everything happen that is due, also what a first frame asks for."""
    for _ in range(4):
        QApplication.processEvents()


def wheel(chart, x, notches):
    canvas = chart._canvas.viewport()
    at = chart.pane.plot.topLeft() + QPointF(x, 100)
    event = QWheelEvent(
        at,
        canvas.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def drag(qtbot, chart, start, by):
    canvas = chart._canvas.viewport()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for part in (1, 2, 3, 4):
        qtbot.mouseMove(canvas, start + by * part / 4)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + by)


def test_no_poll_yet_is_a_sentence_and_one_is_a_dot_with_a_countdown(chart, polls):
    assert "on their way" in chart.pane._message
    polls.poll({BTC: 100, ETH: 10})
    polls.hub.set_schedule(False, polls.time.boot_s + 17, False)
    polls.hub.ticked.emit()
    assert chart.pane._message.startswith("The line begins with the second poll, in 17")
    assert chart.pane.place(chart.pane.lines[0], 0) is not None
    look(chart)
    polls.run(1)
    assert chart.pane._message == ""
    assert chart.accessibleDescription().endswith("2 points")


def test_nothing_answered_is_said_with_the_time_of_the_next_question(chart, polls):
    polls.poll()
    polls.hub.set_schedule(False, polls.time.boot_s + 9, False)
    polls.hub.ticked.emit()
    assert "No price yet" in chart.pane._message
    assert "9" in chart.pane._message
    look(chart)


def test_price_mode_shows_the_chosen_pair(chart, polls):
    polls.run(5)
    chart.set_mode("Price")
    assert [line.name for line in chart.pane.lines] == ["BTC"]
    polls.hub.select(ETH)
    (line,) = chart.pane.lines
    assert line.name == "ETH"
    low, high = chart.pane.box.values
    assert 9 < low < 10.0
    assert 10.2 < high < 11
    assert chart.accessibleDescription().startswith("Price: ETH, ")


def test_compare_mode_begins_at_nothing_with_the_first_visible_sample(chart, polls):
    polls.run(30)
    assert chart.mode is Mode.COMPARE
    assert [line.name for line in chart.pane.lines] == ["BTC", "ETH"]
    series = chart.pane.lines[0].series
    assert [line.base for line in chart.pane.lines] == [100, 10]
    assert chart.pane.lines[0].tag(series.values[-1]).startswith("+29.00")
    chart.zoom(0.5, series.times[-1])
    base = chart.pane.lines[0].base
    assert base == series.values[series.index(chart.pane.box.times[0])] > 100


def test_ratio_mode_shows_ether_in_bitcoin(chart, polls):
    polls.run(5)
    chart.set_mode("Ratio")
    (line,) = chart.pane.lines
    assert line.series.values[0] == pytest.approx(0.1)
    assert line.text(0.0340691) == "0.034069"


def test_the_axis_fits_what_is_visible(chart, polls):
    polls.run(10)
    polls.poll({BTC: 200, ETH: 20})
    polls.run(40)
    chart.set_mode("Price")
    assert chart.pane.box.values[1] > 200
    series = chart.pane.lines[0].series
    chart.zoom(0.5, series.times[-1])
    assert chart.pane.box.values[1] < 150


@pytest.mark.parametrize("notches", [1, -1, 3])
def test_the_wheel_zooms_and_keeps_what_is_under_the_cursor(chart, polls, notches):
    polls.run(400)
    chart.zoom(0.5, chart.pane.box.time_at(300))
    before = chart.pane.box.times
    t_ms = chart.pane.box.time_at(200)
    wheel(chart, 200, notches)
    after = chart.pane.box.times
    assert chart.pane.box.time_at(200) == pytest.approx(t_ms, abs=1)
    assert (after[1] - after[0]) / (before[1] - before[0]) == pytest.approx(1.25**-notches)


def test_dragging_takes_the_times_along_and_ends_following_until_live_is_pressed(chart, polls, qtbot):
    polls.run(100)
    look(chart)
    before = chart.pane.box.times
    ms_per_px = (before[1] - before[0]) / chart.pane.plot.width()
    drag(qtbot, chart, QPoint(300, 200), QPoint(100, 0))
    after = chart.pane.box.times
    assert before[0] - after[0] == pytest.approx(100 * ms_per_px, rel=0.02)
    assert not chart.following
    assert chart.live_button.isVisible()
    qtbot.mouseClick(chart.live_button, Qt.MouseButton.LeftButton)
    assert chart.following
    assert not chart.live_button.isVisible()
    assert chart.pane.box.times == before


def test_new_samples_move_a_view_that_follows_and_no_other(chart, polls):
    polls.run(30)
    first = chart.pane.box.times
    polls.run(1)
    assert chart.pane.box.times[1] > first[1]
    chart.pan(-60_000)
    moved = chart.pane.box.times
    polls.run(5)
    look(chart)
    assert chart.pane.box.times == moved
    chart.follow()
    assert chart.pane.box.times[1] > chart.pane.lines[0].series.times[-1]


def test_some_of_the_line_stays_in_view_however_far_one_goes(chart, polls):
    polls.run(30)
    times = chart.pane.lines[0].series.times
    for by_ms in (1e12, -1e12):
        chart.pan(by_ms)
        start_ms, stop_ms = chart.pane.box.times
        assert start_ms < times[-1]
        assert stop_ms > times[0]
    for factor in (1e9, 1e-9):
        chart.zoom(factor, times[3])
        assert 60_000 - 1 <= np.diff(chart.pane.box.times)[0] <= 1.3 * (times[-1] - times[0])
    look(chart)


def test_a_double_click_goes_back(chart, polls, qtbot):
    polls.run(60)
    look(chart)
    before = chart.pane.box.times
    chart.zoom(0.3, before[0])
    qtbot.mouseDClick(chart._canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    assert chart.pane.box.times == before
    assert chart.following


def test_keys_do_what_the_mouse_does(chart, polls, qtbot):
    polls.run(60)
    chart.set_mode("Price")
    home = chart.pane.box.times
    for key, moves in ((Qt.Key.Key_Left, -1), (Qt.Key.Key_Right, 1)):
        chart.follow()
        qtbot.keyClick(chart, key)
        assert (chart.pane.box.times[0] - home[0]) * moves > 0
    chart.follow()
    qtbot.keyClick(chart, Qt.Key.Key_Plus)
    closer = chart.pane.box.times
    assert np.diff(closer) == pytest.approx(np.diff(home) / 1.25)
    qtbot.keyClick(chart, Qt.Key.Key_Minus)
    assert chart.pane.box.times == pytest.approx(home)
    qtbot.keyClick(chart, Qt.Key.Key_Plus)
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert chart.pane.box.times[0] == chart.pane.lines[0].series.times[0]
    for back in (Qt.Key.Key_End, Qt.Key.Key_0):
        chart.pan(-100_000)
        qtbot.keyClick(chart, back)
        assert chart.following
        assert chart.pane.box.times == home


def test_ranges_longer_than_the_data_are_not_available(chart, polls, qtbot):
    polls.run(2)
    assert chart.available_ranges() == {Range.ALL}
    with qtbot.waitSignal(chart.ranges_changed):
        polls.run(180)
    assert chart.available_ranges() == {Range.HOUR, Range.ALL}
    chart.set_range("1H")
    start_ms, stop_ms = chart.pane.box.times
    assert stop_ms - start_ms == 3_600_000
    assert start_ms < chart.pane.lines[0].series.times[-1] < stop_ms


def test_an_unknown_mode_or_range_is_refused(chart):
    with pytest.raises(ValueError, match="Sideways"):
        chart.set_mode("Sideways")
    with pytest.raises(ValueError, match="2H"):
        chart.set_range("2H")


def test_the_crosshair_snaps_to_a_sample_and_says_what_it_is(chart, polls, qtbot):
    polls.run(11)
    look(chart)
    place = chart.pane.place(chart.pane.lines[0], 5)
    qtbot.mouseMove(chart._canvas.viewport(), QPoint(round(place.x()) + 3, 200))
    time, btc, eth = chart.crosshair.rows
    assert time.text.startswith("Sat 22 Nov 2025, 14:01:40")
    assert btc.text.startswith("BTC +5.00")
    assert btc.text.endswith("105.00")
    assert eth.text.startswith("ETH +2.50")
    look(chart)
    QApplication.sendEvent(chart._canvas, QEvent(QEvent.Type.Leave))
    assert chart.crosshair.rows == []


def test_a_poll_without_price_is_said_to_be_one(chart, polls):
    polls.run(2)
    for _ in range(10):
        polls.poll()
    chart.set_mode("Price")
    chart.crosshair.point_at(QPointF(10_000, 10))
    assert chart.crosshair.rows[1].text == "BTC — no price"
    look(chart)


def test_a_range_that_there_is_no_data_for_yet_shows_all_there_is(chart, polls):
    chart.set_range("1H")
    polls.run(100)
    assert chart.pane.box.times[0] == chart.pane.lines[0].series.times[0]
    polls.run(100)
    assert np.diff(chart.pane.box.times) == 3_600_000


def test_the_ratio_says_what_it_lacks(qapp, fake_clock, qtbot):
    polls = Polls(fake_clock, (BTC, SOL))
    chart = ChartView(polls.hub, Recorder(polls.hub, interval_s=20))
    qtbot.addWidget(chart)
    chart.show()
    chart.set_mode("Ratio")
    polls.poll({BTC: 100, SOL: 2})
    assert "needs Bitcoin and Ether" in chart.pane._message


def test_when_the_calendar_is_set_anew_a_moved_view_does_not_stay_behind(chart, polls):
    polls.run(30)
    chart.pan(-60_000)
    polls.time.wall_ms -= 86_400_000
    polls.run(1)
    start_ms, stop_ms = chart.pane.box.times
    assert start_ms < chart.pane.lines[0].series.times[-1] < stop_ms


def test_who_comes_by_key_sees_where_the_keys_go(chart, qtbot):
    for reason, seen in ((Qt.FocusReason.TabFocusReason, True), (Qt.FocusReason.MouseFocusReason, False)):
        QApplication.sendEvent(chart, QFocusEvent(QEvent.Type.FocusIn, reason))
        assert chart.pane._focused is seen
        look(chart)
        QApplication.sendEvent(chart, QFocusEvent(QEvent.Type.FocusOut, reason))
        assert not chart.pane._focused


def test_values_of_lines_that_end_together_stand_below_each_other(chart, polls):
    for _ in range(4):
        polls.poll({BTC: 100, ETH: 10})
    look(chart)
    (_, _, first), (_, _, second) = chart.pane._ends()
    assert second - first >= chart.pane._metrics.height()


@pytest.fixture
def frames(chart):
    """Frames of the chart that were painted, a string each."""
    painted = []
    chart._canvas.about_to_paint.connect(lambda: painted.append("frame"))
    return painted


def test_nothing_is_computed_or_painted_while_hidden_and_all_is_there_afterwards(chart, polls, qtbot, frames):
    polls.run(3)
    QApplication.processEvents()
    assert frames  # while it can be seen, a poll is a frame
    chart.hide()
    frames.clear()
    before = chart.pane.box.times
    polls.run(40)
    polls.hub.ticked.emit()
    QApplication.processEvents()
    assert not frames
    assert chart.pane.box.times == before
    with qtbot.waitExposed(chart):
        chart.show()
    qtbot.waitUntil(lambda: bool(frames))
    assert chart.pane.box.times[1] > chart.pane.lines[0].series.times[-1]


def test_minimised_is_as_good_as_hidden(chart, polls, frames):
    polls.run(3)
    chart.showMinimized()
    settle()
    frames.clear()
    before = chart.pane.box.times
    polls.run(40)
    settle()
    assert not frames
    assert chart.pane.box.times == before
    chart.showNormal()
    polls.hub.ticked.emit()
    assert chart.pane.box.times != before


def test_at_rest_the_chart_is_not_painted(chart, polls, frames):
    polls.run(30)
    settle()
    frames.clear()
    for _ in range(5):
        polls.time.advance(1)
        polls.hub.ticked.emit()
        QApplication.processEvents()
    assert not frames


def test_a_new_sample_repaints_only_what_is_new_and_anything_else_all(chart, polls):
    polls.run(6)
    settle()
    painted = PaintedWidths(chart._canvas.viewport())
    width = chart.pane.rect().width()
    newest = chart.pane.place(chart.pane.lines[0], 5).x()

    def widest(act):
        painted.widths.clear()
        act()
        settle()
        return max(painted.widths)

    assert 0 < widest(lambda: polls.poll({BTC: 103, ETH: 10.1})) < width - newest + 10
    assert widest(lambda: polls.poll({BTC: 130, ETH: 10.1})) >= width - 1  # another axis
    assert widest(lambda: chart.set_mode("Price")) >= width - 1
    assert widest(lambda: chart.set_theme(LIGHT)) >= width - 1
    assert widest(lambda: chart.pan(-20_000)) >= width - 1


def test_a_burst_of_polls_is_one_frame(chart, polls, frames):
    polls.run(3)
    settle()
    frames.clear()
    polls.run(50)
    settle()
    assert len(frames) == 1


def test_both_themes_at_once_and_a_window_of_no_size(chart, polls):
    polls.run(10)
    dark = look(chart).pixelColor(2, 2)
    chart.set_theme(LIGHT)
    assert look(chart).pixelColor(2, 2).name() == LIGHT.window
    assert dark.name() == DARK.window
    for size in ((1, 1), (40, 30), (200, 20), (20, 400)):
        chart.resize(*size)
        look(chart)


@pytest.mark.parametrize("values", [[5.0], [5.0] * 40, [1e-9, 1e9], [float("nan")] * 40, [1e-12] * 20])
@pytest.mark.parametrize("mode", list(Mode))
def test_few_flat_wide_or_no_values_are_drawn_without_ado(chart, polls, values, mode):
    for value in values:
        polls.poll({} if np.isnan(value) else {BTC: f"{value:.20f}", ETH: f"{value / 2:.20f}"})
    chart.set_mode(mode)
    look(chart)
    low, high = chart.pane.box.values
    assert low < high


def test_a_gap_is_not_joined_and_its_neighbours_are():
    series = Series()
    for k, value in enumerate([1.0, 2.0, float("nan"), 4.0, 5.0]):
        series.append(k * 1000.0, value)
    lines = strokes(series, Frame((0.0, 4000.0), (0.0, 10.0), 400.0, 100.0), 1.0, 1.0)
    assert sorted((x1, x2) for x1, _, x2, _ in lines) == [(0, 100), (300, 400)]


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


def test_the_chart_has_its_name_and_can_be_reached_by_key(chart):
    assert chart.accessibleName() == "Price chart"
    assert chart.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert isinstance(chart, QWidget)
