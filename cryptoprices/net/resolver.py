"""Name lookup that never holds more than two threads, however long the name server is silent.

getaddrinfo cannot be broken off, so it runs on threads of its own that end when nothing waits for an answer any more.
"""

import ipaddress
import itertools
import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

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


class Question:
    """What the name server was asked, perhaps by several together."""

    def __init__(self, addresses: Sequence[Address] = ()) -> None:
        self.waiting: list[Callable[[], None]] = []
        self.addresses = addresses
        self.error: OSError | None = None

    def result(self) -> Sequence[Address]:
        """The answer. Raises socket.gaierror, or LookupSilent where there is none yet."""
        if self.error is not None:
            raise self.error
        if not self.addresses:
            raise LookupSilent("name lookup is not answering")
        return self.addresses


class Resolver:
    """Looks names up for all exchanges together; an answer is kept for a minute. Thread-safe."""

    def __init__(self, clock: Clock, lookup: Lookup = system_lookup) -> None:
        self._clock = clock
        self._lookup = lookup
        self._lock = threading.Lock()
        self._open: dict[str, Question] = {}
        self._queue: deque[str] = deque()
        self._threads = 0
        self._kept: dict[str, tuple[float, Sequence[Address]]] = {}
        self._preferred: dict[str, tuple[float, socket.AddressFamily]] = {}

    def connect(self, host: str, port: int, wait_s: float, connect_s: float, call: Call) -> socket.socket:
        """A connection to host. wait_s: for the name server; connect_s: for all attempts together, each an equal share.

        IPv6 and IPv4 addresses take turns, so that a black hole of one family costs only its share; the family that
        answered goes first for ten minutes. Raises OSError, LookupSilent, socket.gaierror, CallEnded.
        """
        addresses = self.in_turn(host, self.addresses(host, wait_s, call))[:ATTEMPTS]
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
                self.prefer(host, family)
                return connection
        raise error

    def addresses(self, host: str, wait_s: float, call: Call) -> Sequence[Address]:
        """The addresses of a host, within wait_s. Raises LookupSilent, socket.gaierror or CallEnded."""
        answered = threading.Event()
        with self.asked(host, answered.set) as question:
            if not question.addresses:
                with call.stopping(answered.set):
                    answered.wait(wait_s)
        return question.result()

    @contextmanager
    def asked(self, host: str, ring: Callable[[], None]) -> Iterator[Question]:
        """The question for a host; it has its addresses at once where they are known.

        Otherwise ring() is called, on another thread and only while inside, when it is answered; it must not block.
        """
        try:
            literal = ipaddress.ip_address(host)
        except ValueError:
            pass
        else:
            yield Question([(socket.AF_INET6 if literal.version == 6 else socket.AF_INET, host)])
            return
        with self._lock:
            until, kept = self._kept.get(host, (0.0, ()))
            known = self._clock.boot_s() < until
            question = Question(kept) if known else self._ask(host)
            question.waiting.append(ring)
        try:
            yield question
        finally:
            with self._lock:
                question.waiting.remove(ring)

    def in_turn(self, host: str, addresses: Sequence[Address]) -> list[Address]:
        """The addresses in the order in which they are tried, the families taking turns."""
        until, family = self._preferred.get(host, (0.0, socket.AF_INET6))
        first = family if self._clock.boot_s() < until else socket.AF_INET6
        mine = [address for address in addresses if address[0] == first]
        others = [address for address in addresses if address[0] != first]
        turns = itertools.chain.from_iterable(itertools.zip_longest(mine, others))
        return [address for address in turns if address is not None]

    def prefer(self, host: str, family: socket.AddressFamily) -> None:
        """An address of this family answered: the next ten minutes, its like go first."""
        self._preferred[host] = (self._clock.boot_s() + PREFER_S, family)

    def _ask(self, host: str) -> Question:
        if host in self._open:
            return self._open[host]
        question = self._open[host] = Question()
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
                for ring in question.waiting:
                    ring()
