"""The conversation with Bitfinex's stream."""

import json
from decimal import Decimal

import pytest
from conversations import newest, shuffled_and_doubled

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.session import NOTHING
from cryptoprices.sources.bitfinex import Bitfinex

BTC, USDT = Pair("BTC", "USD"), Pair("USDT", "USD")
ACK = '{"event":"subscribed","channel":"ticker","chanId":17,"symbol":"tBTCUSD","pair":"BTCUSD"}'
REFUSED = '{"event":"error","channel":"ticker","symbol":"tUSTUSD","msg":"symbol: invalid","code":10300}'
TICKER = "[17,[97402,4.1,97403,3.72,1762.5,0.01841755,97402.50,512.80114403,97871,95300],18]"


def session():
    """A conversation in which the first channel is acknowledged."""
    talk = Bitfinex().session([BTC, USDT])
    talk.read(ACK)
    return talk


def frame(price, number=None):
    figures = f"[17,[97402,4.1,97403,3.72,1762.5,0.01841755,{price},512.8,97871,95300]"
    return f"{figures}]" if number is None else f"{figures},{number}]"


def test_it_has_the_frames_numbered_and_subscribes_each_pair_by_itself():
    assert list(map(json.loads, session().greeting())) == [
        {"event": "conf", "flags": 65536},
        {"event": "subscribe", "channel": "ticker", "symbol": "tBTCUSD"},
        {"event": "subscribe", "channel": "ticker", "symbol": "tUSTUSD"},
    ]


def test_its_ping_is_an_event():
    assert json.loads(session().ping()) == {"event": "ping", "cid": 1}
    assert session().read('{"event":"pong","ts":1795357323511,"cid":1}') == NOTHING


def test_what_a_frame_carries_is_the_ticker_and_the_fraction_becomes_per_cent():
    (ticker,) = session().read(TICKER).tickers
    assert ticker == Ticker(
        BTC, Decimal("97402.50"), Decimal(97402), Decimal(97403), Decimal("1.841755"), Decimal(97871), Decimal(95300),
        Decimal("512.80114403"),
    )  # fmt: skip
    assert str(ticker.price) == "97402.50"


def test_fields_may_be_appended_and_figures_may_be_missing():
    (ticker,) = session().read("[17,[null,null,null,null,null,null,97402.5,null,null,null,7,[1]],18]").tickers
    assert ticker == Ticker(BTC, Decimal("97402.5"))


def test_each_pair_is_acknowledged_or_refused():
    talk = Bitfinex().session([BTC, USDT])
    assert talk.read(TICKER) == NOTHING  # nobody has said yet whose channel that is
    assert talk.read(ACK).accepted == (BTC,)
    assert talk.read(REFUSED).refused == ((USDT, "symbol: invalid"),)
    assert len(talk.read(TICKER).tickers) == 1
    with pytest.raises(BadPayload, match="unknown"):
        talk.read('{"event":"error","msg":"unknown","code":10000}')


@pytest.mark.parametrize(("code", "reconnect"), [(20051, True), (20060, False), (20061, True)])
def test_after_a_restart_and_a_maintenance_a_new_connection_is_asked_for(code, reconnect):
    assert session().read(f'{{"event":"info","code":{code},"msg":"…"}}').reconnect is reconnect
    assert session().read('{"event":"info","version":2,"serverId":"083b","platform":{"status":1}}') == NOTHING


@pytest.mark.parametrize("said", [
    '[17,"hb",19]', '[17,"hb"]', "[99,[1,2,3],20]", '[99,"te",[1,2,3,4],21]', '{"event":"conf","status":"OK"}',
    '{"event":"subscribed","channel":"trades","chanId":99,"symbol":"tBTCUSD","pair":"BTCUSD"}',
    '{"event":"subscribed","channel":"ticker","chanId":99,"symbol":"tXYZUSD","pair":"XYZUSD"}',
])  # fmt: skip
def test_what_is_no_price_of_ours_is_nothing(said):
    assert session().read(said) == NOTHING


def test_older_and_repeated_frames_change_nothing():
    frames = [frame(97400 + number, number) for number in range(18, 68)]
    talk = session()
    assert newest(talk, frames)[BTC].price == 97467
    assert newest(talk, frames) == {}
    for seed in range(20):
        assert newest(session(), shuffled_and_doubled(frames, seed))[BTC].price == 97467


def test_without_numbers_the_order_is_that_of_arrival():
    talk = session()
    assert [talk.read(frame(price)).tickers[0].price for price in (97400, 97402, 97401)] == [97400, 97402, 97401]


@pytest.mark.parametrize(
    "price", ["0", "-1", "null", '"97402.5"', "1e999", "[97402.5]", "true", "9" * 10_000], ids=lambda text: text[:9]
)
def test_a_strange_price_is_no_price(price):
    with pytest.raises(BadPayload):
        session().read(frame(price, 18))
