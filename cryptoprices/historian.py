"""Writes down what a run hears: the prices of each poll, and from when to when there were none and why."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from cryptoprices.clock import Clock
from cryptoprices.core.freshness import State
from cryptoprices.core.ledger import Gap, GapReason, Ledger
from cryptoprices.core.market import Pair, Quote, Round
from cryptoprices.core.snapshot import Snapshot
from cryptoprices.storage.history import Sample

_LONGEST_S = 45.0  # without a price for longer than it counts as live, there is a gap
_HALT_S = 30.0  # a round that comes so much later than the next poll was due: the machine slept


class Keeps(Protocol):
    """What it writes to: storage.history.History. Never blocks."""

    def put_samples(self, samples: list[Sample]) -> None:
        """Keep the prices of a round."""

    def put_gap(self, gap: Gap) -> None:
        """Keep that there are no prices of this time."""


class Historian:
    """Used by the thread that owns the board. interval_s: how often each exchange is asked, by name.

    last_ms: wall time of the newest price of earlier runs, None where there is none.
    """

    def __init__(self, history: Keeps, interval_s: Mapping[str, float], clock: Clock, last_ms: int | None) -> None:
        self._history = history
        self._clock = clock
        self._ledger = Ledger({})
        self.set_intervals(interval_s)
        self._heard_ms = last_ms
        self._silence = GapReason.CLOSED  # why nothing was heard since then
        self._quiet = True
        self._told = False  # that it is quiet, before it is over
        self._written: dict[tuple[str, Pair], Quote] = {}

    def set_intervals(self, interval_s: Mapping[str, float]) -> None:
        """Each exchange is asked so often from now on."""
        self._ledger.set_longest({n: round(1000 * max(_LONGEST_S, 2 * each + 5)) for n, each in interval_s.items()})
        self._longest_s = min(interval_s.values(), default=0.0) + _HALT_S
        self._round_boot_s = self._clock.boot_s()  # what was waited for until now was no halt

    def take(self, round_: Round, snapshot: Snapshot) -> list[Gap]:
        """A round has come in; snapshot: what is known after it. At a poll's end its prices are written down.

        Returns the times without prices that it ends.
        """
        now_ms, now_boot_s = self._clock.wall_ms(), self._clock.boot_s()
        if now_boot_s - self._round_boot_s > self._longest_s:
            self.rest(GapReason.ASLEEP)
        self._round_boot_s = now_boot_s
        gaps = self._end_silence(now_ms) if round_.quotes else []
        if self._quiet and not self._told and self._heard_ms is not None:
            self._told = True  # the charts know by then why they have nothing, though nobody answers yet
            self._history.put_gap(Gap(None, self._heard_ms, now_ms, self._silence))
        gaps += self._ledger.take(round_, now_ms)
        for gap in gaps:
            self._history.put_gap(gap)
        if round_.quotes:
            self._heard_ms = now_ms
        if round_.last and (samples := list(self._samples(snapshot))):
            self._history.put_samples(samples)
        return gaps

    def rest(self, reason: GapReason) -> None:
        """Nobody is asked from now on, or was asked since the last round, until the next price comes."""
        if not self._quiet:
            self._quiet, self._told, self._silence = True, False, reason

    def close(self) -> None:
        """The run ends: what is missing now is written down as far as it is known."""
        if not self._quiet:
            for gap in self._ledger.ended(self._clock.wall_ms()):
                self._history.put_gap(gap)

    def _end_silence(self, now_ms: int) -> list[Gap]:
        if not self._quiet:
            return []
        self._quiet = False
        return [] if self._heard_ms is None else self._ledger.nothing_asked(self._heard_ms, now_ms, self._silence)

    def _samples(self, snapshot: Snapshot) -> Iterator[Sample]:
        """The newest price of every exchange and pair that was not written down yet and that nothing contradicts."""
        now_boot_s = self._clock.boot_s()
        for pair in snapshot.held:
            for view in snapshot.price(pair, now_boot_s).quotes:
                quote, key = view.quote, (view.quote.exchange, view.quote.pair)
                if view.state in (State.LIVE, State.DELAYED) and self._written.get(key) is not quote:
                    self._written[key] = quote
                    yield Sample(quote.exchange, quote.pair, quote.received_ms, float(quote.price), quote.via)
