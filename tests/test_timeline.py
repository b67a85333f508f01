"""The bars behind the chart: the past that is there at once, pages that come in, the market that goes on."""

import numpy as np
import pytest
from archives import FakeArchive, ends
from pasts import load, settle
from polls import BTC, ETH, SOL

from cryptoprices.core.candles import Origin
from cryptoprices.core.figures import coin_figures
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.ledger import Gap, GapReason

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def test_before_there_is_an_archive_the_line_is_that_of_the_polls(timeline, polls):
    polls.run(5)
    assert timeline.series(BTC).values.tolist() == [100, 101, 102, 103, 104]
    assert len(timeline.ratio) == 5
    assert timeline.figures() is None
    assert timeline.holes(BTC) == []


@pytest.mark.parametrize(("range_name", "bars"), [("1h", 60), ("1d", 288), ("1w", 168), ("1mo", 180), ("1y", 365)])
def test_a_range_has_all_its_bars_and_no_other(timeline, archive, tasks, qtbot, range_name, bars):
    load(timeline, archive, tasks, qtbot, range_name)
    first, last = timeline.bounds_ms()
    for pair in (BTC, ETH):
        found = ends(timeline.series(pair))
        assert len(found) == bars
        assert (found[0], found[-1]) == (first, last)
        assert not np.isnan(timeline.series(pair).values).any()
    assert timeline.series(BTC).values[-1] == last / MINUTE % 100_000 + 200_000
    assert len(timeline.ratio) == bars
    assert timeline.ratio.values == pytest.approx(0.1)


def test_what_is_stored_is_there_before_any_page_has_come(timeline, tasks, qtbot, polls):
    archive = FakeArchive(page=10, held=True)
    now = polls.time.wall_ms // MINUTE * MINUTE
    archive.stored = {(pair, "1m"): [(now - 30 * MINUTE, now - 20 * MINUTE)] for pair in (BTC, ETH)}
    timeline.show_range("1h")
    timeline.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: len(timeline.series(BTC)) > 0)
    assert len(ends(timeline.series(BTC))) == 10
    for pages in range(1, 6):
        archive.give(2)
        qtbot.waitUntil(lambda n=20 * (pages + 1): sum(len(ends(timeline.series(p))) for p in (BTC, ETH)) == n)
    newest = archive.stored[BTC, "1m"][1:]
    assert newest == sorted(newest, reverse=True)  # the newest first
    assert newest[0][1] == now
    settle(timeline, archive, qtbot)


def test_pages_tell_how_far_it_is_and_the_chosen_pair_comes_first(timeline, tasks, qtbot, polls):
    archive = FakeArchive(page=20, held=True)
    timeline.show_range("1h")
    polls.hub.select(ETH)
    timeline.take_archive(archive, tasks)
    assert timeline.loading.pair == ETH
    assert timeline.loading.progress is None
    archive.give(4)  # Bitcoin has no more than three
    qtbot.waitUntil(lambda: timeline.loading.progress is not None)
    assert (timeline.loading.progress.exchange, timeline.loading.progress.total) == ("kraken", 3)
    archive.give(20)
    settle(timeline, archive, qtbot)


def test_another_range_cancels_the_questions_of_the_one_before(timeline, tasks, qtbot):
    archive = FakeArchive(page=10, held=True)
    timeline.show_range("1h")
    timeline.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: len(archive.fills) == 2)
    timeline.show_range("1d")
    archive.give(200)
    settle(timeline, archive, qtbot)
    assert {fill[1] for fill in archive.fills[2:]} == {"5m"}
    assert len(ends(timeline.series(BTC))) == 288


def test_cancelled_stays_cancelled_until_a_range_is_chosen(timeline, tasks, qtbot, polls):
    archive = FakeArchive(page=10, held=True)
    timeline.show_range("1h")
    timeline.take_archive(archive, tasks)
    archive.give(2)
    qtbot.waitUntil(lambda: any(len(ends(timeline.series(pair))) >= 10 for pair in (BTC, ETH)))
    qtbot.waitUntil(lambda: len(archive.fills) == 2)
    timeline.cancel()
    assert timeline.loading is None
    polls.run(20)
    polls.time.advance(600)
    polls.run(5)
    polls.hub.select(SOL)
    assert len(archive.fills) == 2
    assert timeline.loading is None
    timeline.show_range("1h")
    archive.give(99)
    qtbot.waitUntil(lambda: len(archive.fills) >= 5)
    settle(timeline, archive, qtbot)


