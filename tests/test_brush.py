"""Marking a period: by mouse and by key, its figures beside it and on the clipboard, and what ends it."""

from datetime import UTC

import pytest
from charts import OFFSCREEN, look, settle
from pasts import settle as settle_bars
from polls import BTC, ETH, SOL
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication

from cryptoprices.core.figure_report import brush_report
from cryptoprices.core.formatting import change_text
from cryptoprices.core.intervals import HOUR_MS
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)

BAR_MS = 300_000
SHIFT, NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def chart(compared_day):
    return compared_day


def x_of(chart, t_ms):
    plot, (start_ms, stop_ms) = chart.stack.main.plot, chart.times
    return plot.left() + (t_ms - start_ms) / (stop_ms - start_ms) * plot.width()


def press(chart, x, y=200, held=NONE):
    _mouse(chart, QEvent.Type.MouseButtonPress, x, y, held, Qt.MouseButton.LeftButton)


def move(chart, x, y=200, held=NONE, buttons=Qt.MouseButton.LeftButton):
    chart.stack.canvas.scene()._lastMoveEventTime = 0  # pyqtgraph passes over what comes within 10 ms
    _mouse(chart, QEvent.Type.MouseMove, x, y, held, buttons)


def release(chart, x, y=200, held=NONE):
    _mouse(chart, QEvent.Type.MouseButtonRelease, x, y, held, Qt.MouseButton.NoButton)


def _mouse(chart, kind, x, y, held, buttons):
    canvas = chart.stack.canvas.viewport()
    at = QPointF(x, y)
    button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    QApplication.sendEvent(canvas, QMouseEvent(kind, at, QPointF(canvas.mapToGlobal(at)), button, buttons, held))


def drag(chart, from_ms, to_ms, held=SHIFT, y=200):
    one, other = (x_of(chart, t_ms) for t_ms in (from_ms, to_ms))
    press(chart, one, y, held)
    for part in (0.3, 0.7, 1.0):
        move(chart, one + (other - one) * part, y, held)
    release(chart, other, y, held)


def told(chart, qtbot):
    """What the plate says once it has caught up, by row and column."""
    qtbot.waitUntil(lambda: not chart.brush._soon.isActive())
    return {at: label.text() for at, label in chart.brush.plate._cells.items()}


@pytest.fixture
def period(timeline):
    """Two hours and 40 minutes of the day."""
    last_ms = timeline.bounds_ms()[1]
    return last_ms - 10 * HOUR_MS, last_ms - 10 * HOUR_MS + 32 * BAR_MS


def test_shift_and_a_drag_mark_exactly_the_bars_between_and_the_plate_says_the_cores_figures(chart, period, qtbot):
    times = chart.times
    drag(chart, period[0] + 40_000, period[1] - 50_000)  # near them is enough
    assert chart.brush.span == period
    assert (chart.times, chart.following) == (times, True)
    found = chart._timeline.figures_between(*period)
    assert found.bars == 33
    assert found.span_ms == period
    cells = told(chart, qtbot)
    assert [cells[0, column] for column in (1, 2)] == ["BTC", "ETH"]
    assert [cells[row, 0] for row in range(1, 8)] == [
        "Return",
        "Volatility (ann.)",
        "Max drawdown",
        "Correlation",
        "Beta",
        "Ratio change",
        "50/50 rebalanced",
    ]
    assert [cells[1, column] for column in (1, 2)] == [change_text(coin.return_pct) for coin in found.coins]
    assert cells[6, 2] == change_text(found.against[0].ratio_change_pct)
    assert cells[7, 2] == change_text(found.against[0].halves.return_pct)
    plate = chart.brush.plate
    assert plate.isVisible()
    assert plate.note.text() == "33 bars of 5m · 2\u202fh 40\u202fmin"
    assert f"{plate.heading.text()}. BTC ETH. Return {cells[1, 1]} {cells[1, 2]}. " in plate.accessibleDescription()


def test_the_copied_text_is_the_cores_report_by_button_and_by_key(chart, period, qtbot):
    drag(chart, *period)
    told(chart, qtbot)
    clipboard, plate = QGuiApplication.clipboard(), chart.brush.plate
    for copy in (
        lambda: qtbot.mouseClick(plate.copy, Qt.MouseButton.LeftButton),
        lambda: qtbot.keyClick(plate.copy, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier),
        lambda: qtbot.keyClick(chart, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier),
    ):
        clipboard.clear()
        copy()
        assert clipboard.text() == brush_report(chart._timeline.figures_between(*period), "USD", UTC)
        assert plate.copy.text() == "Copied"
    qtbot.keyClick(chart, Qt.Key.Key_Right, SHIFT)
    told(chart, qtbot)
    assert plate.copy.text() == "Copy"


