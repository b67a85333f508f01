"""The chart: what it shows, and what it says."""

import numpy as np
import pytest
from charts import OFFSCREEN, described, look, new_chart, place, point_at, settle
from polls import BTC, ETH, SOL, Polls
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget

from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Round, Standing
from cryptoprices.ui.chart.modes import Mode, Range

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)


@pytest.fixture
def polls(qapp, fake_clock):
    return Polls(fake_clock, (BTC, ETH, SOL))


@pytest.fixture
def chart(polls, qtbot):
    return new_chart(polls, qtbot)


def test_no_poll_yet_is_a_sentence_and_one_is_a_dot_with_a_countdown(chart, polls):
    assert "on their way" in chart.stack.main.message
    polls.poll({BTC: 100, ETH: 10})
    polls.hub.set_schedule(False, polls.time.boot_s + 17, False)
    polls.hub.ticked.emit()
    assert chart.stack.main.message.startswith("The line begins with the second poll, in 17")
    assert place(chart, 0) is not None
    look(chart)
    polls.run(1)
    assert chart.stack.main.message == ""
    assert ", 2 points. " in described(chart)


def test_the_first_poll_is_not_over_while_somebody_has_still_to_answer(chart, polls):
    polls.poll({BTC: 100, ETH: 10}, last=False)
    polls.hub.set_schedule(False, polls.time.boot_s + 17, False)
    polls.hub.ticked.emit()
    assert "on their way" in chart.stack.main.message  # the header shows them already


def test_nothing_answered_is_said_with_the_time_of_the_next_question(chart, polls):
    polls.poll()
    polls.hub.set_schedule(False, polls.time.boot_s + 9, False)
    polls.hub.ticked.emit()
    assert "No price yet" in chart.stack.main.message
    assert "9" in chart.stack.main.message
    look(chart)
    waits = Standing("kraken", Reason.SERVER, next_ask_boot_s=polls.time.boot_s + 54)
    polls.hub.apply(Round(9, polls.time.boot_s, standings=(waits,), last=True))
    polls.hub.ticked.emit()
    assert "54" in chart.stack.main.message  # a poll that asks nobody is none


def test_price_mode_shows_the_chosen_pair(chart, polls):
    polls.run(5)
    chart.set_mode("Price")
    assert [line.name for line in chart.picture.lines] == ["BTC"]
    polls.hub.select(ETH)
    (line,) = chart.picture.lines
    assert line.name == "ETH"
    low, high = chart.stack.main.box.values
    assert 9 < low < 10.0
    assert 10.2 < high < 11
    assert described(chart).startswith("Price: ETH, ")


def test_compare_mode_begins_at_nothing_with_the_first_visible_sample(chart, polls):
    polls.run(30)
    assert chart.mode is Mode.COMPARE
    assert [line.name for line in chart.picture.lines] == ["BTC", "ETH"]
    series = chart.picture.lines[0].series
    assert [line.scale.base for line in chart.picture.lines] == [100, 10]
    assert chart.picture.lines[0].scale.tag(series.values[-1]).startswith("+29.00")
    chart.moves.zoom(0.5, series.times[-1])
    base = chart.picture.lines[0].scale.base
    assert base == series.values[series.index(chart.stack.main.box.times[0])] > 100


def test_ratio_mode_shows_ether_in_bitcoin(chart, polls):
    polls.run(5)
    chart.set_mode("Ratio")
    (line,) = chart.picture.lines
    assert line.series.values[0] == pytest.approx(0.1)
    assert line.scale.text(0.0340691) == "0.034069"


def test_ranges_longer_than_the_data_are_not_available(chart, polls, qtbot):
    polls.run(2)
    assert chart.available_ranges() == {Range.ALL}
    with qtbot.waitSignal(chart.ranges_changed):
        polls.run(180)
    assert chart.available_ranges() == {Range.HOUR, Range.ALL}
    chart.set_range("1H")
    start_ms, stop_ms = chart.stack.main.box.times
    assert stop_ms - start_ms == 3_600_000
    assert start_ms < chart.picture.lines[0].series.times[-1] < stop_ms


def test_an_unknown_mode_or_range_is_refused(chart):
    with pytest.raises(ValueError, match="Sideways"):
        chart.set_mode("Sideways")
    with pytest.raises(ValueError, match="2H"):
        chart.set_range("2H")


def test_the_crosshair_snaps_to_a_sample_and_says_what_it_is(chart, polls, qtbot):
    polls.run(11)
    look(chart)
    at = place(chart, 5)
    qtbot.mouseMove(chart.stack.canvas.viewport(), QPoint(round(at.x()) + 3, 200))
    time, btc, eth, ratio = chart.stack.crosshair.rows
    assert time.text.startswith("Sat 22 Nov 2025, 14:01:40")
    assert btc.text.startswith("BTC +5.00")
    assert btc.text.endswith("105.00 · consensus, polled")
    assert eth.text.startswith("ETH +2.50")
    assert ratio.text == "ETH/BTC 0.097619"
    look(chart)
    chart.stack.canvas.viewport().setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)  # as Qt does before
    QApplication.sendEvent(chart.stack.canvas, QEvent(QEvent.Type.Leave))
    assert chart.stack.crosshair.rows  # Qt tells that also while panes are being made
    settle()
    assert chart.stack.crosshair.rows == []


def test_a_poll_without_price_is_said_to_be_one(chart, polls):
    polls.run(2)
    for _ in range(10):
        polls.poll()
    chart.set_mode("Price")
    point_at(chart, 10_000, 10)
    assert chart.stack.crosshair.rows[1].text == "BTC — no price"
    look(chart)


def test_a_range_that_there_is_no_data_for_yet_shows_all_there_is(chart, polls):
    chart.set_range("1H")
    polls.run(100)
    assert chart.stack.main.box.times[0] == chart.picture.lines[0].series.times[0]
    polls.run(100)
    assert np.diff(chart.stack.main.box.times) == 3_600_000


def test_the_ratio_says_what_it_lacks(qapp, fake_clock, qtbot):
    polls = Polls(fake_clock, (BTC, SOL))
    chart = new_chart(polls, qtbot)
    chart.set_mode("Ratio")
    polls.poll({BTC: 100, SOL: 2})
    assert "needs Bitcoin and Ether" in chart.stack.main.message


def test_values_of_lines_that_end_together_stand_below_each_other(chart, polls):
    for _ in range(4):
        polls.poll({BTC: 100, ETH: 10})
    look(chart)
    (_, _, first), (_, _, second) = chart.stack.main.ends()
    assert second - first >= chart.stack.main._letters.height


def test_the_chart_has_its_name_and_can_be_reached_by_key(chart):
    assert chart.accessibleName() == "Price chart"
    assert chart.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert isinstance(chart, QWidget)
