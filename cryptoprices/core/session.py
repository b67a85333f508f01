"""One conversation with an exchange's stream: what is said after connecting, and what is understood of each frame.

Pure: no socket, no clock. The state of a conversation (what was acknowledged, channel numbers, the newest of each pair)
lives here and ends with its connection; opening, listening and pinging are net's work.
"""

from collections.abc import Collection
from typing import NamedTuple

from cryptoprices.core.errors import guarded
from cryptoprices.core.market import Pair, Ticker


class Heard(NamedTuple):
    """What one frame said. Nothing of it is set by a heartbeat: that is a sign of life, and no price.

    tickers: what it says of pairs, in its own digits; figures that the frame does not carry are None. accepted: pairs
    whose prices will flow from now on. refused: pairs that the exchange does not give, and what it says, plain.
    replies: frames to be sent now. reconnect: the exchange asks for, or announces, a new connection.
    """

    tickers: tuple[Ticker, ...] = ()
    accepted: tuple[Pair, ...] = ()
    refused: tuple[tuple[Pair, str], ...] = ()
    replies: tuple[str, ...] = ()
    reconnect: bool = False


NOTHING = Heard()


class Session:
    """Subclasses (sources/x.py) say what is sent and parse what comes; they catch nothing.

    pairs: those that are subscribed. Used by one thread, for one connection.
    """

    def __init__(self, pairs: Collection[Pair]) -> None:
        self.pairs = tuple(pairs)
        self._newest: dict[Pair, int] = {}

    def greeting(self) -> tuple[str, ...]:
        """The frames that subscribe to all pairs, sent as soon as the connection stands."""
        raise NotImplementedError

    def ping(self) -> str | None:
        """The frame that asks whether the other side is there; None where a WebSocket ping does that."""
        return None

    def parse(self, frame: str) -> Heard:
        """What a text frame says. Pure but for this session's state; may raise whatever a strange frame makes it."""
        raise NotImplementedError

    def read(self, frame: str) -> Heard:
        """What a text frame says, older and repeated tickers left out. Raises SourceError, like Source.read."""
        return guarded(lambda: self.parse(frame))

    def is_newer(self, pair: Pair, order: int) -> bool:
        """Whether a tick is newer than all before it, which is then noted. order: rises with time, pair by pair."""
        if order <= self._newest.get(pair, -1):
            return False
        self._newest[pair] = order
        return True
