"""Indicators and panes of two coins in the chart: drawn where and as they should be, and never more often."""

import numpy as np
import pytest
from charts import OFFSCREEN, PaintedWidths, look, point_at
from charts import settle as settle_events
from pasts import settle
from polls import BTC, ETH, SOL
from studied import drawn, show

from cryptoprices.core.chosen_studies import STUDIES
from cryptoprices.core.figures import Closes
from cryptoprices.core.indicators import INDICATORS
from cryptoprices.core.intervals import session_ms
from cryptoprices.core.pair_studies import PAIR_STUDIES
from cryptoprices.core.studies import Draws, Trace
from cryptoprices.ui.chart.modes import Mode
from cryptoprices.ui.chart.study_lines import Lines, reckoned
from cryptoprices.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)
MINUTE = 60_000
THIN = "\u202f"


@pytest.fixture
def chart(studied):
    return studied


def samples(chart):
    """The times of the prices' samples from the first in view on."""
    layer = chart.stack.main.layers[0]
    t_ms, found = layer.nearest(chart.times[0] + layer.shift_ms), []
    while not found or t_ms > found[-1]:
        found.append(t_ms)
        t_ms = layer.step(t_ms, 1)
    return found


def assert_drawn(chart, layers, traces, count):
    """All values of the last samples, as the crosshair's dots and rows have them."""
    times = samples(chart)[-count:]
    for layer, trace in zip(layers, traces, strict=True):
        values = trace.values[-count:]
        for t_ms, value, lower in zip(
            times, values, values if trace.lower is None else trace.lower[-count:], strict=True
        ):
            texts = [layer.scale.text(float(one)) for one in (value, lower) if not np.isnan(one)]
            (row,) = layer.rows(t_ms) or ([] if not texts else [None])
            if trace.draws is not Draws.BAND:
                assert layer.at(t_ms) == (None if np.isnan(value) else value)
            assert all(text in row.text for text in texts)


@pytest.mark.parametrize("key", INDICATORS)
@pytest.mark.parametrize("mode", [Mode.PRICE, Mode.CANDLES])
def test_what_is_drawn_is_what_the_indicator_makes_of_all_bars(
    chart, studies, timeline, rough_archive, qtbot, key, mode
):
    show(chart, rough_archive, qtbot, mode)
    studies.add(key)
    settle(timeline, rough_archive, qtbot)
    look(chart)
    traces = INDICATORS[key].run(timeline.bars(BTC).candles)
    assert len(samples(chart)) == (60 if mode is Mode.PRICE else 59)  # of a line the one that ends at the left edge
    assert not any(np.isnan(trace.values[-60:]).any() for trace in traces)  # the left edge is not empty
    assert_drawn(chart, drawn(chart, key), traces, 59)
    assert (key in chart.panes) == INDICATORS[key].own_pane


@pytest.mark.parametrize("key", PAIR_STUDIES)
def test_what_is_drawn_of_two_coins_is_of_the_closes_of_both(chart, studies, timeline, rough_archive, qtbot, key):
    studies.add(key)
    settle(timeline, rough_archive, qtbot)
    look(chart)
    found = PAIR_STUDIES[key].run(timeline.bars(ETH).closes, timeline.bars(BTC).closes)
    name = studies.chosen[-1].name
    assert_drawn(chart, drawn(chart, name), found.traces, 60)
    assert chart.panes[name].levels == PAIR_STUDIES[key].levels
    chart.set_mode("Ratio")
    look(chart)
    assert_drawn(chart, drawn(chart, name), found.traces, 60)


