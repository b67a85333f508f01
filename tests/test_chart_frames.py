"""The chart's frames: what is painted is there before, and painting changes nothing."""

import pytest
from charts import OFFSCREEN, drag, look, settle
from pasts import settle as settle_bars
from polls import BTC, ETH
from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtWidgets import QMainWindow

from cryptoprices.core.chosen_studies import STUDIES
from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.modes import STYLES, Mode
from cryptoprices.ui.chart.tools import Tools
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.tools_button import ToolsButton

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)


class Frames(QObject):
    """seen: of each frame of the chart what it shows, from the moment on when its painting begins."""

    def __init__(self, chart):
        super().__init__(chart)
        self._chart, self.seen, self.told = chart, [], 0
        chart.view_changed.connect(self._note)
        chart.stack.canvas.viewport().installEventFilter(self)

    def _note(self):
        self.told += 1

    def eventFilter(self, _canvas, event):
        if event.type() is QEvent.Type.Paint:
            self.seen.append((*shown(self._chart), self.told))
        return False


def shown(chart):
    """Times, lines, values on the axis and panes."""
    main = chart.stack.main
    return chart.times, [layer.key() for layer in main.layers], main.box.values, list(chart.panes)


@pytest.fixture
def frames(studied, studies):
    settle()
    return Frames(studied)


@pytest.fixture
def change_much(studied, studies, polls, timeline, rough_archive, qtbot):
    """To be called while nobody looks."""

    def change():
        studied.set_mode("Price")
        studies.add("rsi")
        studies.add("sma")
        polls.poll({BTC: 203_000, ETH: 20_300})
        settle_bars(timeline, rough_archive, qtbot)

    return change


def hide(chart):
    chart.hide()
    return chart.show


def minimise(chart):
    chart.showMinimized()
    return chart.showNormal


@pytest.mark.parametrize("leave", [hide, minimise])
def test_the_first_frame_that_is_seen_again_shows_what_there_is(studied, frames, change_much, leave):
    come_back = leave(studied)
    settle()
    before, told = studied.picture, frames.told
    change_much()
    settle()
    assert studied.picture is before
    assert frames.told == told
    frames.seen.clear()
    come_back()
    settle()
    assert list(studied.panes) == ["main", "rsi"]
    assert studied.picture.lines[0].series.times[-1] < studied.times[1]
    assert frames.seen[0] == (*shown(studied), told + 1)
    assert frames.told == told + 1


def test_who_starts_minimised_sees_nothing_old_either(studied, frames, change_much):
    studied.hide()
    change_much()
    studied.showMinimized()
    studied.showNormal()
    settle()
    assert frames.seen
    assert frames.seen[0][:-1] == shown(studied)
    assert list(studied.panes) == ["main", "rsi"]


@pytest.mark.parametrize("inside", [False, True])
def test_who_minimises_it_in_the_turn_that_shows_it_lets_nothing_be_painted(polls, qtbot, inside):
    chart = ChartView(polls.hub, Timeline(polls.hub, Recorder(polls.hub, interval_s=20)))
    window = chart
    if inside:
        window = QMainWindow()
        window.setCentralWidget(chart)
    qtbot.addWidget(window)
    window.show()
    window.showMinimized()
    settle()
    frames = Frames(chart)
    polls.run(5)
    settle()
    assert not frames.seen
    assert not chart.picture.lines
    window.showNormal()
    settle()
    assert chart.picture.lines
    assert frames.seen[0] == (*shown(chart), 1)


def test_another_width_is_another_picture(studied, studies):
    studied.set_mode("Candles")
    studied.resize(120, 700)
    settle()
    narrow = studied.stack.main.layers[0].width_ms
    studied.resize(900, 700)
    assert studied.stack.main.layers[0].width_ms < narrow


@pytest.mark.parametrize("range_", ["1H", "1Y"])  # bars of a minute, and of days
def test_painting_the_chart_changes_nothing(painting, studied, studies, polls, timeline, rough_archive, qtbot, range_):
    tools = Tools(polls.hub, timeline, studied)
    ToolsButton(None, tools, studied)
    studied.view_changed.connect(painting.note)
    studied.pictured.connect(painting.note)
    for key in STUDIES:
        studies.add(key)
    studied.set_range(range_)
    for mode in Mode:
        studied.set_mode(mode)
        settle_bars(timeline, rough_archive, qtbot)
        for style in STYLES[mode]:
            studied.set_style(style)
            settle()
        start_ms, stop_ms = studied.times
        studied.brush.mark(start_ms + (stop_ms - start_ms) / 3, stop_ms)
        settle()
        for leave in (hide, minimise):
            come_back = leave(studied)
            settle()
            polls.poll({BTC: 203_000, ETH: 20_300})
            studied.brush.end()
            come_back()
            settle()
            studied.brush.mark(start_ms, stop_ms)
        studied.moves.zoom(0.5, stop_ms)
        settle()
        drag(qtbot, studied, QPoint(300, 60), QPoint(200, 0))
        look(studied)
        studied.follow()
        studied.resize(700, 500)
        settle()
        studied.resize(900, 700)
        settle()
    assert painting.frames[type(studied.stack.canvas).__name__] > 4 * 6
    assert not painting.changes
