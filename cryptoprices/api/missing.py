"""What the store has of a time once what it lacked was asked for, and of what is still missing, why."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool

from cryptoprices.api.conditional import ASK_AGAIN, PRIVATE
from cryptoprices.api.fills import Filled, Fills, Outcome, Stretch
from cryptoprices.api.ports import Past
from cryptoprices.core.intervals import LATE_MS, floor_ms
from cryptoprices.core.ledger import GapReason
from cryptoprices.core.past import PastRead
from cryptoprices.core.report import rfc3339
from cryptoprices.core.spans import Span, common, without
from cryptoprices.core.uptime import ASKED

LOADING, TOO_MANY, FAILED, UNPUBLISHED, FUTURE = "loading", "too_many", "failed", "not_published", "future"
TEXTS = {
    LOADING: "still being fetched; ask again in a few seconds",
    TOO_MANY: "not fetched, for too much is being fetched just now; ask again in a few seconds",
    FAILED: "a fault of this program, its log says more; ask again in a few seconds",
    UNPUBLISHED: "the exchange had not published it yet when it was asked last",
    FUTURE: "not over yet",
} | {reason.value: reason.text for reason in GapReason}
"""What each reason means, in a few words."""
_OUTAGES = dict.fromkeys([*(reason.value for reason in ASKED), GapReason.NOT_SAVED.value], 60)
RETRY_S = {LOADING: 2, TOO_MANY: 10, FAILED: 10, UNPUBLISHED: 10} | _OUTAGES
"""After how many seconds to ask again, where that may help soon."""
RETRY_AFTER = {
    "description": "Seconds after which to ask again for what is missing; absent where that would not help.",
    "schema": {"type": "integer"},
}
_LEFT = {Outcome.RUNNING: LOADING, Outcome.REFUSED: TOO_MANY, Outcome.DONE: FAILED, Outcome.FAILED: FAILED}


class Missing(NamedTuple):
    """A time [since_ms, until_ms) without candles, Unix ms. reason: of TEXTS. exchange: None for all."""

    since_ms: int
    until_ms: int
    reason: str
    exchange: str | None = None

    def report(self) -> dict[str, Any]:
        """As it is sent."""
        bounds = {"from": rfc3339(self.since_ms), "to": rfc3339(self.until_ms)}
        return {**bounds, "exchange": self.exchange, "reason": self.reason, "detail": TEXTS[self.reason]}


class Looked(NamedTuple):
    """What there is of a stretch, and how it was come by."""

    stretch: Stretch
    read: PastRead
    filled: Filled

    def missing(self, now_ms: int) -> list[Missing]:
        """Oldest first, each part with the best reason known."""
        holes = self.read.candles.holes(*self.stretch[1:4])
        known = _known(self.read)
        found = [Missing(*span, GapReason.NO_TRADES.value) for span in common(holes, known)]
        left = without(holes, known)
        for gap in (*self.filled.gaps, *self.read.gaps):
            span = gap.since_ms, gap.until_ms
            found += [Missing(*part, GapReason(gap.reason).value, gap.exchange) for part in common(left, [span])]
            left = without(left, [span])
        if self.filled.outcome is Outcome.DONE:  # two minutes ago it may have been too early to ask
            late = [(floor_ms(now_ms - 2 * LATE_MS, self.stretch.interval), now_ms)]
            found += [Missing(*part, UNPUBLISHED) for part in common(left, late)]
            left = without(left, late)
        return sorted(found + [Missing(*span, _LEFT[self.filled.outcome]) for span in left])


async def looked(past: Past, fills: Fills, stretch: Stretch) -> Looked:
    """What there is of it; what is not known is fetched first, if that takes but a few seconds."""
    read = await run_in_threadpool(past.read, *stretch[:4])
    if not without(read.candles.holes(*stretch[1:4]), _known(read)):
        return Looked(stretch, read, Filled(Outcome.DONE))
    filled = await fills.fill(stretch)
    return Looked(stretch, await run_in_threadpool(past.read, *stretch[:4]), filled)


def kept(missing: Iterable[Missing]) -> dict[str, str]:
    """The headers of an answer in which this is missing: what passes soon, no cache may keep."""
    again_s = [RETRY_S[one.reason] for one in missing if one.reason in RETRY_S]
    return {**PRIVATE, "retry-after": str(min(again_s))} if again_s else ASK_AGAIN


def _known(read: PastRead) -> list[Span]:
    """The times of which it is known that there is no more than what is there."""
    return [stretch[:2] for stretch in read.stretches]
