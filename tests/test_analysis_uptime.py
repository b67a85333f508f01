"""The uptime of exchanges: share, strip and words, kept up by the minute."""

import pytest
from analyses import QUIET, chart, frame, keeper, main, opened, texts  # noqa: F401  # fixtures
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from cryptoprices.core.errors import Reason
from cryptoprices.core.ledger import GapReason
from cryptoprices.core.market import Round, Standing
from cryptoprices.core.uptime import Part, Uptime
from cryptoprices.ui.analysis.uptime import share_text

pytestmark = pytest.mark.qt_log_ignore(QUIET)
THIN = "\u202f"
HOUR, DAY = 3_600_000, 86_400_000


@pytest.fixture
def start_ms(polls):
    """A day ago: 14:00:07 by UTC."""
    return polls.time.wall_ms - DAY


@pytest.fixture
def tab(opened, chart, archive, polls, start_ms, qtbot):  # noqa: F811
    """Kraken: unknown for six hours, then it answered, refused for an hour, and was not asked for six."""
    ends = [start_ms + k * HOUR for k in (6, 11, 12, 18, 24)]
    reasons = "", GapReason.LIMITED, "", GapReason.ASLEEP
    archive.steady["kraken"] = Uptime(tuple(map(Part, ends, ends[1:], reasons)))
    chart.set_zone("UTC")
    tab = opened("Uptime")
    settled(tab, qtbot)
    return tab


def settled(tab, qtbot):
    qtbot.waitUntil(lambda: not tab._lookup.reading)
    frame()


def test_share_and_reasons_are_told_in_words(tab):
    words = "asleep 08:00–14:00, limited 01:00–02:00"
    assert texts(tab) == [("Kraken", f"91.6{THIN}%", words)]
    assert tab.told.text() == f"Kraken 91.6{THIN}%: {words}"
    assert tab.table.accessibleName() == "Uptime of each exchange"
    assert "Per cent of the time in which it was asked" in tab.note.text()


def test_the_mouse_is_told_of_the_moment_that_it_is_on(tab):
    box = tab.table.visualRect(tab.table.cells.index(0, 2))
    said = []
    for hour in (3, 8, 11.5, 20):
        at = QPoint(box.left() + 6 + round(hour / 24 * (box.width() - 12)), box.center().y())
        help_ = QHelpEvent(QEvent.Type.ToolTip, at, tab.table.viewport().mapToGlobal(at))
        QApplication.sendEvent(tab.table.viewport(), help_)
        said.append(QToolTip.text())
    QToolTip.hideText()
    assert said[0].endswith(": nothing is known")
    assert said[1:] == [
        "20:00–01:00: it answered",
        "01:00–02:00: the exchange asked us to wait",
        "08:00–14:00: the computer was asleep",
    ]


def test_the_strip_tells_by_height_not_by_colour_alone(tab):
    box = tab.table.visualRect(tab.table.cells.index(0, 2))
    assert box.right() >= tab.table.viewport().width() - 2  # grid line
    picture = tab.table.viewport().grab().toImage()
    ground = QColor(tab.theme.window)
    high = []
    for hour in (3, 8, 11.5, 20.5):
        x = box.left() + 6 + round(hour / 24 * (box.width() - 12))
        column = [picture.pixelColor(x, y) for y in range(box.top() + 2, box.bottom() - 1)]
        high.append(sum(colour != ground for colour in column))
    assert high in ([0, 14, 7, 2], [0, 15, 8, 3])  # the last row may be of half a pixel


def test_it_is_read_anew_each_minute_and_only_while_seen(tab, archive, polls, start_ms, qtbot):
    assert archive.asked_uptimes == [({"kraken": 300_000}, {}, start_ms, start_ms + DAY)]
    polls.poll()
    settled(tab, qtbot)
    assert len(archive.asked_uptimes) == 1
    for _ in range(3):
        polls.poll()
    settled(tab, qtbot)
    assert [asked[3] - start_ms - DAY for asked in archive.asked_uptimes] == [0, 60_000]
    tab.window().hide()
    for _ in range(4):
        polls.poll()
    settled(tab, qtbot)
    assert len(archive.asked_uptimes) == 2


def test_what_fails_now_is_known_before_the_ledger_tells(tab, archive, polls, qtbot):
    standing = Standing("kraken", Reason.SERVER, "It is out of order.", benched=True)
    polls.hub.apply(Round(1, polls.time.boot_s, standings=(standing,), last=True))
    settled(tab, qtbot)
    assert archive.asked_uptimes[-1][1] == {"kraken": "benched"}
    polls.hub.set_schedule(False, None, True)
    polls.poll()
    settled(tab, qtbot)
    assert archive.asked_uptimes[-1][1] == {"kraken": "paused"}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((), ("—", "nothing is known of this time")),
        ((Part(0, 5, ""),), (f"100.0{THIN}%", "it answered whenever it was asked")),
        (tuple(Part(k, k + 1, "error") for k in range(0, 18, 2)), (f"0.0{THIN}%", "no answer 00:00–00:00, ")),
    ],
)
def test_what_there_is_not_and_what_there_is_too_much_of(tab, archive, polls, qtbot, parts, words):
    archive.steady["kraken"] = Uptime(parts)
    polls.time.advance(60)
    polls.poll()
    settled(tab, qtbot)
    ((_, share, told),) = texts(tab)
    assert (share, told[: len(words[1])]) == words
    assert told.endswith("and 3 more") is (len(parts) > 6)


def test_only_what_never_failed_has_a_hundred():
    shares = [share_text(share) for share in (99.99, 100.0, 7.25, None)]
    assert shares == [f"99.9{THIN}%", f"100.0{THIN}%", f"7.2{THIN}%", "—"]


@pytest.mark.logs("could not be answered")
def test_a_history_that_cannot_be_read_is_said(tab, archive, polls, qtbot, monkeypatch):
    monkeypatch.setattr(archive, "uptimes", lambda *wanted: {}["nothing"])
    polls.time.advance(60)
    polls.poll()
    settled(tab, qtbot)
    assert tab.note.text() == "The history cannot be read; the log says why."
