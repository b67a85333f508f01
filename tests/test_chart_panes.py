"""Panes one below the other: shared times and crosshair, heights, overlays, and what is told to others."""

import numpy as np
import pytest
from charts import OFFSCREEN, look, new_chart, point_at, settle
from polls import BTC, ETH, Polls
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from cryptoprices.core.series import Series
from cryptoprices.core.studies import Unit
from cryptoprices.ui.chart.border import Border, CloseButton
from cryptoprices.ui.chart.layer import Row
from cryptoprices.ui.chart.line_layer import LineLayer
from cryptoprices.ui.chart.modes import ScaleKind
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)

NUMBER = Scale(unit=Unit.NUMBER)


@pytest.fixture
def polls(qapp, fake_clock):
    return Polls(fake_clock, (BTC, ETH))


@pytest.fixture
def chart(polls, qtbot):
    chart = new_chart(polls, qtbot)
    polls.run(30)
    return chart


def study(chart, factor=1.0, name="Study"):
    """A line on the times of the chart's."""
    series = chart.picture.lines[0].series
    return LineLayer(name, Series.of(series.times, series.values * factor), "#2fbf8f", NUMBER, changes=False)


def lower(chart, key="rsi", title="RSI 14"):
    pane = chart.stack.add_pane(key, title)
    pane.show_layers([study(chart)])
    settle()
    return pane


def part(chart, kind, title):
    return next(each for each in chart.findChildren(kind) if each.accessibleName().endswith(title))


def test_a_lower_pane_has_the_same_times_and_a_plot_of_the_same_width(chart):
    pane, main = lower(chart), chart.stack.main
    assert list(chart.panes) == ["main", "rsi"]
    assert pane.box.times == chart.times
    assert (pane.plot.left(), pane.plot.width()) == (main.plot.left(), main.plot.width())
    assert main.timed is False  # times stand under the lowest alone
    assert pane.timed is True
    chart.moves.zoom(0.5, chart.times[1])
    assert pane.box.times == chart.times
    series = pane.layers[0].series
    low, high = pane.box.values
    assert low < series.values[series.index(chart.times[0])]
    assert high > series.values[-1]
    chart.stack.remove_pane("rsi")
    chart.stack.remove_pane("rsi")  # nothing
    assert main.timed is True
    assert main.rect().height() == chart.height()
    look(chart)


def test_wide_labels_of_one_pane_make_room_in_all(chart):
    pane = chart.stack.add_pane("volume", "Volume")
    pane.show_layers([study(chart, 1e9)])
    assert pane.axis_width == chart.stack.main.axis_width > 64
    assert pane.plot.width() == chart.stack.main.plot.width()


def test_a_focused_pane_looks_like_any_other_but_for_its_border(chart):
    before = look(chart)
    chart.stack.main.set_focused(True)
    after = look(chart)
    assert after != before
    border, plot = after.copy(0, 0, 3, 3), chart.stack.main.plot.toRect()
    assert border != before.copy(0, 0, 3, 3)
    assert after.copy(plot) == before.copy(plot)


def test_another_coin_gives_back_the_room_that_wide_labels_took(chart, polls):
    least = chart.stack.main.axis_width
    chart.stack.main.show_overlay("wide", [study(chart, 1e9)])
    assert chart.stack.main.axis_width > least
    chart.stack.main.show_overlay("wide", [])
    assert chart.stack.main.axis_width > least  # not with every price
    polls.hub.select(ETH)
    settle()
    assert chart.stack.main.axis_width == least


def test_the_crosshair_speaks_of_all_panes_and_overlays(chart):
    lower(chart)
    chart.stack.main.show_overlay("sma", [study(chart, 1.01, "SMA 20")])
    at = chart.picture.lines[0].series.times[10]
    start, stop = chart.times
    point_at(chart, (at - start) / (stop - start) * chart.stack.main.plot.width(), 30)
    texts = [row.text for row in chart.stack.crosshair.rows]
    assert [text.split()[0] for text in texts[1:]] == ["BTC", "ETH", "ETH/BTC", "SMA", "Study"]
    assert texts[-1] == "Study 110.00"
    assert chart.cursor_ms == at
    look(chart)
    chart.stack.main.show_overlay("sma", [])
    assert len(chart.stack.main.drawn) == 2


def test_a_border_is_dragged_and_moved_by_key_and_the_height_is_kept(chart, qtbot):
    pane = lower(chart)
    kept = {}
    chart.stack.keep_shares_in(kept)
    border = part(chart, Border, "RSI 14")
    before = pane.rect().height()
    qtbot.mousePress(border, Qt.MouseButton.LeftButton, pos=QPoint(100, 4))
    qtbot.mouseMove(border, QPoint(100, -46))
    qtbot.mouseRelease(border, Qt.MouseButton.LeftButton)
    assert pane.rect().height() == before + 50
    assert kept["rsi"] * chart.height() == pytest.approx(before + 50)
    assert chart.stack.main.rect().height() == chart.height() - before - 50
    qtbot.keyClick(border, Qt.Key.Key_Down)
    assert pane.rect().height() == before + 34
    assert border.geometry().center().y() == pytest.approx(chart.stack.main.rect().height(), abs=1)
    chart.stack.remove_pane("rsi")
    assert lower(chart).rect().height() == before + 34
    for _ in range(50):
        qtbot.keyClick(part(chart, Border, "RSI 14"), Qt.Key.Key_Up)
    assert chart.stack.main.plot.height() >= 79
    for _ in range(50):
        qtbot.keyClick(part(chart, Border, "RSI 14"), Qt.Key.Key_Down)
    assert chart.panes["rsi"].plot.height() >= 39


