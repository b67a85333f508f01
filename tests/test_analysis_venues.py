"""Premiums of exchanges: figures and lines of the time that the chart shows, and loading them from all."""

import pytest
from analyses import QUIET, chart, frame, keeper, main, opened, texts  # noqa: F401  # fixtures
from charts import wheel
from pasts import load
from polls import BTC, ETH
from PySide6.QtCore import Qt

from cryptoprices.core.candles import Candles
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.market import Candle, Pair

pytestmark = pytest.mark.qt_log_ignore(QUIET)
THIN = "\u202f"
USDT, BTC_USDT = Pair("USDT", "USD"), Pair("BTC", "USDT")
WIDTH_MS = INTERVALS_MS["5m"]


def candles(now_ms, price, bars=288):
    """The last ones before now, all at this price."""
    last = now_ms // WIDTH_MS * WIDTH_MS
    return Candles.of([Candle(last - k * WIDTH_MS, *4 * (price,)) for k in range(bars, 0, -1)])


@pytest.fixture
def offered(polls):
    """Three exchanges: one in the middle, one 1 % dearer, and one that has only USDT, which costs 0.99 dollars."""
    now_ms = polls.time.wall_ms
    return {
        BTC: {"kraken": candles(now_ms, 100.0), "bitstamp": candles(now_ms, 101.0)},
        BTC_USDT: {"binance": candles(now_ms, 100.0)},
        USDT: {"kraken": candles(now_ms, 0.99)},
    }


@pytest.fixture
def tab(opened, archive, timeline, tasks, qtbot):  # noqa: F811
    load(timeline, archive, tasks, qtbot, "1d")
    tab = opened("Exchanges")
    settled(tab, qtbot)
    return tab


def settled(tab, qtbot):
    qtbot.waitUntil(lambda: not (tab._lookup.reading or tab._lookup.filling))


def loaded(tab, archive, offered, qtbot):
    archive.offered = offered
    tab.load.click()
    settled(tab, qtbot)
    return tab


def test_of_an_exchange_that_stands_alone_no_bar_is_counted(tab, archive, offered, qtbot):
    loaded(tab, archive, {BTC: {"kraken": offered[BTC]["kraken"]}}, qtbot)
    assert texts(tab) == [("Kraken", "—", "—", "—", "BTC/USD")]


def test_where_only_one_exchange_is_stored_it_says_what_to_do(tab, archive, qtbot):
    assert texts(tab) == []
    assert tab.plot.stack.main.message.startswith("At least two exchanges are needed: “Load from all exchanges”")
    loaded(tab, archive, {}, qtbot)
    assert tab.plot.stack.main.message == "No second exchange has given bars of this time."
    assert tab.plot.accessibleDescription() == tab.plot.stack.main.message


def test_all_exchanges_are_asked_for_the_charts_time(tab, archive, timeline, offered, qtbot):
    loaded(tab, archive, offered, qtbot)
    assert archive.fills_each == [(BTC, "5m", timeline.since_ms, timeline.bounds_ms()[1])]
    assert tab.heading.text() == "BTC/USD: per cent above the median of all exchanges, in view"
    assert texts(tab) == [
        ("Kraken", f"0.000{THIN}%", f"0.000{THIN}%", "288", "BTC/USD"),
        ("Bitstamp", f"+1.000{THIN}%", f"+1.000{THIN}%", "288", "BTC/USD"),
        ("Binance", f"−1.000{THIN}%", f"−1.000{THIN}%", "288", "BTC/USDT × USDT/USD"),
        ("USDT above one dollar", f"−1.000{THIN}%", f"−1.000{THIN}%", "288", "USDT/USD"),
    ]
    assert "A market in USDT is turned into dollars by what USDT cost" in tab.note.text()
    assert [layer.name for layer in tab.plot.stack.main.layers] == ["Kraken", "Bitstamp", "Binance"]
    assert [layer.name for layer in tab.plot.stack.panes["stablecoins"].layers] == ["USDT above one dollar"]
    assert tab.plot.stack.times == tab.chart.times
    assert tab.table.accessibleName() == "Premium of each exchange"


def test_a_price_in_usdt_without_a_rate_is_left_out_and_named(tab, archive, offered, qtbot):
    del offered[USDT]
    loaded(tab, archive, offered, qtbot)
    assert [row[0] for row in texts(tab)] == ["Kraken", "Bitstamp"]
    assert "Left out, for nobody knows what USDT cost then: Binance (BTC/USDT)." in tab.note.text()
    assert list(tab.plot.stack.panes) == ["main"]


