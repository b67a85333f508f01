"""Another watchlist, by a program or a restored file, holds in the whole window at once."""

import numpy as np
import pytest
from archives import FakeArchive
from pasts import load, settle
from polls import BTC, ETH, SOL
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QSystemTrayIcon
from window_rig import Rig

from cryptoprices.core.board import Terms
from cryptoprices.core.market import Pair
from cryptoprices.qt.courses import Courses
from cryptoprices.ui.compare_menu import CompareMenu
from cryptoprices.ui.panels.watchlist import Watchlist
from cryptoprices.ui.tray import Tray

ADA = Pair("ADA", "USD")


def test_who_looked_at_a_pair_that_is_gone_looks_at_the_first(polls, qtbot):
    hub, told = polls.hub, []
    hub.select(SOL)
    hub.pairs_changed.connect(lambda: told.append(("pairs", hub.selected)))
    hub.selected_changed.connect(lambda pair: told.append(("selected", pair)))
    hub.changed.connect(lambda: told.append(("changed", hub.selected)))
    hub.set_pairs([SOL, BTC])
    assert told == [("pairs", SOL), ("changed", SOL)]
    told.clear()
    hub.set_pairs([ETH, BTC])
    assert told == [("pairs", ETH), ("selected", ETH), ("changed", ETH)]
    told.clear()
    hub.set_pairs((ETH, BTC))  # the same
    assert told == []


def test_of_a_new_pair_nothing_is_recorded_up_to_then_and_all_series_keep_the_same_times(polls, recorder):
    polls.run(3)
    polls.hub.set_pairs([ADA, BTC])
    assert np.isnan(recorder.series(ADA).values).all()
    assert list(recorder.series(ADA).times) == list(recorder.series(BTC).times)
    assert recorder.newest_ms == recorder.series(BTC).times[-1]
    assert len(recorder.ratio) == 3
    assert np.isnan(recorder.ratio.values).all()  # there is none without ETH
    with pytest.raises(KeyError):
        recorder.series(ETH)
    polls.poll({ADA: 2, BTC: 103})
    assert list(recorder.series(ADA).values[-1:]) == [2]
    assert list(recorder.series(BTC).values) == [100, 101, 102, 103]


def test_the_ratio_goes_on_while_the_watchlist_has_both(polls, recorder):
    polls.run(3)
    before = list(recorder.ratio.values)
    polls.hub.set_pairs([SOL, ETH, BTC])
    assert list(recorder.ratio.values) == before


def test_the_course_of_a_new_pair_is_asked_for_and_what_is_gone_is_not(polls, recorder, timeline, tasks, qtbot):
    archive = FakeArchive(held=True)
    courses = Courses(polls.hub, recorder, timeline)
    timeline.take_archive(archive, tasks)
    courses.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: len(archive.fills) == 2)
    polls.hub.set_pairs([BTC, ADA, ETH])
    assert courses.course(ADA) == []
    archive.held = False
    qtbot.waitUntil(lambda: len(courses.course(ADA)) == 95)
    qtbot.waitUntil(lambda: len(courses.course(ETH)) > 90)
    assert {fill[0] for fill in archive.fills if fill[1] == "15m"} == {BTC, ETH, ADA}


def test_a_course_that_is_being_asked_for_when_its_pair_goes_is_broken_off(
    polls, recorder, timeline, archive, tasks, qtbot
):
    load(timeline, archive, tasks, qtbot, "1d")
    slow = FakeArchive(held=True)
    courses = Courses(polls.hub, recorder, timeline)
    courses.take_archive(slow, tasks)
    courses._take_turn()
    qtbot.waitUntil(lambda: [fill[0] for fill in slow.fills] == [BTC])
    polls.hub.set_pairs([ETH, SOL])
    slow.held = False
    qtbot.waitUntil(lambda: len(courses.course(SOL)) > 90)
    assert [fill[0] for fill in slow.fills] == [BTC, ETH, SOL]


