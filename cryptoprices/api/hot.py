"""Answers what is published from ready bytes, before any routing: GET and HEAD, 304 where the reader has it already."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from cryptoprices.api.publish import Answer, Publisher
from cryptoprices.clock import Clock

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_READS = ("GET", "HEAD")
_NOT_IN_304 = (b"content-type", b"content-length")  # RFC 9110, 15.4.5


class Hot:
    """In front of `app`, which gets all that is not published: other paths and methods, and any query."""

    def __init__(self, app: App, publisher: Publisher, clock: Clock) -> None:
        self._app, self._publisher, self._clock = app, publisher, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if (
            scope["type"] != "http"
            or scope["query_string"]
            or scope["method"] not in _READS
            or scope["path"] not in self._publisher.current.answers
        ):
            await self._app(scope, receive, send)
            return
        now_boot_s = self._clock.boot_s()
        publication = self._publisher.as_of(now_boot_s)
        answer = publication.answers.get(scope["path"])
        if answer is None:  # it has just been removed
            await self._app(scope, receive, send)
            return
        age_s = max(0, int(now_boot_s - publication.boot_s))
        status, headers, body = 200, answer.headers, answer.body
        if has_it(scope, answer):
            status, body = 304, b""
            headers = tuple(header for header in headers if header[0] not in _NOT_IN_304)
        headers = (*headers, (b"age", str(age_s).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def has_it(scope: Scope, answer: Answer) -> bool:
    """Whether the reader says (If-None-Match) that it has this very answer."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            known = [tag.strip().removeprefix("W/") for tag in value.decode("latin-1").split(",")]
            return answer.etag in known or "*" in known
    return False
