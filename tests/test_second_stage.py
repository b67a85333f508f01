"""What the second stage tells the window of the history."""

from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from window_rig import Rig

from cryptoprices.second_stage import FirstStage, SecondStage
from cryptoprices.settings.values import Settings
from cryptoprices.storage.state import State
from cryptoprices.ui.controls import Controls
from cryptoprices.ui.theme import ThemeKeeper


class FakeSupply:
    """Counts how often it was to measure."""

    measured = 0

    def measure(self):
        """Once more."""
        self.measured += 1


@pytest.fixture
def stage(fake_clock, qtbot, qapp):
    rig = Rig(fake_clock)
    window = rig.window(qtbot)
    controls, keeper = Controls(window, True, window), ThemeKeeper("dark", window)
    state = State({}, {}, {}, None)
    settings = Settings({})
    first = FirstStage(True, "", Path("none"), settings, state, rig.hub.clock, rig.hub, keeper, window, controls)
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
