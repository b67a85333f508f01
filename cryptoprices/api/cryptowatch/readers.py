"""Who reads the stream, and what each still has to get: of every subject of a market only the newest."""

import asyncio
from collections.abc import Hashable, Iterable
from contextlib import suppress

from websockets.asyncio.server import ServerConnection

from cryptoprices.api.cryptowatch.wire import Told
from cryptoprices.core.grants import Token

MOST_RESOURCES = 1000


class Reader:
    """One connection. binary: it wants protobuf. places: the names of what it has subscribed to, as it wrote them."""

    def __init__(self, connection: ServerConnection, binary: bool, token: Token | None) -> None:
        self.connection, self.binary, self.token = connection, binary, token
        self.places: dict[str, str] = {}
        self._waiting: dict[Hashable, Told] = {}
        self._woken = asyncio.Event()

    def tell(self, told: Told, key: Hashable = None) -> None:
        """Have it get this as soon as it can take it. key: what is still waiting of the same key is dropped."""
        self._waiting[told if key is None else key] = told
        self._woken.set()

    async def send_waiting(self, until_s: float) -> None:
        """Send all that waits, or comes until then by the loop's clock. Returns when it has been taken."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until_s):
                await self._woken.wait()
        self._woken.clear()
        while self._waiting:
            told = self._waiting.pop(next(iter(self._waiting)))
            await self.connection.send(told.binary if self.binary else told.text)


class Readers:
    """All readers, by what they have subscribed to."""

    def __init__(self) -> None:
        self._by_place: dict[str, set[Reader]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_place)

    def add(self, reader: Reader, resource: str, place: str) -> None:
        """It has subscribed to this."""
        reader.places[resource] = place
        self._by_place.setdefault(place, set()).add(reader)

    def remove(self, reader: Reader, resource: str) -> None:
        """It has no longer."""
        place = reader.places.pop(resource)
        if place not in reader.places.values():
            self._by_place[place].discard(reader)
            if not self._by_place[place]:
                del self._by_place[place]

    def forget(self, reader: Reader) -> None:
        """It has gone."""
        for resource in list(reader.places):
            self.remove(reader, resource)

    def of(self, places: Iterable[str]) -> set[Reader]:
        """Whoever has subscribed to any of these."""
        return set().union(*(self._by_place.get(place, ()) for place in places))
