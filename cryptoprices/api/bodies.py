"""Bodies of requests: short, and there in time, or the request is over."""

import asyncio

from cryptoprices.api.hot import App, Message, Receive, Scope, Send
from cryptoprices.api.problems import Problem, problem_body, problem_headers

MOST = 64 * 1024
_WAIT_S = 10.0


class Bodies:
    """In front of `app`, which gets a body whole. A longer one is refused (413), a slower one too (408)."""

    def __init__(self, app: App, most: int = MOST, wait_s: float = _WAIT_S) -> None:
        self._app, self._most, self._wait_s = app, most, wait_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        try:
            message = await self._whole(scope, receive)
        except Problem as refusal:
            body = problem_body(refusal.status, refusal.title, refusal.detail)
            headers = problem_headers(body, (b"connection", b"close"))
            await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        if message is not None:
            await self._app(scope, _first(message, receive), send)

    async def _whole(self, scope: Scope, receive: Receive) -> Message | None:
        """The body as one message, None where the client has left."""
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if told.isdigit() and int(told[:20]) > self._most:
            raise self._too_long()
        body, more = b"", True
        try:
            async with asyncio.timeout(self._wait_s):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body, more = body + message.get("body", b""), message.get("more_body", False)
                    if len(body) > self._most:
                        raise self._too_long()
        except TimeoutError:
            raise Problem(408, "Too slow", f"The body was not there within {self._wait_s:.0f} s.") from None
        return {"type": "http.request", "body": body, "more_body": False}

    def _too_long(self) -> Problem:
        return Problem(413, "Too long", f"A body has at most {self._most:,} bytes.")


def _first(message: Message, receive: Receive) -> Receive:
    """A receive that has this message before all others."""
    waiting = [message]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message
