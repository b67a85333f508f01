"""Killed at any moment: the file is sound, and all of it is there that was said to be written.

CRYPTOPRICES_KILLS=200 kills so many times; the usual suite does it less often.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from conftest import FakeClock
from store_child import EVERY_MS, PAIRS, START, time_ms, wanted
from store_rig import EVER, HOUR, is_sound, reader_of

KILLS = int(os.environ.get("CRYPTOPRICES_KILLS", "40"))
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the writer is forked")


class Nursery:
    """Starts writers that are there at once, and kills them."""

    def __init__(self):
        command = [sys.executable, str(Path(__file__).with_name("store_child.py"))]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, folder, first, rounds, then_s):
        """A writer from round `first` on, killed `then_s` after it told of so many; returns the last it told of."""
        self._process.stdin.write(f"{folder} {first}\n")
        self._process.stdin.flush()
        told, killer = first - 1, None
        for line in self._process.stdout:
            word, _, rest = line.strip().partition(" ")
            assert word != "said", rest
            if word == "pid":
                pid = int(rest)
            elif word == "gone":
                break
            else:
                told = int(word)
            if killer is None and word != "gone" and told >= first + rounds - 1:
                killer = threading.Timer(then_s, os.kill, (pid, signal.SIGKILL))
                killer.start()
        killer.join()
        return told

    def close(self):
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@pytest.fixture
def nursery():
    found = Nursery()
    yield found
    found.close()


def rounds_in(folder, clock) -> int:
    """How many rounds are there; each whole, none missing in between, whatever became of its samples meanwhile."""
    history = reader_of(folder, clock)
    counts = set()
    for pair in PAIRS:
        hours = history.candles("kraken", pair, "1h", START, START + (2**20) * HOUR)
        count = int(hours.close[-1] * 4 - 400) + 1
        expected = wanted(count, HOUR)
        for name in ("open_ms", "open", "high", "low", "close"):
            assert np.array_equal(getattr(hours, name), getattr(expected, name)), name
        assert history.samples("kraken", pair, START, EVER).times_ms[-1] == time_ms(count - 1)
        counts.add(count)
    assert len(counts) == 1, "a round is there whole or not at all"
    return counts.pop()


def test_killed_while_writing(tmp_path, nursery):
    rng, clock, number = random.Random(7), FakeClock().clock, 0
    folder, copy = tmp_path / "profile", tmp_path / "copy"
    folder.mkdir()
    for _ in range(KILLS):
        told = nursery.run(folder, number, rng.randrange(1, 120), rng.random() * 0.02)
        there = rounds_in(folder, clock)
        shutil.rmtree(copy, ignore_errors=True)
        assert is_sound(shutil.copytree(folder, copy)), "looked at in a copy: SQLite mends what it opens"
        assert told + 1 <= there <= told + 2, "what was told of is there, and at most the round in progress besides"
        number = there
    assert number * EVERY_MS > 12 * 24 * HOUR or KILLS < 40, "long enough for minutes to have become hours"
