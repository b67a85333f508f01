"""The conversation with Binance's combined stream."""

import json
from decimal import Decimal

import pytest
from conftest import RECORDINGS
from conversations import frames_of, newest, recorded_frames, with_recordings

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.session import NOTHING, Heard
from cryptoprices.sources.binance import Binance

BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")
FRAMES = frames_of("binance")
D = Decimal
LAST = {
    BTC: Ticker(BTC, D("97445.10000000"), D("97445.09000000"), D("97445.10000000"), D("1.853"), D("97911.00000000"),
                D("95338.07000000"), D("18402.11037000"), 1795357324003),
    ETH: Ticker(ETH, D("3513.12000000"), D("3513.11000000"), D("3513.12000000"), D("-2.674"), D("3543.20000000"),
                D("3403.01000000"), D("301188.42150000"), 1795357322005),
}  # fmt: skip


def session(*pairs):
    return Binance().session(pairs or (BTC, ETH))


def frame(symbol="BTCUSDT", event_ms=1795357322001, **figures):
    data = {"e": "24hrTicker", "E": event_ms, "s": symbol} | figures
    return json.dumps({"stream": f"{symbol.lower()}@ticker", "data": data})


def test_it_subscribes_the_tickers_in_lower_case():
    (said,) = session().greeting()
    assert json.loads(said) == {"method": "SUBSCRIBE", "params": ["btcusdt@ticker", "ethusdt@ticker"], "id": 1}


def test_the_ping_is_a_question_that_is_always_answered():
    assert json.loads(session().ping()) == {"method": "LIST_SUBSCRIPTIONS", "id": 2}
    assert session().read('{"result":["btcusdt@ticker","ethusdt@ticker"],"id":2}') == NOTHING


def test_a_conversation_step_by_step():
    talk = session()
    heard = list(map(talk.read, FRAMES))
    assert heard[0] == Heard(accepted=(BTC, ETH))
    assert [bool(step.tickers) for step in heard] == [False, True, True, True, False, True]
    assert newest(session(), FRAMES) == LAST


def test_what_a_frame_does_not_carry_is_unknown():
    (ticker,) = session().read(frame(c="97444.00000000")).tickers
    assert ticker == Ticker(BTC, Decimal("97444.00000000"), source_ms=1795357322001)


def test_an_older_or_repeated_tick_says_nothing():
    talk = session()
    assert talk.read(frame(c="5", event_ms=7)).tickers
    assert talk.read(frame(c="6", event_ms=6)) == NOTHING
    assert talk.read(frame(c="7", event_ms=7)) == NOTHING
    assert talk.read(frame("ETHUSDT", 1, c="8")).tickers, "each pair has its own time"


@pytest.mark.parametrize(
    "said", ['{"e":"serverShutdown","E":1795357322001}', '{"stream":"x","data":{"e":"serverShutdown","E":1}}']
)
def test_a_server_that_goes_down_is_left_before(said):
    assert session().read(said) == Heard(reconnect=True)


@pytest.mark.parametrize(
    "said",
    ['{"code":2,"msg":"Invalid request: unknown"}', '{"error":{"code":2,"msg":"Invalid request: unknown"},"id":1}'],
)
def test_a_refused_request_is_one_of_all_its_pairs(said):
    reason = "Invalid request: unknown"
    assert session().read(said) == Heard(refused=((BTC, reason), (ETH, reason)))


def test_an_error_after_the_acknowledgement_takes_no_pair_away():
    talk = session()
    talk.read(FRAMES[0])
    with pytest.raises(BadPayload, match="Invalid request: unknown"):
        talk.read('{"code":2,"msg":"Invalid request: unknown"}')
    assert talk.read(FRAMES[1]).tickers


@pytest.mark.parametrize(
    "strange",
    [
        frame(),
        frame(c=97444),
        frame(c="NaN"),
        frame(c="-5"),
        frame(c="5", event_ms="7"),
        frame(c="5", event_ms=0),
        frame(c="5", P="much"),
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
        '{"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"5","a":"6"}}',
        '{"stream":"btcusdt@new","data":{"e":"somethingNew","c":{"of":"another shape"}}}',
        '{"result":null,"id":2}',
        frame("XRPUSDT", c="5"),
        "{}",
    ],
)
def test_no_price_is_made_of_anything_else(other):
    assert session().read(other) == NOTHING


@with_recordings
def test_a_recorded_ticker_is_ours_value_by_value():
    said = (RECORDINGS / "ws" / "binance" / "sample.testTickerEvent.json").read_text("utf-8")
    row, pair = json.loads(said)["data"], Pair("ETH", "BTC")
    (ticker,) = session(pair).read(said).tickers
    assert ticker == Ticker(pair, *(Decimal(row[key]) for key in "cbaPhlv"), row["E"])


@with_recordings
def test_recorded_frames_of_other_streams_say_nothing():
    frames = recorded_frames("binance/BINANCE.ws.1.0.first60.jsonl.gz")
    talk = session(*map(Pair.parse, ["NKN/USDT", "BLZ/ETH", "LRC/BTC", "RUNE/EUR"]))
    assert len(frames) > 20
    assert all(talk.read(frame_) == NOTHING for frame_ in frames)
