"""What the store lacks is fetched from the exchanges when somebody asks for it: once, for a while, a few at a time.

All of the API's surfaces share one of these. How fast each exchange may be asked, its own budget says (net.desk).
"""

import asyncio
import logging
import threading
from concurrent.futures import Future
from enum import Enum
from typing import NamedTuple

from cryptoprices.api.ports import Past
from cryptoprices.clock import Clock
from cryptoprices.core.intervals import LATE_MS
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Pair

log = logging.getLogger(__name__)

AT_ONCE, WAIT_S = 8, 4.0
_KEPT_S, _SOON_S = 60.0, 10.0  # so long the outcome holds; the same of what failed, or may just not be published yet
_REMEMBERED = 500


class Outcome(Enum):
    """How far it has come: all that could be had is there; it goes on; not begun, for there were too many; it failed.

    FAILED: by a fault of the program, or what was fetched could not be kept.
    """

    DONE = "done"
    RUNNING = "running"
    REFUSED = "refused"
    FAILED = "failed"


class Filled(NamedTuple):
    """gaps: what could not be had, and why, once it is over."""

    outcome: Outcome
    gaps: tuple[Gap, ...] = ()


class Stretch(NamedTuple):
    """Candles of a pair that open in [since_ms, until_ms), Unix ms. of: the exchange whose they are, "" for any."""

    pair: Pair
    interval: str
    since_ms: int
    until_ms: int
    of: str = ""

    def holds(self, other: "Stretch") -> bool:
        """Whether the other is a part of it."""
        alike = (self.pair, self.interval, self.of) == (other.pair, other.interval, other.of)
        return alike and self.since_ms <= other.since_ms and other.until_ms <= self.until_ms


class Fills:
    """For the API's event loop. The same stretch is fetched by one thread whoever waits, and not again for a while."""

    def __init__(self, past: Past, clock: Clock) -> None:
        self._past, self._clock = past, clock
        self._stop = threading.Event()
        self._lock = threading.Lock()  # of both of these
        self._running: dict[Stretch, Future[Filled]] = {}
        self._ended: dict[Stretch, tuple[float, Filled]] = {}  # and until when that holds, boot time

    def close(self) -> None:
        """Let what runs end soon."""
        self._stop.set()

    async def fill(self, stretch: Stretch, wait_s: float = WAIT_S) -> Filled:
        """Fetch what is missing of this. Waits so long, for its turn as well; then it goes on by itself."""
        begun = None
        try:
            async with asyncio.timeout(wait_s):
                while True:
                    if (filled := self._known(stretch)) is not None:
                        return filled
                    if (begun := self._begun(stretch)) is not None:
                        return await asyncio.shield(asyncio.wrap_future(begun))
                    await self._one_ends()
        except TimeoutError:
            return Filled(Outcome.REFUSED if begun is None else Outcome.RUNNING)

    def _known(self, stretch: Stretch) -> Filled | None:
        """What came of it a while ago."""
        now_s = self._clock.boot_s()
        with self._lock:
            found = (
                filled for known, (until_s, filled) in self._ended.items() if now_s < until_s and known.holds(stretch)
            )
            return next(found, None)

    def _begun(self, stretch: Stretch) -> Future[Filled] | None:
        """What fetches it, begun now if need be; None while there is no room for that."""
        with self._lock:
            for running, future in self._running.items():
                if running.holds(stretch):
                    return future
            if len(self._running) >= AT_ONCE:
                return None
            future = self._running[stretch] = Future()
        future.set_running_or_notify_cancel()  # who leaves does not end it for the others
        threading.Thread(target=self._run, args=(stretch, future), name="api-fill", daemon=True).start()
        return future

    async def _one_ends(self) -> None:
        with self._lock:
            running = [asyncio.wrap_future(future) for future in self._running.values()]
        if running:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)

    def _run(self, stretch: Stretch, future: Future[Filled]) -> None:
        """On a thread of its own."""
        try:
            filled = self._filled(stretch)
        except Exception:  # the outermost line of this thread
            log.exception("Filling %s %s failed", stretch.pair, stretch.interval)
            filled = Filled(Outcome.FAILED)
        late = stretch.until_ms + LATE_MS > self._clock.wall_ms()
        kept_s = _SOON_S if late or filled.outcome is Outcome.FAILED else _KEPT_S
        with self._lock:
            del self._running[stretch]
            self._ended.pop(stretch, None)
            self._ended[stretch] = self._clock.boot_s() + kept_s, filled
            if len(self._ended) > _REMEMBERED:
                del self._ended[next(iter(self._ended))]
        future.set_result(filled)

    def _filled(self, stretch: Stretch) -> Filled:
        pair, interval, since_ms, until_ms, of = stretch
        if of:
            gaps = self._past.fill_own(of, pair, interval, since_ms, until_ms, self._stop)
        else:
            gaps = self._past.fill(pair, interval, since_ms, until_ms, _pass, self._stop)
        whole = not self._stop.is_set() and all(gap.reason != GapReason.NOT_SAVED for gap in gaps)
        return Filled(Outcome.DONE if whole else Outcome.FAILED, tuple(gaps))


def _pass(_progress: object) -> None:
    """Nobody is shown how far it is."""
