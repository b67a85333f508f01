"""Whether a coin moves otherwise at some hours, on some weekdays or in some months: its bars' changes, so sorted."""

from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum
from typing import NamedTuple

import numpy as np

from cryptoprices.core.candles import Floats, Times
from cryptoprices.core.figures import Closes, simple_returns
from cryptoprices.core.intervals import DAY_MS, HOUR_MS, INTERVALS_MS
from cryptoprices.core.units import other_unit


class Part(Enum):
    """What bars are sorted by: the widest bar that falls into one of these, and their names."""

    HOUR = HOUR_MS, [f"{hour:02}:00" for hour in range(24)]
    WEEKDAY = DAY_MS, ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    MONTH = (
        7 * DAY_MS,
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
         "December"],
    )  # fmt: skip


class Season(NamedTuple):
    """What the bars of one hour, weekday or month did; None without any. mean, median: of their simple returns.

    rising_pct: the share of bars that rose. n: bars.
    """

    name: str
    mean_pct: float | None
    median_pct: float | None
    rising_pct: float | None
    n: int


def seasonality(closes: Closes, interval: str, part: Part, zone: tzinfo | None = None) -> list[Season]:
    """All 24 hours, 7 weekdays or 12 months. zone: whose, local time where it is None.

    A bar is of the hour, day or month in which its middle is: so a day of UTC is of the same day wherever most of it
    is. Bars whose bar before is missing or in another unit are left out. Raises ValueError where bars are too wide to
    be sorted so.
    """
    widest_ms, names = part.value
    width_ms = INTERVALS_MS[interval]
    if width_ms > widest_ms:
        raise ValueError(f"bars of {interval} are too wide to be sorted by {part.name.lower()}")
    (whole,) = np.nonzero(np.diff(closes.end_ms) == width_ms)
    whole = np.setdiff1d(whole, other_unit(closes.close))
    changes = 100.0 * simple_returns(closes.close)[whole]
    local_ms = _local_ms(closes.end_ms[whole + 1] - width_ms // 2, zone)
    if part is Part.HOUR:
        of = local_ms // HOUR_MS % 24
    elif part is Part.WEEKDAY:
        of = (local_ms // DAY_MS + 3) % 7  # the first day of Unix time was a Thursday
    else:
        of = local_ms.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64) % 12
    return [_season(name, changes[of == i]) for i, name in enumerate(names)]


def _season(name: str, changes: Floats) -> Season:
    if not len(changes):
        return Season(name, None, None, None, 0)
    rising = 100.0 * float((changes > 0.0).mean())
    return Season(name, float(changes.mean()), float(np.median(changes)), rising, len(changes))


def _local_ms(times_ms: Times, zone: tzinfo | None) -> Times:
    """What the clocks of the zone show, as if it were UTC. They are asked once a day, and more on days of a change."""
    days, which = np.unique(times_ms // DAY_MS, return_inverse=True)
    before, after = (_offsets_ms((days + i) * DAY_MS, zone) for i in (0, 1))
    offsets = before[which]
    (changing,) = np.nonzero((before != after)[which])
    offsets[changing] = _offsets_ms(times_ms[changing], zone)
    local: Times = times_ms + offsets
    return local


def _offsets_ms(times_ms: Times, zone: tzinfo | None) -> Times:
    """How much the clocks of the zone are ahead of UTC at these moments."""
    moments = (datetime.fromtimestamp(t / 1000, UTC).astimezone(zone) for t in times_ms.tolist())
    ahead = [(moment.utcoffset() or timedelta()) // timedelta(milliseconds=1) for moment in moments]
    return np.array(ahead, dtype=np.int64)
