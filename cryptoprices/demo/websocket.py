"""The server's side of a WebSocket (RFC 6455), on the socket that the request came over: texts of one frame each."""

import base64
import hashlib
import socket
import struct

PATIENCE_S = 5.0  # for a client that does not read
LIMIT = 1 << 16
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key: str) -> str:
    """The Sec-WebSocket-Accept to a Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1(f"{key}{_MAGIC}".encode(), usedforsecurity=False).digest()).decode()


class WebSocket:
    """After the upgrade. One thread uses it; ConnectionError or TimeoutError say that the client has gone."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._data = b""

    def send(self, *texts: str) -> None:
        """All in one go."""
        if texts:
            self._send(b"".join(_frame(_TEXT, text.encode()) for text in texts))

    def ping(self) -> None:
        """Ask whether the client is there; nobody waits for the answer."""
        self._send(_frame(_PING, b""))

    def receive(self, wait_s: float) -> list[str]:
        """The texts that have come, none if nothing came within wait_s. Pings are answered."""
        self._connection.settimeout(wait_s)
        try:
            data = self._connection.recv(LIMIT)
        except TimeoutError:
            return []
        self._data += data
        if not data or len(self._data) > LIMIT:
            raise ConnectionError
        texts = []
        while (part := self._next()) is not None:
            kind, payload = part
            if kind == _CLOSE:
                self._send(_frame(_CLOSE, payload[:2]))
                raise ConnectionError
            if kind == _PING:
                self._send(_frame(_PONG, payload))
            elif kind == _TEXT:
                texts.append(payload.decode())
        return texts

    def _next(self) -> tuple[int, bytes] | None:
        """The next whole frame: its kind and what is in it."""
        head, data = 2, self._data
        if len(data) < head:
            return None
        size = data[1] & 0x7F
        if size >= 126:
            width = 2 if size == 126 else 8
            size, head = int.from_bytes(data[2 : 2 + width]), 2 + width
        if len(data) < head + 4 + size:
            return None
        mask, payload = data[head : head + 4], data[head + 4 : head + 4 + size]
        self._data = data[head + 4 + size :]
        return data[0] & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))

    def _send(self, data: bytes) -> None:
        self._connection.settimeout(PATIENCE_S)
        self._connection.sendall(data)


def _frame(kind: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes([0x80 | kind, size]) + payload
    return (
        struct.pack("!BBH" if size < 1 << 16 else "!BBQ", 0x80 | kind, 126 if size < 1 << 16 else 127, size) + payload
    )
