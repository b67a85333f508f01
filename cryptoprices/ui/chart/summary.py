"""What is to be seen in the chart, in one sentence."""

from datetime import datetime, tzinfo
from typing import NamedTuple

import numpy as np

from cryptoprices.core.figures import total_return_pct
from cryptoprices.core.formatting import plural
from cryptoprices.core.intervals import DAY_MS
from cryptoprices.core.series import Floats
from cryptoprices.core.units import other_unit
from cryptoprices.ui.chart.candle_layer import CandleLayer
from cryptoprices.ui.chart.holes import visible
from cryptoprices.ui.chart.line_layer import LineLayer
from cryptoprices.ui.chart.shown import Picture
from cryptoprices.ui.chart.spoken import sentence, spoken_time

_YEAR_MS = 365 * DAY_MS


class _Seen(NamedTuple):
    """Samples in view, (n,) each: when, and how low and high it was then. cut: those before were in another unit."""

    t_ms: Floats
    low: Floats
    high: Floats
    cut: bool = False


def summary(
    picture: Picture, times: tuple[float, float], zone: tzinfo | None, range_: str = "", currency: str = ""
) -> str:
    """ "1 day: BTC rose 1.84 percent from 95,650.00 to 97,412.50, low 95,310.00 at 03:10, high 97,880.00 at 11:25; ETH
    fell 0.62 percent; 2 gaps."

    times: in view, Unix ms. range_: how long that is, "" to say from when to when. currency: "in EUR", or "". Of the
    first line all is told, with the lows and highs of its candles where those are drawn; of others how they moved.
    """
    when = range_ or f"{spoken_time(times[0], zone)} to {spoken_time(times[1], zone)}"
    closes = [(line, seen) for line in picture.lines if len((seen := _of_line(line, times)).t_ms)]
    told = [_moved(line, seen.low) + (" since its unit changed" if seen.cut else "") for line, seen in closes]
    if not closes:
        return f"{when}: nothing is known."
    line, seen = closes[0]
    first, last = (line.scale.text(float(seen.low[at])) for at in (0, -1))
    ends = f"from {first} to {last}" if len(seen.t_ms) > 1 else f"at {last}"
    told[0] = " ".join(part for part in (told[0], ends, currency) if part)
    layer = picture.layers[0]
    if isinstance(layer, CandleLayer) and line is picture.lines[0]:
        candles = layer.drawn(*times)
        seen = _Seen(candles.open_ms, candles.low, candles.high)
    told[0] = sentence([told[0], *_extremes(line, seen, times[1] - times[0], zone)])
    gaps = len(visible(picture.holes, *times))
    return f"{when}: {'; '.join([*told, *([plural(gaps, 'gap')] if gaps else [])])}."


def _of_line(line: LineLayer, times: tuple[float, float]) -> _Seen:
    series = line.series
    shown = slice(series.index(times[0]), series.index(times[1]))
    at, values = series.times[shown], series.values[shown]
    known = ~np.isnan(values)
    at, values = at[known], values[known]
    since = max(other_unit(values), default=-1) + 1
    return _Seen(at[since:], values[since:], values[since:], since > 0)


def _moved(line: LineLayer, values: Floats) -> str:
    """ "BTC rose 1.84 percent"."""
    change = total_return_pct(values)
    if change is None:
        return f"{line.name} stands"
    if round(change, 2) == 0:
        return f"{line.name} did not move"
    return f"{line.name} {'fell' if change < 0 else 'rose'} {abs(change):,.2f} percent"


def _extremes(line: LineLayer, seen: _Seen, length_ms: float, zone: tzinfo | None) -> list[str]:
    """When it was lowest and highest; nothing of a single sample."""
    if len(seen.t_ms) < 2:
        return []
    low, high = int(seen.low.argmin()), int(seen.high.argmax())
    return [
        f"{word} {line.scale.text(float(value))} at {_moment(float(seen.t_ms[at]), length_ms, zone)}"
        for word, at, value in (("low", low, seen.low[low]), ("high", high, seen.high[high]))
    ]


def _moment(t_ms: float, length_ms: float, zone: tzinfo | None) -> str:
    """As short as it is clear within a view of this length."""
    moment = datetime.fromtimestamp(t_ms / 1000, zone)
    if length_ms <= 1.1 * DAY_MS:
        return f"{moment:%H:%M}"
    return f"{moment.day} {moment:%b %H:%M}" if length_ms < _YEAR_MS else f"{moment.day} {moment:%b %Y}"
