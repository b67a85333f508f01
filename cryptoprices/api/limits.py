"""What a stranger may cost before he has asked anything: size and time of a request's head, and connections."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from cryptoprices.api.hot import Scope
from cryptoprices.api.meter import Meter
from cryptoprices.api.problems import phrase, problem_body, problem_headers
from cryptoprices.api.quick import Quick

_CODING = b"transfer-encoding"
_CHUNKED = [b"chunked"]
_MORE = frozenset((_CODING, b"content-length", b"expect"))  # a request with one of them may be more than its head
_LOOK_S = 0.25  # a head that takes longer is one that is waited for


class Limits(NamedTuple):
    """head_bytes, head_s: of one request, from the connection or its first byte to the empty line.

    waiting: connections whose head is waited for; of more, the oldest are ended, so that who sends nothing keeps nobody
    out. connections: in all, streams included; of more, those that rest are ended, the longest first. idle_s: how long
    one is kept that asks nothing more, or takes nothing of its answers. queued: requests of one that wait for the
    answers before them; of more, it is ended.
    """

    head_bytes: int = 8192
    head_s: float = 5.0
    waiting: int = 16
    connections: int = 1000
    idle_s: int = 30
    queued: int = 100


class Door:
    """Who is waited for. For the loop that is running when it is made. quick: answers what is published."""

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


def last_answer(status: int, detail: str) -> bytes:
    """All that is sent to whom nothing more is sent."""
    body = problem_body(status, phrase(status), detail)
    headers = problem_headers(body, (b"connection", b"close"))
    return STATUS_LINE[status] + b"".join(b"%b: %b\r\n" % header for header in headers) + b"\r\n" + body


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
        self._begun = self._inside = self._over = False  # in the midst of a head; of a request
        self._piece, self._between = 0, True  # length of what is being read, and whether no request goes on in it
        self._begins = 0  # requests that began in it
        # bytes of a head, or since the last ones of a body; below 0 where those in this piece do not count
        self._raw = 0
        self._asked: Scope | None = None  # the newest request, where it was answered at once
        self._again = b""  # the piece in which that came alone
        self._active_s = 0.0
        self._answering: RequestResponseCycle | None = None
        self._stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody is there."""
        super().connection_made(transport)
        self._door.meter.connections = len(self.connections)
        if len(self.connections) <= self._door.limits.connections or self._make_room():
            self._door.wait(self)
        else:
            self.cut(503, "There are as many connections as there may be.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Somebody has left."""
        self._door.seen(self)
        self._unset_keepalive_if_required()
        self._taken()
        super().connection_lost(exc)
        for cycle in (self._answering, *(waiting for waiting, _ in self.pipeline)):  # uvicorn's tells the newest alone
            if cycle and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self._door.meter.connections = len(self.connections)

    def data_received(self, data: bytes) -> None:
        """A piece of one or several requests."""
        if self._over:
            return
        self._active_s = self.loop.time()
        if data == self._again and self._asked and self._answer(self._asked):
            return
        self._piece, self._between, self._begins = len(data), not self._inside, 0
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
        except httptools.HttpParserError as error:
            if (mistake := error.__context__) and not isinstance(mistake, (httptools.HttpParserError, ValueError)):
                raise  # it is ours
            self.send_400_response("This is no HTTP.")
        if self._inside and not self._over:  # it goes on in the next piece
            if self._begun and self._begins:
                self._door.wait(self)
            self._raw += self._piece
            if self._raw > self._most:
                self._too_long()
        elif self._between and self._begins == 1 and self._piece <= self._most:
            self._again = data

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["state"]["abort"] = self.transport.abort  # for streams whose reader is stuck
        self._raw = 0 if self._between and not self._begins else -self._piece
        self._begun = self._inside = True
        self._begins += 1
        self._asked, self._again = None, b""

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._raw = -self._piece
        self._door.seen(self)
        names = dict(self.headers)
        if len(self.url) + sum([len(name) + len(value) + 4 for name, value in self.headers]) > self._most:
            self._too_long()
        elif not self.url.startswith(b"/"):  # with a host of its own, which the gate would not see
            self.cut(400, "Ask for a path; this is no proxy.")
        elif (
            _CODING in names and [value.strip().lower() for name, value in self.headers if name == _CODING] != _CHUNKED
        ):
            self.cut(501, "A body may come in chunks, and in no other coding of transfer.")
        elif not self._over:
            if not self._answered(names):
                self._goes_on(names)
            self._begun = False

    def _goes_on(self, names: Mapping[bytes, bytes]) -> None:
        """The usual way."""
        super().on_headers_complete()
        if _CODING in names:
            self.headers = self.headers.copy()  # what stands behind a body in chunks is no header
        if not self.pipeline:
            self._answering = self.cycle
        elif len(self.pipeline) > self._door.limits.queued:
            self.cut(429, "Too many requests wait in this connection.")

    def on_response_complete(self) -> None:
        """It is answered; the next one is begun where one waits."""
        if self.pipeline:
            self._answering = self.pipeline[-1][0]
        super().on_response_complete()
        if self.transport.is_closing():
            self._close()

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._raw = -self._piece
        if not self._over:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._inside = False
        if not self._over and self.cycle:  # none yet where all so far was answered at once
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """From here on it is another protocol's."""
        if not self._over:
            self._unset_keepalive_if_required()
            self._taken()
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
        # a program that keeps connections ready would take it for an answer; and a request has one, whatever its body
        silent = not self._begun and (status == 408 or self._inside)
        if not silent and (self.cycle is None or self.cycle.response_complete):
            self.transport.write(last_answer(status, detail))
            self._door.meter.answers[status // 100] += 1
        self._close()

    def pause_writing(self) -> None:
        """Its reader is slow, or takes nothing."""
        super().pause_writing()
        self._abort_unless_taken()

    def resume_writing(self) -> None:
        """Its reader has taken what there was."""
        self._taken()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """It is long since this timer was set, but maybe not since something came or was answered."""
        if self._begun or not self._idle():
            self._active_s = self.loop.time()
        left_s = self._active_s + self.timeout_keep_alive - self.loop.time()
        if left_s > 0:
            self._end_after(left_s)
        else:
            self._close()

    def _close(self) -> None:
        """End it; what is left to be sent is sent first, as long as it is taken."""
        self.transport.close()
        self._taken()
        self._abort_unless_taken()

    def _abort_unless_taken(self, before: int | None = None) -> None:
        """End it where in idle_s nothing is taken of what is to be sent. before: bytes of that, at the last look."""
        left = self.transport.get_write_buffer_size()
        if left and left == before:
            self.transport.abort()
        elif left:
            self._stuck = self.loop.call_later(self._door.limits.idle_s, self._abort_unless_taken, left)

    def _taken(self) -> None:
        if self._stuck:
            self._stuck.cancel()

    def _end_after(self, left_s: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(left_s, self.timeout_keep_alive_handler)

    def _make_room(self) -> bool:
        """Whether another one could be ended: of those that rest the one that has for longest."""
        resting = [each for each in self.connections if isinstance(each, Connection) and each._rests()]
        if resting:
            min(resting, key=_active_s)._close()
        return bool(resting)

    def _rests(self) -> bool:
        """Whether something was asked, all is answered, and nothing more has begun."""
        return self._active_s > 0 and self._idle() and not self._inside and not self.transport.is_closing()

    def _idle(self) -> bool:
        """Whether all is answered that was asked."""
        return self.cycle is None or self.cycle.response_complete

    def _answered(self, names: Mapping[bytes, bytes]) -> bool:
        """Whether it was a whole question for what is published, and has been answered at once."""
        quick, parser, path = self._door.quick, self.parser, self.url.decode("latin-1")
        if (
            quick is None
            or not quick.publishes(path)
            or not _MORE.isdisjoint(names)
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
            or parser.should_upgrade()
        ):
            return False
        scope = cast(Scope, self.scope)
        scope.update(method=parser.get_method().decode(), path=path, raw_path=self.url, query_string=b"")
        if not self._answer(scope):
            return False
        self._asked = scope
        return True

    def _answer(self, scope: Scope) -> bool:
        """Answer it at once; False where something is in the way."""
        quick = self._door.quick
        if quick is None or self.flow.write_paused or self.transport.is_closing() or not self._idle():
            return False
        answer = quick.answer(scope, tuple(self.server_state.default_headers))
        if answer is None:
            return False
        self.transport.write(answer)
        if self.timeout_keep_alive_task is None:
            self._end_after(self.timeout_keep_alive)
        return True

    def _too_long(self) -> None:
        self.cut(431, f"A head has at most {self._most:,} bytes.")


def _active_s(connection: Connection) -> float:
    return connection._active_s
