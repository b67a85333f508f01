"""Streams on the board: shown at once, judged like polls, never older over newer, and never counted as polls."""

import random
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import BTC, Judging, left_out, quote, states

from cryptoprices.core.market import STREAM, Flow, Quote, Round
from cryptoprices.core.snapshot import PairPrice, State

A, B, C = THREE = ("kraken", "coinbase", "bitstamp")
FIVE = (*THREE, "gemini", "bitfinex")


def tick(exchange: str, price: object, boot_s: float, lead_s: float = 0.0, **figures: object) -> Quote:
    """What a stream brought at `boot_s`."""
    return quote(exchange, price, boot_s, lead_s, **figures)._replace(via="stream")


def stream(judging: Judging, at_boot_s: float, *ticks: Quote) -> PairPrice:
    """What is shown when these have come in."""
    return judging.apply(Round(STREAM, at_boot_s, ticks), at_boot_s)


def polled(*names: str, price: object = 100) -> Judging:
    """A board after one poll, in the middle of the time until the next."""
    judging = Judging(*names)
    judging.poll(dict.fromkeys(names, price))
    judging.boot_s = 1010.0
    return judging


# What is shown


def test_a_tick_is_shown_at_once():
    judging = polled(*THREE)
    shown = stream(judging, 1010.0, tick(A, "100.3", 1010.0))
    assert (shown.price, shown.state, shown.counted) == (Decimal(100), State.LIVE, THREE)
    shown = stream(judging, 1010.1, tick(B, "100.2", 1010.1))
    assert shown.price == Decimal("100.2")
    assert [view.quote.via for view in shown.quotes] == ["stream", "stream", "poll"]
    assert shown.last_known.price == Decimal("100.2")


def test_a_stream_round_is_no_poll():
    judging = polled(*THREE)
    judging.poll({**dict.fromkeys(THREE, "100"), C: "103"})
    before = judging.snapshot
    for n in range(30):
        boot_s = 1030 + n / 10
        shown = stream(judging, boot_s, *(tick(name, "100", boot_s) for name in THREE))
    assert (judging.snapshot.poll, judging.snapshot.poll_over) == (before.poll, True)
    assert left_out(shown) == {C: "outlier"}  # three polls bring it back, not three ticks
    judging.boot_s = 1040.0
    for _ in range(3):
        shown = judging.poll(dict.fromkeys(THREE, "100"))
    assert shown.left_out == ()


def test_while_a_poll_runs_a_stream_round_leaves_it_running():
    judging = Judging()
    steps = judging.steps(dict.fromkeys(THREE, "100"))
    next(steps)
    stream(judging, 1000.6, tick(B, "100", 1000.6))
    assert (judging.snapshot.poll, judging.snapshot.poll_over) == (1, False)


def test_which_streams_flow():
    judging = Judging(*THREE)
    assert judging.snapshot.streaming() == ()
    judging.apply(Round(STREAM, 1000.0, flows=(Flow(C, frozenset({BTC})), Flow(A, frozenset({BTC})))), 1000.0)
    assert judging.snapshot.streaming() == (A, C)
    judging.apply(
        Round(STREAM, 1001.0, flows=(Flow(A, text="Kraken's stream is silent", next_try_boot_s=1002.0),)), 1001
    )
    assert judging.snapshot.streaming() == (C,)
    assert judging.snapshot.flows[A].text == "Kraken's stream is silent"


def test_a_stream_that_falls_silent_is_live_for_45_s_and_polls_take_over():
    judging = Judging(A)
    assert stream(judging, 1000.0, tick(A, "100", 1000.0)).state is State.LIVE
    assert (judging.later(45).state, judging.later(45.1).state) == (State.LIVE, State.DELAYED)
    judging.boot_s = 1046.0
    shown = judging.poll({A: "100.1"})
    assert (shown.price, shown.state, shown.quotes[0].quote.via) == (Decimal("100.1"), State.LIVE, "poll")


