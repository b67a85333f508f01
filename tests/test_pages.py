"""Pages of candles and polls share one line to each exchange, its budget and its pauses."""

import threading

import pytest
from candle_tapes import day_after_day
from fault_server import Fault
from fill_rig import BTC, ETH, Patience, opened_fill_rig

from cryptoprices.core.intervals import HOUR_MS, MINUTE_MS
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.net import line
from cryptoprices.sources.coinbase import Coinbase

NOW_MS = 1_763_820_000_000
LIMITED = Fault("429", lambda peer: peer.answer(b"{}", 429, {"Retry-After": "120"}), keeps=True)
HELD = Fault("held", lambda peer: peer.hold())


@pytest.fixture
def rig(fake_clock):
    minutes = {"1m": day_after_day(3000, "1m", NOW_MS)}
    with opened_fill_rig(fake_clock, {"coinbase": {BTC: minutes, ETH: minutes}}) as rig:
        yield rig


class Worker(threading.Thread):
    """A filling on a thread of its own."""

    def __init__(self, rig, count: int = 3000, pair=BTC) -> None:
        super().__init__()
        self.gaps: list[Gap] | None = None
        self._fill = lambda: rig.fill(pair, "1m", NOW_MS - count * MINUTE_MS, NOW_MS)
        self.start()

    def run(self) -> None:
        self.gaps = self._fill()


def test_a_poll_and_pages_are_never_asked_at_once(rig):
    rig.server.pause_s = 0.005
    workers = [Worker(rig, 900), Worker(rig, 900, pair=ETH)]
    while any(worker.is_alive() for worker in workers):
        rig.poll(after_s=2.5, forced=True)
    assert [worker.gaps for worker in workers] == [[], []]
    assert rig.server.most_at_once == {"coinbase": 1}
    assert {quote.pair for round_ in rig.rounds for quote in round_.quotes} <= {BTC, ETH}


def test_a_poll_waits_for_the_page_under_way(rig):
    asked, go_on = threading.Event(), threading.Event()
    rig.server.before_page = lambda _: (asked.set(), go_on.wait(10))
    worker = Worker(rig, 10)
    assert asked.wait(10)
    poll = threading.Thread(target=rig.poll)
    poll.start()
    go_on.set()
    poll.join(10)
    worker.join(10)
    assert worker.gaps == []
    assert rig.rounds[-1].standings[0].reason is None
    assert rig.server.most_at_once == {"coinbase": 1}


def test_a_page_that_hangs_is_broken_off_for_the_poll_and_asked_again(rig, monkeypatch):
    monkeypatch.setattr(line, "PATIENCE_S", 0.05)
    monkeypatch.setattr("cryptoprices.net.pages.RETRIES_S", ())  # it counts as no failure
    hung = threading.Event()

    def hang_once(peer) -> None:
        if not hung.is_set():
            hung.set()
            peer.hold()
        peer.answer()

    rig.server.misbehave("coinbase", Fault("hangs once", hang_once, keeps=True))
    worker = Worker(rig, 10)
    assert hung.wait(10)
    assert rig.poll().standings[0].reason is None
    worker.join(10)
    assert worker.gaps == []
    assert len(rig.server.pages("coinbase")) == 2


@pytest.mark.logs("coinbase")
def test_a_poll_that_waits_for_a_page_which_is_told_to_wait_asks_nothing(rig, monkeypatch):
    monkeypatch.setattr(line, "PATIENCE_S", 10.0)
    asked, go_on = threading.Event(), threading.Event()
    rig.server.misbehave("coinbase", LIMITED)
    rig.server.before_page = lambda _: (asked.set(), go_on.wait(10))
    worker = Worker(rig, 10)
    assert asked.wait(10)
    poll = threading.Thread(target=rig.poll)
    poll.start()
    waiting = rig.fetcher._known["coinbase"].line
    while not waiting._waiting:
        poll.join(0.01)
    go_on.set()
    poll.join(10)
    worker.join(10)
    assert [gap.reason for gap in worker.gaps or ()] == [GapReason.LIMITED]
    assert len(rig.server.requests("coinbase")) == 1
    assert rig.rounds[-1].standings[0].reason == "limited"


