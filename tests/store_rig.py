"""A history in a folder of its own, with what it said, for tests of the store."""

import hashlib
import sqlite3
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.market import Candle, Pair
from cryptoprices.storage.history import History, Sample

BTC, ETH = Pair("BTC", "USD"), Pair("ETH", "USD")
START = 1_763_769_600_000  # 2025-11-22 00:00:00 UTC
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PATIENCE_S = 20.0
EVER = 2**60


@contextmanager
def history_in(folder: Path, clock, said: list | None = None, **options):
    """A history that writes; it is closed in the end, and the list has what it said."""
    history = History(folder / "history.sqlite3", clock, (said if said is not None else []).append, **options)
    history.start()
    try:
        yield history
    finally:
        history.close(PATIENCE_S)


def reader_of(folder: Path, clock, said: list | None = None) -> History:
    """A history that only reads."""
    notice = (said if said is not None else []).append
    return History(folder / "history.sqlite3", clock, notice, writing=False)


def sample(at_ms: int, price: float = 100.0, exchange: str = "kraken", pair: Pair = BTC, via: str = "poll") -> Sample:
    return Sample(exchange, pair, at_ms, price, via)


def put_polls(history: History, first_ms: int, count: int, every_ms: int = 20_000, names=("kraken",), pairs=(BTC,)):
    """Polls whose price counts up from 100 in quarters; waits until they are written."""
    for k in range(count):
        at_ms = first_ms + k * every_ms
        history.put_samples([sample(at_ms, 100 + k / 4, name, pair) for name in names for pair in pairs])
        if k % 8 == 7:
            assert history.flush(PATIENCE_S)
    assert history.flush(PATIENCE_S)


def candles(first_ms: int, count: int, interval: str = "1m", base: float = 100.0, origin=Origin.BACKFILL) -> Candles:
    """Candles without a hole; each opens where the one before closed."""
    width_ms = INTERVALS_MS[interval]
    rows = [
        Candle(first_ms + k * width_ms, base + k, base + k + 3, base + k - 2, base + k + 1, 1.5) for k in range(count)
    ]
    return Candles.of(rows, origin)


def put_candles(history: History, first_ms: int, count: int, interval: str = "1m", exchange="kraken", **more) -> None:
    """Such candles, the stretch that they fill, and a wait until they are written."""
    found = candles(first_ms, count, interval, **more)
    history.put_candles(exchange, BTC, interval, found, first_ms, first_ms + count * INTERVALS_MS[interval])
    assert history.flush(PATIENCE_S)


def until(condition):
    """Wait for what another thread does."""
    waiting = threading.Event()
    for _ in range(2000):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("it did not happen")


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def prints_of(folder: Path) -> dict[str, str]:
    """Name -> digest of every file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


def ask(folder: Path, statement: str) -> list[tuple]:
    """What SQLite itself says of the file, past our code."""
    with closing(sqlite3.connect(folder / "history.sqlite3")) as connection:
        found = connection.execute(statement).fetchall()
        connection.commit()
    return found


def is_sound(folder: Path) -> bool:
    return ask(folder, "PRAGMA integrity_check") == [("ok",)]


def rows_of(found: Candles) -> list[tuple]:
    """Candles as plain rows: time, prices, origin."""
    columns = (found.open_ms, found.open, found.high, found.low, found.close, found.origin)
    return list(zip(*(np.asarray(column).tolist() for column in columns), strict=True))
