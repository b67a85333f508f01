"""Answers what is published from ready bytes, before any routing: GET and HEAD, 304 where the reader has it already."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from cryptoprices.api.conditional import names
from cryptoprices.api.publish import Answer, Publisher
from cryptoprices.clock import Clock

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]

_READS = ("GET", "HEAD")
_NOT_IN_304 = (b"content-type", b"content-length")  # RFC 9110, 15.4.5


class Ready(NamedTuple):
    """An answer whole, but for the connection's own headers. more: headers that differ from one time to the next."""

    status: int
    headers: Headers
    more: Headers
    body: bytes

    async def send(self, send: Send, kind: str = "http.response") -> None:
        """In ASGI's form."""
        await send({"type": f"{kind}.start", "status": self.status, "headers": self.headers + self.more})
        await send({"type": f"{kind}.body", "body": self.body})


class Hot:
    """In front of `app`, which gets all that is not published: other paths and methods, and any query."""

    def __init__(self, app: App, publisher: Publisher, clock: Clock) -> None:
        self._app, self._publisher, self._clock = app, publisher, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        ready = self.ready(scope)
        if ready is None:
            await self._app(scope, receive, send)
        else:
            await ready.send(send)

    def publishes(self, path: str) -> bool:
        """Whether this path is published, as far as is known without a look at the clock."""
        return path in self._publisher.current.answers

    def ready(self, scope: Scope) -> Ready | None:
        """The answer to this request, None where it is not published."""
        path = scope["path"]
        if (
            scope["type"] != "http"
            or scope["query_string"]
            or scope["method"] not in _READS
            or not self.publishes(path)
        ):
            return None
        now_boot_s = self._clock.boot_s()
        publication = self._publisher.as_of(now_boot_s)
        answer = publication.answers.get(path)
        if answer is None:  # it has just been removed
            return None
        status, headers, body = 200, answer.headers, answer.body
        if has_it(scope, answer):
            status, body = 304, b""
            headers = tuple(header for header in headers if header[0] not in _NOT_IN_304)
        age_s = max(0, int(now_boot_s - publication.boot_s))
        more = ((b"age", b"%d" % age_s),)
        return Ready(status, headers, more, b"" if scope["method"] == "HEAD" else body)


def has_it(scope: Scope, answer: Answer) -> bool:
    """Whether the reader says (If-None-Match) that it has this very answer."""
    asked = [value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match"]
    return bool(asked) and names(asked, answer.etag)
