"""When an exchange is asked again: back-off, pauses, supplements, waking up."""

import logging
from itertools import pairwise

import pytest
from fault_server import Fault
from fetch_rig import DOWN, opened_rig

from cryptoprices.clock import Clock
from cryptoprices.core.errors import Reason

pytestmark = pytest.mark.logs(r"cryptoprices\.net\.desk WARNING")


@pytest.fixture
def rig(fake_clock):
    with opened_rig(fake_clock) as rig:
        yield rig


def gaps(times: list[float]) -> list[float]:
    return [later - sooner for sooner, later in pairwise(times)]


def test_back_off_and_return(rig, caplog):
    caplog.set_level(logging.INFO, "cryptoprices")
    rig.asks("kraken", "bitstamp")
    rig.server.misbehave("kraken", DOWN)
    for _ in range(40):
        rig.poll()
    at = rig.asked_at("kraken")
    assert gaps(at) == [20, 40, 80, 160, 300]
    assert len(rig.asked_at("bitstamp")) == 40
    assert rig.standing("kraken").benched
    assert "asking again at" in rig.standing("kraken").text
    rig.server.misbehave("kraken", None)
    rig.poll(forced=True)
    rig.poll()
    assert rig.standing("kraken") == rig.standing("kraken")._replace(reason=None, text="", failures=0, benched=False)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


@pytest.mark.logs("This computer's clock is")
def test_a_clock_that_is_wrong_is_worth_one_line_and_its_end_another(rig, caplog):
    caplog.set_level(logging.INFO, "cryptoprices")
    rig.asks("kraken", "bitstamp")
    true = rig.server.clock
    rig.server.clock = Clock(true.boot_s, lambda: true.wall_ms() - 303_000)
    for _ in range(3):
        rig.poll()
    assert rig.standing("kraken").clock_offset_ms == pytest.approx(-303_000, abs=1000)
    rig.server.clock = true
    rig.poll()
    rig.poll()
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert told[0] == ("WARNING", "This computer's clock is 5\u202fmin 2\u202fs fast, say 2 exchanges")
    assert told[1:] == [("INFO", "This computer's clock is right, say 2 exchanges")]


def test_when_all_fail_each_is_asked_every_minute(rig):
    rig.asks("kraken", "bitstamp")
    for name in ("kraken", "bitstamp"):
        rig.server.misbehave(name, DOWN)
    for _ in range(30):
        rig.poll()
    at = rig.asked_at("kraken")
    assert gaps(at)[:2] == [20, 40]
    assert set(gaps(at)[2:]) == {60}


def test_a_wait_that_was_asked_for_is_kept_over_a_refresh_and_a_restart(rig):
    limited = Fault("limited", lambda peer: peer.answer(b"{}", 429, {"Retry-After": "120"}), keeps=True)
    rig.asks("kraken", "bitstamp")
    rig.server.misbehave("kraken", limited)
    rig.poll()
    rig.server.misbehave("kraken", None)
    rig.paths("kraken")
    for _ in range(5):
        rig.poll(forced=True)
    assert rig.asked_at("kraken") == []
    assert rig.standing("kraken").reason is Reason.LIMITED
    assert rig.standing("kraken").paused_until_boot_s == rig.time.boot_s + 20
    pauses = rig.fetcher.pauses()
    rig.fetcher.close()
    rig.asks("kraken", pauses=pauses)
    rig.poll(after_s=19)
    assert rig.asked_at("kraken") == []
    assert "asked us to wait; asking again at" in rig.standing("kraken").text
    rig.poll(after_s=1)
    assert len(rig.asked_at("kraken")) == 1
    assert rig.fetcher.pauses() == {}


def test_a_poll_waits_a_moment_for_the_end_of_a_pause(rig):
    limited = Fault("limited", lambda peer: peer.answer(b"{}", 429, {"Retry-After": "40"}), keeps=True)
    rig.asks("kraken")
    assert rig.fetcher.next_due_boot_s() < rig.time.boot_s
    rig.server.misbehave("kraken", limited)
    rig.poll()
    assert rig.fetcher.next_due_boot_s() == rig.time.boot_s + 20
    rig.poll(after_s=19.6)
    assert rig.fetcher.next_due_boot_s() == pytest.approx(rig.time.boot_s + 20.4)


