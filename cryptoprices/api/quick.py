"""What is published, answered as soon as its question is read, without a task of its own.

What is sent is what the usual way sends: the gate judges each question, and the meter counts each answer.
"""

import logging
from functools import lru_cache

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from cryptoprices.api.gate import Gate
from cryptoprices.api.hot import Headers, Hot, Scope
from cryptoprices.api.meter import Meter
from cryptoprices.api.problems import Problem

log = logging.getLogger(__name__)


class Quick:
    """Used on the API's loop alone. publishes(path): whether it is worth while to ask for an answer."""

    def __init__(self, gate: Gate, hot: Hot, meter: Meter) -> None:
        self._gate, self._hot, self._meter = gate, hot, meter
        self.publishes = hot.publishes

    def answer(self, scope: Scope, date: Headers) -> bytes | None:
        """All that is sent; None, and nothing counted, where it must go the usual way. date: what goes with all."""
        try:
            ready = self._hot.ready(scope)
            if ready is None:
                return None
            try:
                told = self._gate.admit(scope)
            except Problem as refusal:
                ready, told = self._gate.refusal(scope, refusal), ()
        except Exception:  # a fault: on the usual way there is a last line that answers it
            log.exception("%s cannot be answered at once", scope["path"])
            return None
        status, headers, age, body = ready
        self._meter.answers[status // 100] += 1
        return b"".join((STATUS_LINE[status], lines(date), lines(headers), lines(age + told), b"\r\n", body))


@lru_cache(1000)
def lines(headers: Headers) -> bytes:
    """As they are sent."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])
