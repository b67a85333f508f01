"""What was heard of one exchange, as candles of a minute."""

import numpy as np

from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.heard import Heard

MINUTE = 60_000
START = 1_763_820_000_000  # a full hour


def heard(*samples, origin=Origin.POLL):
    """Samples of (seconds, price)."""
    found = Heard()
    for seconds, price in samples:
        found.add(START + 1000.0 * seconds, price, origin)
    return found


def test_each_minute_is_a_candle_of_what_was_heard_in_it():
    found = heard((5, 100.0), (20, 104.0), (40, 98.0), (59, 101.0), (150, 90.0))
    rows = found.candles().rows()
    assert [row[:5] for row in rows] == [(START, 100, 104, 98, 101), (START + 2 * MINUTE, 90, 90, 90, 90)]
    assert rows[0].volume is None
    assert found.newest_ms == START + 150_000


def test_of_the_samples_of_a_stream_and_a_poll_the_least_is_told():
    found = heard((5, 100.0), origin=Origin.STREAM)
    found.add(START + 10_000.0, 101.0, Origin.POLL)
    found.add(START + MINUTE, 102.0, Origin.STREAM)
    assert found.candles().origin.tolist() == [Origin.POLL, Origin.STREAM]


def test_they_make_the_same_wider_candles_as_their_samples():
    rng = np.random.default_rng(1)
    seconds, prices = np.sort(rng.choice(7200, 400, replace=False)), rng.uniform(90, 110, 400)
    times = (START + 1000 * seconds).astype(np.int64)
    wanted = Candles.of_samples(times, prices, np.ones(400, np.uint8), "15m")
    assert heard(*zip(seconds, prices, strict=True)).candles().gathered("15m").rows() == wanted.rows()


def test_a_calendar_that_is_set_moves_them_by_whole_minutes():
    found = heard((5, 100.0), (70, 101.0))
    found.shift(3_600_000.0 + 29_000)
    assert found.candles().open_ms.tolist() == [START + 3_600_000, START + 3_660_000]
    found.add(START + 3_600_000.0 + 50_000, 99.0, Origin.POLL)  # a moment that has been already
    assert found.candles().low.tolist() == [100, 99]


def test_only_the_newest_are_kept(monkeypatch):
    monkeypatch.setattr("cryptoprices.core.heard._MOST", 10)
    found = heard(*((60 * k, float(k)) for k in range(35)))
    candles = found.candles()
    assert 10 <= len(candles) <= 20
    assert candles.close.tolist() == [float(k) for k in range(35 - len(candles), 35)]


def test_before_anything_was_heard_there_is_nothing():
    assert len(Heard().candles()) == 0
    assert np.isnan(Heard().newest_ms)
