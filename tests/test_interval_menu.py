"""How often exchanges are asked, chosen by click."""

import pytest
from PySide6.QtWidgets import QWidget

from cryptoprices.ui.interval_menu import IntervalMenu, interval_text


@pytest.fixture
def parent(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    return parent


@pytest.fixture
def menu(parent):
    return IntervalMenu(parent)


def rows(menu):
    menu.refresh()
    return [("✓ " if action.isChecked() else "") + action.text() for action in menu.actions()]


def test_the_one_that_holds_is_marked(menu):
    menu.show_interval(20)
    assert rows(menu) == [
        "5 s", "10 s", "✓ 20 s", "30 s", "1 min", "2 min", "5 min", "15 min", "30 min", "1 h",
    ]  # fmt: skip
    menu.show_interval(3600)
    assert [row for row in rows(menu) if "✓" in row] == ["✓ 1 h"]


def test_one_that_is_none_of_the_list_has_a_row_of_its_own(menu):
    menu.show_interval(90)
    assert rows(menu)[4:7] == ["1 min", "✓ 1 min 30 s", "2 min"]
    menu.show_interval(60)
    assert "1 min 30 s" not in rows(menu)


def test_a_click_chooses_another_one_only(menu, qtbot):
    menu.show_interval(20)
    menu.refresh()
    with qtbot.waitSignal(menu.chosen) as heard:
        menu.actions()[6].trigger()
    assert heard.args == [300]
    with qtbot.assertNotEmitted(menu.chosen):
        menu.actions()[2].trigger()


def test_before_anything_is_asked_nothing_can_be_chosen(menu):
    assert not menu.menuAction().isEnabled()
    menu.show_interval(20)
    assert menu.menuAction().isEnabled()


@pytest.mark.parametrize(("seconds", "text"), [(7, "7 s"), (60, "1 min"), (3599, "59 min 59 s"), (3600, "1 h")])
def test_it_is_told_exactly(seconds, text):
    assert interval_text(seconds) == text
