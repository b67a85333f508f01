"""The stream for Cryptowatch's clients as it is served, and readers of it."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager

from cryptowatch_rig import Rig
from websockets.asyncio.client import connect

from cryptoprices.api.cryptowatch.hub import Hub
from cryptoprices.api.cryptowatch.stream import Stream
from cryptoprices.api.hosts import Hosts
from cryptoprices.api.meter import Meter

SOON_S = 20
WELCOME = {"authenticationResult": {"status": "AUTHENTICATED"}}


class Served:
    """The stream of a rig, on the running loop. hub: told with look(). left: clients that are there at the end."""

    def __init__(self, rig, loopback=True):
        self.left, self.meter = [], Meter()
        self.rig, self.hub = rig, Hub(rig.live, rig.charts)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        hosts = Hosts("127.0.0.1", self.port)
        self.stream = Stream(self.hub, rig.tokens, hosts, loopback, rig.clock.clock, self.meter)

    def connect(self, query="", path="/connect", **more):
        return connect(f"ws://127.0.0.1:{self.port}{path}{query}", proxy=None, **more)

    @asynccontextmanager
    async def reader(self, *resources, query=""):
        """A JSON reader that has been welcomed and has subscribed to these."""
        async with self.connect(query) as socket_:
            assert await said(socket_) == WELCOME
            if resources:
                await socket_.send(wish("subscribe", *resources))
                result = (await said(socket_))["subscriptionResult"]
                assert "failed" not in result
            yield socket_

    async def poll(self, after_s=20.0, **prices):
        self.rig.clock.advance(after_s)
        self.rig.live.poll(**prices)
        self.hub.look()


def wish(kind, *resources):
    return json.dumps({kind: {"subscriptions": [{"streamSubscription": {"resource": each}} for each in resources]}})


async def said(socket_):
    async with asyncio.timeout(SOON_S):
        return json.loads(await socket_.recv())


async def update(socket_, kind):
    """The next message of this kind: its market's number and what it says."""
    while True:
        message = (await said(socket_)).get("marketUpdate", {})
        if kind in message:
            return message["market"]["marketId"], message[kind]


def run_served(clock, test, loopback=True):
    """Run test(served), a coroutine function, while the stream is served. Returns what was served."""

    async def run():
        served = Served(Rig(clock), loopback)
        async with served.stream.serving(served.listener):
            await test(served)
        for socket_ in served.left:
            socket_.transport.abort()
            await socket_.wait_closed()
        return served

    return asyncio.run(run())
