"""All that is being asked right now, so that it can be broken off when the program ends."""

import threading
from collections.abc import Callable

from cryptoprices.net.call import Call


class Calls:
    """Thread-safe. closed: nothing new is asked."""

    def __init__(self) -> None:
        self.closed = False
        self._calls: set[Call] = set()
        self._changed = threading.Condition()

    def begin(self) -> Call | None:
        """A new call, None after the end."""
        with self._changed:
            if self.closed:
                return None
            call = Call()
            self._calls.add(call)
            return call

    def end(self, call: Call, then: Callable[[], None] = lambda: None) -> None:
        """The call is over. then: is done before anybody who waits for its end goes on."""
        with self._changed:
            self._calls.discard(call)
            then()
            self._changed.notify_all()

    def close(self, limit_s: float) -> None:
        """Break off what is under way and wait for its end, at most so long."""
        with self._changed:
            self.closed = True
            for call in self._calls:
                call.abort()
            self._changed.wait_for(lambda: not self._calls, limit_s)
