"""The window as a whole: names, keys, themes, ranges, places, closing."""

import json
import re

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPlainTextEdit, QPushButton, QWidget
from window_rig import BTC, ETH, SHIB, Rig, source

from cryptoprices.core.errors import Reason
from cryptoprices.core.source import Exchange
from cryptoprices.ui.about import about_text
from cryptoprices.ui.main_window import clamped
from cryptoprices.ui.theme import DARK, LIGHT, Theme

PRICES = {BTC: "97412.5", ETH: "3318.74", SHIB: "0.00002214"}
CHANGES = {BTC: "1.84", ETH: "-0.62", SHIB: "1.9"}
EVIL = "<img src=http://127.0.0.1:9/x><b>bold</b>&lt;\u202e\u200b"


@pytest.fixture
def rig(fake_clock):
    return Rig(fake_clock)


@pytest.fixture
def window(rig, qtbot):
    rig.name_exchanges()
    return rig.window(qtbot)


def named(window, name):
    return [w for w in window.findChildren(QWidget) if w.accessibleName() == name]


NAMES = """Watchlist, Exchanges, Comparison, Range, Chart mode, Connection status,
Price of BTC/USD, Price of ETH/USD, Price of ETH/BTC"""


@pytest.mark.parametrize("name", re.split(r",\s", NAMES))
def test_what_assistive_technology_finds(window, name):
    assert [w for w in named(window, name) if w.isVisible()]


def test_the_title_and_the_demo_mark(rig, qtbot):
    assert rig.window(qtbot).windowTitle() == "Crypto Prices"
    demo = rig.window(qtbot, demo=True)
    assert demo.windowTitle() == "Crypto Prices – DEMO"
    assert "DEMO" in [label.text() for label in demo.findChildren(QLabel) if label.isVisible()]


