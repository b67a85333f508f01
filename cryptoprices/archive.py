"""The past as it is shown, exported and compared: what is stored of all exchanges, and how it is filled up."""

import math
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from cryptoprices.clock import Clock
from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.intervals import DAY_MS, INTERVALS_MS, ceil_ms, floor_ms, made_of
from cryptoprices.core.ledger import Gap
from cryptoprices.core.market import Candle, Pair
from cryptoprices.core.past import PastRead, Progress
from cryptoprices.core.spans import Span, Stretch, common, whole, without
from cryptoprices.core.stablecoins import STABLECOINS, stand_in
from cryptoprices.core.uptime import Uptime, up_to_now, uptime
from cryptoprices.net.backfill import Backfill

_MENDED_IN = (("1m", DAY_MS), ("1h", 30 * DAY_MS), ("1d", math.inf))  # widths for what is at most so old


class Records(Protocol):
    """What is stored: storage.history.History."""

    def candles(self, exchange: str, pair: Pair, interval: str, since_ms: int, until_ms: int) -> Candles:
        """The exchange's own candles that open in these times, else made of what there is."""

    def covered(self, exchange: str, pair: Pair, interval: str, since_ms: int, until_ms: int) -> list[Span]:
        """The stretches of which all of the exchange's own candles are stored."""

    def heard(self, exchange: str, since_ms: int, until_ms: int, longest_ms: int) -> list[Span]:
        """From when to when the exchange gave us prices of any pair, never more than longest_ms apart."""

    def gaps(self, since_ms: int, until_ms: int) -> list[Gap]:
        """The times without prices that overlap these."""


class _Part(NamedTuple):
    span: Span
    exchange: str
    candles: Candles


