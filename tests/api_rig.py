"""The API's parts for tests without a server: a market of three exchanges, a past, an owner, and questions."""

import asyncio
from concurrent.futures import Future
from decimal import Decimal
from types import MappingProxyType

import httpx
from archives import FakeArchive
from conftest import FakeClock

from cryptoprices.api.app import Parts, build
from cryptoprices.api.events import Events
from cryptoprices.api.fills import Filled, Fills
from cryptoprices.api.meter import Meter
from cryptoprices.api.ports import Condition, Moment
from cryptoprices.api.publish import Publisher
from cryptoprices.api.rates import PastRates
from cryptoprices.api.tickets import Tickets
from cryptoprices.core.board import Board
from cryptoprices.core.grants import Scope, Token
from cryptoprices.core.market import Flow, Pair, Quote, Round, Standing, Ticker
from cryptoprices.core.source import Exchange
from cryptoprices.settings.options import WATCHLIST
from cryptoprices.settings.values import Settings
from cryptoprices.sources.discovery import discover
from cryptoprices.storage.managed import ManagedFile
from cryptoprices.storage.tokens import TokenFile

BTC, ETH, SOL = Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("SOL", "EUR")
PRICES = {BTC: ("97412.50", "97413.1", "97410"), ETH: ("3400.1", "3400.2", "3400.3")}
NAMES = ("kraken", "coinbase", "bitstamp")
ADMIN = Token("00000001", "tests", Scope.ADMIN, 0, "")


class FakeLive:
    """A market that answers once, at the clock's beginning; poll() has it answer again."""

    def __init__(self, clock: FakeClock, pairs=(BTC, ETH)):
        self._clock, self.clock, self.told = clock, clock.clock, []
        sources = discover()
        self.exchanges = {
            name: Exchange(sources[name], sources[name].base_url, sources[name].stream_url) for name in NAMES
        }
        self.off = {"okx": Exchange(sources["okx"], sources["okx"].base_url, "")}
        self.board, self.pairs, self.version = Board(NAMES), pairs, 0
        self.settings = Settings({WATCHLIST.key: tuple(map(str, pairs))})
        self.poll()

    def poll(self, *standings: Standing, flows: tuple[Flow, ...] = (), prices=PRICES) -> None:
        now, said = self._clock.boot_s, []
        for pair, values in prices.items():
            for name, value in zip(NAMES, values, strict=True):
                ticker = Ticker(pair, Decimal(value), change_24h_pct=Decimal("1.50"), volume_24h=Decimal("10.5"))
                said.append(Quote(name, ticker, now, self._clock.wall_ms))
        self.version += 1
        self.board.apply(Round(self.version, now, tuple(said), standings, True, flows), now, self._clock.wall_ms)
        self.tell()

    def tell(self) -> None:
        for told in self.told:
            told()

    def moment(self) -> Moment:
        kinds = MappingProxyType(self.exchanges), MappingProxyType(self.off)
        return Moment(self.version, self.board.snapshot(), self.pairs, *kinds, self.settings, self._clock.boot_s + 12)

    def listen(self, told) -> None:
        self.told.append(told)


class FakeOwner:
    """Does at once what it is asked. failing: what it raises. later: settings that hold from a next start on."""

    def __init__(self, live: FakeLive):
        self._live, self.failing, self.asked, self.later = live, None, 0, ()

    def set_setting(self, key, value) -> Future:
        if self.failing is None:
            self._live.settings = self._live.settings.with_values({key: value})
            self._live.version += 1
            self._live.tell()
        return self._done()

    def takes_at_once(self, setting) -> bool:
        return setting.at_once and setting.key not in self.later

    def ask_now(self) -> Future:
        self.asked += 1
        return self._done()

    def _done(self) -> Future:
        future: Future = Future()
        future.set_exception(self.failing) if self.failing else future.set_result(None)
        return future


class Service:
    """The app with its parts. token: whose questions these are, as the gate would say. rates: of any currency."""

    def __init__(self, folder, clock: FakeClock, pairs=(BTC, ETH), version="0.0"):
        self.clock, self.live = clock, FakeLive(clock, pairs)
        self.owner, self.past = FakeOwner(self.live), FakeArchive()
        self.managed = ManagedFile(folder / "managed.json", clock.clock)
        self.publisher = Publisher(self.live, self.managed, clock.clock)
        self.token, self.rates, self.asked_rates, self.condition = ADMIN, [], [], Condition()
        self.tokens, self.tickets = TokenFile(folder / "tokens.json", clock.clock), Tickets(clock.clock.boot_s)
        parts = Parts(
            self.live,
            self.owner,
            self.past,
            Fills(self.past, clock.clock),
            PastRates(self.ask_rates, clock.clock),
            self.managed,
            self.publisher,
            self.tokens,
            self.tickets,
            Events(self.live),
            Meter(),
            lambda: self.condition,
            version,
        )
        self.app = build(parts)

    def ask_rates(self, code):
        self.asked_rates.append(code)
        return self.rates

    async def __call__(self, scope, receive, send) -> None:
        """As the gate does."""
        scope.setdefault("state", {})["token"] = self.token
        await self.app(scope, receive, send)

    def ask(self, method: str, path: str, **more) -> httpx.Response:
        """One question."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())

    def get(self, path: str, **more) -> httpx.Response:
        return self.ask("GET", path, **more)


def answering(outcome):
    """In place of Fills.fill: fetches nothing, and says this."""

    async def fill(_fills, _stretch):
        return Filled(outcome)

    return fill
