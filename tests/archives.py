"""An archive for tests: what it stores, what exchanges still have, and when they give it."""

import threading
from typing import NamedTuple

import numpy as np

from cryptoprices.core.candles import Candles
from cryptoprices.core.intervals import INTERVALS_MS, ceil_ms
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Candle
from cryptoprices.core.spans import without
from cryptoprices.core.uptime import Uptime

WAIT_S = 5


class Past(NamedTuple):
    candles: Candles
    stretches: list
    gaps: list


class Progress(NamedTuple):
    exchange: str
    done: int
    total: int


def wave(pair, open_ms, width_ms):
    """A candle that can be recognised: its close is its end in minutes, ETH's a tenth of it."""
    close = (open_ms + width_ms) / 60_000 % 100_000 + 200_000  # not as many times a poll's as if it were another unit
    close = close / 10 if pair.base == "ETH" else close
    return Candle(open_ms, close - 0.5, close + 1, close - 1, close, 2.0)


class FakeArchive:
    """stored: what is there already, per pair and interval [(since, until)]. has_ms: exchanges have nothing older.

    held: pages wait until `give()`. failing: what a fill returns instead of asking. missing: [(since, until)] of which
    there are no candles anywhere. quiet: the same, because nobody traded. silent: a fill does not tell of its pages.
    so_far: by exchange and interval, what is stored of the candle that runs. exchange: whose all candles are.
    venues: by pair, what is stored of each exchange by itself; offered: what fill_each adds to it.
    steady: by exchange, its uptime.
    """

    def __init__(self, page=100, has_ms=0, held=False):
        self.page, self.has_ms, self.held, self.silent = page, has_ms, held, False
        self.exchange = "kraken"
        self.stored, self.gaps, self.failing, self.missing = {}, [], [], []
        self.reads, self.fills, self.quiet = [], [], []
        self.venues, self.offered, self.fills_each = {}, {}, []
        self.steady, self.asked_uptimes = {}, []
        self.so_far, self.asked_running, self.filled_running = {}, [], []
        self._pages, self._lock = threading.Semaphore(0), threading.Lock()

    def give(self, pages=1):
        """Let so many pages come."""
        self._pages.release(pages)

    def read(self, pair, interval, since_ms, until_ms):
        self.reads.append((pair, interval, since_ms, until_ms))
        with self._lock:
            spans = list(self.stored.get((pair, interval), []))
        width = INTERVALS_MS[interval]
        opens = [
            t
            for since, until in sorted(spans)
            for t in range(ceil_ms(max(since, since_ms), interval), min(until, until_ms), width)
            if not any(a <= t < b for a, b in [*self.missing, *self.quiet])
        ]
        stretches = [(*span, self.exchange) for span in without(spans, self.missing)]
        return Past(Candles.of([wave(pair, t, width) for t in opens]), stretches, self.gaps)

    def fill(self, pair, interval, since_ms, until_ms, on_page, stop):
        self.fills.append((pair, interval, since_ms, until_ms))
        if self.failing:
            return self.failing
        step = self.page * INTERVALS_MS[interval]
        wanted = without([(max(since_ms, self.has_ms), until_ms)], self.stored.get((pair, interval), []))
        pages = [(max(stop_ms - step, a), stop_ms) for a, b in wanted[::-1] for stop_ms in range(b, a, -step)]
        for done, span in enumerate(pages, start=1):
            while self.held and not self._pages.acquire(timeout=0.02):
                if stop.is_set():
                    return []
            if stop.is_set():
                return []
            with self._lock:
                self.stored.setdefault((pair, interval), []).append(span)
            if not self.silent:
                on_page(Progress(self.exchange, done, len(pages)))
        return self._older(since_ms)

    def each(self, pair, interval, since_ms, until_ms):
        with self._lock:
            found = dict(self.venues.get(pair, {}))
        return {name: candles.between(since_ms, until_ms) for name, candles in found.items()}

    def fill_each(self, pair, interval, since_ms, until_ms, on_page, stop):
        self.fills_each.append((pair, interval, since_ms, until_ms))
        for done, (market, offered) in enumerate(self.offered.items(), start=1):
            while self.held and not self._pages.acquire(timeout=0.02):
                if stop.is_set():
                    return []
            with self._lock:
                self.venues.setdefault(market, {}).update(offered)
            on_page(Progress(next(iter(offered)), done, len(self.offered)))
        return []

    def uptimes(self, longest_ms, failing, since_ms, now_ms):
        self.asked_uptimes.append((longest_ms, failing, since_ms, now_ms))
        return {name: self.steady.get(name, Uptime(())) for name in longest_ms}

    def running(self, pair, interval, exchange):
        self.asked_running.append((pair, interval, exchange))
        return self.so_far.get((exchange, interval))

    def fill_running(self, pair, interval, stop):
        self.filled_running.append((pair, interval))

    def _older(self, since_ms):
        return [Gap(None, since_ms, self.has_ms, GapReason.NOT_KEPT)] if since_ms < self.has_ms else []


def ends(series):
    """When the bars of a series end, running one and gaps aside, as Unix ms."""
    times, values = series.times, series.values
    return times[~np.isnan(values) & (times % 60_000 == 0)]
