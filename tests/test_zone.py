"""The machine's time zone changes while the program runs: labels follow, nothing else does."""

import shutil
import time
import zoneinfo
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from charts import OFFSCREEN, new_chart, point_at
from polls import BTC, ETH, Polls

from cryptoprices.qt.zone import ZoneKeeper

pytestmark = [
    pytest.mark.qt_log_ignore(OFFSCREEN),
    pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows cannot take another zone"),
]


@pytest.fixture
def tz(monkeypatch):
    """Set the zone as the machine's; the one of before comes back."""
    with monkeypatch.context() as patch:
        yield lambda name: patch.setenv("TZ", name)
    time.tzset()


def zone_file(name):
    found = next((Path(folder, name) for folder in zoneinfo.TZPATH if Path(folder, name).is_file()), None)
    if found is None:
        pytest.skip(reason="no zones are installed")
    return found


def tick(hub, times=10):
    for _ in range(times):
        hub.ticked.emit()


@pytest.fixture
def chart(qapp, fake_clock, qtbot, tz):
    tz("UTC0")
    time.tzset()
    polls = Polls(fake_clock, (BTC, ETH))
    chart = new_chart(polls, qtbot)
    polls.run(30)
    chart.keeper = ZoneKeeper(polls.hub, chart)
    chart.keeper.changed.connect(chart.take_local_zone)
    chart.polls = polls
    return chart


def labels(chart):
    return [tick.label for tick in chart.stack.main._grid._times]


def test_labels_are_right_after_ten_ticks_and_the_history_is_the_same(chart, tz):
    before, values = labels(chart), chart.picture.lines[0].series.times.copy()
    series = chart.picture.lines[0].series
    point_at(chart, 300, 50)
    assert chart.stack.crosshair.rows[0].text.endswith("UTC")
    tick(chart.polls.hub)
    assert labels(chart) == before
    tz("<+1245>-12:45")
    tick(chart.polls.hub)
    assert time.tzname[0] == "+1245"
    assert labels(chart) != before
    assert chart.stack.crosshair.rows[0].text.endswith("+1245")
    assert chart.picture.lines[0].series is series
    assert np.array_equal(series.times, values)
    chart.set_zone("UTC")
    assert labels(chart) == before


def test_a_zone_file_that_is_exchanged_is_noticed(tmp_path, tz, qapp, fake_clock, qtbot):
    file = tmp_path / "localtime"
    shutil.copy(zone_file("Pacific/Marquesas"), file)
    tz(f":{file}")
    time.tzset()
    hub = Polls(fake_clock, (BTC, ETH)).hub
    keeper = ZoneKeeper(hub)
    told = []
    keeper.changed.connect(
        lambda: told.append(datetime.fromtimestamp(0).astimezone().utcoffset().total_seconds() / 3600)
    )
    tick(hub, 20)
    assert not told
    for name, hours in (("Pacific/Chatham", 12.75), ("Pacific/Marquesas", -9.5), ("Pacific/Chatham", 12.75)):
        shutil.copy(zone_file(name), tmp_path / "new")
        (tmp_path / "new").replace(file)
        tick(hub)
        assert told.pop() == hours
        assert not told
