"""Fills the past: candles that are not stored yet, page by page and newest first, from the exchanges that have them."""

import threading
from collections.abc import Callable

from cryptoprices.clock import Clock
from cryptoprices.core.intervals import ceil_ms, floor_ms
from cryptoprices.core.ledger import Gap
from cryptoprices.core.market import Pair
from cryptoprices.core.past import Progress
from cryptoprices.core.source import Exchange
from cryptoprices.net.fetch import Fetcher
from cryptoprices.net.filling import Filling, Reach, Store, Wanted, can_fill
from cryptoprices.net.pages import Stopped

FLUSH_S = 5.0
_LOOK_S = 0.25  # how often a filling that waits for another looks whether it is still wanted


class Backfill:
    """Thread-safe; of two fillings of the same pair and interval the second waits for the first."""

    def __init__(self, fetcher: Fetcher, store: Store, clock: Clock) -> None:
        self._fetcher, self._store, self._clock = fetcher, store, clock
        self._reach = Reach()
        self._busy: set[tuple[Pair, str]] = set()
        self._not_busy = threading.Condition()

    def fill(
        self,
        pair: Pair,
        interval: str,
        since_ms: int,
        until_ms: int,
        on_page: Callable[[Progress], None],
        stop: threading.Event,
        of: str = "",
    ) -> list[Gap]:
        """Ask for what is not stored of the candles that open in [since_ms, until_ms), and store it.

        The first exchange in the person's order that has the pair in this width, or in one that divides it, is asked;
        what it does not keep, or cannot give now, the next one is asked for. of: none but this exchange is asked, also
        for what is stored of others. The running candle is left out.
        Returns what could not be filled, or not be kept, with the reason; nothing, if `stop` was set, which is heeded
        within a page's time. Blocks, for minutes where budgets are small: for worker threads. on_page is called on this
        thread.
        """
        if not self._begin((pair, interval), stop):
            return []
        try:
            last_ms = min(ceil_ms(until_ms, interval), floor_ms(self._clock.wall_ms(), interval))
            wanted = Wanted(pair, interval, on_page, stop, of)
            filling = Filling(self._fetcher, self._store, self._clock, self._reach, wanted)
            left = filling.run(ceil_ms(since_ms, interval), last_ms)
            return left if self._store.flush(FLUSH_S) else [*left, *filling.lost()]
        except Stopped:
            self._store.flush(FLUSH_S)
            return []
        finally:
            with self._not_busy:
                self._busy.discard((pair, interval))
                self._not_busy.notify_all()

    def able(self, pair: Pair, interval: str) -> list[tuple[Exchange, str]]:
        """Who would be asked, in this order, and for candles of which width."""
        return can_fill(self._fetcher, pair, interval)

    def give_way(self, stop: threading.Event) -> None:
        """Wait until no filling runs, or `stop` is set: for what nobody is waiting for."""
        with self._not_busy:
            while self._busy and not stop.is_set():
                self._not_busy.wait(_LOOK_S)

    def _begin(self, key: tuple[Pair, str], stop: threading.Event) -> bool:
        with self._not_busy:
            while key in self._busy:
                if stop.is_set():
                    return False
                self._not_busy.wait(_LOOK_S)
            self._busy.add(key)
        return True
