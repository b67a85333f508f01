"""What the window knows of the past: who can be asked for it, and what the answers are."""

from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Protocol

from cryptoprices.core.candles import Candles
from cryptoprices.core.ledger import Gap
from cryptoprices.core.market import Candle, Pair
from cryptoprices.core.spans import Stretch
from cryptoprices.core.uptime import Uptime


class Progress(Protocol):
    """How far a fill has come."""

    @property
    def exchange(self) -> str:
        """Who is asked."""

    @property
    def done(self) -> int:
        """Pages that have come."""

    @property
    def total(self) -> int:
        """Pages in all."""


class Past(Protocol):
    """What is stored of a pair."""

    @property
    def candles(self) -> Candles:
        """Bars that have ended."""

    @property
    def stretches(self) -> Sequence[Stretch]:
        """From, to (Unix ms, without it), and the exchange whose candles these are."""

    @property
    def gaps(self) -> Sequence[Gap]:
        """Why nothing is known of a time."""


class Archive(Protocol):
    """Where the past comes from. All block: they are asked on workers. Times are Unix ms, until_ms is not in it."""

    def read(self, pair: Pair, interval: str, since_ms: int, until_ms: int) -> Past:
        """What is stored."""

    def fill(
        self,
        pair: Pair,
        interval: str,
        since_ms: int,
        until_ms: int,
        on_page: Callable[[Progress], None],
        stop: Event,
    ) -> list[Gap]:
        """Ask the exchanges for what is missing, newest first; what could not be had. Ends early when stop is set."""

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

    def running(self, pair: Pair, interval: str, exchange: str) -> Candle | None:
        """What is stored of the candle that runs now, of this exchange."""

    def fill_running(self, pair: Pair, interval: str, stop: Event) -> None:
        """Ask the exchanges for what has ended of the candle that runs now. Ends early when stop is set."""
