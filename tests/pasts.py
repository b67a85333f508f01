"""What tests of the past share: a hub at a certain time, workers that end, and waiting until all is read.

conftest.py makes the fixtures known to every test.
"""

import threading
from collections.abc import Iterator

import pytest
from archives import WAIT_S, FakeArchive
from polls import BTC, ETH, SOL, Polls

from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.tasks import Tasks
from cryptoprices.qt.timeline import Timeline


@pytest.fixture
def polls(qapp, fake_clock) -> Polls:
    """A hub with three pairs, seven seconds after a full hour."""
    fake_clock.wall_ms = 1_763_820_000_000 + 7_000
    return Polls(fake_clock, (BTC, ETH, SOL))


@pytest.fixture
def tasks(qapp) -> Iterator[Tasks]:
    """Workers that have ended when the test has."""
    tasks = Tasks()
    yield tasks
    tasks.close()
    for thread in threading.enumerate():
        if thread.name.startswith(("quick-", "long-")):
            thread.join(WAIT_S)


@pytest.fixture
def recorder(polls) -> Recorder:
    """What the polls of this hub have told."""
    return Recorder(polls.hub, interval_s=20)


@pytest.fixture
def timeline(polls, recorder) -> Timeline:
    """The bars of this hub, which have no archive yet."""
    return Timeline(polls.hub, recorder)


@pytest.fixture
def archive() -> FakeArchive:
    """An archive in which everything can be had."""
    return FakeArchive()


def load(timeline, archive, tasks, qtbot, range_name=None):
    """Give the timeline the archive and wait until all is there."""
    if range_name:
        timeline.show_range(range_name)
    timeline.take_archive(archive, tasks)
    settle(timeline, archive, qtbot)


def settle(timeline, archive, qtbot):
    """Wait until nothing is under way."""
    qtbot.waitUntil(lambda: archive.fills and not timeline.loading)
    qtbot.waitUntil(lambda: not any(s._reading or s._read_again for s in timeline._strands))
