"""Events over plain HTTP: server-sent events, which any program can read that reads lines."""

import asyncio
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from cryptoprices.api.events import Events, Reader

RETRY_MS = 3000  # after which a reader whose connection ends comes back

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
        self._reader.leave = scope.get("state", {}).get("abort", self._reader.end)  # it is heard of like one who leaves
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send(_part(b"retry: %d\n\n" % RETRY_MS))
            while (due := await self._reader.next()) is not None:
                await send(_part(b"".join(event.frame for event in due) or b":\n\n"))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._events.leave(self._reader)
            leaving.cancel()


def _part(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _left(receive: Receive, then: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    then()