def test_an_exchange_is_asked_again_when_its_pause_ends_and_the_others_when_it_is_their_turn(rig):
    limited = Fault("limited", lambda peer: peer.answer(b"{}", 429, {"Retry-After": "27"}), keeps=False)
    rig.asks("kraken", "bitstamp")
    rig.server.misbehave("kraken", limited)
    first = rig.poll()
    rig.poll(after_s=20)
    assert rig.fetcher.next_due_boot_s() == pytest.approx(rig.time.boot_s + 7)
    rig.server.misbehave("kraken", None)
    assert rig.poll(after_s=7)[-1].poll == first[-1].poll + 1  # a supplement to the second poll
    assert [len(rig.asked_at(name)) for name in ("kraken", "bitstamp")] == [2, 2]
    assert rig.fetcher.next_due_boot_s() == pytest.approx(rig.time.boot_s + 13)
    rig.poll(after_s=13)
    assert rig.fetcher.next_due_boot_s() == pytest.approx(rig.time.boot_s + 20)  # well again, it joins the others
    rig.poll()
    assert [len(rig.asked_at(name)) for name in ("kraken", "bitstamp")] == [3, 4]


def test_a_region_that_is_not_served_is_asked_again_only_by_a_person(rig):
    rig.asks("kraken", "bitstamp")
    rig.server.misbehave("kraken", Fault("451", lambda peer: peer.answer(b"{}", 451), keeps=True))
    rig.poll()
    assert (rig.standing("kraken").reason, rig.standing("kraken").next_ask_boot_s) == (Reason.BLOCKED, None)
    rig.poll(after_s=10**6)
    assert len(rig.asked_at("kraken")) == 1
    rig.poll(forced=True)
    assert len(rig.asked_at("kraken")) == 2


def test_waking_up_probes_who_failed_but_not_who_waits_for_a_pause_or_for_a_person(rig):
    rig.asks("kraken", "bitstamp", "coinbase", "binance")
    rig.server.misbehave("kraken", Fault("451", lambda peer: peer.answer(b"{}", 451), keeps=True))
    rig.server.misbehave("bitstamp", DOWN)
    rig.server.misbehave(
        "coinbase", Fault("429", lambda peer: peer.answer(b"{}", 429, {"Retry-After": "500"}), keeps=True)
    )
    for _ in range(4):
        rig.poll()
    asked = {name: len(rig.asked_at(name)) for name in ("kraken", "bitstamp", "coinbase")}
    assert asked == {"kraken": 1, "bitstamp": 3, "coinbase": 1}
    rig.server.misbehave("bitstamp", None)
    rig.poll(after_s=35, woken=True)
    assert {name: len(rig.asked_at(name)) for name in asked} == {**asked, "bitstamp": 4}
    rig.poll(after_s=1, woken=True)
    assert len(rig.asked_at("bitstamp")) == 4  # at least two seconds apart


def test_a_back_off_that_ends_between_two_polls_is_not_met_late(rig):
    rig.asks("kraken", "bitstamp")
    rig.server.misbehave("kraken", DOWN)
    rig.poll()
    rig.poll()  # the second failure: 40 s from here
    rig.server.misbehave("kraken", None)
    rig.poll()
    rig.fetcher._begun_boot_s += 7  # the polls come at other times now
    rig.time.advance(7)
    assert rig.fetcher.next_due_boot_s() == pytest.approx(rig.time.boot_s + 13)
    rig.poll(after_s=13)
    assert len(rig.asked_at("kraken")) == 3


def test_another_time_between_two_polls_counts_from_the_last_one(rig):
    rig.asks("kraken", "coingecko")
    rig.poll()
    begun = rig.time.boot_s
    rig.fetcher.set_interval(300)
    assert rig.fetcher.next_due_boot_s() == begun + 300
    rig.poll(after_s=100)  # only who is due: nobody
    assert rig.rounds[-1].poll == 1
    rig.fetcher.set_interval(5)
    assert rig.fetcher.next_due_boot_s() == begun + 5
    assert rig.poll(after_s=1)[-1].poll == 2
    assert [rig.poll(after_s=5)[-1].poll for _ in range(3)] == [3, 4, 5]
    assert gaps(rig.asked_at("kraken")) == [101, 5, 5, 5]
    assert gaps(rig.asked_at("coingecko")) == [101]  # its own interval is longer
