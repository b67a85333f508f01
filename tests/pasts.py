"""What tests of the past share: a hub at a certain time, workers that end, and waiting until all is read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from archives import WAIT_S
from polls import BTC, ETH, SOL, Polls

from cryptoprices.qt.tasks import Tasks


def new_polls(fake_clock) -> Polls:
    """Seven seconds after a full hour."""
    fake_clock.wall_ms = 1_763_820_000_000 + 7_000
    return Polls(fake_clock, (BTC, ETH, SOL))


@contextmanager
def workers() -> Iterator[Tasks]:
    """Workers that have ended when the test has."""
    tasks = Tasks()
    yield tasks
    tasks.close()
    for thread in threading.enumerate():
        if thread.name.startswith(("quick-", "long-")):
            thread.join(WAIT_S)


def load(timeline, archive, tasks, qtbot, range_name=None):
    """Give the timeline the archive and wait until all is there."""
    if range_name:
        timeline.show_range(range_name)
    timeline.take_archive(archive, tasks)
    settle(timeline, archive, qtbot)


def settle(timeline, archive, qtbot):
    """Wait until nothing is under way."""
    qtbot.waitUntil(lambda: archive.fills and not timeline.loading)
    qtbot.waitUntil(lambda: not any(s._reading or s._read_again for s in timeline._strands.values()))