def test_titles_say_the_coins_and_the_window_in_time(chart, studies, timeline, rough_archive, qtbot):
    for key in PAIR_STUDIES:
        studies.add(key)
    look(chart)
    titles = [pane.title.replace(THIN, " ") for pane in chart.panes.values()][1:]
    assert titles == [
        "Rolling correlation BTC–ETH, 30 min", "Ratio ETH/BTC, 30 min", "Spread of ETH over BTC, 30 min",
        "z-score of ETH/BTC, 30 min", "Rolling correlation BTC–ETH, 30 min", "Rolling beta of ETH against BTC, 30 min",
        "Rolling volatility of BTC and ETH, 30 min", "Drawdown of BTC and ETH",
    ]  # fmt: skip
    studies.edit("ratio", {"window": 0})
    studies.edit("beta", {"window": 1000})
    settle(timeline, rough_archive, qtbot)
    look(chart)
    assert chart.panes["ratio"].title == "Ratio ETH/BTC, all so far"
    beta = chart.panes["beta"].title.replace(THIN, " ")
    assert beta == "Rolling beta of ETH against BTC, 16 h 40 min"


def test_a_title_says_what_the_samples_lack(chart, studies, timeline, polls, rough_archive, qtbot):
    rough_archive.has_ms = timeline.bounds_ms()[1] - 12 * MINUTE
    rough_archive.stored.clear()
    timeline.refresh()
    settle(timeline, rough_archive, qtbot)
    look(chart)
    told = chart.panes["correlation"].title.replace(THIN, " ")
    assert told == "Rolling correlation BTC–ETH, 30 min · only 11 of 30 changes"
    assert not chart.panes["correlation"].legend


def test_each_mode_shows_its_own(chart, studies):
    studies.add("rsi")
    studies.add("sma")
    look(chart)
    assert list(chart.panes) == ["main", "correlation"]
    assert not chart.stack.main.overlays
    chart.set_mode("Price")
    look(chart)
    assert list(chart.panes) == ["main", "rsi"]
    assert list(chart.stack.main.overlays) == ["study sma"]
    assert chart.panes["rsi"].bounds == (0.0, 100.0)
    chart.set_mode("Compare %")
    look(chart)
    assert list(chart.panes) == ["main", "correlation"]
    assert not chart.stack.main.overlays


def test_of_other_coins_it_is_said_by_their_names(chart, studies, polls, timeline, rough_archive, qtbot):
    polls.hub.select(SOL)
    studies.add("volatility")
    settle(timeline, rough_archive, qtbot)
    look(chart)
    assert chart.panes["correlation"].title.startswith("Rolling correlation BTC–SOL")
    assert [row.text for row in chart.panes["volatility"].legend] == ["SOL", "BTC"]
    assert [row.colour for row in chart.panes["volatility"].legend] == [DARK.coins[0], DARK.first]
    chart.set_mode("Ratio")  # which is Ether's in Bitcoin
    look(chart)
    assert chart.panes["correlation"].title.startswith("Rolling correlation BTC–ETH")


def test_what_cannot_be_drawn_says_why(chart, studies, polls, timeline):
    timeline.set_compared([BTC])
    look(chart)
    assert chart.panes["correlation"].message == "This takes two coins: choose another one to compare."
    assert chart.panes["correlation"].title == "Correlation 30"
    assert not chart.panes["correlation"].layers


def test_the_running_bar_moves_what_is_drawn(chart, studies, polls, timeline):
    chart.set_mode("Price")
    studies.add("sma")
    look(chart)
    before = drawn(chart, "sma")[0].at(samples(chart)[-2])
    polls.poll({BTC: 205_000, ETH: 20_100})
    look(chart)
    (trace,) = INDICATORS["sma"].run(timeline.bars(BTC).candles)
    newest_ms = timeline.bars(BTC).series.times[-1]
    assert samples(chart)[-1] == newest_ms
    assert drawn(chart, "sma")[0].at(newest_ms) == trace.values[-1]
    assert drawn(chart, "sma")[0]._inner.series.times[-1] == newest_ms
    assert drawn(chart, "sma")[0].at(samples(chart)[-3]) == before
    chart.set_mode("Compare %")
    look(chart)
    both = [timeline.bars(pair) for pair in (ETH, BTC)]
    closes = [
        Closes(np.append(b.closes.end_ms, b.running.open_ms + MINUTE), np.append(b.closes.close, b.running.price))
        for b in both
    ]
    found = PAIR_STUDIES["correlation"].run(*closes)
    assert drawn(chart, "correlation")[0].at(newest_ms) == found.traces[0].values[-1]
    assert drawn(chart, "correlation")[0].end()[:2] == (newest_ms, found.traces[0].values[-1])


