"""Changes sorted by hour, weekday and month, against calendars that are asked bar by bar."""

import statistics
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from candle_tapes import recorded

from cryptoprices.core.candles import Candles
from cryptoprices.core.figures import Closes, closes_of
from cryptoprices.core.intervals import DAY_MS, HOUR_MS, INTERVALS_MS
from cryptoprices.core.seasonality import Part, seasonality

OF = {Part.HOUR: lambda m: m.hour, Part.WEEKDAY: lambda m: m.weekday(), Part.MONTH: lambda m: m.month - 1}
ZONES = [UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), timezone(timedelta(hours=5, minutes=30))]


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("coinbase_BTC-USD_1h_2018", Part.HOUR),
        ("coinbase_BTC-USD_1h_2018", Part.WEEKDAY),
        ("bitstamp_BTC-USD_1d_to2018", Part.WEEKDAY),
        ("bitstamp_BTC-USD_1d_to2018", Part.MONTH),
        ("coinbase_ETH-USD_1m_20180404", Part.HOUR),
    ],
)
def test_real_candles_bar_by_bar(file, part, zone):
    interval = file.split("_")[2]
    candles, width_ms = recorded(file), INTERVALS_MS[interval]
    sorted_, left_out = {i: [] for i in range(len(part.value[1]))}, 0
    for before, bar in pairwise(candles):
        if bar.open_ms - before.open_ms != width_ms:
            left_out += 1
            continue
        middle = datetime.fromtimestamp((bar.open_ms + width_ms / 2) / 1000, UTC).astimezone(zone)
        sorted_[OF[part](middle)].append(100 * (bar.close / before.close - 1))
    found = seasonality(closes_of(Candles.of(candles), interval), interval, part, zone)
    assert len(found) == len(sorted_)
    assert sum(season.n for season in found) == len(candles) - 1 - left_out
    for i, season in enumerate(found):
        changes = sorted_[i]
        assert season.n == len(changes)
        if changes:
            assert season.mean_pct == pytest.approx(statistics.fmean(changes), rel=1e-9, abs=1e-12)
            assert season.median_pct == pytest.approx(statistics.median(changes), rel=1e-9, abs=1e-12)
            assert season.rising_pct == pytest.approx(100 * sum(c > 0 for c in changes) / len(changes), rel=1e-9)
        else:
            assert season[1:] == (None, None, None, 0)


def hours(first_ms, changes):
    """Hours that change by so many per cent, after one that nothing is before."""
    closes = 100 * np.cumprod(1 + np.array([0, *changes]) / 100)
    return Closes(first_ms + HOUR_MS * np.arange(len(closes)), closes)


def test_names_stand_where_they_belong():
    monday_ms = 1_763_942_400_000  # 2025-11-24 00:00 UTC
    bar = hours(monday_ms + 3 * HOUR_MS, [2.0])  # the hour from three to four
    for part, name in [(Part.HOUR, "03:00"), (Part.WEEKDAY, "Monday"), (Part.MONTH, "November")]:
        (season,) = [season for season in seasonality(bar, "1h", part, UTC) if season.n]
        assert season == (name, pytest.approx(2.0), pytest.approx(2.0), 100.0, 1)


def test_the_hour_that_comes_twice_and_the_one_that_does_not_come():
    berlin = ZoneInfo("Europe/Berlin")
    for day, counts in [(datetime(2025, 10, 26, tzinfo=berlin), 2), (datetime(2025, 3, 30, tzinfo=berlin), 0)]:
        first_ms = int(day.timestamp() * 1000)
        found = seasonality(hours(first_ms, [1.0] * (24 if counts else 22)), "1h", Part.HOUR, berlin)
        assert [season.n for season in found][:5] == [1, 1, counts, 1, 1]


def test_a_change_over_a_hole_is_of_no_hour():
    closes = hours(0, [1.0, 5.0, 1.0])
    closes = Closes(np.delete(closes.end_ms, 1), np.delete(closes.close, 1))
    assert sum(season.n for season in seasonality(closes, "1h", Part.HOUR, UTC)) == 1


def test_bars_too_wide_are_refused():
    days = Closes(DAY_MS * np.arange(5), np.ones(5))
    with pytest.raises(ValueError, match="bars of 1d are too wide to be sorted by hour"):
        seasonality(days, "1d", Part.HOUR, UTC)
    assert seasonality(Closes(np.empty(0, np.int64), np.empty(0)), "1d", Part.WEEKDAY)[0].n == 0
