"""What can be chosen of the bars: their width, the pairs that are compared, how far back; and that a pause is kept."""

import numpy as np
import pytest
from archives import FakeArchive, ends
from pasts import load, settle
from polls import BTC, ETH, SOL

from cryptoprices.core.board import Terms
from cryptoprices.core.figures import coin_figures
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.ledger import GapReason
from cryptoprices.core.market import Pair
from cryptoprices.core.ranges import MOST_BARS, RANGES

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("range_name", "interval", "bars"),
    [("1h", "5m", 12), ("1d", "1m", 1440), ("1d", "1h", 24), ("1w", "15m", 672), ("1y", "1w", 52), ("1mo", "1d", 30)],
)
def test_a_chosen_width_is_that_of_all_bars_of_the_range(timeline, archive, tasks, qtbot, range_name, interval, bars):
    load(timeline, archive, tasks, qtbot, range_name)
    timeline.set_interval(interval)
    assert timeline.interval == interval
    settle(timeline, archive, qtbot)
    first, last = timeline.bounds_ms()
    for pair in (BTC, ETH):
        found = timeline.bars(pair)
        assert found.interval == interval
        assert len(found.candles) == bars
        assert found.candles.open_ms[0] + INTERVALS_MS[interval] == first
        assert found.candles.open_ms[-1] + INTERVALS_MS[interval] == last
    assert timeline.figures().interval == interval
    assert timeline.figures().bars == bars
    assert len(timeline.ratio) == bars


