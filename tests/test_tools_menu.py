"""Drawing as the window has it: menu and keys, the button in the corner, dialogs of a drawing, what is kept."""

import json
from datetime import datetime

import pytest
from charts import OFFSCREEN, look
from mice import Mouse
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication

from cryptoprices.core.drawings import Extended, Level, Point, Trend
from cryptoprices.ui.chart.layer import Row
from cryptoprices.ui.chart.tools import NO_PAIR, Tools
from cryptoprices.ui.chart.tools_pen import Tool
from cryptoprices.ui.chart.tools_places import Grip
from cryptoprices.ui.drawing_editor import DrawingEditor
from cryptoprices.ui.drawing_list import DrawingList
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.theme import DARK, LIGHT
from cryptoprices.ui.tools_menu import ToolsMenu

POPUP = "does not support (raise|grabbing the keyboard)"  # a warning of the offscreen platform, as the other one
pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN, POPUP)


@pytest.fixture
def chart(day_chart, window, qtbot):
    window.place_chart(day_chart)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)  # else its keys do nothing
    look(day_chart)
    return day_chart


@pytest.fixture
def tools(chart, polls, timeline):
    return Tools(polls.hub, timeline, chart)


@pytest.fixture
def said():
    return []


@pytest.fixture
def menu(tools, chart, window, said):
    menu = ToolsMenu(tools, chart, window, lambda *told: said.append(told))
    chart.refresh()
    look(chart)
    return menu


@pytest.fixture
def mouse(chart, menu):
    return Mouse(chart)


@pytest.fixture
def line(chart):
    """Two bars in view."""
    layer = chart.stack.main.layers[0]
    return Trend(*(Point(t_ms, layer.at(t_ms)) for t_ms in map(layer.nearest, (sum(chart.times) / 2, chart.times[1]))))


def rows(menu):
    return {action.text().partition("\t")[0].replace("&", ""): action for action in menu.actions()}


def opened(window, kind):
    return [dialog for dialog in window.findChildren(kind) if dialog.isVisible()]


def test_the_charts_menu_has_the_tools_with_their_keys(menu, tools, window):
    window.chart_menu.refresh()
    found = rows(rows(window.chart_menu)["Tools"].menu())
    assert {text: action.shortcut().toString() for text, action in found.items() if text in list(Tool)} == {
        "Cursor": "", "Horizontal line": "H", "Trend line": "T", "Measure": "M"
    }  # fmt: skip
    found["Trend line"].trigger()
    assert tools.pen.tool is Tool.TREND
    assert found["Trend line"].isChecked()
    found["Cursor"].trigger()
    assert tools.pen.tool is Tool.CURSOR
    assert found["Cursor"].isChecked()


@pytest.mark.parametrize(("key", "tool"), [("H", Tool.LEVEL), ("T", Tool.TREND), ("M", Tool.MEASURE)])
def test_letters_take_the_tools_where_the_keys_go_to_the_chart_and_are_for_typing_elsewhere(
    menu, tools, chart, window, key, tool, qtbot
):
    window.docks.panel("watchlist").setFocus()
    qtbot.keyClick(window, key)
    assert tools.pen.tool is Tool.CURSOR
    chart.setFocus()
    qtbot.keyClick(chart, key)
    assert tools.pen.tool is tool


def test_with_the_cursor_on_a_bar_the_keys_draw(menu, tools, chart, qtbot):
    chart.setFocus()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_PageUp, "H", "T", Qt.Key.Key_PageUp, "T", "M", Qt.Key.Key_Right, "M"):
        qtbot.keyClick(chart, key)
    assert [type(drawing) for drawing in tools.drawings] == [Level, Trend]
    assert tools.measure
    qtbot.keyClick(window_of(chart), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [type(drawing) for drawing in tools.drawings] == [Level]


def window_of(chart):
    return chart.window()


def test_what_is_removed_is_offered_back(menu, tools, chart, said, line, qtbot):
    tools.put((Level(line.start.price), line), Grip(1))
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_Delete)
    (told, offer) = said.pop()
    assert told == "1 drawing of BTC/USD removed."
    offer.do()
    assert len(tools.drawings) == 2
    rows(menu._menu)["Remove all of BTC/USD"].trigger()
    assert not tools.drawings
    assert said[-1][0] == "2 drawings of BTC/USD removed."
    assert not rows(menu._menu)["Remove all of BTC/USD"].isEnabled()
    rows(menu._menu)["Undo"].trigger()
    assert len(tools.drawings) == 2


