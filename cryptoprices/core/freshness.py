"""Age and state of a price: the one place that judges it."""

from enum import StrEnum
from functools import lru_cache

from cryptoprices.core.market import Quote

REFERENCE_CURRENT_S = 5.25 * 86_400


class State(StrEnum):
    """How far a price can be trusted. The last five are of single quotes only."""

    LIVE = "LIVE"
    DELAYED = "DELAYED"
    STALE = "STALE"
    EXPIRED = "EXPIRED"
    DISAGREE = "DISAGREE"
    NO_DATA = "NO_DATA"
    OUTLIER = "OUTLIER"
    FROZEN = "FROZEN"
    PAUSED = "PAUSED"
    BLOCKED = "BLOCKED"
    CHECKING = "CHECKING"


def age_s(quote: Quote, now_boot_s: float) -> float:
    """Seconds since the figure was true: since it was asked for, or by the exchange's own time, whichever is older."""
    age = now_boot_s - quote.sent_boot_s + quote.lead_s
    return age if age > 0 else 0.0


def freshness(age: float, interval_s: float) -> State:
    """LIVE, DELAYED, STALE or EXPIRED. interval_s: how often that exchange is asked (20 s; coingecko 60 s)."""
    live, delayed, stale = limits_s(interval_s)
    if age <= live:
        return State.LIVE
    if age <= delayed:
        return State.DELAYED
    return State.STALE if age <= stale else State.EXPIRED


def reference_state(age: float) -> State:
    """LIVE, DELAYED or STALE, of a central bank's daily rate. age: seconds since it was published.

    Current until the next one is due: from Thursday before Easter to Tuesday after it are five days, and some hours
    pass until we ask.
    """
    if age <= REFERENCE_CURRENT_S:
        return State.LIVE
    return State.DELAYED if age <= 2 * REFERENCE_CURRENT_S else State.STALE


@lru_cache(maxsize=64)
def limits_s(interval_s: float) -> tuple[float, float, float]:
    """Up to which age a price is LIVE, DELAYED, STALE."""
    return max(45.0, 2 * interval_s + 5), max(120.0, 6 * interval_s), max(600.0, 30 * interval_s)
