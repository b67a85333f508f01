"""One client's stream of a simulated exchange: what it asks is answered at once, what is new is told each second."""

from collections.abc import Callable
from socket import socket
from typing import Protocol, TypeVar

from cryptoprices.demo.talk import Said, text
from cryptoprices.demo.talks import TALKS
from cryptoprices.demo.venues import VENUES, Desk
from cryptoprices.demo.websocket import WebSocket

LOOK_S = 0.25  # how often it is looked whether to stop
T = TypeVar("T")


class Exchange(Protocol):
    """What a stream needs of the market: DemoExchange has it."""

    def elapsed_s(self) -> float:
        """Seconds since the market's time began."""

    def looking(self, name: str, look: Callable[[Desk], T]) -> T:
        """What `look` makes of an exchange's view of the market as it is now."""


def converse(exchange: Exchange, name: str, connection: socket, over: Callable[[], bool]) -> None:
    """Speak after an upgrade, until over() or the client has gone. Raises OSError."""
    channel, talk = WebSocket(connection), TALKS[name]()
    phase_s = list(VENUES).index(name) / len(VENUES)  # so that not all tell at once

    def say(what: Callable[[Desk], list[Said]]) -> None:
        channel.send(*map(text, exchange.looking(name, what)))

    say(talk.greet)
    told = int(exchange.elapsed_s() - phase_s)
    while not over():
        left_s = told + 1 + phase_s - exchange.elapsed_s()
        for asked in channel.receive(min(max(left_s, 0.001), LOOK_S)):
            say(lambda desk, asked=asked: talk.hear(asked, desk))  # type: ignore[misc]  # bound now
        second = int(exchange.elapsed_s() - phase_s)
        if second > told:
            told = second
            say(talk.tell)
            if second % talk.beat_s == 0:
                say(talk.beat)
                if talk.pings:
                    channel.ping()
