"""The bar that runs: of one exchange's prices, of what was stored of it before, and moved by polls and streams."""

import pytest
from archives import FakeArchive
from pasts import load, settle
from polls import BTC, ETH, Polls

from cryptoprices.core.candles import Origin
from cryptoprices.core.market import Candle
from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.timeline import Timeline

MINUTE = 60_000
NAMES = ("kraken", "coinbase", "gemini")


@pytest.fixture
def polls(qapp, fake_clock):
    """Three exchanges, and a moment five minutes and seven seconds after a full hour."""
    fake_clock.wall_ms = 1_763_820_000_000 + 5 * MINUTE + 7_000
    return Polls(fake_clock, (BTC, ETH), exchanges=NAMES)


@pytest.fixture
def timeline(polls):
    return Timeline(polls.hub, Recorder(polls.hub, interval_s=20))


def say(polls, last=True, via="poll", **prices):
    """A poll in which these exchanges name these prices of Bitcoin, and a tenth of Ether."""
    polls.poll_all({name: {BTC: price, ETH: price / 10} for name, price in prices.items()}, last, via)


def running(timeline, pair=BTC):
    """Open, high, low and close so far."""
    return timeline.bars(pair).running[1:5]


def whose_now(timeline):
    return timeline.whose(BTC, timeline.series(BTC).times[-1])


def test_it_is_of_the_exchange_whose_candles_stand_before_and_not_of_the_median(timeline, archive, tasks, qtbot, polls):
    archive.exchange = "gemini"
    load(timeline, archive, tasks, qtbot, "1d")
    for base in (100, 104, 98, 101):
        say(polls, kraken=base + 0.1, coinbase=base + 0.2, gemini=base)
    assert running(timeline) == (100, 104, 98, 101)
    assert whose_now(timeline) == "gemini"
    assert timeline.series(BTC).values[-1] == 101
    assert timeline.bars(BTC).candles.close[-1] == 101
    assert float(polls.hub.own_price(BTC).price) == 101.1  # what the header says


def test_without_candles_it_is_of_the_first_exchange_in_the_persons_order(timeline, tasks, qtbot, polls):
    archive = FakeArchive(has_ms=2**62)
    load(timeline, archive, tasks, qtbot, "1d")
    say(polls, coinbase=100, gemini=100.2)
    assert whose_now(timeline) == "coinbase"
    assert running(timeline) == (100, 100, 100, 100)


def test_who_falls_silent_is_stood_in_for_by_a_whole_bar_of_the_next_one_until_the_bar_ends(
    timeline, archive, tasks, qtbot, polls
):
    load(timeline, archive, tasks, qtbot, "1d")
    for k in range(3):
        say(polls, kraken=100 + k, coinbase=100.3 + k, gemini=100.2 + k)
    assert (whose_now(timeline), running(timeline)) == ("kraken", (100, 102, 100, 102))
    for _ in range(2):
        say(polls, coinbase=101, gemini=101.2)
    assert whose_now(timeline) == "kraken"  # it is live still
    for _ in range(5):
        say(polls, coinbase=101.3, gemini=101.2)
    assert (whose_now(timeline), running(timeline)) == ("coinbase", (100.3, 102.3, 100.3, 101.3))
    say(polls, kraken=101.1, coinbase=101.3, gemini=101.2)
    assert whose_now(timeline) == "coinbase"
    before = timeline.bars(BTC).running.open_ms
    while timeline.bars(BTC).running.open_ms == before:
        say(polls, kraken=101.1, coinbase=101.3, gemini=101.2)
    assert (whose_now(timeline), running(timeline)) == ("kraken", (101.1, 101.1, 101.1, 101.1))
    assert timeline.whose(BTC, before + 300_000) == "coinbase"
    assert timeline.bars(BTC).candles.close[-2] == 101.3
    timeline.rates.changed.emit()  # all is built anew
    assert timeline.bars(BTC).candles.close[-2] == 101.3
    assert running(timeline) == (101.1, 101.1, 101.1, 101.1)


