"""Asks all exchanges side by side, poll after poll; each answer goes on as a Round of its own at once."""

import logging
import random
import threading
from collections.abc import Callable, Mapping, Sequence

from cryptoprices.clock import Clock
from cryptoprices.core.clock_offset import clock_offset
from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.market import Pair, Quote, Round, Standing
from cryptoprices.core.source import CandleAsk, Exchange
from cryptoprices.net.call import Call
from cryptoprices.net.calls import Calls
from cryptoprices.net.desk import Desk
from cryptoprices.net.http import Http
from cryptoprices.net.pages import Page, Pages, Withheld
from cryptoprices.net.poll import Inbox, Poll
from cryptoprices.net.resolver import Resolver
from cryptoprices.net.turn import Outcome, Turn

log = logging.getLogger(__name__)

CLOSE_S = 1.5
EARLY_S = 1.0  # how far from its time a poll may begin and still be the regular one
SUPPLEMENT_S = 3.0  # what a supplement may take at least, even if the next poll must wait for its end


class Fetcher:
    """Asks the exchanges and remembers who must wait. One poll at a time: a second one meanwhile returns at once.

    interval_s: time between two polls; an exchange whose own interval is longer keeps to that. pauses: what `pauses()`
    gave in an earlier run. dice: 0..1, for the jitter. Everything but `poll` may be called by any thread.
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
        self._dice = dice
        self._pauses = pauses or {}
        self._desks: tuple[Desk, ...] = ()
        self._known: dict[str, Desk] = {}  # those that are not asked any more too: their waits go on
        self._polling = threading.Lock()
        self._number = 0
        self._begun_boot_s: float | None = None  # when the last poll of its own number did
        self._clock_is_wrong = False
        self._calls = Calls()
        self._pages = Pages(http, clock, self._calls, self.next_due_boot_s)
        self.set_exchanges(exchanges)

    @property
    def resolver(self) -> Resolver:
        """What looks the names up."""
        return self._http.resolver

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Those that are asked from the next poll on, in the user's order."""
        return tuple(desk.exchange for desk in self._desks)

    def set_exchanges(self, exchanges: Sequence[Exchange]) -> None:
        """Ask these from the next poll on, in this order. Who is known keeps its pause, back-off and budget.

        A poll under way goes on, without those that are no longer asked.
        """
        self._desks = tuple(map(self._desk_of, exchanges))

    def set_interval(self, interval_s: float) -> None:
        """So much time is to be between two polls from now on, the last one and the next included."""
        self._interval_s = interval_s

    def poll(
        self, pairs: Sequence[Pair], deliver: Callable[[Round], None], forced: bool = False, woken: bool = False
    ) -> None:
        """Ask everybody who may be asked, and return when all have answered or failed (at most 8 s).

        deliver is called from the calling thread only, one Round after the other, the last with last=True.
        forced: a person wants it now (Refresh): back-off does not count, a Retry-After still does. woken: from sleep;
        likewise, but whoever waits until a person asks for it is not asked. Any other poll before its time asks only
        those who are due, as a supplement to the one before, and bears its number; who has not answered when the next
        poll is due has failed.
        """
        if not self._polling.acquire(blocking=False):
            return
        try:
            now = self._clock.boot_s()
            limit_s = self._http.limits.total_s
            for desk in self._desks:
                desk.course.keep_to(self._interval_s)
            if forced or woken or now >= self._due_boot_s - EARLY_S:
                self._number += 1
                self._begun_boot_s = now
            else:
                limit_s = min(limit_s, max(self._due_boot_s - now, SUPPLEMENT_S))
            number, desks = self._number, self._desks

            def tell(quotes: tuple[Quote, ...], told: Sequence[Desk], last: bool = False) -> None:
                asked = [desk for desk in told if desk in self._desks]
                standings = tuple(filter(_was_asked, (desk.standing() for desk in asked)))
                if not self._calls.closed:
                    deliver(Round(number, now, quotes if asked else (), standings, last))

            def start(desk: Desk, inbox: Inbox) -> bool:
                return self._start(desk, inbox, desk.course.is_due(now, forced, woken), now)

            Poll(desks, start, tell).run(pairs, limit_s)
            tell((), self._desks, last=True)
            self._check_clock()
        finally:
            self._polling.release()

    def next_due_boot_s(self) -> float:
        """Boot time at which the next poll is to begin; in the past before the first one.

        An exchange whose wait ends in between is asked then, in a supplement to the poll before, and so is one that is
        hastened; one whose wait ends just before or after a poll would begin is waited for by that poll. Well again, it
        joins the others.
        """
        due, now = self._due_boot_s, self._clock.boot_s()
        waiting = [desk.course for desk in self._desks if desk.course.reason is not None]
        ends = [course.next_ask_boot_s or 0.0 for course in waiting]
        hastened = [max(desk.course.next_ask_boot_s or 0.0, now) for desk in self._desks if desk.course.hastened]
        between = [end for end in [*ends, *hastened] if (now < end or end in hastened) and end < due - EARLY_S]
        return min(between, default=max([due, *(end for end in ends if end <= due + EARLY_S)]))

    @property
    def _due_boot_s(self) -> float:
        """When the next poll of its own number is to begin; 0 before the first one."""
        return 0.0 if self._begun_boot_s is None else self._begun_boot_s + self._interval_s

    def hasten(self, name: str) -> None:
        """The stream of this exchange was lost: the next poll, which may come at once, asks it too.

        Not if it is paused, backs off, or was asked less than 2 s ago.
        """
        for desk in self._named(name):
            desk.course.hasten(self._clock.boot_s())

    def ask_again(self, name: str) -> None:
        """A person wants this exchange asked again: the next poll does so, unless the exchange asked us to wait."""
        for desk in self._named(name):
            desk.course.ask_again(self._clock.boot_s())

    def lacks(self, name: str, pair: Pair) -> bool:
        """Whether the exchange is known not to list the pair, or is not asked at all."""
        return all(desk.lacks(pair) for desk in self._named(name))

    def ask_page(self, name: str, ask: CandleAsk, stop: threading.Event) -> Page:
        """A page of candles, as soon as polls and budget leave room. Blocks; for worker threads.

        Raises pages.Withheld, pages.Stopped, SourceError.
        """
        for desk in self._named(name):
            return self._pages.ask(desk, ask, stop)
        raise Withheld(Reason.BLOCKED)  # it was switched off meanwhile

    def pauses(self) -> dict[str, object]:
        """The waits that exchanges asked for, as plain JSON values with wall times, to be kept over a restart."""
        wall_ms, now = self._clock.wall_ms(), self._clock.boot_s()
        pauses = {name: desk.course.pause(wall_ms, now) for name, desk in tuple(self._known.items())}
        return {name: pause for name, pause in pauses.items() if pause is not None}

    def close(self) -> None:
        """Break off what is in flight and close all connections. Returns within 1.5 s, and the poll under way soon."""
        self._calls.close(CLOSE_S)
        self._http.close()

    def _check_clock(self) -> None:
        """Log once that the computer's clock is wrong, and once that it is right again."""
        found = clock_offset(desk.standing() for desk in self._desks)
        if found is not None and found.is_wrong != self._clock_is_wrong:
            self._clock_is_wrong = found.is_wrong
            log.log(logging.WARNING if found.is_wrong else logging.INFO, "This computer's clock is %s", found.text)

    def _desk_of(self, exchange: Exchange) -> Desk:
        """Its desk: the one that it had, unless it is another machine that is asked now."""
        name = exchange.source.name
        desk = self._known.get(name)
        if desk is None or desk.exchange.rest_url != exchange.rest_url:
            desk = self._known[name] = Desk(exchange, self._interval_s, self._clock, self._dice)
            desk.keep_pause(self._pauses.get(name))
        desk.exchange = exchange
        return desk

    def _named(self, name: str) -> list[Desk]:
        return [desk for desk in self._desks if desk.name == name]

    def _start(self, desk: Desk, inbox: Inbox, due: bool, now: float) -> bool:
        """Begin a turn, if there is something to ask, the exchange may be asked, and its last turn is over."""
        together, alone = desk.questions()
        if not (together or alone):
            desk.course.hastened = False  # there is nothing to hurry for
            return False
        if desk.call is not None or not due or not desk.budget.may_ask(now):
            return False
        desk.call = self._calls.begin()
        if desk.call is None:
            return False
        desk.course.asked(now)
        work = (desk, desk.call, together, alone, inbox)
        threading.Thread(target=self._work, args=work, name=f"ask-{desk.name}", daemon=True).start()
        return True

    def _work(self, desk: Desk, call: Call, together: list[Pair], alone: list[Pair], inbox: Inbox) -> None:
        """On a thread of its own: the turn of one exchange."""
        outcome = Outcome()
        try:
            with desk.line.for_poll(call):
                if not desk.is_paused():
                    outcome = Turn(
                        desk.exchange, self._http, call, self._clock, budget=desk.budget, asked=desk.last_asked
                    ).run(together, alone)
        except SourceError as error:
            outcome = Outcome(error=error)
        except Exception:  # noqa: BLE001  # the outermost line of this thread; the desk logs it
            outcome = Outcome(error=desk.internal_error())

        def hang_up() -> None:
            desk.call = None

        self._calls.end(call, hang_up)
        inbox.put((desk, outcome))


def _was_asked(standing: Standing) -> bool:
    """A fallback that was never needed stands neither well nor badly: nobody knows."""
    return not (standing.reason is None and standing.latency_ms is None and standing.paused_until_boot_s is None)
