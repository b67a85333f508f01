"""What the store lacks is fetched from the exchanges when somebody asks for it: once, for a while, not too often."""

import asyncio
import logging
import threading
from collections import OrderedDict, deque
from concurrent.futures import Future
from enum import Enum
from functools import partial
from typing import NamedTuple

from cryptoprices.api.ports import Past
from cryptoprices.clock import Clock
from cryptoprices.core.ledger import Gap
from cryptoprices.core.market import Pair
from cryptoprices.core.pairs import MOST_COMPARED

log = logging.getLogger(__name__)

PER_MINUTE, AT_ONCE, WAIT_S = 20, MOST_COMPARED, 4.0
_MINUTE_S = 60.0
_REMEMBERED = 500


class Outcome(Enum):
    """How far it has come: all that could be had is there; it goes on; not begun, for there were too many."""

    DONE = "done"
    RUNNING = "running"
    REFUSED = "refused"


class Filled(NamedTuple):
    """gaps: what could not be had, and why, once it is done."""

    outcome: Outcome
    gaps: tuple[Gap, ...] = ()


class Stretch(NamedTuple):
    """Candles of a pair that open in [since_ms, until_ms), Unix ms."""

    pair: Pair
    interval: str
    since_ms: int
    until_ms: int


class Fills:
    """For the API's event loop. The same stretch is fetched by one thread whoever waits, and not again for a minute."""

    def __init__(self, past: Past, clock: Clock, per_minute: int = PER_MINUTE, wait_s: float = WAIT_S) -> None:
        self._past, self._clock, self._per_minute, self._wait_s = past, clock, per_minute, wait_s
        self._stop = threading.Event()
        self._running: dict[Stretch, Future[tuple[Gap, ...]]] = {}
        self._done: OrderedDict[Stretch, tuple[float, tuple[Gap, ...]]] = OrderedDict()
        self._begun: deque[float] = deque(maxlen=per_minute)

    def close(self) -> None:
        """Let what runs end soon, and begin nothing more."""
        self._stop.set()

    async def fill(self, stretch: Stretch) -> Filled:
        """Fetch what is missing of this, and wait some seconds for it."""
        now_s = self._clock.boot_s()
        known = self._done.get(stretch)
        if known and now_s - known[0] < _MINUTE_S:
            return Filled(Outcome.DONE, known[1])
        future = self._running.get(stretch)
        if future is None:
            if self._stop.is_set() or len(self._running) >= AT_ONCE or not self._may_begin(now_s):
                return Filled(Outcome.REFUSED)
            future = self._begin(stretch, now_s)
        try:
            gaps = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), self._wait_s)
        except TimeoutError:
            return Filled(Outcome.RUNNING)
        return Filled(Outcome.DONE, gaps)

    def _may_begin(self, now_s: float) -> bool:
        return len(self._begun) < self._per_minute or now_s - self._begun[0] >= _MINUTE_S

    def _begin(self, stretch: Stretch, now_s: float) -> Future[tuple[Gap, ...]]:
        self._begun.append(now_s)
        future: Future[tuple[Gap, ...]] = Future()
        future.set_running_or_notify_cancel()  # who leaves does not end it for the others
        self._running[stretch] = future
        future.add_done_callback(partial(self._end, stretch))
        threading.Thread(target=self._run, args=(stretch, future), name="api-fill", daemon=True).start()
        return future

    def _run(self, stretch: Stretch, future: Future[tuple[Gap, ...]]) -> None:
        """On a thread of its own."""
        try:
            future.set_result(tuple(self._past.fill(*stretch, _pass, self._stop)))
        except Exception:  # the outermost line of this thread
            log.exception("Filling %s %s failed", stretch.pair, stretch.interval)
            future.set_result(())

    def _end(self, stretch: Stretch, future: Future[tuple[Gap, ...]]) -> None:
        """On its thread; single operations on dictionaries, which threads may do."""
        self._done[stretch] = self._clock.boot_s(), future.result()
        self._running.pop(stretch, None)
        while len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)


def _pass(_progress: object) -> None:
    """Nobody is shown how far it is."""