def test_courses_are_asked_for_again_when_others_are_asked_than_those_who_gave_them(
    polls, recorder, timeline, archive, tasks, qtbot
):
    load(timeline, archive, tasks, qtbot, "1d")
    courses = Courses(polls.hub, recorder, timeline)
    courses.take_archive(archive, tasks)
    courses._take_turn()
    qtbot.waitUntil(lambda: len(courses.course(SOL)) > 90)
    archive.stored.clear()
    archive.fills.clear()
    polls.run(1)
    qtbot.waitUntil(lambda: not timeline.loading)
    assert not [fill for fill in archive.fills if fill[1] == "15m"]
    polls.hub.change_exchanges(Terms(("bitstamp",), {"bitstamp": 20.0}), {}, {})
    polls.run(1)
    qtbot.waitUntil(lambda: {fill[0] for fill in archive.fills if fill[1] == "15m"} == {BTC, ETH, SOL})
    qtbot.waitUntil(lambda: not courses._filling)


def test_what_is_compared_is_what_is_left_of_it(polls, timeline, archive, tasks, qtbot):
    menu = CompareMenu(polls.hub, button := QPushButton(), button)
    qtbot.addWidget(button)
    menu.chosen.connect(timeline.set_compared)
    load(timeline, archive, tasks, qtbot, "1d")
    menu._take((ETH, SOL))
    settle(timeline, archive, qtbot)
    polls.hub.set_pairs([BTC, ETH, ADA])
    assert (menu.pairs, timeline.compared()) == ((ETH,), (ETH,))
    polls.hub.set_pairs([BTC, ADA, SOL])
    assert (menu.pairs, timeline.compared()) == ((), (BTC,))
    polls.hub.set_pairs([BTC, ETH, SOL])
    settle(timeline, archive, qtbot)
    assert timeline.compared() == (BTC, ETH)
    assert len(timeline.ratio) == 288


def test_the_panel_has_the_new_rows_in_their_order_and_marks_the_chosen_one(fake_clock, qtbot):
    rig = Rig(fake_clock, (BTC, ETH, SOL))
    panel = Watchlist(rig.hub)
    qtbot.addWidget(panel)
    panel.show_courses(lambda pair: [1.0, 2.0] if pair == ADA else [])
    rig.poll({BTC: "97412.5", ETH: "3318.74", SOL: "188", ADA: "0.7"})
    rig.hub.select(ETH)
    rig.hub.set_pairs([ADA, BTC, ETH])
    panel.show_now()
    assert [row.name for row in panel.model.rows] == ["ADA", "BTC", "ETH"]
    assert panel.view.currentIndex().row() == 2
    assert not panel.model.courses[ADA].isEmpty()
    rig.hub.set_pairs([ADA])
    panel.show_now()
    assert [row.price for row in panel.model.rows] == ["0.7000"]
    assert (panel.view.currentIndex().row(), rig.hub.selected) == (0, ADA)


@pytest.mark.no_qt_log
def test_the_tray_offers_the_new_pairs_and_shows_the_chosen_one_as_long_as_it_is_watched(
    fake_clock, qtbot, monkeypatch
):
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    rig = Rig(fake_clock, (BTC, ETH))
    rig.poll({BTC: "97412.5", ETH: "3318.74", ADA: "0.7"})
    commands = [QAction("Refresh"), QAction("Quit")]
    tray = Tray(rig.hub, ETH, commands, demo=False)

    def rows():
        return [action.text().split("\t")[0] for action in tray._menu.actions() if action.isVisible() and action.text()]

    rig.hub.set_pairs([ADA, BTC])
    assert rows()[:2] == ["ADA/USD", "BTC/USD"]
    assert rows()[-4:] == ["Open Crypto Prices", "Refresh", "Show in tray: ADA/USD", "Quit"]
    assert [action.text() for action in tray._choice.actions()] == ["ADA/USD", "BTC/USD"]
    rig.hub.set_pairs([BTC, ETH])
    assert rows()[:3] == ["BTC/USD", "ETH/USD", "ETH/BTC"]
    assert rows()[-2:] == ["Show in tray: ETH/USD", "Quit"]
    tray.close()
