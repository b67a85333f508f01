"""What can be done with an exchange: only what makes sense, by menu and by key."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from cryptoprices.ui.exchange_menu import ExchangeCommands

NAMES = ("kraken", "coinbase", "binance", "okx")


@pytest.fixture
def view(qtbot):
    view = QWidget()
    qtbot.addWidget(view)
    view.show()
    view.setFocus()
    return view


@pytest.fixture
def commands(view):
    return ExchangeCommands(view)


def can(commands):
    return {word for word in ("ask", "up", "down", "on") if getattr(commands, word).isEnabled()}


@pytest.mark.parametrize(
    ("name", "words", "asked"),
    [
        ("", set(), False),
        ("kraken", {"ask", "down", "on"}, True),
        ("coinbase", {"ask", "up", "down", "on"}, True),
        ("binance", {"ask", "up", "on"}, True),
        ("okx", {"on"}, False),
    ],
)
def test_only_what_makes_sense_can_be_done(commands, name, words, asked):
    commands.aim(name, NAMES, frozenset({"okx"}))
    assert can(commands) == words
    assert commands.on.isChecked() is asked


def test_the_last_one_that_is_asked_cannot_be_switched_off(commands):
    commands.aim("kraken", NAMES, frozenset(NAMES) - {"kraken"})
    assert can(commands) == {"ask"}


def test_moving_gives_the_whole_new_order(commands, qtbot):
    commands.aim("coinbase", NAMES, frozenset({"okx"}))
    with qtbot.waitSignal(commands.order_chosen) as heard:
        commands.up.trigger()
    assert heard.args == [("coinbase", "kraken", "binance", "okx")]
    with qtbot.waitSignal(commands.order_chosen) as heard:
        commands.down.trigger()
    assert heard.args == [("kraken", "binance", "coinbase", "okx")]


def test_keys_do_the_same(commands, view, qtbot):
    commands.aim("coinbase", NAMES, frozenset())
    with qtbot.waitSignal(commands.order_chosen):
        qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    with qtbot.waitSignal(commands.ask_wanted) as asked:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert asked.args == ["coinbase"]
    with qtbot.waitSignal(commands.switched) as switched:
        qtbot.keyClick(view, Qt.Key.Key_Space)
    assert switched.args == ["coinbase", False]


def test_the_menu_offers_the_same(commands):
    commands.aim("okx", NAMES, frozenset({"okx"}))
    menu = commands.menu("OKX")
    assert [action.text() for action in menu.actions() if action.isEnabled() and not action.isSeparator()] == [
        "Ask this exchange"
    ]
    menu.deleteLater()
