"""A program that writes a history until it is killed: `python store_child.py`, for the tests that kill it.

It reads lines `FOLDER FIRST_ROUND` and forks a writer for each (loading everything anew would take most of the time);
the writer prints its number, then the number of every round that it was told is written.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np

from cryptoprices.clock import Clock
from cryptoprices.core.candles import Candles
from cryptoprices.core.market import Pair
from cryptoprices.storage import history_writer, retention
from cryptoprices.storage.history import History, Sample
from cryptoprices.storage.retention import Retention

START, EVERY_MS = 1_763_337_600_000, 600_000  # a Monday
PAIRS = [Pair(base, "USD") for base in ("BTC", "ETH", "SOL", "XRP", "ADA")]
KEPT = Retention(raw_days=1, minute_days=2, hour_days=730)


def price(number: int) -> float:
    """Of every pair in this round."""
    return 100 + number / 4


def time_ms(number: int) -> int:
    """Of this round."""
    return START + number * EVERY_MS


def wanted(rounds: int, interval_ms: int) -> Candles:
    """Candles of the rounds 0 … rounds - 1, in their plainest form."""
    numbers = np.arange(rounds)
    opens = START + numbers * EVERY_MS // interval_ms * interval_ms
    first = np.flatnonzero(np.diff(opens, prepend=-1))
    last = np.append(first[1:], rounds) - 1
    low, high = price(first), price(last)
    return Candles(opens[first], low, high, low, high, np.full(len(first), np.nan), np.ones(len(first), np.uint8))


def say(line: str) -> None:
    """In one piece, whoever is killed when."""
    os.write(1, f"{line}\n".encode())


def write(folder: str, number: int) -> None:
    """Rounds from this number on, on a clock that runs as they need it; old rows are packed and made wider often."""
    now = [number]
    clock = Clock(lambda: now[0] * EVERY_MS / 1000, lambda: time_ms(now[0]))
    retention.PACK_AT = history_writer.PACK_AT = 300
    retention.PACK_ROWS = 150
    history = History(Path(folder) / "history.sqlite3", clock, lambda text: say(f"said {text}"), KEPT)
    history.start()
    while True:
        history.put_samples([Sample("kraken", pair, time_ms(number), price(number)) for pair in PAIRS])
        if not history.flush(30):
            say("said not written")
        say(str(number))
        number += 1
        now[0] = number


def main() -> None:
    """One writer after the other."""
    for line in sys.stdin:
        folder, first = line.rsplit(" ", 1)
        child = os.fork()
        if not child:
            write(folder, int(first))
        say(f"pid {child}")
        os.waitpid(child, 0)
        say("gone")


if __name__ == "__main__":
    main()
