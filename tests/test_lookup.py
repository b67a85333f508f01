"""What is worked out from the past: read at once, filled up, read again; and that nothing is told that nobody wants."""

import threading

import pytest
from archives import WAIT_S, Progress
from PySide6.QtCore import QObject

from cryptoprices.qt.lookup import Lookup


@pytest.fixture
def lookup(qapp, tasks):
    owner = QObject()
    lookup = Lookup(tasks, owner)
    lookup.owner, lookup.told = owner, []
    lookup.found.connect(lookup.told.append)
    return lookup


def test_what_is_stored_comes_at_once_and_more_with_each_page(lookup, qtbot):
    stored, go_on = ["a"], threading.Semaphore(0)

    def fill(tell, stopped):
        for page in "bc":
            assert go_on.acquire(timeout=WAIT_S)
            stored.append(page)
            tell(Progress("kraken", len(stored) - 1, 2))

    lookup.read(lambda: "".join(stored))
    lookup.fill(fill)
    assert (lookup.filling, lookup.reading, lookup.progress) == (True, True, None)
    qtbot.waitUntil(lambda: lookup.told == ["a"])
    go_on.release()
    qtbot.waitUntil(lambda: lookup.told[-1] == "ab")
    assert lookup.progress == ("kraken", 1, 2)
    go_on.release()
    qtbot.waitUntil(lambda: not lookup.filling and not lookup.reading)
    assert (lookup.told[-1], lookup.progress) == ("abc", None)


def test_only_the_newest_question_is_answered(lookup, qtbot):
    go_on = threading.Event()
    lookup.read(lambda: go_on.wait(WAIT_S) and "old")
    lookup.read(lambda: "new")
    qtbot.waitUntil(lambda: lookup.told == ["new"])
    go_on.set()
    lookup.read(lambda: "newer")
    qtbot.waitUntil(lambda: lookup.told == ["new", "newer"])


def test_a_fill_can_be_cancelled_and_what_has_come_is_read(lookup, qtbot):
    ended = threading.Event()

    def fill(tell, stopped):
        assert stopped.wait(WAIT_S)
        ended.set()

    lookup.read(lambda: "read")
    lookup.fill(fill)
    qtbot.waitUntil(lambda: lookup.told == ["read"])
    lookup.cancel_fill()
    assert not lookup.filling
    assert ended.wait(WAIT_S)
    qtbot.waitUntil(lambda: lookup.told == ["read", "read"])


@pytest.mark.logs("could not be answered")
def test_what_cannot_be_read_or_filled_is_no_end(lookup, qtbot):
    lookup.read(lambda: {}["nothing"])
    qtbot.waitUntil(lambda: len(lookup.told) == 1)
    assert isinstance(lookup.told[0], KeyError)
    lookup.read(lambda: "read")
    lookup.fill(lambda tell, stopped: {}["nothing"])
    qtbot.waitUntil(lambda: not lookup.filling and lookup.told[-1] == "read")
