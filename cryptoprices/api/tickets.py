"""Tickets for what cannot send headers: a browser's EventSource and WebSocket. Each is good once, and only for a while.

It stands in an address, where logs and histories may keep it; it is worth nothing any more by then.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from cryptoprices.api.ports import TicketRoom
from cryptoprices.core.grants import Token

VALID_S = 30
_MOST = 1000  # the oldest goes first


class Tickets:
    """Those that have been given and not been used. For one event loop. room: None where this program is alone."""

    def __init__(self, boot_s: Callable[[], float], room: TicketRoom | None = None) -> None:
        self._boot_s, self._room = boot_s, room
        self._given: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def give(self, token: Token) -> str:
        """Another one, for who has this token. Raises Away."""
        ticket = secrets.token_urlsafe(24)
        if self._room:
            await run_in_threadpool(self._room.give_ticket, ticket, token.id, VALID_S)
            return ticket
        self._given[ticket] = token.id, self._boot_s() + VALID_S
        if len(self._given) > _MOST:
            self._given.popitem(last=False)
        return ticket

    async def redeem(self, ticket: str) -> str | None:
        """The id of the token whose it was; it is good no more. Raises Away."""
        if self._room:
            return await run_in_threadpool(self._room.take_ticket, ticket)
        token_id, until_s = self._given.pop(ticket, ("", 0.0))
        return token_id if self._boot_s() < until_s else None
