"""One poll from its first question to its end: who is asked, and whose answer is waited for."""

import queue
import threading
from collections.abc import Callable, Sequence

from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Pair, Quote
from cryptoprices.net.desk import Desk
from cryptoprices.net.turn import Outcome
from cryptoprices.net.verdict import NotReached

Inbox = queue.SimpleQueue[tuple[Desk, Outcome] | None]
Tell = Callable[[tuple[Quote, ...], Sequence[Desk]], None]


class Poll:
    """Runs on the polling thread. start(desk, inbox): begin its turn if it may be asked; its outcome goes to the inbox.

    tell(quotes, desks): hand on what came in, with how these exchanges stand now.
    """

    def __init__(self, desks: Sequence[Desk], start: Callable[[Desk, Inbox], bool], tell: Tell) -> None:
        self._regular = [desk for desk in desks if not desk.exchange.only_missing]
        self._fallbacks = [desk for desk in desks if desk.exchange.only_missing]
        self._start = start
        self._tell = tell
        self._inbox: Inbox = queue.SimpleQueue()
        self._asked: set[Desk] = set()
        self._got: set[Pair] = set()

    def run(self, pairs: Sequence[Pair], limit_s: float) -> None:
        """Ask everybody who may be asked, and return when all are done, at the latest after limit_s of wall time."""
        spare_s = min(0.3, limit_s / 20)  # for those who are told to stop to hand over what they have
        timer = threading.Timer(limit_s - spare_s, self._inbox.put, (None,))
        timer.daemon = True
        timer.start()
        try:
            self._ask(self._regular, pairs)
            self._gather(pairs)
        finally:
            timer.cancel()
            self._stop()
        self._gather_rest(spare_s)
        self._see_outage()

    def _ask(self, desks: Sequence[Desk], pairs: Sequence[Pair]) -> None:
        for desk in desks:
            desk.want(pairs)
            if self._start(desk, self._inbox):
                self._asked.add(desk)

    def _gather(self, pairs: Sequence[Pair]) -> None:
        """Take answers until all are in or the time is up; the fallbacks are asked as soon as it is known for what."""
        fallbacks = self._fallbacks
        while self._asked or fallbacks:
            missing = [pair for pair in pairs if all(desk.has_none(pair) for desk in self._regular)]
            if fallbacks and (missing or not any(self._is_open(pair) for pair in pairs)):
                self._ask(fallbacks, missing)
                fallbacks = []
                continue
            item = self._inbox.get()
            if item is None:
                return
            self._take(*item)

    def _is_open(self, pair: Pair) -> bool:
        """Whether somebody who is being asked may still refuse the pair, and nobody has given it."""
        return pair not in self._got and any(not desk.lacks(pair) for desk in self._asked)

    def _take(self, desk: Desk, outcome: Outcome) -> None:
        self._asked.discard(desk)
        self._got.update(quote.pair for quote in outcome.quotes)
        desk.take(outcome)
        self._tell(outcome.quotes, [desk])

    def _stop(self) -> None:
        for desk in self._asked:
            if call := desk.call:
                call.abort()

    def _gather_rest(self, spare_s: float) -> None:
        """What those who were told to stop have; who says nothing is stuck in something that cannot be broken off."""
        try:
            while self._asked:
                if item := self._inbox.get(timeout=spare_s):
                    self._take(*item)
        except queue.Empty:
            for desk in tuple(self._asked):
                title = desk.exchange.source.title
                self._take(desk, Outcome(error=NotReached(Reason.TIMEOUT, f"{title} did not answer in time.")))

    def _see_outage(self) -> None:
        """If nobody answers, it is likely our own network: nobody is then waited for longer than a minute."""
        wanted = [desk for desk in self._regular if desk.wanted]
        if wanted and all(desk.course.reason is not None for desk in wanted):
            for desk in wanted:
                desk.course.outage()
