"""What the API is put together of."""

from typing import NamedTuple

from cryptoprices.api.events import Events
from cryptoprices.api.meter import Meter
from cryptoprices.api.ports import Live, Managed, Owner, Past, TokenBook
from cryptoprices.api.publish import Publisher
from cryptoprices.api.tickets import Tickets


class Parts(NamedTuple):
    """live, owner, past, managed: the program around. publisher: what is known now, ready to be sent.

    tokens, tickets: those that the gate knows. events: what streams tell. meter: what is counted.

    version: the program's.
    """

    live: Live
    owner: Owner
    past: Past
    managed: Managed
    publisher: Publisher
    tokens: TokenBook
    tickets: Tickets
    events: Events
    meter: Meter
    version: str
