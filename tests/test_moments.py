"""Moments in words, and the stretches of time that end now."""

import time

import pytest

from cryptoprices.core.candles import Candles
from cryptoprices.core.export import json_lines
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.market import Candle
from cryptoprices.core.moments import moment_ms
from cryptoprices.core.ranges import RANGES
from cryptoprices.core.report import rfc3339

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


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process is POSIX")
@pytest.mark.parametrize("zone", ["Pacific/Chatham", "Pacific/Marquesas", "Europe/Berlin"])
def test_no_zone_of_the_machine_and_no_change_of_its_clocks_enters(monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        hours = [moment_ms(f"2025-10-26T{hour:02}:30:00Z") for hour in range(4)]  # Berlin has 02:30 twice
        assert hours == [1_761_438_600_000 + hour * 3_600_000 for hour in range(4)]
        assert rfc3339(hours[0]) == "2025-10-26T00:30:00.000Z"
        assert moment_ms("2025-10-27") - moment_ms("2025-10-26") == 86_400_000
        (line,) = json_lines(Candles.of([Candle(hours[0], 1, 1, 1, 1)]), [])
        assert '"2025-10-26T00:30:00.000Z"' in line
    finally:
        monkeypatch.undo()
        time.tzset()


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