def test_the_border_between_two_lower_panes_takes_from_one_what_the_other_gets(chart, qtbot):
    upper, under, main = lower(chart), lower(chart, "macd", "MACD"), chart.stack.main
    border = part(chart, Border, "MACD")
    before = upper.rect().height(), under.rect().height(), main.rect().height()
    qtbot.keyClick(border, Qt.Key.Key_Up)
    assert (upper.rect().height(), under.rect().height()) == (before[0], before[1])  # the upper one is small already
    chart.resize(800, 900)
    before = upper.rect().height(), under.rect().height(), main.rect().height()
    qtbot.keyClick(border, Qt.Key.Key_Down)
    assert (upper.rect().height(), under.rect().height()) == (before[0] + 16, before[1] - 16)
    for _ in range(30):
        qtbot.keyClick(border, Qt.Key.Key_Down)
    assert under.plot.height() == 40
    assert upper.rect().height() + under.rect().height() == before[0] + before[1]
    assert main.rect().height() == before[2]


def test_many_panes_leave_the_main_one_some_room(chart):
    for number in range(8):
        lower(chart, str(number), f"Pane {number}")
    assert chart.stack.main.plot.height() > 60
    assert sum(pane.rect().height() for pane in chart.panes.values()) == chart.height()
    look(chart)


def test_panes_that_nobody_has_sized_leave_the_main_one_most_of_the_room(chart):
    chart.resize(800, 900)
    for number in range(4):
        lower(chart, str(number), f"Pane {number}")
    settle()
    heights = [pane.rect().height() for pane in chart.panes.values()]
    assert heights[0] > 0.4 * chart.height()
    assert heights[0] > 3 * heights[1]


def test_the_box_at_the_crosshair_leaves_out_what_stands_in_titles(chart):
    pane = lower(chart)
    at = chart.picture.lines[0].series.times[10]
    chart.moves.put_at(at)
    crosshair = chart.stack.crosshair
    assert crosshair.boxed() == crosshair.rows  # the title says nothing of it
    pane.set_legend([Row("110.00", None)])
    assert crosshair.boxed() == crosshair.rows[:-1]
    assert crosshair.rows[-1].text == "Study 110.00"  # and is spoken
    look(chart)
    chart.resize(90, 500)  # no room beside the title
    settle()
    assert crosshair.boxed() == crosshair.rows


def test_closing_is_told(chart, qtbot):
    lower(chart)
    button = part(chart, CloseButton, "RSI 14")
    assert button.accessibleName() == "Close RSI 14"
    with qtbot.waitSignal(chart.stack.closed) as closed:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert closed.args == ["rsi"]
    assert list(chart.panes) == ["main"]


def test_themes_and_bounds_hold_in_lower_panes_too(chart):
    pane = lower(chart)
    pane.bounds, pane.levels = (0.0, 100.0), (30.0, 70.0)
    pane.show_layers([study(chart, 0.4)])
    assert pane.box.values[0] < 0
    assert 100 < pane.box.values[1] < 110
    assert [tick.label for tick in pane._grid._values][:2] == ["30", "70"]
    for theme in (LIGHT, DARK):
        chart.set_theme(theme)
        picture = look(chart)
        inside = pane.pos() + pane.plot.bottomLeft()
        assert picture.pixelColor(round(inside.x()) + 30, round(inside.y()) + 3).name() == theme.window


def test_the_view_is_told_once_a_frame_and_not_while_hidden(chart, polls, qtbot):
    settle()
    told = []
    chart.view_changed.connect(lambda: told.append(1))
    polls.run(5)
    assert not told
    settle()
    assert len(told) == 1
    look(chart)
    chart.stack.canvas.viewport().update()
    settle()
    assert len(told) == 1
    chart.hide()
    polls.run(5)
    settle()
    assert len(told) == 1


def test_an_overlay_on_another_scale_of_time_is_drawn_in_the_middle_of_its_bars(chart):
    times = np.array(chart.times[0] + np.arange(5) * 20_000.0)
    layer = LineLayer("SMA", Series.of(times, np.arange(5.0)), "#2fbf8f", NUMBER, shift_ms=10_000.0)
    assert layer.nearest(times[2] + 10_000) == times[2]
    assert layer.at(times[2]) == 2.0
    assert layer.settled_ms == times[3] + 10_000
    assert layer.step(times[2], -10) == times[0]
    assert layer.extremes(times[1] + 10_000, times[2] + 10_000) == (1.0, 2.0)


@pytest.mark.parametrize("kind", list(ScaleKind))
def test_every_scale_draws_lines_and_areas(chart, kind):
    chart.set_mode("Price")
    chart.set_scale(kind)
    chart.set_style("Area")
    picture = look(chart)
    line, plot = chart.picture.lines[0], chart.stack.main.plot
    at = chart.stack.main.place(line.scale, line.series.times[15], line.series.values[15])
    below = picture.pixelColor(round(at.x()) + 2, round(plot.bottom()) - 20).name()
    above = picture.pixelColor(round(at.x()) + 2, round(at.y()) - 12).name()
    assert below != chart.stack.main.theme.window
    assert above == chart.stack.main.theme.window
    with pytest.raises(ValueError, match="Heikin-Ashi"):
        chart.set_style("Heikin-Ashi")
    QApplication.processEvents()
