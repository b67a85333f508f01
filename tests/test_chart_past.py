"""The chart on the past: ranges, pages that come in, gaps with their reason, what takes long."""

import re
from datetime import UTC
from types import SimpleNamespace

import numpy as np
import pytest
from archives import FakeArchive, Progress
from charts import OFFSCREEN, described, look, point_at
from pasts import load, settle
from polls import BTC, ETH
from PySide6.QtCore import QRectF, Qt

from cryptoprices.core.bars import Hole
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.series import Series
from cryptoprices.qt.strands import Loading
from cryptoprices.ui.chart.letters import Letters
from cryptoprices.ui.chart.line_layer import LineLayer
from cryptoprices.ui.chart.modes import Mode, Range
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.chart.words import loading_text, missing, waiting
from cryptoprices.ui.theme import LIGHT

pytestmark = pytest.mark.qt_log_ignore(OFFSCREEN)
MINUTE, HOUR = 60_000, 3_600_000


@pytest.fixture
def chart(polls, timeline, qtbot):
    chart = ChartView(polls.hub, timeline)
    qtbot.addWidget(chart)
    chart.resize(800, 500)
    chart.show()
    chart.set_range("1H")
    return chart


def test_all_ranges_can_be_chosen_as_soon_as_there_is_a_past(chart, archive, tasks, qtbot):
    assert chart.available_ranges() == {Range.ALL}
    with qtbot.waitSignal(chart.ranges_changed):
        load(chart._timeline, archive, tasks, qtbot)
    assert chart.available_ranges() == set(Range)


@pytest.mark.parametrize("range_", [r for r in Range if r.ms])
def test_the_view_is_the_range_that_the_figures_are_of(chart, archive, tasks, qtbot, range_):
    load(chart._timeline, archive, tasks, qtbot)
    chart.set_range(range_)
    settle(chart._timeline, archive, qtbot)
    look(chart)
    first, last = chart._timeline.bounds_ms()
    start, stop = chart.stack.main.box.times
    assert start == first
    assert last < stop < last + range_.ms * 0.1
    line = chart.picture.lines[0]
    assert line.scale.base == line.series.values[0]
    figures = chart._timeline.figures()
    assert line.scale.change_pct(line.series.values[-1]) == pytest.approx(figures.coins[0].return_pct)
    assert f", {figures.bars} points. {range_.words}: BTC " in described(chart)


def test_all_shows_all_there_is(chart, tasks, qtbot, polls):
    archive = FakeArchive(page=1000, has_ms=polls.time.wall_ms - 2000 * 24 * HOUR)
    chart.set_range("All")
    load(chart._timeline, archive, tasks, qtbot)
    look(chart)
    line = chart.picture.lines[0]
    assert chart.stack.main.box.times[0] == line.series.times[0]
    assert 1998 <= len(line.series) <= 2001


def test_pages_that_come_in_move_no_view(chart, tasks, qtbot, polls):
    archive = FakeArchive(page=10, held=True)
    chart._timeline.take_archive(archive, tasks)
    polls.run(1)
    for moved in (False, True):
        if moved:
            archive.give(1)
            qtbot.waitUntil(lambda: len(chart.picture.lines) > 0)
            chart.moves.zoom(0.5, chart.stack.main.box.time_at(500))
        times = chart.stack.main.box.times
        archive.give(3)
        before = len(archive.reads)
        qtbot.waitUntil(lambda n=before: len(archive.reads) > n)
        look(chart)
        assert chart.stack.main.box.times == times
    archive.give(99)
    settle(chart._timeline, archive, qtbot)
    assert chart.stack.main.box.times == times


def test_another_range_follows_again(chart, archive, tasks, qtbot):
    load(chart._timeline, archive, tasks, qtbot)
    chart.moves.pan(-MINUTE)
    assert not chart.following
    chart.set_range("1D")
    assert chart.following


def test_panning_left_beyond_the_data_gets_more_without_a_jump(chart, archive, tasks, qtbot):
    load(chart._timeline, archive, tasks, qtbot)
    chart.moves.pan(-30 * MINUTE)
    times = chart.stack.main.box.times
    settle(chart._timeline, archive, qtbot)
    qtbot.waitUntil(lambda: chart.picture.lines[0].series.times[0] < times[0])
    look(chart)
    assert chart.stack.main.box.times == times
    series = chart.picture.lines[0].series
    assert np.diff(series.times[:-1]).max() == MINUTE


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(482, "22:10–06:12"), (1440, "30 Nov 22:10–01 Dec 22:10"), (40 * 1440, "30 Nov 2026–09 Jan 2027")],
)
def test_a_gap_that_lasts_a_day_or_longer_is_told_with_its_dates(minutes, told):
    since_ms = 1_796_076_600_000
    assert missing(Hole(since_ms, since_ms + minutes * MINUTE, "not_kept"), UTC) == ("not kept", told)


