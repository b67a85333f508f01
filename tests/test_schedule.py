"""Who is asked next and when (FAULTS, section 1: back-off)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.market import Pair
from cryptoprices.core.schedule import Course, Refusals, back_off_s

DEAD = Pair("DEAD", "USD")
BTC = Pair("BTC", "USD")
DOWN = SourceError(Reason.SERVER, "down")
ERRORS = st.builds(
    SourceError,
    st.sampled_from(list(Reason)),
    st.just(""),
    st.none() | st.floats(0, 1e6),
    st.booleans(),
)


def course(**more: float) -> Course:
    return Course(20.0, dice=lambda: 0.5, **more)


def fail(of: Course, now: float, error: SourceError = DOWN, local: bool = False) -> None:
    of.asked(now)
    of.failed(error, now, local)


def waits(of: Course, error: SourceError, times: int) -> list[float]:
    """The wait after each of so many failures, each asked for as soon as it may be."""
    found, now = [], 100.0
    for _ in range(times):
        fail(of, now, error)
        assert of.next_ask_boot_s is not None
        found.append(of.next_ask_boot_s - now)
        now = of.next_ask_boot_s
    return found


def test_each_failure_doubles_the_wait_up_to_five_minutes():
    one = course()
    assert waits(one, DOWN, 7) == [20, 40, 80, 160, 300, 300, 300]
    assert one.benched


def test_the_fifth_failure_benches_and_one_success_clears():
    one = course()
    waits(one, DOWN, 4)
    assert not one.benched
    waits(one, DOWN, 1)
    assert one.benched
    one.succeeded()
    assert not one.benched
    assert waits(one, DOWN, 1) == [20]


def test_three_stalls_running_bench():
    one = course()
    assert waits(one, SourceError(Reason.TIMEOUT, ""), 3) == [20, 40, 300]
    other = course()
    waits(other, SourceError(Reason.TIMEOUT, ""), 2)
    assert waits(other, DOWN, 1) == [80]


@given(st.integers(0, 4), st.sampled_from([5.0, 20.0, 60.0, 3600.0]), st.floats(0, 1))
def test_waits_are_whole_polls_within_a_tenth_and_five_minutes(step, interval_s, dice):
    wait = back_off_s(step, interval_s, dice)
    assert wait % interval_s == 0
    assert interval_s <= wait <= max(300, interval_s)
    nominal = 2**step * interval_s
    assert wait > 300 - interval_s or abs(wait - nominal) <= 0.1 * nominal + interval_s / 2


@given(st.lists(st.tuples(ERRORS, st.floats(0, 500), st.booleans()), max_size=12))
def test_nothing_shortens_a_wait_that_was_asked_for(steps):
    one, now, ends = course(), 100.0, 0.0
    for error, passes_s, forced in steps:
        if one.is_due(now, forced):
            assert now >= ends
            fail(one, now, error)
            pause = (
                60.0 if error.retry_after_s is None and error.reason is Reason.LIMITED else error.retry_after_s or 0.0
            )
            ends = now + pause
        one.outage()
        now += passes_s


def test_a_person_is_not_kept_waiting_but_for_a_retry_after():
    one = course()
    waits(one, DOWN, 5)
    now = one.asked_boot_s or 0.0
    assert not one.is_due(now + 20)
    assert not one.is_due(now + 1.9, forced=True)
    assert one.is_due(now + 2, forced=True)
    fail(one, now + 2, SourceError(Reason.LIMITED, "", retry_after_s=86400))
    assert not one.is_due(now + 86000, forced=True)
    assert one.is_due(now + 86403)


def test_asked_to_wait_without_saying_how_long_is_a_minute():
    one = course()
    fail(one, 100.0, SourceError(Reason.LIMITED, ""))
    assert (one.is_due(159.0, forced=True), one.is_due(160.0, forced=True)) == (False, True)


@pytest.mark.parametrize(("reason", "least_s"), [(Reason.BLOCKED, 300), (Reason.MOVED, 3600)])
def test_where_asking_soon_cannot_help_it_is_not_done(reason, least_s):
    one = course()
    fail(one, 100.0, SourceError(reason, ""))
    one.outage()
    assert not one.is_due(100.0 + least_s - 1)
    assert one.is_due(100.0 + least_s)


def test_a_region_is_asked_again_only_when_told():
    one = course()
    fail(one, 100.0, SourceError(Reason.BLOCKED, "", until_told=True))
    assert not one.is_due(1e9)
    assert one.is_due(103.0, forced=True)


def test_when_all_fail_nobody_is_waited_for_longer_than_a_minute():
    one = course()
    waits(one, DOWN, 6)
    one.outage()
    assert one.next_ask_boot_s == (one.asked_boot_s or 0.0) + 60
    local = course()
    fail(local, 100.0, SourceError(Reason.BLOCKED, "certificate"), local=True)
    local.outage()
    assert local.next_ask_boot_s == 160.0


def test_an_exchange_with_an_interval_of_its_own_keeps_to_it_whoever_asks():
    one = course(own_interval_s=60.0)
    one.asked(100.0)
    one.succeeded()
    assert not one.is_due(159.9, forced=True)
    assert one.is_due(160.0)


@given(st.floats(1, 1e6), st.floats(0, 1e6), st.integers(-(10**12), 10**12))
def test_a_pause_survives_a_restart_and_never_grows(pause_s, runs_s, calendar_jump_ms):
    one = course()
    fail(one, 100.0, SourceError(Reason.LIMITED, "", retry_after_s=pause_s))
    saved = one.pause(10**12, 100.0 + runs_s)
    assert (saved is None) == (runs_s >= pause_s)
    later = course()
    later.keep_pause(json.loads(json.dumps(saved)), 10**12 + calendar_jump_ms, 5.0)
    left_s = pause_s - runs_s - calendar_jump_ms / 1000
    if saved is None or left_s < -0.01:
        assert later.is_due(5.0)
    else:
        assert later.is_due(5.0 + pause_s, forced=True)
        if 0.01 < left_s <= pause_s:
            assert not later.is_due(5.0 + left_s - 0.01, forced=True)


@pytest.mark.parametrize("strange", [None, 7, [], {}, {"until_ms": "soon", "length_s": 3}, {"until_ms": 1e13}])
def test_a_strange_saved_pause_is_none(strange):
    one = course()
    one.keep_pause(strange, 10**12, 5.0)
    assert one.is_due(5.0)


def test_a_refused_pair_no_longer_spoils_the_others_question_and_rests_after_three():
    refusals = Refusals()
    assert refusals.split([DEAD, BTC], 0.0) == ([DEAD, BTC], [])
    for time in (0.0, 20.0, 40.0):
        assert DEAD not in refusals or refusals.split([DEAD, BTC], time) == ([BTC], [DEAD])
        refusals.refused(DEAD, time)
    assert refusals.split([DEAD, BTC], 3600.0) == ([BTC], [])
    assert refusals.split([DEAD, BTC], 3640.0) == ([BTC], [DEAD])
    refusals.accepted(DEAD)
    assert refusals.split([DEAD, BTC], 3640.0) == ([DEAD, BTC], [])


def test_whoever_was_hastened_while_it_was_being_asked_is_not_asked_for_ever():
    one = course()
    one.asked(100.0)
    one.hasten(101.0)
    one.failed(SourceError(Reason.BLOCKED, "451", until_told=True), 102.0)
    assert (one.hastened, one.next_ask_boot_s) == (False, None)
    assert not one.is_due(10**6)


def test_another_time_between_two_polls_holds_from_the_last_asking_on():
    one = course()
    one.asked(1000.0)
    one.succeeded()
    one.keep_to(300)
    assert one.next_ask_boot_s == 1300
    one.keep_to(5)
    assert one.next_ask_boot_s == 1005
    one.failed(DOWN, 1000.0)
    waits_until = one.next_ask_boot_s
    one.keep_to(300)
    assert one.next_ask_boot_s == waits_until  # what it waits for because it failed stays
