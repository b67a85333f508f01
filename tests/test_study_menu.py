"""Indicators as a person chooses, changes and removes them: by menu, legend, dialog and key; and what is kept."""

import json

import pytest
from charts import OFFSCREEN, look, point_at
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from studied import show

from cryptoprices.core.indicators import INDICATORS
from cryptoprices.core.pair_studies import PAIR_STUDIES
from cryptoprices.ui.chart.handles import FoldHandle, Handle
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.study_menu import StudyMenu
from cryptoprices.ui.theme import LIGHT

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)
MACD_PROBLEM = "The fast average takes fewer closes than the slow one, not 30 against 26. The chart keeps what it had."


@pytest.fixture
def chart(studied):
    studied.set_mode("Price")
    return studied


@pytest.fixture
def menu(chart, studies, polls, window, qtbot):
    window.place_chart(chart)
    window.show()
    qtbot.waitExposed(window)
    look(chart)
    return StudyMenu(polls.hub, studies, window)


def rows(menu):
    """The rows of the menu as it is when opened, by text."""
    menu._menu.aboutToShow.emit()
    return {action.text(): action for action in menu._menu.actions() if not action.isSeparator()}


def choose(menu, *texts):
    """Click through to this row."""
    found = rows(menu)
    for text in texts[:-1]:
        found = {action.text().replace("&", ""): action for action in found[text].menu().actions()}
    found[texts[-1]].trigger()


def labels(studies):
    return [one.label for one in studies.chosen]


def handles(chart):
    return {h.accessibleName(): h for h in chart.stack.findChildren(Handle) if h.isVisible()}


def test_the_menu_has_all_there_are_with_what_they_mean(menu, chart, studies):
    found = rows(menu)
    assert list(found) == [
        "On BTC/USD (Price and Candles)", *(one.title for one in INDICATORS.values()),
        "Two coins (Compare % and Ratio)", *(one.title for one in PAIR_STUDIES.values()), "Correlation 30",
    ]  # fmt: skip
    assert not found["On BTC/USD (Price and Candles)"].isEnabled()
    told = found["Simple moving average"].toolTip()
    assert "Simple moving average: the mean of the last closes. " in told
    assert "NIST/SEMATECH" in told
    assert found["Correlation 30"].isChecked()


def test_each_choice_adds_one_more_which_is_marked(menu, chart, studies):
    for _ in range(2):
        choose(menu, "Simple moving average")
    choose(menu, "Relative strength index")
    look(chart)
    assert labels(studies) == ["Correlation 30", "SMA 20", "SMA 20", "RSI 14"]
    rows(menu)
    marked = [action.text() for action in menu._menu.actions() if action.isChecked()]
    assert marked == ["SMA 20", "SMA 20", "RSI 14", "Correlation 30"]
    assert list(chart.panes) == ["main", "rsi"]
    choose(menu, "RSI 14", "Remove")
    look(chart)
    assert (labels(studies), list(chart.panes)) == (["Correlation 30", "SMA 20", "SMA 20"], ["main"])


def test_a_period_is_changed_at_once_in_a_dialog(menu, chart, studies, qtbot):
    choose(menu, "Simple moving average")
    choose(menu, "SMA 20", "Edit…")
    editor, box = menu.editor, menu.editor.boxes["period"]
    assert (box.value(), box.minimum(), box.maximum()) == (20, 1, 1000)
    assert box.toolTip() == "Closes in each mean. From 1 to 1000."
    assert "NIST" in editor.findChild(QLabel).text()
    assert (editor.focusWidget(), box.lineEdit().selectedText()) == (box, "20")
    qtbot.keyClicks(box, "50")  # in the place of what is there
    look(chart)
    assert labels(studies) == ["Correlation 30", "SMA 50"]
    assert chart.stack.main.legend[0].text.startswith("SMA 50  ")
    qtbot.mouseClick(editor.reset, Qt.MouseButton.LeftButton)
    assert labels(studies) == ["Correlation 30", "SMA 20"]
    qtbot.keyClick(box, Qt.Key.Key_Return)  # closes
    qtbot.waitUntil(lambda: menu.editor is None)
    choose(menu, "SMA 20", "Edit…")  # once more
    qtbot.mouseClick(menu.editor.remove, Qt.MouseButton.LeftButton)
    assert (labels(studies), menu.editor) == (["Correlation 30"], None)


