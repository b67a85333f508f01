"""The menu of compared coins: which can be chosen, how many, and that the choice is kept."""

import pytest
from polls import BTC, ETH, SOL, Polls
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton

from cryptoprices.core.market import Pair
from cryptoprices.core.pairs import MOST_COMPARED
from cryptoprices.ui.compare_menu import CompareMenu

MORE = [Pair(f"C{i}", "USD") for i in range(8)]
EURO = Pair("BTC", "EUR")


@pytest.fixture
def hub(qapp, fake_clock):
    return Polls(fake_clock, (BTC, ETH, SOL, EURO, *MORE)).hub


@pytest.fixture
def button(qtbot):
    button = QPushButton()
    qtbot.addWidget(button)
    return button


@pytest.fixture
def menu(hub, button):
    return CompareMenu(hub, button, button)


def rows(menu):
    menu.aboutToShow.emit()
    return {action.text(): action for action in menu.actions() if action.text()}


def marked(menu):
    return [text for text, action in rows(menu).items() if action.isChecked()]


def choose(menu, qtbot, text):
    with qtbot.waitSignal(menu.chosen) as chosen:
        rows(menu)[text].trigger()
    return chosen.args[0]


def test_pairs_in_the_chosen_currency_are_offered_and_what_is_compared_is_marked(menu, hub):
    assert list(rows(menu)) == [str(pair) for pair in (BTC, ETH, SOL, *MORE)] + ["As fits the chosen coin"]
    assert marked(menu) == ["BTC/USD", "ETH/USD", "As fits the chosen coin"]
    hub.select(SOL)
    assert marked(menu) == ["BTC/USD", "SOL/USD", "As fits the chosen coin"]


def test_a_coin_is_added_and_taken_away_in_the_order_of_the_watchlist(menu, qtbot):
    assert choose(menu, qtbot, "C3/USD") == (BTC, ETH, MORE[3])
    assert choose(menu, qtbot, "SOL/USD") == (BTC, ETH, SOL, MORE[3])
    assert choose(menu, qtbot, "ETH/USD") == (BTC, SOL, MORE[3])
    assert marked(menu) == ["BTC/USD", "SOL/USD", "C3/USD"]
    assert choose(menu, qtbot, "As fits the chosen coin") == ()
    assert marked(menu) == ["BTC/USD", "ETH/USD", "As fits the chosen coin"]


def test_where_none_is_left_it_is_as_fits_the_chosen_coin(menu, qtbot):
    for text in ("BTC/USD", "ETH/USD"):
        left = choose(menu, qtbot, text)
    assert left == ()
    assert marked(menu)[:2] == ["BTC/USD", "ETH/USD"]


def test_no_more_than_can_be_told_apart_are_compared_and_the_rest_says_so(menu, qtbot):
    for pair in (SOL, *MORE[:5]):
        choose(menu, qtbot, str(pair))
    assert len(menu.pairs) == MOST_COMPARED
    refused = {text: action for text, action in rows(menu).items() if not action.isEnabled()}
    assert list(refused) == ["C5/USD", "C6/USD", "C7/USD"]
    assert {action.toolTip() for action in refused.values()} == {"No more than 8 coins are compared at once"}
    choose(menu, qtbot, "C0/USD")
    assert rows(menu)["C7/USD"].isEnabled()


def test_the_choice_is_there_in_the_next_run_and_nonsense_is_passed_over(menu, hub, button, qtbot):
    choose(menu, qtbot, "SOL/USD")
    again = CompareMenu(hub, button, button)
    again.restore(menu.state())
    assert again.pairs == (BTC, ETH, SOL)
    for strange in (None, 7, "BTC/USD", ["XYZ/USD", 3, None], {"a": 1}):
        again.restore(strange)
        assert again.pairs == ()


def test_the_button_of_the_mode_has_it_as_its_context_menu(menu, button, monkeypatch):
    opened = []
    monkeypatch.setattr(menu, "popup", opened.append)
    assert button.contextMenuPolicy() is Qt.ContextMenuPolicy.CustomContextMenu
    button.customContextMenuRequested.emit(QPoint(1, 2))
    assert opened == [button.mapToGlobal(QPoint(1, 2))]