def test_where_nothing_can_be_drawn_that_is_said_and_there_is_no_button(menu, tools, chart, said, qtbot):
    assert menu._button.isVisible()
    chart.set_mode("Compare %")
    look(chart)
    assert not menu._button.isVisible()
    chart.setFocus()
    qtbot.keyClick(chart, "H")
    assert said == [(NO_PAIR, None)]
    assert rows(menu._menu)["Cursor"].isChecked()


def test_the_legend_leaves_the_button_its_room(menu, chart):
    main, corner = chart.stack.main, QRectF(menu._button.geometry())
    for length in range(20, 140):
        main.set_legend([Row("x" * length, None)])
        assert not any(place.translated(main.pos()).intersects(corner) for place in main.words.places)


def test_how_a_tool_is_used_is_said_where_nothing_else_is_said(menu, tools, chart):
    main, hint = chart.stack.main, menu._button.hint
    main.set_legend([Row("x" * 20, None)] * 2)
    tools.use(Tool.LEVEL)
    assert hint.isVisible()
    assert main.mapRectToScene(main.plot).contains(hint.geometry())
    assert not any(main.mapRectToScene(place).intersects(hint.geometry()) for place in main.words.places)
    assert hint.y() > main.plot.center().y()  # above is what the crosshair says


def test_the_button_in_the_corner_opens_the_menu_and_says_how_a_tool_is_used(menu, tools, chart, timeline):
    button = menu._button
    assert button.menu() is menu._menu
    assert button.accessibleName() == "Drawing tools"
    plot = chart.stack.main.plot
    assert plot.toRect().adjusted(0, 0, 1, 1).contains(button.geometry())
    assert not button.hint.isVisible()
    tools.use(Tool.LEVEL)
    assert button.hint.accessibleName() == "Click at a price · Ctrl: without snapping · Esc: none"
    assert button.hint.text().endswith("…")  # there is no room for more
    assert plot.left() <= button.hint.x() < button.hint.geometry().right() < plot.right()
    tools.use(Tool.CURSOR)
    assert not button.hint.isVisible()
    tools.put((Level(1.0),), None)
    timeline.rates.currency = "EUR"
    chart.refresh()
    look(chart)
    assert button.hint.accessibleName() == "1 drawing is over prices in USD"


def test_a_right_click_has_what_can_be_done_with_a_line(menu, tools, chart, mouse, line, qtbot):
    tools.put((line,), None)
    middle = (mouse.place(*line.start) + mouse.place(*line.stop)) / 2
    mouse.ask_menu(middle)
    found = rows(menu._context)
    assert list(found) == ["Edit price…", "Extend", "Remove", "", "Remove all of BTC/USD"]
    assert tools.held == Grip(0)
    for text, extended in (
        ("To the right", Extended.RIGHT),
        ("Both ways", Extended.BOTH),
        ("No further", Extended.NONE),
    ):
        rows(found["Extend"].menu())[text].trigger()
        assert tools.drawings == (line._replace(extended=extended),)
    menu._context.hide()
    rows(menu._context)["Remove"].trigger()
    assert not tools.drawings


def test_the_menu_key_has_the_same_for_what_is_held(menu, tools, chart, line):
    tools.put((Level(line.start.price),), Grip(0))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), chart.mapToGlobal(QPoint(5, 5)))
    QApplication.sendEvent(chart, event)
    assert menu._context.isVisible()
    assert "Extend" not in rows(menu._context)
    menu._context.hide()


def test_a_double_click_or_return_opens_the_price_which_is_taken_at_once(
    menu, tools, chart, mouse, line, window, qtbot
):
    tools.put((Level(line.start.price),), None)
    mouse.double_click(mouse.place(*line.start))
    (dialog,) = opened(window, DrawingEditor)
    assert dialog.windowTitle() == "Level of BTC/USD"
    (box,) = dialog.boxes
    assert (box.value(), box.accessibleName()) == (line.start.price, "Price")
    box.setValue(97_000.25)
    assert tools.drawings == (Level(97_000.25),)
    tools.let_go()
    assert not opened(window, DrawingEditor)
    tools.hold(Grip(0))
    qtbot.keyClick(chart, Qt.Key.Key_Return)
    assert len(opened(window, DrawingEditor)) == 1


