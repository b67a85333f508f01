"""A backfill that asks exchanges on loopback and keeps what comes in memory, in the time of a fake clock."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from candle_server import CandleServer

from cryptoprices.archive import Archive
from cryptoprices.core.candles import Candles
from cryptoprices.core.ledger import Gap
from cryptoprices.core.market import Candle, Pair, Round
from cryptoprices.core.past import Progress
from cryptoprices.core.source import Exchange
from cryptoprices.core.spans import Span, common, without
from cryptoprices.net.backfill import Backfill
from cryptoprices.net.fetch import Fetcher
from cryptoprices.net.http import Http, Limits
from cryptoprices.sources.discovery import discover

BTC, ETH = Pair("BTC", "USD"), Pair("ETH", "USD")
PATIENT = Limits(30.0, 30.0, 60.0)


class Patience(threading.Event):
    """A stop that is never waited for: the fake clock moves instead. waited_s: how far, in all."""

    def __init__(self, fake_clock) -> None:
        super().__init__()
        self._time = fake_clock
        self.waited_s = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            self._time.advance(timeout)
            self.waited_s += timeout
        return self.is_set()


class Shelf:
    """A store in memory. full: it takes nothing."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, Pair, str], Candles] = {}
        self.known: dict[tuple[str, Pair, str], list[Span]] = {}
        self.noted: list[Gap] = []
        self.flushed, self.full = 0, False

    def put_candles(self, exchange, pair, interval, candles, since_ms, until_ms) -> None:
        if self.full:
            return
        key = exchange, pair, interval
        self.kept[key] = self.kept.get(key, Candles.of(())).merged(candles)
        spans = self.known.get(key, [])
        self.known[key] = sorted([*without(spans, [(since_ms, until_ms)]), (since_ms, until_ms)])

    def covered(self, exchange, pair, interval, since_ms, until_ms) -> list[Span]:
        joined: list[Span] = []
        for start_ms, stop_ms in common(self.known.get((exchange, pair, interval), []), [(since_ms, until_ms)]):
            touches = joined and joined[-1][1] == start_ms
            joined.append((joined.pop()[0] if touches else start_ms, stop_ms))
        return joined

    def candles(self, exchange, pair, interval, since_ms, until_ms) -> Candles:
        own = self.kept.get((exchange, pair, interval), Candles.of(())).between(since_ms, until_ms)
        narrower = [w for w in ("1h", "1m") if w != interval and (exchange, pair, w) in self.kept]
        made = [self.kept[exchange, pair, w].between(since_ms, until_ms).gathered(interval) for w in narrower]
        return own if len(own) or not made else made[0]

    def gaps(self, since_ms, until_ms) -> list[Gap]:
        return [gap for gap in self.noted if gap.since_ms < until_ms and since_ms < gap.until_ms]

    def flush(self, timeout_s: float) -> bool:
        self.flushed += 1
        return not self.full


class FillRig:
    """Server, fetcher, backfill, store."""

    def __init__(self, server: CandleServer, fake_clock, order: tuple[str, ...]) -> None:
        self.server, self.time, self.shelf = server, fake_clock, Shelf()
        sources = discover()
        self.exchanges = [Exchange(sources[name], server.addresses[name], "") for name in order]
        http = Http(fake_clock.clock, "none", PATIENT)
        self.fetcher = Fetcher(self.exchanges, http, fake_clock.clock, dice=lambda: 0.5)
        self.backfill = Backfill(self.fetcher, self.shelf, fake_clock.clock)
        self.archive = Archive(self.shelf, self.backfill, fake_clock.clock, lambda: order)
        self.stop = Patience(fake_clock)
        self.progress: list[Progress] = []
        self.rounds: list[Round] = []

    @property
    def now_ms(self) -> int:
        return self.time.wall_ms

    def fill(self, pair: Pair, interval: str, since_ms: int, until_ms: int | None = None) -> list[Gap]:
        until_ms = self.now_ms if until_ms is None else until_ms
        return self.backfill.fill(pair, interval, since_ms, until_ms, self.progress.append, self.stop)

    def read(self, pair: Pair, interval: str, since_ms: int = 0) -> list[Candle]:
        return self.archive.read(pair, interval, since_ms, self.now_ms).candles.rows()

    def poll(self, *pairs: Pair, after_s: float = 0.0, **how: bool) -> Round:
        self.time.advance(after_s)
        self.rounds = []
        self.fetcher.poll(pairs or (BTC, ETH), self.rounds.append, **how)
        return self.rounds[-1]


@contextmanager
def opened_fill_rig(fake_clock, tapes: Mapping, *order: str) -> Iterator[FillRig]:
    """order: the person's; without it that of the tapes."""
    with CandleServer(fake_clock.clock, tapes) as server:
        rig = FillRig(server, fake_clock, order or tuple(tapes))
        yield rig
        rig.fetcher.close()