def test_a_gap_has_no_line_and_says_why_in_it_and_under_the_mouse(chart, archive, tasks, qtbot, polls, monkeypatch):
    now = polls.time.wall_ms // MINUTE * MINUTE
    archive.missing = [(now - 40 * MINUTE, now - 20 * MINUTE)]
    archive.gaps = [Gap(None, now - 41 * MINUTE, now - 19 * MINUTE, GapReason.ASLEEP)]
    load(chart._timeline, archive, tasks, qtbot)
    (hole,) = chart.stack.main.holes
    assert (hole.since_ms, hole.until_ms, hole.reason) == (now - 40 * MINUTE, now - 20 * MINUTE, "asleep")
    written = []
    monkeypatch.setattr(Letters, "write", lambda self, painter, x, y, label: written.append((label, y)))
    look(chart)
    *_, y = (y for label, y in written if label == "asleep 13:20–13:40")
    assert chart.stack.main.plot.height() / 2 < y < chart.stack.main.plot.height()  # below, where no legend is
    start, stop = chart.stack.main.box.times
    middle = (now - 30 * MINUTE - start) / (stop - start) * chart.stack.main.plot.width()
    point_at(chart, middle, 50)
    assert [row.text for row in chart.stack.crosshair.rows][1:] == ["asleep 13:20–13:40"]
    chart.moves.zoom(8, now)
    chart.resize(300, 200)
    chart.set_theme(LIGHT)
    look(chart)


def test_what_was_filled_in_later_is_marked_and_says_so(chart, archive, tasks, qtbot, polls):
    now = polls.time.wall_ms // MINUTE * MINUTE
    archive.gaps = [
        Gap(None, now - 40 * MINUTE, now - 20 * MINUTE, GapReason.ASLEEP),
        Gap("gemini", now - 15 * MINUTE, now - 10 * MINUTE, GapReason.LIMITED),
    ]
    load(chart._timeline, archive, tasks, qtbot)
    picture = look(chart)
    assert not np.isnan(chart.picture.lines[0].series.values).any()
    assert chart.stack.main.holes == ()
    start, stop = chart.stack.main.box.times
    plot, ratio = chart.stack.main.plot, picture.devicePixelRatio()

    def marked(minutes):
        x = plot.left() + (now - minutes * MINUTE - start) / (stop - start) * plot.width()
        colour = picture.pixelColor(round(x * ratio), round((plot.bottom() - 1) * ratio))
        return colour.name() == chart.stack.main.theme.muted

    assert [marked(minutes) for minutes in (50, 30, 12, 5)] == [False, True, False, False]
    point_at(chart, (now - 30 * MINUTE - start) / (stop - start) * plot.width(), 50)
    assert chart.stack.crosshair.rows[-1].text == "asleep 13:20–13:40, filled in later"
    assert len(chart.stack.crosshair.rows) == 5


@pytest.mark.parametrize("mode", list(Mode))
def test_the_crosshair_names_the_exchange_that_a_bar_is_from(chart, archive, tasks, qtbot, mode):
    load(chart._timeline, archive, tasks, qtbot)
    chart.set_mode(mode)
    look(chart)
    point_at(chart, 200, 50)
    named = [row.text.endswith("· Kraken, backfilled") for row in chart.stack.crosshair.rows]
    assert any(named) is (mode is not Mode.RATIO)
    look(chart)


def test_what_takes_long_is_told_and_can_be_cancelled_by_key(chart, tasks, qtbot):
    archive = FakeArchive(page=10, held=True)
    chart._timeline.take_archive(archive, tasks)
    assert chart.loading.isHidden()
    archive.give(8)
    qtbot.waitUntil(chart.loading.isVisible)  # half a second later
    qtbot.waitUntil(lambda: "pages" in chart.loading.text.text())
    assert chart.loading.accessibleName() == "Loading history"
    assert re.fullmatch(r"Loading 1 hour of (BTC|ETH) from Kraken · \d of 6 pages", chart.loading.text.text())
    assert chart.loading.accessibleDescription() == chart.loading.text.text()
    look(chart)
    chart.resize(360, 300)
    assert chart.loading.geometry().right() < 360  # the bar went, the text says as much
    assert chart.loading.bar.isHidden()
    chart.resize(800, 500)
    assert not chart.loading.bar.isHidden()
    assert chart.loading.button.focusPolicy() & Qt.FocusPolicy.TabFocus
    foot = chart.loading.geometry().bottom()
    for name in ("RSI", "ATR"):  # empty as yet, they say why in their middle
        low = chart.stack.add_pane(name, name)
        for bar in (chart.loading, chart.exporting):
            assert chart.stack.main.geometry().contains(QRectF(bar.geometry()))
            assert not low.geometry().intersects(QRectF(bar.geometry()))
    for name in ("RSI", "ATR"):
        chart.stack.remove_pane(name)
    assert chart.loading.geometry().bottom() == foot
    chart.loading.button.setFocus()
    qtbot.keyClick(chart.loading.button, Qt.Key.Key_Space)
    assert chart.loading.isHidden()
    assert chart._timeline.loading is None
    chart.set_range("1H")
    archive.give(99)
    settle(chart._timeline, archive, qtbot)
    assert len(chart.picture.lines[0].series) == 60


