"""What the API is put together of."""

from typing import NamedTuple

from cryptoprices.api.ports import Live, Managed, Owner, Past
from cryptoprices.api.publish import Publisher


class Parts(NamedTuple):
    """live, owner, past, managed: the program around. publisher: what is known now, ready to be sent.

    version: the program's.
    """

    live: Live
    owner: Owner
    past: Past
    managed: Managed
    publisher: Publisher
    version: str
