"""What people keep beside the settings: further watchlists, and prices that no exchange tells. All immutable."""

from decimal import Decimal
from typing import NamedTuple

from cryptoprices.core.market import Pair

DEFAULT = "default"
"""The id of the watchlist that is the setting `watchlist`."""


class Watchlist(NamedTuple):
    """Pairs under a name, in the person's order. version: another one after every change, never one it had before."""

    id: str
    name: str
    pairs: tuple[Pair, ...]
    version: int
    created_ms: int
    changed_ms: int


class ManualPrice(NamedTuple):
    """A price that somebody says, over the counter or of a fixed peg. At most one of a pair.

    set_by: the name of the token that said it. set_ms: when it was last changed. valid_until_ms: it is EXPIRED from
    then on, None for never. version: as of a watchlist.
    """

    id: str
    pair: Pair
    price: Decimal
    note: str
    set_by: str
    set_ms: int
    valid_until_ms: int | None
    version: int


class Gone(Exception):
    """There is nothing of this id."""


class Stale(Exception):
    """It has another version by now than the one that was to be changed."""


class Taken(Exception):
    """It would stand against something that is there; one sentence."""


class Reused(Exception):
    """The key of a question that was another one."""


class Away(Exception):
    """What several replicas share cannot be reached, or not yet; one sentence."""


class EachItsOwn(Exception):
    """It would hold on one of several replicas alone; one sentence that says what to do instead."""
