"""One poll: every exchange that may be asked is asked side by side, and each answer goes on as its own Round at once."""

import random
from collections.abc import Callable, Mapping, Sequence

from cryptoprices.clock import Clock
from cryptoprices.core.market import Pair, Round
from cryptoprices.core.source import Exchange
from cryptoprices.net.http import Http


class Fetcher:
    """Asks the exchanges and remembers who must wait. One poll at a time: a second one meanwhile returns at once.

    interval_s: time between two polls; an exchange whose own interval is longer keeps to that. pauses: what `pauses()`
    gave in an earlier run. random: 0..1, for the jitter.
    """

    def __init__(
        self,
        exchanges: Sequence[Exchange],
        http: Http,
        clock: Clock,
        interval_s: float = 20.0,
        pauses: Mapping[str, object] | None = None,
        random: Callable[[], float] = random.random,
    ) -> None:
        raise NotImplementedError

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The exchanges of this run, in the user's order."""
        raise NotImplementedError

    def poll(self, pairs: Sequence[Pair], deliver: Callable[[Round], None], forced: bool = False) -> None:
        """Ask everybody who may be asked, and return when all have answered or failed (at most 8 s).

        deliver is called from the calling thread only, one Round after the other, the last with last=True.
        forced: a person wants it now (Refresh): back-off does not count, a Retry-After still does.
        """
        raise NotImplementedError

    def next_due_boot_s(self) -> float:
        """Boot time at which the next poll is to begin; in the past before the first one."""
        raise NotImplementedError

    def pauses(self) -> dict[str, object]:
        """The waits that exchanges asked for, as plain JSON values with wall times, to be kept over a restart."""
        raise NotImplementedError

    def close(self) -> None:
        """Break off what is in flight and close all connections. Returns within 1.5 s; a poll under way ends by itself."""
        raise NotImplementedError
