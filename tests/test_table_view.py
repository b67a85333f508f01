"""The chart as a table: what stands in it, that it goes with the chart, and that keys and screen readers find all."""

import numpy as np
import pytest
from charts import OFFSCREEN, look
from pasts import load
from pasts import settle as settle_past
from polls import BTC, ETH
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from cryptoprices.core.series import Series
from cryptoprices.core.studies import Unit
from cryptoprices.ui.chart.line_layer import LineLayer
from cryptoprices.ui.chart.reader import Reader
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.chart.sheet import Numbers, Sheet
from cryptoprices.ui.chart.studies import Studies
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.table_view import TableView

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN, "does not support raise")
HOUR = 3_600_000
DISPLAY, SPOKEN = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole
HEADS = ["Open (USD)", "High (USD)", "Low (USD)", "Close (USD)", "Volume (BTC)", "Change (%)", "Exchange", "Via"]


@pytest.fixture
def window(window):
    window.show()
    return window


@pytest.fixture
def chart(polls, timeline, window):
    chart = ChartView(polls.hub, timeline)
    chart.set_zone("UTC")
    chart.set_mode("Price")
    window.place_chart(chart)
    return chart


@pytest.fixture
def table(window, chart, polls, timeline, tasks):
    return TableView(window, chart, polls.hub, timeline, tasks, Reader(chart, polls.hub, timeline))


@pytest.fixture
def opened(table, chart, timeline, archive, tasks, qtbot):
    """Of an hour of Bitcoin."""
    load(timeline, archive, tasks, qtbot, "1h")
    chart.set_range("1H")
    settle_past(timeline, archive, qtbot)
    look(chart)
    table.open_beside()
    qtbot.waitExposed(table)
    return table


def heads(table):
    model = table.model
    return [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]


def row(table, number, role=DISPLAY):
    model = table.model
    number %= model.rowCount()
    return [model.index(number, at).data(role) for at in range(model.columnCount())]


def test_a_row_is_a_bar_with_whose_it_is_and_how_it_came(opened):
    assert heads(opened) == ["Ended (UTC)", *HEADS]
    assert opened.model.rowCount() == 60
    assert row(opened, -1) == [
        "2025-11-22 14:00", "296,999.50", "297,001.00", "296,999.00", "297,000.00", "2", "0.00\u202f%",
        "Kraken", "backfilled",
    ]  # fmt: skip
    assert row(opened, -1, SPOKEN)[6] == "unchanged"
    assert opened.windowTitle() == "Crypto Prices – BTC/USD, 1 hour, bars of 1m"
    opened._timeline.rates.currency = "EUR"
    opened.refresh()
    assert opened.windowTitle() == "Crypto Prices – BTC/EUR, 1 hour, bars of 1m"
    assert opened.note.text() == "60 rows"
    assert opened.table.accessibleName() == "Bars"


def test_the_bar_that_runs_is_the_last_row_and_moves(opened, polls, qtbot, chart):
    polls.poll({BTC: 297_001, ETH: 29_700})
    look(chart)
    qtbot.waitUntil(lambda: opened.model.rowCount() == 61)
    assert row(opened, -1)[-1] == "live"
    assert row(opened, -1)[0] == "2025-11-22 14:00:07"
    assert row(opened, -1)[5] == "—"
    assert row(opened, -1, SPOKEN)[5] == "unknown"
    changed = []
    opened.model.modelReset.connect(lambda: changed.append("all"))
    polls.poll({BTC: 297_002.5, ETH: 29_700})
    look(chart)
    qtbot.waitUntil(lambda: row(opened, -1)[4] == "297,002.50")
    assert not changed


def test_candles_go_by_the_time_they_open(opened, chart):
    chart.set_mode("Candles")
    look(chart)
    opened.refresh()
    assert heads(opened) == ["Opened (UTC)", *HEADS]
    assert row(opened, -1)[0] == "2025-11-22 13:59"