@pytest.mark.parametrize("key", STUDIES)
def test_with_new_prices_the_newest_bars_are_reckoned_and_all_is_as_if_all_were(
    chart, studies, polls, timeline, rough_archive, qtbot, monkeypatch, key
):
    asked = []

    def spied(study, bars, values, most=0):
        asked.append(most)
        return reckoned(study, bars, values, most)

    two = key in PAIR_STUDIES
    show(chart, rough_archive, qtbot, Mode.COMPARE if two else Mode.PRICE)
    studies.remove("correlation")
    studies.add(key)
    settle(timeline, rough_archive, qtbot)
    look(chart)
    monkeypatch.setattr("cryptoprices.ui.chart.studies.TAIL", 110)
    monkeypatch.setattr("cryptoprices.ui.chart.studies.reckoned", spied)
    series = [curve.series for curve in studies._kept[key].curves.each]
    for step in range(10):  # more than three bars
        polls.poll({BTC: 200_000 + 300 * step, ETH: 20_000 + 17 * step})
        look(chart)
    (chosen,) = studies.chosen
    bars = [timeline.bars(pair) for pair in ((ETH, BTC) if two else (BTC,))]
    whole = reckoned(chosen.study, bars, chosen.values)
    curves = studies._kept[key].curves
    np.testing.assert_array_equal(curves.lines.times, whole.times)
    np.testing.assert_array_equal(curves.lines.breaks, whole.breaks)
    for curve, trace in zip(curves.each, whole.traces, strict=True):
        at = whole.opens if trace.draws is Draws.HISTOGRAM else whole.times
        for found, values in ((curve.series, trace.values), (curve.lower, trace.lower)):
            if values is not None:
                np.testing.assert_allclose(found.values, whole.series(at, values).values, rtol=1e-9)
                np.testing.assert_array_equal(found.times, whole.series(at, values).times)
    of_all = {"spread", "drawdown", "ema", "rsi", "macd", "atr", "vwap"}  # their first bar is felt for long
    assert 110 in asked
    assert key in of_all or 0 not in asked
    assert key in of_all or [curve.series for curve in curves.each] == series


def test_lines_that_contradict_the_newest_are_reckoned_as_a_whole():
    def lines(first, values):
        opens = MINUTE * np.arange(first, first + len(values), dtype=float)
        return Lines(opens, opens + MINUTE, (Trace("x", np.array(values, dtype=float)),), np.array([], dtype=int))

    values = [np.nan, *range(1, 99), 0]  # of the newest, which ran still, nothing is kept
    whole = lines(0, values)
    assert list(whole.grown(lines(20, range(20, 103))).traces[0].values[1:]) == list(range(1, 103))
    assert list(whole.grown(lines(0, values[:90])).traces[0].values[1:]) == list(range(1, 90))
    assert whole.grown(lines(20, [*range(20, 60), 60.001, *range(61, 103)])) is None
    assert whole.grown(lines(20, [*range(20, 60), np.nan, *range(61, 103)])) is None
    assert whole.grown(lines(50, range(50, 103))) is None  # too little that both know
    assert whole.grown(lines(101, range(101, 103))) is None
    assert whole.grown(lines(0, [])) is None
    assert lines(0, []).grown(whole) is None
    assert whole.newest_in(3 * MINUTE, 5 * MINUTE) == 4
    assert whole.newest_in(3 * MINUTE + 1, 4 * MINUTE) is None  # no bar opens then
    assert whole.newest_in(-MINUTE, 0) is None


def test_only_what_is_new_is_painted(chart, studies, polls):
    for _ in range(2):  # within one bar
        polls.poll({BTC: 200_000, ETH: 20_000})
        look(chart)
    series = drawn(chart, "correlation")[0]._inner.series
    painted = PaintedWidths(chart.stack.canvas.viewport())
    polls.poll({BTC: 200_001, ETH: 20_000.1})
    settle_events()
    assert drawn(chart, "correlation")[0]._inner.series is series
    assert painted.widths
    assert max(painted.widths) < chart.width() / 3


