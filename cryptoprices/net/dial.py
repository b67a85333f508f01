"""Opening a WebSocket: name lookup, proxy, TLS and upgrade, each within its time. Nothing in here blocks.

Certificates are those that the system trusts, redirects are not followed, and names are looked up by the same Resolver
as for HTTP. asyncio's own transports are used: with aiofastnet's, TLS would be done past the SSLContext that asks the
system about certificates; and the way around that (1.2.0) fails when reading is resumed.
"""

import asyncio
import logging
import re
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import truststore
from picows import WSError, WSHandshakeError, WSListener, WSParsedURL, ws_connect
from python_socks import ProxyError, ProxyType  # picows brings it
from python_socks.async_.asyncio import Proxy

from cryptoprices import __version__
from cryptoprices.clock import Clock
from cryptoprices.core.errors import BadPayload, Reason, SourceError
from cryptoprices.core.source import Answer, Exchange
from cryptoprices.net.failure import of_failure
from cryptoprices.net.proxy import proxy_for
from cryptoprices.net.resolver import ATTEMPTS, Address, Resolver
from cryptoprices.net.verdict import PROXY_PASSWORD, NotReached, judged

MESSAGE_BYTES = 1 << 20
READ_BYTES = 1 << 15  # what a flood may pile up, and so what is read in one go
_FOREIGN = (WSError, ProxyError, OSError, ValueError)
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})\b")
_SILENT = logging.Logger("picows", logging.CRITICAL + 1)  # what it would say is said once, by whoever listens


class Wait(NamedTuple):
    """How long each step may take, in seconds. connect_s: for all addresses together; total_s: wall time in all."""

    lookup_s: float = 5.0
    connect_s: float = 3.0
    total_s: float = 8.0


class Dialer:
    """Opens WebSockets for all exchanges, in one asyncio loop. proxy: as for Http."""

    def __init__(self, resolver: Resolver, clock: Clock, proxy: str, wait: Wait) -> None:
        self._resolver, self._clock, self._proxy, self._wait = resolver, clock, proxy, wait
        self._proxy_asked = asyncio.Lock()

    async def open(self, exchange: Exchange, listener: Callable[[], WSListener]) -> None:
        """A connection that stands, and is the listener's from now on. Raises SourceError where it does not."""
        url = exchange.stream_url
        sockets: list[socket.socket] = []
        proxy: str | None = None
        try:
            async with asyncio.timeout(self._wait.total_s):
                proxy = await self._proxy_for(url)
                await self._open(url, proxy, listener, sockets)
        except BaseException as error:
            for each in sockets:
                _give_up(each)
            if isinstance(error, _FOREIGN):
                raise _said(exchange, proxy, error, self._clock.wall_ms()) from error
            raise

    async def _open(
        self, url: str, proxy: str | None, listener: Callable[[], WSListener], sockets: list[socket.socket]
    ) -> None:
        by_socks = proxy is not None and proxy.startswith("socks")

        async def connected(target: WSParsedURL) -> socket.socket:
            """To the exchange, or to the HTTP proxy, whichever the library asks for."""
            socks_proxy = proxy if by_socks else None
            connection = await self._connected(target.host, target.port, socks_proxy)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, READ_BYTES)
            sockets.append(connection)
            return connection

        _, heard_by = await ws_connect(
            listener,
            url,
            ssl_context=_trusting() if url.startswith("wss:") else None,
            proxy=None if by_socks else proxy,
            proxy_ssl_context=_trusting() if proxy is not None and proxy.startswith("https:") else None,
            socket_factory=connected,
            max_redirects=0,
            max_frame_size=MESSAGE_BYTES,
            extra_headers={"User-Agent": f"cryptoprices/{__version__}"},
            logger_name=_SILENT,
            use_aiofastnet=False,
        )
        if heard_by is None:  # so the library says that the connection was closed before the upgrade
            raise ConnectionResetError("closed before the upgrade")

    async def _connected(self, host: str, port: int, socks_proxy: str | None) -> socket.socket:
        """To a host, trying its addresses one after the other; through SOCKS, the proxy looks the name up."""
        way = urlsplit(socks_proxy) if socks_proxy is not None else None
        first = host if way is None else way.hostname or ""
        addresses = self._resolver.in_turn(first, await self._addresses(first))[:ATTEMPTS]
        share_s = self._wait.connect_s / max(1, len(addresses))
        failure: Exception = OSError("no address")
        for family, address in addresses:
            try:
                if way is None:
                    connection = await _to(family, address, port, share_s)
                else:
                    kind = ProxyType.SOCKS4 if way.scheme.startswith("socks4") else ProxyType.SOCKS5
                    user, password = (unquote(word) if word else None for word in (way.username, way.password))
                    door = Proxy(kind, address, way.port or 1080, user, password, rdns=True)
                    connection = await door.connect(host, port, timeout=share_s)
            except (OSError, ProxyError) as error:
                failure = error
            else:
                self._resolver.prefer(first, family)
                return connection
        raise failure

    async def _addresses(self, host: str) -> Sequence[Address]:
        answered, loop = asyncio.Event(), asyncio.get_running_loop()
        with self._resolver.asked(host, lambda: loop.call_soon_threadsafe(answered.set)) as question:  # type: ignore[arg-type]  # its handle is of no use
            if not question.addresses:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._wait.lookup_s):
                        await answered.wait()
        return question.result()

    async def _proxy_for(self, url: str) -> str | None:
        """Found on a thread: some systems look names up to say which hosts need none. One such thread at a time."""
        async with self._proxy_asked:
            loop, found = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

            def tell(proxy: str | None) -> None:
                if not found.done():
                    found.set_result(proxy)

            def find() -> None:
                proxy = proxy_for(url.replace("ws", "http", 1), self._proxy)
                with suppress(RuntimeError):  # the streams have ended meanwhile
                    loop.call_soon_threadsafe(tell, proxy)

            threading.Thread(target=find, name="proxy-lookup", daemon=True).start()
            result: str | None = await found
            return result


