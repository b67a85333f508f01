"""One exchange's stream over many connections: subscribe, watch over it, begin anew, wait where that does not help."""

import asyncio
import logging
from collections.abc import Callable
from math import inf

from picows import WSError

from cryptoprices.clock import Clock
from cryptoprices.core.errors import BadPayload, Reason, SourceError
from cryptoprices.core.market import Flow, Pair
from cryptoprices.core.source import Exchange
from cryptoprices.net.dial import Dialer
from cryptoprices.net.outbox import Outbox
from cryptoprices.net.patience import Patience
from cryptoprices.net.pulse import Pulse
from cryptoprices.net.talk import AskedAnew, Talk
from cryptoprices.net.tries import Tries

log = logging.getLogger(__name__)


class Link:
    """Lives in the loop of the streams, where all is called. on_lost(name): prices flowed, and no longer do.

    dice: 0..1, for the jitter.
    """

    def __init__(
        self,
        exchange: Exchange,
        dialer: Dialer,
        clock: Clock,
        outbox: Outbox,
        on_lost: Callable[[str], None],
        *,
        pulse: Pulse,
        dice: Callable[[], float],
        patience: Patience,
    ) -> None:
        self.exchange = exchange
        self._dialer, self._clock, self._outbox = dialer, clock, outbox
        self._on_lost, self._pulse, self._patience = on_lost, pulse, patience
        self._tries = Tries(patience, dice)
        self._pairs: tuple[Pair, ...] = ()
        self._flow = Flow(exchange.source.name)
        self._task: asyncio.Task[None] | None = None
        self._down = False

    def follow(self, pairs: tuple[Pair, ...]) -> None:
        """From now on these pairs; a change of them takes a new connection."""
        if pairs != self._pairs:
            self._pairs = pairs
            self._begin()

    def wake(self) -> None:
        """A new connection at once, unless this one was only just begun. A Retry-After still holds."""
        if not self._tries.is_fresh(self._clock.boot_s()):
            self._begin()

    def retry(self) -> None:
        """A person asks: try at once where nothing flows. A Retry-After still holds."""
        if not self._flow.pairs:
            self.wake()

    def _begin(self) -> None:
        """A new connection, whatever there is."""
        if self._task is not None:
            self._task.cancel()
        self._tries.forget()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End it for good; returns when nothing is open any more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _run(self) -> None:
        """One connection after the other, until cancelled."""
        while self._pairs:
            if asyncio.current_task() is not self._task:
                return  # a library took the cancellation for a failure
            await self._wait()
            self._tries.begin(self._clock.boot_s())
            try:
                if not await self._talk():
                    break
                self._tries.forget()
            except SourceError as error:
                self._fail(error)
            except Exception:  # the outermost line of this task
                log.exception("%s: internal error in its stream", self.exchange.source.name)
                title = self.exchange.source.title
                self._fail(SourceError(Reason.INTERNAL, f"{title}'s stream: internal error; the log has the details."))
        self._show(frozenset())

    async def _wait(self) -> None:
        while (left_s := self._tries.due_boot_s - self._clock.boot_s()) > 0:
            await asyncio.sleep(min(left_s, 3600.0))

    async def _talk(self) -> bool:
        """One connection from its beginning to its end. False where the exchange has no stream.

        Returns where a new connection is to be made at once; raises SourceError where this one failed.
        """
        source = self.exchange.source
        session = source.session(self._pairs)
        if session is None:
            return False

        def show() -> None:
            """Not the steps of a subscription that takes the place of an earlier one."""
            if talk.is_settled or self._flow.pairs <= talk.accepted:
                self._show(frozenset(talk.accepted))

        talk = Talk(source, session, self._clock, self._outbox, self._pulse, changed=show)
        try:
            await self._dialer.open(self.exchange, lambda: talk)
            reason = await self._watch(talk)
        finally:
            broken = await talk.close()
        if broken is not None and not isinstance(broken, WSError):
            raise broken
        if broken is not None:
            raise BadPayload(f"{source.title}'s stream sends something that is no WebSocket: {broken.args[-1]}.")
        if reason is not None and not (isinstance(reason, AskedAnew) and self._is_steady(talk)):
            raise reason
        return True

    async def _watch(self, talk: Talk) -> SourceError | None:
        """Wait for the end of a connection, and bring it about where it is silent."""
        patience, title = self._patience, self.exchange.source.title
        while not talk.ended.done():
            now = self._clock.boot_s()
            silent_s, old_s = now - talk.heard_boot_s, now - talk.opened_boot_s
            if silent_s >= patience.dead_s:
                return SourceError(Reason.TIMEOUT, f"{title}'s stream fell silent.")
            if not talk.accepted and old_s >= patience.ack_s:
                return SourceError(Reason.TIMEOUT, f"{title}'s stream does not acknowledge the subscription.")
            if silent_s >= patience.ask_s and not talk.asked:
                talk.ask()
            waits = [(patience.dead_s if talk.asked else patience.ask_s) - silent_s]
            if old_s < patience.ack_s:
                waits.append(patience.ack_s - old_s)
            else:
                self._show(frozenset(talk.accepted))  # nobody else is going to be acknowledged
            if not self._is_steady(talk):
                waits.append(max(patience.steady_s - old_s, patience.ack_s - old_s))
            elif self._down or self._tries.failures:
                self._recover()
            await asyncio.wait({talk.ended}, timeout=max(0.001, min(waits)))
        return talk.ended.result()

    def _is_steady(self, talk: Talk) -> bool:
        return bool(talk.accepted) and self._clock.boot_s() - talk.opened_boot_s >= self._patience.steady_s

    def _recover(self) -> None:
        if self._down:
            log.info("%s: its stream flows again", self.exchange.source.name)
        self._down = False
        self._tries.recover()

    def _show(self, accepted: frozenset[Pair]) -> None:
        """These pairs flow now, and nothing is wrong."""
        self._change(Flow(self._flow.exchange, accepted))

    def _fail(self, error: SourceError) -> None:
        name, lost = self.exchange.source.name, bool(self._flow.pairs)
        self._tries.fail(error, self._clock.boot_s())
        if not self._down:
            log.warning("%s: its stream is down: %s", name, error.text)
        self._down = True
        due = self._tries.due_boot_s
        self._change(Flow(name, frozenset(), error.text, None if due == inf else due))
        if lost:
            self._on_lost(name)

    def _change(self, flow: Flow) -> None:
        if flow != self._flow:
            self._flow = flow
            self._outbox.tell(flow)