def test_no_page_is_begun_shortly_before_a_poll(rig):
    rig.poll()
    rig.time.advance(18.7)  # the next one is 1.3 s off
    began = rig.time.boot_s
    worker = Worker(rig, 10)
    worker.join(10)
    assert rig.server.requests("coinbase")[-1].boot_s >= began + 1.3 + 0.5  # nobody polled: it was not waited for


def test_where_pages_take_long_none_is_under_way_when_a_poll_is_due(rig):
    rig.server.before_page = lambda _: rig.time.advance(8)
    rig.poll()
    began = rig.time.boot_s
    assert rig.fill(BTC, "1m", NOW_MS - 900 * MINUTE_MS, NOW_MS) == []
    at = [request.boot_s - began for request in rig.server.requests("coinbase") if "candles" in request.path]
    assert at[:2] == [0, 8]
    assert at[2] >= 20  # begun at 16, it would have been under way when the poll was due


def test_what_is_used_of_the_budget_is_told(rig):
    standing = rig.poll().standings[0]
    assert (standing.used, standing.budget) == (4, rig.exchanges[0].source.budget_per_min)
    rig.fill(BTC, "1m", NOW_MS - 600 * MINUTE_MS)
    assert rig.poll(after_s=20).standings[0].used == 4 + 2 + 4


class PollingPatience(Patience):
    """A wait in which the polls go on."""

    def __init__(self, rig) -> None:
        super().__init__(rig.time)
        self.rig, self.answers = rig, []

    def wait(self, timeout: float | None = None) -> bool:
        before = self.rig.fetcher.next_due_boot_s()
        over = super().wait(timeout)
        if self.rig.time.boot_s >= before:
            self.rig.poll()
            self.answers.append(sum(len(round_.quotes) for round_ in self.rig.rounds))
        return over


def most_in_a_minute(rig) -> int:
    at = [request.boot_s for request in rig.server.requests("coinbase")]
    return max(sum(one - 60 < other <= one for other in at) for one in at)


def test_pages_leave_the_polls_their_share_of_the_budget(fake_clock, monkeypatch):
    monkeypatch.setattr(Coinbase, "budget_per_min", 20)
    with opened_fill_rig(fake_clock, {"coinbase": {BTC: {"1m": day_after_day(6000, "1m", NOW_MS)}}}) as rig:
        rig.stop = PollingPatience(rig)
        rig.poll()
        assert rig.fill(BTC, "1m", NOW_MS - 6000 * MINUTE_MS) == []
        assert len(rig.server.pages("coinbase")) == 20
        assert len(rig.stop.answers) >= 3
        assert set(rig.stop.answers) == {2}  # both prices in every poll
        assert most_in_a_minute(rig) <= 20


@pytest.mark.parametrize("budget", [1, 3])
def test_a_budget_that_polls_use_up_leaves_the_rest_to_later_polls_which_begin_with_it(fake_clock, monkeypatch, budget):
    monkeypatch.setattr(Coinbase, "budget_per_min", budget)
    with opened_fill_rig(fake_clock, {"coinbase": {}}) as rig:
        got = []
        for _ in range(12):
            rig.poll(after_s=20)
            got += [quote.pair for round_ in rig.rounds for quote in round_.quotes]
            assert rig.rounds[-1].standings[0].reason is None
        assert most_in_a_minute(rig) <= budget
        assert got.count(BTC) >= 2
        assert got.count(ETH) >= 2


