"""Heikin-Ashi candles against the definition, one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.heikin_ashi import MEMORY, heikin_ashi

PRICES = st.lists(st.floats(1e-8, 1e6), min_size=4, max_size=4).map(sorted)


def columns(rows, ups):
    """Each row's low, two prices between and high, and whether it went up -> open, high, low, close."""
    low, one, other, high = np.array(rows).T
    return np.where(ups, one, other), high, low, np.where(ups, other, one)


@given(st.lists(PRICES, min_size=1, max_size=40), st.data())
def test_each_candle_is_as_defined(rows, data):
    ups = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    open_, high, low, close = columns(rows, ups)
    before = None
    for i, found in enumerate(zip(*heikin_ashi(open_, high, low, close), strict=True)):
        mean = (open_[i] + high[i] + low[i] + close[i]) / 4
        begin = (open_[i] + close[i]) / 2 if before is None else (before[0] + before[3]) / 2
        np.testing.assert_allclose(
            found, (begin, max(high[i], begin, mean), min(low[i], begin, mean), mean), rtol=1e-12
        )
        assert found[2] <= min(found[0], found[3]) <= max(found[0], found[3]) <= found[1]
        before = found


def test_of_no_candles_there_are_none():
    none = np.empty(0)
    assert [len(column) for column in heikin_ashi(none, none, none, none)] == [0, 0, 0, 0]


def test_what_came_long_before_does_not_show():
    rng = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(rng.normal(size=500)) / 100)
    open_ = np.roll(close, 1)
    high, low = np.maximum(open_, close) * 1.01, np.minimum(open_, close) * 0.99
    whole = heikin_ashi(open_, high, low, close)
    for start in (100, 300):
        part = heikin_ashi(*(column[start - MEMORY :] for column in (open_, high, low, close)))
        for found, wanted in zip(part, whole, strict=True):
            np.testing.assert_allclose(found[MEMORY:], wanted[start:], rtol=1e-14)
