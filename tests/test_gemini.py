"""Gemini: the conversation with its stream, and answers without a volume."""

import json
from decimal import Decimal

import pytest
from conversations import newest, shuffled_and_doubled
from records import RECORDS

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.session import NOTHING
from cryptoprices.sources.gemini import Gemini

BTC, ETH = Pair("BTC", "USD"), Pair("ETH", "USD")
AT_MS = 1795357323511
TRADE = {
    "type": "trade", "symbol": "BTCUSD", "event_id": 1000, "timestamp": AT_MS, "price": "97420.40",
    "quantity": "0.0012", "side": "buy",
}  # fmt: skip
ERROR = (
    '{"result":"error","reason":"Bad Request","message":"Supplied value \'ethusd\' is not a valid symbol.  Please '
    'correct your API request to use one of the supported symbols"}'
)


def session():
    return Gemini().session([BTC, ETH])


def trade(**figures):
    """A frame with one trade."""
    return json.dumps(TRADE | figures)


def book(*trades, symbol="BTCUSD", **more):
    """The first frame about a symbol."""
    changes = [["buy", "97418.02", "1.5"], ["sell", "97421.77", "0.5"]]
    return json.dumps({"type": "l2_updates", "symbol": symbol, "changes": changes, "trades": trades} | more)


def test_it_subscribes_each_pair_by_itself():
    assert list(map(json.loads, session().greeting())) == [
        {"type": "subscribe", "subscriptions": [{"name": "l2", "symbols": [name]}]} for name in ("BTCUSD", "ETHUSD")
    ]
    assert session().ping() is None


def test_a_trade_is_a_price_with_its_own_time_and_nothing_else():
    heard = session().read(trade())
    assert heard.tickers == (Ticker(BTC, Decimal("97420.40"), source_ms=AT_MS),)
    assert str(heard.tickers[0].price) == "97420.40"


def test_the_first_book_acknowledges_and_brings_the_newest_of_its_old_trades():
    talk = session()
    old = [TRADE | {"event_id": 900 - n, "timestamp": AT_MS - n * 60_000, "price": f"9740{n}"} for n in range(5)]
    heard = talk.read(book(*old[::-1], auction_events=[{"type": "auction_result"}]))
    assert heard.accepted == (BTC,)
    assert heard.tickers == (Ticker(BTC, Decimal(97400), source_ms=AT_MS),)
    assert talk.read(book()) == NOTHING


def test_a_book_without_trades_acknowledges_all_the_same():
    talk = session()
    heard = talk.read('{"type":"l2_updates","symbol":"ETHUSD","changes":[]}')
    assert (heard.accepted, heard.tickers) == ((ETH,), ())


def test_an_error_refuses_the_pair_that_it_names():
    ((pair, said),) = session().read(ERROR).refused
    assert pair == ETH
    assert said.startswith("Supplied value 'ethusd' is not a valid symbol.")
    with pytest.raises(BadPayload, match="NoValidTradingPairs"):
        session().read('{"result":"error","reason":"NoValidTradingPairs"}')


@pytest.mark.parametrize("said", [
    '{"type":"heartbeat","timestamp":1624493666869}', trade(symbol="SOLUSD"), '{"type":"candles_1m_updates"}', "{}",
    '{"type":"subscription_ack","accountId":1}', '{"type":"something_new","symbol":"BTCUSD","price":"1"}',
])  # fmt: skip
def test_a_heartbeat_and_what_is_not_documented_is_nothing(said):
    assert session().read(said) == NOTHING


def test_older_and_repeated_trades_change_nothing():
    frames = [trade(event_id=1000 + n, price=f"9740{n}", timestamp=AT_MS + n) for n in range(10)]
    frames.append(book(*(TRADE | {"event_id": 900 + n, "price": "90000"} for n in range(50))))
    talk = session()
    assert newest(talk, frames)[BTC].price == 97409
    assert newest(talk, frames) == {}
    for seed in range(20):
        assert newest(session(), shuffled_and_doubled(frames, seed))[BTC].price == 97409


@pytest.mark.parametrize(
    "price", ["0", "-1", "NaN", "", "1e999", 97420.4, None, "9" * 10_000], ids=lambda price: str(price)[:9]
)
def test_a_strange_price_is_no_price(price):
    with pytest.raises(BadPayload):
        session().read(trade(price=price))


@pytest.mark.parametrize("without", ["volume", "timestamp"])
def test_an_answer_without_its_volume_lacks_only_what_is_in_it(without):
    record = RECORDS["gemini"]
    value = json.loads(record.body)
    del (value if without == "volume" else value["volume"])[without]
    (whole,), (quote,) = record.read(record.body), record.read(json.dumps(value).encode())
    lost = {"source_ms": None} | ({"volume_24h": None} if without == "volume" else {})
    assert quote.ticker == whole.ticker._replace(**lost)


def test_a_volume_in_another_coin_is_an_answer_about_another_pair():
    record = RECORDS["gemini"]
    with pytest.raises(BadPayload, match="BTC"):
        record.read(record.body.replace(b'"BTC"', b'"ETH"'))
