"""What is known of one exchange from poll to poll: when it may be asked, for what, and how it stands."""

import logging
import math
import threading
from collections.abc import Callable, Iterable

from cryptoprices.clock import Clock
from cryptoprices.core.budget import MINUTE_S, Budget
from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.listing import Listing
from cryptoprices.core.market import Pair, Standing
from cryptoprices.core.schedule import Course, Refusals
from cryptoprices.core.source import Exchange, Source
from cryptoprices.net.call import Call
from cryptoprices.net.line import Line
from cryptoprices.net.turn import Outcome
from cryptoprices.net.verdict import NotReached, clock_time

log = logging.getLogger(__name__)

_FINAL = (Reason.LIMITED, Reason.BLOCKED, Reason.MOVED, Reason.INTERNAL)  # whatever came in before


class Desk:
    """One exchange. Changed by the polling thread, and where a page of candles says something about the exchange.

    call: its turn under way, None between turns. line: who speaks with it. pages: when pages may be asked again that
    failed, while its prices come. page_s: how long the last page took.
    """

    def __init__(self, exchange: Exchange, interval_s: float, clock: Clock, dice: Callable[[], float]) -> None:
        self.exchange = exchange
        own_s = exchange.source.interval_s if exchange.source.interval_s > Source.interval_s else 0
        self.course = Course(interval_s, own_s, dice)
        self.pages = Course(interval_s, 0.0, dice)
        self.page_s = 0.0
        self.budget = Budget(exchange.source.budget_per_min, exchange.source.budget_per_s)
        self.line = Line()
        self.call: Call | None = None
        self.last_asked: dict[Pair, float] = {}
        self.wanted: tuple[Pair, ...] = ()
        self._clock = clock
        self._lock = threading.RLock()
        self._cost = 0
        self._refusals = Refusals()
        self._absent: frozenset[Pair] = frozenset()
        self._listing = Listing()
        self._text = ""
        self._down = False
        self._internal_errors = 0
        self._latency_ms: float | None = None
        self._offset_ms: float | None = None

    @property
    def name(self) -> str:
        """The exchange's name, as in the settings."""
        return self.exchange.source.name

    def is_paused(self) -> bool:
        """Whether the exchange asked us to wait until later than now."""
        paused = self.course.paused_until_boot_s
        return paused is not None and self._clock.boot_s() < paused

    def keep_pause(self, saved: object) -> None:
        """Take up a pause of an earlier run (Course.pause)."""
        self.course.keep_pause(saved, self._clock.wall_ms(), self._clock.boot_s())
        if self.course.reason is not None:
            self._text = f"{self.exchange.source.title} is limited: it asked us to wait."

    def want(self, pairs: Iterable[Pair]) -> None:
        """What it is asked for from now on."""
        self.wanted = asked_for(self.exchange.source, pairs)

    def questions(self) -> tuple[list[Pair], list[Pair]]:
        """The wanted pairs (to be asked together, each alone), without those that are at rest."""
        return self._refusals.split(self.wanted, self._clock.boot_s())

    def lacks(self, pair: Pair) -> bool:
        """Whether it does not list the pair, or said so."""
        return pair in self._absent or pair in self._refusals or not self.exchange.source.lists(pair)

    def has_none(self, pair: Pair) -> bool:
        """Whether no price of the pair is to be expected: it does not list it, or no longer."""
        return self.lacks(pair) or pair in self._listing.delisted

    def take(self, outcome: Outcome) -> None:
        """Note what a turn brought, log a change."""
        now = self._clock.boot_s()
        for pair in outcome.refused:
            self._refusals.refused(pair, now)
        for quote in outcome.quotes:
            self._refusals.accepted(quote.pair)
        self._listing.answered(outcome.quotes, {*outcome.refused, *outcome.absent})
        if outcome.quotes:  # a row that was there before is only broken
            self._absent = frozenset(pair for pair in outcome.absent if not self._listing.had(pair))
        if outcome.latency_ms is not None:
            self._latency_ms, self._offset_ms = outcome.latency_ms, outcome.clock_offset_ms
        self._cost = outcome.requests or self._cost
        error = outcome.error
        with self._lock:
            if error is not None and (not outcome.quotes or error.reason in _FINAL or error.retry_after_s is not None):
                self._fail(error, now)
                return
            if not self.is_paused():  # a page was told to wait before the turn could begin
                self._text = error.text if error else ""
                self.course.succeeded()
                if self._down:
                    log.info("%s answers again", self.name)
                self._down = False

    def refused_page(self, error: SourceError) -> None:
        """It said to a page that it does not want to be asked, now or ever: that holds for prices as well."""
        with self._lock:
            self._fail(error, self._clock.boot_s())

    def page_withheld(self, now: float) -> Reason | None:
        """Why no page may be asked (it must wait, or its prices or pages fail), None where one may."""
        for course in (self.course, self.pages):
            if course.reason is not None and (course.next_ask_boot_s is None or now < course.next_ask_boot_s):
                return course.reason
        return None

    def next_page_boot_s(self, now: float) -> float:
        """When its budget has room for a page, besides the polls that go on."""
        asked, period_s = self.course.asked_boot_s, max(self.course.interval_s, self.course.own_interval_s)
        polls = math.ceil(MINUTE_S / period_s) if asked is not None and now - asked < 2 * period_s else 0
        return self.budget.next_page_boot_s(now, polls * self._cost)

    def internal_error(self) -> SourceError:
        """A fault of ours in its turn (called in an `except` block): logged where it is new."""
        self._internal_errors += 1
        if self.course.reason is not Reason.INTERNAL:
            log.exception("%s: internal error", self.name)
        text = f"{self.exchange.source.title}: internal error ({self._internal_errors}); the log has the details."
        return SourceError(Reason.INTERNAL, text)

    def standing(self) -> Standing:
        """How it stands now, in words as well."""
        course, now = self.course, self._clock.boot_s()
        paused, next_ask = course.paused_until_boot_s, course.next_ask_boot_s
        if next_ask is not None and not self.budget.may_ask(now):
            next_ask = max(next_ask, self.budget.next_free_boot_s(now))
        return Standing(
            self.name,
            course.reason,
            self._said(now),
            course.failures,
            next_ask,
            paused if paused is not None and paused > now else None,
            course.benched,
            frozenset(pair for pair in self.wanted if self.lacks(pair)),
            self._latency_ms,
            self._offset_ms,
            self.budget.used(now),
            self.budget.limit,
            self._listing.delisted,
        )

    def _fail(self, error: SourceError, now: float) -> None:
        self._text = error.text
        self.course.failed(error, now, local=isinstance(error, NotReached))
        if not self._down:
            log.warning("%s: %s", self.name, error.text)
        self._down = True

    def _said(self, now: float) -> str:
        if self.call is not None:
            return f"{self.exchange.source.title} still hangs on an earlier question; it is not asked meanwhile."
        if self.course.reason is None or self.course.next_ask_boot_s is None:
            return self._text
        wall_ms = self._clock.wall_ms()
        at = clock_time(wall_ms + max(0.0, self.course.next_ask_boot_s - now) * 1000, wall_ms)
        return f"{self._text.rstrip('.')}; asking again at {at}."


def asked_for(source: Source, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """What an exchange is asked for: those of `pairs` that it lists, in their order.

    Where it has a coin only in USDT, that price is asked for in place of the one in USD.
    """
    wanted: dict[Pair, None] = {}
    for pair in pairs:
        in_usdt = Pair(pair.base, "USDT")
        if source.lists(pair):
            wanted[pair] = None
        elif pair.quote == "USD" and pair.base != "USDT" and source.lists(in_usdt):
            wanted[in_usdt] = None
    return tuple(wanted)
