"""What a run has heard of one exchange's price, minute by minute: bars are made of it until the exchange gives its."""

from array import array

import numpy as np

from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.intervals import MINUTE_MS, floor_ms

_MOST = 1500  # minutes that are kept at least: more than a day, and exchanges give theirs every few hours


class Heard:
    """newest_ms: Unix ms of the newest price, which rises; NaN before the first."""

    def __init__(self) -> None:
        self.newest_ms = float("nan")
        self._open_ms = array("q")
        self._open, self._high, self._low, self._close = (array("d") for _ in range(4))
        self._origin = array("B")

    def add(self, t_ms: float, price: float, origin: Origin) -> None:
        """The price at this moment, Unix ms."""
        self.newest_ms = t_ms
        open_ms = floor_ms(int(t_ms), "1m")
        if self._open_ms and open_ms <= self._open_ms[-1]:
            self._high[-1] = max(self._high[-1], price)
            self._low[-1] = min(self._low[-1], price)
            self._close[-1] = price
            self._origin[-1] = min(self._origin[-1], origin)
            return
        for column in (self._open, self._high, self._low, self._close):
            column.append(price)
        self._open_ms.append(open_ms)
        self._origin.append(origin)
        if len(self._open_ms) > 2 * _MOST:
            del self._open_ms[:-_MOST], self._origin[:-_MOST]
            for column in (self._open, self._high, self._low, self._close):
                del column[:-_MOST]

    def shift(self, by_ms: float) -> None:
        """Move all times, after the machine's calendar was set anew: by whole minutes, as candles begin at these."""
        self.newest_ms += by_ms
        by_minutes_ms = round(by_ms / MINUTE_MS) * MINUTE_MS
        self._open_ms = array("q", (open_ms + by_minutes_ms for open_ms in self._open_ms))

    def candles(self) -> Candles:
        """Of a minute each, without volume; the last one may be running still."""
        first, high, low, close = (np.array(column) for column in (self._open, self._high, self._low, self._close))
        unknown, origins = np.full(len(first), np.nan), np.array(self._origin, np.uint8)
        return Candles(np.array(self._open_ms, np.int64), first, high, low, close, unknown, origins)
