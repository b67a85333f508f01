"""The chart for who does not see it: what is said, when, and what is not."""

from datetime import UTC

import numpy as np
import pytest
from archives import FakeArchive
from charts import OFFSCREEN, look, new_chart, settle
from pasts import load
from pasts import settle as settle_past
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from cryptoprices.core.bars import Hole
from cryptoprices.core.series import Series
from cryptoprices.ui.chart import reader as module
from cryptoprices.ui.chart.line_layer import LineLayer
from cryptoprices.ui.chart.reader import Reader
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.chart.shown import Picture
from cryptoprices.ui.chart.spoken import spoken
from cryptoprices.ui.chart.summary import summary
from cryptoprices.ui.chart.view import ChartView

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)
THIN = "\u202f"
HOUR = 3_600_000


@pytest.fixture
def chart(polls, timeline, qtbot):
    chart = ChartView(polls.hub, timeline)
    qtbot.addWidget(chart)
    chart.resize(800, 500)
    chart.set_zone("UTC")
    chart.set_range("1H")
    chart.set_mode("Price")
    chart.show()
    settle()
    return chart


@pytest.fixture
def heard(monkeypatch):
    """What was announced, in the order in which it was."""
    texts = []

    class Listener(QAccessible):
        @staticmethod
        def updateAccessibility(event):
            assert event.politeness() == QAccessible.AnnouncementPoliteness.Assertive
            texts.append(event.message())

    monkeypatch.setattr(module, "QAccessible", Listener)
    return texts


@pytest.fixture
def reader(chart, heard, polls, timeline, archive, tasks, qtbot):
    reader = Reader(chart, polls.hub, timeline)
    load(timeline, archive, tasks, qtbot)
    settle_past(timeline, archive, qtbot)
    look(chart)
    return reader


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"BTC +1.40{THIN}% 97,203.00 · Kraken, backfilled", "BTC 97,203.00, up 1.40 percent, Kraken, backfilled"),
        (f"BTC −0.62{THIN}% 97,203.00", "BTC 97,203.00, down 0.62 percent"),
        (f"BTC 0.00{THIN}% 97,203.00", "BTC 97,203.00, unchanged"),
        (f"BTC  4 × 1h  O 5.00  H 8.00  L 2.00  C 4.00  −20.00{THIN}%",
         "BTC 4 times 1h, open 5.00, high 8.00, low 2.00, close 4.00, down 20.00 percent"),
        ("ETH — no price", "ETH, no price"),
        ("VWAP  —", "VWAP unknown"),
        (f"BTC —, ETH +1.40{THIN}%", "BTC unknown, ETH, up 1.40 percent"),
        ("asleep 22:10–06:12", "asleep 22:10 to 06:12"),
        ("MACD 12 26 9  −12.30", "MACD 12 26 9 minus 12.30"),
        (f"Volatility  12.34{THIN}%", "Volatility 12.34 percent"),
    ],
)  # fmt: skip
def test_signs_and_letters_become_words(text, words):
    assert spoken(text) == words


def test_each_step_by_key_says_the_bar_once_and_prices_that_come_say_nothing(chart, reader, heard, qtbot, polls):
    polls.run(1)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert len(heard) == 2
    assert heard[0].endswith("running bar")
    ended = chart.picture.lines[0]
    value = ended.scale.text(ended.at(chart.cursor_ms))
    change = f"up {ended.scale.change_pct(ended.at(chart.cursor_ms)):.2f} percent"
    assert heard[1] == f"22 Nov 2025 14:00, BTC {value}, {change}, Kraken, backfilled, ended bar"
    polls.run(3)
    look(chart)
    assert len(heard) == 2
    assert reader.line.accessibleName() == heard[1]


def test_the_mouse_says_nothing(chart, reader, heard):
    chart.stack.crosshair.point_at(chart.stack.main.plot.center())
    assert chart.stack.crosshair.rows
    assert heard == []


def test_the_bar_that_runs_is_said_to_be_live(chart, reader, heard, qtbot, polls):
    polls.run(1)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert heard[0].endswith(", live, running bar")


def test_at_candles_all_four_prices_are_said(chart, reader, heard, qtbot):
    chart.set_mode("Candles")
    look(chart)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    for word in (", open ", ", high ", ", low ", ", close ", "from the first in view", "Kraken, backfilled"):
        assert word in heard[0]
    assert heard[0].endswith("ended bar")
    high = chart.stack.main.layers[0].drawn(*chart.times).high.max()
    assert f"high {high:,.2f} at " in reader.summary()