def test_an_edge_can_be_dragged_afterwards_also_past_the_other(chart, period, qtbot):
    drag(chart, *period)
    drag(chart, period[1], period[1] + HOUR_MS, NONE)
    assert chart.brush.span == (period[0], period[1] + HOUR_MS)
    drag(chart, period[0], period[1] + 2 * HOUR_MS, NONE)
    assert chart.brush.span == (period[1] + HOUR_MS, period[1] + 2 * HOUR_MS)
    assert chart.following


def test_the_band_stays_on_its_data_while_panning_and_while_prices_come(chart, polls, period, qtbot):
    drag(chart, *period)
    before = told(chart, qtbot)
    chart.moves.pan(-HOUR_MS)
    polls.run(20)
    look(chart)
    assert chart.brush.span == period
    band, place = chart.stack.band, chart.stack.band.place
    assert (place.left(), place.right()) == pytest.approx([x_of(chart, t_ms) for t_ms in period])
    assert band.isVisible()
    assert told(chart, qtbot) == before
    plate = chart.brush.plate
    assert plate.isVisible()
    assert plate.x() >= place.right() or plate.geometry().right() <= place.left()
    chart.moves.pan(-20 * HOUR_MS)
    look(chart)
    assert not plate.isVisible()
    assert chart.brush.span == period


def test_escape_and_a_click_elsewhere_end_it_and_a_click_in_it_does_not(chart, period, qtbot):
    drag(chart, *period)
    told(chart, qtbot)
    for x, ends in ((x_of(chart, period[0] + HOUR_MS), False), (x_of(chart, period[0] - HOUR_MS), True)):
        press(chart, x)
        release(chart, x)
        assert (chart.brush.span is None) is ends
    qtbot.waitUntil(lambda: not chart.brush.plate.isVisible())
    drag(chart, *period)
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.brush.span is None
    assert not chart.stack.band.isVisible()


def test_shift_and_arrows_mark_bar_by_bar_from_the_cursor_and_back(chart, qtbot):
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    qtbot.keyClick(chart, Qt.Key.Key_PageUp)
    cursor_ms = chart.cursor_ms
    for _ in range(3):
        qtbot.keyClick(chart, Qt.Key.Key_Left, SHIFT)
    assert chart.brush.span == (cursor_ms - 3 * BAR_MS, cursor_ms)
    assert chart.cursor_ms is None  # the crosshair has stepped aside
    qtbot.keyClick(chart, Qt.Key.Key_Right, SHIFT)
    assert chart.brush.span == (cursor_ms - 2 * BAR_MS, cursor_ms)
    qtbot.keyClick(chart, Qt.Key.Key_PageDown, SHIFT)
    assert chart.brush.span[0] == cursor_ms
    assert chart.brush.span[1] == min(cursor_ms + 8 * BAR_MS, chart._timeline.bounds_ms()[1])
    assert told(chart, qtbot)[1, 1] != "—"


def test_what_keys_have_marked_is_told_to_be_spoken_and_what_the_mouse_has_is_not(chart, period, qtbot):
    said = []
    chart.brush.told.connect(said.append)
    drag(chart, *period)
    told(chart, qtbot)
    assert not said
    qtbot.keyClick(chart, Qt.Key.Key_Right, SHIFT)
    cells = told(chart, qtbot)
    (text,) = said
    number = cells[1, 1].strip("+").replace("\u202f%", " percent")
    assert text.startswith("22 Nov 04:00 to 06:45. BTC, up ")
    assert f"BTC, up {number}, ETH, up " in text


def test_marking_by_key_takes_the_view_along(chart, qtbot):
    chart.go_to(chart.times[0] + 10 * HOUR_MS, chart.times[0] + 11 * HOUR_MS)
    for _ in range(2):
        qtbot.keyClick(chart, Qt.Key.Key_PageUp, SHIFT)
    since_ms, until_ms = chart.brush.span
    assert until_ms - since_ms == 20 * BAR_MS
    assert chart.times[0] < since_ms < chart.times[1]