@pytest.mark.parametrize("repeats", [False, True])
def test_one_that_stands_still_while_the_others_stream_is_frozen(repeats):
    """It answers polls with the price of ten minutes ago; `repeats`: its stream says it too, again and again."""
    judging, level, ticking = Judging(), Decimal(100), (A, B, C) if repeats else (A, B)
    for n in range(40):
        level += Decimal("0.03")
        judging.poll({A: level, B: level, C: "100.5"})
        boot_s = judging.boot_s - 10
        shown = stream(judging, boot_s, *(tick(name, "100.5" if name == C else level, boot_s) for name in ticking))
        assert (states(shown)[C] is State.FROZEN, C in shown.counted) == (n >= 30, n < 30)
        judging.boot_s += 10
    shown = stream(judging, judging.boot_s, tick(C, level, judging.boot_s))
    assert (shown.price, shown.counted) == (level, THREE)


def test_the_figures_of_the_day_come_from_the_newest_poll():
    judging, wide = Judging(*THREE), {"change_24h_pct": Decimal("25"), "high_24h": Decimal(101), "low_24h": Decimal(79)}
    judging.poll({A: quote(A, 100, volume_24h=Decimal(7), **wide), B: "100"})
    shown = stream(judging, 1010.0, tick(A, "101.5", 1010.0), tick(B, "101.5", 1010.0))
    assert (shown.change_24h_pct, shown.high_24h, shown.low_24h) == (Decimal("26.875"), Decimal("101.5"), Decimal(79))
    assert (shown.volume_24h, shown.counted) == (Decimal(7), (A, B))
    assert shown.quotes[0].quote.ticker == (BTC, Decimal("101.5"), *[None] * 7)  # what the frame said, and no more
    late = stream(judging, 1046.0, tick(A, "101.4", 1046.0))
    assert (late.change_24h_pct, late.high_24h, late.volume_24h) == (None, None, None)
    own = stream(judging, 1047.0, tick(A, "101.4", 1047.0, change_24h_pct=Decimal(3)))
    assert own.change_24h_pct == Decimal(3)


# Newer and older


@pytest.mark.parametrize("via", ["poll", "stream"])
def test_what_the_exchange_itself_calls_older_never_replaces_newer(via):
    judging = Judging(A)
    stream(judging, 1000.0, tick(A, 100, 1000.0, source_ms=5000))
    late = quote(A, 90, 1005.0, source_ms=4999)._replace(via=via)
    assert stream(judging, 1005.0, late).price == 100
    newer = quote(A, 101, 999.0, source_ms=5001)._replace(via=via)
    assert stream(judging, 1006.0, newer).price == 101


def test_without_own_times_the_moment_decides():
    judging = Judging(A)
    judging.poll({A: quote(A, 100, 1000.0)})
    assert stream(judging, 1002.0, tick(A, 90, 1002.0, lead_s=2.5)).price == 100
    assert stream(judging, 1003.0, tick(A, "100.5", 1003.0, lead_s=2.5)).price == Decimal("100.5")
    judging.boot_s = 1000.4
    assert judging.poll({A: quote(A, 99, 1000.4)}).price == Decimal("100.5")  # asked before the tick happened


def test_a_coarse_time_of_a_poll_says_nothing_against_a_stream():
    for coarse, price in (((), 100), ((A,), 99)):
        judging = Judging(A, coarse=coarse)
        stream(judging, 1000.0, tick(A, 100, 1000.0, source_ms=300_000))
        assert judging.poll({A: quote(A, 99, 1020.0, source_ms=299_000)}).price == price


def test_a_poll_that_is_older_than_the_stream_still_tells_the_day():
    judging = Judging(A)
    stream(judging, 1001.0, tick(A, 100, 1001.0, source_ms=5000))
    shown = judging.poll({A: quote(A, 99, 1000.0, source_ms=4000, volume_24h=Decimal(7))})
    assert (shown.price, shown.volume_24h) == (100, 7)


