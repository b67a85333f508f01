"""Prices as of now for views that ask every second: worked out anew only when more than their ages has changed."""

from cryptoprices.core.freshness import age_s, limits_s
from cryptoprices.core.market import Pair
from cryptoprices.core.snapshot import PairPrice, QuoteView, Ratio, Snapshot, ratio_of


class Reader:
    """Answers as the snapshot does (`Snapshot.price`, `.ratio`), cheaply while nothing but time passes."""

    def __init__(self) -> None:
        self._of: Snapshot | None = None
        self._known: dict[Pair, tuple[PairPrice, float, float]] = {}  # what was found, when, and until when it holds

    def price(self, snapshot: Snapshot, pair: Pair, now_boot_s: float) -> PairPrice:
        """The pair as it is to be shown at boot time `now_boot_s`."""
        if snapshot is not self._of:
            self._of, self._known = snapshot, {}
        found, then, until = self._known.get(pair) or (None, 0.0, 0.0)
        if found is None or not then <= now_boot_s < until:
            found = snapshot.price(pair, now_boot_s)
            self._known[pair] = found, now_boot_s, _steady_until(snapshot, pair, now_boot_s)
            return found
        passed = now_boot_s - then
        quotes = tuple([QuoteView(q.quote, q.state, q.age_s + passed, q.deviation_pct) for q in found.quotes])
        return found._replace(quotes=quotes, age_s=None if found.age_s is None else found.age_s + passed)

    def ratio(self, snapshot: Snapshot, over: Pair, under: Pair, now_boot_s: float) -> Ratio:
        """price(over) / price(under)."""
        return ratio_of(self.price(snapshot, over, now_boot_s), self.price(snapshot, under, now_boot_s))


def _steady_until(snapshot: Snapshot, pair: Pair, now_boot_s: float) -> float:
    """The boot time at which the first of the pair's quotes passes from one state to the next."""
    until = float("inf")
    for name, held in snapshot.held.get(pair, {}).items():
        limits = limits_s(snapshot.interval_s.get(name, 20))
        for quote in (held.latest, held.settled):
            if quote is not None:
                age = age_s(quote, now_boot_s)
                until = min([until, *(now_boot_s + limit - age for limit in limits if limit >= age)])
    return until
