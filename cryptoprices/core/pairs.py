"""Which pairs of a watchlist stand against each other."""

from collections.abc import Sequence

from cryptoprices.core.market import Pair

MOST_COMPARED = 8  # at once
HEADED = Pair("BTC", "USD"), Pair("ETH", "USD")
"""Those that the window shows in large figures, whatever is watched."""


def ratio_pairs(pairs: Sequence[Pair]) -> tuple[Pair, Pair] | None:
    """The pairs whose quotient is ETH in BTC: those in the first currency that the watchlist has both in."""
    for pair in pairs:
        if pair.base == "ETH" and Pair("BTC", pair.quote) in pairs:
            return pair, Pair("BTC", pair.quote)
    return None


def compared_pairs(pairs: Sequence[Pair], chosen: Pair) -> tuple[Pair, ...]:
    """Bitcoin and Ether, or Bitcoin and another chosen coin, all in the chosen pair's currency.

    Only the chosen one where the watchlist lacks the other.
    """
    bases = ("BTC", "ETH") if chosen.base in ("BTC", "ETH") else ("BTC", chosen.base)
    return tuple(Pair(base, chosen.quote) for base in bases if Pair(base, chosen.quote) in pairs)
