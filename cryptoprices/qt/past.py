"""What the window asks of the past."""

from collections.abc import Callable, Mapping
from threading import Event
from typing import Protocol

from cryptoprices.core import past
from cryptoprices.core.candles import Candles
from cryptoprices.core.ledger import Gap
from cryptoprices.core.market import Pair
from cryptoprices.core.past import Progress
from cryptoprices.core.uptime import Uptime


class Archive(past.Archive, Protocol):
    """What else the window asks the archive for; all of it blocks as well."""

    def each(self, pair: Pair, interval: str, since_ms: int, until_ms: int) -> dict[str, Candles]:
        """What is stored of each exchange by itself."""

    def fill_each(
        self,
        pair: Pair,
        interval: str,
        since_ms: int,
        until_ms: int,
        on_page: Callable[[Progress], None],
        stop: Event,
    ) -> list[Gap]:
        """Ask each exchange for what is missing of it; what could not be had. Ends early when stop is set."""

    def uptimes(
        self, longest_ms: Mapping[str, int], failing: Mapping[str, str], since_ms: int, now_ms: int
    ) -> dict[str, Uptime]:
        """How steadily each exchange of longest_ms answered. failing: why those that give nothing now do not."""

    def fill_running(self, pair: Pair, interval: str, stop: Event) -> None:
        """Ask the exchanges for what has ended of the candle that runs now. Ends early when stop is set."""
