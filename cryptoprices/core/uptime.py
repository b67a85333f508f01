"""How steadily an exchange answered: which parts of a time it was heard in, which not and why. Pure."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.spans import Span, common, joined, without

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

    A gap of all comes before one of its own, and any gap before what was heard. Whether it was among those that could
    not be reached before its first price, nobody knows.
    """
    heard = list(heard)
    first_ms = min((span[0] for span in heard), default=until_ms)
    left, parts = [(since_ms, until_ms)], []
    for gap in sorted(gaps, key=lambda gap: (gap.exchange is not None, gap.since_ms)):
        asked = gap.exchange is None and gap.reason in ASKED
        span = max(gap.since_ms, first_ms) if asked else gap.since_ms, gap.until_ms
        parts += [Part(*found, gap.reason) for found in common(left, [span])]
        left = without(left, [span])
    parts += [Part(*found, "") for found in common(left, heard)]
    whole = []
    for reason, same in groupby(sorted(parts), key=lambda part: part.reason):
        whole += [Part(*span, reason) for span in joined((part.since_ms, part.until_ms) for part in same)]
    return Uptime(tuple(whole))


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
