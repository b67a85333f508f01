"""Name lookup that never holds more than two threads, however long the name server is silent.

getaddrinfo cannot be broken off, so it runs on threads of its own that end when nothing waits for an answer any more.
"""

import ipaddress
import itertools
import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence

from cryptoprices.clock import Clock
from cryptoprices.net.call import Call

log = logging.getLogger(__name__)

THREADS = 2
KEEP_S = 60.0
PREFER_S = 600.0  # how long the family of addresses that answered is tried first
ATTEMPTS = 3

Address = tuple[socket.AddressFamily, str]
Lookup = Callable[[str], Sequence[Address]]


class LookupSilent(OSError):
    """The name server did not answer in time."""


def system_lookup(host: str) -> list[Address]:
    """All addresses of a host name, as the system finds them. Raises socket.gaierror; may block for long."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [(family, str(address[0])) for family, _, _, _, address in found]


class _Question:
    def __init__(self) -> None:
        self.waiting: list[threading.Event] = []
        self.addresses: Sequence[Address] = ()
        self.error: OSError | None = None


class Resolver:
    """Looks names up for all exchanges together; an answer is kept for a minute. Thread-safe."""

    def __init__(self, clock: Clock, lookup: Lookup = system_lookup) -> None:
        self._clock = clock
        self._lookup = lookup
        self._lock = threading.Lock()
        self._open: dict[str, _Question] = {}
        self._queue: deque[str] = deque()
        self._threads = 0
        self._kept: dict[str, tuple[float, Sequence[Address]]] = {}
        self._preferred: dict[str, tuple[float, socket.AddressFamily]] = {}

    def connect(self, host: str, port: int, wait_s: float, connect_s: float, call: Call) -> socket.socket:
        """A connection to host. wait_s: for the name server; connect_s: for all attempts together, each an equal share.

        IPv6 and IPv4 addresses take turns, so that a black hole of one family costs only its share; the family that
        answered goes first for ten minutes. Raises OSError, LookupSilent, socket.gaierror, CallEnded.
        """
        addresses = self._in_turn(host, self.addresses(host, wait_s, call))[:ATTEMPTS]
        error: OSError = OSError("no address")
        for family, address in addresses:
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                call.watch(connection)
                connection.settimeout(connect_s / len(addresses))
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.connect((address, port))
            except OSError as failure:
                connection.close()
                error = failure
                if call.over:
                    raise
            else:
                connection.settimeout(connect_s)  # for shaking hands
                self._preferred[host] = (self._clock.boot_s() + PREFER_S, family)
                return connection
        raise error

    def addresses(self, host: str, wait_s: float, call: Call) -> Sequence[Address]:
        """The addresses of a host, within wait_s. Raises LookupSilent, socket.gaierror or CallEnded."""
        try:
            literal = ipaddress.ip_address(host)
        except ValueError:
            pass
        else:
            return [(socket.AF_INET6 if literal.version == 6 else socket.AF_INET, host)]
        with self._lock:
            until, kept = self._kept.get(host, (0.0, ()))
            if self._clock.boot_s() < until:
                return kept
            question = self._ask(host)
            answered = threading.Event()
            question.waiting.append(answered)
        try:
            with call.stopping(answered.set):
                answered.wait(wait_s)
        finally:
            with self._lock:
                question.waiting.remove(answered)
        if question.error is not None:
            raise question.error
        if not question.addresses:
            raise LookupSilent("name lookup is not answering")
        return question.addresses

    def _ask(self, host: str) -> _Question:
        if host in self._open:
            return self._open[host]
        question = self._open[host] = _Question()
        self._queue.append(host)
        if self._threads < THREADS:
            self._threads += 1
            threading.Thread(target=self._work, name="name-lookup", daemon=True).start()
        return question

    def _work(self) -> None:
        while True:
            with self._lock:
                while self._queue and not self._open[self._queue[0]].waiting:
                    del self._open[self._queue.popleft()]  # whoever asked has gone
                if not self._queue:
                    self._threads -= 1
                    return
                host = self._queue.popleft()
                question = self._open[host]
            try:
                question.addresses = self._lookup(host)
            except OSError as error:
                question.error = error
            except Exception:  # the outermost line of this thread
                log.exception("Name lookup failed")
                question.error = OSError("name lookup failed")
            with self._lock:
                del self._open[host]
                if question.addresses:
                    self._kept[host] = (self._clock.boot_s() + KEEP_S, question.addresses)
                for answered in question.waiting:
                    answered.set()

    def _in_turn(self, host: str, addresses: Sequence[Address]) -> list[Address]:
        until, family = self._preferred.get(host, (0.0, socket.AF_INET6))
        first = family if self._clock.boot_s() < until else socket.AF_INET6
        mine = [address for address in addresses if address[0] == first]
        others = [address for address in addresses if address[0] != first]
        turns = itertools.chain.from_iterable(itertools.zip_longest(mine, others))
        return [address for address in turns if address is not None]