def test_modes_and_ranges_are_buttons_with_keys(window, qtbot):
    assert list(window.bar.modes.buttons) == ["Price", "Compare %", "Candles", "Ratio"]
    assert list(window.bar.ranges.buttons) == ["1H", "1D", "1W", "1M", "1Y", "All"]
    assert window.bar.ranges.current == "1D"
    with qtbot.waitSignal(window.bar.ranges.chosen) as chosen:
        qtbot.keyClick(window, Qt.Key.Key_3)
    assert chosen.args == ["1W"]
    assert window.bar.ranges.current == "1W"
    with qtbot.waitSignal(window.bar.modes.chosen) as chosen:
        qtbot.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert chosen.args == ["Ratio"]
    stops = [
        name for name, button in window.bar.modes.buttons.items() if button.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert stops == ["Ratio"]  # Tab leads to the chosen one, arrows from there on


def test_ranges_without_data_are_disabled_and_say_why(window):
    ranges = window.bar.ranges
    ranges.refuse({"1M": "There is no data for so long a time yet", "1Y": "No"})
    assert [name for name, button in ranges.buttons.items() if button.isEnabled()] == ["1H", "1D", "1W", "All"]
    assert ranges.buttons["1M"].toolTip() == "There is no data for so long a time yet"
    ranges.refuse({})
    assert ranges.buttons["1M"].isEnabled()
    assert ranges.buttons["1M"].toolTip() == "Range: 1M (4)"


@pytest.mark.parametrize(
    ("key", "modifier", "command"),
    [
        (Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier, "refresh"),
        (Qt.Key.Key_P, Qt.KeyboardModifier.NoModifier, "pause"),
        (Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier, "quit"),
        (Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier, "show_window"),
    ],
)
def test_commands_have_keys(window, qtbot, key, modifier, command):
    with qtbot.waitSignal(getattr(window.commands, command).triggered):
        qtbot.keyClick(window, key, modifier)


def test_quit_has_its_key_in_the_windows_beside_it_too(window, qtbot):
    beside = QDialog(window)
    beside.show()
    beside.activateWindow()
    with qtbot.waitSignal(window.commands.quit.triggered):
        qtbot.keyClick(beside, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)


def test_pause_says_what_it_does_next(rig, window):
    button = next(b for b in window.bar.findChildren(QPushButton) if b.text() == "Pause")
    rig.hub.set_schedule(False, None, True)
    assert button.text() == "Resume"
    rig.hub.set_schedule(False, None, False)
    assert button.text() == "Pause"


def test_every_button_is_reached_by_the_tab_key(window):
    window.activateWindow()
    window.resize(1440, 900)  # where nothing is left away
    QApplication.processEvents()
    for button in window.bar.findChildren(QPushButton):
        button.setEnabled(True)  # as when there is something to export
    seen, widget = set(), window
    while True:
        widget = widget.nextInFocusChain()
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled():
            seen.add(widget)
        if widget is window:
            break
    arrows = {  # lead to these from the chosen one
        button
        for segments in (window.bar.modes, window.bar.ranges, window.bar.scales)
        for button in segments.buttons.values()
        if segments.buttons[segments.current] in seen
    }
    for button in window.bar.findChildren(QPushButton):
        assert button in seen | arrows
    assert window.docks.panel("watchlist").view in seen
    assert window.docks.panel("exchanges").view in seen


def test_every_button_tells_its_key(window):
    for button in [b for b in window.bar.findChildren(QPushButton) if b.isEnabled() or b.menu()]:
        assert button.toolTip().endswith(")"), button.text()
    assert "(Alt+M)" in [b for b in window.bar.findChildren(QPushButton) if b.menu()][-1].toolTip()


def test_the_theme_changes_while_it_runs(rig, window):
    rig.poll(PRICES)
    for setting, theme in (("light", LIGHT), ("dark", DARK)):
        action = next(a for a in window.commands._themes.actions() if a.data() == setting)
        action.trigger()
        assert action.isChecked()
        assert window.docks.panel("watchlist").view.theme is theme
        assert QApplication.palette().window().color().name() == theme.panel
        assert window.grab().toImage().pixelColor(window.header.mapTo(window, window.header.rect().bottomRight()))


def test_without_a_word_from_the_system_it_is_light(rig, qtbot):
    window = rig.window(qtbot, theme="system")
    assert window.docks.panel("watchlist").view.theme is LIGHT


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_texts_can_be_read_on_every_ground(theme: Theme):
    def light(colour):
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in QColor(colour).getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    for text in ("text", "muted", "up", "down", "warn", "accent"):
        for ground in ("window", "panel", "raised", "pressed", "notice"):
            low, high = sorted((light(getattr(theme, text)), light(getattr(theme, ground))))
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{text} on {ground}"
    for line in (*theme.studies, theme.first, theme.second):
        low, high = sorted((light(line), light(theme.window)))
        assert (high + 0.05) / (low + 0.05) >= 3.0, line
    assert len({*theme.studies, theme.first, theme.second, theme.accent, theme.up, theme.down}) == 13


def test_nothing_is_shown_to_nobody_and_the_first_frame_is_true(rig, window, qtbot):
    rig.poll(PRICES)
    with qtbot.waitSignal(window.seen_changed) as seen:
        window.hide()
    assert seen.args == [False]
    figure = window.header.figures[BTC]
    before = figure.text()
    rig.time.advance(3000)
    rig.hub.ticked.emit()
    assert figure.text() == before
    window.show()
    assert "min old" in figure.text()
    assert "min old" in window.docks.panel("watchlist").model.rows[0].below


def test_never_nothing_point_nothing(rig, window):
    for advance in (0, 60, 200, 4000):
        rig.time.advance(advance)
        rig.hub.ticked.emit()
        for widget in window.findChildren(QLabel):
            assert "0.00 " not in widget.text()
            assert "0.00" not in widget.text().replace("±0.00", "")
        assert not [row for row in window.docks.panel("watchlist").model.rows if row and row.price.startswith("0.00 ")]
        if not advance:
            rig.poll(PRICES, CHANGES)


def test_what_outsiders_say_is_shown_literally(rig, window):
    evil = source("kraken", title=EVIL, attribution=EVIL)
    rig.name_exchanges(kraken=Exchange(evil, f"http://127.0.0.1:9/{EVIL}", ""))
    rig.poll(PRICES)
    rig.fail(Reason.SERVER)
    window.show_now()
    exchanges = window.docks.panel("exchanges")
    name = exchanges.model.index(0, 0)
    assert name.data() == "<img src=http://127.0.0.1:9/x><b>bold</b>&lt;*"
    told = name.data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in told
    assert "&lt;img src=http://127.0.0.1:9/x&gt;" in told
    assert exchanges.note.textFormat() is Qt.TextFormat.PlainText
    assert window.banner.text.textFormat() is Qt.TextFormat.PlainText
    window.show_about()
    told = window.findChild(QPlainTextEdit).toPlainText()
    assert "<img src=http://127.0.0.1:9/x><b>bold</b>&lt;" in told


def test_about_names_version_licences_and_hosts(window):
    window.commands.about.trigger()
    told = window.findChild(QPlainTextEdit).toPlainText()
    assert "Kraken: kraken.invalid" in told
    assert "rates: api.frankfurter.dev" in told
    assert "LGPL-3.0-only" in told
    assert "MIT" in told


def test_the_notice_leads_to_the_exchanges(rig, window, qtbot):
    rig.fail(Reason.UNREACHABLE)
    assert window.banner.isVisible()
    dock = window.docks.docks["exchanges"]
    dock.hide()
    qtbot.mouseClick(window.banner.details, Qt.MouseButton.LeftButton)
    assert dock.isVisible()
    assert window.focusWidget() is dock.panel.view


def test_closing_is_decided_elsewhere(window, qtbot):
    with qtbot.waitSignal(window.close_requested):
        assert not window.close()
    assert window.isVisible()
    window.close_for_good()
    assert not window.isVisible()


def test_a_chart_takes_the_room_that_was_kept(window, qtbot):
    window.grab()
    room = window._chart.geometry()
    chart = QWidget()
    window.place_chart(chart)
    qtbot.waitUntil(lambda: chart.geometry() == room)


def test_panels_come_later_without_moving_anything(rig, qtbot):
    window = rig.window(qtbot, filled=False)
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: window.centralWidget().width() == 1440 - 268 - 316 - 2)
    assert window.docks.panel("exchanges") is None
    before = {name: dock.geometry() for name, dock in window.docks.docks.items()}
    window.docks.fill()
    qtbot.waitUntil(lambda: {name: dock.geometry() for name, dock in window.docks.docks.items()} == before)
    assert window.docks.panel("exchanges").isVisible()


