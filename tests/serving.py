"""The API as it is served, gate and all, over a market that answers when it is told."""

import socket
from http.client import HTTPConnection, HTTPResponse

from api_rig import FakeLive, FakeOwner
from archives import FakeArchive
from conftest import FakeClock

from cryptoprices.api.hosts import Hosts
from cryptoprices.api.limits import Limits
from cryptoprices.api.server import USUAL_LIMITS, Server, listening
from cryptoprices.service import Service, ServiceParts
from cryptoprices.storage.managed import ManagedFile
from cryptoprices.storage.tokens import TokenFile


def service_over(live: FakeLive, folder, port: int = 8020) -> Service:
    """What is served of this market."""
    managed = ManagedFile(folder / "managed.json", live.clock)
    tokens = TokenFile(folder / "tokens.json", live.clock)
    parts = live, FakeOwner(live), FakeArchive(), no_rates, managed, tokens, Hosts("127.0.0.1", port), True
    return Service(ServiceParts(*parts))


def no_rates(code):
    """Nobody has this currency's rates."""
    return []


class Serving:
    """Serves on a free port of loopback while entered. meter: what it counted."""

    def __init__(self, folder, clock: FakeClock, limits: Limits = USUAL_LIMITS) -> None:
        self.live = FakeLive(clock)
        self.listener = listening("127.0.0.1", 0)
        self.port = self.listener.getsockname()[1]
        service = service_over(self.live, folder, self.port)
        self.meter = service.meter
        self.server = Server(self.listener, service.life, service.hush, service.meter, service.quick, limits)

    def __enter__(self) -> "Serving":
        self.server.start()
        return self

    def __exit__(self, *_error) -> None:
        assert self.server.stop()

    def get(self, path: str, **headers: str) -> HTTPResponse:
        """One question over a connection of its own; the answer is read."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        response.text = response.read().decode()
        connection.close()
        return response

    def connections(self) -> set:
        """Those that are open, as the server has them."""
        return self.server._uvicorn.server_state.connections

    def dial(self, text: str = "") -> socket.socket:
        """A connection over which this was said."""
        made = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        made.sendall(text.encode())
        return made


def rest_of(connection: socket.socket) -> bytes:
    """What comes until the other side ends it."""
    told = b""
    with connection:
        while piece := connection.recv(65_536):
            told += piece
    return told
