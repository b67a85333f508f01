"""The past as the window and the API ask for it: what is stored of a time, and who is asked for what is not."""

from collections.abc import Callable
from threading import Event
from typing import NamedTuple, Protocol

from cryptoprices.core.candles import Candles
from cryptoprices.core.ledger import Gap
from cryptoprices.core.market import Candle, Pair
from cryptoprices.core.spans import Stretch


class PastRead(NamedTuple):
    """candles: oldest first, without the running one. stretches: whose they are; no others are in these times.

    gaps: the times without prices of our own that overlap, also where candles of exchanges fill them now.
    """

    candles: Candles
    stretches: list[Stretch]
    gaps: list[Gap]


class Progress(NamedTuple):
    """How far a filling is. exchange: whose page came last. done, total: pages; the total is an estimate."""

    exchange: str
    done: int
    total: int


class Archive(Protocol):
    """Where the past comes from. All block: they are asked on workers. Times are Unix ms, until_ms is not in it."""

    def read(self, pair: Pair, interval: str, since_ms: int, until_ms: int) -> PastRead:
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

    def running(self, pair: Pair, interval: str, exchange: str) -> Candle | None:
        """What is stored of the candle that runs now, of this exchange; it may lack a part."""
