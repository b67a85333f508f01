"""Moments in words, and the stretches of time that end now."""

import pytest

from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.moments import moment_ms
from cryptoprices.core.ranges import RANGES

NOON_MS = 1_763_812_800_000  # 2025-11-22 12:00:00 UTC


@pytest.mark.parametrize(
    ("text", "unix_ms"),
    [
        ("2025-11-22T12:00:00Z", NOON_MS),
        ("2025-11-22t12:00:00.1234567z", NOON_MS + 123),
        ("2025-11-22 13:00:00+01:00", NOON_MS),
        ("2025-11-23T00:45:00+12:45", NOON_MS),
        ("2025-11-22T02:30:00-09:30", NOON_MS),
        ("2025-11-22", NOON_MS - 12 * 3_600_000),
        (" 1763812800 ", NOON_MS),
        ("1763812800.5", NOON_MS + 500),
        ("0", 0),
        ("1969-12-31", -86_400_000),
    ],
)
def test_a_moment(text, unix_ms):
    assert moment_ms(text) == unix_ms


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2025-11-22T12:00:00", "2025-11-22T12:00Z", "22.11.2025", "2025-02-30", "20251122T1200Z",
             "1,763,812,800", "-5", "2025-11-22T12:00:60Z", "１７６３８１２８００", "1763812800000", "1e9"]
)  # fmt: skip
def test_what_is_no_moment_is_told_how_to_write_one(text):
    with pytest.raises(ValueError, match="is no time; write it like 2026-11-22, 2026-11-22T14:00:00Z or 1795000000"):
        moment_ms(text)


@pytest.mark.parametrize(("name", "bars"), [("1h", 60), ("1d", 288), ("1w", 168), ("1mo", 180), ("1y", 365)])
def test_a_range_ends_with_the_last_complete_bar(name, bars):
    chosen = RANGES[name]
    now_ms = NOON_MS + 12_345
    since_ms, until_ms = chosen.bounds_ms(now_ms)
    width_ms = INTERVALS_MS[chosen.interval]
    assert (until_ms - since_ms) / width_ms == bars
    assert until_ms <= now_ms < until_ms + width_ms
    assert until_ms % width_ms == 0


def test_all_there_is_begins_with_the_first_exchange():
    assert RANGES["all"].bounds_ms(NOON_MS) == (moment_ms("2010-07-17"), NOON_MS - 12 * 3_600_000)
