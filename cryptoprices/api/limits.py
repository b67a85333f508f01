"""What a stranger may cost before he has asked anything: size and time of a request's head, and connections."""

import asyncio
from typing import Any, NamedTuple, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from cryptoprices.api.hot import Scope
from cryptoprices.api.meter import Meter
from cryptoprices.api.problems import phrase, problem_body, problem_headers
from cryptoprices.api.quick import Quick

_LOOK_S = 0.25  # a head that takes longer is one that is waited for


class Limits(NamedTuple):
    """head_bytes, head_s: of one request, from the connection or its first byte to the empty line.

    waiting: connections whose head is waited for; of more, the oldest are ended, so that who sends nothing keeps nobody
    out. connections: in all, streams included. idle_s: how long one is kept that asks nothing more.
    """

    head_bytes: int = 8192
    head_s: float = 5.0
    waiting: int = 16
    connections: int = 1000
    idle_s: int = 30


class Door:
    """Who is waited for. For the loop that is running when it is made. quick: answers what comes again and again."""

    def __init__(self, limits: Limits, meter: Meter, quick: Quick | None) -> None:
        self.limits, self.meter, self.quick = limits, meter, quick
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Connection, float] = {}  # since when, oldest first
        self._timer: asyncio.TimerHandle | None = None

    def wait(self, connection: "Connection") -> None:
        """Its head is not there yet."""
        self._waiting[connection] = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(_LOOK_S, self._look)

    def seen(self, connection: "Connection") -> None:
        """Its head is there, or it is gone."""
        self._waiting.pop(connection, None)

    def close(self) -> None:
        """Nobody is waited for any more."""
        if self._timer:
            self._timer.cancel()

    def _look(self) -> None:
        now_s = self._loop.time()
        slow = [each for each, since_s in self._waiting.items() if now_s - since_s >= _LOOK_S]
        too_many = max(0, len(slow) - self.limits.waiting)
        for number, each in enumerate(slow):
            if number < too_many or now_s - self._waiting[each] >= self.limits.head_s:
                each.cut(408, f"The head was not there within {self.limits.head_s:g} s, or too many were waited for.")
        self._timer = self._loop.call_later(_LOOK_S, self._look) if self._waiting else None


class LimitedConfig(uvicorn.Config):
    """uvicorn's, with the door that its connections come through."""

    def __init__(self, app: Any, door: Door, **more: Any) -> None:
        super().__init__(app, http=Connection, timeout_keep_alive=door.limits.idle_s, **more)
        self.door = door


class Connection(HttpToolsProtocol):
    """uvicorn's connection within the limits. What goes beyond them is answered and ended."""

    def __init__(
        self,
        config: LimitedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._door, self._most = config.door, config.door.limits.head_bytes
        self._raw = self._head = 0  # bytes of the head so far: as they came, and as they were understood
        self._begun = self._over = False
        self._whole = 0  # requests that are whole within the piece that is being read
        self._again, self._path = b"", ""  # what is known to come again, and the path that it asks for
        self._active_s = 0.0
        self._answering: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody is there."""
        super().connection_made(transport)
        self._door.meter.connections = len(self.connections)
        if len(self.connections) > self._door.limits.connections:
            self.cut(503, "There are as many connections as there may be.")
        else:
            self._door.wait(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Somebody has left."""
        self._door.seen(self)
        super().connection_lost(exc)
        for cycle in (self._answering, *(waiting for waiting, _ in self.pipeline)):  # uvicorn's tells the newest alone
            if cycle and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self._door.meter.connections = len(self.connections)

    def data_received(self, data: bytes) -> None:
        """A piece of one or several requests."""
        if self._over or (data == self._again and self._answer_again()):
            return
        between, self._whole = not self._begun, 0
        super().data_received(data)
        if between and self._whole == 1 and not self._begun:
            self._remember(data)
        if self._begun and not self._over:  # a head that goes on in the next piece
            if not self._raw:
                self._door.wait(self)
            self._raw += len(data)
            if self._raw > self._most:
                self._too_long()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["state"]["abort"] = self.transport.abort  # for streams whose reader is stuck
        self._begun, self._raw, self._head = True, 0, 0
        self._again = b""  # until all of it is there: a body in the same words is no question

    def on_url(self, url: bytes) -> None:
        """Its target."""
        self._head += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers."""
        self._head += len(name) + len(value) + 4
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._begun = False
        self._door.seen(self)
        if self._head > self._most:
            self._too_long()
        elif not self.url.startswith(b"/"):  # with a host of its own, which the gate would not see
            self.cut(400, "Ask for a path; this is no proxy.")
        elif not self._over:
            super().on_headers_complete()
            if not self.pipeline:
                self._answering = self.cycle

    def on_response_complete(self) -> None:
        """It is answered; the next one is begun where one waits."""
        if self.pipeline:
            self._answering = self.pipeline[-1][0]
        super().on_response_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        if not self._over:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._whole += 1
        if not self._over:
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """From here on it is another protocol's."""
        if not self._over:
            super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        self.cut(400, msg)

    def cut(self, status: int, detail: str) -> None:
        """Answer so, unless an answer is under way, and end the connection."""
        if self._over:
            return
        self._over = True
        self._door.seen(self)
        self._door.meter.cut += 1
        silent = status == 408 and not self._begun  # a program that keeps connections ready would take it for an answer
        if not silent and (self.cycle is None or self.cycle.response_complete):
            body = problem_body(status, phrase(status), detail)
            headers = problem_headers(body, (b"connection", b"close"))
            lines = b"".join(b"%b: %b\r\n" % header for header in headers)
            self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + body)
            self._door.meter.answers[status // 100] += 1
        self.transport.close()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing was asked for long, unless it was what is answered again."""
        left_s = self._active_s + self.timeout_keep_alive - self.loop.time()
        if left_s > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left_s, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def _remember(self, data: bytes) -> None:
        """This piece was one request, no more and no less."""
        quick, self._again = self._door.quick, b""
        if quick and not self._over and self.cycle and self.cycle.keep_alive and quick.knows(cast(Scope, self.scope)):
            self._again, self._path = data, self.scope["path"]

    def _answer_again(self) -> bool:
        """Answer what has come before; False where it must go the usual way."""
        cycle, quick = self.cycle, self._door.quick
        if quick is None or self._begun or not cycle.response_complete or self.pipeline or self.flow.write_paused:
            return False
        date = b"".join(b"%b: %b\r\n" % header for header in self.server_state.default_headers)
        answer = quick.answer(self._path, date)
        if answer is None:
            return False
        self._active_s = self.loop.time()
        self.transport.write(answer)
        return True

    def _too_long(self) -> None:
        self.cut(431, f"A head has at most {self._most:,} bytes.")
