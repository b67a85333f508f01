"""The main window, for what is tested in it. Fixtures: whoever needs it shown, shows it."""

import pytest

from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.theme import ThemeKeeper


@pytest.fixture
def window(polls, qtbot):
    keeper = ThemeKeeper("dark")
    window = MainWindow(polls.hub, keeper)
    keeper.setParent(window)
    qtbot.addWidget(window, before_close_func=MainWindow.close_for_good)
    return window
