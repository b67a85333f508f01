"""The API put together: what the window and `serve` have in common when they serve it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple

from cryptoprices import __version__
from cryptoprices.api.app import Parts, build
from cryptoprices.api.gate import Gate
from cryptoprices.api.hosts import Hosts
from cryptoprices.api.hot import App, Hot
from cryptoprices.api.ports import Live, Managed, Owner, Past, TokenBook
from cryptoprices.api.publish import Publisher
from cryptoprices.api.tickets import Tickets
from cryptoprices.core.market import Pair


class ServiceParts(NamedTuple):
    """The program around the API, as its ports say. hosts: names of the server.

    loopback: only this machine can reach it.
    """

    live: Live
    owner: Owner
    past: Past
    managed: Managed
    tokens: TokenBook
    hosts: Hosts
    loopback: bool


def served_pairs(watchlist: Iterable[Pair], managed: Managed) -> tuple[Pair, ...]:
    """What is asked for and served: the setting's pairs, and those that were added through the API, each once."""
    added = [pair for each in managed.watchlists for pair in each.pairs]
    return tuple(dict.fromkeys([*watchlist, *added, *(one.pair for one in managed.manual_prices)]))


class Service:
    """What a Server serves: `life` yields the application, on the server's loop; `hush` ends what would not end."""

    def __init__(self, parts: ServiceParts) -> None:
        self._parts = parts

    @asynccontextmanager
    async def life(self) -> AsyncIterator[App]:
        """The application, from the first request to the last."""
        live, owner, past, managed, tokens, hosts, loopback = self._parts
        tickets = Tickets(live.clock.boot_s)
        publisher = Publisher(live, managed, live.clock)
        app = build(Parts(live, owner, past, managed, publisher, __version__, tokens, tickets))
        publisher.begin()
        hot = Hot(app, publisher, live.clock)
        yield Gate(hot, tokens=tokens, tickets=tickets, hosts=hosts, loopback=loopback, clock=live.clock)
        publisher.end()

    def hush(self) -> None:
        """On the server's loop: the end is near."""
