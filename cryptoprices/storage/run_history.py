"""The history of a command: what the profile knows, and above it what this run has fetched, kept in memory.

Whoever holds the profile's lock for as long as exchanges may take would keep the window from opening; so a command
holds it for the moment of writing only, when all is fetched. Where it cannot have it, what was fetched ends with it.
"""

from collections import defaultdict
from functools import reduce
from typing import NamedTuple

from cryptoprices.core.candles import Candles
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.ledger import Gap
from cryptoprices.core.market import Pair
from cryptoprices.core.spans import Span, joined
from cryptoprices.storage.history import History
from cryptoprices.storage.history_reading import gathered


class Page(NamedTuple):
    """The arguments of one History.put_candles."""

    exchange: str
    pair: Pair
    interval: str
    candles: Candles
    since_ms: int
    until_ms: int


class RunHistory:
    """history: of the profile, only read; None where nothing is known. One thread fills it, then another may read."""

    def __init__(self, history: History | None) -> None:
        self._history = history
        self._pages: defaultdict[tuple[str, Pair, str], list[Page]] = defaultdict(list)

    def put_candles(
        self, exchange: str, pair: Pair, interval: str, candles: Candles, since_ms: int, until_ms: int
    ) -> None:
        """Keep what was fetched, and that there is no more in [since_ms, until_ms)."""
        self._pages[exchange, pair, interval].append(Page(exchange, pair, interval, candles, since_ms, until_ms))

    def flush(self, timeout_s: float) -> bool:  # noqa: ARG002  # as of a history that writes
        """Whether all that was put can be read: it always can."""
        return True

    def candles(self, exchange: str, pair: Pair, interval: str, since_ms: int, until_ms: int) -> Candles:
        """Candles that open in [since_ms, until_ms), oldest first; made of narrower ones where that takes them."""
        found = self._stored(exchange, pair, interval, since_ms, until_ms)
        for width, width_ms in INTERVALS_MS.items():
            fetched = self._fetched(exchange, pair, width).between(since_ms, until_ms)
            if width == interval:
                found = found.merged(fetched)
            elif len(fetched) and INTERVALS_MS[interval] % width_ms == 0:
                parts = self._stored(exchange, pair, width, since_ms, until_ms).merged(fetched)
                known = self.covered(exchange, pair, width, since_ms, until_ms)
                found = found.merged(gathered(parts, interval, known))
        return found

    def covered(self, exchange: str, pair: Pair, interval: str, since_ms: int, until_ms: int) -> list[Span]:
        """The parts of [since_ms, until_ms) of which all of the exchange's own candles are known, oldest first."""
        stored = self._history.covered(exchange, pair, interval, since_ms, until_ms) if self._history else []
        fetched = [
            (max(since_ms, page.since_ms), min(until_ms, page.until_ms))
            for page in self._pages.get((exchange, pair, interval), ())
            if page.since_ms < until_ms and page.until_ms > since_ms
        ]
        return joined([*stored, *fetched])

    def heard(self, exchange: str, since_ms: int, until_ms: int, longest_ms: int) -> list[Span]:
        """From when to when the exchange gave prices, as the profile knows it."""
        return self._history.heard(exchange, since_ms, until_ms, longest_ms) if self._history else []

    def gaps(self, since_ms: int, until_ms: int) -> list[Gap]:
        """The times without prices, as the profile knows them."""
        return self._history.gaps(since_ms, until_ms) if self._history else []

    def pages(self) -> list[Page]:
        """All that was fetched, to be put into the history of the profile."""
        return [page for pages in self._pages.values() for page in pages]

    def _stored(self, exchange: str, pair: Pair, interval: str, since_ms: int, until_ms: int) -> Candles:
        if self._history is None:
            return Candles.of(())
        return self._history.candles(exchange, pair, interval, since_ms, until_ms)

    def _fetched(self, exchange: str, pair: Pair, interval: str) -> Candles:
        parts = [page.candles for page in self._pages.get((exchange, pair, interval), ())]
        while len(parts) > 1:  # in pairs, so that each candle is moved as few times as possible
            parts = [reduce(Candles.merged, parts[i : i + 2]) for i in range(0, len(parts), 2)]
        return parts[0] if parts else Candles.of(())
