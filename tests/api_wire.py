"""A connection to the API without a socket: what comes in which pieces is exact, and so is all that is sent."""

import asyncio
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from api_rig import FakeLive
from conftest import FakeClock
from uvicorn.server import ServerState
from virtual_time import run

from cryptoprices.api.access import TICKETED
from cryptoprices.api.gate import Gate
from cryptoprices.api.hosts import Hosts
from cryptoprices.api.hot import Hot
from cryptoprices.api.limits import Connection, Door, LimitedConfig, Limits
from cryptoprices.api.meter import Counted, Meter
from cryptoprices.api.publish import Publisher
from cryptoprices.api.quick import Quick
from cryptoprices.api.server import _Talk
from cryptoprices.api.tickets import Tickets
from cryptoprices.storage.tokens import TokenFile

PORT = 8020
HOST = f"Host: 127.0.0.1:{PORT}\r\n"


class Pipe(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50000), "sockname": ("127.0.0.1", PORT)})
        # left: bytes that the other side has not taken
        self.written, self.closed, self.paused = b"", False, False
        self.aborted, self.left = False, 0

    def write(self, data: bytes) -> None:
        if not self.closed:
            self.written += data

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def get_write_buffer_size(self) -> int:
        return self.left

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


async def routes(scope, receive, send) -> None:
    """What is not published: says what was asked with which body; a stream goes on until nobody is there any more."""
    await asyncio.sleep(0)
    if scope["path"] in TICKETED:
        await receive()
        http = {"type": "http.response.start", "status": 200, "headers": []}
        await send(http if scope["type"] == "http" else {"type": "websocket.accept"})
        while not (await receive())["type"].endswith(".disconnect"):
            pass
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    told = b"" if scope["method"] == "HEAD" else f"{scope['method']} {scope['path']}".encode() + body
    headers = [(b"content-length", str(len(told)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told})


class World:
    """What is published, the gate, and one connection. quick: whether it is answered at once."""

    def __init__(self, folder, loopback: bool, quick: bool) -> None:
        self.clock = FakeClock()
        clock, self.live, self.meter = self.clock.clock, FakeLive(self.clock), Meter()
        self.tokens, hosts = TokenFile(folder / "tokens.json", clock), Hosts("127.0.0.1", PORT)
        self.publisher = Publisher(self.live, None, clock)
        hot = Hot(routes, self.publisher, clock)
        gate = Gate(hot, tokens=self.tokens, tickets=Tickets(clock.boot_s), hosts=hosts, loopback=loopback, clock=clock)
        self._app, self._quick = Counted(gate, self.meter), Quick(gate, hot, self.meter) if quick else None

    def connect(self) -> None:
        self._door = Door(Limits(), self.meter, self._quick)
        config = LimitedConfig(
            self._app, self._door, log_config=None, log_level="error", access_log=False, lifespan="off", ws=_Talk,
            proxy_headers=False, server_header=False,
        )  # fmt: skip
        state = ServerState()
        state.default_headers = [(b"date", b"now")]
        self.pipe, self.connection = Pipe(), Connection(config, state, {})
        self.connection.connection_made(self.pipe)

    def leave(self) -> None:
        self.connection.connection_lost(None)
        self._door.close()

    def hear(self, text: bytes) -> None:
        """This comes, in one piece."""
        if not self.pipe.closed:
            self.connection.data_received(text)

    async def rest(self) -> None:
        """All that was asked is answered."""
        while (cycle := self.connection.cycle) and not cycle.response_complete and not self.pipe.closed:
            await asyncio.sleep(0)


Step = bytes | float | Callable[[World], object]


class Talk(NamedTuple):
    """What came of it. answers: counted, by the first digit of the status."""

    sent: bytes
    closed: bool
    answers: dict[int, int]

    @property
    def statuses(self) -> list[int]:
        return [int(found) for found in re.findall(rb"HTTP/1.1 (\d+)", self.sent)]


def talk(folder, steps: Iterable[Step], *, quick: bool, loopback: bool = True, resting: bool = True) -> Talk:
    """Pieces come, seconds pass, and what is called happens. resting: all is answered before the next step."""
    world = World(folder, loopback, quick)

    async def main() -> None:
        world.connect()
        for step in steps:
            if isinstance(step, bytes):
                world.hear(step)
            elif isinstance(step, (int, float)):
                await asyncio.sleep(step)
            else:
                step(world)
            if resting:
                await world.rest()
        await world.rest()
        told.append(Talk(world.pipe.written, world.pipe.closed, dict(world.meter.answers)))
        world.leave()

    told: list[Talk] = []
    run(world.clock, main())
    return told[0]


def asked(path: str = "/v1/prices", *more: str, method: str = "GET", body: str = "", version: str = "1.1") -> bytes:
    """A request. more: its headers."""
    lines = "".join(f"{line}\r\n" for line in more)
    return f"{method} {path} HTTP/{version}\r\n{HOST}{lines}\r\n{body}".encode()