def test_what_is_not_allowed_is_said_and_the_chart_keeps_what_it_had(menu, chart, studies, qtbot):
    choose(menu, "Moving average convergence/divergence")
    choose(menu, "MACD 12 26 9", "Edit…")
    editor = menu.editor
    assert list(editor.boxes) == ["fast", "slow", "signal"]
    editor.boxes["fast"].setValue(30)
    look(chart)
    assert (editor.problem.text(), editor.problem.isVisible()) == (MACD_PROBLEM, True)
    assert labels(studies)[1] == chart.panes["macd"].title == "MACD 12 26 9"
    editor.boxes["slow"].setValue(40)
    look(chart)
    assert not editor.problem.isVisible()
    assert labels(studies)[1] == chart.panes["macd"].title == "MACD 30 40 9"
    choose(menu, "Bollinger bands")
    menu.edit("bollinger")  # closes the other
    assert menu.editor.boxes["deviations"].value() == 2.0
    menu.editor.boxes["deviations"].setValue(2.5)
    assert labels(studies)[2] == "Bollinger 20 2.5"
    menu.editor.close()


def test_the_legend_tells_the_newest_value_or_that_at_the_cursor(menu, chart, studies):
    for key in ("sma", "bollinger", "macd"):
        studies.add(key)
    look(chart)
    text = chart.stack.main.layers[0].scale.text
    traces = INDICATORS["sma"].run(chart._timeline.bars(chart._hub.selected).candles)
    bands, mean = INDICATORS["bollinger"].run(chart._timeline.bars(chart._hub.selected).candles)

    def told(at):
        return [
            f"SMA 20  {text(traces[0].values[at])}",
            f"Bollinger 20 2  {text(bands.lower[at])} to {text(bands.values[at])}  {text(mean.values[at])}",
        ]

    assert [row.text for row in chart.stack.main.legend] == told(-1)
    assert [row.text for row in chart.panes["macd"].legend] == ["Histogram", "MACD", "Signal"]  # their ends tell more
    assert len({row.colour for row in chart.stack.main.legend}) == 2
    x = (chart.picture.lines[0].series.times[-11] - chart.times[0]) / (chart.times[1] - chart.times[0])
    point_at(chart, x * chart.stack.main.plot.width(), 80)
    assert [row.text for row in chart.stack.main.legend] == told(-11)
    said = [row.text for row in chart.stack.crosshair.rows]
    assert f"SMA 20 {text(traces[0].values[-11])}" in said
    assert any(row.startswith("MACD 12 26 9 Signal ") for row in said)
    assert chart.panes["macd"].legend[2].text == next(row for row in said if "Signal" in row).replace(
        "MACD 12 26 9 ", ""
    )
    point_at(chart, -1000, -1000)
    chart.stack.crosshair.point_at(None)
    assert [row.text for row in chart.stack.main.legend] == told(-1)


def test_what_the_legend_and_the_titles_say_can_be_taken_hold_of(menu, chart, studies, qtbot):
    for key in ("sma", "rsi"):
        studies.add(key)
    look(chart)
    found = handles(chart)
    assert list(found) == ["Change SMA 20", "Change RSI 14"]
    assert (
        found["Change SMA 20"]
        .geometry()
        .contains(chart.stack.main.words.rows[0].translated(chart.stack.main.pos()).toRect().center())
    )
    title = chart.panes["rsi"].title_place.translated(chart.panes["rsi"].pos())
    assert found["Change RSI 14"].geometry().contains(title.toRect().center())
    chart.stack._move_border("rsi", -60.0)
    title = chart.panes["rsi"].title_place.translated(chart.panes["rsi"].pos())
    assert found["Change RSI 14"].geometry().contains(title.toRect().center())
    assert all(handle.focusPolicy() & Qt.FocusPolicy.TabFocus for handle in found.values())
    qtbot.mouseClick(found["Change RSI 14"], Qt.MouseButton.LeftButton)
    assert menu.editor.name == "rsi"
    menu.editor.boxes["period"].setValue(9)
    look(chart)
    assert "Change RSI 9" in handles(chart)
    qtbot.keyClick(found["Change SMA 20"], Qt.Key.Key_Return)
    assert menu.editor.name == "sma"
    qtbot.keyClick(found["Change SMA 20"], Qt.Key.Key_Delete)
    look(chart)
    assert labels(studies) == ["Correlation 30", "RSI 9"]
    assert list(handles(chart)) == ["Change RSI 9"]
    assert menu.editor is None


