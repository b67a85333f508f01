"""Real candles of the recordings, moved in time so that the newest one closes now. Skips where they are not."""

import csv
import gzip
from collections.abc import Sequence

import pytest
from conftest import RECORDINGS

from cryptoprices.core.intervals import DAY_MS, INTERVALS_MS, floor_ms
from cryptoprices.core.market import Candle


def recorded(name: str) -> list[Candle]:
    """The candles of a recording, oldest first."""
    path = RECORDINGS / "candles" / f"{name}.csv.gz"
    if not path.exists():
        pytest.skip("the recordings are no part of the project")
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [Candle(int(row[0]), *map(float, row[1:])) for row in rows]


def moved(candles: Sequence[Candle], interval: str, now_ms: int) -> list[Candle]:
    """The same, later or earlier by whole intervals, so that the newest has just ended."""
    by_ms = floor_ms(now_ms, interval) - INTERVALS_MS[interval] - candles[-1].open_ms
    return [candle._replace(open_ms=candle.open_ms + by_ms) for candle in candles]


def made_ether_hours() -> list[Candle]:
    """Hours of ETH in 2018. MADE, not recorded: those of BTC at the ratio of the two coins' closes of that day."""
    btc = {candle.open_ms: candle.close for candle in recorded("bitstamp_BTC-USD_1d_to2018")}
    eth = {candle.open_ms: candle.close for candle in recorded("bitstamp_ETH-USD_1d_to2018")}
    hours = []
    for hour in recorded("coinbase_BTC-USD_1h_2018"):
        day_ms = hour.open_ms - hour.open_ms % DAY_MS
        ratio = eth[day_ms] / btc[day_ms]
        levels = [round(level * ratio, 2) for level in hour[1:5]]
        hours.append(Candle(hour.open_ms, *levels, hour.volume))
    return hours


def day_after_day(pages: int, interval: str, now_ms: int) -> list[Candle]:
    """So many simple candles up to now, each a little dearer than the one before. MADE."""
    width_ms, first_ms = INTERVALS_MS[interval], floor_ms(now_ms, interval)
    return [
        Candle(first_ms - (pages - index) * width_ms, 100.0 + index, 102.0 + index, 99.0 + index, 101.0 + index, 5.0)
        for index in range(pages)
    ]
