"""Sums over windows and over all that came before, in O(n log) with whole arrays and without losing digits.

Differences of long cumulative sums lose them: the price of Bitcoin squared is 1e10, a minute's variance 1e2. Here a
window is put together of halves, quarters, …, and their means and squares join by the formulas of Chan, Golub, LeVeque,
"Algorithms for computing the sample variance", The American Statistician 37 (1983).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cryptoprices.core.candles import Floats, Times


class Windows(NamedTuple):
    """Of k rows of values, in the windows of `length` that end at each: (n,) long, NaN before the first whole window.

    length: (n,) where they differ. mean: (k, n). products: (k, k, n) sums of products of what two rows are off their
    means: the variance (n-1) of row a is products[a, a] / (length - 1). A window with a NaN in it is NaN, and no other.
    """

    length: int | Times
    mean: Floats
    products: Floats

    @property
    def deviation(self) -> Floats:
        """(k, n) standard deviations (n-1)."""
        with np.errstate(invalid="ignore"):  # one value alone is off nothing
            found: Floats = np.sqrt(np.einsum("aan->an", self.products) / (self.length - 1))
        return found


def windows(values: Floats, length: int) -> Windows:
    """The windows of `length` over values (k, n). Raises ValueError if length < 1."""
    if length < 1:
        raise ValueError(f"a window is of 1 value or more, not {length}")
    rows, n = values.shape
    mean, products = np.full((rows, n), np.nan), np.full((rows, rows, n), np.nan)
    if length <= n:
        found = _put_together(values, length)
        mean[:, length - 1 :], products[:, :, length - 1 :] = found.mean, found.products
    return Windows(length, mean, products)


def so_far(values: Floats) -> Windows:
    """For each of the values (k, n) the window of it and all before it."""
    n = values.shape[1]
    mean, products, step = values.copy(), _no_products(values), 1
    while step < n:
        length = np.minimum(np.arange(1, n + 1), step)
        earlier = Windows(length[:-step], mean[:, :-step], products[:, :, :-step])
        later = Windows(length[step:], mean[:, step:], products[:, :, step:])
        longer = _merged(earlier, later)
        mean[:, step:], products[:, :, step:] = longer.mean, longer.products
        step *= 2
    return Windows(np.arange(1, n + 1), mean, products)


def decaying(values: Floats, keep: float) -> Floats:
    """y[i] = values[i] + keep * y[i-1], from y[0] = values[0] on: (n,). keep: at least 0, below 1."""
    sums, step, weight = values.copy(), 1, keep
    while step < len(sums) and weight > 0.0:
        sums[step:] += weight * sums[:-step]
        step, weight = step * 2, weight * weight
    return sums


def sums_since(starts: NDArray[np.bool_], values: Floats) -> Floats:
    """Sums of the values from the newest start on: (n,). starts: (n,) True where it begins anew; the first is one."""
    place = np.arange(len(values))
    since = place - np.maximum.accumulate(np.where(starts, place, 0))
    sums, step = values.copy(), 1
    while step <= since.max(initial=0):
        sums[step:] += np.where(since[step:] >= step, sums[:-step], 0.0)
        step *= 2
    return sums


def _put_together(values: Floats, length: int) -> Windows:
    """Each window at the place where it starts, without those that would reach beyond the end."""
    part = Windows(1, values, _no_products(values))
    whole = None
    while True:
        if length & part.length:
            whole = _joined(whole, part) if whole else part
        if whole and whole.length == length:
            return whole
        part = _joined(part, part)


def _joined(first: Windows, then: Windows) -> Windows:
    """Windows of both lengths together: `then` begins where `first` ends."""
    n = first.mean.shape[1] - then.length
    earlier = Windows(first.length, first.mean[:, :n], first.products[:, :, :n])
    part = slice(first.length, first.length + n)
    return _merged(earlier, Windows(then.length, then.mean[:, part], then.products[:, :, part]))


def _merged(earlier: Windows, later: Windows) -> Windows:
    """What each two windows have together."""
    length = earlier.length + later.length
    apart = later.mean - earlier.mean
    between = apart[:, None] * apart * (earlier.length * later.length / length)
    mean = earlier.mean + apart * (later.length / length)
    return Windows(length, mean, earlier.products + later.products + between)


def _no_products(values: Floats) -> Floats:
    """Nothing is off its own mean; NaN stays NaN."""
    products: Floats = 0.0 * (values[:, None] + values)
    return products