def test_a_price_that_the_others_contradict_is_not_heard(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1d")
    say(polls, kraken=100, coinbase=100.3, gemini=100.2)
    say(polls, kraken=1000, coinbase=100.3, gemini=100.2)
    assert running(timeline)[1] < 101


def test_what_is_stored_of_it_makes_it_whole_after_a_start_in_the_middle(timeline, archive, tasks, qtbot, polls):
    open_ms = polls.time.wall_ms // (5 * MINUTE) * 5 * MINUTE
    archive.so_far = {("kraken", "5m"): Candle(open_ms, 90, 120, 80, 99, 3.0)}
    say(polls, kraken=100, coinbase=100, gemini=100)
    load(timeline, archive, tasks, qtbot, "1d")
    qtbot.waitUntil(lambda: running(timeline) == (90, 120, 80, 100))
    say(polls, kraken=121, coinbase=121, gemini=121)
    timeline.rates.changed.emit()  # all is built anew
    assert running(timeline) == (90, 121, 80, 121)
    assert (BTC, "5m") in archive.filled_running
    archive.held = True
    timeline.set_interval("1m")
    qtbot.waitUntil(lambda: timeline.bars(BTC).interval == "1m")
    assert running(timeline) == (100, 121, 100, 121)  # what is stored of five minutes is not of this one
    timeline.close()


def test_what_is_stored_of_it_may_be_there_before_the_first_poll_has_ended(timeline, archive, tasks, qtbot, polls):
    open_ms = polls.time.wall_ms // (5 * MINUTE) * 5 * MINUTE
    archive.so_far = {("kraken", "5m"): Candle(open_ms, 90, 120, 80, 99)}
    say(polls, last=False, kraken=100)
    load(timeline, archive, tasks, qtbot, "1d")
    strand = timeline.strand(BTC)
    qtbot.waitUntil(lambda: strand._so_far is not None)
    assert timeline.bars(BTC).running is None
    say(polls, kraken=100, coinbase=100, gemini=100)
    assert running(timeline) == (90, 120, 80, 100)


def test_what_was_seen_of_it_outlives_a_page_and_other_bars(timeline, tasks, qtbot, polls):
    archive = FakeArchive(page=50, held=True)
    timeline.show_range("1d")
    timeline.take_archive(archive, tasks)
    qtbot.waitUntil(lambda: timeline.bars(BTC) is not None)
    for base in (100, 130, 70, 100):
        say(polls, kraken=base, coinbase=base, gemini=base)
    assert running(timeline) == (100, 130, 70, 100)
    archive.give(7)  # of which Ether has six at most
    qtbot.waitUntil(lambda: len(timeline.bars(BTC).candles) > 50)
    assert running(timeline) == (100, 130, 70, 100)
    archive.give(99)
    settle(timeline, archive, qtbot)
    timeline.show_range("1w")
    archive.give(99)
    settle(timeline, archive, qtbot)
    qtbot.waitUntil(lambda: timeline.bars(BTC).interval == "1h")
    assert running(timeline) == (100, 130, 70, 100)


def test_a_stream_between_two_polls_reaches_into_the_wick_and_stays_there(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1d")
    polls.every_s = 1.0
    say(polls, kraken=100, coinbase=100, gemini=100)
    for price in (107, 103):
        say(polls, last=False, via="stream", kraken=price, coinbase=price, gemini=price)
        polls.hub.ticked.emit()
    assert running(timeline) == (100, 107, 100, 103)
    timeline.refresh()
    settle(timeline, archive, qtbot)
    assert running(timeline) == (100, 107, 100, 103)


def test_where_an_exchange_had_no_trade_its_quotes_are_no_bar(timeline, archive, tasks, qtbot, polls):
    open_ms = polls.time.wall_ms // MINUTE * MINUTE
    archive.quiet = [(open_ms, open_ms + 2 * MINUTE)]
    for _ in range(9):
        say(polls, kraken=100, coinbase=100, gemini=100)
    load(timeline, archive, tasks, qtbot, "1h")
    opens = timeline.bars(BTC).candles.open_ms[-3:]
    assert ((opens - open_ms) / MINUTE).tolist() == [-2, -1, 2]
    assert timeline.holes(BTC) == []


def test_where_a_bar_came_from_is_told(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1h")
    polls.every_s = 10.0
    say(polls, kraken=100, coinbase=100, gemini=100)
    stored_ms = timeline.bounds_ms()[1]
    assert timeline.origin(BTC, stored_ms) is Origin.BACKFILL
    assert timeline.origin(BTC, timeline.series(BTC).times[-1]) is Origin.POLL
    for k in range(12):
        say(polls, via="stream", kraken=100 + k, coinbase=100 + k, gemini=100 + k)
    assert timeline.origin(BTC, stored_ms + MINUTE) is Origin.POLL  # a part of it
    assert timeline.origin(BTC, stored_ms + 2 * MINUTE) is Origin.STREAM
    assert timeline.origin(BTC, timeline.series(BTC).times[-1]) is Origin.STREAM
    assert timeline.origin(BTC, stored_ms + 20 * MINUTE) is None
    assert timeline.whose(BTC, stored_ms + MINUTE) == "kraken"


def test_when_the_calendar_is_set_it_is_of_what_was_heard_all_the_same(timeline, archive, tasks, qtbot, polls):
    load(timeline, archive, tasks, qtbot, "1h")
    say(polls, kraken=100, coinbase=100, gemini=100)
    for _ in range(8):
        say(polls, coinbase=101, gemini=101)
    assert whose_now(timeline) == "coinbase"
    polls.time.wall_ms -= 24 * 60 * MINUTE
    say(polls, coinbase=99, gemini=99)
    settle(timeline, archive, qtbot)
    say(polls, coinbase=98, gemini=98)
    assert whose_now(timeline) == "coinbase"
    assert timeline.bars(BTC).running.price == 98
