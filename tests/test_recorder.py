"""What is written down of the polls."""

import math
from itertools import pairwise

import pytest
from polls import BTC, ETH, SOL, Polls

from cryptoprices.core.market import Pair
from cryptoprices.qt.recorder import Recorder


@pytest.fixture
def polls(qapp, fake_clock):
    return Polls(fake_clock, (BTC, ETH, SOL))


@pytest.fixture
def recorder(polls):
    return Recorder(polls.hub, interval_s=20)


def test_each_poll_that_has_ended_is_one_sample_of_each_pair(polls, recorder, qtbot):
    with qtbot.waitSignal(recorder.grown):
        polls.poll({BTC: "97412.5", ETH: "3318.74"})
    recorder.record()  # the same poll again
    polls.poll({BTC: 97_500, ETH: 3_320, SOL: 188}, last=False)  # not over yet
    assert list(recorder.series(BTC).values) == [97412.5]
    assert recorder.ratio.values[0] == pytest.approx(3318.74 / 97412.5)
    assert math.isnan(recorder.series(SOL).values[0])
    assert recorder.series(BTC).times[0] == recorder.series(ETH).times[0] == recorder.newest_ms


def test_a_price_that_is_too_old_leaves_a_gap_and_no_zero(polls, recorder):
    polls.poll({BTC: 100, ETH: 10})
    for _ in range(8):
        polls.poll()
    known = ~_nan(recorder.series(BTC))
    assert known[:6].all()  # live and delayed: up to 120 s
    assert not known[-1]
    polls.poll({BTC: 90, ETH: 9})
    assert list(recorder.series(BTC).values[[0, -1]]) == [100, 90]
    assert not (recorder.series(BTC).values == 0).any()


def test_time_without_polls_is_a_gap_even_if_both_its_ends_are_known(polls, recorder):
    polls.poll({BTC: 100, ETH: 10})
    polls.time.advance(3600)
    polls.poll({BTC: 101, ETH: 11})
    assert list(_nan(recorder.series(BTC))) == [False, True, False]
    assert list(_nan(recorder.ratio)) == [False, True, False]


@pytest.mark.parametrize("by_ms", [-86_400_000, 365 * 86_400_000])
def test_when_the_calendar_is_set_anew_the_line_stays_in_one_piece(polls, recorder, by_ms):
    polls.run(3)
    polls.time.wall_ms += by_ms
    polls.run(3)
    series = recorder.series(BTC)
    assert not _nan(series).any()
    assert [round(b - a) for a, b in pairwise(series.times)] == [20_000] * 5
    assert abs(series.times[-1] - (polls.time.wall_ms - 20_000)) < 2


def test_only_the_newest_polls_are_kept(polls, recorder, monkeypatch):
    monkeypatch.setattr("cryptoprices.qt.recorder._MOST", 10)
    polls.run(34)
    assert recorder.series(BTC).values.tolist() == [float(v) for v in range(125, 134)]
    assert len(recorder.ratio) == len(recorder.series(SOL)) == 9
    assert recorder.series(ETH).values[-1] == pytest.approx(10 + 33 / 20)


def test_what_each_exchange_says_is_written_down_unless_the_others_contradict_it(qapp, fake_clock):
    fake_clock.wall_ms = 1_763_820_000_000
    polls = Polls(fake_clock, (BTC, ETH), exchanges=("kraken", "coinbase", "gemini"))
    recorder = Recorder(polls.hub, interval_s=20)
    assert recorder.prices(BTC) == {}
    polls.poll_all({"gemini": {BTC: 101}, "kraken": {BTC: 100}, "coinbase": {BTC: 200}})
    polls.poll_all({"gemini": {BTC: 103}, "kraken": {BTC: 102}, "coinbase": {BTC: 204}})
    assert list(recorder.prices(BTC).items()) == [("kraken", 102), ("gemini", 103)]
    minutes, newest_ms = recorder.heard(BTC, "kraken")
    assert [row[:5] for row in minutes.rows()] == [(1_763_820_000_000, 100, 102, 100, 102)]
    assert newest_ms == recorder.newest_ms
    assert len(recorder.heard(BTC, "coinbase")[0]) == 0
    fake_clock.advance(600)
    assert recorder.prices(BTC) == {}


def test_without_its_two_coins_there_is_no_ratio(qapp, fake_clock):
    polls = Polls(fake_clock, (BTC, Pair("ETH", "EUR")))
    recorder = Recorder(polls.hub, interval_s=20)
    polls.run(2)
    assert len(recorder.ratio) == 0


def _nan(series):
    return series.values != series.values


def test_a_time_between_two_polls_that_the_person_wants_is_no_gap(polls, recorder):
    polls.poll({BTC: 100})
    recorder.set_interval(300)
    polls.time.advance(280)
    polls.poll({BTC: 101})
    polls.time.advance(280)
    recorder.set_interval(5)  # what was waited for until now was no gap either
    polls.poll({BTC: 102})
    assert list(recorder.series(BTC).values) == [100, 101, 102]
    polls.time.advance(100)
    polls.poll({BTC: 103})
    assert _nan(recorder.series(BTC)).tolist() == [False, False, False, True, False]
