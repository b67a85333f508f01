"""The widths of candles, and where each begins: all at multiples of the width, weeks on Monday, in UTC."""

from datetime import UTC, datetime

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
INTERVALS_MS = {
    "1m": MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "1h": HOUR_MS,
    "4h": 4 * HOUR_MS,
    "1d": DAY_MS,
    "1w": 7 * DAY_MS,
}
LATE_MS = 2 * MINUTE_MS
"""An exchange may publish a candle so long after its end."""
LADDER = ("1m", "1h", "1d")  # the widths of which wider candles are made, where these are not stored
_MONDAY_MS = 4 * DAY_MS  # 1970-01-05, the first Monday of Unix time


def floor_ms(time_ms: int, interval: str) -> int:
    """When the candle that holds this time opens, Unix ms. Raises KeyError for what is no interval."""
    offset_ms = _MONDAY_MS if interval == "1w" else 0
    return time_ms - (time_ms - offset_ms) % INTERVALS_MS[interval]


def ceil_ms(time_ms: int, interval: str) -> int:
    """When the first candle opens at or after this time, Unix ms. Raises KeyError for what is no interval."""
    return floor_ms(time_ms + INTERVALS_MS[interval] - 1, interval)


def session_ms(time_ms: int, interval: str) -> int:
    """When the day (UTC) began that holds this time, Unix ms; of bars of a day the month, of weeks the year."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if INTERVALS_MS[interval] >= DAY_MS:
        moment = moment.replace(day=1)
    if INTERVALS_MS[interval] > DAY_MS:
        moment = moment.replace(month=1)
    return round(moment.timestamp() * 1000)


def made_of(interval: str) -> list[str]:
    """The widths whose candles give those of `interval`, greatest first: itself, and what of the ladder is narrower."""
    narrower = [width for width in reversed(LADDER) if INTERVALS_MS[width] < INTERVALS_MS[interval]]
    return [interval, *narrower]
