"""The stream's server, at a port of its own: WebSockets, JSON or protobuf as the client asks.

The official Python SDK sends its protobuf in text frames, which it is not: from six subscriptions on it is no UTF-8. A
strict server has to refuse that (RFC 6455, 8.1), and what is behind uvicorn does; `websockets` by itself hands it over.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from cryptoprices.api.cryptowatch.hub import Hub
from cryptoprices.api.cryptowatch.readers import Reader
from cryptoprices.api.cryptowatch.wire import Told, heard
from cryptoprices.api.hosts import Hosts
from cryptoprices.api.meter import Meter
from cryptoprices.api.ports import TokenBook
from cryptoprices.api.throttle import Buckets, asker
from cryptoprices.clock import Clock

HEARTBEAT_S = 10.0
MOST_READERS = 500
_BEAT = b"\x01"
_MOST_BYTES, _HEAD_S, _GOODBYE_S, _PING_S = 65_536, 5.0, 0.3, 20.0
_WRONG_KEYS, _WRONG_FILL_S = 10, 60.0
_OWN_SITES = ("same-origin", "none")
_WELCOME = Told({"authenticationResult": {"status": "AUTHENTICATED"}})
_STRANGER = Told({"authenticationResult": {"status": "INVALID_PUBLIC_KEY"}})
_POLICY, _NONSENSE = 1008, 1003  # RFC 6455, 7.4.1


class Stream:
    """hosts: its names, at its own port. loopback: only this machine can connect, without a key too.

    meter: counts readers.
    """

    def __init__(self, hub: Hub, tokens: TokenBook, hosts: Hosts, loopback: bool, clock: Clock, meter: Meter) -> None:
        self._hub, self._tokens, self._hosts, self._loopback, self._meter = hub, tokens, hosts, loopback, meter
        self._wrong = Buckets(_WRONG_KEYS, _WRONG_FILL_S, clock.boot_s)

    @asynccontextmanager
    async def serving(self, listener: socket.socket) -> AsyncIterator[None]:
        """Serve at this socket, which is closed at the end, on the running loop."""
        log = logging.getLogger(f"{__name__}.connections")
        log.setLevel(logging.WARNING)
        log.addFilter(_is_news)
        async with serve(
            self._talk,
            sock=listener,
            process_request=self._judge,
            compression=None,  # the messages are small, and many
            server_header=None,
            max_size=_MOST_BYTES,
            open_timeout=_HEAD_S,
            ping_interval=_PING_S,
            ping_timeout=_PING_S,
            close_timeout=_GOODBYE_S,
            logger=log,
        ):
            yield
        self._hub.close()

    def _judge(self, connection: ServerConnection, request: Request) -> Response | None:
        """What the gate judges of the others: by which name we are asked, and whether a web page asks."""
        hosts, origins = request.headers.get_all("Host"), request.headers.get_all("Origin")
        if len(hosts) != 1 or len(origins) > 1:
            return connection.respond(HTTPStatus.BAD_REQUEST, "")
        own = self._hosts.origins(hosts[0].encode("latin-1", "replace"))
        sites = request.headers.get_all("Sec-Fetch-Site")
        if own is None or any(origin.encode("latin-1", "replace") not in own for origin in origins):
            return connection.respond(HTTPStatus.FORBIDDEN, "")
        if any(site not in _OWN_SITES for site in sites):
            return connection.respond(HTTPStatus.FORBIDDEN, "")
        if not urlsplit(request.path).path.rstrip("/").endswith("/connect"):
            return connection.respond(HTTPStatus.NOT_FOUND, "The stream is at /connect.\n")
        if self._meter.cryptowatch_readers >= MOST_READERS:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "There are too many readers.\n")
        return None

    async def _talk(self, connection: ServerConnection) -> None:
        """One connection, from its first message to its last."""
        request = connection.request
        query = dict(parse_qsl(urlsplit(request.path).query)) if request else {}
        key = query.get("apikey") or (request.headers.get("X-CW-API-Key", "") if request else "")
        token = self._tokens.find(key) if key else None
        reader = Reader(connection, query.get("format") == "binary", token)
        self._meter.cryptowatch_readers += 1
        try:
            if token is None and (key or not self._loopback):
                if self._wrong.take(asker(connection.remote_address)):
                    await connection.send(_STRANGER.binary if reader.binary else _STRANGER.text)
                await connection.close(_POLICY, "no such key")
                return
            reader.tell(_WELCOME)
            async with asyncio.TaskGroup() as both:  # where one fails, the other is not left alone
                both.create_task(self._send(reader))
                await self._listen(reader)
        except* ConnectionClosed:
            pass
        finally:
            self._hub.readers.forget(reader)
            self._meter.cryptowatch_readers -= 1

    async def _listen(self, reader: Reader) -> None:
        """Do what it says, until it goes: raises ConnectionClosed."""
        while True:
            said = await reader.connection.recv(decode=False)
            try:
                message = heard(said, reader.binary)
            except ValueError:
                await reader.connection.close(_NONSENSE, "not understood")
                continue
            if message.api_authentication:  # by the older clients' signature, which a key in the address makes needless
                reader.tell(_WELCOME)
                if wished := message.api_authentication.wish.resources:
                    self._hub.subscribe(reader, wished)
            if message.subscribe:
                self._hub.subscribe(reader, message.subscribe.resources)
            if message.unsubscribe:
                self._hub.unsubscribe(reader, message.unsubscribe.resources)

    async def _send(self, reader: Reader) -> None:
        """What is waiting, and a sign of life. Ends where its token is revoked."""
        loop = asyncio.get_running_loop()
        beat_s = loop.time() + HEARTBEAT_S
        with suppress(ConnectionClosed):
            while True:
                await reader.send_waiting(beat_s)
                if loop.time() < beat_s:
                    continue
                beat_s = loop.time() + HEARTBEAT_S
                if reader.token and not self._tokens.stands(reader.token):
                    await reader.connection.close(_POLICY, "this key has been revoked")
                    return
                if reader.binary:  # JSON's readers parse every frame that is no ping
                    await reader.connection.send(_BEAT)


def _is_news(record: logging.LogRecord) -> bool:
    """What strangers send in place of a handshake is none."""
    return record.msg != "opening handshake failed"
