"""A WebSocket server on loopback that does what a test tells it, frame by frame. Standard library only."""

import base64
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

PATIENCE_S = 60.0  # of whoever waits for something that comes at once on an idle machine
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(kind: int, payload: bytes, final: bool = True) -> bytes:
    """One frame of a server (RFC 6455, 5.2)."""
    head = bytes([(0x80 if final else 0) | kind])
    size = len(payload)
    if size < 126:
        return head + bytes([size]) + payload
    return head + (struct.pack("!BH", 126, size) if size < 1 << 16 else struct.pack("!BQ", 127, size)) + payload


class Peer:
    """One connection. greeting: the first text that came over it. pongs: whether pings are answered."""

    def __init__(self, server: "StreamServer", connection: socket.socket) -> None:
        self.server, self.connection = server, connection
        self.path = ""
        self.pongs = True
        self._data = b""

    def send(self, *contents: Any) -> None:
        """Texts, in one go; what is no text is sent as JSON."""
        texts = (each if isinstance(each, str) else json.dumps(each) for each in contents)
        self.send_bytes(b"".join(frame(TEXT, text.encode()) for text in texts))

    def send_bytes(self, data: bytes) -> None:
        """Whatever they are."""
        self.connection.sendall(data)

    def receive(self) -> str | None:
        """The next text; None once the other side has gone or said good-bye."""
        while True:
            try:
                kind, payload = self._frame()
            except OSError:
                return None
            self.server.note(kind, payload.decode("latin-1"))
            if kind == TEXT:
                return payload.decode()
            if kind == CLOSE:
                return None
            if kind == PING and self.pongs:
                self.send_bytes(frame(PONG, payload))

    def close(self, code: int) -> None:
        """Say good-bye with this code."""
        self.send_bytes(frame(CLOSE, struct.pack("!H", code)))

    def listen(self) -> None:
        """Say nothing more, until the other side has gone."""
        while self.receive() is not None:
            pass

    def upgrade(self) -> bool:
        """Read the request, and answer it as the server's `answer` says."""
        while b"\r\n\r\n" not in self._data:
            if not (more := self.connection.recv(65536)):
                return False
            self._data += more
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.path = lines[0].split()[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self.server.requests.append((self.path, headers))
        if self.server.answer is not None:
            self.send_bytes(self.server.answer)
            return False
        accept = base64.b64encode(hashlib.sha1(headers["sec-websocket-key"].encode() + _MAGIC).digest())
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", *self.server.headers]
        self.send_bytes("\r\n".join([*lines, f"Sec-WebSocket-Accept: {accept.decode()}", "", ""]).encode())
        return True

    def _frame(self) -> tuple[int, bytes]:
        kind, size = (byte & bits for byte, bits in zip(self._take(2), (0x0F, 0x7F), strict=True))
        if size >= 126:
            size = int.from_bytes(self._take(2 if size == 126 else 8))
        mask = self._take(4)
        return kind, bytes(byte ^ mask[i % 4] for i, byte in enumerate(self._take(size)))

    def _take(self, size: int) -> bytes:
        while len(self._data) < size:
            if not (more := self.connection.recv(65536)):
                raise ConnectionError
            self._data += more
        taken, self._data = self._data[:size], self._data[size:]
        return taken


class StreamServer:
    """Entered, it listens. play(peer): what it does with a connection, which is closed afterwards.

    answer: sent in place of an upgrade. headers: further lines of the upgrade. requests: path and headers of each
    connection. heard: kind and text of each frame that came.
    """

    def __init__(self, play: Callable[[Peer], None], answer: bytes | None = None, headers: Iterable[str] = ()) -> None:
        self.play, self.answer, self.headers = play, answer, tuple(headers)
        self.wrap: Callable[[socket.socket], socket.socket] = lambda connection: connection  # e.g. in TLS
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.heard: list[tuple[int, str]] = []
        self.changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "StreamServer":
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"ws://127.0.0.1:{self.port}/stream"
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def note(self, kind: int, text: str) -> None:
        """A frame came."""
        with self.changed:
            self.heard.append((kind, text))
            self.changed.notify_all()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Until a frame, or a connection, makes it true."""
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE_S)

    def texts(self) -> list[str]:
        """The texts that came over all connections."""
        return [text for kind, text in self.heard if kind == TEXT]

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, name="stream-server", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            self._start(self._serve, connection)

    def _serve(self, plain: socket.socket) -> None:
        connection = plain
        self._open.add(plain)
        try:
            connection = self.wrap(plain)
            self._open.add(connection)
            peer = Peer(self, connection)
            if peer.upgrade():
                with self.changed:
                    self.changed.notify_all()
                self.play(peer)
        except OSError:
            pass  # the other side has gone, or the test is over
        finally:
            self._open -= {plain, connection}
            connection.close()
            plain.close()
