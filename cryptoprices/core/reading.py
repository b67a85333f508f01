"""Prices as of now for views that ask every second: worked out anew only when more than their ages has changed."""

from operator import is_not
from typing import NamedTuple

from cryptoprices.core.freshness import age_s, limits_s
from cryptoprices.core.market import Pair
from cryptoprices.core.snapshot import PairPrice, QuoteView, Ratio, Snapshot, ratio_of


class _Found(NamedTuple):
    """What was found, when, until when it holds, and what it was made of: the same objects make the same."""

    view: PairPrice
    then_boot_s: float
    until_boot_s: float
    made_of: tuple[object, ...]


class Reader:
    """Answers as the snapshot does (`Snapshot.price`, `.ratio`), cheaply while nothing but time passes.

    A new snapshot that differs in other pairs only costs nothing either.
    """

    def __init__(self) -> None:
        self._known: dict[Pair, _Found] = {}

    def price(self, snapshot: Snapshot, pair: Pair, now_boot_s: float) -> PairPrice:
        """The pair as it is to be shown at boot time `now_boot_s`."""
        known, parts = self._known.get(pair), snapshot.parts(pair)
        if (
            known is None
            or not known.then_boot_s <= now_boot_s < known.until_boot_s
            or any(map(is_not, parts, known.made_of))
        ):
            view = snapshot.price(pair, now_boot_s)
            self._known[pair] = _Found(view, now_boot_s, _steady_until(snapshot, pair, now_boot_s), parts)
            return view
        view, passed = known.view, now_boot_s - known.then_boot_s
        quotes = [QuoteView(q.quote, q.state, q.age_s + passed, q.deviation_pct, q.illiquid) for q in view.quotes]
        return view._replace(quotes=tuple(quotes), age_s=None if view.age_s is None else view.age_s + passed)

    def holds_until(self, pair: Pair) -> float:
        """The boot time until which what was answered last of this pair changes in nothing but ages."""
        return self._known[pair].until_boot_s

    def ratio(self, snapshot: Snapshot, over: Pair, under: Pair, now_boot_s: float) -> Ratio:
        """price(over) / price(under)."""
        return ratio_of(self.price(snapshot, over, now_boot_s), self.price(snapshot, under, now_boot_s))


def _steady_until(snapshot: Snapshot, pair: Pair, now_boot_s: float) -> float:
    """The boot time at which the first of the quotes it is made of passes from one state to the next."""
    until = float("inf")
    for name, held in [item for leg in snapshot.legs(pair) for item in snapshot.held.get(leg, {}).items()]:
        limits = limits_s(snapshot.interval_s.get(name, 20))
        if held.polled is not None:  # the day's figures that a stream lacks (with_day)
            figures_until = held.polled.sent_boot_s + limits[0]
            until = min(until, figures_until) if figures_until >= now_boot_s else until
        for quote in (held.latest, held.settled):
            if quote is not None:
                age = age_s(quote, now_boot_s)
                until = min([until, *(now_boot_s + limit - age for limit in limits if limit >= age)])
    return until