def test_a_panel_can_be_hidden_and_the_layout_comes_back(rig, window, qtbot):
    action = window.docks.docks["exchanges"].toggleViewAction()
    assert action.text() == "Exchanges"
    assert [each.text() for each in window.docks.actions()] == ["Watchlist", "Comparison", "Exchanges"]
    action.trigger()
    window.bar.modes.choose("Ratio")
    window.bar.ranges.choose("1W")
    window.chart_menu.show_mode("Ratio")
    window.bar.scales.buttons["Log"].click()
    window.chart_heights["volume"] = 0.25
    kept = json.loads(json.dumps(window.geometry_state()))
    other = rig.window(qtbot, filled=False)
    other.restore_geometry_state(kept)
    other.docks.fill()
    assert other.docks.docks["exchanges"].isHidden()
    assert not other.docks.docks["watchlist"].isHidden()
    assert (other.bar.modes.current, other.bar.ranges.current) == ("Ratio", "1W")
    assert other.chart_menu.looks == window.chart_menu.looks
    assert other.bar.scales.current == "Log"
    assert other.chart_heights == {"volume": 0.25}


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"x": "a", "y": None, "width": 1e300, "height": [], "maximized": "yes", "layout": "%%%", "range": 7},
        {"x": 10**12, "y": 0, "width": 100, "height": 100, "layout": "AAAA"},
        {"chart": ["Price"], "heights": {"volume": 7.5, "rsi": "high"}},
    ],
)
def test_a_strange_state_changes_nothing(window, state):
    before = window.geometry()
    window.restore_geometry_state(state)
    assert window.geometry() == before
    assert window.bar.ranges.current == "1D"
    assert window.chart_heights == {}


SCREENS = [QRect(0, 0, 1920, 1040), QRect(1920, 0, 1280, 1024)]


@pytest.mark.parametrize(
    ("place", "becomes"),
    [
        (QRect(100, 100, 1200, 800), QRect(100, 100, 1200, 800)),
        (QRect(2000, 50, 1200, 800), QRect(2000, 50, 1200, 800)),
        (QRect(5000, 5000, 1200, 800), QRect(720, 240, 1200, 800)),
        (QRect(-3000, -900, 1200, 800), QRect(0, 0, 1200, 800)),
        (QRect(0, 0, 4000, 3000), QRect(0, 0, 1920, 1040)),
        (QRect(1900, -500, 1000, 700), QRect(1920, 0, 1000, 700)),
    ],
)
def test_a_window_is_never_off_the_screens(place, becomes):
    assert clamped(place, SCREENS) == becomes


def test_the_window_fits_a_very_small_screen(rig, window):
    rig.poll(PRICES, CHANGES)
    window.resize(620, 400)
    QApplication.processEvents()
    assert (window.width(), window.height()) == (620, 400)
    bar = window.bar
    for button in [b for b in bar.findChildren(QPushButton) if b.isVisible()]:
        assert button.mapTo(window, button.rect().topRight()).x() < 620
        assert button.width() >= button.sizeHint().width()


def test_the_columns_of_the_exchanges_take_all_the_room(rig, window):
    rig.poll(PRICES, CHANGES)
    window.resize(800, 600)
    QApplication.processEvents()
    table = window.docks.panel("exchanges").view
    assert sum(table.columnWidth(column) for column in range(4)) == table.viewport().width()


def test_about_names_the_hosts_of_streams_and_rates_too():
    streaming = source("kraken")
    exchange = Exchange(streaming, "https://api.one.invalid/v1", "wss://ws.one.invalid")
    same = Exchange(streaming, "https://api.two.invalid", "wss://api.two.invalid/stream")
    told = about_text([exchange, same], "https://rates.invalid/v2", demo=False)
    assert "api.one.invalid, ws.one.invalid" in told
    assert told.count("api.two.invalid") == 1
    assert "rates.invalid, only while" in told
    assert "rates.invalid" not in about_text([exchange], "https://rates.invalid/v2", demo=True)
