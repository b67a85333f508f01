"""What the second stage tells the window of the history."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from charts import OFFSCREEN
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton
from test_readme import section
from window_rig import Rig

from cryptoprices.first_stage import FirstStage
from cryptoprices.preferences import Preferences
from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.tasks import Tasks
from cryptoprices.qt.timeline import Timeline
from cryptoprices.second_stage import SecondStage
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import Settings
from cryptoprices.stop import Stop
from cryptoprices.storage.paths import Paths
from cryptoprices.storage.settings_edit import SettingsEdit
from cryptoprices.storage.state import State
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.controls import Controls
from cryptoprices.ui.theme import ThemeKeeper


class FakeSupply:
    """Counts how often it was to measure."""

    measured = 0

    def measure(self):
        """Once more."""
        self.measured += 1

    def take_settings(self, settings):
        """These hold."""
        self.settings = settings


class FakeTray:
    """Notes which pair it is to show."""

    def show_pair(self, pair):
        """This one."""
        self.pair = pair


@pytest.fixture
def stage(fake_clock, qtbot, qapp):
    rig = Rig(fake_clock)
    window = rig.window(qtbot)
    controls, keeper = Controls(window, True, window), ThemeKeeper("dark", window)
    state = State({}, {}, {}, None)
    chosen = Preferences(Settings({}), (), RunOptions(), SettingsEdit, None, window)
    paths = Paths(Path("none"), Path("none"), Path("none"))
    first = FirstStage(True, paths, chosen, state, rig.hub.clock, rig.hub, keeper, window, controls, Stop())
    parent = QObject(window)
    return SecondStage(first, parent)


def test_the_history_is_measured_again_when_its_trouble_is_over(stage):
    status = stage._first.window.status
    stage._supply = supply = FakeSupply()
    stage._history_said.emit("Disk full – history paused since 09:15")
    assert status.history.text() == stage._first.controls.notice == "Disk full – history paused since 09:15"
    assert supply.measured == 0
    stage._history_said.emit("")
    assert (status.history.text(), supply.measured) == ("", 1)


def test_settings_that_hold_as_a_whole_reach_what_runs(stage):
    stage._take_settings(Settings({"theme": "dark"}))  # nothing runs yet
    stage._supply, stage._tray = FakeSupply(), FakeTray()
    stage._take_settings(settings := Settings({"tray.pair": "ETH/USD"}))
    assert stage._supply.settings is settings
    assert str(stage._tray.pair) == "ETH/USD"


@pytest.mark.qt_log_ignore("does not support")  # without a screen nothing is raised
def test_the_analysis_is_opened_once_and_then_brought_up(stage, archive, tasks):
    hub = stage._first.hub
    stage.charting.timeline = Timeline(hub, Recorder(hub, 20))
    stage.charting.chart, stage._supply, stage._tasks = ChartView(hub, stage.charting.timeline), FakeSupply(), tasks
    stage._supply.archive = archive
    stage._first.window.place_chart(stage.charting.chart)
    stage._open_analysis()
    window = stage._analysis
    assert window.isVisible()
    window.close()
    stage._open_analysis()
    assert stage._analysis is window
    assert window.isVisible()


@pytest.mark.qt_log_ignore(OFFSCREEN)
def test_what_the_chart_says_when_asked_stands_in_the_status_line(stage, qtbot):
    stage.charting.add_chart()
    stage._parts = SimpleNamespace(history=SimpleNamespace(back_up=None))
    stage._supply, stage._tasks = SimpleNamespace(archive=None), Tasks(stage)
    stage.charting.tools = SimpleNamespace(told=stage.failed)
    stage._add_export()
    window = stage._first.window
    stage.charting.chart.setFocus()
    qtbot.keyClick(stage.charting.chart, Qt.Key.Key_S)
    assert stage._first.controls.notice == "1 day: nothing is known."
    rows = [action.text() for action in window.export_menu.actions()]
    assert {"Chart as PNG…", "Chart as SVG…", "What is drawn as CSV…"} < set(rows)
    stage._tasks.close()


@pytest.mark.qt_log_ignore(OFFSCREEN)
def test_the_readme_names_every_key(stage):
    stage.charting.add_chart()
    stage.charting.add_studies()
    stage.charting.add_panels()
    stage._parts = SimpleNamespace(history=SimpleNamespace(back_up=None))
    stage._supply, stage._tasks = SimpleNamespace(archive=None), Tasks(stage)
    stage._add_export()
    window = stage._first.window
    of_rows = window.docks.panel("exchanges").findChildren(QAction)  # its menu shows them
    actions = [action for action in window.findChildren(QAction) if action not in of_rows]
    keys = {one.shortcut().toString() for one in (*actions, *window.bar.findChildren(QPushButton))} - {""}
    ranges = {*(f"Ctrl+{n}" for n in range(2, 4)), *map(str, range(2, 6))}  # "1 to 6"
    told = set(re.findall("`([^`]+)`", section("Keys")))
    assert {"S", "B", "H", "Ctrl+T", "Alt+I"} < keys
    assert keys - ranges <= told
    stage._tasks.close()


def test_the_chart_draws_the_indicators_of_the_last_run(stage, qtbot):
    window = stage._first.window
    window.studies = [{"name": "sma", "study": "sma", "values": {"period": 50}}]
    stage._show_views()
    qtbot.waitUntil(stage._views_shown.is_set)
    assert window.bar.indicators.isEnabled()
    window.study_menu.aboutToShow.emit()
    assert [action.text() for action in window.study_menu.actions() if action.isChecked()] == ["SMA 50"]
    assert stage.charting.timeline._lead.bars == 100  # so that there is a first mean at the left edge
