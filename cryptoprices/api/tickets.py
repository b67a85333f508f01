"""Tickets for what cannot send headers: a browser's EventSource and WebSocket. Each is good once, and only for a while.

It stands in an address, where logs and histories may keep it; it is worth nothing any more by then.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable

from cryptoprices.core.grants import Token

VALID_S = 30
_MOST = 1000  # the oldest goes first


class Tickets:
    """Those that have been given and not been used. For one thread."""

    def __init__(self, boot_s: Callable[[], float]) -> None:
        self._boot_s = boot_s
        self._given: OrderedDict[str, tuple[Token, float]] = OrderedDict()

    def give(self, token: Token) -> str:
        """Another one, for who has this token."""
        ticket = secrets.token_urlsafe(24)
        self._given[ticket] = token, self._boot_s() + VALID_S
        if len(self._given) > _MOST:
            self._given.popitem(last=False)
        return ticket

    def redeem(self, ticket: str) -> Token | None:
        """Whose it was; it is good no more."""
        token, until_s = self._given.pop(ticket, (None, 0.0))
        return token if self._boot_s() < until_s else None
