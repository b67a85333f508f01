"""Bars as a line: nothing is known early, nothing is drawn where nothing is known."""

from datetime import UTC

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.bars import Bars, CloseLine, Hole, RatioLine, Running, explained, ratio_of, told
from cryptoprices.core.candles import Candles
from cryptoprices.core.figures import Closes
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Candle
from cryptoprices.ui.chart.words import missing

MINUTE = 60_000
START = 1_763_820_000_000  # a full hour


def closes(*minutes, price=100.0):
    """Bars of a minute that end so many minutes after START, their prices 100, 101, …"""
    return Closes(START + MINUTE * np.array(minutes, np.int64), price + np.arange(len(minutes), dtype=float))


def points(bars):
    return [((t - START) / MINUTE, v) for t, v in zip(bars.series.times, bars.series.values, strict=True)]


def test_each_bar_stands_where_it_ends():
    bars = CloseLine("1m", closes(1, 2, 3))
    assert points(bars) == [(1, 100), (2, 101), (3, 102)]
    assert bars.holes == []


def test_missing_bars_are_a_gap_unless_it_is_known_that_nobody_traded():
    bars = CloseLine("1m", closes(1, 2, 5, 9), [(START, START + 2 * MINUTE), (START + 2 * MINUTE, START + 5 * MINUTE)])
    assert np.isnan(bars.series.values).tolist() == [False, False, False, True, False]
    assert bars.holes == [Hole(START + 5 * MINUTE, START + 8 * MINUTE)]
    assert len(CloseLine("1m", closes(1, 2, 5, 9)).holes) == 2


@pytest.mark.parametrize(("interval", "bridged"), [("1m", 60), ("5m", 12), ("1h", 5), ("1d", 5)])
def test_a_line_bridges_no_long_time_without_a_trade(interval, bridged):
    width_ms = INTERVALS_MS[interval]
    for gone, expected in ((bridged, []), (bridged + 1, [GapReason.NO_TRADES])):
        ends = width_ms * np.array([1, 2, 3 + gone, 4 + gone])
        bars = CloseLine(interval, Closes(ends, np.full(4, 100.0)), [(0, int(ends[-1]))])
        holes = [Hole(2 * width_ms, (2 + gone) * width_ms, reason) for reason in expected]
        assert bars.holes == holes
        assert explained(bars.holes, [Gap(None, 0, int(ends[-1]), GapReason.OFFLINE)]) == holes
        assert np.isnan(bars.series.values).sum() == len(expected)
        assert len(bars.closes.close) == 4
    assert missing(holes[0], UTC)[0] == "no trades"


def test_the_running_bar_moves_until_it_has_ended():
    bars = CloseLine("1m", closes(1, 2))
    assert not bars.add(START + 2.25 * MINUTE, 110.0)
    assert not bars.add(START + 2.75 * MINUTE, 112.0)
    assert points(bars)[2:] == [(2.75, 112)]
    assert bars.closes.close.tolist() == [100, 101]
    assert not bars.add(START + 3.5 * MINUTE, 120.0)
    assert points(bars)[2:] == [(3, 112), (3.5, 120)]
    assert bars.closes.end_ms.tolist() == [START + k * MINUTE for k in (1, 2, 3)]


def test_a_price_in_the_very_moment_in_which_a_bar_ends_is_the_next_bars():
    bars = CloseLine("1m", closes(1, 2))
    bars.add(START + 2.0 * MINUTE, 110.0)
    bars.add(START + 2.0 * MINUTE, 111.0)
    assert bars.closes.close.tolist() == [100, 101]
    assert bars.series.values.tolist() == [100, 101, 111]
    bars.add(START + 3.0 * MINUTE, 120.0)
    assert bars.closes.close.tolist() == [100, 101, 111]


def test_time_without_prices_is_a_hole_from_the_end_of_the_bar_that_ran():
    bars = CloseLine("1m", closes(1))
    bars.add(START + 1.5 * MINUTE, 110.0)
    assert bars.add(START + 60.5 * MINUTE, 120.0)
    assert [v for _, v in points(bars)][:2] == [100, 110]
    assert np.isnan(bars.series.values[2])
    assert bars.holes == [Hole(START + 2 * MINUTE, START + 60 * MINUTE)]
    assert bars.closes.close.tolist() == [100, 110]


