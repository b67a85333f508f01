"""What holds for the stream of every exchange: any order of its frames, anything in them, and recorded frames."""

import json
from contextlib import suppress

import pytest
from any_json import ANY_JSON, places, replaced
from conversations import (
    accepted,
    agrees,
    every_recording,
    frames_of,
    mixed,
    newest,
    recorded_frames,
    says,
    with_recordings,
)
from hypothesis import given
from hypothesis import strategies as st
from stream_rig import SOURCES

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Pair

PAIRS = [Pair(base, quote) for base in ("BTC", "ETH") for quote in ("USD", "USDT")]
STREAMS = [name for name, source in SOURCES.items() if source.session(PAIRS) is not None]
every_stream = pytest.mark.parametrize("name", STREAMS)


def must_be_sound(talk, frame):
    """Whatever the frame: prices of pairs that were asked for, or a BadPayload."""
    with suppress(BadPayload):
        assert all(ticker.price > 0 and ticker.pair in PAIRS for ticker in talk.read(frame).tickers)


@every_stream
@pytest.mark.parametrize("seed", range(8))
def test_shuffled_and_doubled_frames_end_with_the_same_prices(name, seed):
    in_order = newest(SOURCES[name].session(PAIRS), frames_of(name))
    assert len(in_order) == 2
    assert newest(SOURCES[name].session(PAIRS), mixed(name, frames_of(name), seed)) == in_order


@every_stream
def test_the_same_conversation_once_more_says_no_price(name):
    talk = SOURCES[name].session(PAIRS)
    assert newest(talk, frames_of(name))
    assert newest(talk, frames_of(name)) == {}


@every_stream
@given(data=st.data())
def test_a_frame_with_anything_in_any_place_says_something_sound_or_is_strange(name, data):
    talk, frames = SOURCES[name].session(PAIRS), frames_of(name)
    chosen = data.draw(st.integers(0, len(frames) - 1))
    for frame in frames[:chosen]:
        talk.read(frame)
    value = json.loads(frames[chosen])
    path = data.draw(st.sampled_from(list(places(value))))
    must_be_sound(talk, json.dumps(replaced(value, path, data.draw(ANY_JSON))))


@every_stream
@given(frame=ANY_JSON.map(json.dumps) | st.text(max_size=40))
def test_any_text_says_something_sound_or_is_strange(name, frame):
    must_be_sound(SOURCES[name].session(PAIRS), frame)


@with_recordings
@every_recording
def test_every_value_of_a_recorded_session_is_ours_at_that_step(recorded):
    talk, prices = SOURCES[recorded.name].session(recorded.pairs), 0
    for frame, said in says(recorded, recorded.pairs):
        tickers = talk.read(frame).tickers
        assert len(tickers) == (said is not None)
        assert all(agrees(ticker, said) for ticker in tickers), (tickers, said)
        prices += len(tickers)
    assert prices == recorded.prices


@with_recordings
@every_recording
def test_a_recorded_session_acknowledges_every_pair(recorded):
    talk = SOURCES[recorded.name].session(recorded.pairs)
    assert set(accepted(talk, recorded_frames(recorded.file))) == set(recorded.pairs)


@with_recordings
@every_recording
@pytest.mark.parametrize("seed", range(5))
def test_a_recorded_session_shuffled_and_doubled_ends_with_the_same_prices(recorded, seed):
    frames = recorded_frames(recorded.file)
    in_order = newest(SOURCES[recorded.name].session(recorded.pairs), frames)
    assert in_order
    assert newest(SOURCES[recorded.name].session(recorded.pairs), mixed(recorded.name, frames, seed)) == in_order
