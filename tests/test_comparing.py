"""What the window's menus and panel have to do with what is compared in the chart."""

import pytest
from archives import FakeArchive
from charts import OFFSCREEN, look
from pasts import load
from PySide6.QtCore import Qt
from window_rig import BTC, ETH, SHIB, Rig

from cryptoprices.core.intervals import HOUR_MS
from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.comparing import Comparing

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)


@pytest.fixture
def rig(fake_clock):
    fake_clock.wall_ms = 1_763_820_000_000 + 7_000
    return Rig(fake_clock)


@pytest.fixture
def window(rig, qtbot):
    return rig.window(qtbot)


@pytest.fixture
def chart(window):
    """Of the window, with its timeline, not yet connected with it."""
    timeline = Timeline(window.hub, Recorder(window.hub, interval_s=20))
    chart = ChartView(window.hub, timeline)
    window.place_chart(chart)
    window.docks.fill()
    return chart


def test_the_brush_is_armed_by_its_key_and_both_ways_round(window, chart, qtbot):
    brush = window.commands.brush
    assert not brush.isEnabled()
    Comparing(window, chart, chart._timeline)
    qtbot.keyClick(window, Qt.Key.Key_B)  # the keys go to the watchlist
    assert not chart.brush.armed
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_B)
    assert chart.brush.armed
    assert brush.isChecked()
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert not chart.brush.armed
    assert not brush.isChecked()


def test_coins_that_are_chosen_are_compared_and_named_now_and_in_the_next_run(rig, window, chart, qtbot):
    Comparing(window, chart, chart._timeline)
    window.compare_menu.refresh()
    next(row for row in window.compare_menu.actions() if row.data() == "SHIB/USD").trigger()
    assert chart._timeline.compared() == (BTC, ETH, SHIB)
    window.docks.docks["comparison"].show_now()
    assert [head.text() for head in window.docks.panel("comparison").heads] == ["BTC", "ETH", "SHIB"]
    again = rig.window(qtbot)
    again.restore_geometry_state(window.geometry_state())
    timeline = Timeline(again.hub, Recorder(again.hub, interval_s=20))
    again.docks.fill()
    Comparing(again, ChartView(again.hub, timeline, again), timeline)
    assert timeline.compared() == (BTC, ETH, SHIB)


def test_the_heading_of_the_panel_says_which_time_is_marked(window, chart, tasks, qtbot):
    comparing = Comparing(window, chart, chart._timeline)
    chart.set_zone("UTC")
    load(chart._timeline, FakeArchive(), tasks, qtbot, "1d")
    look(chart)
    last_ms = chart._timeline.bounds_ms()[1]
    with qtbot.waitSignal(comparing.time.changed):
        chart.brush.mark(last_ms - 3 * HOUR_MS, last_ms - HOUR_MS)
    assert window.docks.docks["comparison"].heading.text() == "Comparison · 22 Nov 11:00 – 13:00"


def test_each_compared_coin_is_named_in_its_colour_and_told_at_the_cursor(window, chart, tasks, qtbot):
    load(chart._timeline, FakeArchive(), tasks, qtbot, "1d")
    chart._timeline.set_compared((BTC, SHIB))
    qtbot.waitUntil(lambda: len(chart.picture.lines) == 2)
    main, lines = chart.stack.main, chart.picture.lines
    assert main.heads == (("BTC", lines[0].colour), ("SHIB", main.theme.coins[0]))
    assert lines[1].colour == main.theme.coins[0]
    chart.stack.crosshair.put_at(lines[0].series.times[200])
    assert [row.text for row in main.heads] == [
        f"{line.name} {line.scale.tag(line.series.values[200])}" for line in lines
    ]
    places = main.words.places
    assert len(places) == 2
    assert all(main.plot.contains(place.center()) for place in places)
    for mode in ("Price", "Candles"):  # and in these it is told whose they are
        chart.set_mode(mode)
        (head,) = main.heads
        assert head.text.startswith(f"{BTC.base} ")
        assert head.text.endswith(main.layers[0].scale.tag(main.layers[0].at(chart.cursor_ms)))
    chart.set_mode("Ratio")
    assert [row.text.split()[0] for row in main.heads] == ["SHIB/BTC"]
