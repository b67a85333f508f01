"""The loopback exchange: a real HTTP server that plays every exchange, each under a path of its own."""

import logging
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, create_connection, socket
from types import TracebackType
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptoprices.clock import Clock
from cryptoprices.demo.answers import answer
from cryptoprices.demo.market import Market
from cryptoprices.demo.reference_rates import frankfurter
from cryptoprices.demo.reply import NOT_FOUND, Reply
from cryptoprices.demo.streams import converse
from cryptoprices.demo.talks import TALKS
from cryptoprices.demo.venues import VENUES, Desk
from cryptoprices.demo.websocket import accept_key

log = logging.getLogger(__name__)
T = TypeVar("T")
FX, FX_LATENCY_S = "fx", 0.05  # what serves reference rates beside the exchanges
STREAM = "/stream"


class DemoExchange:
    """Serves the market of `seed` while entered; its time begins when this is made. Nothing is left behind.

    addresses: name of an exchange, or FX -> its rest_url, valid while entered; its stream is below that, at STREAM.
    Raises OSError without a loopback.
    """

    def __init__(self, seed: int, clock: Clock) -> None:
        self.addresses: dict[str, str] = {}
        self._seed, self._clock = seed, clock
        self._market, self._market_lock = Market(seed, clock.wall_ms()), threading.Lock()
        self._started_boot_s = clock.boot_s()
        self._server: _Server | None = None

    def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        self._server = _Server(self, self._clock)
        self.addresses = {name: f"http://127.0.0.1:{self._server.server_port}/{name}" for name in (*VENUES, FX)}
        self._server.start()

    def stop(self) -> None:
        """Close every socket and end every thread; returns within a second. Harmless when not started."""
        if self._server:
            self._server.stop()
            self._server = None

    def __enter__(self) -> "DemoExchange":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def reply(self, target: str) -> tuple[Reply, float]:
        """What GET `target` (`/kraken/0/public/Ticker?pair=XBTUSD`) brings now, and the seconds the exchange takes."""
        url = urlsplit(target)
        name, _, path = url.path.removeprefix("/").partition("/")
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        if name == FX:
            return frankfurter(self._seed, f"/{unquote(path)}", query, self._clock.wall_ms()), FX_LATENCY_S
        if name not in VENUES:
            return NOT_FOUND, 0.0
        reply = self.looking(name, lambda desk: answer(name, desk, f"/{unquote(path)}", query))
        return reply, random.uniform(*VENUES[name].latency_s)

    def elapsed_s(self) -> float:
        """Seconds since the market's time began; its figures change with the whole ones."""
        return self._clock.boot_s() - self._started_boot_s

    def looking(self, name: str, look: Callable[[Desk], T]) -> T:
        """What `look` makes of this exchange's view of the market as it is now; one at a time looks."""
        with self._market_lock:
            return look(Desk(name, self._market, self._seed, self.elapsed_s(), self._clock.wall_ms()))


class _Server(ThreadingHTTPServer):
    """A thread per connection; all of them, and what they wait for, end with stop()."""

    daemon_threads = True
    request_queue_size = 64
    timeout = 0.9  # between two looks whether to stop

    def __init__(self, exchange: DemoExchange, clock: Clock) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.exchange, self.clock = exchange, clock
        self.stopping = threading.Event()
        self._connections: dict[threading.Thread, socket] = {}
        self._listener = threading.Thread(target=self._listen, name="demo-exchange", daemon=True)

    def start(self) -> None:
        self._listener.start()

    def stop(self) -> None:
        self.stopping.set()
        with suppress(OSError):  # a connection wakes the listener at once; otherwise its timeout does
            create_connection(("127.0.0.1", self.server_port)).close()
        self._listener.join()
        self.server_close()
        connections = list(self._connections.items())
        for _, connection in connections:
            with suppress(OSError):  # the client was quicker
                connection.shutdown(SHUT_RDWR)
        for thread, _ in connections:  # once all have heard of it: they end side by side
            thread.join()

    def _listen(self) -> None:
        while not self.stopping.is_set():
            self.handle_request()

    def verify_request(self, *_whom: Any) -> bool:
        return not self.stopping.is_set()

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), name="demo-connection", daemon=True
        )
        self._connections[thread] = request
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._connections[threading.current_thread()]

    def handle_error(self, *_whom: Any) -> None:
        log.exception("The demo's exchange failed to answer")


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        server = cast(_Server, self.server)
        name = self.path.removeprefix("/").removesuffix(STREAM)
        if self.headers.get("Upgrade", "").lower() == "websocket" and name in TALKS:
            self._stream(server, name)
            return
        reply, latency_s = server.exchange.reply(self.path)
        server.stopping.wait(latency_s)
        body = reply.body()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, server: "_Server", name: str) -> None:
        """Speak over this connection until the client has gone or the server stops."""
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept_key(self.headers.get("Sec-WebSocket-Key", "")))
        self.end_headers()
        self.close_connection = True
        with suppress(OSError):  # the client has gone
            converse(server.exchange, name, self.connection, server.stopping.is_set)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:  # the client gave up
            self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        if timestamp is None:
            timestamp = cast(_Server, self.server).clock.wall_ms() / 1000
        return super().date_time_string(timestamp)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: an answer of a demo is not worth a line."""
