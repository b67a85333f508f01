"""The conversation with Coinbase's stream."""

import json
from decimal import Decimal

import pytest
from conversations import frames_of, newest

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.session import NOTHING, Heard
from cryptoprices.sources.coinbase import Coinbase

BTC, ETH, XYZ = Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("XYZ", "USD")
FRAMES = frames_of("coinbase")
D = Decimal
LAST = {
    BTC: Ticker(BTC, D("97415.11"), D("97415.09"), D("97415.12"), D("1.8538"), D("97881.30"), D("95310.25"),
                D("7421.18340219"), 1795357322731),
    ETH: Ticker(ETH, D("3513.05"), D("3513.04"), D("3513.06"), D("2.7208"), D("3541.7"), D("3402.2"), D("88101.2"),
                1795357323100),
}  # fmt: skip


def session(*pairs):
    return Coinbase().session(pairs or (BTC, ETH))


def frame(product="BTC-USD", sequence=5, **figures):
    return json.dumps({"type": "ticker", "product_id": product, "sequence": sequence} | figures)


def subscription(*products):
    return {"type": "subscribe", "product_ids": list(products), "channels": ["ticker", "heartbeat"]}


def test_it_subscribes_all_pairs_at_once_to_tickers_and_heartbeats():
    assert list(map(json.loads, session().greeting())) == [subscription("BTC-USD", "ETH-USD")]
    assert session().ping() is None


def test_a_conversation_step_by_step():
    talk = session()
    heard = list(map(talk.read, FRAMES))
    assert heard[0] == Heard(accepted=(BTC, ETH))
    assert [bool(step.tickers) for step in heard] == [False, True, True, False, True, True, True, False]
    assert [str(step.tickers[0].price) for step in heard if step.tickers] == [
        "97415.07", "3513.04", "97415.1", "97415.11", "3513.05",
    ]  # fmt: skip
    assert heard[2].tickers[0].source_ms == 1795357310000, "the first tick bears the time of its trade"
    assert newest(session(), FRAMES) == LAST


def test_what_a_frame_does_not_carry_is_unknown():
    assert session().read(frame(price="97415.0700")).tickers == (Ticker(BTC, Decimal("97415.0700")),)
    (ticker,) = session().read(frame(price="5", open_24h="0", volume_24h="", best_bid=None)).tickers
    assert ticker == Ticker(BTC, Decimal(5))


def test_a_lower_or_repeated_sequence_says_nothing():
    talk = session()
    assert talk.read(frame(price="5", sequence=7)).tickers
    assert talk.read(frame(price="6", sequence=6)) == NOTHING
    assert talk.read(frame(price="7", sequence=7)) == NOTHING
    assert talk.read(frame("ETH-USD", 1, price="8")).tickers, "each product has its own sequence"


def test_a_strange_tick_does_not_make_the_next_one_old():
    talk = session()
    with pytest.raises(BadPayload):
        talk.read(frame(price="-5", sequence=9))
    assert talk.read(frame(price="5", sequence=8)).tickers


def test_an_unknown_product_is_refused_and_the_others_are_subscribed_again():
    talk = session(BTC, XYZ, ETH)
    error = {"type": "error", "message": "Failed to subscribe", "reason": "XYZ-USD is not a valid product"}
    heard = talk.read(json.dumps(error))
    assert heard.refused == ((XYZ, "Failed to subscribe: XYZ-USD is not a valid product"),)
    assert list(map(json.loads, heard.replies)) == [subscription("BTC-USD", "ETH-USD")]
    assert talk.read(json.dumps(error)) == NOTHING, "said twice, it is subscribed once"
    assert talk.read(FRAMES[0]).accepted == (BTC, ETH)


def test_when_all_are_refused_there_is_nothing_left_to_say():
    heard = session(XYZ).read('{"type":"error","message":"Failed to subscribe","reason":"XYZ-USD is not a product"}')
    assert (len(heard.refused), heard.replies) == (1, ())


@pytest.mark.parametrize(
    "strange",
    [
        '{"type":"error","message":"Failed to subscribe","reason":"No channels provided"}',
        '{"type":"error","message":"rate limit exceeded"}',
        '{"type":"subscriptions"}',
        frame(),
        frame(price=97415),
        frame(price="NaN"),
        frame(price="5", sequence="5"),
        frame(price="5", time="2026-11-22T14:22:02"),
        "[]",
        "",
    ],
)
def test_what_is_strange_says_so(strange):
    with pytest.raises(BadPayload, match=r"."):
        session().read(strange)


@pytest.mark.parametrize(
    "other",
    [
        '{"type":"heartbeat","sequence":90210560,"product_id":"BTC-USD","time":"2026-11-22T14:22:00Z"}',
        '{"type":"last_match","product_id":"BTC-USD","price":"5","sequence":6}',
        '{"type":"something_new","price":{"of":"another shape"}}',
        frame("XRP-USD", price="5"),
        "{}",
    ],
)
def test_no_price_is_made_of_anything_else(other):
    assert session().read(other) == NOTHING