def test_what_is_older_than_what_is_known_changes_nothing():
    bars = CloseLine("1m", closes(1, 2, 3))
    assert not bars.add(START + 2.5 * MINUTE, 7.0)
    assert points(bars) == [(1, 100), (2, 101), (3, 102)]


def test_without_a_past_the_line_begins_with_the_first_price():
    bars = CloseLine("1m", closes())
    assert not bars.add(START + 0.5 * MINUTE, 5.0)
    bars.add(START + 1.5 * MINUTE, 6.0)
    assert points(bars) == [(1, 5), (1.5, 6)]
    assert bars.holes == []


@pytest.mark.parametrize("interval", ["1m", "1h", "1d", "1w"])
@given(data=st.data())
def test_prices_one_by_one_make_the_closes_of_their_bars(interval, data):
    width = INTERVALS_MS[interval]
    steps = data.draw(st.lists(st.integers(1, 3 * width), min_size=1, max_size=60))
    times = START + np.cumsum(np.array(steps, np.int64))
    bars = CloseLine(interval, closes())
    last = {}
    for k, t in enumerate(times):
        bars.add(float(t), 100.0 + k)
        offset = 4 * 86_400_000 if interval == "1w" else 0
        last[(int(t) - offset) // width * width + offset + width] = 100.0 + k
    running = max(last)
    assert dict(zip(bars.closes.end_ms.tolist(), bars.closes.close.tolist(), strict=True)) == {
        end: value for end, value in last.items() if end != running
    }
    assert bars.series.values[-1] == last[running]
    assert (np.diff(bars.series.times) > 0).all()


def test_a_hole_has_the_reason_of_the_gap_that_covers_most_of_it():
    hole, other = Hole(1000, 9000), Hole(20_000, 21_000)
    gaps = [Gap("kraken", 0, 2000, GapReason.LIMITED), Gap(None, 1500, 8000, GapReason.ASLEEP)]
    assert explained([hole, other], gaps) == [hole._replace(reason="asleep"), other]


def test_one_exchange_s_trouble_is_no_reason_where_nobody_was_heard():
    closed, benched = Gap(None, 1000, 8000, GapReason.CLOSED), Gap("kraken", 0, 9000, GapReason.BENCHED)
    hole = Hole(500, 9000)
    for gaps in ([closed, benched], [benched, closed]):
        assert explained([hole], gaps) == [hole._replace(reason="closed")]
    short = closed._replace(until_ms=2000)
    assert explained([hole], [short, benched]) == [hole._replace(reason="benched")]


def test_the_line_is_broken_where_the_price_counts_in_another_unit():
    prices = [1000.0, 1010.0, 1.02, 1.0, 0.1, 300.0]  # a thousandth; a true crash; three thousand times as much
    bars = CloseLine("1m", Closes(START + MINUTE * np.arange(1, 7), np.array(prices)))
    assert np.isnan(bars.series.values).tolist() == [False, False, True, False, False, False, False]
    assert bars.holes == [Hole(START + 2 * MINUTE, START + 3 * MINUTE, "new_unit")]
    assert bars.closes.close.tolist() == prices  # what is stored is not rewritten
    asleep = Gap(None, START, START + 9 * MINUTE, GapReason.ASLEEP)
    assert explained(bars.holes, [asleep]) == bars.holes


@pytest.mark.parametrize("seconds", [(130,), (125, 130), (125, 130, 150)])
def test_the_running_bar_is_broken_off_where_the_price_counts_in_another_unit(seconds):
    bars = CloseLine("1m", closes(1, 2, price=1000.0))
    prices = [*(1002.0 for _ in seconds[1:2]), 1.001, 1.002][: len(seconds)]
    told = [bars.add(START + 1000.0 * second, price) for second, price in zip(seconds, prices, strict=True)]
    assert told.count(True) == 1
    assert np.isnan(bars.series.values).tolist() == [False, False, True, False]
    assert bars.holes == [Hole(START + 2 * MINUTE, START + 3 * MINUTE, "new_unit")]
    bars.add(START + 3.5 * MINUTE, 1.003)
    assert bars.closes.close.tolist() == [1000, 1001, prices[-1]]


def test_what_is_missing_before_the_first_bar_is_a_hole_once_nobody_is_asked_any_more():
    line, gaps = CloseLine("1m", closes(3, 5)), [Gap(None, START - 2 * MINUTE, START + MINUTE, GapReason.NOT_KEPT)]
    before = Hole(START - MINUTE, START + 2 * MINUTE, "not_kept")
    between = Hole(START + 3 * MINUTE, START + 4 * MINUTE)
    assert told(line, START - MINUTE, gaps, False) == [before, between]
    assert told(line, START - MINUTE, [], False) == [between]  # of the first one nobody knows anything
    assert told(line, START - MINUTE, gaps, True) == []
    assert told(line, START - MINUTE, [gaps[0]._replace(until_ms=START + 5 * MINUTE)], True) == [
        between._replace(reason="not_kept")
    ]
    assert told(CloseLine("1m", closes()), START, gaps, False) == []


def test_a_ratio_is_of_bars_that_both_have():
    over, under = closes(1, 2, 4, price=10.0), closes(2, 3, 4, price=100.0)
    ratio = ratio_of(over, under)
    assert ratio.end_ms.tolist() == [START + 2 * MINUTE, START + 4 * MINUTE]
    assert ratio.close.tolist() == [11 / 100, 12 / 102]


def candles(*minutes, price=100.0):
    """Candles of a minute that end so many minutes after START, their closes as of `closes`."""
    ends = zip(minutes, range(len(minutes)), strict=True)
    return Candles.of(
        [Candle(START + (m - 1) * MINUTE, price + k, price + k + 2, price + k - 3, price + k) for m, k in ends]
    )


def newest(bars):
    column = (bars.candles.open_ms, bars.candles.open, bars.candles.high, bars.candles.low, bars.candles.close)
    return [float(values[-1]) for values in column]


def test_the_running_candle_opens_with_its_first_price_and_reaches_to_all_of_them():
    bars = Bars("1m", candles(1, 2))
    assert bars.running is None
    assert len(bars.candles) == 2
    for seconds, price in ((10, 110.0), (20, 115.0), (30, 108.0), (40, 112.0)):
        bars.add(START + 2 * MINUTE + 1000 * seconds, price)
    open_ms = START + 2 * MINUTE
    assert bars.running == Running(open_ms, 110, 115, 108, 112, open_ms + 40_000.0)
    assert newest(bars) == [open_ms, 110, 115, 108, 112]
    assert len(bars.candles) == len(bars.series) == 3
    bars.add(open_ms + MINUTE + 1, 120.0)
    assert newest(bars) == [open_ms + MINUTE, 120, 120, 120, 120]
    assert bars.candles.high.tolist() == [102, 103, 115, 120]
    assert np.isnan(bars.candles.volume).all()


def test_what_is_known_of_the_running_candle_from_elsewhere_takes_its_place():
    bars = Bars("1m", candles(1))
    assert bars.run(Candle(START + 3 * MINUTE, 90, 130, 80, 110), START + 3.5 * MINUTE)
    assert bars.running == Running(START + 3 * MINUTE, 90, 130, 80, 110, START + 3.5 * MINUTE)
    bars.add(START + 3.6 * MINUTE, 140.0)
    assert newest(bars)[1:] == [90, 140, 80, 140]
    assert bars.holes == [Hole(START + MINUTE, START + 3 * MINUTE)]
    bars.run(Candle(START + 2 * MINUTE, 1, 1, 1, 1), START + 2.5 * MINUTE)  # older
    bars.add(START + 3.7 * MINUTE, float("nan"))
    assert newest(bars)[1:] == [90, 140, 80, 140]


def test_closes_and_candles_are_of_the_same_bars():
    bars = Bars("1m", candles(1, 2, 5))
    bars.add(START + 5.5 * MINUTE, 1.0)
    bars.add(START + 8.5 * MINUTE, 2.0)
    assert (bars.candles.open_ms[:-1] + MINUTE).tolist() == bars.closes.end_ms.tolist()
    assert bars.candles.close[:-1].tolist() == bars.closes.close.tolist()


def test_the_running_ratio_is_that_of_the_bars_that_run_at_the_same_time():
    over, under = Bars("1m", candles(1, 2, price=10)), Bars("1m", candles(1, 2))
    ratio = RatioLine(over, under)
    over.add(START + 2.5 * MINUTE, 20.0)
    ratio.move()
    assert len(ratio.series) == 2
    under.add(START + 2.4 * MINUTE, 80.0)
    ratio.move()
    assert (ratio.series.times[-1], ratio.series.values[-1]) == (START + 2.5 * MINUTE, 0.25)
