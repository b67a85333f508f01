"""The analysis as a window: opened by menu and key, found where it was left, gone with the main window."""

import json
import subprocess
import sys

import pytest
from analyses import QUIET, chart, frame, keeper, main, opened  # noqa: F401  # fixtures
from conftest import ROOT
from pasts import load
from polls import BTC, ETH, SOL
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from cryptoprices.ui.comparing import Comparing

pytestmark = pytest.mark.qt_log_ignore(QUIET)


def test_nothing_of_it_is_loaded_before_it_is_opened():
    ask = "import sys, cryptoprices.second_stage, cryptoprices.ui.chart.view; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "cryptoprices.ui.chart.view" in loaded.split()
    assert "cryptoprices.ui.analysis" not in loaded.split()


def test_the_command_has_a_key_and_waits_for_a_past(main):  # noqa: F811
    command = main.commands.analysis
    assert (command.shortcut().toString(), command.isEnabled()) == ("Ctrl+Shift+A", False)
    assert any(command in menu.actions() for menu in main.findChildren(QMenu))


def test_it_is_found_where_it_was_left(main, opened):  # noqa: F811
    window = opened("Exchanges").window()
    window.setGeometry(30, 40, 500, 400)
    frame()
    kept = main.geometry_state()["analysis"]
    assert kept == {"x": 30, "y": 40, "width": 500, "height": 400, "tab": "Exchanges"}
    again = opened("Scatter").window()  # a tab is chosen
    assert again.geometry() == window.geometry()
    assert main.geometry_state()["analysis"]["tab"] == "Scatter"


def test_what_was_chosen_in_it_is_chosen_again(main, opened, timeline, archive, tasks, qtbot):  # noqa: F811
    load(timeline, archive, tasks, qtbot, "1d")
    timeline.set_compared([BTC, ETH, SOL])
    scatter, seasons = opened("Scatter"), opened("Seasonality")
    qtbot.waitUntil(lambda: scatter.against.count() == 2)
    for box, at in ((scatter.against, 1), (seasons.parts, 2)):
        box.setCurrentIndex(at)
        box.activated.emit(at)
    kept = json.loads(json.dumps(main.geometry_state()["analysis"]))
    main.restore_geometry_state({"analysis": kept})
    scatter, seasons = opened("Scatter"), opened("Seasonality")
    qtbot.waitUntil(lambda: scatter.against.currentText() == "SOL")
    assert seasons.parts.currentIndex() == 2


def test_on_a_smaller_screen_its_title_stays_in_reach(main, opened):  # noqa: F811
    room = main.screen().availableGeometry()
    wide, high = room.width() + 100, room.height() + 100
    main.restore_geometry_state({"analysis": {"x": -50, "y": -50, "width": wide, "height": high}})
    window = opened("Scatter").window()
    assert window.geometry().top() >= room.top() + 30
    assert room.contains(window.geometry())


@pytest.mark.parametrize("strange", [{"x": "here", "tab": 7}, {"x": 1, "y": 2, "width": 10**12, "height": 5}, "no"])
def test_what_cannot_be_is_passed_over(main, opened, strange):  # noqa: F811
    main.restore_geometry_state({"analysis": strange})
    window = opened("Scatter").window()
    assert window.width() > 300
    assert window.isVisible()


def test_it_goes_and_comes_with_the_main_window(main, opened):  # noqa: F811
    window = opened("Scatter").window()
    main.hide()
    assert not window.isVisible()
    main.show()
    assert window.isVisible()
    window.close()
    main.hide()
    main.show()
    assert not window.isVisible()


def test_both_themes(main, opened, keeper):  # noqa: F811
    tab = opened("Scatter")
    keeper.set_setting("light")
    assert tab.theme.name == "light"
    dark = tab.plot.grab().toImage().pixelColor(2, 2).lightness()
    keeper.set_setting("dark")
    assert tab.plot.grab().toImage().pixelColor(2, 2).lightness() < dark / 2


def test_the_comparison_leads_to_it_by_its_menu(main, chart, timeline):  # noqa: F811
    main.docks.fill()
    Comparing(main, chart, timeline)
    figures = main.docks.panel("comparison").view
    assert main.commands.analysis in figures.actions()
    assert figures.contextMenuPolicy() is Qt.ContextMenuPolicy.ActionsContextMenu
