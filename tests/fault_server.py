"""Exchanges on loopback that misbehave on command, each on a port of its own. Its log is the referee.

What they say is in the documented shapes (those of the simulated market), with prices that stand still, so that every
other number is a wrong one.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptoprices.clock import Clock
from cryptoprices.core.market import Pair
from cryptoprices.demo.answers import ANSWERS, Reply
from cryptoprices.demo.market import Market
from cryptoprices.demo.venues import Desk, Figures


class Request(NamedTuple):
    """exchange: whose it was. boot_s: by the test's clock. path: with its query. headers: lower case."""

    exchange: str
    boot_s: float
    path: str
    headers: Mapping[str, str]


NO_MARKET = Market(1)  # is not looked at


class StillDesk(Desk):
    """An exchange whose figures do not move."""

    def __init__(self, name: str, prices: Mapping[Pair, Decimal], now_ms: int) -> None:
        super().__init__(name, NO_MARKET, 1, 0.0, now_ms)
        self._prices = prices

    def figures(self, pair: Pair) -> Figures:
        last = self._prices.get(pair, Decimal(7))
        day = (last - 10, last + 20, last - 20, Decimal(1000))
        return Figures(pair, last, last - 1, last + 1, *day, last - 10, last + 20, last - 20, Decimal(500), self.now_ms)

    def past(self, pair: Pair, minutes: int) -> Decimal:
        return self._prices.get(pair, Decimal(7)) - 10


