"""States: frozen, old, failing, unlisted; ages count from what is known to be true, never from the calendar here."""

import json
from decimal import Decimal

import pytest
from judging import BTC, EVERY_S, Judging, left_out, quote, states

from cryptoprices.core.board import Board, Terms
from cryptoprices.core.errors import Reason
from cryptoprices.core.formatting import THIN, remark
from cryptoprices.core.market import Quote, Round, Standing, Ticker
from cryptoprices.core.snapshot import LastKnown, LeftOut, State
from cryptoprices.core.source import Answer
from cryptoprices.sources.discovery import discover

A, B, C = THREE = ("kraken", "coinbase", "bitstamp")
HONEST = {A: "97412.5", B: "97413.1"}


# Frozen (M05)


def test_a_price_that_stands_still_while_others_move_is_frozen():
    judging, level = Judging(), Decimal(100)
    for n in range(40):
        level += Decimal("0.03")  # 0.9 % in the thirty polls of ten minutes
        shown = judging.poll({A: level, B: level, C: "100.5"})
        assert (states(shown)[C] is State.FROZEN, C in shown.counted) == (n >= 30, n < 30)
    assert (shown.price, shown.counted, left_out(shown)) == (level, (A, B), {C: "frozen"})
    for _ in range(8):
        shown = judging.poll({C: "100.5"})  # the only one now, and still not to be believed
    assert (shown.price, shown.state, states(shown)[C]) == (None, State.STALE, State.FROZEN)
    shown = judging.poll(dict.fromkeys(THREE, level))
    assert (states(shown)[C], shown.counted) == (State.LIVE, THREE)


def test_a_quiet_market_freezes_nobody():
    judging = Judging()
    for n in range(100):
        level = 100 + Decimal(n % 2) * 4 / 10
        assert judging.poll({A: level, B: level, C: "100.2"}).counted == THREE


def test_a_liar_that_moves_freezes_nobody():
    judging = Judging()
    for n in range(40):
        assert judging.poll({A: "100", B: "100", C: "110" if n % 2 else "90"}).counted == (A, B)


def test_one_exchange_alone_is_not_frozen_but_said_to_stand_still():
    judging = Judging(A)
    for _ in range(100):
        shown = judging.poll({A: "100"})
    assert (shown.price, shown.state) == (Decimal(100), State.LIVE)
    assert remark(shown) == f"no trade for 33{THIN}min"
    assert remark(judging.poll({A: "100.01"})) == ""


def test_a_leap_is_told_for_the_poll_that_saw_it():
    judging = Judging()
    judging.poll(dict.fromkeys(THREE, "100"))
    assert judging.poll(dict.fromkeys(THREE, "98.6")).leap is None
    judging.poll(dict.fromkeys(THREE, "100"))
    assert judging.poll(dict.fromkeys(THREE, "60")).leap == (Decimal(-40), 20.0)
    assert judging.poll(dict.fromkeys(THREE, "60")).leap is None


def test_a_supplement_to_a_poll_latches_nobody_and_clears_nothing():
    judging = Judging(*THREE, "gemini")
    judging.poll({**dict.fromkeys(THREE, "100"), "gemini": "130"})
    before = judging.poll({**dict.fromkeys(THREE, "60"), "gemini": "130"})
    assert (before.leap, left_out(before)) == ((Decimal(-40), 20.0), {"gemini": "outlier"})

    def supplement(exchange: str, price: str):
        judging.apply(Round(judging.number, judging.boot_s, (quote(exchange, price, judging.boot_s),)), judging.boot_s)
        return judging.apply(Round(judging.number, judging.boot_s, last=True), judging.boot_s)

    judging.boot_s -= 13
    shown = supplement(THREE[0], "90")
    assert (shown.price, shown.leap) == (60, before.leap)
    assert left_out(shown) == {THREE[0]: "checking", "gemini": "outlier"}
    judging.boot_s += 1
    shown = supplement(THREE[0], "60")
    assert (shown.price, shown.leap, left_out(shown)) == (60, before.leap, {"gemini": "outlier"})


def test_an_old_time_of_its_own_shows_at_once():
    shown = Judging().poll({**HONEST, C: quote(C, "97413.0", lead_s=600.0)})
    assert left_out(shown) == {C: "stale"}
    assert states(shown)[C] is State.EXPIRED