def test_what_has_not_ended_is_not_marked(chart):
    last_ms = chart._timeline.bounds_ms()[1]
    drag(chart, last_ms - HOUR_MS, chart.times[1])
    assert chart.brush.span == (last_ms - HOUR_MS, last_ms)


def test_the_plate_stands_where_it_covers_least_of_the_band(chart, qtbot):
    start_ms, plot = chart.times[0], chart.stack.main.plot
    for hours, covers in (((1, 4), False), ((18, 22), False), ((0, 23), True)):
        chart.brush.mark(*(start_ms + hour * HOUR_MS for hour in hours))
        told(chart, qtbot)
        place, band = chart.brush.plate.geometry(), chart.stack.band.place.toRect()
        assert place.intersects(band) is covers
        assert plot.left() - 1 <= place.left() < place.right() <= plot.right() + 1


def test_the_crosshair_steps_aside_while_a_drag_marks(chart, period):
    x, other = (x_of(chart, t_ms) for t_ms in period)
    move(chart, x, buttons=Qt.MouseButton.NoButton)
    assert chart.cursor_ms is not None
    press(chart, x, held=SHIFT)
    move(chart, other, held=SHIFT)
    assert chart.brush.span == period
    assert chart.cursor_ms is None
    release(chart, other, held=SHIFT)
    assert chart.cursor_ms is None
    move(chart, other + 20, buttons=Qt.MouseButton.NoButton)
    assert chart.cursor_ms is not None


def test_while_it_is_armed_any_drag_marks_and_escape_disarms(chart, period, qtbot):
    chart.stack.add_pane("lower", "Lower")
    with qtbot.waitSignal(chart.brush.armed_changed) as told_:
        chart.brush.arm(True)
    assert told_.args == [True]
    look(chart)
    drag(chart, *period, NONE, y=chart.stack.panes["lower"].pos().y() + 60)
    assert chart.brush.span == period
    with qtbot.waitSignal(chart.brush.armed_changed) as told_:
        qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert told_.args == [False]
    drag(chart, *period, NONE)
    assert chart.brush.span is None
    assert not chart.following


def test_a_click_with_shift_marks_no_period(chart, period):
    x = x_of(chart, period[0])
    press(chart, x, held=SHIFT)
    release(chart, x, held=SHIFT)
    assert chart.brush.span is None
    assert chart.anchor_ms is not None


def test_before_there_are_bars_nothing_is_marked(polls, timeline, qtbot):
    chart = ChartView(polls.hub, timeline)
    qtbot.addWidget(chart)
    chart.resize(900, 500)
    chart.show()
    polls.run(30)
    settle()
    start_ms, stop_ms = chart.times
    drag(chart, start_ms, (start_ms + stop_ms) / 2)
    qtbot.keyClick(chart, Qt.Key.Key_Left, SHIFT)
    assert chart.brush.span is None


def test_other_coins_and_other_bars_are_shown_at_once(chart, timeline, archive, period, qtbot):
    drag(chart, *period)
    told(chart, qtbot)
    timeline.set_compared((BTC, ETH, SOL))
    settle_bars(timeline, archive, qtbot)
    look(chart)
    assert chart.brush.plate._cells[0, 3].text() == "SOL"
    assert chart.brush.plate._cells[1, 3].text() == change_text(timeline.figures_between(*period).coins[2].return_pct)
    timeline.set_compared((SOL,))
    look(chart)
    qtbot.waitUntil(lambda: (0, 2) not in chart.brush.plate._cells)
    assert max(row for row, _ in chart.brush.plate._cells) == 3  # nothing stands against it


def test_wider_bars_say_which_time_they_are_of(chart, timeline, archive, period, qtbot):
    chart.brush.mark(period[0] + 2 * BAR_MS, period[1])
    timeline.set_interval("1h")
    settle_bars(timeline, archive, qtbot)
    look(chart)
    qtbot.waitUntil(lambda: chart.brush.plate.note.text() == "2 bars of 1h · 1\u202fh")
    assert chart.brush.plate.heading.text() == "22 Nov 05:00 – 06:00"
    assert chart.brush.span == (period[0] + 2 * BAR_MS, period[1])


def test_the_plate_has_the_colours_of_the_theme(chart, period, qtbot):
    drag(chart, *period)
    told(chart, qtbot)
    for theme in (LIGHT, DARK):
        chart.set_theme(theme)
        label = chart.brush.plate._cells[1, 1]
        assert label.palette().windowText().color().name() == (theme.up if label.text().startswith("+") else theme.down)
