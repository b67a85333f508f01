"""The API put together: what the window and `serve` have in common when they serve it."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple

from cryptoprices import __version__
from cryptoprices.api.app import build
from cryptoprices.api.cryptowatch.service import Cryptowatch, CryptowatchOptions
from cryptoprices.api.events import Events
from cryptoprices.api.fills import Fills
from cryptoprices.api.gate import Gate
from cryptoprices.api.hosts import Hosts
from cryptoprices.api.hot import App, Hot
from cryptoprices.api.meter import Counted, Meter
from cryptoprices.api.parts import Parts
from cryptoprices.api.ports import AskRates, Condition, Live, Managed, Owner, Past, TicketRoom, TokenBook
from cryptoprices.api.publish import Publisher
from cryptoprices.api.quick import Quick
from cryptoprices.api.rates import PastRates
from cryptoprices.api.refusals import LastLine
from cryptoprices.api.tickets import Tickets
from cryptoprices.core.market import Pair


class ServiceParts(NamedTuple):
    """The program around the API, as its ports say. hosts: the names by which it may be asked.

    loopback: only this machine can ask. cryptowatch: what there is for clients of the former Cryptowatch API. room:
    for the tickets of several replicas, None where this program is alone. condition(): how the program is; any thread.
    """

    live: Live
    owner: Owner
    past: Past
    ask_rates: AskRates
    managed: Managed
    tokens: TokenBook
    hosts: Hosts
    loopback: bool
    cryptowatch: CryptowatchOptions = CryptowatchOptions()
    room: TicketRoom | None = None
    condition: Callable[[], Condition] = Condition


def served_pairs(watchlist: Iterable[Pair], managed: Managed) -> tuple[Pair, ...]:
    """What is asked for and served: the setting's pairs, and those that were added through the API, each once."""
    added = [pair for each in managed.watchlists for pair in each.pairs]
    return tuple(dict.fromkeys([*watchlist, *added, *(one.pair for one in managed.manual_prices)]))


class Service:
    """What a Server serves. meter: what it counts."""

    def __init__(self, parts: ServiceParts) -> None:
        self._parts = parts
        self._events = Events(parts.live)
        self.meter = Meter()
        self._quick: Quick | None = None

    @asynccontextmanager
    async def life(self) -> AsyncIterator[App]:
        """On the server's loop: the application, from before the first request until after the last one."""
        live, owner, past, ask_rates, managed, tokens, hosts, loopback, cryptowatch, room, condition = self._parts
        clock, tickets = live.clock, Tickets(live.clock.boot_s, room)
        publisher = Publisher(live, managed, clock, public=loopback)
        publisher.listen(self._events.take)
        fills, rates = Fills(past, clock), PastRates(ask_rates, clock)
        known = live, owner, past, fills, rates, managed, publisher, tokens, tickets
        routes = build(Parts(*known, self._events, self.meter, condition, __version__))
        former = Cryptowatch(live, past, fills, tokens, loopback, cryptowatch, __version__)
        hot = Hot(former.beside(routes), publisher, clock)
        gate = Gate(
            hot,
            tokens=tokens,
            tickets=tickets,
            hosts=hosts,
            loopback=loopback,
            clock=clock,
            cryptowatch_root=cryptowatch.at_root,
        )
        self._quick = Quick(gate, hot, self.meter)
        async with routes.router.lifespan_context(routes), former.streaming(publisher, self.meter):
            publisher.begin()
            yield Counted(LastLine(gate, cryptowatch.at_root), self.meter)
            publisher.end()

    def quick(self) -> Quick | None:
        """What answers at once what is published; there once `life` has been entered."""
        return self._quick

    def hush(self) -> None:
        """On the server's loop: streams would go on for ever."""
        self._events.close()
