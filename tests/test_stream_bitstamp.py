"""The conversation with Bitstamp's stream, which has trades and no tickers."""

import json
from decimal import Decimal

import pytest
from conversations import frames_of, newest

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.session import NOTHING, Heard
from cryptoprices.sources.bitstamp import Bitstamp

BTC, ETH = Pair("BTC", "USD"), Pair("ETH", "USD")
FRAMES = frames_of("bitstamp")
LAST = {
    BTC: Ticker(BTC, Decimal("97411.5"), source_ms=1795357323599),
    ETH: Ticker(ETH, Decimal("3512.0"), source_ms=1795357321596),
}


def session(*pairs):
    return Bitstamp().session(pairs or (BTC, ETH))


def trade(id_=5, price="97409.50", time_us="1795357323599000", channel="live_trades_btcusd", **figures):
    data = {"id": id_, "price_str": price, "microtimestamp": time_us} | figures
    return json.dumps({"event": "trade", "channel": channel, "data": data})


def test_it_subscribes_the_trades_of_each_pair():
    said = list(map(json.loads, session().greeting()))
    channels = ["live_trades_btcusd", "live_trades_ethusd"]
    assert said == [{"event": "bts:subscribe", "data": {"channel": channel}} for channel in channels]
    assert json.loads(session().ping()) == {"event": "bts:heartbeat"}


def test_a_conversation_step_by_step():
    talk = session()
    heard = list(map(talk.read, FRAMES))
    assert [step.accepted for step in heard[:2]] == [(BTC,), (ETH,)]
    assert [bool(step.tickers) for step in heard] == [False, False, True, True, False, True, True, False]
    assert [str(step.tickers[0].price) for step in heard if step.tickers] == ["97409", "3512.0", "97410", "97411.5"]
    assert newest(session(), FRAMES) == LAST


def test_an_older_or_repeated_trade_says_nothing():
    talk = session()
    assert talk.read(trade(7)).tickers
    assert talk.read(trade(7)) == NOTHING
    assert talk.read(trade(6)) == NOTHING, "an earlier trade of the same order"
    assert talk.read(trade(9, time_us="1795357323598999")) == NOTHING
    assert talk.read(trade(8)).tickers
    assert talk.read(trade(1, channel="live_trades_ethusd")).tickers, "each pair has its own order"


def test_a_request_to_reconnect_is_heard():
    assert session().read('{"event":"bts:request_reconnect","channel":"","data":""}') == Heard(reconnect=True)


def test_a_refused_pair_is_named():
    said = '{"event":"bts:error","channel":"live_trades_ethusd","data":{"code":null,"message":"Bad channel."}}'
    assert session().read(said) == Heard(refused=((ETH, "Bad channel."),))


@pytest.mark.parametrize(
    "strange",
    [
        '{"event":"bts:error","channel":"","data":{"code":null,"message":"Incorrect JSON format."}}',
        trade(price=97409),
        trade(price="inf"),
        trade(price="0"),
        trade(id_=-1),
        trade(id_=2**70),
        trade(time_us="1e15"),
        trade(time_us="1" * 40),
        '{"event":"trade","channel":"live_trades_btcusd"}',
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
        '{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}',
        '{"event":"order_created","channel":"live_orders_btcusd","data":{"id":1,"price":97409}}',
        '{"event":"something_new","channel":"live_trades_btcusd","data":[1]}',
        '{"event":"bts:subscription_succeeded","channel":"live_trades_xrpusd","data":{}}',
        trade(channel="live_trades_xrpusd"),
    ],
)
def test_no_price_is_made_of_anything_else(other):
    assert session().read(other) == NOTHING
