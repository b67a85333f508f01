"""How steadily an exchange answered: which parts of a time it was heard in, which not and why. Pure."""

from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.spans import Span

ASKED = frozenset({GapReason.OFFLINE, GapReason.LIMITED, GapReason.BENCHED, GapReason.ERROR})
"""Reasons of gaps in which we asked, or would have if the exchange had let us; in all others nobody was asked."""
_QUIET_MS = 300_000


class Part(NamedTuple):
    """A part [since_ms, until_ms) of a time, Unix ms. reason: of GapReason, "" where the exchange answered."""

    since_ms: int
    until_ms: int
    reason: str


class Uptime(NamedTuple):
    """parts: oldest first, without overlaps. Of what is in none of them nothing is known."""

    parts: tuple[Part, ...]

    @property
    def share_pct(self) -> float | None:
        """How much of the time in which it was asked it answered; None where it was not asked at all."""
        heard_ms = self._ms({""})
        asked_ms = heard_ms + self._ms(ASKED)
        return 100.0 * heard_ms / asked_ms if asked_ms else None

    def at(self, t_ms: float) -> Part | None:
        """The part that this moment is in, None where nothing is known."""
        return next((part for part in self.parts if part.since_ms <= t_ms < part.until_ms), None)

    def _ms(self, reasons: Iterable[str]) -> int:
        return sum(part.until_ms - part.since_ms for part in self.parts if part.reason in reasons)


def longest_quiet_ms(interval_s: float) -> int:
    """So long one that is asked so often may give no price before it is unknown whether it was asked at all."""
    return max(_QUIET_MS, round(1000 * (2 * interval_s + 5)))


def uptime(heard: Iterable[Span], gaps: Iterable[Gap], since_ms: int, until_ms: int) -> Uptime:
    """Of the time [since_ms, until_ms). heard: from when to when prices came. gaps: of this exchange, and of all.

    A gap of all comes before one of its own, any gap before what was heard, and of two the one that began first.
    Whether it was among those that could not be reached before its first price, nobody knows.
    """
    heard = list(heard)
    first_ms = min((span[0] for span in heard), default=until_ms)
    said = [(2, *span, "") for span in heard]
    for gap in gaps:
        asked = gap.exchange is None and gap.reason in ASKED
        start_ms = max(gap.since_ms, first_ms) if asked else gap.since_ms
        said.append((0 if gap.exchange is None else 1, start_ms, gap.until_ms, gap.reason))
    return Uptime(tuple(_in_turn(said, since_ms, until_ms)))


def _in_turn(said: list[tuple[int, int, int, str]], since_ms: int, until_ms: int) -> list[Part]:
    """Of those that hold in each moment the least (rank, from, to, reason)."""
    waiting = sorted(said, key=lambda one: one[1], reverse=True)
    ends = {end for one in said for end in one[1:3] if since_ms < end < until_ms} | {since_ms, until_ms}
    parts: list[Part] = []
    here: list[tuple[int, int, int, str]] = []
    for start_ms, stop_ms in pairwise(sorted(ends)):
        while waiting and waiting[-1][1] <= start_ms:
            heappush(here, waiting.pop())
        while here and here[0][2] <= start_ms:
            heappop(here)
        if not here:
            continue
        reason = here[0][3]
        goes_on = parts and parts[-1][1:] == (start_ms, reason)
        parts.append(Part(parts.pop().since_ms if goes_on else start_ms, stop_ms, reason))
    return parts


def up_to_now(
    exchange: str, heard: list[Span], now_ms: int, longest_ms: int, failing: str | None
) -> tuple[list[Span], list[Gap]]:
    """What came since the last price, of which the ledger says nothing before it is over: the spans, and the gap.

    failing: why it gives nothing now, None while it does. Who never gave a price may not have been asked either.
    """
    if not heard:
        return [], []
    first_ms, last_ms = heard[-1]
    if now_ms - last_ms <= longest_ms:
        return [*heard[:-1], (first_ms, max(now_ms, last_ms))], []
    return heard, [Gap(exchange, last_ms, now_ms, failing)] if failing else []
