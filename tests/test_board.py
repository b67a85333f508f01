"""The board's judgement: who counts, who is left out and why, and that neither a liar nor a crash confuses it."""

from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import BTC, Judging, left_out, quote, states

from cryptoprices.core.consensus import consensus, median
from cryptoprices.core.market import Pair, Round
from cryptoprices.core.snapshot import State

A, B, C = THREE = ("kraken", "coinbase", "bitstamp")
HONEST = {A: "97412.5", B: "97413.1"}


# How many there are


def test_nothing_is_known_before_the_first_answer():
    shown = Judging().snapshot.price(BTC, 1000.0)
    assert (shown.price, shown.state, shown.counted, shown.quotes) == (None, State.NO_DATA, (), ())
    assert left_out(shown) == dict.fromkeys(THREE, "no_data")
    assert (shown.change_24h_pct, shown.volume_24h, shown.spread_pct, shown.age_s) == (None, None, None, None)


def test_one_exchange_is_its_price():
    shown = Judging(A).poll({A: "97412.50"})
    assert (shown.price, shown.state, shown.counted, shown.spread_pct) == (Decimal("97412.50"), State.LIVE, (A,), 0)


def test_two_within_one_per_cent_are_their_mean():
    assert Judging(A, B).poll({A: "97412.5", B: "97413.2"}).price == Decimal("97412.85")
    assert Judging(A, B).poll({A: "100", B: "101"}).price == Decimal("100.5")


def test_three_are_their_median_and_four_the_mean_of_the_middle_two():
    assert Judging().poll({A: "100.3", B: "100.1", C: "100.2"}).price == Decimal("100.2")
    four = {A: "100.3", B: "100.1", C: "100.2", "gemini": "100.35"}
    assert Judging(*four).poll(four).price == Decimal("100.25")


