"""What a run writes down: each poll's prices once, and why there were none."""

from decimal import Decimal

import pytest

from cryptoprices.core.board import Board
from cryptoprices.core.errors import Reason
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import STREAM, Pair, Quote, Round, Standing, Ticker
from cryptoprices.historian import Historian
from cryptoprices.storage.history import Sample

BTC = Pair("BTC", "USD")
NAMES = ("kraken", "coinbase", "bitstamp")


class Kept:
    """A history that keeps everything in lists."""

    def __init__(self):
        self.rounds, self.gaps = [], []

    def put_samples(self, samples):
        self.rounds.append(samples)

    def put_gap(self, gap):
        self.gaps.append(gap)


class Run:
    """A board, and a historian that follows it."""

    def __init__(self, clock, last_ms=None):
        self.time, self.kept = clock, Kept()
        self.board = Board(NAMES)
        self.historian = Historian(self.kept, dict.fromkeys(NAMES, 20), clock.clock, last_ms)
        self.polls = 0

    def quote(self, name, price="97412.5", via="poll"):
        return Quote(name, Ticker(BTC, Decimal(price)), self.time.boot_s, self.time.wall_ms, via=via)

    def take(self, round_):
        return self.historian.take(round_, self.board.apply(round_, self.time.boot_s, self.time.wall_ms))

    def poll(self, *quotes, failing=()):
        self.polls += 1
        standings = tuple(Standing(name, Reason.LIMITED if name in failing else None) for name in NAMES)
        return self.take(Round(self.polls, self.time.boot_s, quotes, standings, True))


@pytest.fixture
def run(fake_clock):
    return Run(fake_clock)


def test_a_poll_is_one_transaction_with_every_exchanges_price(run, fake_clock):
    run.poll(*map(run.quote, NAMES))
    assert run.kept.rounds == [[Sample(name, BTC, fake_clock.wall_ms, 97412.5, "poll") for name in NAMES]]


def test_nothing_is_written_twice_and_what_came_by_stream_is_said_so(run, fake_clock):
    run.poll(*map(run.quote, NAMES))
    fake_clock.advance(20)
    run.take(Round(STREAM, fake_clock.boot_s, (run.quote("kraken", "97413", "stream"),)))
    assert len(run.kept.rounds) == 1
    run.poll()
    assert run.kept.rounds[1] == [Sample("kraken", BTC, fake_clock.wall_ms, 97413.0, "stream")]


def test_a_price_that_the_others_contradict_is_not_written(run):
    run.poll(run.quote("kraken"), run.quote("coinbase"), run.quote("bitstamp", "9741.25"))
    assert [sample.exchange for sample in run.kept.rounds[0]] == ["kraken", "coinbase"]


def test_the_time_since_the_last_run_is_a_gap_that_is_told_and_kept(fake_clock):
    run = Run(fake_clock, last_ms=fake_clock.wall_ms - 3_600_000)
    gap = Gap(None, fake_clock.wall_ms - 3_600_000, fake_clock.wall_ms, GapReason.CLOSED)
    assert run.poll(run.quote("kraken")) == [gap] == run.kept.gaps
    fake_clock.advance(20)
    assert run.poll(run.quote("kraken")) == []


def test_why_nothing_is_known_is_kept_before_anybody_answers(fake_clock):
    run = Run(fake_clock, last_ms=fake_clock.wall_ms - 3_600_000)
    closed = Gap(None, fake_clock.wall_ms - 3_600_000, fake_clock.wall_ms, GapReason.CLOSED)
    for _ in range(3):
        assert run.poll(failing=NAMES) == []
        assert run.kept.gaps == [closed]
        fake_clock.advance(20)
    assert run.poll(run.quote("kraken")) == [closed._replace(until_ms=fake_clock.wall_ms)]


@pytest.mark.parametrize("reason", [GapReason.ASLEEP, GapReason.PAUSED])
def test_a_sleep_and_a_pause_are_gaps_from_the_last_price_to_the_next(run, fake_clock, reason):
    run.poll(*map(run.quote, NAMES))
    since_ms = fake_clock.wall_ms
    fake_clock.advance(300)
    run.historian.rest(reason)
    run.historian.rest(GapReason.PAUSED)  # the first one is the cause
    assert run.poll() == []
    assert run.poll(*map(run.quote, NAMES)) == [Gap(None, since_ms, fake_clock.wall_ms, reason)]


def test_a_sleep_that_nobody_told_of_is_seen_by_the_round_that_comes_late(run, fake_clock):
    run.poll(*map(run.quote, NAMES))
    since_ms = fake_clock.wall_ms
    fake_clock.advance(300)
    stream = Round(STREAM, fake_clock.boot_s, (run.quote("kraken", via="stream"),))
    assert run.take(stream) == [Gap(None, since_ms, fake_clock.wall_ms, GapReason.ASLEEP)]


def test_what_is_missing_at_the_end_is_kept(run, fake_clock):
    run.poll(*map(run.quote, NAMES))
    since_ms = fake_clock.wall_ms
    for _ in range(6):
        fake_clock.advance(20)
        run.poll(run.quote("coinbase"), run.quote("bitstamp"), failing=["kraken"])
    run.historian.close()
    assert run.kept.gaps == [Gap("kraken", since_ms, fake_clock.wall_ms, GapReason.LIMITED)]


def test_a_run_that_heard_nothing_leaves_nothing_at_its_end(run):
    run.historian.close()
    assert run.kept.gaps == []


def test_a_longer_time_between_two_polls_is_no_gap_and_the_change_to_a_shorter_one_no_sleep(run, fake_clock):
    run.poll(*map(run.quote, NAMES))
    run.historian.set_intervals(dict.fromkeys(NAMES, 300))
    fake_clock.advance(300)
    assert run.poll(*map(run.quote, NAMES)) == []
    fake_clock.advance(200)
    run.historian.set_intervals(dict.fromkeys(NAMES, 5))
    assert run.poll(*map(run.quote, NAMES)) == []
    fake_clock.advance(200)
    assert [gap.reason for gap in run.poll(run.quote("kraken"))] == [GapReason.ASLEEP]


def test_one_that_fails_has_a_gap_by_the_time_that_is_between_two_polls(run, fake_clock):
    run.historian.set_intervals(dict.fromkeys(NAMES, 300))
    run.poll(*map(run.quote, NAMES))
    for _ in range(2):
        fake_clock.advance(250)
        run.poll(*map(run.quote, NAMES[1:]), failing=NAMES[:1])
    assert run.poll(*map(run.quote, NAMES)) == []