def test_the_row_goes_with_the_cursor_and_the_cursor_with_the_row(opened, chart, qtbot):
    assert opened.table.currentIndex().row() == 59
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert opened.table.currentIndex().row() == 58
    assert [index.row() for index in opened.table.selectionModel().selectedRows()] == [58]
    qtbot.keyClick(opened.table, Qt.Key.Key_Up)
    assert chart.cursor_ms == opened.model.sheet.t_ms[57]
    chart.moves.zoom(0.1, chart.times[1])
    assert chart.times[0] > opened.model.sheet.t_ms[1]
    qtbot.keyClick(opened.table, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    assert opened.table.currentIndex().row() == 0
    assert chart.times[0] < opened.model.sheet.t_ms[0] == chart.cursor_ms < chart.times[1]
    assert not chart.following


def test_another_pair_range_clock_or_mode_makes_another_table(opened, chart, polls, timeline, archive, qtbot):
    polls.hub.select(ETH)
    qtbot.waitUntil(lambda: timeline.bars(ETH) is not None)
    settle_past(timeline, archive, qtbot)
    look(chart)
    qtbot.waitUntil(lambda: opened.windowTitle().startswith("Crypto Prices – ETH/USD"))
    assert row(opened, -1)[4] == "29,700.00"
    chart.set_range("1D")
    settle_past(timeline, archive, qtbot)
    look(chart)
    opened.refresh()
    assert opened.model.rowCount() == 288
    chart.set_zone("Local time")
    chart.set_mode("Compare %")
    look(chart)
    opened.refresh()
    assert heads(opened)[0] == "Ended (Local time)"
    assert heads(opened)[9:] == ["BTC (USD)", "BTC change (%)", "ETH change (%)"]
    assert row(opened, 0)[10:] == ["0.00\u202f%", "0.00\u202f%"]


def test_what_else_is_drawn_has_a_column(opened, chart, timeline):
    times = timeline.bars(BTC).series.times[5:]
    series = Series.of(times, np.arange(len(times)) + 10.5)
    chart.stack.add_pane("rsi", "RSI 14").show_layers((LineLayer("RSI 14", series, "#fff", Scale(unit=Unit.NUMBER)),))
    opened.refresh()
    assert heads(opened)[9:] == ["RSI 14"]
    assert [row(opened, at)[9] for at in (0, 5, -1)] == ["—", "10.50", "64.50"]


def test_what_the_bars_say_already_is_not_said_twice(opened, chart, timeline, polls):
    studies = Studies(polls.hub, timeline, chart)
    studies.add("volume")
    studies.add("sma")
    look(chart)
    opened.refresh()
    assert heads(opened)[9:] == ["SMA 20 (USD)"]


def test_selected_rows_are_copied_as_csv(opened, qtbot):
    qtbot.keyClick(opened.table, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(opened, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: opened.note.text() == "2 rows copied.")
    head, first, second = QGuiApplication.clipboard().text().splitlines()
    assert head == ",".join(["time", *HEADS])
    assert first.startswith("2025-11-22T13:59:00.000Z,296998.5,297000,296998,296999,2,0.000168")
    assert second.endswith(",Kraken,backfilled")


def test_without_a_selection_it_says_so(opened):
    opened.table.clearSelection()
    opened.copying.click()
    assert opened.note.text() == "No row is selected."


def test_the_same_bar_stays_the_current_one_when_older_ones_come(opened, timeline, archive, chart, qtbot):
    opened.table.setCurrentIndex(opened.model.index(30, 0))
    moment = row(opened, 30)[0]
    timeline.reach(timeline.since_ms - 2 * HOUR)
    settle_past(timeline, archive, qtbot)
    look(chart)
    opened.refresh()
    assert opened.model.rowCount() == 180
    assert row(opened, opened.table.currentIndex().row())[0] == moment


def test_it_is_hidden_with_the_window_and_comes_back_with_it(opened, window):
    window.hide()
    assert not opened.isVisible()
    window.show()
    assert opened.isVisible()
    opened.close()
    window.hide()
    window.show()
    assert not opened.isVisible()


def test_a_closed_table_reckons_nothing(opened, polls, chart, monkeypatch):
    opened.close()
    monkeypatch.setattr(opened, "refresh", pytest.fail)
    polls.run(3)
    look(chart)
    assert not opened._timer.isActive()


def test_before_there_is_a_past_the_polls_are_the_rows(table, chart, polls, qtbot):
    polls.run(4)
    look(chart)
    table.open_beside()
    assert heads(table) == ["Time (UTC)", "BTC (USD)"]
    assert [row(table, at)[1] for at in range(4)] == ["100.00", "101.00", "102.00", "103.00"]
    assert table.windowTitle().endswith("own polls")


def test_when_the_calendar_is_set_anew_older_rows_have_other_times_too(table, chart, polls):
    polls.run(4)
    look(chart)
    table.open_beside()
    before, anew = row(table, 0)[0], []
    table.model.modelReset.connect(lambda: anew.append(True))
    polls.time.wall_ms -= 24 * HOUR
    polls.run(1)
    look(chart)
    table.refresh()
    assert (before[:10], row(table, 0)[0][:10]) == ("2025-11-22", "2025-11-21")
    assert anew


def test_keys_go_row_by_row_where_the_chart_draws_wider_candles(opened, chart, timeline, archive, qtbot):
    chart.set_mode("Candles")
    chart.set_range("1D")
    settle_past(timeline, archive, qtbot)
    look(chart)
    assert chart.stack.main.layers[0].width_ms > 300_000
    opened.refresh()
    last = opened.table.currentIndex().row()
    for step in (1, 2, 3):
        qtbot.keyClick(opened.table, Qt.Key.Key_Up)
        assert opened.table.currentIndex().row() == last - step


def test_nothing_at_all_is_said(table, chart):
    table.open_beside()
    assert table.model.rowCount() == 0
    assert table.note.text() == "There are no bars yet."


def test_tab_leads_through_table_and_buttons_and_escape_closes(opened, qtbot):
    assert opened.table.hasFocus()
    qtbot.keyClick(opened.table, Qt.Key.Key_Tab)
    assert opened.copying.hasFocus()
    qtbot.keyClick(opened, Qt.Key.Key_Escape)
    assert opened.isHidden()


def test_of_fifty_thousand_rows_only_those_become_text_that_are_looked_at(table, chart):
    slots, asked = np.arange(50_000) * 60_000.0, []

    def written(value):
        asked.append(value)
        return str(value)

    table.open_beside()
    table.model.show(Sheet(slots, slots, (Numbers("Close", slots, written),)), chart.zone, "Time", None)
    table.table.scrollToBottom()
    table.grab()
    assert 0 < len(set(asked)) < 100
    assert asked[-1] > slots[-100]
