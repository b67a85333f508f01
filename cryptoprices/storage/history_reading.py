"""Candles of the history in any width: the exchange's own where they are stored, else made of what is narrower."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.spans import Span, joined
from cryptoprices.storage.history_tables import Tables


def read_candles(tables: Tables, series: int, interval: str, since_ms: int, until_ms: int) -> Candles:
    """Those that open in [since_ms, until_ms), oldest first; the last one may be running still."""
    stored = tables.candles(series, interval, since_ms, until_ms)
    holes = stored.holes(interval, since_ms, until_ms)
    return _made(tables, series, interval, holes[0][0], holes[-1][1]).merged(stored) if holes else stored


def read_heard(tables: Tables, exchange: str, since_ms: int, until_ms: int, longest_ms: int) -> list[Span]:
    """From which sample to which, of any pair, they follow one another within longest_ms; oldest first.

    Of samples of [since_ms - longest_ms, until_ms), so that the time right after since_ms belongs to one before it.
    """
    times_ms = tables.sample_times(exchange, since_ms - longest_ms, until_ms)
    if not len(times_ms):
        return []
    (last,) = np.nonzero(np.diff(times_ms) > longest_ms)
    firsts_ms, lasts_ms = times_ms[np.append(0, last + 1)], times_ms[np.append(last, len(times_ms) - 1)]
    return list(zip(firsts_ms.tolist(), lasts_ms.tolist(), strict=True))


def gathered(candles: Candles, interval: str, known: Iterable[Span]) -> Candles:
    """Wider candles; the exchange's own only where all of their time is known: elsewhere a part may be missing."""
    wide = candles.gathered(interval)
    stops = wide.open_ms + INTERVALS_MS[interval]
    whole = np.zeros(len(wide), dtype=bool)
    for since_ms, until_ms in known:
        whole |= (wide.open_ms >= since_ms) & (stops <= until_ms)
    return replace(wide, origin=np.where(whole, wide.origin, np.minimum(wide.origin, Origin.STREAM)).astype(np.uint8))


def _made(tables: Tables, series: int, interval: str, since_ms: int, until_ms: int) -> Candles:
    """Made of samples, then of wider and wider candles; in each width those that are stored stand before made ones."""
    widths = [width for width in INTERVALS_MS if INTERVALS_MS[width] < INTERVALS_MS[interval]]  # each divides the next
    made = Candles.of_samples(*tables.samples(series, since_ms, until_ms), interval=widths[0] if widths else interval)
    known: list[Span] = []
    for width in widths:
        made = gathered(made, width, known).merged(tables.candles(series, width, since_ms, until_ms))
        known = joined([*known, *tables.covered(series, width, since_ms, until_ms)])
    return gathered(made, interval, known)
