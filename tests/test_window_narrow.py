"""A window with little room: panels share one column, bar and status line leave away what matters less."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton
from window_rig import BTC, ETH, SHIB, Rig

PRICES = {BTC: "97412.5", ETH: "3318.74", SHIB: "0.00002214"}
CHANGES = {BTC: "1.84", ETH: "-0.62", SHIB: "1.9"}


@pytest.fixture
def window(fake_clock, qtbot):
    rig = Rig(fake_clock)
    rig.name_exchanges()
    rig.poll(PRICES, CHANGES)
    return rig.window(qtbot)


def resize(window, width, height=700):
    window.resize(width, height)
    QApplication.processEvents()


def places(window):
    return {name: dock.geometry() for name, dock in window.docks.docks.items()}


def in_front(window):
    return [name for name, dock in window.docks.docks.items() if dock.panel.isVisible()]


@pytest.mark.parametrize("width", [560, 640, 800, 1000, 1440])
def test_every_width_leaves_the_chart_room_and_cuts_no_panel(window, width):
    resize(window, width)
    assert window.width() == width
    assert window.centralWidget().width() >= min(280, width - 320)
    for name in in_front(window):
        panel = window.docks.panel(name)
        left = panel.mapTo(window, QPoint(0, 0)).x()
        assert left >= 0
        assert left + panel.width() <= width
        assert panel.width() >= panel.minimumSizeHint().width()


def test_a_small_window_cuts_no_figure(window, qtbot):
    size = 800, 600
    resize(window, *size)
    figures = window.header.figures.values()
    qtbot.waitUntil(lambda: all(f.width() >= f.natural_size(compact=True).width() for f in figures))
    assert (window.width(), window.height()) == size
    assert all(figure.geometry().right() < window.header.width() for figure in figures)
    assert window.bar.width() <= size[0]
    for button in [b for b in window.bar.findChildren(QPushButton) if b.isVisible()]:
        assert button.mapTo(window, button.rect().topRight()).x() < size[0]
        assert button.width() >= button.sizeHint().width()


def test_a_narrow_window_has_one_column_and_gives_each_panel_its_place_back(window):
    resize(window, 1440)
    wide = places(window)
    for width in (640, 700, 640):
        resize(window, width)
        assert in_front(window) == ["watchlist"]
        assert {window.dockWidgetArea(dock) for dock in window.docks.docks.values()} == {
            Qt.DockWidgetArea.LeftDockWidgetArea
        }
    resize(window, 1440)
    assert places(window) == wide
    assert sorted(in_front(window)) == ["comparison", "exchanges", "watchlist"]


def test_widths_that_the_person_chose_come_back(window):
    resize(window, 1440)
    window.resizeDocks([window.docks.docks["watchlist"]], [210], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    for width in (640, 800, 640, 1440):
        resize(window, width)
    assert window.docks.docks["watchlist"].width() == 210


def test_what_is_closed_in_a_narrow_window_stays_closed_and_what_is_opened_comes_to_the_front(window):
    resize(window, 640)
    exchanges = window.docks.docks["exchanges"]
    exchanges.toggleViewAction().trigger()
    QApplication.processEvents()
    exchanges.toggleViewAction().trigger()
    QApplication.processEvents()
    assert in_front(window) == ["exchanges"]
    window.docks.docks["comparison"].toggleViewAction().trigger()
    resize(window, 1440)
    assert sorted(in_front(window)) == ["exchanges", "watchlist"]


def test_the_layout_that_is_kept_is_the_wide_one(window, fake_clock, qtbot):
    for width in (1440, 800, 640):
        resize(window, width)
    kept = window.geometry_state()
    other = Rig(fake_clock).window(qtbot, filled=False)
    other.restore_geometry_state(kept)
    other.docks.fill()
    QApplication.processEvents()
    assert in_front(other) == ["watchlist"]
    resize(other, 1440)
    assert sorted(in_front(other)) == ["comparison", "exchanges", "watchlist"]


def test_widths_of_an_earlier_run_come_back_too(window, fake_clock, qtbot):
    resize(window, 800)  # as wide as the screen of the tests
    window.resizeDocks([window.docks.docks["watchlist"]], [185], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    kept = window.geometry_state()
    other = Rig(fake_clock).window(qtbot, filled=False, state=kept)
    other.docks.fill()
    for width in (640, 800):
        resize(other, width)
    assert other.docks.docks["watchlist"].width() == 185


def test_the_tab_key_leads_to_no_panel_behind_another(window):
    resize(window, 640)
    assert not window.docks.panel("exchanges").view.isVisible()
    window.docks.docks["exchanges"].raise_()
    QApplication.processEvents()
    assert window.docks.panel("exchanges").view.isVisible()
    assert not window.docks.panel("watchlist").view.isVisible()


@pytest.mark.parametrize("width", [560, 640, 800, 1440])
def test_the_bar_cuts_no_text(window, width):
    resize(window, width)
    for button in [b for b in window.bar.findChildren(QPushButton) if b.isVisible()]:
        assert button.mapTo(window, button.rect().topRight()).x() < width
        assert button.width() >= button.sizeHint().width()


@pytest.mark.parametrize("width", [560, 640, 800, 1440])
def test_the_status_line_cuts_no_word(window, width):
    window.status.show_history(None, 123_456)
    window.hub.set_schedule(False, window.hub.clock.boot_s() + 3000, False)
    resize(window, width)
    status = window.status
    words = [status.state, status.updated, status.next_poll, status.clock, status.history]
    shown = [word for word in words if word.isVisible()]
    assert status.state in shown
    assert all(word.width() >= word.sizeHint().width() for word in shown)
    assert (len(shown) == len(words)) is (width > 560)


def test_what_is_said_has_its_room_before_what_is_always_there(window):
    resize(window, 640)
    window.status.notice.say("Kraken asked us to wait; available at 14:30.")
    window.status.show_now()
    QApplication.processEvents()
    assert window.status.notice.text() == window.status.notice.said
    assert not window.status.history.isVisible()


def test_return_presses_a_button_of_the_bar(window, qtbot):
    button = next(b for b in window.bar.findChildren(QPushButton) if b.text() == "Refresh")
    with qtbot.waitSignal(window.commands.refresh.triggered):
        qtbot.keyClick(button, Qt.Key.Key_Return)


def test_a_panel_below_the_chart_stays_there(window):
    resize(window, 800)
    for name in ("comparison", "exchanges"):
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, window.docks.docks[name])
    QApplication.processEvents()
    resize(window, 700)
    assert sorted(in_front(window)) == ["comparison", "exchanges", "watchlist"]
    resize(window, 560)
    bottom = window.docks.docks["exchanges"]
    assert window.dockWidgetArea(bottom) is Qt.DockWidgetArea.BottomDockWidgetArea
