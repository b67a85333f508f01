"""Closing, hiding, pausing and refreshing: the window is never out of reach, and nothing is said twice."""

from collections.abc import Callable, Iterator

import pytest
from conftest import FakeClock
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from cryptoprices.core.board import Board
from cryptoprices.core.market import Pair, Round
from cryptoprices.qt.feed import Feed
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.controls import Controls
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.theme import ThemeKeeper
from cryptoprices.ui.tray import GONE_S, Tray

BTC_USD = Pair("BTC", "USD")
Host = dict[str, bool]


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    """Whether there is a tray; off screen there never is one."""
    host = {"there": True}
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: host["there"]))
    return host


@pytest.fixture
def window(qtbot: QtBot, fake_clock: FakeClock) -> Iterator[MainWindow]:
    hub = Hub(Board(("kraken",)), fake_clock.clock, (BTC_USD,))
    window = MainWindow(hub, ThemeKeeper("dark"))
    window.show()
    yield window
    hub.set_watched(False)
    window.close_for_good()
    window.deleteLater()


@pytest.fixture
def controls(window: MainWindow) -> Iterator[Controls]:
    controls = Controls(window, explained=False)
    yield controls
    controls.deleteLater()


@pytest.fixture
def tray(window: MainWindow, controls: Controls, host: Host) -> Iterator[Tray]:
    commands = window.commands
    tray = Tray(window.hub, BTC_USD, (commands.refresh, commands.pause, commands.quit), demo=False)
    controls.take_tray(tray)
    yield tray
    tray.close()
    window.seen_changed.disconnect(controls.watch)  # or the tray that is there keeps the ages counted


@pytest.mark.no_qt_log
class TestClosing:
    def test_into_the_tray_which_is_explained_once(
        self, qtbot: QtBot, window: MainWindow, controls: Controls, tray: Tray, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said: list[str] = []
        monkeypatch.setattr(tray, "tell", said.append)
        with qtbot.assertNotEmitted(controls.quit_asked):
            for _ in range(2):
                window.show()
                window.close()
                assert window.isHidden()
        assert len(said) == 1
        assert controls.explained

    def test_without_a_tray_that_is_the_end_and_is_said_once(
        self, qtbot: QtBot, window: MainWindow, controls: Controls
    ) -> None:
        controls.explain_closing()
        assert "no tray" in controls.notice
        controls.say("")
        controls.explain_closing()
        assert controls.notice == ""
        with qtbot.waitSignal(controls.quit_asked):
            window.close()
        assert window.isVisible()

    def test_without_a_tray_nothing_hides_the_window_for_nothing_would_bring_it_back(
        self, qtbot: QtBot, window: MainWindow, controls: Controls
    ) -> None:
        window.activateWindow()
        controls.watch()
        qtbot.keyClick(window, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
        assert window.isVisible()

    def test_with_a_tray_a_key_hides_the_window(self, qtbot: QtBot, window: MainWindow, tray: Tray) -> None:
        window.activateWindow()
        qtbot.waitActive(window)
        qtbot.keyClick(window, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
        assert window.isHidden()

    def test_a_window_in_a_tray_that_goes_comes_back(
        self, window: MainWindow, tray: Tray, host: Host, fake_clock: FakeClock
    ) -> None:
        window.close()
        host["there"] = False
        window.hub.ticked.emit()
        assert window.isHidden()
        fake_clock.advance(GONE_S)
        window.hub.ticked.emit()
        assert window.isVisible()


def test_a_long_notice_takes_no_room_from_the_state_of_the_connection(window: MainWindow, controls: Controls) -> None:
    status = window.status
    words = (status.state, status.updated, status.next_poll, status.clock)
    controls.say("a notice that goes on and on " * 30)
    QApplication.processEvents()
    assert all(word.width() >= word.sizeHint().width() for word in words)
    assert status.notice.geometry().right() < status.clock.x()
    assert status.notice.text().endswith("…")
    assert status.notice.toolTip().count("on and on") > status.notice.text().count("on and on") > 1
    assert controls.notice.count("on and on") == 30


def test_before_there_is_a_tray_closing_is_the_end(qtbot: QtBot, window: MainWindow, controls: Controls) -> None:
    with qtbot.waitSignal(controls.quit_asked):
        window.close()


def test_ages_are_counted_only_while_something_can_be_seen(window: MainWindow, controls: Controls) -> None:
    controls.watch()
    assert window.hub._second.isActive()
    window.hide()
    assert not window.hub._second.isActive()


def test_pause_and_refresh_reach_the_feed(
    qtbot: QtBot, window: MainWindow, controls: Controls, fake_clock: FakeClock
) -> None:
    asked: list[bool] = []

    def poll(deliver: Callable[[Round], None], forced: bool, _woken: bool) -> None:
        asked.append(forced)
        deliver(Round(len(asked), fake_clock.boot_s, last=True))

    feed = Feed(poll, 20, lambda: fake_clock.boot_s + 20, fake_clock.clock)
    feed.scheduled.connect(window.hub.set_schedule)
    controls.take_feed(feed)
    feed.start()
    qtbot.waitUntil(lambda: not feed.polling)
    window.commands.pause.trigger()
    assert feed.paused
    assert window.commands.pause.text() == "Resume"
    assert not window.commands.pause.isCheckable()  # a mark at "Resume" would say two things
    window.hub.exchanges = {}
    window.commands.pause.trigger()
    qtbot.waitUntil(lambda: not feed.polling)
    assert asked == [False, False]
    feed.close()
