"""The chart: what is painted, and when nothing is."""

import numpy as np
import pytest
from charts import OFFSCREEN, PaintedWidths, look, new_chart, place, point_at, settle
from polls import BTC, ETH, SOL, Polls
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication

from cryptoprices.ui.chart.crosshair import beside
from cryptoprices.ui.chart.modes import Mode
from cryptoprices.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)


@pytest.fixture
def polls(qapp, fake_clock):
    return Polls(fake_clock, (BTC, ETH, SOL))


@pytest.fixture
def chart(polls, qtbot):
    return new_chart(polls, qtbot)


@pytest.fixture
def frames(chart):
    """Frames of the chart that were painted, the width of each."""
    return PaintedWidths(chart.stack.canvas.viewport()).widths


def test_nothing_is_computed_or_painted_while_hidden_and_all_is_there_afterwards(chart, polls, qtbot, frames):
    polls.run(3)
    QApplication.processEvents()
    assert frames  # while it can be seen, a poll is a frame
    chart.hide()
    frames.clear()
    before = chart.stack.main.box.times
    polls.run(40)
    polls.hub.ticked.emit()
    QApplication.processEvents()
    assert not frames
    assert chart.stack.main.box.times == before
    with qtbot.waitExposed(chart):
        chart.show()
    qtbot.waitUntil(lambda: bool(frames))
    assert chart.stack.main.box.times[1] > chart.picture.lines[0].series.times[-1]


def test_minimised_is_as_good_as_hidden(chart, polls, frames):
    polls.run(3)
    chart.showMinimized()
    settle()
    frames.clear()
    before = chart.stack.main.box.times
    polls.run(40)
    settle()
    assert not frames
    assert chart.stack.main.box.times == before
    chart.showNormal()
    assert chart.stack.main.box.times != before


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
    painted = PaintedWidths(chart.stack.canvas.viewport())
    width = chart.stack.main.rect().width()
    steady = place(chart, 4).x()  # the newest may move

    def widest(act):
        painted.widths.clear()
        act()
        settle()
        return max(painted.widths)

    assert 0 < widest(lambda: polls.poll({BTC: 103, ETH: 10.1})) < width - steady + 10
    assert widest(lambda: polls.poll({BTC: 130, ETH: 10.1})) >= width - 1  # another axis
    assert widest(lambda: chart.set_mode("Price")) >= width - 1
    assert widest(lambda: chart.set_theme(LIGHT)) >= width - 1
    assert widest(lambda: chart.moves.pan(-20_000)) >= width - 1


def test_a_price_repaints_only_what_is_new_also_under_a_mouse_that_rests(chart, polls):
    polls.run(6)
    point_at(chart, 20, 50)
    settle()
    painted = PaintedWidths(chart.stack.canvas.viewport())
    polls.poll({BTC: 103, ETH: 10.1})
    settle()
    assert 0 < max(painted.widths) < chart.width() - 100
    point_at(chart, 21, 50)
    settle()
    assert max(painted.widths) > chart.width() - 100


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
    low, high = chart.stack.main.box.values
    assert low < high


@pytest.mark.parametrize(
    ("x", "width", "left"), [(100, 200, 112), (560, 200, 348), (250, 420, 226), (320, 420, 14), (100, 900, 14)]
)
def test_the_box_of_the_crosshair_stands_beside_the_line_and_never_beyond_the_chart(x, width, left):
    assert beside(x, width, QRectF(10, 10, 580, 400), end=650) == left
