"""What the chart says in words: what it waits for, what is missing, and what is to be seen for who does not see it."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

import numpy as np

from cryptoprices.core.bars import Hole
from cryptoprices.core.intervals import DAY_MS
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.strands import Loading
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.line_layer import LineLayer
from cryptoprices.ui.chart.modes import Mode, Range
from cryptoprices.ui.reasons import wait_text
from cryptoprices.ui.status import next_ask_s

_MONTH_MS = 30 * DAY_MS  # of longer gaps the years are told, not the hours
_FEW = 8  # samples among which it is counted whether there is a line


def description(
    mode: Mode, lines: Sequence[LineLayer], currency: str, times: tuple[float, float], zone: tzinfo | None
) -> str:
    """Mode, coins, first and last time in view and number of points. currency: "in EUR", or ""."""
    if not lines:
        return f"{mode}: no points yet"
    series = lines[0].series
    at, to = (series.index(t_ms) for t_ms in times)
    if at == to:
        return f"{mode}: no points in view" if len(series) else f"{mode}: no points yet"
    first, last = (datetime.fromtimestamp(series.times[i] / 1000, zone) for i in (at, to - 1))
    names = " ".join(part for part in (" and ".join(line.name for line in lines), currency) if part)
    return f"{mode}: {names}, {first:%d %b %Y %H:%M:%S} to {last:%d %b %Y %H:%M:%S}, {series.known(at, to)} points"


def missing(hole: Hole, zone: tzinfo | None) -> tuple[str, str]:
    """Why bars are missing and when: ("asleep", "22:10–06:12"), with dates where it lasted a day or longer."""
    since, until = (datetime.fromtimestamp(ms / 1000, zone) for ms in (hole.since_ms, hole.until_ms))
    length_ms = hole.until_ms - hole.since_ms
    form = "%H:%M" if length_ms < DAY_MS else "%d %b %H:%M" if length_ms < _MONTH_MS else "%d %b %Y"
    return hole.reason.replace("_", " ") or "no data", f"{since:{form}}–{until:{form}}"


def loading_text(loading: Loading, range_: Range, exchange: str) -> str:
    """What is loaded and how far: "Loading 1 year of BTC from Coinbase · 12 of 30 pages".

    No currency is named: dollars may be loaded to be shown in another one. exchange: its title, "" while nobody has
    answered yet. Of a single page nothing is to be counted.
    """
    asked = f" from {exchange}" if exchange else ""
    progress = loading.progress
    done = f" · {progress.done} of {progress.total} pages" if progress and progress.total > 1 else ""
    return f"Loading {range_.words} of {loading.pair.base}{asked}{done}"


def waiting(hub: Hub, timeline: Timeline, mode: Mode, lines: Sequence[LineLayer]) -> str:
    """What the chart waits for while there is no line yet, in one sentence; empty where there is one."""
    series = [line.series for line in lines]
    known = min((int(np.count_nonzero(~np.isnan(one.values[:_FEW]))) for one in series), default=0)
    if known > 1 or any(len(one) > _FEW for one in series):
        return ""
    if mode is Mode.RATIO and not timeline.ratio_pairs:
        return "The ratio needs Bitcoin and Ether in one currency in the watchlist."
    of = {Mode.COMPARE: timeline.compared(), Mode.RATIO: timeline.ratio_pairs or ()}.get(mode, (hub.selected,))
    if timeline.loading and timeline.loading.pair in of:
        return f"The past of {timeline.loading.pair.base} is on its way."
    if timeline.ready and known:
        return "Nothing is known of the past yet; the line grows with the prices that come."
    return _awaited_poll(hub, known)


def _awaited_poll(hub: Hub, known: int) -> str:
    if hub.snapshot.poll == 0 or (hub.snapshot.poll == 1 and not hub.snapshot.poll_over):
        return "The first prices are on their way."
    if hub.paused:
        return "Paused. The line begins when prices are asked for again."
    wait_s = next_ask_s(hub) or 0.0
    when = f"in {wait_text(wait_s)}" if wait_s >= 1 else "now"
    if known:
        return f"The line begins with the second poll, {when}."
    return f"No price yet that can be trusted. The exchanges are asked again {when}."
