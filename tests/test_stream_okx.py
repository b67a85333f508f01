"""The conversation with OKX's stream."""

import json
from decimal import Decimal

import pytest
from conversations import newest, shuffled_and_doubled

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.session import NOTHING
from cryptoprices.sources.okx import Okx

BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")
ROW = {
    "instType": "SPOT", "instId": "BTC-USDT", "last": "97441.7", "lastSz": "0.00031", "askPx": "97441.8",
    "askSz": "0.81", "bidPx": "97441.70", "bidSz": "1.2", "open24h": "95668.1", "high24h": "97907.2",
    "low24h": "95331", "volCcy24h": "501882004.11", "vol24h": "5188.20771193", "ts": "1795357323511",
}  # fmt: skip
ACK = '{"event":"subscribe","arg":{"channel":"tickers","instId":"BTC-USDT"},"connId":"a4d3ae55"}'
UNKNOWN = (
    '{"event":"error","msg":"Wrong URL or channel:tickers,instId:ETH-USDT doesn\'t exist. Please use the correct URL, '
    'channel and parameters referring to API document.","code":"60018","connId":"a4d3ae55"}'
)


def session():
    return Okx().session([BTC, ETH])


def frame(**figures):
    """A frame of the tickers channel."""
    row = ROW | figures
    return json.dumps({"arg": {"channel": "tickers", "instId": row["instId"]}, "data": [row]})


def test_it_subscribes_each_pair_by_itself():
    said = list(map(json.loads, session().greeting()))
    args = [{"channel": "tickers", "instId": name} for name in ("BTC-USDT", "ETH-USDT")]
    assert said == [{"id": str(n), "op": "subscribe", "args": [arg]} for n, arg in enumerate(args, start=1)]


def test_ping_and_pong_are_words_and_no_json():
    assert session().ping() == "ping"
    assert session().read("pong") == NOTHING


def test_what_a_frame_carries_is_the_ticker():
    (ticker,) = session().read(frame()).tickers
    assert ticker == Ticker(
        BTC, Decimal("97441.7"), Decimal("97441.70"), Decimal("97441.8"), Decimal("1.8539"), Decimal("97907.2"),
        Decimal(95331), Decimal("5188.20771193"), 1795357323511,
    )  # fmt: skip


def test_what_it_does_not_carry_is_unknown():
    (ticker,) = session().read(frame(bidPx="", askPx="", open24h="", high24h="", low24h="", vol24h="")).tickers
    assert ticker == Ticker(BTC, Decimal("97441.7"), source_ms=1795357323511)


def test_each_pair_is_acknowledged_or_refused():
    talk = session()
    assert talk.read(ACK).accepted == (BTC,)
    ((pair, said),) = talk.read(UNKNOWN).refused
    assert (pair, said[:20]) == (ETH, "Wrong URL or channel")
    by_id = '{"event":"error","id":"1","code":"60012","msg":"Invalid request"}'
    assert talk.read(by_id).refused == ((BTC, "Invalid request"),)
    with pytest.raises(BadPayload, match="Illegal request"):
        talk.read('{"event":"error","code":"60012","msg":"Illegal request"}')


def test_an_upgrade_of_the_service_asks_for_a_new_connection():
    notice = '{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade."}'
    assert session().read(notice).reconnect
    assert not session().read(notice.replace("64008", "64009")).reconnect


def test_older_and_repeated_frames_change_nothing():
    talk = session()
    frames = [frame(last=str(97441 + n), ts=str(1795357323511 + n)) for n in range(50)]
    assert newest(talk, frames)[BTC].price == 97490
    assert newest(talk, frames) == {}
    for seed in range(20):
        assert newest(session(), shuffled_and_doubled(frames, seed))[BTC].price == 97490


@pytest.mark.parametrize("said", [
    '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"px":"1","sz":"2","side":"buy","ts":"1"}]}',
    frame(instId="SOL-USDT"), '{"event":"unsubscribe","arg":{"channel":"tickers","instId":"BTC-USDT"}}',
    '{"event":"channel-conn-count","channel":"tickers","connCount":"2"}', "{}",
])  # fmt: skip
def test_what_is_not_asked_for_is_nothing(said):
    assert session().read(said) == NOTHING


def test_a_row_of_another_pair_in_the_frame_of_ours_is_none():
    assert session().read(frame().replace('"instId": "BTC-USDT", "last"', '"instId": "BTC-USDC", "last"')) == NOTHING


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "", "1e999", "97,441", "9" * 10_000], ids=lambda text: text[:9])
def test_a_strange_price_is_no_price(price):
    with pytest.raises(BadPayload):
        session().read(frame(last=price))