@given(st.data())
def test_shuffled_and_doubled_ticks_end_the_same(data):
    chance = data.draw(st.randoms(use_true_random=False))
    ticks = [
        tick(name, round(100 + chance.random(), 2), 1010 + n / 100, source_ms=1_000_000 + 10 * n)
        for n, name in enumerate(chance.choices(THREE, k=30))
    ]
    mixed = data.draw(st.permutations([*ticks, *data.draw(st.lists(st.sampled_from(ticks)))]))
    orderly, shuffled = polled(*THREE), polled(*THREE)
    for one in ticks:
        stream(orderly, 1011.0, one)
    for one in mixed:
        stream(shuffled, 1011.0, one)
    shown, other = orderly.later(0), shuffled.later(0)
    assert other._replace(last_known=None) == shown._replace(last_known=None)


# A liar's stream (M01)


@pytest.mark.parametrize("factor", ["0.5", "0.98", "1.02", "2", "1e6"])
def test_a_lying_stream_never_reaches_the_price_and_is_out_within_a_poll(factor):
    judging = polled(*THREE, price="97413")
    lie = Decimal(97413) * Decimal(factor)
    for n in range(100):
        boot_s = 1010 + n / 10
        shown = stream(judging, boot_s, tick(C, lie, boot_s))
        assert (shown.price, states(shown)[C]) == (97413, State.CHECKING)
        if n % 7 == 0:
            assert stream(judging, boot_s, tick(A, "97413", boot_s)).price == 97413
    judging.boot_s = 1020.0
    for shown in judging.steps({A: "97413", B: "97413"}):
        assert shown.price == 97413
    assert left_out(shown) == {C: "outlier"}
    assert stream(judging, 1022.0, tick(C, lie, 1022.0)).price == 97413


def test_a_lie_during_a_poll_is_judged_by_the_next_one():
    judging = polled(*THREE)
    judging.boot_s = 1020.0
    steps = judging.steps(dict.fromkeys(THREE, "100"))
    for _ in THREE:
        next(steps)
    stream(judging, 1021.6, tick(C, "110", 1021.6))
    end = next(steps)
    assert (end.price, left_out(end)) == (100, {C: "checking"})  # nobody has spoken since
    assert list(steps) == []
    stream(judging, 1039.9, tick(C, "110", 1039.9))
    judging.boot_s = 1040.0
    assert left_out(judging.poll({A: "100", B: "100"})) == {C: "outlier"}


def test_an_exchange_whose_stream_lies_counts_by_its_polls():
    judging = polled(*THREE)
    for n in range(10):
        boot_s = 1015.0 + 20 * n
        assert stream(judging, boot_s, tick(C, "150", boot_s)).price == 100
        judging.boot_s = boot_s + 5
        shown = judging.poll({A: "100", B: "100", C: "100"})
        assert (shown.price, shown.counted) == (100, THREE)


# A true crash (M04)


@pytest.mark.parametrize("order", list(permutations(FIVE, 3)))
def test_a_crash_shows_as_soon_as_a_second_stream_agrees(order):
    judging = polled(*FIVE)
    for name in FIVE:  # all streams were alive until just before
        stream(judging, 1012.0, tick(name, "100", 1012.0))
    first, second, third = order
    shown = stream(judging, 1012.1, tick(first, "60", 1012.1))
    assert (shown.price, states(shown)[first]) == (100, State.CHECKING)
    shown = stream(judging, 1012.2, tick(second, "60.2", 1012.2))
    assert (shown.price, set(shown.counted)) == (Decimal("60.1"), {first, second})
    assert set(left_out(shown).values()) == {"checking"}
    shown = stream(judging, 1012.3, tick(third, "60.2", 1012.3))
    assert (shown.price, set(shown.counted)) == (Decimal("60.2"), set(order))
    judging.boot_s = 1020.0
    shown = judging.poll(dict.fromkeys(FIVE, "60"))
    assert (shown.price, shown.left_out) == (60, ())
    assert shown.leap.pct == -40


