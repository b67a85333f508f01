"""Simulated days of polls, as fast as they go: `python long_run.py DAYS FOLDER` prints what they cost, as JSON.

Four exchanges, a pair, a poll every 20 s on a clock of its own. Each answer comes as a round of its own through the
board and the historian into the history. One in ten fails, in every way that there is a reason for; some lie; now and
then nobody answers for a while.
"""

import gc
import json
import os
import random
import resource
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

from cryptoprices.clock import Clock
from cryptoprices.core.board import Board
from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Pair, Quote, Round, Standing, Ticker
from cryptoprices.historian import Historian
from cryptoprices.storage.history import History

NAMES = ("kraken", "coinbase", "bitstamp", "gemini")
BTC = Pair("BTC", "USD")
START, DAY_S, POLLS_A_DAY = 1_763_769_600_000, 86_400, 4320
WARM_DAYS = 2
FAULTS, LIES = 0.1, 0.003


def rss_mb() -> float:
    """Memory of this process that is resident now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


class Market:
    """A price that wanders, and exchanges that answer or do not."""

    def __init__(self) -> None:
        self.rng = random.Random(1)
        self.price = 97_412.5
        self.failures = dict.fromkeys(NAMES, 0)
        self.faults = self.answers = self.outage = 0

    def move(self) -> None:
        """To the next poll."""
        self.price *= 1 + self.rng.gauss(0, 2e-4)
        self.outage = max(0, self.outage - 1) or (30 if self.rng.random() < 1 / 10_000 else 0)

    def answer(self, name: str, now_boot_s: float, now_ms: int) -> tuple[tuple[Quote, ...], Standing]:
        """What one exchange says in this poll."""
        self.answers += 1
        if self.outage or self.rng.random() < FAULTS:
            self.faults += 1
            self.failures[name] += 1
            reason = Reason.UNREACHABLE if self.outage else self.rng.choice(list(Reason))
            standing = Standing(name, reason, f"{name} failed", self.failures[name], now_boot_s + 20)
            return (), standing
        self.failures[name] = 0
        said = self.price * (1 + self.rng.gauss(0, 5e-5)) * (1.05 if self.rng.random() < LIES else 1)
        ticker = Ticker(BTC, Decimal(f"{said:.2f}"), source_ms=now_ms - 400, volume_24h=Decimal("1234.5"))
        return (Quote(name, ticker, now_boot_s, now_ms, 0.4),), Standing(name, latency_ms=120.0)


def run(days: int, folder: Path) -> dict[str, object]:
    """The figures."""
    market, said, now_s = Market(), [], [1000.0]
    clock = Clock(lambda: now_s[0], lambda: START + round(1000 * now_s[0]))
    history = History(folder / "history.sqlite3", clock, said.append)
    history.start()
    board = Board(NAMES, dict.fromkeys(NAMES, 20))
    historian = Historian(history, dict.fromkeys(NAMES, 20.0), clock, None)
    figures: list[tuple[float, int, int, int]] = []
    began = time.perf_counter()
    for poll in range(1, days * POLLS_A_DAY + 1):
        started = now_s[0]
        market.move()
        for place, name in enumerate(NAMES):
            now_s[0] += 0.2
            quotes, standing = market.answer(name, started, clock.wall_ms())
            round_ = Round(poll, started, quotes, (standing,), place == len(NAMES) - 1)
            historian.take(round_, board.apply(round_, now_s[0], clock.wall_ms()))
        now_s[0] = started + 20
        if poll % 20 == 0:
            assert history.flush(60), said
        if poll % POLLS_A_DAY == 0:
            gc.collect()
            figures.append((rss_mb(), threading.active_count(), len(os.listdir("/proc/self/fd")), history.size_bytes()))
    samples = len(history.samples(NAMES[0], BTC, 0, 2**60).times_ms)
    gaps = len(history.gaps(0, 2**60))
    historian.close()
    assert history.close(60), said
    warm, rest = figures[WARM_DAYS - 1], figures[WARM_DAYS - 1 :]
    return {
        "polls": days * POLLS_A_DAY,
        "seconds": round(time.perf_counter() - began, 1),
        "faults": round(market.faults / market.answers, 3),
        "rss_mb": round(warm[0], 1),
        "rss_by_day_mb": [round(figure[0], 1) for figure in figures],
        "rss_growth_mb": round(max(figure[0] for figure in rest) - warm[0], 2),
        "more_threads": max(figure[1] for figure in rest) - warm[1],
        "more_descriptors": max(figure[2] for figure in rest) - warm[2],
        "largest_mb": round(max(figure[3] for figure in figures) / 1e6, 2),
        "file_mb": round((folder / "history.sqlite3").stat().st_size / 1e6, 2),
        "samples": samples,
        "gaps": gaps,
        "said": said,
    }


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
