"""IPv6 addresses that swallow what is sent to them, while IPv4 is well: each family has its share of the time."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from fault_server import FaultServer
from picows import WSListener, WSTransport
from stream_server import StreamServer

from cryptoprices.clock import system_clock
from cryptoprices.core.source import Exchange
from cryptoprices.net import dial
from cryptoprices.net.call import Call
from cryptoprices.net.dial import Dialer, Wait
from cryptoprices.net.resolver import PREFER_S, Address, Resolver
from cryptoprices.sources.discovery import discover

CONNECT_S = 0.6
HOLES = [(socket.AF_INET6, "::1"), (socket.AF_INET6, "::1")]
WELL = (socket.AF_INET, "127.0.0.1")


@pytest.fixture
def resolver(fake_clock) -> Resolver:
    return Resolver(fake_clock.clock, lambda _host: [*HOLES, WELL])


@pytest.fixture
def tries(monkeypatch) -> list[tuple[socket.AddressFamily, float | None]]:
    """The family of each address that is tried, and how long."""
    made: list[tuple[socket.AddressFamily, float | None]] = []

    class Noted(socket.socket):
        def connect(self, address) -> None:
            made.append((self.family, self.gettimeout()))
            super().connect(address)

    monkeypatch.setattr("cryptoprices.net.resolver.socket.socket", Noted)
    return made


def swallow(stack: ExitStack, port: int) -> None:
    """Have ::1 at this port take no connection and refuse none: nobody accepts, and its queue is full."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    hole = stack.enter_context(socket.socket(socket.AF_INET6))
    try:
        hole.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        hole.bind(("::1", port))
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    hole.listen(0)
    for _ in range(8):
        waiting = stack.enter_context(socket.socket(socket.AF_INET6))
        waiting.setblocking(False)
        waiting.connect_ex(("::1", port))


@pytest.fixture
def port(fake_clock) -> Iterator[int]:
    """Of an exchange that is well at 127.0.0.1 and cannot be reached at ::1."""
    with ExitStack() as stack:
        server = stack.enter_context(FaultServer({}, fake_clock.clock, ["kraken"]))
        port = int(server.addresses["kraken"].rpartition(":")[2])
        swallow(stack, port)
        yield port


def test_the_family_that_is_well_is_found_within_the_limit_and_remembered(resolver, port, tries, fake_clock):
    with Call().lasting(60) as call:
        resolver.connect("two.invalid", port, 5.0, CONNECT_S, call).close()
        share_s = pytest.approx(CONNECT_S / 3)
        assert tries == [(socket.AF_INET6, share_s), (socket.AF_INET, share_s)]
        fake_clock.advance(PREFER_S - 1)
        tries.clear()
        resolver.connect("two.invalid", port, 5.0, CONNECT_S, call).close()
        assert [family for family, _ in tries] == [socket.AF_INET]
        fake_clock.advance(PREFER_S + 1)
        tries.clear()
        resolver.connect("two.invalid", port, 5.0, CONNECT_S, call).close()
        assert [family for family, _ in tries] == [socket.AF_INET6, socket.AF_INET]


def test_a_stream_finds_it_too_and_shares_what_is_known(resolver, monkeypatch):
    tried: list[Address] = []
    original = dial._to

    async def noted(family, address, port, limit_s):
        tried.append((family, limit_s))
        return await original(family, address, port, limit_s)

    monkeypatch.setattr(dial, "_to", noted)

    class Listener(WSListener):
        def on_ws_connected(self, transport: WSTransport) -> None:
            transport.disconnect()

    with ExitStack() as stack:
        stream = stack.enter_context(StreamServer(lambda peer: peer.listen()))
        url = stream.url.replace("127.0.0.1", "two.invalid")
        swallow(stack, int(url.rpartition(":")[2].partition("/")[0]))
        dialer = Dialer(resolver, system_clock(), "none", Wait(connect_s=CONNECT_S))
        for _ in range(2):
            asyncio.run(dialer.open(Exchange(discover()["kraken"], "", url), Listener))
    share_s = pytest.approx(CONNECT_S / 3)
    assert tried == [(socket.AF_INET6, share_s), (socket.AF_INET, share_s), (socket.AF_INET, share_s)]
