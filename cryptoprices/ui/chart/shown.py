"""What there is to be seen in a chart: its lines, where bars are missing, and the time that is in view."""

import math
from typing import NamedTuple

from cryptoprices.core.bars import Hole
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.market import Pair
from cryptoprices.core.pairs import ratio_pairs
from cryptoprices.core.series import Series, common_start
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.lines import Line
from cryptoprices.ui.chart.modes import Mode, Range
from cryptoprices.ui.reasons import exchange_title
from cryptoprices.ui.theme import Theme

FIRST_MS = 300_000.0  # so much time there is room for at first: the line grows into it
_END = 0.03  # room after the last sample, part of the view
_STEPS = 512  # before there is a past, the view goes on by about this part of its length


class Shown(NamedTuple):
    """Where what is shown comes from."""

    hub: Hub
    timeline: Timeline

    def lines(self, mode: Mode, theme: Theme, from_ms: float) -> list[Line]:
        """The lines of the mode, rebased to the first moment in view in which all have a value; none without it."""
        timeline, percent = self.timeline, mode is Mode.COMPARE
        shown: list[tuple[Pair | None, Series]] = [(None, timeline.ratio)]
        if mode is not Mode.RATIO:
            pairs = timeline.compared() if percent else (self.hub.selected,)
            shown = [(pair, timeline.series(pair)) for pair in pairs]
        shown = [(pair, series) for pair, series in shown if len(series)]
        base_ms = common_start([series for _, series in shown], from_ms) if shown else None
        if base_ms is None:
            return []
        bases = [float(series.values[series.index(base_ms)]) for _, series in shown]
        return [
            Line(pair.base if pair else "ETH/BTC", series, _colour(pair, theme), base, percent, pair)
            for (pair, series), base in zip(shown, bases, strict=True)
        ]

    def missing(self, lines: list[Line]) -> tuple[list[Hole], list[Hole]]:
        """Where bars of the first line are missing, and where they were filled in later; for a ratio Ether's."""
        if not lines:
            return [], []
        pair = lines[0].pair or (ratio_pairs(self.hub.pairs) or self.hub.pairs)[0]
        return self.timeline.holes(pair), self.timeline.silences(pair)

    def whose(self, line: Line, t_ms: float) -> str:
        """The exchange whose price a line shows at this time, and its currency if the person has chosen one."""
        if line.pair is None:
            return ""
        name = self.timeline.whose(line.pair, t_ms)
        parts = [exchange_title(name, self.hub) if name else "", self.currency]
        return ", ".join(part for part in parts if part)

    @property
    def currency(self) -> str:
        """The currency of dollar prices, if the person has chosen one: "in EUR", "in USD" while there is no rate."""
        return "" if self.hub.currency == "USD" else f"in {self.timeline.rates.currency}"

    def span(self) -> tuple[float, float] | None:
        """First and last time that anything is known of the chosen pair."""
        times = self.timeline.series(self.hub.selected).times
        return (float(times[0]), float(times[-1])) if len(times) else None

    def available(self) -> frozenset[Range]:
        """The ranges that can be chosen: all of them, or before there is a past those as long as the polls' line."""
        span = self.span()
        length = span[1] - span[0] if span else 0.0
        return frozenset(r for r in Range if self.timeline.ready or r.ms is None or r.ms <= length)

    def followed(self, range_: Range) -> tuple[float, float]:
        """The time in view while following: the range that the figures are of, and some room after it."""
        if not self.timeline.ready:
            return self._followed_polls(range_)
        first, last = self.timeline.bounds_ms()
        width = INTERVALS_MS[self.timeline.interval]
        if range_.ms is None:
            span = self.span()
            first = int(span[0]) if span else last - width
        return first, last + width + (last - first) * _END

    def _followed_polls(self, range_: Range) -> tuple[float, float]:
        """Before there is a past. It goes on in small steps, so that most samples find it where it was."""
        first, last = self.span() or (0.0, 0.0)
        range_ms = range_.ms if range_ in self.available() else None  # until there is so much, all there is
        length = range_ms or max(last - first, FIRST_MS)
        step = 2.0 ** math.ceil(math.log2(length / _STEPS))
        stop = math.ceil((last + length * _END) / step) * step
        if range_ms is None:
            return first, max(stop, first + length * (1 + _END))
        return stop - length, stop


def _colour(pair: Pair | None, theme: Theme) -> str:
    known = {"BTC": theme.first, "ETH": theme.second}
    return known.get(pair.base, theme.accent) if pair else theme.accent
