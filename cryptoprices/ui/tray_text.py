"""What the tray says: the price in the icon, the rows of the menu, the tooltip. Texts and colours only."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from cryptoprices.core.formatting import UNKNOWN, age_text, arrow_text, moment_text, plural, price_text, remark
from cryptoprices.core.market import MANUAL, Pair
from cryptoprices.core.snapshot import PairPrice, State
from cryptoprices.ui.theme import DARK

EXPIRED_AFTER_MS = 600_000

_WORDS = {
    State.LIVE: "live",
    State.DELAYED: "delayed",
    State.STALE: "not current",
    State.EXPIRED: "no current price",
    State.DISAGREE: "the exchanges disagree",
    State.NO_DATA: "no price yet",
}


class Moment(NamedTuple):
    """How to get prices as of now (Hub.price), with the present wall time in Unix ms."""

    price: Callable[[Pair], PairPrice]
    wall_ms: int


class Glance(NamedTuple):
    """What the icon shows. price: None once expired. colour: #rrggbb, for a dark ground."""

    price: Decimal | None
    colour: str


def glance(view: PairPrice, wall_ms: int) -> Glance:
    """Current price in its direction's colour, amber while delayed, grey while not current, then nothing at all."""
    if view.price is not None:
        if view.state is not State.LIVE:
            return Glance(view.price, DARK.warn)
        change = view.change_24h_pct or 0
        return Glance(view.price, DARK.up if change > 0 else DARK.down if change < 0 else DARK.text)
    if view.state is State.DISAGREE:
        return Glance(None, DARK.warn)
    if view.state is State.STALE and view.last_known and not _is_expired(view, wall_ms):
        return Glance(view.last_known.price, DARK.muted)
    return Glance(None, DARK.muted)


def _is_expired(view: PairPrice, wall_ms: int) -> bool:
    """A price of an earlier run has only a calendar time; one of this run has an age, which no clock change touches."""
    return view.age_s is None and view.last_known is not None and wall_ms - view.last_known.wall_ms > EXPIRED_AFTER_MS


def figure_text(view: PairPrice, wall_ms: int) -> str:
    """Price and change, or the last known price with its time, or "—": "97,412.50  ▲ 1.84 %"."""
    if view.price is not None:
        late = f" · {age_text(view.age_s or 0)} old" if view.state is State.DELAYED else ""
        change = "" if view.change_24h_pct is None else f"  {arrow_text(view.change_24h_pct)}"
        return f"{price_text(view.price, view.pair.quote)}{change}{late}"
    if view.state is State.DISAGREE:
        return "exchanges disagree"
    if view.last_known and view.state is State.STALE and not _is_expired(view, wall_ms):
        figure = price_text(view.last_known.price, view.pair.quote)
        return f"{figure} as of {moment_text(view.last_known.wall_ms, wall_ms)}"
    return UNKNOWN


def sources_text(view: PairPrice, paused: bool) -> str:
    """ "5 of 5 exchanges · 3 s ago", "set by hand · 3 d ago"."""
    parts = [f"{len(view.counted)} of {plural(len(view.counted) + len(view.left_out), 'exchange')}"]
    if MANUAL in view.counted:
        parts = [remark(view)]
    if view.age_s is not None:
        parts.append(f"{age_text(view.age_s)} ago")
    if paused:
        parts.append("paused")
    return " · ".join(parts)


def tooltip(name: str, pairs: Sequence[Pair], now: Moment, paused: bool) -> str:
    """All pairs with full figures; below them state, age and number of exchanges of the first."""
    lines = [name]
    views = [now.price(pair) for pair in pairs]
    lines += [f"{view.pair}  {figure_text(view, now.wall_ms)}" for view in views]
    first = views[0]
    lines.append(f"{first.pair}: {_WORDS[first.state]} · {sources_text(first, paused)}")
    return "\n".join(lines)