class Archive:
    """For worker threads. order: the exchanges' names in the person's order."""

    def __init__(self, history: Records, backfill: Backfill, clock: Clock, order: Callable[[], Sequence[str]]) -> None:
        self._history, self._backfill, self._clock, self._order = history, backfill, clock, order

    def read(self, pair: Pair, interval: str, since_ms: int, until_ms: int) -> PastRead:
        """What is stored of the candles that open in [since_ms, until_ms).

        Each stretch is of one exchange: the first one whose own candles are there, else the first one that gave us
        prices then.
        """
        since_ms = ceil_ms(since_ms, interval)
        until_ms = min(ceil_ms(until_ms, interval), floor_ms(self._clock.wall_ms(), interval))
        missing = [(since_ms, until_ms)] if since_ms < until_ms else []
        parts: list[_Part] = []
        for find in (self._own, self._made):
            for exchange in self._order():
                found = list(find(exchange, pair, interval, missing)) if missing else []
                missing = without(missing, [part.span for part in found])
                parts += found
        return _together(parts, self._history.gaps(since_ms, until_ms))

    def fill(
        self,
        pair: Pair,
        interval: str,
        since_ms: int,
        until_ms: int,
        on_page: Callable[[Progress], None],
        stop: threading.Event,
    ) -> list[Gap]:
        """Ask the exchanges for what is not stored (Backfill.fill); afterwards it can be read."""
        return self._backfill.fill(pair, interval, since_ms, until_ms, on_page, stop)

    def each(self, pair: Pair, interval: str, since_ms: int, until_ms: int) -> dict[str, Candles]:
        """What is stored of each exchange by itself, in the person's order, of those that anything is stored of.

        Only its own candles: those of our samples may have ended seconds earlier, and would pass for cheap or dear.
        """
        found = {name: self.own(name, pair, interval, since_ms, until_ms).candles for name in self._order()}
        return {name: candles for name, candles in found.items() if len(candles)}

    def own(self, exchange: str, pair: Pair, interval: str, since_ms: int, until_ms: int) -> PastRead:
        """What is stored of this exchange's own candles, without the running one. stretches: what is known of it."""
        until_ms = min(until_ms, floor_ms(self._clock.wall_ms(), interval))
        missing = [(since_ms, until_ms)] if since_ms < until_ms else []
        return _together(list(self._own(exchange, pair, interval, missing)) if missing else [], [])

    def fill_own(
        self, exchange: str, pair: Pair, interval: str, since_ms: int, until_ms: int, stop: threading.Event
    ) -> list[Gap]:
        """Ask this exchange for what is not stored of its own candles; afterwards `own` can be read."""
        return self._backfill.fill(pair, interval, since_ms, until_ms, _pass, stop, of=exchange)

    def fill_each(
        self,
        pair: Pair,
        interval: str,
        since_ms: int,
        until_ms: int,
        on_page: Callable[[Progress], None],
        stop: threading.Event,
    ) -> list[Gap]:
        """Ask each exchange for what is not stored of it, one after the other; afterwards `each` can be read.

        Who has no market for the pair is asked for the one in the stablecoin that stands in for dollars. What the
        stablecoins cost in dollars is asked of one. Returns what could not be filled, with the reason.
        """
        stretch = interval, since_ms, until_ms, on_page, stop
        other = stand_in(pair)
        markets = {
            exchange.source.name: market
            for market in (other, pair)
            if market
            for exchange, _ in self._backfill.able(market, interval)
            if not exchange.only_missing
        }
        left = [gap for name, market in markets.items() for gap in self._backfill.fill(market, *stretch, of=name)]
        return left + [gap for coin in STABLECOINS for gap in self.fill(Pair(coin, "USD"), *stretch)]

    def uptimes(
        self, longest_ms: Mapping[str, int], failing: Mapping[str, str], since_ms: int, now_ms: int
    ) -> dict[str, Uptime]:
        """How steadily each exchange answered since then. longest_ms: of each that is wanted, uptime.longest_quiet_ms.

        failing: why those that give nothing now do not.
        """
        gaps, found = self._history.gaps(since_ms, now_ms), {}
        for name, longest in longest_ms.items():
            heard = self._history.heard(name, since_ms, now_ms, longest)
            heard, running = up_to_now(name, heard, now_ms, longest, failing.get(name))
            own = [gap for gap in gaps if gap.exchange in (None, name)]
            found[name] = uptime(heard, [*own, *running], since_ms, now_ms)
        return found

    def running(self, pair: Pair, interval: str, exchange: str) -> Candle | None:
        """What is stored of the candle that runs now, of this exchange: narrower ones that have ended, and samples."""
        open_ms = floor_ms(self._clock.wall_ms(), interval)
        rows = self._history.candles(exchange, pair, interval, open_ms, open_ms + INTERVALS_MS[interval]).rows()
        return rows[-1] if rows else None

    def fill_running(self, pair: Pair, interval: str, stop: threading.Event) -> None:
        """Ask the exchanges for what has ended of the candle that runs now, in as few narrower candles as it takes."""
        now_ms = self._clock.wall_ms()
        since_ms = floor_ms(now_ms, interval)
        for width in made_of(interval)[1:]:
            until_ms = floor_ms(now_ms, width)
            self.fill(pair, width, since_ms, until_ms, _pass, stop)
            since_ms = until_ms

    def mend(
        self, pairs: Iterable[Pair], gaps: Sequence[Gap], on_page: Callable[[Progress], None], stop: threading.Event
    ) -> list[Gap]:
        """Fill times without prices of our own, the newest first: the last day in minutes, what is older more coarsely.

        Other fillings, which somebody waits for, go first. Returns what could not be filled, with the reason.
        """
        pairs, left = tuple(pairs), []
        now_ms = self._clock.wall_ms()
        until_ms: float = now_ms
        for width, age_ms in _MENDED_IN:
            since_ms = now_ms - age_ms
            for gap in sorted(gaps, key=lambda gap: gap.until_ms, reverse=True):
                first_ms, last_ms = max(gap.since_ms, since_ms), min(gap.until_ms, until_ms)
                if first_ms < last_ms:
                    bounds = floor_ms(int(first_ms), width), ceil_ms(int(last_ms), width)
                    for pair in pairs:
                        self._backfill.give_way(stop)
                        left += self.fill(pair, width, *bounds, on_page, stop)
            until_ms = since_ms
        return left

    def _own(self, exchange: str, pair: Pair, interval: str, missing: list[Span]) -> Iterable[_Part]:
        """Where all of the exchange's own candles are known."""
        since_ms, until_ms = missing[0][0], missing[-1][1]
        known: list[Span] = []
        for width in made_of(interval):
            covered = whole(self._history.covered(exchange, pair, width, since_ms, until_ms), interval)
            known += without(covered, known)
        for span in common(missing, known):
            candles = self._history.candles(exchange, pair, interval, *span)
            yield _Part(span, exchange, candles.of_origin(Origin.BACKFILL))

    def _made(self, exchange: str, pair: Pair, interval: str, missing: list[Span]) -> Iterable[_Part]:
        """Where there are candles at all, such as those made of our samples."""
        for span in missing:
            candles = self._history.candles(exchange, pair, interval, *span)
            for part in without([span], candles.holes(interval, *span)):
                yield _Part(part, exchange, candles.between(*part))


def _pass(_progress: Progress) -> None:
    """These are few pages, that nobody counts."""


def _together(parts: list[_Part], gaps: list[Gap]) -> PastRead:
    parts = sorted(parts, key=lambda part: part.span)
    candles = Candles.of(())
    for part in parts:
        candles = candles.merged(part.candles)
    stretches: list[Stretch] = []
    for span, exchange, _ in parts:
        if stretches and stretches[-1][1:] == (span[0], exchange):
            stretches[-1] = (stretches[-1][0], span[1], exchange)
        else:
            stretches.append((*span, exchange))
    return PastRead(candles, stretches, gaps)
