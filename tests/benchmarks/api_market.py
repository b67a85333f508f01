"""A market for the benchmark of the API: two pairs at seven exchanges, without any network. Live, Owner and Past."""

import threading
from collections.abc import Callable
from decimal import Decimal

from cryptoprices.api.ports import Moment
from cryptoprices.clock import system_clock
from cryptoprices.core.board import Board
from cryptoprices.core.market import Pair, Quote, Round, Ticker
from cryptoprices.settings.values import Settings

NAMES = ("kraken", "coinbase", "bitstamp", "gemini", "bitfinex", "binance", "okx")
PRICES = {Pair("BTC", "USD"): 9741250, Pair("ETH", "USD"): 340010}
_EVERY_S = 0.1


class BenchLive:
    """Says other prices ten times a second while it runs."""

    def __init__(self) -> None:
        self.clock = system_clock()
        self._told: list[Callable[[], object]] = []
        self._board, self._number = Board(NAMES), 0
        self._poll()

    def moment(self) -> Moment:
        return self._moment

    def listen(self, told: Callable[[], object]) -> None:
        self._told.append(told)

    def run(self) -> None:
        """For ever."""
        never = threading.Event()
        while not never.wait(_EVERY_S):
            self._poll()
            for told in self._told:
                told()

    def _poll(self) -> None:
        self._number += 1
        now_s, now_ms = self.clock.boot_s(), self.clock.wall_ms()
        quotes = []
        for pair, cents in PRICES.items():
            for name in NAMES:
                price = Decimal(cents + self._number % 100).scaleb(-2)
                ticker = Ticker(pair, price, price, price, Decimal("1.5"), price, price, Decimal("2101.4"), now_ms)
                quotes.append(Quote(name, ticker, now_s, now_ms))
        snapshot = self._board.apply(Round(self._number, now_s, tuple(quotes), last=True), now_s, now_ms)
        self._moment = Moment(self._number, snapshot, tuple(PRICES), {}, {}, Settings(), now_s + 20)