def test_figures_are_of_the_marked_period_or_what_is_in_view(tab, archive, offered, qtbot):
    loaded(tab, archive, offered, qtbot)
    stop = tab.chart.times[1]
    tab.chart.go_to(stop - 7_200_000, stop)
    frame()
    in_view = int(texts(tab)[0][3])
    assert 10 < in_view < 25
    tab.chart.brush.mark(stop - 10_800_000, stop - 7_200_000)
    qtbot.waitUntil(lambda: tab.heading.text().endswith("in the marked period"))
    since, until = tab.chart.brush.span
    assert int(texts(tab)[0][3]) == (until - since) / WIDTH_MS + 1 < in_view  # bars that end at or between both


def test_zooming_and_keys_move_the_chart_along(tab, archive, offered, qtbot):
    loaded(tab, archive, offered, qtbot)
    start, stop = tab.chart.times
    qtbot.keyClick(tab.plot, Qt.Key.Key_Plus)
    frame()
    assert tab.chart.times[1] - tab.chart.times[0] == pytest.approx((stop - start) / 1.25)
    assert tab.plot.stack.times == tab.chart.times
    wheel(tab.plot, 100, -1)
    frame()
    assert tab.plot.stack.times == tab.chart.times == pytest.approx((start, stop), abs=(stop - start) / 5)
    qtbot.keyClick(tab.plot, Qt.Key.Key_Left)
    rows = [row.text for row in tab.plot.stack.crosshair.rows]
    assert rows[1:] == [
        f"Kraken 0.000{THIN}%",
        f"Bitstamp +1.000{THIN}%",
        f"Binance −1.000{THIN}%",
        f"USDT above one dollar −1.000{THIN}%",
    ]


def test_the_line_of_the_chosen_row_is_thicker_and_says_its_value(tab, archive, offered, qtbot):
    loaded(tab, archive, offered, qtbot)
    tab.table.setFocus()
    tab.table.setCurrentIndex(tab.table.cells.index(0, 0))
    qtbot.keyClick(tab.table, Qt.Key.Key_Down)
    thick = {layer.name: (layer.thickness, layer.ends) for layer in tab.plot.stack.main.layers}
    assert thick["Bitstamp"][0] > 2 * thick["Kraken"][0]
    assert [name for name, (_, ends) in thick.items() if ends] == ["Bitstamp"]


def test_loading_says_how_far_it_is_and_can_be_cancelled(tab, archive, offered, qtbot):
    archive.held, archive.offered = True, offered
    tab.load.click()
    assert not tab.load.isEnabled()
    qtbot.waitUntil(lambda: tab.plot.stack.main.message == "The bars of the exchanges are on their way.")
    archive.give()
    qtbot.waitUntil(lambda: len(texts(tab)) == 2 and tab.loading.isVisible())
    assert tab.loading.text.text() == "Loading bars from Kraken · 1 of 3 pages"
    tab.loading.button.click()
    settled(tab, qtbot)
    assert tab.load.isEnabled()
    assert len(texts(tab)) == 2


def test_once_loaded_it_is_kept_up_as_bars_end(tab, archive, offered, polls, qtbot):
    loaded(tab, archive, offered, qtbot)
    polls.time.advance(300)
    tab.chart.follow()
    frame()
    settled(tab, qtbot)
    assert [fill[3] - archive.fills_each[0][3] for fill in archive.fills_each] == [0, WIDTH_MS]
    tab.window().hide()
    polls.time.advance(300)
    tab.chart.follow()
    frame()
    assert len(archive.fills_each) == 2


def test_another_pair_is_read_and_asked_for_only_when_wanted(tab, archive, offered, polls, qtbot):
    loaded(tab, archive, offered, qtbot)
    archive.venues[ETH] = {"kraken": candles(polls.time.wall_ms, 10.0), "gemini": candles(polls.time.wall_ms, 10.01)}
    polls.hub.select(ETH)
    qtbot.waitUntil(lambda: [row[0] for row in texts(tab)][:2] == ["Kraken", "Gemini"])
    settled(tab, qtbot)
    assert tab.heading.text().startswith("ETH/USD")
    assert len(archive.fills_each) == 1


def test_while_paused_nobody_is_asked(tab, archive, polls, qtbot):
    polls.hub.set_schedule(False, None, True)
    assert not tab.load.isEnabled()
    assert tab.load.accessibleDescription() == "Nothing is asked while paused."
    polls.hub.set_schedule(False, 1.0, False)
    assert tab.load.isEnabled()


def test_a_pane_that_was_closed_stays_closed(tab, archive, offered, qtbot):
    loaded(tab, archive, offered, qtbot)
    tab.plot.stack._borders["stablecoins"][1].click()
    frame()
    tab.look()
    assert list(tab.plot.stack.panes) == ["main"]


@pytest.mark.logs("could not be answered")
def test_a_history_that_cannot_be_read_is_said(tab, archive, qtbot, monkeypatch):
    monkeypatch.setattr(archive, "each", lambda *wanted: {}["nothing"])
    tab.load.click()
    qtbot.waitUntil(lambda: tab.plot.stack.main.message == "The history cannot be read; the log says why.")
    settled(tab, qtbot)