def test_what_is_over_soon_is_not_spoken_of(chart, archive, tasks, qtbot):
    shown = []
    chart.loading.show = lambda: shown.append(1)
    load(chart._timeline, archive, tasks, qtbot)
    assert not chart.loading._patience.isActive()
    assert chart.loading.isHidden()


def test_with_no_past_at_all_it_is_said_that_the_line_grows(chart, tasks, qtbot, polls):
    archive = FakeArchive()
    archive.failing = [Gap(None, 0, 1, GapReason.NOT_KEPT)]
    load(chart._timeline, archive, tasks, qtbot)
    polls.run(1)
    assert "line grows" in chart.stack.main.message
    look(chart)
    polls.run(4)
    assert chart.stack.main.message == ""


def test_while_it_loads_an_empty_chart_says_what_is_on_its_way(chart, tasks, qtbot):
    archive = FakeArchive(held=True)
    chart._timeline.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: "past of BTC is" in chart.stack.main.message)
    assert chart.stack.main.note == ""  # not twice
    assert not chart.anchor.isVisible()  # there is nothing to compare
    chart._timeline.close()


def test_a_chart_of_one_coin_does_not_wait_for_the_past_of_another(polls):
    polls.run(1)
    timeline = SimpleNamespace(loading=Loading(ETH, None), compared=lambda: (BTC, ETH), ratio_pairs=None, ready=True)
    line = LineLayer("BTC", Series.of(np.array([1.0]), np.array([2.0])), "#000000")
    assert waiting(polls.hub, timeline, Mode.COMPARE, [line]) == "The past of ETH is on its way."
    assert waiting(polls.hub, timeline, Mode.PRICE, [line]).startswith("Nothing is known of the past yet")


@pytest.mark.parametrize(("total", "told"), [(1, ""), (2, " · 1 of 2 pages")])
def test_a_single_page_is_not_counted(total, told):
    text = loading_text(Loading(ETH, Progress("kraken", 1, total)), Range.HOUR, "Kraken")
    assert text == f"Loading 1 hour of ETH from Kraken{told}"


def test_while_one_of_two_is_still_loading_that_is_said(chart, tasks, qtbot, polls):
    archive = FakeArchive(page=10, held=True)
    until = polls.time.wall_ms // MINUTE * MINUTE
    archive.stored[BTC, "1m"] = [(until - HOUR, until)]
    chart._timeline.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: len(chart.picture.lines) == 1)
    assert chart.stack.main.note == "ETH is still loading"
    look(chart)
    archive.give(1)
    qtbot.waitUntil(lambda: len(chart.picture.lines) == 2)
    assert chart.stack.main.note == "ETH is still loading: compared from 22 Nov 2025, 13:51"
    chart.set_mode("Price")
    assert chart.stack.main.note == ""
    chart.set_mode("Compare %")
    archive.give(99)
    settle(chart._timeline, archive, qtbot)
    assert chart.stack.main.note == ""


def test_nothing_is_compared_from_the_newest_price_of_a_coin_whose_past_is_on_its_way(chart, tasks, qtbot, polls):
    archive = FakeArchive(page=10, held=True)
    until = polls.time.wall_ms // MINUTE * MINUTE
    archive.stored[BTC, "1m"] = [(until - HOUR, until)]
    polls.run(2)
    chart._timeline.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: len(chart.picture.lines) == 1)
    polls.run(2)
    assert len(chart._timeline.series(ETH)) in (1, 2)
    look(chart)
    assert chart.stack.main.note == "ETH is still loading"
    (line,) = chart.picture.lines
    assert line.scale.base == line.series.values[line.series.index(chart.times[0])]
    chart._timeline.cancel()
    look(chart)
    assert len(chart.picture.lines) == 2  # then that is all there is


@pytest.mark.parametrize("style", ["Candles", "OHLC bars", "Heikin-Ashi"])
def test_candles_are_drawn_with_their_four_prices_change_and_exchange(chart, archive, tasks, qtbot, style):
    load(chart._timeline, archive, tasks, qtbot)
    chart.set_mode("Candles")
    chart.set_style(style)
    look(chart)
    (candles,) = chart.stack.main.layers
    point_at(chart, 200, 50)
    time, prices, change = (row.text for row in chart.stack.crosshair.rows)
    assert re.search(r" 2025, \d\d:\d\d UTC$", time)
    assert all(f"{letter} " in prices for letter in "OHLC")
    assert change.endswith("from the first in view · Kraken, backfilled")
    assert chart.cursor_ms % MINUTE == 0  # when it opens
    chart.moves.step(1)
    assert candles.at(chart.cursor_ms) is not None
    assert described(chart).startswith("Candles: BTC, ")
    look(chart)


def test_the_legend_says_what_a_candle_stands_for_where_it_is_more_than_a_bar(chart, timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot)
    settle(timeline, archive, qtbot)
    chart.set_mode("Candles")
    assert [row.text for row in chart.stack.main.heads] == ["BTC"]
    start_ms, stop_ms = chart.times
    chart.go_to(stop_ms - 8 * (stop_ms - start_ms), stop_ms)
    assert [row.text for row in chart.stack.main.heads] == ["BTC 4 × 1m"]