def test_while_nobody_looks_nothing_is_reckoned(chart, studies, polls, monkeypatch):
    asked = []
    monkeypatch.setattr("cryptoprices.ui.chart.studies.reckoned", lambda *args: asked.append(args))
    chart.hide()
    polls.poll({BTC: 205_000, ETH: 20_100})
    studies.edit("correlation", {"window": 20})
    assert not asked


def test_what_has_not_changed_is_not_reckoned_anew(chart, studies, monkeypatch):
    series = drawn(chart, "correlation")[0]._inner.series
    monkeypatch.delattr("cryptoprices.ui.chart.studies.reckoned")
    chart.go_to(chart.times[0] + 5 * MINUTE, chart.times[1])
    chart.set_theme(LIGHT)
    look(chart)
    assert drawn(chart, "correlation")[0]._inner.series is series


def test_lines_are_broken_where_bars_are_missing(chart, studies, timeline, rough_archive, qtbot):
    studies.add("sma")
    until_ms = timeline.bounds_ms()[1]
    rough_archive.missing = [(until_ms - 30 * MINUTE, until_ms - 20 * MINUTE)]
    for mode, series in (("Price", lambda: drawn(chart, "sma")), ("Compare %", lambda: drawn(chart, "correlation"))):
        chart.set_mode(mode)
        timeline.refresh()
        settle(timeline, rough_archive, qtbot)
        look(chart)
        found = series()[0]._inner.series
        assert chart.stack.main.holes
        (gap,) = np.flatnonzero(np.isnan(found.values[-40:])) + len(found) - 40
        assert found.times[gap - 1] == until_ms - 30 * MINUTE
        assert found.times[gap + 1] == until_ms - 19 * MINUTE


def test_a_candle_that_stands_for_many_tells_of_the_newest_of_them(chart, studies, timeline, rough_archive, qtbot):
    chart.resize(220, 700)
    chart.set_mode("Candles")
    for key in ("sma", "volume"):
        studies.add(key)
    settle(timeline, rough_archive, qtbot)
    look(chart)
    main, candles = chart.stack.main, timeline.bars(BTC).candles
    open_ms = samples(chart)[3]
    width_ms = 2 * main.layers[0].shift_ms
    assert width_ms == 4 * MINUTE
    at = np.searchsorted(candles.open_ms, open_ms)
    (trace,) = INDICATORS["sma"].run(candles)
    assert drawn(chart, "sma")[0].at(open_ms) == trace.values[at + 3]
    assert drawn(chart, "volume")[0].at(open_ms) == candles.volume[at : at + 4].sum()
    x = (open_ms + width_ms / 2 - chart.times[0]) / (chart.times[1] - chart.times[0]) * main.plot.width()
    point_at(chart, x, 60)
    assert main.legend[0].text == f"SMA 20  {main.layers[0].scale.text(trace.values[at + 3])}"
    assert chart.panes["volume"].legend[0].text == f"{candles.volume[at : at + 4].sum():g}"
    point = main.place(main.layers[0].scale, open_ms + width_ms / 2, trace.values[at + 3])
    assert point.x() == pytest.approx(main.plot.left() + x)


def test_the_view_stays_where_it_is_while_earlier_bars_come(chart, studies, timeline, rough_archive, qtbot):
    times = chart.times
    chart.set_mode("Price")
    studies.add("sma")
    studies.edit("sma", {"period": 200})
    settle(timeline, rough_archive, qtbot)
    look(chart)
    assert chart.times == times
    assert timeline.bars(BTC).candles.open_ms[0] == timeline.bounds_ms()[0] - 201 * MINUTE
    asked = len(rough_archive.fills)
    studies.edit("sma", {"period": 150})  # for which all is there
    assert len(rough_archive.fills) == asked
    studies.add("vwap")
    settle(timeline, rough_archive, qtbot)
    begin_ms = timeline.bars(BTC).candles.open_ms[0]
    assert begin_ms == session_ms(int(begin_ms), "1m")
    assert timeline.figures().bars == 60