@given(st.lists(st.integers(10**30, 10**50), min_size=1, max_size=6), st.integers(-70, -20))
def test_means_are_exact(digits, exponent):
    prices = [Decimal(f"{number}e{exponent}") for number in digits]
    middle = sorted(map(Fraction, prices))
    n = len(prices)
    exact = (middle[(n - 1) // 2] + middle[n // 2]) / 2
    assert Fraction(median(prices)) == exact


@given(st.lists(st.integers(990, 1010), min_size=1, max_size=7))
def test_a_consensus_lies_among_the_prices(prices):
    price = consensus({str(n): Decimal(p) for n, p in enumerate(prices)})
    assert price is None if len(prices) == 2 and max(prices) - min(prices) > 10 else min(prices) <= price <= max(prices)


def test_the_figures_of_a_pair_are_those_of_the_counted_that_give_them():
    day = {
        A: quote(A, 100, change_24h_pct=None, high_24h=Decimal(104), low_24h=Decimal(91), volume_24h=Decimal("2.5")),
        B: quote(B, 100, change_24h_pct=Decimal("1.8"), high_24h=Decimal(105), volume_24h=Decimal(4)),
        C: quote(C, 100, change_24h_pct=Decimal("1.9"), source_ms=1_763_819_999_000, lead_s=1.0),
        "gemini": quote("gemini", 120, change_24h_pct=Decimal(50), high_24h=Decimal(999), volume_24h=Decimal(1000)),
    }
    shown = Judging(*day).poll(day)
    assert (shown.change_24h_pct, shown.high_24h, shown.low_24h) == (Decimal("1.85"), Decimal("104.5"), Decimal(91))
    assert shown.volume_24h == Decimal("6.5")
    assert (shown.age_s, shown.time_ms) == (3.0, 1_763_819_999_000)  # the oldest counted quote's
    assert left_out(shown) == {"gemini": "outlier"}


def test_the_ratio_is_the_quotient_of_the_two_prices():
    eth = Pair("ETH", "USD")
    judging = Judging(A)
    of_eth = quote(A, "3318.74", change_24h_pct=Decimal(-10))
    of_eth = of_eth._replace(ticker=of_eth.ticker._replace(pair=eth))
    judging.apply(Round(1, 1000.0, (quote(A, "97412.5", change_24h_pct=Decimal(20)), of_eth), last=True), 1001.0)
    ratio = judging.snapshot.ratio(eth, BTC, 1001.0)
    assert (ratio.value, ratio.state) == (Decimal("3318.74") / Decimal("97412.5"), State.LIVE)
    assert ratio.change_24h_pct == Decimal(-25)
    assert judging.snapshot.ratio(eth, Pair("SOL", "USD"), 1001.0)[:2] == (None, State.NO_DATA)
    assert judging.snapshot.ratio(eth, BTC, 1700.0)[:2] == (None, State.EXPIRED)


# One liar of three (M01, M02, M13)


@pytest.mark.parametrize("order", list(permutations(THREE)))
@pytest.mark.parametrize("factor", ["0.5", "0.98", "1.02", "2", "1e6"])
def test_a_liar_is_left_out_within_one_poll(factor, order):
    judging = Judging()
    judging.poll({**HONEST, C: "97413.0"})
    told = {**HONEST, C: Decimal("97413") * Decimal(factor)}
    for shown in judging.steps({name: told[name] for name in order}):
        assert Decimal("97412.5") <= shown.price <= Decimal("97413.1")
    assert (shown.counted, left_out(shown)) == ((A, B), {C: "outlier"})
    assert states(shown) == {A: State.LIVE, B: State.LIVE, C: State.OUTLIER}


def test_a_liar_that_drifts_away_never_takes_the_price_along():
    judging = Judging()
    for n in range(20):
        lie = 97_413 * (1 + Decimal("0.003") * n)
        shown = judging.poll({**HONEST, C: lie})
        assert Decimal("97412.5") <= shown.price <= Decimal("97413.1")
        assert (left_out(shown) == {C: "outlier"}) == (n > 5)  # beyond 1.5 % at the sixth step


def test_five_deviations_are_the_limit_where_exchanges_differ_much():
    wide = {A: "100", B: "101", C: "99", "gemini": "104", "bitfinex": "106"}
    shown = Judging(*wide).poll(wide)  # median 101, MAD 1.98 %: limit 9.9 %
    assert (shown.price, shown.left_out) == (Decimal(101), ())


def test_an_outlier_comes_back_after_three_polls_close_by():
    judging = Judging()
    judging.poll({**HONEST, C: "99000"})
    for close in ("97500", "97500", "98300", "97500", "97500"):  # the third is 0.9 % off: it begins anew
        assert left_out(judging.poll({**HONEST, C: close})) == {C: "outlier"}
    shown = judging.poll({**HONEST, C: "97500"})
    assert (shown.counted, shown.price) == (THREE, Decimal("97413.1"))


def test_an_exchange_that_swings_stays_out():
    judging = Judging()
    marks = [
        left_out(judging.poll({**HONEST, C: price})) == {C: "outlier"} for price in ["99500", "97500", "97400"] * 8
    ]
    assert marks == [True] * 24


# Two that disagree (M03)


def test_two_that_contradict_each_other_have_no_price():
    judging = Judging(A, B)
    judging.poll({A: "100", B: "100"})
    shown = judging.poll({A: "100", B: "110"})
    assert (shown.price, shown.state, shown.counted, shown.left_out) == (None, State.DISAGREE, (), ())
    assert [(view.quote.price, view.state) for view in shown.quotes] == [(100, State.LIVE), (110, State.LIVE)]
    assert shown.spread_pct is None
    assert shown.last_known.price == 100
    for price in ("110", "111"):
        for shown in judging.steps({A: "100", B: price}):
            assert (shown.price, shown.state) == (None, State.DISAGREE)
    shown = judging.poll({A: "100", B: "100.9"})  # back in one poll
    assert (shown.price, shown.state, shown.counted) == (Decimal("100.45"), State.LIVE, (A, B))


@pytest.mark.parametrize("apart", ["1.1", "1.4", "1.6", "50"])
def test_two_more_than_one_per_cent_apart_never_have_a_price(apart):
    judging = Judging(A, B)
    for _ in range(5):
        assert judging.poll({A: "100", B: 100 + Decimal(apart)}).state is State.DISAGREE


def test_two_that_contradict_each_other_in_the_first_poll_have_no_price():
    after_one, after_two, end = Judging(A, B).steps({A: "100", B: "200"})
    assert (after_one.price, after_one.state) == (Decimal(100), State.LIVE)
    assert (after_two.price, after_two.state) == (None, State.DISAGREE)
    assert (end.price, end.state) == (None, State.DISAGREE)


def test_two_camps_of_four_have_no_price():
    camps = {A: "100", B: "100", C: "120", "gemini": "120"}
    assert Judging(*camps).poll(camps).state is State.DISAGREE


def test_two_that_were_left_out_and_are_alone_now_disagree():
    five = dict.fromkeys((*THREE, "gemini", "bitfinex"), "100") | {"gemini": "110", "bitfinex": "90"}
    judging = Judging(*five)
    shown = judging.poll(five)
    assert left_out(shown) == {"gemini": "outlier", "bitfinex": "outlier"}
    for _ in range(8):  # the others fall silent until they are stale
        shown = judging.poll({"gemini": "110", "bitfinex": "90"})
    assert (shown.price, shown.state) == (None, State.DISAGREE)
    shown = judging.poll({"gemini": "110"} | dict.fromkeys(THREE, "100"))
    assert (shown.price, left_out(shown)["gemini"]) == (Decimal(100), "outlier")


def test_who_was_left_out_has_no_say_against_one_who_counts():
    judging = Judging()
    judging.poll({**HONEST, C: "99000"})
    for _ in range(12):
        shown = judging.poll({A: "97412.5", C: "98600"})  # 1.2 % off: not close enough to come back
    assert (shown.price, shown.counted, left_out(shown)[C]) == (Decimal("97412.5"), (A,), "outlier")


def test_who_was_left_out_and_is_alone_now_is_the_price():
    judging = Judging()
    judging.poll({**HONEST, C: "99000"})
    for _ in range(8):
        shown = judging.poll({C: "99000"})
    assert (shown.price, shown.counted, left_out(shown)) == (Decimal(99_000), (C,), {A: "stale", B: "stale"})


# A true move (M04)


def test_the_price_stays_while_one_answer_contradicts_the_older_ones_and_a_second_decides():
    judging = Judging()
    judging.poll(dict.fromkeys(THREE, "100"))
    first, second, third, end = judging.steps({B: "60", C: "60.1", A: "60.2"})
    assert (first.price, first.state) == (Decimal(100), State.LIVE)
    assert states(first)[B] is State.CHECKING
    assert (second.price, states(second)[B], states(second)[C]) == (Decimal("60.05"), State.LIVE, State.LIVE)
    assert left_out(second) == {A: "checking"}  # its answer from before the crash
    assert (third.price, end.price, end.left_out) == (Decimal("60.1"), Decimal("60.1"), ())


def test_a_move_of_everybody_frees_who_was_left_out():
    judging = Judging()
    judging.poll({**HONEST, C: "99000"})
    shown = judging.poll(dict.fromkeys(THREE, "58000"))
    assert (shown.price, shown.left_out) == (Decimal(58_000), ())


def test_a_move_of_everybody_frees_also_who_did_not_answer_then():
    judging = Judging()
    judging.poll({**HONEST, C: "99000"})
    judging.poll({A: "58000", B: "58000", C: None})
    shown = judging.poll(dict.fromkeys(THREE, "58000"))
    assert (shown.counted, shown.left_out) == (THREE, ())


def test_a_crash_is_also_proved_by_one_who_was_left_out():
    judging = Judging()
    judging.poll({A: "100", B: "100", C: "103"})
    shown = judging.poll({A: "60", B: None, C: "60.1"})
    assert (shown.price, shown.counted, left_out(shown)) == (Decimal("60.05"), (A, C), {B: "checking"})


def test_a_crash_that_one_sees_alone_waits_for_a_second():
    judging = Judging()
    judging.poll(dict.fromkeys(THREE, "100"))
    shown = judging.poll({A: "60", B: None, C: None})
    assert (shown.price, states(shown)[A]) == (Decimal(100), State.CHECKING)
    shown = judging.poll({A: "60", B: "60", C: None})
    assert (shown.price, shown.counted) == (Decimal(60), (A, B))
    assert left_out(shown) == {C: "checking"}
    assert judging.poll(dict.fromkeys(THREE, "60")).left_out == ()


def test_a_slow_exchange_does_not_hide_a_crash():
    judging = Judging()
    judging.poll(dict.fromkeys(THREE, "100"))
    shown = judging.poll({A: "60", B: "60", C: None})
    assert (shown.price, shown.counted) == (Decimal(60), (A, B))


# Another unit, at a different time at each exchange (M10)


@pytest.mark.parametrize("number", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("polls", [1, 4])
def test_a_redenomination_is_accepted_as_soon_as_more_than_half_have_made_it(number, polls):
    names = [f"exchange {k}" for k in range(number)]
    judging = Judging(*names)
    judging.poll(dict.fromkeys(names, "1000"))
    for moved in range(1, number + 1):
        says = {name: "1" if k < moved else "1000" for k, name in enumerate(names)}
        for _ in range(polls):
            shown = judging.poll(says)
            if 2 * moved == number:
                assert (shown.price, shown.state) == (None, State.DISAGREE)
                continue
            assert (shown.price, shown.state) == (1 if 2 * moved > number else 1000, State.LIVE)
            assert {says[name] for name in shown.counted} == {str(shown.price)}
    for _ in range(3):  # who came last is no outlier for ever
        shown = judging.poll(says)
    assert (shown.price, shown.counted) == (Decimal(1), tuple(names))