def _give_up(connection: socket.socket) -> None:
    """Close what the library leaves open: what it was told to give up, and what was reset before it was used."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    with suppress(RuntimeError, ValueError):  # a transport has it, and closes it now; or it is closed already
        asyncio.get_running_loop().remove_reader(connection)
        connection.close()


async def _to(family: socket.AddressFamily, address: str, port: int, limit_s: float) -> socket.socket:
    """A TCP connection to an address (not a name). Raises OSError."""
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        async with asyncio.timeout(limit_s):
            await asyncio.get_running_loop().sock_connect(connection, (address, port))
    except BaseException:
        connection.close()
        raise
    return connection


def _trusting() -> ssl.SSLContext:
    """A context that trusts what the system trusts."""
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _said(exchange: Exchange, proxy: str | None, error: Exception, wall_ms: int) -> SourceError:
    """The error for a person."""
    url, title = exchange.stream_url, exchange.source.title
    host = urlsplit(url).hostname
    if isinstance(error, WSHandshakeError):
        answer = _answer(error, wall_ms)
        if answer is None or answer.status == 101:
            return BadPayload(f"{host} sends something that is no WebSocket.")
        refused = SourceError(Reason.SERVER, f"{title} does not accept a stream ({answer.status}).")
        return judged(title, answer, exchange.source.refusal(answer)) or refused
    if isinstance(error, ProxyError):
        if "407" in str(error):
            return NotReached(Reason.BLOCKED, PROXY_PASSWORD)
        name = urlsplit(proxy or "").hostname
        return NotReached(Reason.UNREACHABLE, f"The proxy {name} cannot be used; check network.proxy.")
    return of_failure(url, proxy, error, over=False)


def _answer(error: WSHandshakeError, wall_ms: int) -> Answer | None:
    """What came in place of an upgrade, read here: the library knows no status like Cloudflare's 520."""
    head = error.raw_header or b""
    status = _STATUS.match(head)
    if status is None:
        return None
    lines = (line.decode("latin-1").partition(":") for line in head.split(b"\r\n")[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    return Answer(int(status[1]), headers, error.raw_body or b"", 0.0, wall_ms)
