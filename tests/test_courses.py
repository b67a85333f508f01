"""The small lines of the last day beside the prices."""

import numpy as np
from archives import FakeArchive
from pasts import load, settle
from polls import BTC, ETH, SOL

from cryptoprices.qt.courses import Courses

QUARTER = 900_000


def test_before_there_is_a_past_the_course_is_that_of_the_polls(polls, recorder, timeline):
    courses = Courses(polls.hub, recorder, timeline)
    polls.run(3)
    assert courses.course(BTC) == [100, 101, 102]


def test_what_is_stored_of_the_last_day_is_drawn_and_the_price_of_now_at_its_end(
    polls, recorder, timeline, archive, tasks, qtbot
):
    now = polls.time.wall_ms // QUARTER * QUARTER
    archive.stored = {(BTC, "15m"): [(now - 2 * 96 * QUARTER, now - 50 * QUARTER), (now - 40 * QUARTER, now)]}
    courses = Courses(polls.hub, recorder, timeline)
    polls.run(1)
    with qtbot.waitSignal(courses.changed):
        courses.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: len(courses.course(BTC)) > 1)
    course = courses.course(BTC)
    assert len(course) == 96
    assert np.isnan(course[45:55]).all()
    assert not np.isnan(course[:45] + course[55:]).any()
    assert course[-1] == 100
    assert courses.course(SOL)[-1:] != [0]


def test_of_a_pair_with_no_more_than_our_own_samples_the_polls_are_drawn_once_they_have_moved(
    polls, recorder, timeline, archive, tasks, qtbot
):
    now = polls.time.wall_ms // QUARTER * QUARTER
    archive.stored = {(BTC, "15m"): [(now - 3 * QUARTER, now)]}
    courses = Courses(polls.hub, recorder, timeline)
    polls.run(3, step=0.0)
    with qtbot.waitSignal(courses.changed):
        courses.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: BTC in courses._courses)
    assert courses.course(BTC) == []
    polls.run(2, start=101.0)
    assert courses.course(BTC) == [100, 100, 100, 101, 102]


def test_what_is_missing_is_asked_for_once_when_the_chart_has_its_own(polls, recorder, timeline, tasks, qtbot):
    archive = FakeArchive(held=True)
    courses = Courses(polls.hub, recorder, timeline)
    timeline.take_archive(archive, tasks)
    courses.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: len(archive.fills) == 2)
    assert "15m" not in {fill[1] for fill in archive.fills}
    archive.held = False
    qtbot.waitUntil(lambda: len(courses.course(SOL)) == 95)
    assert [fill[0] for fill in archive.fills if fill[1] == "15m"] == [BTC, ETH, SOL]
    timeline.show_range("1w")
    settle(timeline, archive, qtbot)
    assert len([fill for fill in archive.fills if fill[1] == "15m"]) == 3


def test_nothing_is_asked_for_when_the_person_has_cancelled(polls, recorder, timeline, tasks, qtbot):
    archive = FakeArchive(held=True)
    courses = Courses(polls.hub, recorder, timeline)
    courses.take_archive(archive, tasks)
    timeline.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: len(archive.fills) == 2)
    timeline.cancel()
    polls.run(3)
    assert len(archive.fills) == 2


def test_while_paused_nothing_is_asked_for(polls, recorder, timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1d")
    courses = Courses(polls.hub, recorder, timeline)
    archive.held = True
    courses.take_archive(archive, tasks)
    timeline.loading_changed.emit()
    qtbot.waitUntil(lambda: "15m" in {fill[1] for fill in archive.fills})
    polls.hub.set_schedule(False, None, True)
    assert courses._filling is None
    timeline.loading_changed.emit()
    assert courses._filling is None
    archive.held = False
    polls.hub.set_schedule(False, None, False)
    settle(timeline, archive, qtbot)
    qtbot.waitUntil(lambda: not courses._unfilled)


def test_it_is_read_anew_when_a_bar_has_ended(polls, recorder, timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1d")
    courses = Courses(polls.hub, recorder, timeline)
    courses.take_archive(archive, tasks)
    polls.run(2)
    qtbot.waitUntil(lambda: set(courses._courses) == set(polls.hub.pairs))  # all is read that was to be
    settle(timeline, archive, qtbot)
    reads = len(archive.reads)
    polls.run(3)
    assert len(archive.reads) == reads
    with qtbot.waitSignal(courses.changed):
        polls.run(45)
    assert {read[0] for read in archive.reads[reads:] if read[1] == "15m"} >= {BTC}


def test_it_makes_way_for_what_the_chart_wants(polls, recorder, timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1d")
    courses = Courses(polls.hub, recorder, timeline)
    archive.held = True
    courses.take_archive(archive, tasks)
    timeline.loading_changed.emit()
    qtbot.waitUntil(lambda: "15m" in {fill[1] for fill in archive.fills})
    timeline.show_range("1w")
    assert courses._filling is None
    archive.held = False
    settle(timeline, archive, qtbot)
    qtbot.waitUntil(lambda: all(len(courses.course(pair)) == 95 for pair in (BTC, ETH, SOL)))


def test_of_a_pair_whose_course_is_whole_nothing_is_asked_for(polls, recorder, timeline, archive, tasks, qtbot):
    now = polls.time.wall_ms // QUARTER * QUARTER
    archive.stored = {(pair, "15m"): [(now - 96 * QUARTER, now)] for pair in (BTC, SOL)}
    courses = Courses(polls.hub, recorder, timeline)
    courses.take_archive(archive, tasks)
    load(timeline, archive, tasks, qtbot, "1h")
    qtbot.waitUntil(lambda: not courses._unfilled)
    assert [fill[0] for fill in archive.fills if fill[1] == "15m"] == [ETH]