class Peer:
    """One connection whose request was (or was not) read. reply: what a well-behaved exchange would say."""

    def __init__(self, server: "FaultServer", exchange: str, connection: socket.socket) -> None:
        self.exchange = exchange
        self.path = ""
        self.reply = Reply(None)
        self._server = server
        self._connection = connection

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def head(self, length: int, status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
        """The head of an answer of `length` bytes."""
        date = formatdate(self._server.clock.wall_ms() / 1000, usegmt=True)
        usual = {"Date": date, "Content-Type": self.reply.kind, "Content-Length": str(length)}
        lines = [f"{name}: {value}" for name, value in (usual | dict(headers or {})).items()]
        reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Strange"
        return "\r\n".join([f"HTTP/1.1 {status} {reason}", *lines, "", ""]).encode("latin-1")

    def answer(self, body: bytes | None = None, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """A whole answer."""
        body = self.reply.body() if body is None else body
        self.send(self.head(len(body), status, headers) + body)

    def hold(self) -> None:
        """Say nothing more until the fault is lifted or the server ends."""
        self._server.lifted(self.exchange).wait(30)

    def drip(self, data: bytes, every_s: float) -> None:
        """A byte at a time, until the fault is lifted or the other end is gone."""
        lifted = self._server.lifted(self.exchange)
        for byte in data:
            if lifted.wait(every_s):
                return
            self.send(bytes([byte]))

    def reset(self) -> None:
        """Cut the connection with a RST."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Fault(NamedTuple):
    """play(peer): what is sent in place of an answer; the connection is closed afterwards unless keeps is set.

    unread: the request is not even read. slow: the asking side has to give up by itself. wait_s: it asks for this wait.
    """

    name: str
    play: Callable[[Peer], None]
    unread: bool = False
    keeps: bool = False
    slow: bool = False
    wait_s: float = 0.0
    lies: bool = False  # its number is a wrong one in a right shape


class FaultServer:
    """Entered, it listens; addresses: exchange -> rest_url. prices: the true ones, of every exchange alike.

    misbehave(exchange, fault) from now on; None: well again. log: all requests, in their order.
    """

    def __init__(self, prices: Mapping[Pair, Decimal], clock: Clock, names: Iterable[str] = ANSWERS) -> None:
        self.prices = dict(prices)
        self.clock = clock
        self.addresses: dict[str, str] = {}
        self.log: list[Request] = []
        self.wrap: Callable[[socket.socket], socket.socket] = lambda connection: connection  # e.g. in TLS
        self.scheme = "http"
        self._names = tuple(names)
        self._faults: dict[str, Fault] = {}
        self._lifted = {name: threading.Event() for name in self._names}
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._over = False

    def __enter__(self) -> "FaultServer":
        for name in self._names:
            listener = socket.create_server(("127.0.0.1", 0), backlog=64)
            self.addresses[name] = f"{self.scheme}://127.0.0.1:{listener.getsockname()[1]}"
            self._keep(listener)
            self._start(self._listen, name, listener)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._over = True
            for event in self._lifted.values():
                event.set()
            for each in self._sockets:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
        for thread in self._threads:
            thread.join(5)

    def misbehave(self, name: str, fault: Fault | None) -> None:
        """From now on; whoever the former fault holds is let go."""
        with self._lock:
            self._lifted[name].set()
            self._lifted[name] = threading.Event()
            if fault is None:
                self._faults.pop(name, None)
            else:
                self._faults[name] = fault

    def lifted(self, name: str) -> threading.Event:
        """Set when the fault that this exchange has now is no more."""
        return self._lifted[name]

    def close_idle(self) -> None:
        """Close every connection (not the ports), as a server does that was not asked for long."""
        with self._lock:
            for each in self._sockets:
                if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 0:
                    with suppress(OSError):
                        each.shutdown(socket.SHUT_RDWR)

    def requests(self, name: str) -> list[Request]:
        """Those to one exchange."""
        return [request for request in self.log if request.exchange == name]

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, name="fault-server", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _keep(self, each: socket.socket) -> None:
        with self._lock:
            self._sockets.add(each)

    def _listen(self, name: str, listener: socket.socket) -> None:
        while not self._over:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            self._keep(connection)
            self._start(self._serve, name, connection)

    def _serve(self, name: str, plain: socket.socket) -> None:
        connection = plain
        try:
            connection = self.wrap(plain)
            self._keep(connection)
            while self._serve_one(name, connection):
                pass
        except OSError:
            pass  # the other end has gone, or the server ends
        finally:
            with self._lock:
                self._sockets -= {plain, connection}
            connection.close()
            plain.close()

    def _serve_one(self, name: str, connection: socket.socket) -> bool:
        peer = Peer(self, name, connection)
        fault = self._faults.get(name)
        if fault is not None and fault.unread:
            self.log.append(Request(name, self.clock.boot_s(), "", {}))
            fault.play(peer)
            return False
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return False
            data += more
        first, *lines = data.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
        headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines)}
        peer.path = first.split(" ")[1]
        self.log.append(Request(name, self.clock.boot_s(), peer.path, headers))
        peer.reply = self.reply(name, peer.path)
        fault = self._faults.get(name)
        if fault is None:
            peer.answer(status=peer.reply.status)
            return True
        fault.play(peer)
        return fault.keeps

    def reply(self, name: str, path: str) -> Reply:
        """What it says when it is well."""
        url = urlsplit(path)
        desk = StillDesk(name, self.prices, self.clock.wall_ms())
        return ANSWERS[name](desk, unquote(url.path), dict(parse_qsl(url.query, keep_blank_values=True)))


def spoilt(name: str, content: Any, literal: str | None, symbol: str = "") -> bytes:
    """An exchange's content with another price in it, as JSON bytes; content that holds no price stays as it is.

    literal: the JSON text in place of the price, None: the field is missing. symbol: the market's name is this one too.
    """
    price_of = {"kraken": "c", "coinbase": "price", "bitstamp": "last", "gemini": "last", "binance": "lastPrice"}
    name_of = {"bitstamp": "pair", "binance": "symbol", "okx": "instId", "coingecko": "id"}
    field = price_of.get(name, {"okx": "last", "coingecko": "current_price"}.get(name, ""))
    content = json.loads(json.dumps(content))
    if name == "kraken" and symbol:
        content["result"] = {symbol + key[-3:]: row for key, row in content["result"].items()}
    rows = content
    if name in ("kraken", "okx"):
        rows = list(content["result"].values()) if name == "kraken" else content["data"]
    for row in rows if isinstance(rows, list) else [rows]:
        if name == "bitfinex":
            row[0] = f"t{symbol}USD" if symbol else row[0]
            row[7:8] = ["@"] if literal else []
        elif field in row:
            row.pop(field)
            if literal:
                row[field] = ["@", "0.1"] if name == "kraken" else "@"
        if symbol and name == "gemini" and "volume" in row:
            row["volume"] = {symbol: "1", "timestamp": row["volume"]["timestamp"]}
        if symbol and name in name_of:
            row[name_of[name]] = symbol
    return json.dumps(content).replace('"@"', literal or "").encode()
