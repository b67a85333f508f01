"""What the history costs: memory, time to read, size on disk. `python store.py [--json] [--case CASE]`.

ram: bytes a sample that History.samples gives back, of a million read at once; `peak` while reading, `with_levels` as a
Series that a chart draws. fetchall: the same rows as a list of tuples. year_read: ms to read a year of 1 m candles of
two pairs (generated, retention off) into arrays; fetchall: of plain rows in SQLite, fetched and made arrays too;
`fetchall_alone` without the arrays. size: MB of these two files. Medians of runs that take turns.

year_file (only when it is asked for; a quarter of an hour): MB of the file after a simulated year of polls every 20 s,
10 pairs at 4 exchanges, grown old as usual; `largest` that it ever was on the way, its log included. start_ms: until it
is checked and open; month_ms, quarter_ms, year_ms: to read the last one as 1 h, 1 m and 1 d candles of our own samples.
"""

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
import tracemalloc
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from store_rig import START, history_in

from cryptoprices.clock import Clock, system_clock
from cryptoprices.core.candles import Candles
from cryptoprices.core.market import Pair
from cryptoprices.core.series import Series
from cryptoprices.storage.history import Sample

SAMPLES, MINUTES, RUNS = 1_000_000, 525_600, 7
DAY_MS, MINUTE_MS = 86_400_000, 60_000
FIRST_MS = START - 365 * DAY_MS
PAIRS = [Pair(base, "USD") for base in ("BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "LTC", "LINK", "DOT", "AVAX")]
PRICES = [97_412.5, 3_012.25, 142.31, 2.2145, 0.6812, 0.161234, 84.12, 13.456, 4.123, 14.67]
DIGITS = [1, 2, 2, 4, 4, 6, 2, 3, 3, 2]
NAMES = ["kraken", "coinbase", "bitstamp", "gemini"]
PATIENCE_S = 120.0


def year_of(seed: int, price: float, digits: int) -> Candles:
    """A year of minutes of a random walk, volumes with eight digits."""
    rng = np.random.default_rng(seed)
    path = np.round(price * np.exp(np.cumsum(rng.normal(size=4 * MINUTES) * 2e-4)), digits).reshape(-1, 4)
    times = FIRST_MS + MINUTE_MS * np.arange(MINUTES)
    volume = np.round(rng.exponential(3.0, MINUTES), 8)
    origin = np.full(MINUTES, 3, dtype=np.uint8)
    return Candles(times, path[:, 0].copy(), path.max(axis=1), path.min(axis=1), path[:, 3].copy(), volume, origin)


def plain_rows(path: Path, years: list[Candles]) -> None:
    """The candles as rows of SQLite, as plain as can be."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE candle (pair INTEGER, open_ms INTEGER, open REAL, high REAL, low REAL, close REAL,"
            " volume REAL, PRIMARY KEY (pair, open_ms)) WITHOUT ROWID"
        )
        for number, year in enumerate(years):
            columns = (year.open_ms, year.open, year.high, year.low, year.close, year.volume)
            rows = zip(*(column.tolist() for column in columns), strict=True)
            connection.executemany("INSERT INTO candle VALUES (?,?,?,?,?,?,?)", ((number, *row) for row in rows))
        connection.commit()


def fetch(path: Path, arrays: bool) -> float:
    """Seconds to read them all."""
    with closing(sqlite3.connect(path)) as connection:
        start = time.perf_counter()
        for pair in (0, 1):
            rows = connection.execute(
                "SELECT open_ms, open, high, low, close, volume FROM candle WHERE pair = ? ORDER BY open_ms", (pair,)
            ).fetchall()
            if arrays:
                table = np.array(rows)
                _ = table[:, 0].astype(np.int64), [table[:, column].copy() for column in range(1, 6)]
        return time.perf_counter() - start


def measure_year(folder: Path) -> list[dict]:
    """year_read and size."""
    years = [year_of(seed, PRICES[seed], DIGITS[seed]) for seed in (0, 1)]
    plain_rows(folder / "plain.sqlite3", years)
    with history_in(folder, system_clock(), retention=None) as history:
        for pair, year in zip(PAIRS, years, strict=False):
            for first in range(FIRST_MS, FIRST_MS + MINUTES * MINUTE_MS, 1000 * MINUTE_MS):
                page = year.between(first, first + 1000 * MINUTE_MS)
                history.put_candles("kraken", pair, "1m", page, first, first + len(page) * MINUTE_MS)
                history.flush(PATIENCE_S)
    times: dict[str, list[float]] = {"ours": [], "fetchall": [], "fetchall_alone": []}
    with history_in(folder, system_clock(), retention=None) as history:
        for _ in range(RUNS):
            start = time.perf_counter()
            found = [history.candles("kraken", pair, "1m", FIRST_MS, START) for pair in PAIRS[:2]]
            times["ours"].append(time.perf_counter() - start)
            times["fetchall"].append(fetch(folder / "plain.sqlite3", True))
            times["fetchall_alone"].append(fetch(folder / "plain.sqlite3", False))
    for year, ours in zip(years, found, strict=True):
        assert all(np.array_equal(getattr(year, name), getattr(ours, name)) for name in ("open_ms", "low", "volume"))
    read = {name: round(1000 * statistics.median(runs), 1) for name, runs in times.items()}
    sizes = {"ours": folder / "history.sqlite3", "fetchall": folder / "plain.sqlite3"}
    size = {name: round(path.stat().st_size / 1e6, 1) for name, path in sizes.items()}
    return [
        {"case": "year_read", "n": 2 * MINUTES, "unit": "ms", **read},
        {"case": "size", "n": 2 * MINUTES, "unit": "MB", **size},
    ]


def measure_ram(folder: Path) -> list[dict]:
    """ram."""
    path = np.round(97_000 * np.exp(np.cumsum(np.random.default_rng(3).normal(size=SAMPLES)) * 2e-4), 1)
    pair, clock = PAIRS[0], system_clock()
    with history_in(folder, clock, retention=None) as history:
        for first in range(0, SAMPLES, 500):
            prices = path[first : first + 500].tolist()
            history.put_samples(
                [Sample("kraken", pair, FIRST_MS + 20_000 * (first + k), price) for k, price in enumerate(prices)]
            )
            history.flush(PATIENCE_S)
    held = {}
    with history_in(folder, clock, retention=None) as history:
        history.span_ms()
        tracemalloc.start()
        samples = history.samples("kraken", pair, 0, 2**60)
        held["ours"], held["peak"] = tracemalloc.get_traced_memory()
        assert np.array_equal(samples.prices, path)
        del samples
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        samples = history.samples("kraken", pair, 0, 2**60)
        series = Series.of(samples.times_ms.astype(np.float64), samples.prices)
        del samples
        held["with_levels"] = tracemalloc.get_traced_memory()[0] - before
        assert len(series) == SAMPLES
    tracemalloc.stop()
    tracemalloc.start()
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE sample (t_ms INTEGER, price REAL)")
        values = ((FIRST_MS + 20_000 * k, float(price)) for k, price in enumerate(path))
        connection.executemany("INSERT INTO sample VALUES (?, ?)", values)
        before = tracemalloc.get_traced_memory()[0]
        rows = connection.execute("SELECT t_ms, price FROM sample").fetchall()
        held["fetchall"] = tracemalloc.get_traced_memory()[0] - before
        assert len(rows) == SAMPLES
    tracemalloc.stop()
    return [{"case": "ram", "n": SAMPLES, "unit": "bytes", **{k: round(v / SAMPLES, 2) for k, v in held.items()}}]


def measure_year_file(folder: Path, days: int) -> list[dict]:
    """year_file."""
    rng = np.random.default_rng(11)
    now = [0.0]
    clock = Clock(lambda: 1000 + now[0], lambda: FIRST_MS + round(1000 * now[0]))
    logs, largest, start = np.log(PRICES), 0, time.perf_counter()
    with history_in(folder, clock) as history:
        for _ in range(days):
            steps = rng.normal(size=(4320, len(PAIRS))) * 2e-4
            middle = logs + np.cumsum(steps, axis=0)
            logs = middle[-1]
            venues = np.exp(middle[:, None, :] + rng.normal(size=(4320, len(NAMES), len(PAIRS))) * 5e-5)
            prices = np.stack([np.round(venues[:, :, k], DIGITS[k]) for k in range(len(PAIRS))], axis=-1).tolist()
            late = rng.integers(80, 900, size=(4320, len(NAMES))).tolist()
            for poll in range(4320):
                t_ms = clock.wall_ms()
                history.put_samples(
                    [
                        Sample(name, pair, t_ms + late[poll][place], price)
                        for place, name in enumerate(NAMES)
                        for pair, price in zip(PAIRS, prices[poll][place], strict=True)
                    ]
                )
                now[0] += 20.0
                if poll % 10 == 9:
                    history.flush(PATIENCE_S)
            largest = max(largest, history.size_bytes())
        assert history.dropped == 0
    found = {"ours": round((folder / "history.sqlite3").stat().st_size / 1e6, 1), "largest": round(largest / 1e6, 1)}
    found["took_s"] = round(time.perf_counter() - start)
    with history_in(folder, clock) as history:
        start = time.perf_counter()
        history.span_ms()  # waits until the file is checked and open
        found["start_ms"] = round(1000 * (time.perf_counter() - start))
        until_ms = clock.wall_ms()
        for name, interval, back in (("month", "1h", 30), ("quarter", "1m", 90), ("year", "1d", 365)):
            start = time.perf_counter()
            history.candles(NAMES[0], PAIRS[0], interval, until_ms - back * DAY_MS, until_ms)
            found[f"{name}_ms"] = round(1000 * (time.perf_counter() - start))
    return [{"case": "year_file", "n": days * 4320, "unit": "MB", **found, "fetchall": None}]


def main() -> None:
    """Print a line a case."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true", help="one JSON object a line")
    cases = ("ram", "year_read", "size", "year_file")
    options.add_argument("--case", choices=cases, action="append", help="only this one; repeatable")
    options.add_argument("--days", type=int, default=365, help="of year_file")
    chosen = options.parse_args()
    wanted = chosen.case or cases[:3]
    measures = {
        "ram": measure_ram,
        "year_read": measure_year,
        "size": measure_year,
        "year_file": lambda folder: measure_year_file(folder, chosen.days),
    }
    for measure in dict.fromkeys(measures[case] for case in wanted):
        with tempfile.TemporaryDirectory(prefix="cryptoprices-store-") as folder:
            for line in measure(Path(folder)):
                if line["case"] in wanted:
                    text = json.dumps(line) if chosen.json else "  ".join(f"{k} {v}" for k, v in line.items())
                    print(text, flush=True)


if __name__ == "__main__":
    main()
