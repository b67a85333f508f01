"""The fetcher told from outside: a stream is lost, exchanges are switched, a person wants one asked again."""

import threading

import pytest
from fault_server import Fault
from fetch_rig import DOWN, opened_rig

from cryptoprices.core.errors import Reason
from cryptoprices.core.source import Exchange
from cryptoprices.net.poll import Poll
from cryptoprices.sources.discovery import discover

pytestmark = pytest.mark.logs(r"cryptoprices\.net\.desk WARNING")
LIMITED = Fault("limited", lambda peer: peer.answer(b"{}", 429, {"Retry-After": "120"}), keeps=True)
ELSEWHERE = Fault("451", lambda peer: peer.answer(b"{}", 451), keeps=True)


@pytest.fixture
def rig(fake_clock):
    with opened_rig(fake_clock) as rig:
        yield rig


def exchange(rig, name: str) -> Exchange:
    return Exchange(discover()[name], rig.server.addresses[name], "")


def counts(rig, *names: str) -> list[int]:
    return [len(rig.asked_at(name)) for name in names]


def test_whose_stream_was_lost_is_asked_at_once_and_alone(rig):
    rig.asks("kraken", "bitstamp")
    first = rig.poll()
    rig.time.advance(5)
    rig.fetcher.hasten("kraken")
    assert rig.fetcher.next_due_boot_s() == rig.time.boot_s
    assert rig.poll(after_s=0)[-1].poll == first[-1].poll
    assert counts(rig, "kraken", "bitstamp") == [2, 1]
    assert rig.fetcher.next_due_boot_s() == rig.time.boot_s + 15
    rig.poll(after_s=15)
    assert counts(rig, "bitstamp") == [2]
    rig.poll()
    assert counts(rig, "kraken", "bitstamp") == [3, 3]


def test_a_lost_stream_does_not_shorten_any_wait(rig):
    rig.asks("kraken", "bitstamp", "coinbase")
    rig.server.misbehave("kraken", LIMITED)
    rig.server.misbehave("bitstamp", DOWN)
    rig.poll()
    rig.poll()
    for name in ("kraken", "bitstamp", "coinbase"):
        rig.fetcher.hasten(name)
    due = rig.fetcher.next_due_boot_s()
    assert due == rig.time.boot_s + 2  # two seconds after it was asked, coinbase may be
    rig.poll(after_s=1)
    assert counts(rig, "kraken", "bitstamp") == [1, 2]
    asked = counts(rig, "coinbase")
    rig.poll(after_s=1)
    assert counts(rig, "kraken", "bitstamp") == [1, 2]
    assert counts(rig, "coinbase") > asked


def test_a_person_has_one_exchange_asked_again_unless_it_asked_to_wait(rig):
    rig.asks("kraken", "bitstamp", "coinbase")
    rig.server.misbehave("kraken", ELSEWHERE)
    rig.server.misbehave("bitstamp", LIMITED)
    rig.poll()
    rig.server.misbehave("kraken", None)
    rig.server.misbehave("bitstamp", None)
    rig.time.advance(5)
    for name in ("kraken", "bitstamp"):
        rig.fetcher.ask_again(name)
    rig.poll(after_s=0)
    assert counts(rig, "kraken", "bitstamp") == [2, 1]
    assert rig.standing("kraken").reason is None
    assert rig.standing("bitstamp").paused_until_boot_s is not None
    rig.poll(after_s=114)
    assert counts(rig, "bitstamp") == [1]
    rig.poll(after_s=2)
    assert counts(rig, "bitstamp") == [2]


def test_who_is_to_hurry_but_has_nothing_to_be_asked_for_is_not_waited_for(rig):
    rig.asks("kraken")
    missing = exchange(rig, "coingecko")._replace(only_missing=True)
    rig.fetcher.set_exchanges([exchange(rig, "kraken"), missing])
    rig.poll()
    rig.time.advance(5)
    rig.fetcher.ask_again("coingecko")
    rig.poll(after_s=0)
    assert rig.fetcher.next_due_boot_s() == rig.time.boot_s + 15


def test_exchanges_are_switched_on_and_off_between_polls(rig):
    rig.asks("kraken")
    rig.poll()
    rig.fetcher.set_exchanges([exchange(rig, "bitstamp"), exchange(rig, "kraken")])
    assert [one.source.name for one in rig.fetcher.exchanges] == ["bitstamp", "kraken"]
    rig.poll(after_s=3)  # a supplement: only the new one is due
    assert counts(rig, "kraken", "bitstamp") == [1, 1]
    assert [standing.exchange for standing in rig.rounds[-1].standings] == ["bitstamp", "kraken"]
    rig.fetcher.set_exchanges([exchange(rig, "bitstamp")])
    rig.poll(after_s=17)
    rig.poll()
    assert counts(rig, "kraken", "bitstamp") == [1, 2]
    assert [standing.exchange for standing in rig.rounds[-1].standings] == ["bitstamp"]


def test_switching_an_exchange_off_and_on_does_not_shorten_its_pause(rig):
    rig.asks("kraken", "bitstamp")
    rig.server.misbehave("kraken", LIMITED)
    rig.poll()
    rig.server.misbehave("kraken", None)
    rig.fetcher.set_exchanges([exchange(rig, "bitstamp")])
    assert rig.fetcher.pauses()["kraken"]["length_s"] == 120
    rig.poll()
    rig.fetcher.set_exchanges([exchange(rig, "kraken"), exchange(rig, "bitstamp")])
    for _ in range(4):
        rig.poll(forced=True)
    assert counts(rig, "kraken") == [1]
    assert rig.standing("kraken").reason is Reason.LIMITED
    rig.poll()
    assert counts(rig, "kraken") == [2]


def test_another_address_is_another_exchange(rig):
    rig.asks("kraken", "bitstamp")
    rig.server.misbehave("kraken", LIMITED)
    rig.poll()
    other = exchange(rig, "kraken")._replace(rest_url=rig.server.addresses["bitstamp"])
    rig.fetcher.set_exchanges([other])
    rig.poll()
    assert counts(rig, "kraken") == [1]
    assert rig.standing("kraken").reason is not Reason.LIMITED


def test_who_is_switched_off_during_a_poll_is_not_heard_of_any_more(rig):
    asked = threading.Event()
    rig.asks("kraken", "bitstamp")

    def wait(peer) -> None:
        asked.set()
        peer.hold()
        peer.answer()

    rig.server.misbehave("kraken", Fault("slow", wait, keeps=True))
    poll = threading.Thread(target=rig.poll)
    poll.start()
    assert asked.wait(10)
    rig.fetcher.set_exchanges([exchange(rig, "bitstamp")])
    rig.server.misbehave("kraken", None)
    poll.join(10)
    assert {quote.exchange for round_ in rig.rounds for quote in round_.quotes} == {"bitstamp"}
    assert [standing.exchange for standing in rig.rounds[-1].standings] == ["bitstamp"]


def test_a_supplement_that_hangs_is_over_when_the_next_poll_is_due(rig, monkeypatch):
    limits = []
    monkeypatch.setattr(Poll, "run", lambda self, pairs, limit_s: limits.append(limit_s))
    rig.asks("kraken")
    rig.poll()
    for after_s in (5, 11, 2.5):
        rig.fetcher.ask_again("kraken")
        rig.poll(after_s=after_s)
    rig.poll(after_s=1.5)
    assert limits == [60, 15, 4, 3, 60]
