"""The seasonality as a table: its figures, from what bars, what is loaded for it and what can be done with it."""

import csv
import io

import pytest
from analyses import QUIET, chart, frame, keeper, main, opened, texts  # noqa: F401  # fixtures
from pasts import load
from polls import BTC, ETH, SOL
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QColor, QGuiApplication

from cryptoprices.core.currency import Rates
from cryptoprices.core.figures import closes_of
from cryptoprices.core.intervals import DAY_MS, HOUR_MS, floor_ms
from cryptoprices.core.seasonality import Part, seasonality
from cryptoprices.ui.chart.modes import Zone

pytestmark = pytest.mark.qt_log_ignore(QUIET)
THIN = "\u202f"


@pytest.fixture
def tab(opened, archive, timeline, tasks, qtbot, polls):  # noqa: F811
    """Of the last ten days there are hours, of the last forty days."""
    archive.page, archive.has_ms = 10_000, polls.time.wall_ms - 10 * DAY_MS
    load(timeline, archive, tasks, qtbot, "1d")
    archive.fills.clear()
    return opened("Seasonality")


def settled(tab, qtbot):
    qtbot.waitUntil(lambda: not (tab._lookup.reading or tab._lookup.filling))
    return tab


def seasons(archive, polls, pair, interval, part, zone=None, days=10):
    now = floor_ms(polls.time.wall_ms, interval)
    candles = archive.read(pair, interval, now - days * DAY_MS, now).candles
    return seasonality(closes_of(candles, interval), interval, part, zone)


def test_a_year_of_hours_of_both_coins_by_the_charts_clock(tab, archive, polls, qtbot):
    settled(tab, qtbot)
    now = floor_ms(polls.time.wall_ms, "1h")
    assert archive.fills == [(pair, "1h", now - 365 * DAY_MS, now) for pair in (BTC, ETH)]
    assert list(tab.table.cells.heads) == [
        "Hour of day",
        *(f"{coin} {figure}" for coin in ("BTC", "ETH") for figure in ("mean", "median", "rising", "bars")),
    ]
    rows, expected = texts(tab), seasons(archive, polls, BTC, "1h", Part.HOUR)
    assert [row[0] for row in rows] == [f"{hour:02}:00" for hour in range(24)]
    for row, season in zip(rows, expected, strict=True):
        sign = "+" if season.mean_pct > 0 else "−"
        assert row[1].removeprefix(sign) in (f"{abs(season.mean_pct):.3f}{THIN}%", f"0.000{THIN}%")
        assert row[3:5] == (f"{season.rising_pct:.0f}{THIN}%", str(season.n))
    assert "Bars of 1h, by local time: BTC/USD 239 since 12 Nov 2025, ETH/USD 239" in tab.note.text()
    assert tab.warning.text() == "Some rows rest on few bars: much of them may be chance."


def test_utc_and_weekdays_and_months(tab, archive, polls, qtbot):
    settled(tab, qtbot)
    tab.chart.set_zone(Zone.UTC)
    frame()
    settled(tab, qtbot)
    assert "by UTC" in tab.note.text()
    archive.has_ms = polls.time.wall_ms - 40 * DAY_MS
    archive.fills.clear()
    for text, rows in (("Weekday", ["Monday", "Sunday"]), ("Month", ["January", "December"])):
        tab.parts.setCurrentText(text)
        tab.parts.activated.emit(0)
        settled(tab, qtbot)
        qtbot.waitUntil(lambda rows=rows: [texts(tab)[0][0], texts(tab)[-1][0]] == rows)
    assert {fill[1] for fill in archive.fills} == {"1d"}
    assert len(archive.fills) == 2  # of months there are the same days
    october = texts(tab)[9]
    assert int(october[4]) + int(texts(tab)[10][4]) == 38
    assert texts(tab)[0][1:5] == ("—", "—", "—", "0")


def test_the_stronger_a_mean_the_stronger_its_shade_and_signs_say_it_too(tab, qtbot):
    settled(tab, qtbot)
    rows, model = tab.table.cells.rows, tab.table.cells
    means = [row[1].value for row in rows]
    strongest = max(range(24), key=lambda i: abs(means[i]))
    shades = [model.data(model.index(i, 1), Qt.ItemDataRole.BackgroundRole) for i in range(24)]
    assert shades[strongest].alphaF() == pytest.approx(max(s.alphaF() for s in shades if s), abs=0.01)
    up, down = QColor(tab.theme.up).rgb(), QColor(tab.theme.down).rgb()
    assert {(s.rgb() == up, m > 0) for s, m in zip(shades, means, strict=True) if s} <= {(True, True), (False, False)}
    assert all(s.rgb() in (up, down) for s in shades if s)
    assert model.data(model.index(0, 2), Qt.ItemDataRole.BackgroundRole) is None


