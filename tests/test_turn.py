"""One exchange's turn: how fast it asks, and what one pair's trouble costs the others."""

from decimal import Decimal
from itertools import pairwise

import pytest
from fault_server import Fault
from fetch_rig import BTC, ETH, SOL, opened_rig

from cryptoprices.core.budget import Budget
from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Pair
from cryptoprices.core.source import Answer, Exchange
from cryptoprices.net.call import Call
from cryptoprices.net.turn import Turn
from cryptoprices.sources.discovery import discover

LTC = Pair("LTC", "USD")
COINS = [Pair(coin, "USD") for coin in ("ADA", "AVAX", "BTC", "DOGE", "DOT", "ETH", "LTC", "SOL")]


@pytest.fixture
def rig(fake_clock):
    with opened_rig(fake_clock) as rig:
        yield rig


class Gemini:
    """In place of Http: answers every ticker; each takes a tenth of a second. asked_at: boot times."""

    def __init__(self, fake_clock):
        self.time, self.asked_at = fake_clock, []

    def get(self, url, call):
        assert call
        self.asked_at.append(self.time.boot_s)
        self.time.advance(0.1)
        symbol = url.rpartition("/")[2].upper()
        body = f'{{"last":"7","symbol":"{symbol}","high":"8"}}'.encode()
        return Answer(200, {}, body, self.time.boot_s, self.time.wall_ms)


class Patient(Call):
    """Its pauses take no time. ends_after_s: of pauses altogether, as a poll ends."""

    def __init__(self, fake_clock, ends_after_s=1000.0):
        super().__init__()
        self.time, self.left_s = fake_clock, ends_after_s

    def pause(self, seconds):
        self.time.advance(seconds)
        self.left_s -= seconds
        return self.left_s > 0


def turn(fake_clock, http, call):
    exchange, budget = Exchange(discover()["gemini"], "", ""), Budget(100, 1)
    return Turn(exchange, http, call, fake_clock.clock, budget=budget, asked={})


def test_gemini_is_asked_once_a_second_after_a_burst_of_five(fake_clock):
    http = Gemini(fake_clock)
    outcome = turn(fake_clock, http, Patient(fake_clock)).run(COINS, [])
    assert len(outcome.quotes) == 8
    assert all(quote.ticker.high_24h == 8 for quote in outcome.quotes)
    assert len(http.asked_at) == 16
    assert all(later - earlier >= 5 for earlier, later in zip(http.asked_at, http.asked_at[5:], strict=False))
    assert max(later - earlier for earlier, later in pairwise(http.asked_at[:5])) < 0.2


def test_what_has_no_time_left_is_left_to_the_next_turn(fake_clock):
    http = Gemini(fake_clock)
    outcome = turn(fake_clock, http, Patient(fake_clock, ends_after_s=3.0)).run(COINS, [])
    assert (len(outcome.quotes), outcome.error) == (5, None)
    outcome = turn(fake_clock, Gemini(fake_clock), Call()).run(COINS[:1], [])
    assert outcome.quotes[0].ticker.high_24h == 8


def test_a_call_that_ends_ends_its_pause():
    call = Call()
    assert call.pause(0.001)
    call.abort()
    assert not call.pause(60)


def _fails(*coins):
    def play(peer):
        bad = any(coin in peer.path for coin in coins)
        peer.answer(b"{}" if bad else None, 500 if bad else 200)

    return Fault("500 for some", play, keeps=True)


def test_a_fault_of_the_exchange_with_one_pair_costs_the_others_nothing(rig):
    rig.asks("coinbase").poll(BTC, ETH, SOL)
    rig.server.misbehave("coinbase", _fails("BTC"))
    for _ in range(4):
        rig.poll(BTC, ETH, SOL)
        assert {pair for _, pair in rig.prices()} == {"ETH/USD", "SOL/USD"}
        standing = rig.standing("coinbase")
        assert (standing.reason, standing.delisted) == (None, frozenset())
        assert "fault of its own (500)" in standing.text
    rig.server.misbehave("coinbase", None)
    rig.poll(BTC, ETH, SOL)
    assert rig.prices()["coinbase", "BTC/USD"] == Decimal("97412.5")
    assert rig.standing("coinbase").text == ""


@pytest.mark.logs("coinbase")
def test_two_faults_running_end_the_turn_and_the_next_one_begins_with_the_others(rig):
    rig.server.misbehave("coinbase", _fails("BTC", "ETH"))
    rig.asks("coinbase").poll(BTC, ETH, LTC, SOL)
    assert (len(rig.asked_at("coinbase")), rig.standing("coinbase").reason) == (2, Reason.SERVER)
    rig.poll(BTC, ETH, LTC, SOL)
    assert {pair for _, pair in rig.prices()} == {"LTC/USD", "SOL/USD"}
    rig.server.misbehave("coinbase", _fails(""))
    rig.paths("coinbase")
    rig.poll(BTC, ETH, LTC, SOL)
    assert len(rig.asked_at("coinbase")) == 2
