"""Conversations with streams: recorded ones, and what becomes of one however its frames are shuffled and doubled."""

import gzip
import json
from random import Random

import pytest
from conftest import RECORDINGS

with_recordings = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="needs the recordings")


def recorded_frames(path):
    """The text frames that came in, in their order. path: below the recordings' ws."""
    with gzip.open(RECORDINGS / "ws" / path, "rt", encoding="utf-8") as lines:
        told = list(map(json.loads, lines))
    return [line["msg"] for line in told if line["dir"] == "in"]


def shuffled_and_doubled(frames, seed):
    """The same frames in another order, some of them twice or three times."""
    random = Random(seed)
    often = [frame for frame in frames for _ in range(random.choice((1, 1, 2, 3)))]
    random.shuffle(often)
    return often


def newest(session, frames):
    """Pair -> its last ticker after all these frames."""
    return {ticker.pair: ticker for frame in frames for ticker in session.read(frame).tickers}


def accepted(session, frames):
    """The pairs that are acknowledged by these frames, each as often as it is."""
    return [pair for frame in frames for pair in session.read(frame).accepted]
