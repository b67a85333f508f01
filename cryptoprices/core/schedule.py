"""When an exchange is asked next, and which pairs it is asked for. Pure: the time and the dice are arguments.

All times are boot-time seconds. Waits are whole polls, since only a poll asks anybody: with a poll every 20 s they are
20, 40, 80, 160, 300 s, the longer ones shifted by up to 10 % so that many copies of the program do not come together.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.market import Pair

TOP_STEP = 4
LONGEST_S = 300.0
OUTAGE_S = 60.0  # the longest wait while nobody can be reached: it is our own network then
_LEAST_S = {Reason.BLOCKED: 300.0, Reason.MOVED: 3600.0}  # asking soon again cannot help
MAX_PAUSE_S = 1e9
UNTOLD_PAUSE_S = 60.0  # asked to wait, but not how long
APART_S = 2.0  # between two probes that a person or a wake-up asks for
EARLY_S = 0.5  # how much a timer may come early
STALLS_TO_BENCH = 3
REFUSALS_TO_REST = 3
REFUSED_AGAIN_S = 3600.0


def back_off_s(step: int, interval_s: float, dice: float) -> float:
    """The wait after a failure: interval × 2^step, ±10 % by dice (0..1), in whole intervals, at most 300 s."""
    polls = round((1 << step) * (0.9 + 0.2 * dice))
    return max(1, min(polls, int(LONGEST_S // interval_s))) * interval_s


@dataclass(slots=True)
class Course:
    """One exchange's way through success and failure.

    interval_s: between two polls. own_interval_s: the least between two askings, whoever wants it (0: none).
    paused_until_boot_s: what the exchange itself asked for; nothing shortens it. failures, stalls: in a row. hastened:
    it is to be asked before its time.
    """

    interval_s: float
    own_interval_s: float = 0.0
    dice: Callable[[], float] = random.random
    asked_boot_s: float | None = None
    next_ask_boot_s: float | None = 0.0
    paused_until_boot_s: float | None = None
    pause_s: float = 0.0
    failures: int = 0
    stalls: int = 0
    reason: Reason | None = None
    local: bool = False
    hastened: bool = False

    @property
    def step(self) -> int:
        """The step of the back-off, 0 to 4."""
        return TOP_STEP if self.stalls >= STALLS_TO_BENCH else min(max(self.failures - 1, 0), TOP_STEP)

    @property
    def benched(self) -> bool:
        """Whether it is at the last step."""
        return self.step == TOP_STEP

    def is_due(self, now_boot_s: float, forced: bool = False, woken: bool = False) -> bool:
        """Whether it may be asked now. forced: a person wants it. woken: from sleep, so that no back-off counts.

        Only a person has one asked that waits until told.
        """
        if self.paused_until_boot_s is not None and now_boot_s < self.paused_until_boot_s:
            return False
        if self.asked_boot_s is not None:
            least_s = max(self.own_interval_s, APART_S if forced or woken else 0.0)
            if now_boot_s < self.asked_boot_s + least_s:
                return False
        if forced:
            return True
        return self.next_ask_boot_s is not None and (woken or now_boot_s >= self.next_ask_boot_s - EARLY_S)

    def keep_to(self, interval_s: float) -> None:
        """From now on there is so much time between two polls; who does well is asked so long after the last asking."""
        if interval_s != self.interval_s:
            self.interval_s = interval_s
            if self.reason is None and self.asked_boot_s is not None and not self.hastened:
                self.next_ask_boot_s = self._from_asking(max(interval_s, self.own_interval_s))

    def asked(self, now_boot_s: float) -> None:
        """It is being asked now."""
        self.asked_boot_s, self.hastened = now_boot_s, False

    def hasten(self, now_boot_s: float) -> None:
        """Its stream was lost: it is due at once, 2 s after the last asking at the soonest, if it is not waited for."""
        if self.reason is None:
            self.ask_again(now_boot_s)

    def ask_again(self, now_boot_s: float) -> None:
        """A person wants it asked: it is due at once as above, whatever it waits for but a pause of its own wish."""
        soonest = 0.0 if self.asked_boot_s is None else self.asked_boot_s + max(self.own_interval_s, APART_S)
        self.next_ask_boot_s = max(now_boot_s, soonest, self.paused_until_boot_s or 0.0)
        self.hastened = True

    def succeeded(self) -> None:
        """It answered: everything is forgotten."""
        self.failures = self.stalls = 0
        self.hastened = False
        self.reason, self.paused_until_boot_s, self.local = None, None, False
        self.next_ask_boot_s = self._from_asking(max(self.interval_s, self.own_interval_s))

    def failed(self, error: SourceError, now_boot_s: float, local: bool = False) -> None:
        """It failed at `now_boot_s`. local: no answer of its own came, so it may be our network that failed."""
        self.failures += 1
        self.hastened = False
        self.stalls = self.stalls + 1 if error.reason is Reason.TIMEOUT else 0
        self.reason, self.local = error.reason, local
        interval_s = max(self.interval_s, self.own_interval_s)
        wait_s = back_off_s(self.step, interval_s, self.dice())
        self.next_ask_boot_s = self._from_asking(max(wait_s, _LEAST_S.get(error.reason, 0.0)))
        self.paused_until_boot_s = None
        pause_s = error.retry_after_s
        if pause_s is None and error.reason is Reason.LIMITED:
            pause_s = UNTOLD_PAUSE_S
        if pause_s is not None:
            self.pause_s = pause_s
            self.paused_until_boot_s = now_boot_s + pause_s
            self.next_ask_boot_s = max(self.next_ask_boot_s, self.paused_until_boot_s)
        if error.until_told:
            self.next_ask_boot_s = None

    def outage(self) -> None:
        """Everybody failed in this poll: the next try comes within a minute, so that the return is noticed soon.

        What the exchange itself said (a Retry-After, a refusal, an address that is gone) stays.
        """
        said = self.paused_until_boot_s is not None or (self.reason in _LEAST_S and not self.local)
        if self.next_ask_boot_s is not None and not said:
            longest_s = max(OUTAGE_S // self.interval_s, 1) * self.interval_s
            self.next_ask_boot_s = min(self.next_ask_boot_s, self._from_asking(max(longest_s, self.own_interval_s)))

    def pause(self, wall_ms: int, now_boot_s: float) -> dict[str, float] | None:
        """The pause that is still to be kept, for a later run: when it ends (Unix ms) and how long it was (s)."""
        if self.paused_until_boot_s is None or self.paused_until_boot_s <= now_boot_s:
            return None
        left_s = self.paused_until_boot_s - now_boot_s
        return {"until_ms": round(wall_ms + left_s * 1000), "length_s": self.pause_s}

    def keep_pause(self, saved: object, wall_ms: int, now_boot_s: float) -> None:
        """Take up what `pause` of an earlier run gave. Never longer than it was, whatever the calendar says now."""
        if not isinstance(saved, Mapping):
            return
        until_ms, length_s = saved.get("until_ms"), saved.get("length_s")
        if not isinstance(until_ms, int | float) or not isinstance(length_s, int | float):
            return
        left_s = min((until_ms - wall_ms) / 1000, length_s, MAX_PAUSE_S)
        if left_s > 0:
            self.reason, self.pause_s = Reason.LIMITED, min(length_s, MAX_PAUSE_S)
            self.paused_until_boot_s = self.next_ask_boot_s = now_boot_s + left_s

    def _from_asking(self, wait_s: float) -> float:
        return (self.asked_boot_s or 0.0) + wait_s


@dataclass(slots=True)
class Refusals:
    """The pairs that one exchange has refused by themselves: they no longer spoil the question about the others."""

    _refused: dict[Pair, tuple[int, float]] = field(default_factory=dict)  # how often, and when it is asked again

    def split(self, pairs: Iterable[Pair], now_boot_s: float) -> tuple[list[Pair], list[Pair]]:
        """(to be asked together, each to be asked alone now); a pair refused three times only once an hour."""
        pairs = list(pairs)
        together = [pair for pair in pairs if pair not in self._refused]
        alone = [pair for pair in pairs if pair in self._refused and now_boot_s >= self._refused[pair][1]]
        return together, alone

    def refused(self, pair: Pair, now_boot_s: float) -> None:
        """It was asked for alone and refused."""
        count = self._refused.get(pair, (0, 0.0))[0] + 1
        self._refused[pair] = (count, now_boot_s + REFUSED_AGAIN_S if count >= REFUSALS_TO_REST else now_boot_s)

    def accepted(self, pair: Pair) -> None:
        """It was answered."""
        self._refused.pop(pair, None)

    def __contains__(self, pair: object) -> bool:
        return pair in self._refused
