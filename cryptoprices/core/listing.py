"""Whether an exchange has taken a pair off its list, as far as its answers show it. Pure."""

from collections import Counter
from collections.abc import Iterable

from cryptoprices.core.market import Pair, Quote

ABSENT_ANSWERS = 3


class Listing:
    """Of one exchange. delisted: pairs that are likely gone; one that comes back with a trade is there again.

    A pair is taken for delisted when 3 answers in a row lack it that were to hold it, after it was there, or hold a
    last price of more than a day ago: nothing was traded in 24 hours (volume 0, not unknown).
    """

    def __init__(self) -> None:
        self.delisted: frozenset[Pair] = frozenset()
        self._there: set[Pair] = set()
        self._absent: Counter[Pair] = Counter()

    def answered(self, quotes: Iterable[Quote], missing: Iterable[Pair]) -> None:
        """It answered a poll. missing: pairs that it was asked for in vain, while it gave or refused others."""
        for quote in quotes:
            self._there.add(quote.pair)
            if quote.ticker.volume_24h == 0:
                self._absent[quote.pair] += 1
            else:
                del self._absent[quote.pair]
        self._absent.update(self._there.intersection(missing))
        self.delisted = frozenset(pair for pair, count in self._absent.items() if count >= ABSENT_ANSWERS)

    def had(self, pair: Pair) -> bool:
        """Whether it has ever given the pair."""
        return pair in self._there
