"""The same question in the same words over the same connection, of what is published: answered without being read anew.

Programs that ask again and again over a kept connection send the same bytes each time. What the gate has said of them
holds for as long as it depends on nothing but them: on loopback, without a token. The answer is that of hot.py.
"""

from typing import NamedTuple

from cryptoprices.api.gate import Gate
from cryptoprices.api.hot import Scope
from cryptoprices.api.meter import Meter
from cryptoprices.api.publish import Answer, Publisher
from cryptoprices.clock import Clock

_JUDGED_ANEW = frozenset((b"authorization", b"if-none-match", b"connection", b"expect"))


class _Ready(NamedTuple):
    """of: whose bytes these are. text: head and body, but for status, date and age."""

    of: Answer
    text: bytes


class Quick:
    """Used on the API's loop alone."""

    def __init__(self, gate: Gate, publisher: Publisher, clock: Clock, meter: Meter) -> None:
        self._gate, self._publisher, self._clock, self._meter = gate, publisher, clock, meter
        self._ready: dict[str, _Ready] = {}

    def knows(self, scope: Scope) -> bool:
        """Whether this request may be answered by answer() from now on, whenever it comes in the same words."""
        return (
            scope["method"] == "GET"
            and scope["path"] in self._publisher.current.answers
            and not scope["query_string"]
            and not any(name in _JUDGED_ANEW for name, _ in scope["headers"])
            and self._gate.always_passes(scope)
        )

    def answer(self, path: str, date: bytes) -> bytes | None:
        """All that is sent, None where it is not published any more. date: a line with its end."""
        now_boot_s = self._clock.boot_s()
        publication = self._publisher.as_of(now_boot_s)
        answer = publication.answers.get(path)
        if answer is None:
            return None
        ready = self._ready.get(path)
        if ready is None or ready.of is not answer:
            lines = b"".join(b"%b: %b\r\n" % header for header in answer.headers)
            ready = self._ready[path] = _Ready(answer, lines + b"\r\n" + answer.body)
        self._meter.answers[2] += 1
        return b"HTTP/1.1 200 OK\r\n%bage: %d\r\n%b" % (date, max(0, now_boot_s - publication.boot_s), ready.text)
