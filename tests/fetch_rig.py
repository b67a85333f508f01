"""A fetcher that asks exchanges on loopback, for tests of its polls."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from fault_server import Fault, FaultServer

from cryptoprices.core.market import Pair, Round, Standing
from cryptoprices.core.source import Exchange
from cryptoprices.net.fetch import Fetcher
from cryptoprices.net.http import Http, Limits
from cryptoprices.sources.discovery import discover

BTC, ETH, SOL, SHIB, DEAD = (Pair(coin, "USD") for coin in ("BTC", "ETH", "SOL", "SHIB", "DEAD"))
NAMES = ("kraken", "coinbase", "bitstamp", "binance", "coingecko")
PATIENT = Limits(30.0, 30.0, 60.0)
DOWN = Fault("down", lambda peer: peer.answer(b"{}", 503), keeps=True)


class Rig:
    """Exchanges on loopback and a fetcher that asks some of them."""

    def __init__(self, server: FaultServer, fake_clock) -> None:
        self.server, self.time = server, fake_clock
        self.rounds: list[Round] = []
        self.fetcher: Fetcher

    def asks(self, *names: str, limits: Limits = PATIENT, missing: bool = False, **more: object) -> "Rig":
        """Of these; missing: coingecko only for what the others lack."""
        sources = discover()
        exchanges = [
            Exchange(sources[name], self.server.addresses[name], "", missing and sources[name].only_missing)
            for name in names
        ]
        http = Http(self.time.clock, "none", limits)
        self.fetcher = Fetcher(exchanges, http, self.time.clock, dice=lambda: 0.5, **more)
        return self

    def poll(self, *pairs: Pair, forced: bool = False, woken: bool = False, after_s: float = 20.0) -> list[Round]:
        """One poll, a while after the last."""
        self.time.advance(after_s)
        self.rounds = []
        self.fetcher.poll(pairs or (BTC,), self.rounds.append, forced, woken)
        return self.rounds

    def standing(self, name: str) -> Standing:
        return next(standing for standing in self.rounds[-1].standings if standing.exchange == name)

    def prices(self) -> dict[tuple[str, str], Decimal]:
        return {(quote.exchange, str(quote.pair)): quote.price for round_ in self.rounds for quote in round_.quotes}

    def paths(self, name: str) -> list[str]:
        """What it has been asked since the last look."""
        paths = [request.path for request in self.server.requests(name)]
        self.server.log.clear()
        return paths

    def asked_at(self, name: str) -> list[float]:
        return [request.boot_s for request in self.server.requests(name)]


@contextmanager
def opened_rig(fake_clock) -> Iterator[Rig]:
    """A rig whose exchanges are well; `asks` says which are asked."""
    prices = {BTC: Decimal("97412.5"), ETH: Decimal("3512.3"), Pair("BTC", "USDT"): Decimal("97400.5")}
    with FaultServer(prices, fake_clock.clock, NAMES) as server:
        rig = Rig(server, fake_clock)
        yield rig
        rig.fetcher.close()