def test_who_cancelled_and_then_chooses_a_width_wants_it_loaded(timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1d")
    timeline.cancel()
    timeline.set_interval("1h")
    assert timeline.loading
    settle(timeline, archive, qtbot)
    assert len(timeline.bars(BTC).candles) == 24


def test_without_a_chosen_width_it_is_the_ranges_own_again(timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1d")
    timeline.set_interval("1h")
    timeline.set_interval(None)
    settle(timeline, archive, qtbot)
    assert timeline.interval == "5m"
    assert timeline.bars(BTC).interval == "5m"
    with pytest.raises(KeyError):
        timeline.set_interval("2m")


def test_a_width_that_the_range_does_not_take_waits_for_another_range(timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1w")
    timeline.set_interval("1m")
    assert timeline.interval == "1m"
    timeline.show_range("all")
    assert "bars, and 50,000 is the most" in timeline.refused("1m")
    assert timeline.interval == "1d"
    timeline.show_range("1h")
    assert timeline.interval == "1m"
    settle(timeline, archive, qtbot)


def test_nobody_asks_for_a_million_bars_nor_for_less_than_two(timeline, polls):
    now = polls.time.wall_ms
    for name, range_ in RANGES.items():
        timeline.show_range(name)
        assert not timeline.refused(range_.interval)
        for interval, width in INTERVALS_MS.items():
            since, until = range_._replace(interval=interval).bounds_ms(now)
            assert bool(timeline.refused(interval)) is not (2 <= (until - since) // width <= MOST_BARS)
    timeline.show_range("1h")
    assert "shorter than two" in timeline.refused("1h")


def test_any_pairs_can_be_compared(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1h")
    timeline.set_compared([SOL, ETH, BTC, SOL, Pair("DOGE", "USD")])
    assert timeline.compared() == (SOL, ETH, BTC)
    assert timeline.figures() is None
    settle(timeline, archive, qtbot)
    figures = timeline.figures()
    assert (figures.pairs, figures.bars, figures.both) == ((SOL, ETH, BTC), 60, None)
    assert figures.coins[2].return_pct == pytest.approx(figures.coins[1].return_pct)
    assert timeline.ratio_pairs == (ETH, SOL)
    assert timeline.ratio.values == pytest.approx(0.1)
    timeline.set_compared([ETH, BTC])
    assert timeline.ratio.values == pytest.approx(10)
    timeline.set_compared(None)
    assert timeline.compared() == (BTC, ETH)
    assert timeline.ratio_pairs == (ETH, BTC)
    assert timeline.strand(SOL) is None
    settle(timeline, archive, qtbot)


def test_one_pair_alone_leaves_the_ratio_as_it_is(timeline, archive, tasks, qtbot):
    load(timeline, archive, tasks, qtbot, "1h")
    timeline.set_compared([SOL])
    settle(timeline, archive, qtbot)
    assert timeline.ratio_pairs == (ETH, BTC)
    assert len(timeline.ratio) == 60


def test_figures_of_a_part_are_of_the_bars_that_end_in_it(timeline, archive, tasks, qtbot, polls):
    assert timeline.figures_between(0, 1) is None
    load(timeline, archive, tasks, qtbot, "1d")
    _, last = timeline.bounds_ms()
    found = timeline.figures_between(last - HOUR, last - HOUR / 2)
    assert found.bars == 7
    closes = timeline.bars(BTC).closes
    part = slice(-13, -6)
    assert found.coins[0] == coin_figures(type(closes)(closes.end_ms[part], closes.close[part]), "5m")
    assert timeline.figures_between(last + 1, last + HOUR).bars == 0


def test_panning_left_goes_on_as_long_as_somebody_looks_there(timeline, tasks, qtbot):
    archive = FakeArchive(page=24, held=True)
    timeline.show_range("1h")
    timeline.set_interval("5m")
    timeline.take_archive(archive, tasks)
    archive.give(2)
    settle(timeline, archive, qtbot)
    since = timeline.since_ms
    timeline.reach(since - 1)
    timeline.reach(since - 3.5 * HOUR)  # while the first hour is on its way
    assert timeline.since_ms == since - HOUR
    archive.give(2)
    qtbot.waitUntil(lambda: timeline.since_ms == since - 4 * HOUR)
    archive.give(4)
    settle(timeline, archive, qtbot)
    assert len(timeline.bars(BTC).candles) == 60
    assert timeline.past_end() == ""
    timeline.show_range("1h")
    assert timeline.since_ms == since
    settle(timeline, archive, qtbot)


def test_where_no_exchange_has_more_panning_ends_and_says_so(timeline, tasks, qtbot, polls):
    archive = FakeArchive(has_ms=polls.time.wall_ms // HOUR * HOUR - 100 * MINUTE)
    load(timeline, archive, tasks, qtbot, "1h")
    assert timeline.past_end() == ""
    timeline.reach(timeline.since_ms - 5 * HOUR)
    assert timeline.past_end() == ""  # nobody has answered yet
    settle(timeline, archive, qtbot)
    assert timeline.past_end() == "There is nothing older: no exchange has more."
    since, fills = timeline.since_ms, len(archive.fills)
    assert timeline.holes(BTC)[0].reason == GapReason.NOT_KEPT
    timeline.reach(since - HOUR)
    assert not timeline.loading
    assert (timeline.since_ms, len(archive.fills)) == (since, fills)


def test_no_more_bars_are_loaded_than_can_be_shown(timeline, archive, tasks, qtbot, monkeypatch):
    monkeypatch.setattr("cryptoprices.qt.timeline.MOST_BARS", 100)
    load(timeline, archive, tasks, qtbot, "1h")
    timeline.reach(timeline.since_ms - DAY)
    settle(timeline, archive, qtbot)
    qtbot.waitUntil(lambda: len(timeline.bars(BTC).candles) == 100)
    assert timeline.past_end() == "No more than 100 bars are shown; choose a longer range or wider bars."
    assert not timeline.loading


def test_while_paused_nobody_is_asked_and_afterwards_what_was_broken_off(timeline, tasks, qtbot, polls):
    archive = FakeArchive(page=10, held=True)
    timeline.show_range("1h")
    timeline.take_archive(archive, tasks)
    archive.give(2)
    qtbot.waitUntil(lambda: len(archive.fills) == 2)
    polls.hub.set_schedule(False, None, True)
    assert timeline.loading is None
    timeline.show_range("1d")
    polls.hub.select(SOL)
    polls.run(20)
    assert timeline.loading is None
    assert len(archive.fills) == 2
    polls.hub.set_schedule(False, None, False)
    assert timeline.loading.pair == SOL
    archive.give(999)
    settle(timeline, archive, qtbot)
    assert len(ends(timeline.series(SOL))) >= 288
    assert not np.isnan(timeline.series(SOL).values).any()


def test_when_the_person_orders_the_exchanges_anew_the_bars_are_read_anew(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1h")
    polls.run(2)
    reads = len(archive.reads)
    polls.run(2)
    assert len(archive.reads) == reads
    polls.hub.change_exchanges(Terms(("gemini", "kraken"), {}), {}, {})
    polls.run(1)
    settle(timeline, archive, qtbot)
    assert len(archive.reads) > reads
