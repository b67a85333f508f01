"""A pair that an exchange no longer has (M08): nothing of it counts, it is shown as no loss, and it may come back."""

import json
from decimal import Decimal

import pytest
from fault_server import Fault
from fetch_rig import BTC, ETH, opened_rig
from judging import Judging, left_out, quote, states

from cryptoprices.core.listing import Listing
from cryptoprices.core.market import Pair, Round, Standing
from cryptoprices.core.snapshot import LeftOut, State

A, B = "kraken", "coinbase"
GONE = Standing(B, delisted=frozenset({BTC}))


@pytest.fixture
def rig(fake_clock):
    with opened_rig(fake_clock) as rig:
        yield rig


def test_three_answers_in_a_row_without_a_pair_that_was_there():
    listing, price = Listing(), quote(A, "100")
    for _ in range(5):
        listing.answered([], [BTC])
    assert listing.delisted == frozenset()  # it was never there
    listing.answered([price], [])
    for _ in range(2):
        listing.answered([], [BTC])
    listing.answered([price], [])
    for expected in (set(), set(), {BTC}, {BTC}):
        listing.answered([], [BTC])
        assert listing.delisted == expected
    listing.answered([], [])  # it was not asked for
    assert listing.delisted == {BTC}
    listing.answered([price], [])
    assert listing.delisted == frozenset()


def test_a_last_price_without_a_trade_in_24_hours_is_of_a_pair_that_is_gone():
    listing = Listing()
    for expected in (set(), set(), {BTC}):
        listing.answered([quote(A, "100", volume_24h=Decimal("0.00"))], [])
        assert listing.delisted == expected
    listing.answered([quote(A, "100", volume_24h=Decimal("0.01"))], [])
    assert listing.delisted == frozenset()


def test_what_is_gone_counts_no_longer_and_comes_back():
    judging = Judging(A, B)
    judging.poll({A: "100", B: "100.4"})
    shown = judging.poll({A: "100", B: "100.4"}, [GONE])
    assert (shown.price, shown.counted, shown.left_out) == (Decimal(100), (A,), (LeftOut(B, None, "no_data"),))
    assert B not in states(shown)
    shown = judging.poll({A: "100", B: "100.4"})  # its last price, for ever
    assert shown.counted == (A,)
    shown = judging.poll({A: "100"}, [Standing(B)])
    shown = judging.poll({A: "100", B: "100.4"})
    assert (shown.counted, left_out(shown)) == ((A, B), {})


def test_gone_from_all_it_keeps_its_last_known_price():
    judging = Judging(B)
    judging.poll({B: "100"})
    shown = judging.poll({}, [GONE])
    assert (shown.price, shown.state, shown.change_24h_pct) == (None, State.STALE, None)
    assert shown.last_known.price == 100
    assert judging.snapshot.last_known[BTC].price == 100


def test_what_was_converted_of_it_is_gone_too():
    tether, rate = Pair("BTC", "USDT"), Pair("USDT", "USD")
    judging = Judging(A, "binance", lists=lambda name, pair: (name == "binance") == (pair.quote == "USDT"))

    def of(pair, exchange, price):
        made = quote(exchange, price, judging.boot_s)
        return made._replace(ticker=made.ticker._replace(pair=pair))

    answers = (of(BTC, A, "100"), of(tether, "binance", "100"), of(rate, A, "1"))
    assert judging.apply(Round(1, judging.boot_s, answers, last=True), judging.boot_s).counted == (A, "binance")
    gone = Standing("binance", delisted=frozenset({tether}))
    shown = judging.apply(Round(2, judging.boot_s, answers[1:2], (gone,)), judging.boot_s + 1)
    assert (shown.counted, list(states(shown))) == ((A,), [A])
    assert not judging.snapshot.held[tether]


def _vanish(peer):
    content = peer.reply.content
    content["result"] = {name: row for name, row in content["result"].items() if "ETH" not in name}
    peer.answer(json.dumps(content).encode())


def _for_nothing(peer):
    for name, row in peer.reply.content["result"].items():
        row["c"] = ["0.0", "0"] if "ETH" in name else row["c"]
    peer.answer()


def _untraded(peer):
    for name, row in peer.reply.content["result"].items():
        row["v"] = ["0", "0.00000000"] if "ETH" in name else row["v"]
    peer.answer()


def _unknown(peer):
    peer.answer(b'{"error":["EQuery:Unknown asset pair"]}' if "ETH" in peer.path else None)


@pytest.mark.parametrize("play", [_vanish, _for_nothing, _untraded, _unknown])
def test_a_pair_that_vanishes_costs_the_others_nothing(rig, play):
    rig.asks("kraken", "coingecko", missing=True).poll(BTC, ETH)
    rig.server.misbehave("kraken", Fault("delisted", play, keeps=True))
    others = {}
    for delisted in (set(), set(), {ETH}, {ETH}):
        rig.poll(BTC, ETH)
        others |= rig.prices()
        standing = rig.standing("kraken")
        assert (standing.delisted, standing.reason) == (delisted, None)
        assert ("kraken", "BTC/USD") in rig.prices()
    assert others["coingecko", "ETH/USD"] == Decimal("3512.3")  # nobody else has it now
    rig.server.misbehave("kraken", None)
    rig.poll(BTC, ETH, after_s=3600)
    assert rig.standing("kraken").delisted == frozenset()
    assert ("kraken", "ETH/USD") in rig.prices()


@pytest.mark.logs("coinbase")
def test_an_exchange_whose_every_answer_is_strange_has_delisted_nothing(rig):
    rig.asks("coinbase").poll(BTC, ETH)
    rig.server.misbehave("coinbase", Fault("null", lambda peer: peer.answer(b"null"), keeps=True))
    for _ in range(8):
        rig.poll(BTC, ETH)
    assert rig.standing("coinbase").delisted == frozenset()


def test_one_whose_answer_for_one_pair_is_strange_may_have_delisted_it(rig):
    def play(peer):
        peer.answer(b'{"price":"0.00","time":"2026-01-01T00:00:00Z"}' if "ETH" in peer.path else None)

    rig.asks("coinbase").poll(BTC, ETH)
    rig.server.misbehave("coinbase", Fault("zero", play, keeps=True))
    for _ in range(3):
        rig.poll(BTC, ETH)
    assert rig.standing("coinbase").delisted == {ETH}
