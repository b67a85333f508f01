"""What streams tell: each event is encoded once for all readers, and who reads slowly gets the newest of each pair.

Events are `price` (a pair's object, as in /v1/prices), `status` (how an exchange stands) and, first, `snapshot` (all
that a reader wants). An id is the version, with ".n" where more has changed since within one version (a price that grew
old). Used on the API's loop alone.
"""

import asyncio
import json
import math
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from cryptoprices.api.ports import Live, Moment
from cryptoprices.api.publish import Publication
from cryptoprices.core.market import Flow, Pair, Standing
from cryptoprices.core.plain import plain
from cryptoprices.core.snapshot import PairPrice

KINDS = ("price", "status")
KEPT = 60  # versions that a reader who comes back gets one by one
MOST = 2000  # readers
_AT_ONCE = 25  # readers that are told between two looks at what else there is to do, which takes about a millisecond
BEAT_S = 15.0  # without an event: readers are told that the connection stands
STUCK_S = 30.0  # a reader who takes nothing for so long is left


class Full(Exception):
    """There are as many readers as there may be."""


class Mark(NamedTuple):
    """Where a reader is. part: rises within a version."""

    version: int
    part: int = 0

    @classmethod
    def parse(cls, text: str) -> "Mark | None":
        """The mark of an id, None for what is none of ours."""
        version, _, part = text.partition(".")
        if not all(number.isascii() and number.isdigit() and len(number) < 20 for number in (version, part or "0")):
            return None
        return cls(int(version), int(part or 0))

    def __str__(self) -> str:
        return f"{self.version}.{self.part}" if self.part else str(self.version)


class Event:
    """kind: price, status, snapshot. subject: the pair or exchange that a newer one replaces it for. data: JSON text.

    frame: as server-sent event. text: as a WebSocket's message. Format of the former:
    https://html.spec.whatwg.org/multipage/server-sent-events.html
    """

    __slots__ = ("frame", "kind", "mark", "subject", "text")

    def __init__(self, kind: str, subject: object, mark: Mark, data: bytes) -> None:
        self.kind, self.subject, self.mark = kind, subject, mark
        self.frame = b"id: %s\nevent: %s\ndata: %s\n\n" % (str(mark).encode(), kind.encode(), data)
        self.text = f'{{"event":"{kind}","id":"{mark}","data":{data.decode()}}}'


class Reader:
    """One who reads. pairs: those that are wanted, None for all. kinds: of KINDS.

    mark: up to which it has been told. leave(): its connection is to be ended, though it takes nothing.
    """

    def __init__(self, pairs: frozenset[Pair] | None, kinds: frozenset[str]) -> None:
        self.pairs, self.kinds = pairs, kinds
        self.mark = Mark(0)
        self.leave: Callable[[], object] = self.end
        self._due: dict[object, Event] = {}
        self._asked_s = math.inf  # since when it waits for something
        self._given_s = math.inf  # since when it has something to write
        self._woken = asyncio.Event()
        self._ended = False

    def put(self, events: Iterable[Event]) -> None:
        """Have them read next, each in the place of an older one about the same that was not read yet."""
        for event in filter(self._wants, events):
            key = event.kind, event.subject
            self._due.pop(key, None)  # the newer one comes at its own place
            self._due[key] = event
        self._wake()

    def put_each(self, events: Iterable[Event]) -> None:
        """Have them all read next."""
        self._due.update((event, event) for event in filter(self._wants, events))
        self._wake()

    def end(self) -> None:
        """Nothing comes any more."""
        self._ended = True
        self._woken.set()

    def look(self, now_s: float) -> None:
        """At the time that the loop says: whether it has waited long, or takes nothing."""
        if now_s - self._asked_s >= BEAT_S:
            self._woken.set()
        elif now_s - self._given_s >= STUCK_S:
            self._given_s = math.inf
            self.leave()

    async def next(self) -> list[Event] | None:
        """What is due, oldest first; nothing if there has been nothing for BEAT_S; None at the end."""
        loop = asyncio.get_running_loop()
        self._asked_s, self._given_s = loop.time(), math.inf
        await self._woken.wait()
        if self._ended:
            return None
        due, self._due = list(self._due.values()), {}
        self._woken.clear()
        self._asked_s, self._given_s = math.inf, loop.time()
        return due

    def _wake(self) -> None:
        if self._due:
            self._woken.set()

    def _wants(self, event: Event) -> bool:
        if event.kind == "price":
            return "price" in self.kinds and (self.pairs is None or event.subject in self.pairs)
        return event.kind == "snapshot" or event.kind in self.kinds


