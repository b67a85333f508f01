"""Frames and pages that are cut off, endless or nested without end: a reason in short time, and never a price."""

import json
from contextlib import suppress

import pytest
from conversations import frames_of
from records import DATA, RECEIVED_MS, SOURCES, answer

from cryptoprices.core.errors import BadPayload, SourceError
from cryptoprices.core.intervals import MINUTE_MS
from cryptoprices.core.market import Pair

PAIRS = [Pair.parse(name) for name in ("BTC/USD", "ETH/USD", "BTC/USDT", "ETH/USDT")]
STREAMS = {name: source for name, source in SOURCES.items() if source.session(PAIRS) is not None}
HOSTILE = [
    "", " ", "null", "true", "[]", "{}", '""', "NaN", "Infinity", "[" * 100_000, '{"data":' * 100_000,
    "9" * 10_000, '{"type":"' + "x" * 1_000_000 + '"}', "\ud800", "\x00", "﻿{}",
]  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("frame", HOSTILE, ids=lambda frame: repr(frame[:12]))
def test_a_hostile_frame_is_strange_or_says_nothing(name, frame):
    with suppress(BadPayload):
        assert not any(STREAMS[name].session(PAIRS).read(frame))


@pytest.mark.parametrize("name", STREAMS)
def test_a_frame_that_is_cut_off_anywhere_is_strange(name):
    talk = STREAMS[name].session(PAIRS)
    for frame in frames_of(name):
        for end in range(len(frame)):
            with pytest.raises(BadPayload):
                talk.read(frame[:end])


@pytest.mark.parametrize("name", STREAMS)
def test_a_price_of_ten_thousand_digits_is_none(name):
    talk, other, found = STREAMS[name].session(PAIRS), STREAMS[name].session(PAIRS), 0
    for frame in frames_of(name):
        prices = [str(ticker.price) for ticker in other.read(frame).tickers]
        if not prices:
            talk.read(frame)
        for price in prices:
            assert price in frame
            with pytest.raises(BadPayload):
                talk.read(frame.replace(price, "9" * 10_000 + price))
        found += len(prices)
    assert found >= 3


@pytest.mark.parametrize("name", ["kraken", "coinbase", "bitstamp", "binance"])
def test_a_page_that_is_cut_off_anywhere_is_none(name):
    source, body = SOURCES[name], (DATA / f"{name}-candles.json").read_bytes().strip()
    pair = next(pair for pair in PAIRS if source.lists(pair))
    now_ms = RECEIVED_MS - RECEIVED_MS % MINUTE_MS
    ask = source.candle_ask(pair, "1m", now_ms - 10 * MINUTE_MS, now_ms, RECEIVED_MS)
    for end in range(len(body)):
        with pytest.raises(SourceError):
            source.read_candles(answer(body[:end]), ask)
    long = json.dumps(json.loads(body)).replace("97444", "9" * 10_000, 1).encode()
    assert len(source.read_candles(answer(long), ask)) < len(source.read_candles(answer(body), ask))
