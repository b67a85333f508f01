"""The premiums of exchanges as lines of a chart."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cryptoprices.core.candles import Times
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.series import Floats, Series
from cryptoprices.core.studies import Unit
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.venues import Venues
from cryptoprices.ui.analysis.tab import percent_text
from cryptoprices.ui.chart.line_layer import LineLayer
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.reasons import exchange_title
from cryptoprices.ui.theme import Theme

_COLOURS = ("first", "accent", "up", "down", "text", "muted", "second", "warn")  # of the theme
_THIN, _THICK = 1.2, 3.0


class _Premium(Scale):
    """Per cent that are told to a thousandth: exchanges differ by little."""

    def text(self, value: float) -> str:
        """ "+0.012 %"."""
        return percent_text(value)


class Line(NamedTuple):
    """above_pct: (n,) at end_ms (n,), NaN where unknown. below: it belongs into the lower pane."""

    name: str
    market: str
    end_ms: Times
    above_pct: Floats
    series: Series
    below: bool = False


def lines_of(venues: Venues, hub: Hub) -> list[Line]:
    """One for each exchange, then what the stablecoins cost above one dollar."""
    width_ms, found = INTERVALS_MS[venues.interval], venues.premiums
    lines = []
    for name, above_pct in found.by_exchange.items():
        market, title = venues.converted.get(name, venues.pair), exchange_title(name, hub)
        own = f"{market} × {market.quote}/USD" if name in venues.converted else str(market)
        lines.append(Line(title, own, found.end_ms, above_pct, _series(found.end_ms, above_pct, width_ms)))
    for coin, closes in venues.stablecoins.items():
        above_pct = 100.0 * (closes.close - 1.0)
        series = _series(closes.end_ms, above_pct, width_ms)
        lines.append(Line(f"{coin} above one dollar", f"{coin}/USD", closes.end_ms, above_pct, series, below=True))
    return lines


def colour_of(number: int, theme: Theme) -> str:
    """Of the line with this number."""
    return str(getattr(theme, _COLOURS[number % len(_COLOURS)]))


def layers(lines: Sequence[Line], chosen: int, theme: Theme, below: bool) -> list[LineLayer]:
    """Those of a pane. chosen: the number of the line that is thicker and says its value at its end."""
    return [
        LineLayer(
            line.name,
            line.series,
            colour_of(number, theme),
            _Premium(unit=Unit.PERCENT),
            ends=number == chosen,
            changes=False,
            thickness=_THICK if number == chosen else _THIN,
        )
        for number, line in enumerate(lines)
        if line.below is below
    ]


def _series(end_ms: Times, values: Floats, width_ms: int) -> Series:
    """The values with a gap where bars are missing altogether."""
    (after,) = np.nonzero(np.diff(end_ms) > width_ms)
    times = np.insert(end_ms.astype(np.float64), after + 1, end_ms[after] + 1.0)
    return Series.of(times, np.insert(values, after + 1, np.nan))
