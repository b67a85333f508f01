"""The line to one exchange: its poll speaks, or a page of candles is asked, never both at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cryptoprices.core.errors import Reason
from cryptoprices.net.call import Call
from cryptoprices.net.verdict import NotReached

PATIENCE_S = 1.0  # how long a poll lets a page go on that is being asked
_STUCK_S = 8.0


class Line:
    """Polls go first: a page gives the line back soon, and is broken off otherwise."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._call: Call | None = None
        self._waiting = 0
        self._pushed: Call | None = None

    @contextmanager
    def for_poll(self, call: Call) -> Iterator[None]:
        """Speak, as soon as the page under way is over. Raises NotReached where it cannot be broken off."""
        with self._free:
            self._waiting += 1
            try:
                if not self._free.wait_for(lambda: self._call is None, PATIENCE_S) and self._call is not None:
                    self._pushed = self._call
                    self._call.abort()
                    if not self._free.wait_for(lambda: self._call is None, _STUCK_S):
                        raise NotReached(Reason.TIMEOUT, "An earlier question does not end.")
                self._call = call
            finally:
                self._waiting -= 1
        try:
            yield
        finally:
            self._release()

    @contextmanager
    def for_page(self, call: Call) -> Iterator[bool]:
        """Whether the page may be asked now; while inside the line is its own."""
        with self._free:
            got = self._call is None and not self._waiting
            if got:
                self._call = call
        try:
            yield got
        finally:
            if got:
                self._release()

    def was_pushed(self, call: Call) -> bool:
        """Whether this page was broken off to make room for a poll: it is asked again, and nobody is to blame."""
        return self._pushed is call

    def _release(self) -> None:
        with self._free:
            self._call = None
            self._free.notify_all()
