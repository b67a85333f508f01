"""Whether the computer's clock is right, by the exchanges' own (the Date of their answers)."""

from collections.abc import Iterable
from typing import NamedTuple

from cryptoprices.core.formatting import THIN, plural
from cryptoprices.core.market import Standing

WRONG_S = 30.0  # from here on a person is told
_AGREE_S = 5.0  # a Date has whole seconds, and an answer takes its time


class ClockOffset(NamedTuple):
    """What the exchanges say of the computer's clock. slow_s: how far it is behind theirs, negative where it is ahead.

    exchanges: how many agree on that.
    """

    slow_s: float
    exchanges: int

    @property
    def is_wrong(self) -> bool:
        """Whether that is worth a person's attention."""
        return abs(self.slow_s) >= WRONG_S

    @property
    def text(self) -> str:
        """ "5 min 3 s slow, say 6 exchanges", or "right, say 6 exchanges"."""
        way = "slow" if self.slow_s > 0 else "fast"
        how = f"{_length(round(abs(self.slow_s)))} {way}" if self.is_wrong else "right"
        return f"{how}, say {plural(self.exchanges, 'exchange')}"


def clock_offset(standings: Iterable[Standing]) -> ClockOffset | None:
    """What most of those that answer and tell the time agree on, and at least two; None where there are no such."""
    offsets_ms = [standing.clock_offset_ms for standing in standings if standing.reason is None]
    known = sorted(offset / 1000 for offset in offsets_ms if offset is not None)
    if not known:
        return None
    middle = known[len(known) // 2]
    agreeing = sum(abs(offset - middle) <= _AGREE_S for offset in known)
    return ClockOffset(middle, agreeing) if agreeing >= 2 and 2 * agreeing > len(known) else None


def _length(seconds: int) -> str:
    """The two largest units: "5 min 3 s", "365 d", "1 d 2 h"."""
    parts: list[tuple[int, str]] = []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append((count, unit))
    return " ".join(f"{count}{THIN}{unit}" for count, unit in parts[:2] if count)
