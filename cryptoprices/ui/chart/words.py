"""What the chart says in words: what it waits for, and what is to be seen for those who do not see it."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from cryptoprices.core.formatting import age_text
from cryptoprices.core.pairs import ratio_pairs
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.chart.lines import Line
from cryptoprices.ui.chart.modes import Mode

_FEW = 8  # samples among which it is counted whether there is a line


def description(mode: Mode, lines: Sequence[Line], start_ms: float, stop_ms: float) -> str:
    """Mode, coins, first and last time in view and number of points."""
    if not lines:
        return f"{mode}: no points yet"
    series = lines[0].series
    at, to = series.index(start_ms), series.index(stop_ms)
    if at == to:
        return f"{mode}: no points in view" if len(series) else f"{mode}: no points yet"
    first, last = (datetime.fromtimestamp(series.times[i] / 1000).astimezone() for i in (at, to - 1))
    names = " and ".join(line.name for line in lines)
    return f"{mode}: {names}, {first:%d %b %Y %H:%M:%S} to {last:%d %b %Y %H:%M:%S}, {to - at} points"


def waiting(hub: Hub, mode: Mode, lines: Sequence[Line]) -> str:
    """What the chart waits for while there is no line yet, in one sentence; empty where there is one."""
    series = [line.series for line in lines]
    known = min((int(np.count_nonzero(~np.isnan(one.values[:_FEW]))) for one in series), default=0)
    if known > 1 or any(len(one) > _FEW for one in series):
        return ""
    if mode is Mode.RATIO and not ratio_pairs(hub.pairs):
        return "The ratio needs Bitcoin and Ether in one currency in the watchlist."
    if hub.snapshot.poll == 0 or (hub.snapshot.poll == 1 and not hub.snapshot.poll_over):
        return "The first prices are on their way."
    if hub.paused:
        return "Paused. The line begins when prices are asked for again."
    wait_s = max(0.0, (hub.next_poll_boot_s or 0.0) - hub.clock.boot_s())
    when = f"in {age_text(wait_s)}" if wait_s >= 1 else "now"
    if known == 1:
        return f"The line begins with the second poll, {when}."
    return f"No price yet that can be trusted. The exchanges are asked again {when}."