# Age


@pytest.mark.parametrize(
    ("interval_s", "live_s", "delayed_s", "stale_s"), [(20, 45, 120, 600), (60, 125, 360, 1800), (5, 45, 120, 600)]
)
def test_states_end_at_their_bounds(interval_s, live_s, delayed_s, stale_s):
    judging = Judging(A, interval_s={A: interval_s})
    judging.apply(Round(1, 1000.0, (quote(A, 100),), last=True), 1000.0)
    for age, state in ((0, "LIVE"), (live_s, "LIVE"), (live_s + 0.25, "DELAYED"), (delayed_s, "DELAYED")):
        shown = judging.later(age)
        assert (shown.state, shown.price, shown.age_s) == (state, Decimal(100), age)
    for age, state in ((delayed_s + 0.25, "STALE"), (stale_s, "STALE"), (stale_s + 0.25, "EXPIRED"), (1e6, "EXPIRED")):
        shown = judging.later(age)
        assert (shown.state, shown.price, shown.counted) == (state, None, ())
        assert states(shown) == {A: state}
        assert left_out(shown) == {A: "stale"}
        assert shown.last_known == LastKnown(Decimal(100), judging.wall_ms, None, 1000.0)


def test_a_lead_makes_a_quote_older():
    judging = Judging(A)
    shown = judging.apply(Round(1, 1000.0, (quote(A, 100, lead_s=40.0),), last=True), 1005.0)
    assert (shown.age_s, shown.state) == (45.0, State.LIVE)
    assert judging.later(0.01).state is State.DELAYED


NINE_MS = 1_795_510_800_000  # 2026-11-24 09:00:00 UTC
DAY_MS = 86_400_000


@pytest.mark.parametrize("wall_ms", [NINE_MS, NINE_MS - DAY_MS, NINE_MS + 365 * DAY_MS])
@pytest.mark.parametrize(
    ("told", "headers", "age"),
    [
        ("2026-11-24T08:59:20.500Z", {"date": "Tue, 24 Nov 2026 09:00:00 GMT"}, 39.5),
        ("2026-11-24T08:59:00Z", {"date": "Tue, 24 Nov 2026 09:00:00 GMT", "age": "12"}, 60),
        ("2026-11-24T09:00:00Z", {"date": "Tue, 24 Nov 2026 09:00:00 GMT", "age": "130"}, 130),
        ("2026-11-24T09:00:03Z", {"date": "Tue, 24 Nov 2026 09:00:00 GMT"}, 0),
    ],
)
def test_an_answer_is_as_old_as_it_says_whatever_the_calendar_here(told, headers, age, wall_ms):
    body = json.dumps({"trade_id": 1, "price": "97412.5", "size": "0.1", "time": told}).encode()
    read = discover()[B].read(Answer(200, headers, body, 1000.0, wall_ms), [BTC])
    judging = Judging(B)
    judging.wall_ms = wall_ms
    shown = judging.apply(Round(1, 1000.0, tuple(read), last=True), 1002.0)
    assert shown.quotes[0].age_s == age + 2
    assert shown.quotes[0].state is (State.LIVE if age <= 43 else State.DELAYED if age <= 118 else State.STALE)


def test_one_that_fails_does_not_make_the_others_look_old():
    judging = Judging()
    judging.poll({**HONEST, C: "97413.0"})
    for _ in range(3):
        shown = judging.poll(HONEST)
    assert (shown.state, shown.counted) == (State.LIVE, (A, B))
    assert states(shown)[C] is State.DELAYED


def test_an_older_answer_never_replaces_a_newer_one():
    judging = Judging(A)
    judging.apply(Round(1, 1000.0, (quote(A, 100, 1000.0, source_ms=5000),)), 1001.0)
    late = Round(1, 1000.0, (quote(A, 90, 999.0),))
    replayed = Round(2, 1020.0, (quote(A, 80, 1020.0, source_ms=4000),))
    for shown in (judging.apply(late, 1002.0), judging.apply(replayed, 1021.0)):
        assert [view.quote.price for view in shown.quotes] == [shown.price] == [100]


