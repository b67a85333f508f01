"""Both parts of the former API, the questions and the stream, put together for who serves them."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from cryptoprices.api.cryptowatch.charts import Charts
from cryptoprices.api.cryptowatch.hub import Hub
from cryptoprices.api.cryptowatch.stream import Stream
from cryptoprices.api.cryptowatch.surface import Surface
from cryptoprices.api.fills import Fills
from cryptoprices.api.hosts import Hosts, authority
from cryptoprices.api.hot import App
from cryptoprices.api.meter import Meter
from cryptoprices.api.ports import Live, Past, TokenBook
from cryptoprices.api.publish import Publisher


class StreamDoor(NamedTuple):
    """Where the stream is served. listener: a socket that listens. hosts: the names by which it may be asked."""

    listener: socket.socket
    hosts: Hosts

    @property
    def address(self) -> str:
        """Like ws://127.0.0.1:8021/connect: where this machine finds it."""
        return f"ws://{authority(self.listener.getsockname()[:2])}/connect"


class CryptowatchOptions(NamedTuple):
    """at_root: the surface is at the root of the port too. stream: None where there is no stream."""

    at_root: bool = False
    stream: StreamDoor | None = None


class Cryptowatch:
    """Made and used on the API's loop. loopback: only this machine can ask. version: the program's."""

    def __init__(
        self,
        live: Live,
        past: Past,
        fills: Fills,
        tokens: TokenBook,
        loopback: bool,
        options: CryptowatchOptions,
        version: str,
    ) -> None:
        self._live, self._tokens, self._loopback, self._options = live, tokens, loopback, options
        self._charts, self._version = Charts(past, fills, live.clock), version

    def beside(self, app: App) -> App:
        """The surface, which hands on to `app` what is not for it."""
        return Surface(app, self._live, self._charts, self._tokens, self._version, self._options.at_root)

    @asynccontextmanager
    async def streaming(self, publisher: Publisher, meter: Meter) -> AsyncIterator[None]:
        """Serve the stream meanwhile, if there is to be one. meter: counts its readers."""
        if self._options.stream is None:
            yield
            return
        listener, hosts = self._options.stream
        hub = Hub(self._live, self._charts)
        publisher.listen(hub.look_soon)
        async with Stream(hub, self._tokens, hosts, self._loopback, self._live.clock, meter).serving(listener):
            yield
