"""One filling of the past: which exchange is asked for which stretch, and what comes of it."""

import math
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from cryptoprices.clock import Clock
from cryptoprices.core.candles import Candles
from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.intervals import DAY_MS, INTERVALS_MS, LATE_MS, ceil_ms, floor_ms, made_of
from cryptoprices.core.ledger import OF_NETWORK, Gap, GapReason, gap_reason
from cryptoprices.core.market import Pair
from cryptoprices.core.past import Progress
from cryptoprices.core.source import CandleAsk, Exchange, Source
from cryptoprices.core.spans import Span, joined, whole, without
from cryptoprices.net.fetch import Fetcher
from cryptoprices.net.pages import Page, Withheld

_BELIEVED_S = 3600.0


class Store(Protocol):
    """Where candles are kept: storage.history.History."""

    def put_candles(
        self, exchange: str, pair: Pair, interval: str, candles: Candles, since_ms: int, until_ms: int
    ) -> None:
        """Keep these. The stretch is known from now on, also where no candle is in it."""

    def covered(self, exchange: str, pair: Pair, interval: str, since_ms: int, until_ms: int) -> list[Span]:
        """The known stretches between these times, oldest first."""

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was put can be read."""


class Reach:
    """How far back exchanges go, as found out in this run. Keys: exchange and pair; times in Unix ms.

    goes_back_ms: at least so far.
    """

    def __init__(self) -> None:
        self.goes_back_ms: dict[tuple[str, Pair], float] = {}
        self._begins: dict[tuple[str, Pair], tuple[float, float]] = {}

    def end_at(self, key: tuple[str, Pair], open_ms: float, now_boot_s: float) -> None:
        """The exchange said that it has nothing older. That is believed for an hour: it may have been a slip."""
        self._begins[key] = open_ms, now_boot_s

    def begins_ms(self, key: tuple[str, Pair], now_boot_s: float) -> float:
        """Nothing older is to be had."""
        open_ms, found_boot_s = self._begins.get(key, (-math.inf, now_boot_s))
        return open_ms if now_boot_s - found_boot_s < _BELIEVED_S else -math.inf


class Wanted(NamedTuple):
    """What is to be filled, who is told of each page, what ends it. of: the exchange whose it is to be, "" for any."""

    pair: Pair
    interval: str
    on_page: Callable[[Progress], None]
    stop: threading.Event
    of: str = ""


class _Failure(NamedTuple):
    exchange: str
    reason: Reason
    benched: bool = False


class Filling:
    """Used once, by one thread."""

    def __init__(self, fetcher: Fetcher, store: Store, clock: Clock, reach: Reach, wanted: Wanted) -> None:
        self._fetcher, self._store, self._clock, self._reach = fetcher, store, clock, reach
        self._wanted, self._pair, self._interval = wanted, wanted.pair, wanted.interval
        self._failures: list[_Failure] = []
        self._put: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)  # by exchange and width
        self._done = self._total = 0

    def run(self, since_ms: int, until_ms: int) -> list[Gap]:
        """Fill this stretch, which is on the interval's grid. Returns what is left of it. Raises Stopped."""
        able = can_fill(self._fetcher, self._pair, self._interval)
        able = [one for one in able if self._wanted.of in ("", one[0].source.name)]
        missing = [(since_ms, until_ms)] if since_ms < until_ms else []
        for exchange, _ in able:
            missing = without(missing, self._known(exchange.source, since_ms, until_ms))
        for exchange, width in able:
            missing = self._ask(exchange, width, missing) if missing else []
        whose, why = self._blame([exchange.source.name for exchange, _ in able])
        return [Gap(whose, *span, why) for span in missing]

    def lost(self) -> list[Gap]:
        """What was fetched and is not in the store."""
        spans: list[Span] = []
        for (name, width), put in self._put.items():
            spans += without(joined(put), self._store.covered(name, self._pair, width, min(put)[0], max(put)[1]))
        return [Gap(None, *span, GapReason.NOT_SAVED) for span in joined(spans)]

    def _known(self, source: Source, since_ms: int, until_ms: int) -> list[Span]:
        spans: list[Span] = []
        for width in widths_of(source, self._interval):
            covered = self._store.covered(source.name, self._pair, width, since_ms, until_ms)
            spans += whole(covered, self._interval)
        return spans

    def _ask(self, exchange: Exchange, width: str, missing: list[Span]) -> list[Span]:
        """Fill what this exchange has of it, newest first. Returns what is left."""
        name, page_ms = exchange.source.name, exchange.source.candle_pages[width] * INTERVALS_MS[width]
        self._total = self._done + sum(math.ceil((until_ms - since_ms) / page_ms) for since_ms, until_ms in missing)
        filled: list[Span] = []
        try:
            for since_ms, until_ms in reversed(missing):
                for reached_ms in self._pages(exchange, width, since_ms, until_ms):
                    filled.append((ceil_ms(reached_ms, self._interval), until_ms))
        except Withheld as withheld:
            self._failures.append(_Failure(name, withheld.reason, withheld.benched))
        except SourceError as error:
            if error.reason is Reason.UNKNOWN_PAIR:
                self._reach.end_at((name, self._pair), math.inf, self._clock.boot_s())
            else:
                self._failures.append(_Failure(name, error.reason))
        return without(missing, filled)

    def _pages(self, exchange: Exchange, width: str, since_ms: int, until_ms: int) -> Iterator[int]:
        """Page after page into the past; yields down to where all is known. Ends where the exchange has no more."""
        key = exchange.source.name, self._pair
        while since_ms < until_ms and until_ms > self._reach.begins_ms(key, self._clock.boot_s()):
            ask = exchange.source.candle_ask(self._pair, width, since_ms, until_ms, self._clock.wall_ms())
            if ask is None or ask.since_ms >= until_ms:
                return
            page = self._fetcher.ask_page(exchange.source.name, ask, self._wanted.stop)
            first_ms = page.candles[0].open_ms if page.candles else until_ms
            self._keep(exchange.source.name, ask._replace(since_ms=first_ms), page)
            self._tell(exchange.source.name)
            yield first_ms
            if first_ms > ask.since_ms:
                if not self._has_older(exchange, ask):
                    self._reach.end_at(key, first_ms, self._clock.boot_s())
                    return
                self._keep(exchange.source.name, ask._replace(until_ms=first_ms), page._replace(candles=[]))
                yield ask.since_ms
            until_ms = ask.since_ms

    def _has_older(self, exchange: Exchange, ask: CandleAsk) -> bool:
        """Whether there were trades before the page, so that its beginning is only a time without any: days tell."""
        key, source = (exchange.source.name, self._pair), exchange.source
        if self._reach.goes_back_ms.get(key, math.inf) < ask.since_ms:
            return True
        until_ms = floor_ms(ask.since_ms, "1d")
        since_ms = until_ms - source.candle_pages.get("1d", 0) * DAY_MS
        days = source.candle_ask(self._pair, "1d", since_ms, until_ms, self._clock.wall_ms())
        found = self._fetcher.ask_page(source.name, days, self._wanted.stop).candles if days else []
        if found:
            self._reach.goes_back_ms[key] = found[0].open_ms
        return bool(found)

    def _keep(self, name: str, ask: CandleAsk, page: Page) -> None:
        """Store a page. What ended only just now and is not in it may still be published: that is not known yet."""
        last_ms = page.candles[-1].open_ms + INTERVALS_MS[ask.interval] if page.candles else ask.since_ms
        known_ms = min(ask.until_ms, max(last_ms, floor_ms(page.made_ms - LATE_MS, ask.interval)))
        if known_ms > ask.since_ms:
            candles = Candles.of(page.candles)
            self._store.put_candles(name, self._pair, ask.interval, candles, ask.since_ms, known_ms)
            self._put[name, ask.interval].append((ask.since_ms, known_ms))

    def _tell(self, name: str) -> None:
        self._done += 1
        self._wanted.on_page(Progress(name, self._done, max(self._done, self._total)))

    def _blame(self, able: Sequence[str]) -> tuple[str | None, GapReason]:
        """Whose fault it is that something is left, and why. able: the exchanges that could be asked."""
        if not self._failures:
            now_s = self._clock.boot_s()
            listed = any(self._reach.begins_ms((name, self._pair), now_s) < math.inf for name in able)
            return None, GapReason.NOT_KEPT if listed else GapReason.NOT_LISTED
        if len(self._failures) == len(able) and all(failure.reason in OF_NETWORK for failure in self._failures):
            return None, GapReason.OFFLINE
        first = self._failures[0]
        return first.exchange, gap_reason(first.reason, first.benched)


def widths_of(source: Source, interval: str) -> list[str]:
    """The widths of candles that this exchange has and that give those of `interval`, greatest first."""
    return [width for width in made_of(interval) if width in source.candle_pages]


def can_fill(fetcher: Fetcher, pair: Pair, interval: str) -> list[tuple[Exchange, str]]:
    """The exchanges that can be asked, in the person's order, and for which width. Fallbacks come last."""
    exchanges = sorted(fetcher.exchanges, key=lambda exchange: exchange.only_missing)
    listing = [exchange for exchange in exchanges if not fetcher.lacks(exchange.source.name, pair)]
    return [(exchange, widths[0]) for exchange in listing if (widths := widths_of(exchange.source, interval))]
