"""A poll: who is asked for what, what is handed on, and who has to wait."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from fault_server import Fault, Peer
from faults import FAULTS, HTML, PAGE
from fetch_rig import BTC, DEAD, DOWN, ETH, SHIB, SOL, opened_rig

from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Pair
from cryptoprices.core.source import Answer, Ask, Exchange
from cryptoprices.net.call import Call
from cryptoprices.net.fetch import Fetcher
from cryptoprices.net.http import Http, Limits
from cryptoprices.sources.discovery import discover
from cryptoprices.sources.kraken import Kraken

pytestmark = pytest.mark.logs(r"cryptoprices\.net\.desk WARNING")


@pytest.fixture
def rig(fake_clock):
    with opened_rig(fake_clock) as rig:
        yield rig


def test_each_answer_is_a_round_of_its_own_and_the_last_ends_the_poll(rig):
    started = rig.time.boot_s + 20
    rounds = rig.asks("kraken", "coinbase", "bitstamp").poll(BTC, ETH)
    assert [len(round_.quotes) for round_ in rounds] == [2, 2, 2, 0]
    assert [round_.last for round_ in rounds] == [False, False, False, True]
    assert {(round_.poll, round_.started_boot_s) for round_ in rounds} == {(1, started)}
    assert {len(round_.standings) for round_ in rounds[:3]} == {1}
    assert {standing.exchange for standing in rounds[-1].standings} == {"kraken", "coinbase", "bitstamp"}
    assert set(rig.prices().values()) == {Decimal("97412.5"), Decimal("3512.3")}
    assert rig.standing("kraken")[1:3] == (None, "")
    assert rig.standing("kraken").next_ask_boot_s == started + 20
    assert rig.poll()[0].poll == 2


def test_a_price_in_tether_stands_in_where_there_is_none_in_dollars(rig):
    rig.asks("binance", "kraken").poll(BTC, ETH, Pair("USDT", "USD"))
    assert rig.prices()["binance", "BTC/USDT"] == Decimal("97400.5")
    assert ("kraken", "BTC/USDT") not in rig.prices()
    assert "USDTUSDT" not in rig.paths("binance")[0]


def test_one_unknown_pair_does_not_cost_the_others(rig):
    rig.asks("kraken").poll(BTC, DEAD, ETH, SOL)
    assert {pair for _, pair in rig.prices()} == {"BTC/USD", "ETH/USD", "SOL/USD"}
    assert rig.standing("kraken").refused == {DEAD}
    assert rig.standing("kraken").reason is None
    rig.paths("kraken")
    for _ in range(2):
        rig.poll(BTC, DEAD, ETH, SOL)
        together, alone = rig.paths("kraken")
        assert ("DEAD" in together, "DEAD" in alone) == (False, True)
    rig.poll(BTC, DEAD, ETH, SOL)
    assert len(rig.paths("kraken")) == 1
    rig.poll(BTC, DEAD, ETH, SOL, after_s=3600)
    assert len(rig.paths("kraken")) == 2
    assert rig.standing("kraken").refused == {DEAD}


def test_a_pair_that_a_list_lacks_is_refused_without_a_word(rig):
    rig.asks("bitstamp").poll(BTC, DEAD)
    assert rig.standing("bitstamp").refused == {DEAD}
    rig.poll(DEAD)
    assert (rig.standing("bitstamp").refused, rig.standing("bitstamp").reason) == ({DEAD}, None)


def test_if_every_question_is_not_found_the_interface_has_changed(rig):
    for name in ("kraken", "bitstamp", "coinbase"):
        rig.server.misbehave(name, Fault("gone", lambda peer: peer.answer(PAGE, 404, HTML), keeps=True))
    rig.server.misbehave("binance", None)
    rig.asks("kraken", "bitstamp", "coinbase", "binance").poll(BTC, ETH)
    for name in ("kraken", "bitstamp", "coinbase"):
        assert (rig.standing(name).reason, rig.standing(name).refused) == (Reason.MOVED, frozenset())
    rig.paths("")
    for _ in range(179):
        rig.poll()
    assert {request.exchange for request in rig.server.log} == {"binance"}
    rig.poll()
    assert len({request.exchange for request in rig.server.log}) == 4


def test_what_all_others_refuse_is_asked_of_the_fallback_in_the_same_poll(rig):
    rig.asks("kraken", "binance", "coingecko", missing=True).poll(BTC, SHIB)
    assert {key for key in rig.prices() if key[0] == "coingecko"} == {("coingecko", "SHIB/USD")}
    (asked,) = rig.paths("coingecko")
    assert "bitcoin" not in asked
    for _ in range(2):
        rig.poll(BTC, SHIB, forced=True)
    assert rig.asked_at("coingecko") == []
    rig.poll(BTC, SHIB)
    assert len(rig.asked_at("coingecko")) == 1


def test_coins_that_the_fallback_leaves_out_of_its_answer_are_those_that_it_does_not_know(rig):
    unknown = Pair("BNB", "USD"), Pair("TRX", "USD")
    for asked in (unknown[:1], unknown, (SHIB, *unknown)):
        rig.asks("coingecko").poll(*asked)
        standing = rig.standing("coingecko")
        assert (standing.reason, standing.refused) == (None, frozenset(unknown).intersection(asked))


def test_the_fallback_is_not_asked_for_what_others_have_or_fail_to_give(rig):
    rig.asks("kraken", "coingecko", missing=True).poll(BTC)
    rig.server.misbehave("kraken", DOWN)
    rig.poll(BTC)
    assert rig.asked_at("coingecko") == []
    assert [standing.exchange for standing in rig.rounds[-1].standings] == ["kraken"]  # so that all can be said to fail


def details(play: Callable[[Peer], None]) -> Fault:
    return Fault("details", lambda peer: play(peer) if peer.path.endswith("/stats") else peer.answer(), keeps=True)


def test_a_detail_that_fails_costs_only_its_figures(rig):
    rig.asks("coinbase", limits=Limits(total_s=0.5))
    rig.server.misbehave("coinbase", details(lambda peer: peer.hold()))
    rig.poll(BTC, ETH)
    assert len(rig.prices()) == 2
    assert rig.standing("coinbase").reason is None
    rig.server.misbehave("coinbase", details(lambda peer: peer.answer(b"{", 500)))
    (first, _) = rig.poll(BTC)
    assert (first.quotes[0].price, first.quotes[0].ticker.high_24h) == (Decimal("97412.5"), None)
    rig.server.misbehave("coinbase", None)
    (first, _) = rig.poll(BTC)
    assert first.quotes[0].ticker.high_24h == Decimal("97432.5")


def test_a_wait_asked_for_with_a_detail_counts_though_there_are_prices(rig):
    rig.asks("coinbase")
    rig.server.misbehave("coinbase", details(lambda peer: peer.answer(b"{}", 429, {"Retry-After": "600"})))
    rig.poll(BTC, ETH)
    assert len(rig.prices()) == 2
    assert rig.standing("coinbase").paused_until_boot_s == rig.time.boot_s + 600
    assert len(rig.asked_at("coinbase")) == 3


def test_who_hangs_ends_with_the_poll_and_what_others_say_does_not_wait(rig):
    hang = next(fault for fault in FAULTS if fault.name == "hang in headers")
    rig.asks("kraken", "bitstamp", limits=Limits(total_s=0.5))
    rig.server.misbehave("kraken", hang)
    rounds = rig.poll()
    assert [standing.exchange for standing in rounds[0].standings] == ["bitstamp"]
    assert rig.standing("kraken").reason is Reason.TIMEOUT
    assert rig.standing("kraken").failures == 1


class Broken(Kraken):
    """Our own fault."""

    def asks(self, pairs) -> list[Ask]:
        raise MemoryError


def test_a_fault_of_our_own_ends_one_turn_only(rig, caplog):
    exchanges = [
        Exchange(Broken(), "http://127.0.0.1:9", ""),
        Exchange(discover()["bitstamp"], rig.server.addresses["bitstamp"], ""),
    ]
    rig.fetcher = Fetcher(exchanges, Http(rig.time.clock, "none"), rig.time.clock)
    for n in (1, 2):
        rig.poll(after_s=40)
        assert rig.prices().keys() == {("bitstamp", "BTC/USD")}
        assert rig.standing("kraken").reason is Reason.INTERNAL
        assert f"internal error ({n})" in rig.standing("kraken").text
    assert len([record for record in caplog.records if record.exc_info]) == 1


class StuckHttp(Http):
    """Cannot be broken off until it is let go."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.let_go = threading.Event()

    def get(self, url, headers=None, call=None) -> Answer:
        self.let_go.wait(30)
        return super().get(url, headers, Call())