def test_of_a_trend_line_the_end_that_is_not_typed_keeps_its_digits(menu, tools, line, window):
    exact = line._replace(start=line.start._replace(price=200_000.123456))
    tools.put((exact,), Grip(0))
    menu.edit()
    (dialog,) = opened(window, DrawingEditor)
    assert [box.accessibleName() for box in dialog.boxes] == ["Start", "End"]
    dialog.boxes[1].setValue(210_000.0)
    assert tools.drawings == (exact._replace(stop=exact.stop._replace(price=210_000.0)),)


@pytest.mark.parametrize("zone", ["UTC", "Local time"])
def test_the_times_of_a_trend_line_can_be_typed(menu, tools, line, chart, window, qtbot, zone):
    chart.set_zone(zone)
    exact = line._replace(start=line.start._replace(t_ms=line.start.t_ms + 0.25))
    tools.put((exact,), Grip(0))
    menu.edit()
    (dialog,) = opened(window, DrawingEditor)
    stop = dialog.times[1]
    assert [box.accessibleName() for box in dialog.times] == ["Start time", "End time"]
    at = datetime.fromtimestamp(line.stop.t_ms / 1000, chart.zone.tz)
    assert stop.text().split()[-1] == f"{at:%H:%M:%S}"
    stop.setFocus()
    stop.setSelectedSection(stop.Section.MinuteSection)
    qtbot.keyClick(stop, Qt.Key.Key_Up)
    assert tools.drawings == (exact._replace(stop=exact.stop._replace(t_ms=exact.stop.t_ms + 60_000)),)
    tools.undo()
    assert tools.drawings == (exact,)


def test_the_list_has_all_drawings_in_words_for_keys(menu, tools, line, window, qtbot):
    tools.put((Level(97_000.0), line), None)
    rows(menu._menu)["Drawings…"].trigger()
    (dialog,) = opened(window, DrawingList)
    assert dialog.windowTitle() == "Drawings of BTC/USD"
    texts = [dialog.list.item(i).text() for i in range(dialog.list.count())]
    assert texts[0] == "Level at 97,000.00"
    assert texts[1].startswith("Trend line from ")
    assert not dialog.remove.isEnabled()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.list.setFocus()
    qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
    assert tools.held == Grip(1)
    tools.hold(Grip(0))
    assert dialog.list.currentRow() == 0
    qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    assert tools.drawings == (line,)
    dialog.list.setCurrentRow(0)
    dialog.edit.click()
    assert opened(window, DrawingEditor)
    dialog.remove_all.click()
    assert dialog.note.text() == "Nothing is drawn here yet."
    assert not dialog.remove_all.isEnabled()


def test_what_is_drawn_comes_back_with_the_next_start(menu, tools, chart, polls, timeline, line, window, qtbot):
    tools.put((line, Level(line.stop.price)), None)
    state = json.loads(json.dumps(window.geometry_state()))
    later = MainWindow(polls.hub, window._keeper)
    qtbot.addWidget(later, before_close_func=MainWindow.close_for_good)
    later.restore_geometry_state(state)
    assert later.geometry_state()["drawings"] == state["drawings"]  # also where the chart never came
    others = Tools(polls.hub, timeline, chart)
    ToolsMenu(others, chart, later, print)
    assert others.drawings == (line, Level(line.stop.price))
    later.restore_geometry_state({**state, "drawings": {"BTC/USD": [3, {"level": 5.0}]}})
    others = Tools(polls.hub, timeline, chart)
    ToolsMenu(others, chart, later, print)
    assert others.state() == later.drawings == {"BTC/USD": [{"level": 5.0}]}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_both_themes_have_colours_for_lines_and_button(menu, tools, chart, line, theme):
    tools.put((Level(line.start.price),), None)
    chart.set_theme(theme)
    picture = look(chart)
    main = chart.stack.main
    at = main.place(tools.scale, chart.times[0], line.start.price) + QPointF(12, 0)
    ratio = picture.devicePixelRatio()
    column = [picture.pixelColor(int(at.x() * ratio), int((at.y() + dy) * ratio)).name() for dy in (-1, 0, 1)]
    assert theme.text in column
    assert theme.raised in menu._button.styleSheet()
