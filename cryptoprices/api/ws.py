"""The same events over a WebSocket, for readers who change what they want while they read.

What is said is described for readers in routes/stream.py.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Literal

import msgspec
from starlette.websockets import WebSocket

from cryptoprices.api.events import KINDS, Events, Full, Mark, Reader
from cryptoprices.api.ports import Live
from cryptoprices.core.market import Pair
from cryptoprices.core.plain import plain

MESSAGE_MOST = 65_536  # bytes of what a reader says
GOING, NO_TEXT, TOO_LONG, TRY_AGAIN = 1001, 1003, 1009, 1013  # https://www.iana.org/assignments/websocket

_LIKE = '{"op": "subscribe", "pairs": ["BTC-USD"]}'


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What a reader says. pairs: None for all."""

    op: Literal["subscribe", "unsubscribe", "ping"]
    pairs: list[str] | None = None
    events: list[str] = msgspec.field(default_factory=lambda: list(KINDS))
    since: str = ""


class Talk:
    """One reader's connection."""

    def __init__(self, socket: WebSocket, events: Events, live: Live) -> None:
        self._socket, self._events, self._live = socket, events, live
        self._said = msgspec.json.Decoder(Wish)

    async def run(self) -> None:
        """Until one of the two ends it. There must be room for another reader, else it is told to come later."""
        await self._socket.accept()
        try:
            reader = self._events.join(frozenset(), frozenset())
        except Full:
            await self._socket.close(TRY_AGAIN, "too many readers")
            return
        telling = asyncio.ensure_future(self._tell(reader))
        reader.leave = telling.cancel
        tasks = {asyncio.ensure_future(self._hear(reader)), telling}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            code = TRY_AGAIN if telling.cancelled() else done.pop().result()
            if code is not None:
                await self._socket.close(code)
        finally:
            self._events.leave(reader)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, reader: Reader) -> int:
        """Write what comes. Returns the code to close with."""
        while (due := await reader.next()) is not None:
            for event in due:
                await self._socket.send_text(event.text)
        return GOING

    async def _hear(self, reader: Reader) -> int | None:
        """Do what is said. Returns the code to close with, None if the reader has left."""
        while (message := await self._socket.receive())["type"] != "websocket.disconnect":
            text = message.get("text")
            if text is None:
                return NO_TEXT
            try:
                wish = self._said.decode(text)
                answer = self._do(reader, wish)
            except msgspec.MsgspecError as error:
                answer = _error(f"{error}; write it like {_LIKE}")
            except ValueError as error:
                answer = _error(str(error))
            await self._socket.send_text(json.dumps(answer))
            if answer["event"] == "subscribed" and wish.op == "subscribe":
                self._events.welcome(reader, Mark.parse(wish.since) if wish.since else None)
        return None

    def _do(self, reader: Reader, wish: Wish) -> dict[str, object]:
        """Raises ValueError with a sentence for what cannot be done."""
        if wish.op == "ping":
            return {"event": "pong"}
        pairs = None if wish.pairs is None else served(wish.pairs, self._live)
        if wish.op == "unsubscribe":
            left = self._live.moment().pairs if reader.pairs is None else reader.pairs
            reader.pairs = frozenset() if pairs is None else frozenset(left) - pairs
        else:
            if unknown := set(wish.events) - set(KINDS):
                raise ValueError(f"{', '.join(sorted(unknown))}: there is no such event; there are {', '.join(KINDS)}")
            reader.kinds = frozenset(wish.events)
            reader.pairs = None if pairs is None or reader.pairs is None else reader.pairs | pairs
        told = None if reader.pairs is None else sorted(str(pair).replace("/", "-") for pair in reader.pairs)
        return {"event": "subscribed", "data": {"pairs": told, "events": sorted(reader.kinds)}}


def _error(detail: str) -> dict[str, object]:
    return {"event": "error", "data": {"detail": plain(detail, 200)}}


def served(texts: Sequence[str], live: Live) -> frozenset[Pair]:
    """The pairs of these texts. Raises ValueError with a sentence for what is no pair or is not watched."""
    pairs = frozenset(map(Pair.parse, texts))
    there = live.moment().pairs
    if missing := [str(pair) for pair in sorted(pairs) if pair not in there]:
        raise ValueError(f"{', '.join(missing)}: not watched here; add it to a watchlist")
    return pairs
