"""What the API is put together of."""

from collections.abc import Callable
from typing import NamedTuple

from cryptoprices.api.events import Events
from cryptoprices.api.fills import Fills
from cryptoprices.api.meter import Meter
from cryptoprices.api.ports import Condition, Live, Managed, Owner, Past, TokenBook
from cryptoprices.api.publish import Publisher
from cryptoprices.api.rates import PastRates
from cryptoprices.api.tickets import Tickets


class Parts(NamedTuple):
    """live, owner, past, managed: the program around. fills: what fetches the past where it is missing.

    rates: what a dollar cost in other currencies. publisher: what is known now, ready to be sent.

    tokens, tickets: those that the gate knows. events: what streams tell. meter: what is counted.

    condition(): how the program around is. version: the program's.
    """

    live: Live
    owner: Owner
    past: Past
    fills: Fills
    rates: PastRates
    managed: Managed
    publisher: Publisher
    tokens: TokenBook
    tickets: Tickets
    events: Events
    meter: Meter
    condition: Callable[[], Condition]
    version: str
