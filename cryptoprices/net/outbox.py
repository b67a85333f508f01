"""What the streams have to hand on: the newest of each exchange and pair, at most 10 times a second."""

import asyncio
from collections.abc import Callable

from cryptoprices.clock import Clock
from cryptoprices.core.market import STREAM, Flow, Pair, Quote, Round, Ticker

PERIOD_S = 0.1  # between two rounds


Make = Callable[[Ticker, float, int], Quote]


class Outbox:
    """The newest ticker of each exchange and pair, and changes of standing, until the next round. In the loop's thread.

    Bounded by the number of pairs, however many messages come.
    """

    def __init__(self, clock: Clock, deliver: Callable[[Round], None]) -> None:
        self.closed = False
        self._clock, self._deliver = clock, deliver
        self._tickers: dict[tuple[Make, Pair], tuple[Ticker, float]] = {}
        self._flows: dict[str, Flow] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._sent_s = 0.0  # by the loop's clock

    def put(self, make: Make, ticker: Ticker, now_boot_s: float) -> None:
        """It came now, and takes the place of an earlier one. make(ticker, boot_s, wall_ms): its quote, when it goes.

        make is the same one for all tickers of a connection.
        """
        self._tickers[make, ticker.pair] = ticker, now_boot_s
        if self._timer is None:
            self._begin()

    def tell(self, flow: Flow) -> None:
        """It takes the place of an earlier one."""
        self._flows[flow.exchange] = flow
        if self._timer is None:
            self._begin()

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(max(loop.time(), self._sent_s + PERIOD_S), self._send)

    def _send(self) -> None:
        self._timer, self._sent_s = None, asyncio.get_running_loop().time()
        now, wall_ms = self._clock.boot_s(), self._clock.wall_ms()
        quotes = tuple(
            make(ticker, came_boot_s, wall_ms - round((now - came_boot_s) * 1000))
            for (make, _), (ticker, came_boot_s) in self._tickers.items()
        )
        flows = tuple(self._flows.values())
        self._tickers.clear()
        self._flows.clear()
        if not self.closed:
            self._deliver(Round(STREAM, now, quotes, flows=flows))