def test_a_jump_of_the_calendar_changes_nothing():
    day_ms = 86_400_000
    told = [({**HONEST, C: 97_413 + n % 3 * 1500}) for n in range(30)]
    steady, jumping = Judging(), Judging()
    for n, answers in enumerate(told):
        jumping.wall_ms += {10: -day_ms, 20: 365 * day_ms}.get(n, 20_000)
        for one, other in zip(steady.steps(answers), jumping.steps(answers), strict=True):
            assert one._replace(last_known=None) == other._replace(last_known=None)


def test_a_price_of_an_earlier_run_is_only_the_last_known_one():
    kept = LastKnown(Decimal("97000"), 1_763_800_000_000, Decimal("1.5"))
    judging = Judging(last_known={BTC: kept})
    shown = judging.snapshot.price(BTC, 1000.0)
    assert (shown.price, shown.state, shown.last_known) == (None, State.STALE, kept)
    assert judging.poll(HONEST).last_known.price == Decimal("97412.8")


# Why an exchange gives nothing


@pytest.mark.parametrize(
    ("reason", "word", "state"),
    [
        (Reason.LIMITED, "paused", State.PAUSED),
        (Reason.BLOCKED, "blocked", State.BLOCKED),
        (Reason.MOVED, "blocked", State.BLOCKED),
        (Reason.TIMEOUT, "error", State.STALE),
        (Reason.SERVER, "error", State.STALE),
    ],
)
def test_why_an_exchange_is_left_out(reason, word, state):
    judging = Judging()
    shown = judging.poll(HONEST, [Standing(C, reason, "says why")])
    assert shown.left_out == (LeftOut(C, None, word),)
    judging = Judging()
    judging.poll({**HONEST, C: "97413.0"})
    for _ in range(7):
        shown = judging.poll(HONEST, [Standing(C, reason, "says why")])
    assert shown.left_out == (LeftOut(C, Decimal("97413.0"), word),)
    assert states(shown)[C] is state
    assert judging.snapshot.standings[C].text == "says why"


def test_an_exchange_that_answers_and_fails_for_one_pair_is_left_out_with_an_error():
    shown = Judging().poll(HONEST, [Standing(C, text="C has a fault of its own (500).")])
    assert shown.left_out == (LeftOut(C, None, "error"),)


def test_an_exchange_that_does_not_list_the_pair_is_not_missed():
    shown = Judging().poll(HONEST, [Standing(C, refused=frozenset({BTC}))])
    assert shown.left_out == ()
    assert Judging(lists=lambda exchange, _pair: exchange != C).poll(HONEST).left_out == ()


def test_a_snapshot_does_not_change_afterwards():
    judging = Judging()
    judging.poll({**HONEST, C: "97413.0"})
    kept = judging.snapshot
    before = kept.price(BTC, 1001.0)
    judging.poll(dict.fromkeys(THREE, "1"))
    assert kept.price(BTC, 1001.0) == before
    assert (kept.poll, kept.poll_over, judging.snapshot.poll) == (1, True, 2)


def test_while_a_poll_runs_the_snapshot_says_so():
    judging = Judging()
    seen = []
    for _ in judging.steps(HONEST):
        seen.append(judging.snapshot.poll_over)
    assert seen == [False, False, True]
    assert EVERY_S == 20


def test_other_exchanges_may_be_chosen_and_those_that_stay_keep_their_prices(fake_clock):
    board = Board(("kraken", "coinbase", "bitstamp"))
    quotes = tuple(
        Quote(name, Ticker(BTC, Decimal(price)), fake_clock.boot_s, fake_clock.wall_ms)
        for name, price in (("kraken", "100"), ("coinbase", "101"), ("bitstamp", "100.5"))
    )
    board.apply(Round(1, fake_clock.boot_s, quotes, last=True), fake_clock.boot_s, fake_clock.wall_ms)
    board.set_exchanges(Terms(("okx", "bitstamp", "kraken"), {}))
    view = board.snapshot().price(BTC, fake_clock.boot_s)
    assert (view.price, view.counted) == (Decimal("100.25"), ("bitstamp", "kraken"))
    assert [left.exchange for left in view.left_out] == ["okx"]
    late = Round(1, fake_clock.boot_s, quotes[1:2])
    fake_clock.advance(1)
    assert board.apply(late, fake_clock.boot_s, fake_clock.wall_ms).price(BTC, fake_clock.boot_s) is not None
    assert "coinbase" not in board.snapshot().held[BTC]