def test_copying_takes_the_whole_table_or_what_is_selected(tab, qtbot):
    settled(tab, qtbot)
    table = tab.table
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().mimeData()
    lines = copied.text().splitlines()
    assert (len(lines), lines[0].split("\t")[:2]) == (25, ["Hour of day", "BTC mean"])
    rows = list(csv.reader(io.StringIO(bytes(copied.data("text/csv")).decode())))
    assert float(rows[1][1]) == table.cells.rows[0][1].value
    assert rows[1][0] == "00:00"
    model = table.selectionModel()
    for row in (3, 4):
        for column in (0, 1):
            model.select(table.cells.index(row, column), QItemSelectionModel.SelectionFlag.Select)
    table.copying.trigger()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["Hour of day", "03:00", "04:00"]
    assert {len(line.split("\t")) for line in lines} == {2}


def test_the_keyboard_reaches_everything_and_tab_leaves_the_table(tab, qtbot):
    settled(tab, qtbot)
    tab.parts.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(tab.parts, Qt.Key.Key_Tab)
    assert tab.table.hasFocus()
    qtbot.keyClick(tab.table, Qt.Key.Key_Down)
    qtbot.keyClick(tab.table, Qt.Key.Key_Tab)
    assert not tab.table.hasFocus()
    assert (tab.table.accessibleName(), tab.parts.accessibleName()) == ("Seasonality", "Sorted by")


def test_loading_says_how_far_it_is_and_can_be_cancelled(opened, archive, timeline, tasks, qtbot, polls):  # noqa: F811
    load(timeline, archive, tasks, qtbot, "1d")
    archive.page, archive.held, archive.has_ms = 24, True, polls.time.wall_ms - 10 * DAY_MS
    tab = opened("Seasonality")
    qtbot.waitUntil(lambda: tab.warning.text() == "The bars of BTC/USD and ETH/USD are on their way.")
    archive.give()
    qtbot.waitUntil(lambda: bool(texts(tab)) and tab.loading.isVisible())
    assert tab.loading.text.text() == "Loading bars from Kraken · 1 of 10 pages"
    frame()
    lines = (tab.note, tab.warning, tab.table)
    assert not any(line.geometry().intersects(tab.loading.geometry()) for line in lines if line.isVisible())
    assert "BTC/USD 24 since" in tab.note.text()
    tab.loading.button.click()
    assert not tab.loading.isVisible()
    frame()
    assert tab.height() - lines[0].geometry().bottom() < tab.loading.height()  # it takes no room any more
    settled(tab, qtbot)
    assert "No bars of ETH/USD are stored, and loading was cancelled." in tab.warning.text()


def test_while_paused_nobody_is_asked_and_afterwards_they_are(opened, archive, timeline, tasks, qtbot, polls):  # noqa: F811
    archive.has_ms = polls.time.wall_ms - 2 * HOUR_MS
    load(timeline, archive, tasks, qtbot, "1d")
    archive.fills.clear()
    polls.hub.set_schedule(False, None, True)
    tab = settled(opened("Seasonality"), qtbot)
    assert archive.fills == []
    assert tab.warning.text().startswith(
        "No bars of BTC/USD and ETH/USD are stored, and nothing is asked while paused."
    )
    archive.has_ms = polls.time.wall_ms - 48 * HOUR_MS
    polls.hub.set_schedule(False, 1.0, False)
    qtbot.waitUntil(lambda: bool(texts(tab)))
    settled(tab, qtbot)


def test_other_coins_and_another_currency_are_looked_up_anew(tab, timeline, archive, qtbot, polls):
    settled(tab, qtbot)
    before = texts(tab)
    timeline.set_compared([BTC, SOL])
    qtbot.waitUntil(lambda: "SOL mean" in tab.table.cells.heads)
    settled(tab, qtbot)
    rates = [Rates(f"2025-11-{d:02}", {"EUR": 0.5 + d / 100}) for d in range(1, 22)]
    timeline.rates.begin(lambda code: rates, tab._lookup._tasks)
    polls.hub.set_currency("EUR")
    qtbot.waitUntil(lambda: timeline.rates.currency == "EUR")
    settled(tab, qtbot)
    qtbot.waitUntil(lambda: [row[1] for row in texts(tab)] != [row[1] for row in before])
    assert "BTC/EUR " in tab.note.text()
    assert "/USD" not in tab.note.text()


def test_nothing_is_looked_up_while_it_is_hidden(tab, timeline, archive, qtbot):
    settled(tab, qtbot)
    tab.window().hide()
    archive.reads.clear()
    timeline.set_compared([BTC, SOL])
    frame()
    assert [read for read in archive.reads if read[1] == "1h"] == []
    tab.window().show()
    qtbot.waitUntil(lambda: "SOL mean" in tab.table.cells.heads)
    settled(tab, qtbot)
