"""The lines of the chart's grid: round values, round local times, also across a change of the clocks."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cryptoprices.core.formatting import MINUS
from cryptoprices.ui.chart.scale import axis_text
from cryptoprices.ui.chart.ticks import time_ticks, value_ticks

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    BERLIN,
    ZoneInfo("Asia/Kolkata"),
    ZoneInfo("America/New_York"),
    ZoneInfo("UTC"),
    ZoneInfo("Australia/Lord_Howe"),
    ZoneInfo("Pacific/Chatham"),  # +12:45, and an hour more in summer
    ZoneInfo("Pacific/Marquesas"),  # −9:30
]


def ms(*when, zone=BERLIN):
    return datetime(*when, tzinfo=zone).timestamp() * 1000


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9), st.integers(2, 12))
def test_round_values_lie_within_and_are_not_too_many(low, span, most):
    high = low + span
    assume((high - low) > 1e-7 * max(abs(low), abs(high)))
    values, decimals = value_ticks(low, high, most)
    assert len(values) <= most + 2
    step = 10.0**-decimals
    assert all(low - step <= value <= high + step for value in values)
    texts = [axis_text(value, decimals) for value in values]
    assert len(set(texts)) == len(texts)


def test_values_as_a_person_would_choose_them():
    assert value_ticks(97_312.1, 97_412.2, 6) == ([97_320, 97_340, 97_360, 97_380, 97_400], 0)
    assert value_ticks(-2.3, 3.1, 6) == ([-2, -1, 0, 1, 2, 3], 0)
    assert value_ticks(94_400.0, 98_800.0, 2) == ([96_000, 98_000], 0)  # not 95,000 alone
    values, decimals = value_ticks(0.00002210, 0.00002230, 4)
    assert [axis_text(value, decimals) for value in values] == [
        "0.00002210", "0.00002215", "0.00002220", "0.00002225", "0.00002230",
    ]  # fmt: skip


def test_per_cent_has_its_sign_and_nothing_has_none():
    texts = [axis_text(value, 1, plus="+") for value in (1.0, 0.0, -0.0, -0.04, -2.0)]
    assert texts == ["+1.0", "0.0", "0.0", "0.0", f"{MINUS}2.0"]


@given(
    st.integers(1_500_000_000, 1_900_000_000),
    st.floats(30, 20 * 365 * 86_400),
    st.integers(2, 15),
    st.sampled_from(ZONES),
)
def test_times_rise_lie_within_and_are_neither_too_many_nor_missing(start_s, span_s, most, zone):
    start_ms, stop_ms = start_s * 1000.0, (start_s + span_s) * 1000.0
    ticks = time_ticks(start_ms, stop_ms, most, zone)
    times = [tick.at for tick in ticks]
    assert times == sorted(set(times))
    assert all(start_ms <= at <= stop_ms for at in times)
    assert len(times) <= most + 2
    for tick in ticks:
        moment = datetime.fromtimestamp(tick.at / 1000, zone)
        assert span_s <= 60 * most or moment.second == 0


@pytest.mark.parametrize(
    ("start", "labels"),
    [
        ((2026, 10, 24, 12), ["12:00", "15:00", "18:00", "21:00", "25 Oct", "03:00", "06:00", "09:00"]),  # 25 hours
        ((2026, 3, 28, 13), ["15:00", "18:00", "21:00", "29 Mar", "03:00", "06:00", "09:00", "12:00"]),  # 23 hours
    ],
)
def test_hours_stand_where_the_clock_shows_them_on_the_days_it_is_changed(start, labels):
    start_ms = ms(*start)
    ticks = time_ticks(start_ms, start_ms + 23 * 3_600_000, 8, BERLIN)
    assert [tick.label for tick in ticks] == labels
    for tick in ticks:
        assert datetime.fromtimestamp(tick.at / 1000, BERLIN).hour % 3 == 0


@pytest.mark.parametrize(
    ("zone", "when"),
    [
        ("Pacific/Chatham", (2026, 4, 4, 14)),  # summer time ends: 03:45 becomes 02:45
        ("Pacific/Chatham", (2026, 9, 26, 14)),  # and begins: 02:45 becomes 03:45
        ("Pacific/Marquesas", (2026, 4, 4, 14)),
    ],
)
def test_hours_rise_and_are_the_clocks_in_zones_of_half_and_quarter_hours(zone, when):
    zone = ZoneInfo(zone)
    start_ms = ms(*when, zone=zone)
    ticks = time_ticks(start_ms, start_ms + 24 * 3_600_000, 8, zone)
    assert all(later.at > earlier.at for earlier, later in pairwise(ticks))
    leapt = when[1] == 9
    assert [tick.label for tick in ticks][4:6] == (["06:00", "09:00"] if leapt else ["03:00", "06:00"])
    for tick in ticks:
        moment = datetime.fromtimestamp(tick.at / 1000, zone)
        assert tick.label in (f"{moment:%H:%M}", f"{moment.day} {moment:%b}")


def test_the_hour_that_comes_twice_is_there_twice():
    start_ms = ms(2026, 10, 25, 1, 30)
    ticks = time_ticks(start_ms, start_ms + 3 * 3_600_000, 6, BERLIN)
    assert [tick.label for tick in ticks] == ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30"]
    assert {b.at - a.at for a, b in pairwise(ticks)} == {1_800_000}


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        (timedelta(seconds=70), ["10:07:30", "10:07:45", "10:08:00", "10:08:15", "10:08:30"]),
        (timedelta(minutes=9), ["10:08", "10:10", "10:12", "10:14", "10:16"]),
        (timedelta(days=4), ["25 Jun", "26 Jun", "27 Jun", "28 Jun"]),
        (timedelta(days=40), ["1 Jul", "8 Jul", "15 Jul", "22 Jul", "1 Aug"]),
        (timedelta(days=400), ["Jul", "Oct", "2027", "Apr", "Jul"]),
        (timedelta(days=4000), ["2028", "2030", "2032", "2034", "2036"]),
    ],
)
def test_each_span_has_its_own_round_times(span, labels):
    start_ms = ms(2026, 6, 24, 10, 7, 25)
    found = [tick.label for tick in time_ticks(start_ms, start_ms + span.total_seconds() * 1000, 6, BERLIN)]
    assert found == labels
