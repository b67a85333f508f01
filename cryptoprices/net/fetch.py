"""Asks all exchanges side by side, poll after poll; each answer goes on as a Round of its own at once."""

import random
import threading
from collections.abc import Callable, Mapping, Sequence

from cryptoprices.clock import Clock
from cryptoprices.core.market import Pair, Quote, Round, Standing
from cryptoprices.core.source import Exchange
from cryptoprices.net.call import Call
from cryptoprices.net.desk import Desk
from cryptoprices.net.http import Http
from cryptoprices.net.poll import Inbox, Poll
from cryptoprices.net.turn import Outcome, Turn

CLOSE_S = 1.5
EARLY_S = 1.0  # how far from its time a poll may begin and still be the regular one


class Fetcher:
    """Asks the exchanges and remembers who must wait. One poll at a time: a second one meanwhile returns at once.

    interval_s: time between two polls; an exchange whose own interval is longer keeps to that. pauses: what `pauses()`
    gave in an earlier run. dice: 0..1, for the jitter.
    """

    def __init__(
        self,
        exchanges: Sequence[Exchange],
        http: Http,
        clock: Clock,
        *,
        interval_s: float = 20.0,
        pauses: Mapping[str, object] | None = None,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._http = http
        self._clock = clock
        self._interval_s = interval_s
        self._desks = [Desk(exchange, interval_s, clock, dice) for exchange in exchanges]
        for desk in self._desks:
            desk.keep_pause((pauses or {}).get(desk.name))
        self._polling = threading.Lock()
        self._number = 0
        self._due_boot_s = 0.0
        self._closed = False
        self._calls: set[Call] = set()  # of all turns under way, abandoned ones too
        self._calls_changed = threading.Condition()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The exchanges of this run, in the user's order."""
        return tuple(desk.exchange for desk in self._desks)

    def poll(
        self, pairs: Sequence[Pair], deliver: Callable[[Round], None], forced: bool = False, woken: bool = False
    ) -> None:
        """Ask everybody who may be asked, and return when all have answered or failed (at most 8 s).

        deliver is called from the calling thread only, one Round after the other, the last with last=True.
        forced: a person wants it now (Refresh): back-off does not count, a Retry-After still does. woken: from sleep;
        likewise, but whoever waits until a person asks for it is not asked. Any other poll before its time asks only
        those who are due, as a supplement to the one before, and bears its number.
        """
        if not self._polling.acquire(blocking=False):
            return
        try:
            now = self._clock.boot_s()
            if forced or woken or now >= self._due_boot_s - EARLY_S:
                self._number += 1
                self._due_boot_s = now + self._interval_s
            number = self._number

            def tell(quotes: tuple[Quote, ...], desks: Sequence[Desk], last: bool = False) -> None:
                if not self._closed:
                    deliver(
                        Round(number, now, quotes, tuple(filter(_was_asked, (desk.standing() for desk in desks))), last)
                    )

            def start(desk: Desk, inbox: Inbox) -> bool:
                return self._start(desk, inbox, desk.course.is_due(now, forced, woken), now)

            Poll(self._desks, start, tell).run(pairs, self._http.limits.total_s)
            tell((), self._desks, last=True)
        finally:
            self._polling.release()

    def next_due_boot_s(self) -> float:
        """Boot time at which the next poll is to begin; in the past before the first one.

        An exchange whose wait ends in between is asked then, in a supplement to the poll before; one whose wait ends
        just before or after a poll would begin is waited for by that poll. Well again, it joins the others.
        """
        due, now = self._due_boot_s, self._clock.boot_s()
        waiting = [desk.course for desk in self._desks if desk.course.reason is not None]
        ends = [course.next_ask_boot_s or 0.0 for course in waiting]
        between = [end for end in ends if now < end < due - EARLY_S]
        return min(between, default=max([due, *(end for end in ends if end <= due + EARLY_S)]))

    def pauses(self) -> dict[str, object]:
        """The waits that exchanges asked for, as plain JSON values with wall times, to be kept over a restart."""
        wall_ms, now = self._clock.wall_ms(), self._clock.boot_s()
        pauses = {desk.name: desk.course.pause(wall_ms, now) for desk in self._desks}
        return {name: pause for name, pause in pauses.items() if pause is not None}

    def close(self) -> None:
        """Break off what is in flight and close all connections. Returns within 1.5 s, and the poll under way soon."""
        with self._calls_changed:
            self._closed = True
            for call in self._calls:
                call.abort()
            self._calls_changed.wait_for(lambda: not self._calls, CLOSE_S)
        self._http.close()

    def _start(self, desk: Desk, inbox: Inbox, due: bool, now: float) -> bool:
        """Begin a turn, if there is something to ask, the exchange may be asked, and its last turn is over."""
        together, alone = desk.questions()
        if desk.call is not None or not (together or alone) or not due:
            return False
        with self._calls_changed:
            if self._closed:
                return False
            call = desk.call = Call()
            self._calls.add(call)
        desk.course.asked(now)
        work = (desk, call, together, alone, inbox)
        threading.Thread(target=self._work, args=work, name=f"ask-{desk.name}", daemon=True).start()
        return True

    def _work(self, desk: Desk, call: Call, together: list[Pair], alone: list[Pair], inbox: Inbox) -> None:
        """On a thread of its own: the turn of one exchange."""
        try:
            outcome = Turn(desk.exchange, self._http, call, self._clock).run(together, alone)
        except Exception:  # noqa: BLE001  # the outermost line of this thread; the desk logs it
            outcome = Outcome(error=desk.internal_error())
        with self._calls_changed:
            self._calls.discard(call)
            desk.call = None
            self._calls_changed.notify_all()
        inbox.put((desk, outcome))


def _was_asked(standing: Standing) -> bool:
    """A fallback that was never needed stands neither well nor badly: nobody knows."""
    return not (standing.reason is None and standing.latency_ms is None and standing.paused_until_boot_s is None)
