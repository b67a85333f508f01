"""The menu in which is chosen how the chart is drawn, and the bar's buttons beside it."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QMenu, QWidget

from cryptoprices.ui.chart.modes import LOOKS, Look, Mode, ScaleKind, Style, Zone
from cryptoprices.ui.chart_menu import ChartMenu
from cryptoprices.ui.top_bar import LINE, LOG, TopBar


@pytest.fixture
def parent(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    return parent


@pytest.fixture
def bar(parent):
    bar = TopBar((), QMenu(parent), QMenu(parent), QMenu(parent), demo=False)
    bar.setParent(parent)
    return bar


@pytest.fixture
def menu(bar, parent):
    return ChartMenu(bar, parent)


def rows(menu, title):
    """The rows of a part of the menu, as it is when opened, by text."""
    menu.aboutToShow.emit()
    part = next(action.menu() for action in menu.actions() if action.text().replace("&", "") == title)
    return {action.text(): action for action in part.actions()}


def marked(menu, title):
    return [text for text, action in rows(menu, title).items() if action.isChecked()]


def switch(bar, mode):
    bar.modes.choose(mode)
    bar.modes.chosen.emit(mode)


def test_opening_it_many_times_leaves_no_more_menus_than_once(menu):
    for _ in range(3):
        menu.aboutToShow.emit()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert len(menu.findChildren(QMenu)) == 4


def test_each_mode_has_its_own_styles_and_scales_and_keeps_what_was_chosen(menu, bar, qtbot):
    assert list(rows(menu, "Scale")) == ["Per cent", "Indexed to 100"]
    switch(bar, Mode.CANDLES)
    assert list(rows(menu, "Style")) == ["Candles", "OHLC bars", "Heikin-Ashi"]
    with qtbot.waitSignal(menu.style_chosen) as chosen:
        rows(menu, "Style")["OHLC bars"].trigger()
    assert chosen.args == [Style.OHLC]
    switch(bar, Mode.PRICE)
    assert marked(menu, "Style") == ["Line"]
    rows(menu, "Scale")["Log"].trigger()
    switch(bar, Mode.CANDLES)
    assert (marked(menu, "Style"), marked(menu, "Scale")) == (["OHLC bars"], ["Linear"])
    assert menu.looks[Mode.PRICE] == Look(Style.LINE, ScaleKind.LOG)


def test_the_bars_buttons_and_the_menu_say_the_same(menu, bar, qtbot):
    assert not bar.scales.buttons[LOG].isEnabled()  # of per cent there are no logarithms
    switch(bar, Mode.PRICE)
    assert bar.scales.buttons[LOG].isEnabled()
    with qtbot.waitSignal(menu.scale_chosen) as chosen:
        bar.scales.buttons[LOG].click()
    assert chosen.args == [ScaleKind.LOG]
    assert marked(menu, "Scale") == ["Log"]
    rows(menu, "Scale")["Linear"].trigger()
    assert bar.scales.current == LINE
    rows(menu, "Scale")["Log"].trigger()
    switch(bar, Mode.RATIO)
    assert bar.scales.current == LINE


def test_bars_that_the_range_cannot_be_had_in_say_why(menu, qtbot):
    menu.refused = lambda interval: "A year has too many minutes." if interval == "1m" else ""
    bars = rows(menu, "Bars")
    assert list(bars) == ["Auto", "1m", "5m", "15m", "1h", "4h", "1d", "1w"]
    assert [text for text, action in bars.items() if not action.isEnabled()] == ["1m"]
    assert bars["1m"].toolTip() == "A year has too many minutes."
    for text, told in (("4h", "4h"), ("Auto", None)):
        with qtbot.waitSignal(menu.interval_chosen) as chosen:
            rows(menu, "Bars")[text].trigger()
        assert chosen.args == [told]
        assert marked(menu, "Bars") == [text]


def test_what_was_chosen_is_there_in_the_next_run_and_nonsense_is_passed_over(menu, bar, parent, qtbot):
    switch(bar, Mode.PRICE)
    rows(menu, "Style")["Area"].trigger()
    rows(menu, "Scale")["Log"].trigger()
    rows(menu, "Bars")["1h"].trigger()
    with qtbot.waitSignal(menu.zone_chosen):
        rows(menu, "Time")["UTC"].trigger()
    again = ChartMenu(bar, parent)
    again.restore(menu.state())
    assert (again.looks, again.interval, again.zone) == (menu.looks, "1h", Zone.UTC)
    assert bar.scales.current == LOG
    again.restore({"Price style": "Candles", "Compare % scale": "Log", "bars": ["2h"], "time": 7, "more": None})
    assert (again.looks, again.interval, again.zone) == (dict(LOOKS), None, Zone.LOCAL)


def test_where_a_comparison_begins_can_be_chosen_only_in_one(menu, bar, qtbot):
    def begins():
        menu.aboutToShow.emit()
        return [action for action in menu.actions() if action.text().startswith("Compare from")]

    for action, signal in zip(begins(), (menu.here_chosen, menu.first_chosen), strict=True):
        with qtbot.waitSignal(signal):
            action.trigger()
    switch(bar, Mode.CANDLES)
    assert not any(action.isEnabled() for action in begins())
