"""Prices as they change: server-sent events, and the same over a WebSocket, with what readers are told of both."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, WebSocket
from starlette.responses import Response

from cryptoprices.api.events import BEAT_S, KEPT, KINDS, MOST, STUCK_S, Events, Full, Mark
from cryptoprices.api.ports import Live
from cryptoprices.api.problems import Problem
from cryptoprices.api.refusals import NOT_ALLOWED
from cryptoprices.api.routes.common import ONLY_KNOWN, problems_of
from cryptoprices.api.sse import RETRY_MS, EventStream
from cryptoprices.api.tickets import VALID_S
from cryptoprices.api.ws import GOING, MESSAGE_MOST, NO_TEXT, TOO_LONG, TRY_AGAIN, Talk, served

_AGAIN_S = 10
_EXAMPLE = (
    "id: 1795341382138\nevent: price\n"
    'data: {"pair": "BTC/USD", "price": "97412.5", "state": "LIVE", "consensus_of": ["kraken", "coinbase"]}\n\n'
)
_EVENTS = """\
- `snapshot`: all that is wanted, `{"items": […], "exchanges": […]}`: pairs as in `price`, exchanges as in `status`.
- `price`: something of a pair is another (ages alone are not): its object, as in `/v1/prices/PAIR`.
- `status`: an exchange stands otherwise: `exchange` its name, `reason` why it gives nothing, in a word, or null, `text`
the same in a sentence, `streaming` whether prices flow from it.
"""
_SSE = f"""\
Server-sent events that go on until you leave. Each has an `id`, one of these names as `event`, and JSON as `data`:

{_EVENTS}
First comes a `snapshot`. After a break, send the last `id` as `Last-Event-ID`, as a browser's EventSource does by
itself: what was missed comes in its place, or a `snapshot` where that is more than {KEPT} versions ago or of another
run.

Who reads slowly gets the newest event of each pair; who takes nothing for {STUCK_S:.0f} s is left. Without events a
comment comes every {BEAT_S:.0f} s: hear nothing for twice as long, and the connection is dead. When it ends, by a
restart or a token that was revoked, come back after `retry`, {RETRY_MS // 1000} s; 503 says that {MOST} readers are
there already.
"""
_WS = f"""\
The same events over a WebSocket, for readers who change what they want while they read. Both sides send JSON as text.
Events are `{{"event": NAME, "id": ID, "data": …}}`, named as follows; none comes before something is subscribed.

{_EVENTS}
You may say, as often as you like:

- `{{"op": "subscribe", "pairs": ["BTC-USD"], "events": ["price"], "since": "ID"}}`: these too. All but `op` may be left
away: all pairs, all events, a `snapshot` first; with `since`, the last `id` that you had, what was missed.
- `{{"op": "unsubscribe", "pairs": ["BTC-USD"]}}`: no longer these; without `pairs`, none.
- `{{"op": "ping"}}`: whether somebody is there.

Each is answered in turn: the first two by `{{"event": "subscribed", "data": {{"pairs": […], "events": […]}}}}`, what
holds now (`pairs` is null for all), the last by `{{"event": "pong"}}`. What is wrong is answered by
`{{"event": "error", "data": {{"detail": …}}}}` with a sentence, and nothing has changed: what is no such JSON, a member
or an event that there is not, a pair that is not watched.

It is closed with these codes:

- {GOING}: the service ends. Come back.
- {NO_TEXT}: you sent bytes; send text.
- {NOT_ALLOWED}: your token was revoked.
- {TOO_LONG}: you sent more than {MESSAGE_MOST // 1024} KiB in one message.
- {TRY_AGAIN}: {MOST} readers are there already, or you took nothing for {STUCK_S:.0f} s. Come back later.

What is refused before it opens is answered by HTTP, with a problem as elsewhere; so is a parameter that there is not.
"""
_TICKET = (
    f"In place of a token, which a browser cannot send here: from `POST /v1/tickets`, good once within {VALID_S} s."
)
Ticket = Annotated[str, Query(alias="ticket", description=_TICKET)]


def router(events: Events, live: Live) -> APIRouter:
    """The routes of the streams."""
    routes = APIRouter(prefix="/v1", tags=["Streams"], dependencies=ONLY_KNOWN)

    @routes.get(
        "/stream",
        status_code=200,
        response_class=EventStream,
        responses={
            200: {"description": "Events, until you leave.", "content": {"text/event-stream": {"example": _EXAMPLE}}},
            **problems_of(404, 422, 503),
        },
        summary="Prices as they change",
        description=_SSE,
    )
    async def stream(
        pairs: Annotated[
            str, Query(description="Pairs like `BTC-USD,ETH-EUR`; all that are watched if left away.")
        ] = "",
        events_: Annotated[str, Query(alias="events", description=f"Of {', '.join(KINDS)}; all if left away.")] = "",
        last_event_id: Annotated[str, Header(description="The id of the last event that was read.")] = "",
        _ticket: Ticket = "",
    ) -> Response:
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

    @routes.get(
        "/ws",
        status_code=101,
        response_class=Response,
        responses={
            101: {"description": "The WebSocket is open."},
            **problems_of(),
            426: {"description": "It was no WebSocket that asked."},
        },
        summary="Prices as they change, over a WebSocket",
        description=_WS,
    )
    async def talk_by_http(_ticket: Ticket = "") -> Response:
        detail = "Ask with a WebSocket, as ws:// in place of http://. /v1/stream tells the same over plain HTTP."
        raise Problem(426, "No WebSocket", detail, {"Upgrade": "websocket", "Connection": "Upgrade"})

    @routes.websocket("/ws")
    async def talk(socket: WebSocket, _ticket: Ticket = "") -> None:
        await Talk(socket, events, live).run()

    return routes
