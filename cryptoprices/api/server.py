"""The API's own thread: an event loop with uvicorn on it, begun and ended by whoever has the program in hand."""

import asyncio
import errno
import logging
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from cryptoprices.api.hosts import authority
from cryptoprices.api.hot import App
from cryptoprices.api.limits import Door, LimitedConfig, Limits, last_answer
from cryptoprices.api.meter import Meter
from cryptoprices.api.quick import Quick
from cryptoprices.api.ws import MESSAGE_MOST

if sys.platform != "win32":
    from uvloop import new_event_loop
else:
    from asyncio import new_event_loop

log = logging.getLogger(__name__)

STOP_S = 1.0
_TICK_S = 1.0  # uvicorn's Date header, whole seconds
_BACKLOG = 1024
_LAST_PORT, _FREE_FROM = 65_535, 1024
_NO_ADDRESS = "{!r} is no address of this machine; write 127.0.0.1, or 0.0.0.0 for all of its addresses"
_LAST_S = 0.3  # for answers that are under way at the end
USUAL_LIMITS = Limits()
Life = Callable[[], AbstractAsyncContextManager[App]]


def _none() -> None:
    """There is nothing that answers at once."""


def _unheard(_error: Exception) -> None:
    """It is in the log."""


class PortTaken(Exception):
    """Nobody can listen there; one sentence for a person."""


class NoSuchAddress(PortTaken):
    """Of no port there, for it is no address of this machine."""


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens, so that a port in use is known before anything else begins.

    Raises PortTaken, NoSuchAddress.
    """
    if port > _LAST_PORT:  # which getaddrinfo would cut down to another one
        raise PortTaken(f"There is no port {port}.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, ValueError):  # ValueError: no name at all
        raise NoSuchAddress(_NO_ADDRESS.format(host)) from None
    try:
        if sys.platform != "win32":  # there it would let two programs listen at one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise NoSuchAddress(_NO_ADDRESS.format(host)) from None
        more = f"; those below {_FREE_FROM} are the administrator's" if error.errno == errno.EACCES else ""
        raise PortTaken(f"Port {port} of {host} cannot be used: {error.strerror}{more}.") from None
    listener.setblocking(False)
    return listener


class Server:
    """Serves what `life` yields, an ASGI application that lives on the server's loop, from start() to stop().

    life: entered on the loop before the first request, and left after the last one. hush: called on the loop when it is
    to end, so that whoever would go on for ever (streams) ends by itself. listener: closed at the end. meter: counts
    connections. broken(error): called on the server's thread where a fault has ended it, once nobody listens any more.

    address: like http://127.0.0.1:8020, where this machine finds it.
    """

    def __init__(
        self,
        listener: socket.socket,
        life: Life,
        hush: Callable[[], object],
        meter: Meter,
        quick: Callable[[], Quick | None] = _none,
        limits: Limits = USUAL_LIMITS,
        broken: Callable[[Exception], object] = _unheard,
    ) -> None:
        self._listener, self._life, self._hush = listener, life, hush
        self._meter, self._quick, self._limits, self._broken = meter, quick, limits, broken
        self.address = f"http://{authority(listener.getsockname()[:2])}"  # which a listener that is closed forgets
        self._loop = new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="api", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it serves; False also where its thread has ended by a fault."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Serve from now on; returns at once. What comes before the loop runs waits in the socket."""
        self._thread.start()

    def stop(self) -> bool:
        """End all answers and the thread. Returns whether that was done within STOP_S, which is not waited beyond."""
        if self._thread.is_alive():
            with suppress(RuntimeError):  # it has just ended by itself
                self._loop.call_soon_threadsafe(self._end)
            self._thread.join(STOP_S)
        return not self._thread.is_alive()

    def _end(self) -> None:
        self._hush()
        self._over.set()

    def _run(self) -> None:
        try:
            with self._listener, asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve())
        except Exception as error:  # the outermost line of this thread
            log.exception("The API has ended by a fault")
            self._broken(error)

    async def _serve(self) -> None:
        async with self._life() as app:
            door = Door(self._limits, self._meter, self._quick())
            config = LimitedConfig(
                app,
                door,
                log_config=None,
                log_level="error",  # what strangers send wrong is no news
                access_log=False,
                lifespan="off",
                ws=_Talk,
                ws_max_size=MESSAGE_MOST,
                ws_per_message_deflate=False,  # an event is encoded once for all
                proxy_headers=False,
                server_header=False,
                backlog=_BACKLOG,
                timeout_graceful_shutdown=1,
            )
            self._uvicorn = _Uvicorn(config, self._over)
            await self._uvicorn.serve([self._listener])
            door.close()


class _Talk(WebSocketsSansIOProtocol):
    """Knows that a refusal by an HTTP answer ends the handshake, else each would be an error in the log.

    Superfluous once uvicorn does so: https://github.com/Kludex/uvicorn/pull/3138
    And answers a head that websockets cannot read, else its connection would be kept for ever.
    """

    def data_received(self, data: bytes) -> None:
        """Something of the client."""
        super().data_received(data)
        if self.conn.handshake_exc and not self.handshake_initiated and not self.transport.is_closing():
            self.transport.write(last_answer(400, "Ask for a WebSocket without a body, and with at most 128 headers."))
            self.transport.close()

    async def send(self, message: Any) -> None:
        """Tell the client this."""
        await super().send(message)
        self.handshake_complete |= self.close_sent


class _Uvicorn(uvicorn.Server):
    """Waits for its end instead of looking for it ten times a second, and leaves readers that take nothing any more."""

    def __init__(self, config: uvicorn.Config, over: asyncio.Event) -> None:
        super().__init__(config)
        self._over = over

    async def main_loop(self) -> None:
        """Until it is over."""
        while not self._over.is_set():
            await self.on_tick(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), _TICK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let answers end, for a while."""
        late = asyncio.get_running_loop().call_later(_LAST_S, self._abort)
        await super().shutdown(sockets)
        late.cancel()

    def _abort(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
