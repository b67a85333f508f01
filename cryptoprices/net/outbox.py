"""What the streams have to hand on: the newest of each exchange and pair, at most 10 times a second."""

import asyncio
from collections.abc import Callable

from cryptoprices.clock import Clock
from cryptoprices.core.market import STREAM, Flow, Pair, Quote, Round

PERIOD_S = 0.1  # between two rounds


class Outbox:
    """The newest quote of each exchange and pair, and changes of standing, until the next round. In the loop's thread.

    Bounded by the number of pairs, however many messages come.
    """

    def __init__(self, clock: Clock, deliver: Callable[[Round], None]) -> None:
        self.closed = False
        self._clock, self._deliver = clock, deliver
        self._quotes: dict[tuple[str, Pair], Quote] = {}
        self._flows: dict[str, Flow] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._sent_s = 0.0  # by the loop's clock

    def put(self, quote: Quote) -> None:
        """It takes the place of an earlier one."""
        self._quotes[quote.exchange, quote.ticker.pair] = quote
        if self._timer is None:
            self._begin()

    def tell(self, flow: Flow) -> None:
        """Likewise."""
        self._flows[flow.exchange] = flow
        if self._timer is None:
            self._begin()

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(max(loop.time(), self._sent_s + PERIOD_S), self._send)

    def _send(self) -> None:
        self._timer, self._sent_s = None, asyncio.get_running_loop().time()
        quotes, flows = tuple(self._quotes.values()), tuple(self._flows.values())
        self._quotes.clear()
        self._flows.clear()
        if not self.closed:
            self._deliver(Round(STREAM, self._clock.boot_s(), quotes, flows=flows))
