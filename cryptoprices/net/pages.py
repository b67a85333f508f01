"""Asks single pages of candles, between the polls and within what is left of the exchange's budget."""

import threading
from collections.abc import Callable
from typing import NamedTuple

from cryptoprices.clock import Clock
from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.market import Candle
from cryptoprices.core.source import CandleAsk
from cryptoprices.net.call import Call
from cryptoprices.net.calls import Calls
from cryptoprices.net.desk import Desk
from cryptoprices.net.http import Http
from cryptoprices.net.verdict import judged, made_ms

APART_S = 1.5  # a page is not begun so shortly before a poll, nor when it would still be under way then
RETRIES_S = (2.0, 6.0)  # after how long a page that failed is asked again
_SPARE_S = 0.5
_LATE_S = 0.5  # a poll that is due since longer does not come
_LOOK_S = 0.25  # how often it is looked whether the line is free
_IN_VAIN = {Reason.BLOCKED, Reason.MOVED, Reason.SIGN_IN}  # at least so soon


class Page(NamedTuple):
    """candles: complete ones, oldest first. made_ms: Unix ms by the exchange's clock when the answer was made."""

    candles: list[Candle]
    made_ms: int


class Stopped(Exception):
    """The person or the end of the program does not want the page any more."""


class Withheld(Exception):
    """The exchange is not asked now: it must wait, or fails. reason: why, benched: at the last step of its back-off."""

    def __init__(self, reason: Reason, benched: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.benched = reason, benched


class Pages:
    """next_poll_boot_s: when the next poll begins, in the past where none is awaited."""

    def __init__(self, http: Http, clock: Clock, calls: Calls, next_poll_boot_s: Callable[[], float]) -> None:
        self._http, self._clock, self._calls = http, clock, calls
        self._next_poll_boot_s = next_poll_boot_s

    def ask(self, desk: Desk, ask: CandleAsk, stop: threading.Event) -> Page:
        """The page, as soon as it may be asked; asked at most three times. Waits by stop.wait() only.

        Raises Withheld, Stopped, or SourceError: what the exchange says of the page, or that it says nothing. Where it
        asks to wait (or never to come back), its polls wait as well; all else holds for its pages only.
        """
        for wait_s in (*RETRIES_S, None):
            try:
                page = self._asked_between_polls(desk, ask, stop)
            except SourceError as error:
                if error.reason is Reason.UNKNOWN_PAIR or _is_for_all(error):
                    raise
                if wait_s is None or error.reason in _IN_VAIN:
                    desk.pages.failed(error, self._clock.boot_s())
                    raise
                self._pause(wait_s, stop)
            else:
                desk.pages.succeeded()
                return page
        raise AssertionError  # the last wait is None

    def _asked_between_polls(self, desk: Desk, ask: CandleAsk, stop: threading.Event) -> Page:
        while True:
            self._await_turn(desk, stop)
            call = self._calls.begin()
            if call is None:
                raise Stopped
            try:
                with desk.line.for_page(call) as ours:
                    if ours:
                        return self._asked(desk, ask, call)
            except SourceError:
                if self._calls.closed:
                    raise Stopped from None
                if not desk.line.was_pushed(call):
                    raise
            finally:
                self._calls.end(call)
            stop.wait(_LOOK_S)

    def _await_turn(self, desk: Desk, stop: threading.Event) -> None:
        """Until the exchange may be asked. Raises Withheld, Stopped."""
        while not stop.is_set() and not self._calls.closed:
            now = self._clock.boot_s()
            reason = desk.page_withheld(now)
            if reason is not None:
                raise Withheld(reason, desk.course.benched)
            free_s = desk.next_page_boot_s(now) - now
            to_poll_s = self._next_poll_boot_s() - now
            apart_s = max(APART_S, min(desk.page_s + _SPARE_S, desk.course.interval_s / 2))
            if free_s <= 0 and desk.call is None and not -_LATE_S < to_poll_s < apart_s:
                return
            stop.wait(min(max(free_s, 0.02), _LOOK_S))
        raise Stopped

    def _asked(self, desk: Desk, ask: CandleAsk, call: Call) -> Page:
        source, now = desk.exchange.source, self._clock.boot_s()
        desk.budget.asked(now, page=True)
        desk.pages.asked(now)
        try:
            with call.lasting(self._http.limits.total_s):
                answer = self._http.get(desk.exchange.rest_url + ask.path, call=call)
        finally:
            desk.page_s = self._clock.boot_s() - now
        error = judged(source.title, answer, source.refusal(answer))
        if error is not None:
            if _is_for_all(error):
                desk.refused_page(error)
            raise error
        return Page(source.read_candles(answer, ask), made_ms(answer))

    def _pause(self, seconds: float, stop: threading.Event) -> None:
        end = self._clock.boot_s() + seconds
        while (left_s := end - self._clock.boot_s()) > 0 and not stop.is_set() and not self._calls.closed:
            stop.wait(min(left_s, _LOOK_S))


def _is_for_all(error: SourceError) -> bool:
    """Whether the exchange says not of this page, but of all questions, that they must wait or are not welcome."""
    return error.reason is Reason.LIMITED or error.retry_after_s is not None or error.until_told