def test_overlays_stand_in_lines_below_each_other(menu, chart, studies):
    for _ in range(2):
        studies.add("sma")
    look(chart)
    main = chart.stack.main
    places = main.words.rows
    assert len({place.top() for place in places}) > 1
    assert all(place.right() <= main.plot.right() for place in places)
    assert len([h for h in chart.stack.findChildren(Handle) if h.isVisible()]) == len(places) == 2


def test_overlays_that_would_cover_the_chart_are_one_line_that_opens(menu, chart, studies, window, qtbot):
    for period in range(10, 60, 10):
        studies.add("sma")
        studies.edit(studies.chosen[-1].name, {"period": period})
    look(chart)
    main, (fold,) = chart.stack.main, chart.stack.findChildren(FoldHandle)
    assert [row.text for row in main.words.written] == ["BTC", "5 indicators ▾"]
    assert main.words.places[-1].bottom() - main.plot.top() <= 0.12 * main.plot.height()
    assert not any(handle.isVisible() for handle in chart.stack.findChildren(Handle))
    assert fold.geometry().contains(main.words.fold.translated(main.pos()).toRect().center())
    assert (fold.accessibleName(), fold.focusPolicy()) == ("5 indicators", Qt.FocusPolicy.TabFocus)
    fold.menu().aboutToShow.emit()
    assert [action.text() for action in fold.menu().actions()] == [row.text for row in main.legend]
    fold.menu().actions()[2].trigger()
    assert menu.editor.name == studies.chosen[3].name
    menu.editor.close()
    chart.stack.crosshair.put_at(chart.picture.lines[0].series.times[0])  # where values are shorter or unknown
    assert main.words.fold is not None
    window.resize(window.width() + 700, window.height())
    look(chart)
    assert len(main.words.rows) == 5
    assert not fold.isVisible()


def test_a_pane_that_is_closed_is_chosen_no_more(menu, chart, studies, qtbot):
    studies.add("rsi")
    studies.edit("rsi", {"period": 9})
    look(chart)
    border, button = chart.stack._borders["rsi"]
    assert (border.accessibleName(), button.accessibleName()) == ("Border above RSI 9", "Close RSI 9")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert labels(studies) == ["Correlation 30"]
    assert "RSI 9" not in rows(menu)


def test_what_was_chosen_comes_back_with_the_next_start(menu, chart, studies, polls, window, timeline, qtbot):
    choose(menu, "Average true range")
    choose(menu, "Correlation 30", "Remove")
    studies.edit("atr", {"period": 7})
    state = json.loads(json.dumps(window.geometry_state()))
    assert state["studies"] == [{"name": "atr", "study": "atr", "values": {"period": 7}}]
    later = MainWindow(polls.hub, window._keeper)
    qtbot.addWidget(later, before_close_func=MainWindow.close_for_good)
    assert not later.bar.indicators.isEnabled()
    assert not later.study_menu.menuAction().isEnabled()
    later.restore_geometry_state(state)
    assert later.geometry_state()["studies"] == state["studies"]  # also where the chart never came
    StudyMenu(polls.hub, studies, later)
    assert labels(studies) == ["ATR 7"]
    assert later.bar.indicators.isEnabled()
    assert later.study_menu.menuAction().isEnabled()
    later.restore_geometry_state({**state, "studies": [{"study": "sma"}, 3]})
    StudyMenu(polls.hub, studies, later)
    assert labels(studies) == later.studies == []


def test_the_other_theme_has_colours_of_its_own(menu, chart, studies):
    studies.add("sma")
    look(chart)
    dark = chart.stack.main.legend[0].colour
    chart.set_theme(LIGHT)
    look(chart)
    assert chart.stack.main.legend[0].colour == LIGHT.studies[0] != dark


def test_a_mode_is_changed_under_the_mouse_where_panes_go_with_it(studied, studies, rough_archive, qtbot):
    show(studied, rough_archive, qtbot, "Compare %")
    assert "correlation" in studied.panes
    (start, stop), times = studied.times, studied.picture.lines[0].series.times
    point_at(studied, (times[30] - 15_000 - start) / (stop - start) * studied.stack.main.plot.width(), 50)
    assert studied.cursor_ms == times[30]
    with qtbot.waitSignal(studied.cursor_moved):  # to when the candle opens: while panes go
        studied.set_mode("Candles")
    assert list(studied.panes) == ["main"]