class Events:
    """Takes every publication and tells the readers what is new in it. most: readers at a time."""

    def __init__(self, live: Live, most: int = MOST) -> None:
        self._live, self._most = live, most
        self._readers: set[Reader] = set()
        self._ring: deque[Event] = deque()
        self._mark = Mark(0)
        self._told: dict[Pair, PairPrice] = {}
        self._stood: dict[str, bytes] = {}
        self._reports: Mapping[Pair, bytes] = {}
        self._closed = False

    def __len__(self) -> int:
        """How many read."""
        return len(self._readers)

    def take(self, publication: Publication) -> None:
        """There is something newer; ages alone are no news."""
        news = {
            pair: steady
            for pair, view in publication.views.items()
            if self._told.get(pair) != (steady := _steady(view))
        }
        stands = _standings(self._live.moment())
        changed = {name: data for name, data in stands.items() if self._stood.get(name) != data}
        newer = publication.version != self._mark.version
        self._reports = publication.reports
        if newer:
            self._mark = Mark(publication.version)
        elif news or changed:
            self._mark = self._mark._replace(part=self._mark.part + 1)
        self._told = {pair: news.get(pair) or self._told[pair] for pair in publication.views}
        self._stood = stands
        events = [Event("price", pair, self._mark, publication.reports[pair]) for pair in news]
        events += [Event("status", name, self._mark, data) for name, data in changed.items()]
        self._keep(events)
        if events:
            self._tell(list(self._readers), events, self._mark)
        now_s = asyncio.get_running_loop().time()
        for reader in self._readers:
            reader.look(now_s)

    def join(self, pairs: frozenset[Pair] | None, kinds: frozenset[str], since: Mark | None = None) -> Reader:
        """A new reader, who first gets what it has missed since then, or a snapshot where that is no longer known.

        One who wants nothing yet gets nothing. Raises Full.
        """
        if self._closed or len(self._readers) >= self._most:
            raise Full
        reader = Reader(pairs, kinds)
        if kinds:
            self.welcome(reader, since)
        self._readers.add(reader)
        return reader

    def welcome(self, reader: Reader, since: Mark | None = None) -> None:
        """The same for a reader that wants something else from now on."""
        reader.mark = self._mark
        if since is not None and self._ring and self._ring[0].mark <= since <= self._mark:
            reader.put_each(event for event in self._ring if event.mark > since)
        else:
            reader.put([self._snapshot(reader)])

    def _tell(self, readers: list[Reader], events: list[Event], mark: Mark) -> None:
        """These, some at a time, so that whoever asks for something else meanwhile need not wait for all of them."""
        for reader in readers[:_AT_ONCE]:
            if reader.mark < mark:
                reader.mark = mark
                reader.put(events)
        if rest := readers[_AT_ONCE:]:
            asyncio.get_running_loop().call_soon(self._tell, rest, events, mark)

    def leave(self, reader: Reader) -> None:
        """It reads no more."""
        self._readers.discard(reader)

    def close(self) -> None:
        """All readers are at their end."""
        self._closed = True
        for reader in self._readers:
            reader.end()

    def _snapshot(self, reader: Reader) -> Event:
        wanted = [report for pair, report in self._reports.items() if reader.pairs is None or pair in reader.pairs]
        stands = self._stood.values() if "status" in reader.kinds else ()
        data = b'{"items":[%s],"exchanges":[%s]}' % (
            b",".join(wanted if "price" in reader.kinds else ()),
            b",".join(stands),
        )
        return Event("snapshot", None, self._mark, data)

    def _keep(self, events: Collection[Event]) -> None:
        self._ring.extend(events)
        versions = {event.mark.version for event in self._ring}
        if len(versions) > KEPT:
            oldest = sorted(versions)[-KEPT]
            while self._ring and self._ring[0].mark.version < oldest:
                self._ring.popleft()


def _steady(view: PairPrice) -> PairPrice:
    """All of it that changes by itself only when it becomes something else: without the ages."""
    quotes = tuple(quote._replace(age_s=0.0) for quote in view.quotes)
    return view._replace(age_s=None, still_s=None, last_known=None, quotes=quotes)


def _standings(moment: Moment) -> dict[str, bytes]:
    return {name: json.dumps(standing_report(name, moment), ensure_ascii=False).encode() for name in moment.exchanges}


def standing_report(name: str, moment: Moment) -> dict[str, Any]:
    """How an exchange stands: whether it answers and streams, the reason if not as a word, and in a sentence."""
    standing = moment.snapshot.standings.get(name, Standing(name))
    return {
        "exchange": name,
        "reason": standing.reason.value if standing.reason else None,
        "text": plain(standing.text, 200).partition("; asking again at ")[0],
        "streaming": bool(moment.snapshot.flows.get(name, Flow(name)).pairs),
    }
