"""The wall time that one exchange's turn may take, and how whatever is waiting meanwhile is ended when it is over."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class CallEnded(OSError):
    """The call's time is over, or it was broken off."""


class Call:
    """What is going on for one exchange. abort() may come from any thread; otherwise one thread at a time uses it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop: Callable[[], None] | None = None
        self._handle: socket.socket | None = None
        self.over = False

    @contextmanager
    def lasting(self, seconds: float) -> "Iterator[Call]":
        """The call itself, while inside; it is aborted after so many seconds of wall time."""
        timer = threading.Timer(seconds, self.abort)
        timer.daemon = True
        timer.start()
        try:
            yield self
        finally:
            timer.cancel()
            self.release()

    def abort(self) -> None:
        """End it now: shut the socket that is being read or written, wake the wait for a name."""
        with self._lock:
            self.over = True
            if self._stop is not None:
                self._stop()
            if self._handle is not None:
                with suppress(OSError):
                    self._handle.shutdown(socket.SHUT_RDWR)

    def watch(self, connection: socket.socket) -> None:
        """From now on this is the socket to be shut, by a handle of its own: TLS and http.client take theirs away."""
        self.release()
        with self._lock:
            if self.over:
                raise CallEnded("time is over")
            self._handle = socket.fromfd(connection.fileno(), connection.family, connection.type)

    def release(self) -> None:
        """There is no socket to be shut any more."""
        with self._lock:
            if self._handle is not None:
                self._handle.close()
                self._handle = None

    def pause(self, seconds: float) -> bool:
        """Wait so long; False if the call was ended before or meanwhile."""
        ended = threading.Event()
        with suppress(CallEnded), self.stopping(ended.set):
            return not ended.wait(seconds)
        return False

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """While inside, the end of the call also calls `stop` (which must not block)."""
        with self._lock:
            if self.over:
                raise CallEnded("time is over")
            self._stop = stop
        try:
            yield
        finally:
            with self._lock:
                self._stop = None
