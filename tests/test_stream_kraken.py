"""The conversation with version 2 of Kraken's stream."""

import json
from decimal import Decimal

import pytest
from conftest import RECORDINGS
from conversations import accepted, frames_of, newest

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.session import NOTHING, Heard
from cryptoprices.sources.kraken import Kraken

BTC, ETH = Pair("BTC", "USD"), Pair("ETH", "USD")
FRAMES = frames_of("kraken")
D = Decimal
LAST = {
    BTC: Ticker(BTC, D("97413.1"), D("97412.4"), D("97413.9"), D("1.84"), D("97880.0"), D("95311.0"),
                D("2101.75731902"), 1795357322300),
    ETH: Ticker(ETH, D("0.00000644"), D("0.0000064"), D("6.45e-06"), D("-0.63"), D("0.00000651"), D("0.0000062"),
                D("24878.0"), 1795357323900),
}  # fmt: skip


def session(*pairs):
    return Kraken().session(pairs or (BTC, ETH))


def frame(symbol="BTC/USD", kind="update", **figures):
    """A frame of the ticker channel; figures as JSON texts."""
    row = "".join(f', "{key}": {figure}' for key, figure in figures.items())
    return f'{{"channel": "ticker", "type": "{kind}", "data": [{{"symbol": "{symbol}"{row}}}]}}'


def test_it_subscribes_by_the_names_of_version_2():
    (said,) = session(BTC, Pair("DOGE", "EUR"), Pair("ETH", "BTC"), Pair("LUNC", "USD")).greeting()
    channel = {"channel": "ticker", "event_trigger": "trades", "snapshot": True}
    symbols = ["BTC/USD", "DOGE/EUR", "ETH/BTC", "LUNA/USD"]
    assert json.loads(said) == {"method": "subscribe", "params": channel | {"symbol": symbols}, "req_id": 1}


def test_a_conversation_step_by_step():
    talk = session()
    heard = list(map(talk.read, FRAMES))
    assert [bool(any(step)) for step in heard] == [False, True, True, True, True, False, True, True, False, True]
    assert [step.accepted for step in heard[1:3]] == [(BTC,), (ETH,)]
    assert [str(ticker.price) for step in heard for ticker in step.tickers] == [
        "97412.5", "3512.30", "97413.0", "97413.1", "0.00000644",
    ]  # fmt: skip
    assert heard[3].tickers[0].source_ms == 1795357318014, "the snapshot bears its own time"
    assert newest(session(), FRAMES) == LAST


def test_what_a_frame_does_not_carry_is_unknown():
    (ticker,) = session().read(frame(last="97412.50")).tickers
    assert ticker == Ticker(BTC, Decimal("97412.50"))
    assert str(ticker.price) == "97412.50"


def test_an_older_or_repeated_tick_says_nothing():
    talk = session()
    new, old = ('"2026-11-22T14:22:02.300100Z"', '"2026-11-22T14:22:02.300099Z"')
    assert talk.read(frame(last="5", timestamp=new)).tickers
    assert talk.read(frame(last="6", timestamp=old)) == Heard()
    assert talk.read(frame(last="5", timestamp=new)) == Heard()
    assert talk.read(frame(last="7", timestamp=new, volume="0.1")).tickers, "one order's next trade has the same time"
    assert talk.read(frame("ETH/USD", last="6", timestamp=old)).tickers, "each pair has its own time"


def test_frames_without_a_time_count_as_they_come():
    talk = session()
    assert [str(talk.read(frame(last=last)).tickers[0].price) for last in ("5", "6", "5")] == ["5", "6", "5"]


def test_a_refused_pair_is_named_and_costs_no_other():
    said = '{"error":"Currency pair not supported ETH/USD","method":"subscribe","success":false,"symbol":"ETH/USD"}'
    talk = session()
    assert talk.read(said) == Heard(refused=((ETH, "Currency pair not supported ETH/USD"),))
    assert accepted(talk, FRAMES[:2]) == [BTC]


@pytest.mark.parametrize(
    "strange",
    [
        '{"error":"Exceeded msg rate","method":"subscribe","success":false}',
        '{"method":"subscribe","success":true,"result":{"channel":"ticker","symbol":"XRP/USD"}}',
        frame(last="null"),
        frame(last='"NaN"'),
        frame(last="0"),
        frame(last="5", timestamp='"yesterday"'),
        frame(bid="5"),
        "pong",
        "",
    ],
)
def test_what_is_strange_says_so(strange):
    with pytest.raises(BadPayload, match=r"."):
        session().read(strange)


@pytest.mark.parametrize(
    "other",
    [
        '{"channel":"heartbeat"}',
        '{"channel":"status","type":"update","data":[{"system":"maintenance"}]}',
        '{"channel":"something_new","data":{"symbol":7}}',
        frame("XRP/USD", last="5"),
        "{}",
    ],
)
def test_no_price_is_made_of_anything_else(other):
    assert session().read(other) in (NOTHING, Heard())


def test_the_ping_is_answered_by_a_pong_that_says_nothing():
    assert json.loads(session().ping()) == {"method": "ping"}
    assert session().read('{"method":"pong","time_in":"2026-11-22T14:22:03Z"}') == NOTHING


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no recordings here")
def test_the_documented_frames():
    folder = RECORDINGS / "ws" / "kraken"
    acknowledgement, ticker, pong, trade = (
        session().read((folder / f"sample.ws_{name}.json").read_text("utf-8"))
        for name in ("subscribe_response", "ticker_snapshot", "pong", "trade_update")
    )
    assert (acknowledgement, pong, trade) == (Heard(accepted=(BTC,)), NOTHING, NOTHING)
    (row,) = json.loads((folder / "sample.ws_ticker_snapshot.json").read_text("utf-8"), parse_float=Decimal)["data"]
    assert ticker.tickers == (
        Ticker(BTC, row["last"], row["bid"], row["ask"], row["change_pct"], row["high"], row["low"], row["volume"],
               1671960659123),
    )  # fmt: skip
