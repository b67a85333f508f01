"""Heikin-Ashi candles: each is averaged with those before it, so that a trend shows as a row of one colour.

Definition: Dan Valcu, "Using the Heikin-Ashi Technique", Technical Analysis of Stocks & Commodities 22:2, 2004.
"""

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MEMORY = 64
"""So many candles before the first one of interest are enough: what came earlier weighs 2⁻⁶⁴ in its open."""


def heikin_ashi(open_: Floats, high: Floats, low: Floats, close: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Open, high, low and close of Heikin-Ashi candles, made of common ones, oldest first: all (n,), in one currency.

    close: mean of the four prices. open: mean of the Heikin-Ashi candle's before, (open + close) / 2; the first one has
    none, there it is that of the common candle. high, low: the greatest and least of the common candle's and these two.
    """
    closes = (open_ + high + low + close) / 4
    if not len(closes):
        return closes, closes, closes, closes
    opens = np.array(list(accumulate(closes[:-1].tolist(), _middle, initial=_middle(float(open_[0]), float(close[0])))))
    return opens, np.maximum(high, np.maximum(opens, closes)), np.minimum(low, np.minimum(opens, closes)), closes


def _middle(one: float, other: float) -> float:
    return (one + other) / 2
