"""Events over plain HTTP: server-sent events, which any program can read that reads lines."""

import asyncio
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cryptoprices.api.events import Events, Reader

RETRY_MS = 3000  # after which a reader whose connection ends comes back
BEAT_S = 15.0  # without an event: a comment says that the connection stands
STUCK_S = 30.0  # somebody who takes nothing for so long is left

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(Response):
    """The answer that goes on until its reader leaves, or the server ends."""

    def __init__(self, events: Events, reader: Reader) -> None:
        self._events, self._reader = events, reader
        self.status_code, self.background = 200, None
        self.media_type = "text/event-stream"
        self.charset = "utf-8"
        self.init_headers(_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write until the end, watching meanwhile for the reader to leave."""
        leaving = asyncio.ensure_future(_left(receive, self._reader.end))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._write(send, b"retry: %d\n\n" % RETRY_MS)
            while (due := await self._reader.next(BEAT_S)) is not None:
                await self._write(send, b"".join(event.frame for event in due) or b":\n\n")
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            abort: Callable[[], None] | None = scope.get("state", {}).get("abort")
            if abort is not None:
                abort()
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._events.leave(self._reader)
            leaving.cancel()

    async def _write(self, send: Send, body: bytes) -> None:
        """Raises TimeoutError if the reader does not take it."""
        async with asyncio.timeout(STUCK_S):
            await send({"type": "http.response.body", "body": body, "more_body": True})


async def _left(receive: Receive, then: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    then()
