"""Whose prices make the bars of a pair that no exchange has given yet: one exchange's at a time."""

import math

from cryptoprices.core.candles import Candles
from cryptoprices.core.intervals import floor_ms
from cryptoprices.core.market import Pair
from cryptoprices.qt.recorder import Recorder


class Voice:
    """A bar is of one exchange as a whole: where another takes over in the middle, the bar is made anew of its prices.

    name: the exchange whose prices make the running bar, "" before the first price.
    """

    def __init__(self, pair: Pair, recorder: Recorder) -> None:
        self._pair, self._recorder = pair, recorder
        self._turns: list[tuple[float, str]] = []  # since when, Unix ms, the bars are whose

    @property
    def name(self) -> str:
        """Whose bar runs now."""
        return self._turns[-1][1] if self._turns else ""

    def price(self, leader: str, keep: bool) -> tuple[str, float] | None:
        """Who is to be heard now, and what it says; None where nobody says anything that can be trusted.

        leader: the exchange whose candles stand before: it is heard, else the first one in the person's order. keep:
        whoever is heard goes on while it has a price.
        """
        prices = self._recorder.prices(self._pair)
        heard = [name for name in (self.name if keep else "", leader) if name in prices]
        name = next(iter([*heard, *prices]), "")
        return (name, prices[name]) if name else None

    def pass_to(self, name: str, t_ms: float) -> None:
        """From the bar on that runs at this time, Unix ms, this exchange is heard; from the very first one at first."""
        if name != self.name:
            self._turns.append((t_ms if self._turns else 0.0, name))

    def start_over(self) -> None:
        """All that was heard is of who is heard now."""
        self._turns = [(0.0, self.name)] if self.name else []

    def whose(self, t_ms: float, interval: str) -> str:
        """Whose bar of this width holds this time."""
        return next((name for since_ms, name in reversed(self._turns) if floor_ms(int(since_ms), interval) <= t_ms), "")

    def minutes(self, interval: str) -> Candles:
        """Minute candles of what was heard, for bars of this width."""
        candles, until_ms = Candles.of(()), math.inf
        for since_ms, name in reversed(self._turns):
            open_ms = floor_ms(int(since_ms), interval)
            candles = self._recorder.heard(self._pair, name)[0].between(open_ms, until_ms).merged(candles)
            until_ms = min(until_ms, open_ms)
        return candles

    @property
    def newest_ms(self) -> float:
        """When the newest price came, Unix ms; NaN before the first."""
        return self._recorder.heard(self._pair, self.name)[1]
