"""What is read most, as ready bytes: made anew with every change and once a second, so that a read costs no JSON.

Once a second even where nothing comes in, because a price grows old by itself: a body that stood still would say LIVE
for ever when polling stops. For the same reason caches may keep an answer only until the first price in it passes into
another state: Cache-Control allows, in all its parts together, no longer than that, so that whoever heeds it never
shows LIVE for what no longer is.
"""

import asyncio
import math
from collections.abc import Callable, Mapping
from email.utils import formatdate
from hashlib import blake2b
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from cryptoprices.api.ports import Live, Managed, Moment
from cryptoprices.clock import Clock
from cryptoprices.core.cut_off import cut_off
from cryptoprices.core.manual import with_manual
from cryptoprices.core.market import Pair
from cryptoprices.core.reading import Reader
from cryptoprices.core.report import pair_report
from cryptoprices.core.snapshot import PairPrice

PRICES = "/v1/prices"
PAGE = 100
"""So many items are in a collection that is not paged otherwise; a longer one is no ready answer."""

_EVERY_S, _APART_S, _LATE_S = 1.0, 0.1, 2.0
_MOST_AGE_S, _REVALIDATE_S, _ERROR_S = 20, 20, 300
_encode = msgspec.json.encode


class Answer(NamedTuple):
    """A ready 200. etag: quoted, as in the header. headers: all but Age, which grows; lower case names."""

    etag: str
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]


class Publication(NamedTuple):
    """What is published now. Immutable. version: the moment's. at_ms, boot_s: when it was made.

    views, reports: of the served pairs in the person's order, as values and as JSON (core.report.pair_report).
    max_age_s: how long a cache may keep it. answers: by path. until_boot_s: when the first price in it passes into
    another state.
    """

    version: int
    at_ms: int
    boot_s: float
    views: Mapping[Pair, PairPrice]
    reports: Mapping[Pair, bytes]
    max_age_s: int
    answers: Mapping[str, Answer]
    until_boot_s: float = math.inf


def pair_name(pair: Pair) -> str:
    """BTC-USD: how a pair is written in a path or query."""
    return f"{pair.base}-{pair.quote}"


def etag_of(version: int, body: bytes) -> str:
    """A strong one: the same only for the same bytes."""
    return f'"p-{version}-{blake2b(body, digest_size=8).hexdigest()}"'