@pytest.mark.logs("coinbase")
def test_a_budget_that_is_used_up_makes_nobody_well(fake_clock, monkeypatch):
    monkeypatch.setattr(Coinbase, "budget_per_min", 2)
    with opened_fill_rig(fake_clock, {"coinbase": {}}) as rig:
        rig.server.misbehave("coinbase", Fault("503", lambda peer: peer.answer(b"{}", 503), keeps=True))
        first_boot_s = rig.time.boot_s + 3
        for _ in range(4):  # the first one asks for both pairs; it fails with both
            standing = rig.poll(after_s=3, forced=True).standings[0]
            assert standing.failures == 1
        assert (standing.used, standing.next_ask_boot_s) == (2, first_boot_s + 60)


@pytest.mark.logs("coinbase")
def test_who_fails_at_the_last_step_is_benched_also_for_pages_and_comes_back_by_one_probe(rig):
    rig.server.misbehave("coinbase", Fault("503", lambda peer: peer.answer(b"{}", 503), keeps=True))
    for _ in range(40):
        rig.poll(after_s=20)
    assert rig.rounds[-1].standings[0].benched
    asked = len(rig.server.requests("coinbase"))
    gaps = rig.fill(BTC, "1m", NOW_MS - HOUR_MS, NOW_MS)
    assert gaps == [Gap("coinbase", NOW_MS - HOUR_MS, NOW_MS, GapReason.BENCHED)]
    assert len(rig.server.requests("coinbase")) == asked
    rig.server.misbehave("coinbase", None)
    rig.poll(after_s=300)
    assert not rig.rounds[-1].standings[0].benched
    assert rig.fill(BTC, "1m", NOW_MS - HOUR_MS, NOW_MS) == []


@pytest.mark.logs("coinbase")
def test_a_region_that_is_not_served_says_so_to_pages_too_and_nobody_asks_until_told(rig):
    rig.server.misbehave("coinbase", Fault("451", lambda peer: peer.answer(b"{}", 451), keeps=True))
    rig.fill(BTC, "1m", NOW_MS - HOUR_MS)
    for _ in range(30):
        rig.poll(after_s=60)
    rig.fill(BTC, "1m", NOW_MS - HOUR_MS)
    assert len(rig.server.requests("coinbase")) == 1
    assert rig.rounds[-1].standings[0].next_ask_boot_s is None
    rig.server.misbehave("coinbase", None)
    rig.fetcher.ask_again("coinbase")
    rig.poll()
    assert rig.rounds[-1].standings[0].reason is None
    assert rig.fill(BTC, "1m", NOW_MS - HOUR_MS) == []


def test_a_page_that_never_ends_is_given_up_in_time(fake_clock):
    with opened_fill_rig(fake_clock, {"coinbase": {BTC: {}}}) as rig:
        rig.fetcher._http.limits = rig.fetcher._http.limits._replace(total_s=0.1)
        rig.server.misbehave("coinbase", HELD)
        gaps = rig.fill(BTC, "1m", NOW_MS - HOUR_MS, NOW_MS)
        assert [gap.reason for gap in gaps] == [GapReason.OFFLINE]
        assert len(rig.server.requests("coinbase")) == 3


def test_whoever_is_switched_off_is_asked_for_no_more_pages(rig):
    rig.server.before_page = lambda _: rig.fetcher.set_exchanges([])
    gaps = rig.fill(BTC, "1m", NOW_MS - 900 * MINUTE_MS, NOW_MS)
    assert [(gap.since_ms, gap.until_ms) for gap in gaps] == [(NOW_MS - 900 * MINUTE_MS, NOW_MS - 300 * MINUTE_MS)]
    assert len(rig.server.pages("coinbase")) == 1


def test_the_end_of_the_program_ends_a_page(rig):
    asked = threading.Event()
    rig.server.misbehave("coinbase", Fault("held", lambda peer: (asked.set(), peer.hold())))
    worker = Worker(rig, 10)
    assert asked.wait(10)
    rig.fetcher.close()
    worker.join(10)
    assert worker.gaps == []
