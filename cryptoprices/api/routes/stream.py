"""Prices as they change: server-sent events, and the same over a WebSocket."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, WebSocket
from starlette.responses import Response

from cryptoprices.api.events import KINDS, Events, Full, Mark
from cryptoprices.api.ports import Live
from cryptoprices.api.problems import Problem
from cryptoprices.api.routes.common import ONLY_KNOWN, problems_of
from cryptoprices.api.sse import EventStream
from cryptoprices.api.ws import Talk, served

_AGAIN_S = 10
_EXAMPLE = (
    "id: 1795341382138\nevent: price\n"
    'data: {"pair": "BTC/USD", "price": "97412.5", "state": "LIVE", "consensus_of": ["kraken", "coinbase"]}\n\n'
)


def router(events: Events, live: Live) -> APIRouter:
    """The routes of the streams."""
    routes = APIRouter(prefix="/v1", tags=["Streams"])

    @routes.get(
        "/stream",
        dependencies=ONLY_KNOWN,
        status_code=200,
        response_class=EventStream,
        responses={
            200: {"description": "Events, until you leave.", "content": {"text/event-stream": {"example": _EXAMPLE}}},
            **problems_of(404, 422, 503),
        },
        summary="Prices as they change",
    )
    async def stream(
        pairs: Annotated[
            str, Query(description="Pairs like `BTC-USD,ETH-EUR`; all that are watched if left away.")
        ] = "",
        events_: Annotated[str, Query(alias="events", description=f"Of {', '.join(KINDS)}; all if left away.")] = "",
        last_event_id: Annotated[str, Header(description="The id of the last event that was read.")] = "",
    ) -> Response:
        """Server-sent events that go on until you leave.

        First what was missed since `Last-Event-ID`, or an event `snapshot` with all pairs where that is not known;
        then an event `price` whenever something of a pair is another (ages alone are not), with the object of
        `/v1/prices/PAIR`, and an event `status` whenever an exchange stands otherwise. Who reads slowly gets the newest
        event of each pair. Without events a comment comes every 15 seconds.
        """
        try:
            wanted = served(pairs.split(","), live) if pairs else None
        except ValueError as error:
            raise Problem(404, "No such pair", str(error)) from None
        kinds = frozenset(events_.split(",")) if events_ else frozenset(KINDS)
        if unknown := kinds - frozenset(KINDS):
            detail = f"{', '.join(sorted(unknown))}: there is no such event; there are {', '.join(KINDS)}."
            raise Problem(400, "No such event", detail)
        try:
            reader = events.join(wanted, kinds, Mark.parse(last_event_id) if last_event_id else None)
        except Full:
            detail = "There are as many readers as there may be."
            raise Problem(503, "Too many readers", detail, {"Retry-After": str(_AGAIN_S)}) from None
        return EventStream(events, reader)

    @routes.websocket("/ws")
    async def talk(socket: WebSocket) -> None:
        """See ws.py."""
        await Talk(socket, events, live).run()

    return routes
