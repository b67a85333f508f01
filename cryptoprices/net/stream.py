"""All exchanges' streams on one asyncio thread; the newest of each pair is handed on at most 10 times a second."""

import asyncio
import logging
import random
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from cryptoprices.clock import Clock
from cryptoprices.core.market import Pair, Round
from cryptoprices.core.source import Exchange
from cryptoprices.net.desk import asked_for
from cryptoprices.net.dial import Dialer, Wait
from cryptoprices.net.link import Link
from cryptoprices.net.outbox import Outbox
from cryptoprices.net.patience import Patience
from cryptoprices.net.pulse import BEAT_S, Pulse
from cryptoprices.net.resolver import Resolver

log = logging.getLogger(__name__)

CLOSE_S = 0.5


class Streams:
    """The streams of those exchanges that have one. Any thread may call; nothing here blocks but close().

    deliver(Round): what came in, called on the streams' thread, until close(). on_lost(name): the same moment that an
    exchange's prices stop to flow. proxy: as for Http. dice: 0..1, for the jitter. resolver: shared with Http.
    """

    def __init__(
        self,
        exchanges: Sequence[Exchange],
        clock: Clock,
        deliver: Callable[[Round], None],
        on_lost: Callable[[str], None],
        proxy: str = "system",
        *,
        dice: Callable[[], float] = random.random,
        resolver: Resolver | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._outbox, self._pulse = Outbox(clock, deliver), Pulse(clock)
        dialer = Dialer(resolver or Resolver(clock), clock, proxy, Wait())
        patience = patience or Patience()
        self._links = [
            Link(each, dialer, clock, self._outbox, on_lost, pulse=self._pulse, dice=dice, patience=patience)
            for each in exchanges
            if each.stream_url and not each.only_missing
        ]
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._early: list[partial[None]] = []  # to be called once there is a loop
        self._thread: threading.Thread | None = None
        self._over = asyncio.Event()

    def follow(self, pairs: Sequence[Pair]) -> None:
        """Stream these pairs from now on, each where the exchange has it (or has it in USDT, as in polls)."""
        self._start()
        self._call(self._follow, tuple(pairs))

    def wake(self) -> None:
        """After sleep: all connections anew at once, whatever state they seem to be in."""
        self._call(self._wake)

    def retry(self) -> None:
        """A person asks for it: what is down is tried now, also what otherwise waits until somebody says so."""
        self._call(self._retry)

    def close(self) -> None:
        """Nothing is delivered any more; all sockets are closed. Returns within 0.5 s."""
        self._outbox.closed = True
        if self._thread is not None and self._thread.ident is not None:
            self._call(self._over.set)
            self._thread.join(CLOSE_S)

    def _start(self) -> None:
        if self._thread is None and not self._outbox.closed:
            self._thread = threading.Thread(target=self._work, name="streams", daemon=True)
            self._thread.start()

    def _call(self, function: Callable[..., None], *args: object) -> None:
        if self._thread is None:
            return
        with self._lock, suppress(RuntimeError):  # its thread has ended
            if self._loop is None:
                self._early.append(partial(function, *args))
            else:
                self._loop.call_soon_threadsafe(function, *args)

    def _work(self) -> None:
        try:
            with asyncio.Runner() as runner:  # made here: a signal that ends the program may leave one half made
                runner.run(self._live())
        except Exception:  # the outermost line of this thread
            log.exception("The streams have ended; polling goes on")

    async def _live(self) -> None:
        with self._lock:
            self._loop = asyncio.get_running_loop()
            for call in self._early:
                self._loop.call_soon(call)
            self._early.clear()
        self._pulse.begin()
        beat = asyncio.get_running_loop().create_task(self._beat())
        await self._over.wait()
        beat.cancel()
        await asyncio.gather(*(link.stop() for link in self._links))
        for _ in range(10):  # closing takes asyncio some rounds
            await asyncio.sleep(0)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            if self._pulse.beat():
                self._wake()

    def _follow(self, pairs: tuple[Pair, ...]) -> None:
        for link in self._links:
            link.follow(asked_for(link.exchange.source, pairs))

    def _wake(self) -> None:
        for link in self._links:
            link.wake()

    def _retry(self) -> None:
        for link in self._links:
            link.retry()