def test_who_comes_to_the_beginning_hears_why_there_is_no_more(chart, heard, polls, timeline, tasks, qtbot):
    archive = FakeArchive(has_ms=polls.time.wall_ms // HOUR * HOUR - HOUR // 2)
    Reader(chart, polls.hub, timeline)
    load(timeline, archive, tasks, qtbot)
    look(chart)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert "older" not in heard[-1]
    for _ in range(5):
        qtbot.keyClick(chart, Qt.Key.Key_PageUp)
    assert heard[-1].endswith("ended bar. There is nothing older: no exchange has more.")
    assert chart.stack.main.note == "There is nothing older: no exchange has more."


def test_the_description_holds_the_summary_and_rests_while_the_keys_go_to_the_chart(chart, reader, qtbot, polls):
    qtbot.waitUntil(lambda: chart.accessibleDescription().startswith("Price: BTC, "))
    first = chart.accessibleDescription()
    assert ", 60 points. 1 hour: BTC rose 0." in first
    chart.setFocus()
    qtbot.waitUntil(chart.hasFocus)
    polls.run(1)
    reader.describe()
    assert chart.accessibleDescription() == first
    qtbot.keyClick(chart, Qt.Key.Key_Plus)
    reader.describe()
    assert " to 22 Nov 2025 " in chart.accessibleDescription().partition("points. ")[2]
    chart.clearFocus()
    held = chart.accessibleDescription()
    polls.run(1)
    chart.follow()
    qtbot.waitUntil(lambda: chart.accessibleDescription() != held)


def test_the_summary_is_said_and_shown_when_asked_for(chart, reader, heard):
    said = []
    reader.said.connect(said.append)
    reader.say_summary()
    assert said == heard == [reader.summary()]
    assert said[0].startswith("1 hour: BTC rose ")


def test_without_a_past_samples_are_said_to_be_our_own_polls(heard, qtbot, polls):
    chart = new_chart(polls, qtbot)
    Reader(chart, polls.hub, chart._timeline)
    polls.run(5)
    chart.set_mode("Price")
    look(chart)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert heard[0].endswith("consensus, polled")


def line(name, *values):
    times = 1_763_820_000_000 + np.arange(len(values)) * HOUR
    return LineLayer(name, Series.of(times, np.array(values, dtype=float)), "#fff", Scale(base=values[0]))


def told(*lines, holes=(), hours=(-1, 5), **more):
    start_ms, stop_ms = (1_763_820_000_000 + hour * HOUR for hour in hours)
    return summary(Picture(lines, lines, 0.0, (), holes), (start_ms, stop_ms), UTC, **more)


def test_a_summary_tells_of_the_first_line_all_and_of_others_how_they_moved():
    hole = Hole(1_763_820_000_000, 1_763_820_000_000 + HOUR, "offline")
    btc, eth = line("BTC", 95_650, 95_310, np.nan, 97_880, 97_412.5), line("ETH", 100, 99, 99, 99, 99.38)
    assert told(btc, eth, holes=(hole, hole), range_="1 day") == (
        "1 day: BTC rose 1.84 percent from 95,650.00 to 97,412.50, low 95,310.00 at 15:00, high 97,880.00 at 17:00; "
        "ETH fell 0.62 percent; 2 gaps."
    )


def test_a_summary_is_of_what_is_in_view_and_says_its_currency():
    btc = line("BTC", 95_650, 200, 100, 200.001)
    assert told(btc, hours=(1, 5), currency="in EUR") == (
        "22 Nov 2025 15:00 to 22 Nov 2025 19:00: BTC did not move from 200.00 to 200.00 in EUR, low 100.00 at 16:00, "
        "high 200.00 at 17:00."
    )
    assert told(btc, hours=(0, 1), range_="1 hour") == "1 hour: BTC stands at 95,650.00."
    assert told(btc, hours=(8, 9), range_="1 hour") == "1 hour: nothing is known."


@pytest.mark.parametrize(("hours", "when"), [((-1, 100), "22 Nov 15:00"), ((-1, 9000), "22 Nov 2025")])
def test_the_longer_the_view_the_longer_the_times(hours, when):
    assert f"low 1.0000 at {when}, " in told(line("BTC", 2, 1, 3), hours=hours)
