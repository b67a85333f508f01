"""Where the lines of a chart's grid stand and what they are called: round numbers, round local times."""

import math
from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOUR_S = 3600
_DAY_S = 86400
_STEPS_S = (1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, _HOUR_S)
_STEPS_H = (2, 3, 6, 12)
_STEPS_D = (1, 2, 7, 14)
_STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


class Tick(NamedTuple):
    """A line of the grid. at: the value or Unix ms."""

    at: float
    label: str


def value_ticks(low: float, high: float, most: int) -> tuple[list[float], int]:
    """At most `most` + 1 round values in [low, high], and the decimals to write them with; steps of 1, 2, 5 · 10^k.

    One value alone says nothing of how much a height is: where it would come to that there may be one more.
    """
    found, decimals = _round_values(low, high, (high - low) / max(1, most))
    return (found, decimals) if len(found) > 1 else _round_values(low, high, (high - low) / (most + 1))


def _round_values(low: float, high: float, least: float) -> tuple[list[float], int]:
    """With steps of this size or the next that is round."""
    power = math.floor(math.log10(least))
    factor = next(f for f in (1, 2, 5, 10) if f * 10.0**power >= least * (1 - 1e-9))
    step = factor * 10.0**power
    decimals = max(0, -power - (factor == 10))
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)], decimals


def log_ticks(low: float, high: float, most: int) -> list[tuple[float, int]]:
    """At most about `most` round values in [low, high], both above 0, for an axis that goes by their logarithms.

    1, 2, 5 of each decade, or where these are too many each decade or each few decades, or where they are too few steps
    of one size; each with the decimals to write it with.
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    found: list[tuple[float, int]] = []
    for factors, each in (((1, 2, 5), 1), *(((1,), decades) for decades in (1, 2, 5, 10, 20, 50))):
        powers = range(first // each * each, last + 1, each)
        found = [(f * 10.0**power, max(0, -power)) for power in powers for f in factors]
        found = [(value, decimals) for value, decimals in found if low <= value <= high]
        if len(found) <= most + 1:
            break
    if len(found) > 2 or high > 10 * low:
        return found
    values, decimals = value_ticks(low, high, most)
    return [(value, decimals) for value in values]


def time_ticks(start_ms: float, stop_ms: float, most: int, zone: tzinfo | None = None) -> list[Tick]:
    """At most about `most` round times in [start_ms, stop_ms], by the clock and calendar of `zone` (None: local).

    Hours stand where the clock on the wall shows them, also across a change to or from summer time.
    """
    rough_s = (stop_ms - start_ms) / 1000 / max(1, most)
    return [tick for tick in _times(start_ms / 1000, stop_ms / 1000, rough_s, zone) if start_ms <= tick.at <= stop_ms]


def _times(start_s: float, stop_s: float, rough_s: float, zone: tzinfo | None) -> Iterator[Tick]:
    first = datetime.fromtimestamp(start_s, zone)
    for step in _STEPS_S:
        if step >= rough_s:
            return _by_seconds(start_s, stop_s, step, zone)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    for step in _STEPS_H:
        if step * _HOUR_S >= rough_s:
            return _by_hours(midnight, stop_s, step)
    for step in _STEPS_D:
        if step * _DAY_S >= rough_s:
            return _by_days(midnight, stop_s, step)
    step = next((m for m in _STEPS_MONTHS if m * 30 * _DAY_S >= rough_s), _STEPS_MONTHS[-1])
    return _by_months(midnight, stop_s, step)


def _by_seconds(start_s: float, stop_s: float, step: int, zone: tzinfo | None) -> Iterator[Tick]:
    """Steps up to an hour are the same on every clock that is a whole number of them from UTC."""
    offset = datetime.fromtimestamp(start_s, zone).astimezone(zone).utcoffset() or timedelta()
    ahead_s = offset.total_seconds() % step
    at = math.ceil((start_s + ahead_s) / step) * step - ahead_s
    while at <= stop_s:
        moment = datetime.fromtimestamp(at, zone)
        yield Tick(at * 1000, _time_label(moment, seconds=step < 60))
        at += step


def _by_hours(moment: datetime, stop_s: float, step: int) -> Iterator[Tick]:
    """An hour that the clock leaps over is left out."""
    while (at := moment.timestamp()) <= stop_s:
        if datetime.fromtimestamp(at, moment.tzinfo).hour == moment.hour:
            yield Tick(at * 1000, _time_label(moment))
        moment += timedelta(hours=step)


def _by_days(moment: datetime, stop_s: float, step: int) -> Iterator[Tick]:
    """Days of the month 1, 1 + step, …, the last one far enough from the next month's first."""
    days = range(1, 32 - step // 2, step)
    while True:
        last = monthrange(moment.year, moment.month)[1]
        for midnight in (moment.replace(day=day) for day in days if day <= last):
            at = midnight.timestamp()
            if at > stop_s:
                return
            yield Tick(at * 1000, _date_label(midnight))
        moment = moment.replace(day=1) + timedelta(days=last)


def _by_months(moment: datetime, stop_s: float, step: int) -> Iterator[Tick]:
    months = moment.year * 12 // step * step
    while True:
        moment = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
        if moment.timestamp() > stop_s:
            return
        yield Tick(moment.timestamp() * 1000, str(moment.year) if moment.month == 1 else _MONTHS[moment.month - 1])
        months += step


def _time_label(moment: datetime, seconds: bool = False) -> str:
    if moment.hour == moment.minute == moment.second == 0:
        return _date_label(moment)
    return f"{moment.hour:02}:{moment.minute:02}" + (f":{moment.second:02}" if seconds else "")


def _date_label(moment: datetime) -> str:
    return f"{moment.day} {_MONTHS[moment.month - 1]}"