def test_the_running_bar_moves_with_the_polls_and_becomes_a_bar(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1h")
    series = timeline.series(BTC)
    stored = len(series)
    polls.run(3)  # at 7, 27 and 47 seconds
    assert timeline.series(BTC) is series
    assert len(series) == stored + 1
    assert series.values[-1] == 102
    polls.run(1, start=200)
    assert series.values[-2:].tolist() == [102, 200]
    assert series.times[-2] % MINUTE == 0
    assert timeline.ratio.values[-1] == pytest.approx(0.1)
    assert len(timeline.ratio) == stored + 2


def test_between_polls_a_stream_moves_the_running_bar_once_a_second(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1h")
    polls.run(1)
    assert timeline.ratio.values[-1] == pytest.approx(0.1)
    grown = []
    timeline.grown.connect(lambda: grown.append(1))
    polls.hub.ticked.emit()
    assert not grown  # nothing new
    polls.poll({BTC: 150, ETH: 10}, last=False)
    polls.hub.ticked.emit()
    assert len(grown) == 1
    assert timeline.series(BTC).values[-1] == 150
    assert timeline.ratio.values[-1] == pytest.approx(10 / 150)


def test_polls_before_the_archive_came_are_in_the_line(timeline, archive, tasks, qtbot, polls):
    polls.run(10)
    load(timeline, archive, tasks, qtbot, "1h")
    series = timeline.series(BTC)
    assert series.values[-1] == 109
    assert series.times[-1] == polls.time.wall_ms - 20_000
    assert not np.isnan(series.values).any()
    assert ends(series)[-1] <= polls.time.wall_ms


def test_what_no_exchange_has_yet_is_made_of_our_own_polls(timeline, archive, tasks, qtbot, polls):
    heard_ms = polls.time.wall_ms
    polls.run(16)  # five minutes
    archive.missing = [(heard_ms // MINUTE * MINUTE, polls.time.wall_ms)]
    load(timeline, archive, tasks, qtbot, "1h")
    series = timeline.series(BTC)
    assert not np.isnan(series.values).any()
    assert series.values[-6:].tolist() == [102, 105, 108, 111, 114, 115]
    found = [timeline.origin(BTC, t_ms) for t_ms in series.times[-7:-5]]
    assert found == [Origin.BACKFILL, Origin.POLL]
    assert timeline.strand(BTC).candles().close[-3:].tolist() == [108, 111, 114]


def test_what_a_fill_has_stored_without_a_word_is_read_when_it_is_over(timeline, archive, tasks, qtbot):
    archive.silent = True
    load(timeline, archive, tasks, qtbot, "1h")
    assert len(ends(timeline.series(BTC))) == 60


def test_time_without_prices_is_a_hole_that_is_asked_for_on_return(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1h")
    polls.run(2)
    asleep_ms = polls.time.wall_ms
    polls.time.advance(8 * 60)
    archive.gaps = [Gap(None, asleep_ms, polls.time.wall_ms, GapReason.ASLEEP)]
    archive.missing = [(asleep_ms, polls.time.wall_ms // MINUTE * MINUTE)]
    before = len(archive.fills)
    polls.run(1)
    assert np.isnan(timeline.series(BTC).values[-2])
    assert len(archive.fills) > before or timeline.loading
    settle(timeline, archive, qtbot)
    qtbot.waitUntil(lambda: [hole.reason for hole in timeline.holes(BTC)] == ["asleep"])
    archive.missing, archive.stored = [], {}
    timeline.show_range("1h")
    settle(timeline, archive, qtbot)
    assert timeline.holes(BTC) == []
    assert not np.isnan(timeline.series(BTC).values).any()


@pytest.mark.parametrize("reason", [GapReason.OFFLINE, GapReason.NOT_SAVED])
def test_what_could_not_be_had_is_asked_for_again_when_prices_come_but_not_all_the_time(
    timeline, archive, tasks, qtbot, polls, reason
):
    archive.failing = [Gap(None, 0, polls.time.wall_ms, reason)]
    load(timeline, archive, tasks, qtbot, "1h")
    assert len(archive.fills) == 2
    archive.failing = []
    polls.run(2)  # only 40 s later
    assert len(archive.fills) == 2
    polls.run(3)
    settle(timeline, archive, qtbot)
    assert len(archive.fills) == 4
    assert len(ends(timeline.series(BTC))) >= 60
    polls.run(10)
    assert len(archive.fills) == 4


@pytest.mark.parametrize(("range_name", "seconds"), [("1h", 300), ("1d", 1500), ("1mo", 21_600)])
def test_after_some_bars_our_own_are_replaced_by_those_of_exchanges(
    timeline, archive, tasks, qtbot, polls, range_name, seconds
):
    load(timeline, archive, tasks, qtbot, range_name)
    width_ms = INTERVALS_MS[timeline.interval]
    polls.run(seconds // 20, step=0.01)
    assert len(archive.fills) == 2
    ended_ms = polls.time.wall_ms // width_ms * width_ms
    assert timeline.origin(BTC, ended_ms) is Origin.POLL
    polls.run(1)
    settle(timeline, archive, qtbot)
    assert len(archive.fills) == 4
    assert timeline.origin(BTC, ended_ms) is Origin.BACKFILL


def test_what_exchanges_do_not_keep_is_said_before_the_first_bar(timeline, tasks, qtbot, polls):
    archive = FakeArchive(has_ms=polls.time.wall_ms // MINUTE * MINUTE - 20 * MINUTE)
    archive.gaps = [Gap("kraken", 0, archive.has_ms, GapReason.NOT_KEPT)]
    load(timeline, archive, tasks, qtbot, "1h")
    (hole,) = timeline.holes(BTC)
    assert (hole.until_ms, hole.reason) == (archive.has_ms, "not_kept")


def test_a_hole_that_may_be_filled_yet_is_not_called_one(timeline, tasks, qtbot, polls):
    archive = FakeArchive(page=10, held=True)
    now = polls.time.wall_ms // MINUTE * MINUTE
    archive.stored = {(pair, "1m"): [(now - 30 * MINUTE, now - 20 * MINUTE)] for pair in (BTC, ETH)}
    archive.missing = [(now - 15 * MINUTE, now - 12 * MINUTE)]
    timeline.show_range("1h")
    timeline.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: len(timeline.series(BTC)) > 0)
    polls.run(1)
    assert np.isnan(timeline.series(BTC).values).any()
    assert timeline.holes(BTC) == []
    archive.give(99)
    settle(timeline, archive, qtbot)
    assert [(hole.since_ms, hole.reason) for hole in timeline.holes(BTC)] == [(now - 15 * MINUTE, "")]


def test_another_pair_is_loaded_and_those_not_shown_are_let_go(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1h")
    polls.hub.select(SOL)
    settle(timeline, archive, qtbot)
    assert timeline.compared() == (BTC, SOL)
    assert len(ends(timeline.series(SOL))) == 60
    assert [strand.pair for strand in timeline._strands] == [SOL, BTC, ETH]  # Ether for the ratio
    polls.hub.select(ETH)
    assert [strand.pair for strand in timeline._strands] == [ETH, BTC]


def test_panning_before_the_beginning_asks_for_as_much_again(timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1h")
    since = timeline.since_ms
    timeline.reach(since + 1)
    assert not timeline.loading
    timeline.reach(since - 1)
    settle(timeline, archive, qtbot)
    assert timeline.since_ms == since - HOUR
    assert len(ends(timeline.series(BTC))) == 120
    assert timeline.figures().bars == 60  # the figures are of the range


def test_figures_are_those_of_the_bars_in_the_range(timeline, archive, tasks, qtbot, polls):
    assert timeline.figures() is None
    load(timeline, archive, tasks, qtbot, "1d")
    found = timeline.figures()
    assert (found.pairs, found.bars) == ((BTC, ETH), 288)
    assert found.coins[0] == coin_figures(timeline.bars(BTC).closes_between(*timeline.bounds_ms()), "5m")
    assert found.both.correlation == pytest.approx(1)
    assert found.both.ratio == pytest.approx(0.1)
    polls.run(1)
    found = timeline.figures()
    polls.run(1)
    assert timeline.figures() is found  # no bar has ended
    polls.run(16)
    assert timeline.figures() is not found
    timeline.show_range("1w")
    assert timeline.figures() is None  # the hours are not there yet
    settle(timeline, archive, qtbot)
    assert timeline.figures().bars == 168


def test_when_the_calendar_is_set_back_the_range_is_loaded_anew(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1h")
    polls.run(3)
    polls.time.wall_ms -= DAY
    polls.run(1)
    settle(timeline, archive, qtbot)
    assert ends(timeline.series(BTC))[-1] <= polls.time.wall_ms
    assert len(ends(timeline.series(BTC))) >= 60


@pytest.mark.logs("could not be answered")
def test_an_archive_that_breaks_leaves_the_prices_of_now(timeline, tasks, qtbot, polls, monkeypatch):
    archive = FakeArchive()
    monkeypatch.setattr(archive, "fill", lambda *args: 1 / 0)
    timeline.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: not timeline.loading)
    polls.run(2)
    qtbot.waitUntil(lambda: len(timeline.series(BTC)) > 0)
    assert timeline.series(BTC).values[-1] == 101


def test_which_exchange_a_bar_is_from(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1h")
    polls.run(9)
    assert timeline.whose(BTC, ends(timeline.series(BTC))[5]) == "kraken"
    assert timeline.whose(BTC, timeline.series(BTC).times[-1]) == "kraken"
    assert timeline.whose(BTC, timeline.series(BTC).times[-1] + MINUTE) == ""
    strand = timeline.strand(BTC)
    candles = strand.candles()
    assert len(candles) == len(strand.bars.closes.end_ms)
    assert candles.close.tolist() == strand.bars.closes.close.tolist()
