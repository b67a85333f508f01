"""The ledger of gaps: from when to when there is no price of an exchange, or of any, and why. Pure.

What backfill brings later closes a gap in the chart, and the ledger still says what was the matter then.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Round, Standing

_USUAL_MS = 45_000


class GapReason(StrEnum):
    """Why nothing is known of a stretch of time."""

    ASLEEP = "asleep"
    OFFLINE = "offline"
    LIMITED = "limited"
    BENCHED = "benched"
    CLOSED = "closed"
    PAUSED = "paused"
    ERROR = "error"
    NOT_KEPT = "not_kept"
    NOT_LISTED = "not_listed"
    NOT_SAVED = "not_saved"
    CLOCK_ADJUSTED = "clock_adjusted"
    NEW_UNIT = "new_unit"
    NO_TRADES = "no_trades"

    @property
    def text(self) -> str:
        """The reason in a few plain words, to stand beside the stretch."""
        return _TEXTS[self]


_TEXTS = {
    GapReason.ASLEEP: "the computer was asleep",
    GapReason.OFFLINE: "no exchange could be reached",
    GapReason.LIMITED: "the exchange asked us to wait",
    GapReason.BENCHED: "the exchange kept failing",
    GapReason.CLOSED: "the program was not running",
    GapReason.PAUSED: "asking was paused",
    GapReason.ERROR: "the exchange gave no answer",
    GapReason.NOT_KEPT: "older than exchanges keep",
    GapReason.NOT_LISTED: "no enabled exchange has such candles",
    GapReason.NOT_SAVED: "the disk took nothing",
    GapReason.CLOCK_ADJUSTED: "the calendar was set",
    GapReason.NEW_UNIT: "the price changed by a power of ten, as if its unit were another one",
    GapReason.NO_TRADES: "nobody traded there",
}
OF_NETWORK = {Reason.TIMEOUT, Reason.UNREACHABLE, Reason.NAME_LOOKUP, Reason.SIGN_IN}
_SAID = {Reason.LIMITED, Reason.BLOCKED, Reason.MOVED}


def gap_reason(reason: Reason | None, benched: bool = False) -> GapReason:
    """What one exchange's failure is as the reason of a gap."""
    if reason is Reason.LIMITED:
        return GapReason.LIMITED
    return GapReason.BENCHED if benched else GapReason.ERROR


class Gap(NamedTuple):
    """A stretch [since_ms, until_ms) of Unix ms without a price. exchange: None for all. reason: of GapReason."""

    exchange: str | None
    since_ms: int
    until_ms: int
    reason: str


class Ledger:
    """Turns what is heard of the exchanges into gaps, each told once, when it is over.

    longest_ms: exchange -> the longest time between two prices that is no gap yet; 45 s for one that is not named.
    """

    def __init__(self, longest_ms: Mapping[str, int]) -> None:
        self._longest_ms = longest_ms
        self._heard_ms: dict[str, int] = {}  # the last time that it gave a price
        self._why: dict[str, GapReason] = {}  # of those that fail now
        self._offline_since_ms: int | None = None

    def set_longest(self, longest_ms: Mapping[str, int]) -> None:
        """From now on these times are no gaps yet."""
        self._longest_ms = longest_ms

    def take(self, round_: Round, now_ms: int) -> list[Gap]:
        """Note a round that came in at now_ms: the gaps that it ends. The last of a poll has everybody's standing."""
        heard = dict.fromkeys(quote.exchange for quote in round_.quotes)
        gaps = self._back_online(now_ms) if heard else []
        for exchange in heard:
            gaps += self._gap(exchange, now_ms)
            self._heard_ms[exchange] = now_ms
            self._why.pop(exchange, None)
        for standing in round_.standings:
            if standing.reason is not None and standing.exchange not in heard:
                self._why[standing.exchange] = gap_reason(standing.reason, standing.benched)
        if round_.last and self._offline_since_ms is None and self._heard_ms and _is_offline(round_.standings):
            self._offline_since_ms = max(self._heard_ms.values())
        return gaps

    def nothing_asked(self, since_ms: int, until_ms: int, reason: GapReason) -> list[Gap]:
        """Nobody was asked between these times, because of the reason: that gap, and those that it cut short."""
        gaps = self.ended(since_ms)
        self._offline_since_ms = None
        for exchange in self._heard_ms:
            self._heard_ms[exchange] = until_ms
        self._why.clear()
        return [*gaps, Gap(None, since_ms, until_ms, reason)] if until_ms > since_ms else gaps

    def ended(self, now_ms: int) -> list[Gap]:
        """The gaps that are not over yet, as they stand now; to be kept when the program ends."""
        if self._offline_since_ms is not None:
            return self._all_from(self._offline_since_ms, now_ms)
        return [gap for exchange in self._heard_ms for gap in self._gap(exchange, now_ms)]

    def _back_online(self, now_ms: int) -> list[Gap]:
        if self._offline_since_ms is None:
            return []
        gaps = self._all_from(self._offline_since_ms, now_ms)
        self._offline_since_ms = None
        for exchange in self._heard_ms:
            self._heard_ms[exchange] = now_ms
        return gaps

    def _all_from(self, since_ms: int, now_ms: int) -> list[Gap]:
        """Offline since then; whoever failed before has a gap of its own up to there."""
        if now_ms - since_ms <= max(map(self._longest, self._heard_ms)):
            return []
        own = [gap for exchange in self._heard_ms for gap in self._gap(exchange, since_ms)]
        return [*own, Gap(None, since_ms, now_ms, GapReason.OFFLINE)]

    def _gap(self, exchange: str, now_ms: int) -> list[Gap]:
        since_ms = self._heard_ms.get(exchange, now_ms)
        why = self._why.get(exchange)
        if why is None or now_ms - since_ms <= self._longest(exchange):
            return []
        return [Gap(exchange, since_ms, now_ms, why)]

    def _longest(self, exchange: str) -> int:
        return self._longest_ms.get(exchange, _USUAL_MS)


def _is_offline(standings: Iterable[Standing]) -> bool:
    """Whether nobody answers, and who has not said to stay away was not reached at all."""
    reasons = {standing.reason for standing in standings} - _SAID
    return bool(reasons) and reasons <= OF_NETWORK
