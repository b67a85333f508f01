"""Where a coin was redenominated: its price is about a hundred, a thousand, … times as much or as little at once."""

import numpy as np
from numpy.typing import NDArray

from cryptoprices.core.candles import Floats

_FAR, _NEAR = 75.0, 0.1  # a power of ten from a hundred on, within a quarter of it


def other_unit(prices: Floats) -> NDArray[np.intp]:
    """Indices of the prices that the next one is about 100, 1,000, … times as much or as little as. NaN: never."""
    factors = prices[1:] / prices[:-1]
    (far,) = np.nonzero((factors > _FAR) | (factors < 1 / _FAR))
    powers = np.log10(factors[far])
    after: NDArray[np.intp] = far[np.abs(powers - np.rint(powers)) <= _NEAR]
    return after
