"""Polls for tests of what stands behind the hub: a hub with exchanges that answer what they are told."""

from collections.abc import Mapping
from decimal import Decimal

from cryptoprices.core.board import Board
from cryptoprices.core.market import Pair, Quote, Round, Ticker
from cryptoprices.qt.hub import Hub

BTC, ETH, SOL = Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("SOL", "USD")


class Polls:
    """`clock`: the fake clock, which moves by `every_s` with each poll."""

    def __init__(self, clock, pairs=(BTC, ETH), every_s: float = 20.0, exchanges=("kraken",)) -> None:
        self.time, self.every_s = clock, every_s
        self.hub = Hub(Board(exchanges, dict.fromkeys(exchanges, 20)), clock.clock, pairs)
        self._poll = 0

    def poll(self, prices: Mapping[Pair, float | str] = {}, last: bool = True) -> None:
        """One poll with these answers of the first exchange, none of the others; then time passes until the next."""
        self.poll_all({"kraken": prices}, last)

    def poll_all(self, prices: Mapping[str, Mapping[Pair, float | str]], last: bool = True, via: str = "poll") -> None:
        """The same with the answers of several exchanges."""
        self._poll += 1
        now = self.time.boot_s
        quotes = [
            Quote(name, Ticker(pair, Decimal(str(p))), now, self.time.wall_ms, via=via)
            for name, answer in prices.items()
            for pair, p in answer.items()
        ]
        self.hub.apply(Round(self._poll, now, tuple(quotes), last=last))
        self.time.advance(self.every_s)

    def run(self, count: int, start: float = 100.0, step: float = 1.0) -> None:
        """Polls with rising prices: BTC start, start + step, …, ETH a tenth of the first and half as fast."""
        for k in range(count):
            self.poll({BTC: start + step * k, ETH: start / 10 + step * k / 20})