@pytest.mark.parametrize("answered", range(6))
@pytest.mark.parametrize("seen", range(1, 6))
def test_a_crash_while_a_poll_runs_locks_nobody_out(answered, seen):
    """`answered` told the old price in this poll, `seen` streams the new one; then the poll ends."""
    judging = polled(*FIVE)
    judging.boot_s = 1020.0
    steps = judging.steps(dict.fromkeys(FIVE[:answered], "100"))
    for _ in range(answered):
        next(steps)
    for n, name in enumerate(FIVE[:seen]):
        boot_s = 1023 + n / 10
        shown = stream(judging, boot_s, tick(name, "60", boot_s))
        assert shown.price == (100 if n == 0 else 60)
    (end,) = steps
    assert end.price == (100 if seen == 1 else 60)
    assert "outlier" not in left_out(end).values()
    judging.boot_s = 1040.0
    shown = judging.poll(dict.fromkeys(FIVE, "60"))
    assert (shown.price, shown.left_out) == (60, ())


def test_a_stream_alone_is_not_judged_against_its_own_past():
    judging = polled(A)
    assert stream(judging, 1010.0, tick(A, "80", 1010.0)).price == 80


def test_two_streams_that_part_disagree_at_the_next_poll_and_agree_at_once():
    judging = polled(A, B)
    assert stream(judging, 1015.0, tick(B, "110", 1015.0)).price == 100
    judging.boot_s = 1020.0
    shown = judging.poll({A: "100", B: "110"})
    assert (shown.price, shown.state) == (None, State.DISAGREE)
    assert stream(judging, 1023.0, tick(A, "109.9", 1023.0)).price == Decimal("109.95")


@pytest.mark.parametrize("seed", range(24))
def test_polls_and_streams_mixed_with_one_liar(seed):
    """Whatever it says, the price stays among what the honest said of late, and no honest one is latched out."""
    chance = random.Random(seed)
    names = FIVE[: 3 + seed % 3]
    liar, judging = chance.choice(names), Judging(*names)
    rate = {name: chance.choice((0.0, 0.3, 2.0)) for name in names}  # ticks a second
    true, said, now, poll = Decimal(100), [], 1000.0, None
    pause, factor = 0.1, chance.choice(("0.5", "0.97", "1.03", "2", "wander"))

    def price_of(name: str) -> Decimal:
        if name == liar:
            return true * (Decimal(factor) if factor != "wander" else Decimal(str(chance.uniform(0.8, 1.2))))
        honest = round(true * Decimal(str(chance.uniform(0.9995, 1.0005))), 3)
        said.append((now, honest))
        return honest

    for _ in range(1500):
        now += pause
        crash = poll is None and chance.random() < 0.002  # in the middle of a poll, two of three may be in doubt
        move = chance.gauss(0, 0.0002) - 0.3 * crash
        true = round(max(true * Decimal(str(1 + move)), Decimal(1)), 3)
        ticks = [tick(name, price_of(name), now) for name in names if chance.random() < rate[name] * pause]
        if ticks:
            stream(judging, now, *ticks)
        if poll is None and (now - 1000) % 20 < pause:
            poll, started = list(names), now
            judging.number += 1
        elif poll and chance.random() < 0.3:
            name = poll.pop()
            judging.apply(Round(judging.number, started, (quote(name, price_of(name), now),)), now)
        elif poll == []:
            judging.apply(Round(judging.number, started, last=True), now)
            poll = None
        if judging.number > 1:
            shown = judging.snapshot.price(BTC, now)
            late = [price for at, price in said if now - at <= 45.1]
            assert shown.price is None or min(late) <= shown.price <= max(late)
            assert "outlier" not in {why for name, why in left_out(shown).items() if name != liar}
