"""What the second stage begins with: the window as its first frame shows it, and what stands behind it."""

from typing import NamedTuple

from cryptoprices.clock import Clock
from cryptoprices.preferences import Preferences
from cryptoprices.qt.hub import Hub
from cryptoprices.stop import Stop
from cryptoprices.storage.paths import Paths
from cryptoprices.storage.state import State
from cryptoprices.ui.controls import Controls
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.theme import ThemeKeeper


class FirstStage(NamedTuple):
    """What is there already. paths: the files of the run. state: of the last run."""

    demo: bool
    paths: Paths
    preferences: Preferences
    state: State
    clock: Clock
    hub: Hub
    keeper: ThemeKeeper
    window: MainWindow
    controls: Controls
    stop: Stop