class Publisher:
    """Lives on the API's event loop; `current` may be read by any thread. managed: None without manual prices.

    public: caches may hand an answer on to others, since those need no token either.
    """

    def __init__(self, live: Live, managed: Managed | None, clock: Clock, public: bool = True) -> None:
        self._live, self._managed, self._clock = live, managed, clock
        self._whose = "public" if public else "private"
        self._reader = Reader()
        self._takers: list[Callable[[Publication], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._beaten_s, self._hastened = 0.0, False
        self._changed = False  # what is managed has: who has been told so must read no older answer
        self.current = self._made()
        live.listen(self._tell)
        if managed:
            managed.listen(self._change)

    def listen(self, take: Callable[[Publication], None]) -> None:
        """Have every publication from now on handed over, on the API's loop. It must not block."""
        self._takers.append(take)

    def begin(self) -> None:
        """On the API's loop, which publishes from now on."""
        self._loop = asyncio.get_running_loop()
        self._beat()

    def end(self) -> None:
        """On the API's loop: nothing is published any more."""
        self._loop = None
        if self._timer:
            self._timer.cancel()

    def as_of(self, now_boot_s: float) -> Publication:
        """What is published, made anew where that was too long ago, be it that the machine has slept meanwhile, or
        before the last change of what is managed."""
        current = self.current
        late = self._changed or now_boot_s > current.until_boot_s or now_boot_s > current.boot_s + _LATE_S
        return self.publish() if late else current

    def now(self) -> Publication:
        """The same, as of now."""
        return self.as_of(self._clock.boot_s())

    def publish(self) -> Publication:
        """Make what is published anew, as of now."""
        self._changed = False
        self.current = publication = self._made()
        for take in self._takers:
            take(publication)
        return publication

    def _change(self) -> None:
        """On any thread: what is managed is another."""
        self._changed = True
        self._tell()

    def _tell(self) -> None:
        """On any thread: something is new."""
        if loop := self._loop:
            try:
                loop.call_soon_threadsafe(self._hasten)
            except RuntimeError:  # the loop has just been closed
                self._loop = None

    def _hasten(self) -> None:
        """Publish as soon as a tenth of a second has passed since the last time."""
        if self._loop and not self._hastened:
            self._hastened = True
            self._beat_at(max(self._beaten_s + _APART_S, self._loop.time()))

    def _beat(self) -> None:
        if self._loop:
            self._beaten_s, self._hastened = self._loop.time(), False
            self._beat_at(self._beaten_s + _EVERY_S)
            self.publish()

    def _beat_at(self, loop_s: float) -> None:
        if self._timer:
            self._timer.cancel()
        if self._loop:
            self._timer = self._loop.call_at(loop_s, self._beat)

    def _made(self) -> Publication:
        moment, now_s, now_ms = self._live.moment(), self._clock.boot_s(), self._clock.wall_ms()
        views: dict[Pair, PairPrice] = {}
        steady_s = math.inf
        manual = {one.pair: one for one in self._managed.manual_prices} if self._managed else {}
        for pair in moment.pairs:
            view = self._reader.price(moment.snapshot, pair, now_s)
            views[pair] = cut_off(view) if moment.cut_off else view
            steady_s = min(steady_s, self._reader.holds_until(pair) - now_s)
            if said := manual.get(pair):
                views[pair] = with_manual(views[pair], said, now_s, now_ms)
                if said.valid_until_ms is not None and said.valid_until_ms > now_ms:
                    steady_s = min(steady_s, (said.valid_until_ms - now_ms) / 1000)
        reports = {pair: _encode(pair_report(view)) for pair, view in views.items()}
        fresh = freshness_headers(moment, now_s, steady_s, self._whose)
        common = (
            (b"cache-control", fresh.text),
            (b"last-modified", formatdate(now_ms / 1000, usegmt=True).encode()),
            (b"vary", b"Accept, Accept-Encoding"),
        )
        bodies = {f"{PRICES}/{pair_name(pair)}": body for pair, body in reports.items()}
        if len(reports) <= PAGE:
            bodies[PRICES] = b'{"items":[' + b",".join(reports.values()) + b'],"next_cursor":null}'
        answers = {path: _answer(moment.version, body, common) for path, body in bodies.items()}
        return Publication(
            moment.version,
            now_ms,
            now_s,
            MappingProxyType(views),
            MappingProxyType(reports),
            fresh.max_age_s,
            MappingProxyType(answers),
            now_s + steady_s,
        )


class Fresh(NamedTuple):
    """max_age_s, and the whole Cache-Control."""

    max_age_s: int
    text: bytes


def freshness_headers(moment: Moment, now_boot_s: float, steady_s: float, whose: str) -> Fresh:
    """Cache-Control of what holds for steady_s: fresh until the next round is due (1 to 20 s), then for a while better
    than nothing, but never beyond steady_s. What is handed out may be a second old already without that Age says so.
    """
    due_s = 1 if moment.next_poll_boot_s is None else math.ceil(moment.next_poll_boot_s - now_boot_s)
    left_s = math.floor(max(0.0, min(steady_s, 86_400.0) - _EVERY_S))
    max_age_s = min(max(1, min(due_s, _MOST_AGE_S)), left_s)
    left_s -= max_age_s
    text = f"{whose}, max-age={max_age_s}"
    if left_s:
        text += f", stale-while-revalidate={min(left_s, _REVALIDATE_S)}, stale-if-error={min(left_s, _ERROR_S)}"
    else:
        text += ", must-revalidate"
    return Fresh(max_age_s, text.encode())


def _answer(version: int, body: bytes, common: tuple[tuple[bytes, bytes], ...]) -> Answer:
    etag = etag_of(version, body)
    own = (
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"etag", etag.encode()),
    )
    return Answer(etag, body, (*own, *common))
