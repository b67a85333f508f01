"""The stretches of time that are compared, and how wide their bars are."""

from typing import NamedTuple

from cryptoprices.core.intervals import DAY_MS, HOUR_MS, INTERVALS_MS, ceil_ms, floor_ms, session_ms

FIRST_PRICES_MS = 1_279_324_800_000  # 2010-07-17: no exchange has prices of any coin before
MOST_BARS = 50_000  # of a pair at once
FEWEST_BARS = 2
CAGR_DAYS, SHARPE_DAYS = 30, 90
"""What a person is told of a year takes at least so long a time.

Chance alone moves a Sharpe ratio by one over the root of the years that it is of, however many bars they have: by 2
after 90 days, by 19 after one. A. W. Lo, "The Statistics of Sharpe Ratios", Financial Analysts Journal 58 (2002).
"""


class Range(NamedTuple):
    """interval: width of its bars. length_ms: None for all there is."""

    interval: str
    length_ms: int | None

    def bounds_ms(self, now_ms: int) -> tuple[int, int]:
        """The bars that open in [since, until), Unix ms, are those of this range up to now: complete ones only."""
        until_ms = floor_ms(now_ms, self.interval)
        since_ms = FIRST_PRICES_MS if self.length_ms is None else until_ms - self.length_ms
        return ceil_ms(since_ms, self.interval), until_ms

    def refused(self, now_ms: int) -> str:
        """Why this range cannot be had in bars of this width, one sentence; "" where it can."""
        since_ms, until_ms = self.bounds_ms(now_ms)
        bars = (until_ms - since_ms) // INTERVALS_MS[self.interval]
        if bars > MOST_BARS:
            return f"That would be {bars:,} bars, and {MOST_BARS:,} is the most; choose a shorter range or wider bars."
        if bars < FEWEST_BARS:
            return "The range is shorter than two of these bars; choose a longer range or narrower bars."
        return ""


class Lead(NamedTuple):
    """What is needed before the first bar: `bars`, with `sessions` as many more as make the session of these whole."""

    bars: int = 0
    sessions: bool = False

    def begin_ms(self, since_ms: int, interval: str) -> int:
        """When the first of them opens, Unix ms; nothing is before the first prices that there are."""
        begin_ms = since_ms - self.bars * INTERVALS_MS[interval]
        if self.sessions:
            begin_ms = floor_ms(session_ms(begin_ms, interval), interval)
        return min(since_ms, max(begin_ms, floor_ms(FIRST_PRICES_MS, interval)))


RANGES = {
    "1h": Range("1m", HOUR_MS),
    "1d": Range("5m", DAY_MS),
    "1w": Range("1h", 7 * DAY_MS),
    "1mo": Range("4h", 30 * DAY_MS),
    "1y": Range("1d", 365 * DAY_MS),
    "all": Range("1d", None),
}