def test_never_two_questions_at_once_to_one_exchange(rig):
    http = StuckHttp(rig.time.clock, "none", Limits(total_s=0.3))
    kraken = Exchange(discover()["kraken"], rig.server.addresses["kraken"], "")
    rig.fetcher = Fetcher([kraken], http, rig.time.clock)
    rig.poll()
    assert rig.standing("kraken").reason is Reason.TIMEOUT
    rig.poll(after_s=300)
    assert rig.asked_at("kraken") == []
    assert "still hangs" in rig.standing("kraken").text
    (asking,) = [thread for thread in threading.enumerate() if thread.name == "ask-kraken"]
    http.let_go.set()
    asking.join(30)
    rig.poll(after_s=300)
    assert rig.standing("kraken").reason is None


def test_closing_breaks_off_what_is_in_flight_and_nothing_is_delivered_after(rig):
    rig.asks("kraken")
    asked = threading.Event()
    rig.server.misbehave("kraken", Fault("hang", lambda peer: (asked.set(), peer.hold())[0]))
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(rig.poll)
        assert asked.wait(30)
        rig.fetcher.poll((BTC,), rig.rounds.append)  # returns at once: one is running
        rig.fetcher.close()
        assert not [thread for thread in threading.enumerate() if thread.name == "ask-kraken" and thread.is_alive()]
        assert polling.result(30) == []
    assert rig.poll() == []
