"""A simulated exchange's side of a stream: it hears what a client says, and tells once a second what is new. Pure."""

import json
from typing import Any

from cryptoprices.core.market import Pair
from cryptoprices.demo.naming import joined, named
from cryptoprices.demo.venues import Desk

Said = dict[str, Any] | list[Any] | str


class Talk:
    """name: what the exchange calls a market in its stream. beat_s: seconds between two signs of life."""

    beat_s = 1
    pings = False  # frames of the protocol's own, as a sign of life

    def __init__(self) -> None:
        self.followed: dict[str, Pair] = {}
        self._count = 0

    def name(self, pair: Pair) -> str:
        """As the stream calls it."""
        return joined(pair)

    def greet(self, _desk: Desk) -> list[Said]:
        """What is said before anything was asked."""
        return []

    def hear(self, text: str, desk: Desk) -> list[Said]:
        """The answers to what the client says."""
        try:
            said = json.loads(text)
        except ValueError:
            return self.complain("malformed JSON")
        return self.answer(said, desk) if isinstance(said, dict) else self.complain("malformed JSON")

    def answer(self, said: dict[str, Any], desk: Desk) -> list[Said]:
        """Likewise, for a JSON object."""
        raise NotImplementedError

    def complain(self, what: str) -> list[Said]:
        """What it says to something that it does not understand."""
        return [{"error": what}]

    def tell(self, desk: Desk) -> list[Said]:
        """What is new since a second ago of the markets that are followed."""
        return [one for name in self.followed for one in self.tick(name, desk)]

    def tick(self, name: str, desk: Desk) -> list[Said]:
        """Of one market."""
        raise NotImplementedError

    def beat(self, _desk: Desk) -> list[Said]:
        """A sign of life."""
        return []

    def next(self) -> int:
        """A number that rises."""
        self._count += 1
        return self._count

    def follow(self, name: str, desk: Desk) -> list[Said] | None:
        """Tell this market from now on; its state at once, None where there is no such market."""
        pair = named(desk, self.name).get(name)
        if pair is None:
            return None
        self.followed[name] = pair
        return self.tick(name, desk)


def text(said: Said) -> str:
    """As it goes over the wire."""
    return said if isinstance(said, str) else json.dumps(said, separators=(",", ":"))
