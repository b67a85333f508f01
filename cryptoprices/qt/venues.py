"""What a coin cost at each exchange over time: what is stored of them, all in one currency, as premiums."""

from typing import NamedTuple

from cryptoprices.core.figures import Closes, closes_of
from cryptoprices.core.market import Pair
from cryptoprices.core.premium import Premiums, in_dollars, middle, premiums
from cryptoprices.core.stablecoins import STABLECOINS, rate_pair, stand_in
from cryptoprices.qt.past import Archive


class Venues(NamedTuple):
    """premiums: of each exchange, in the person's order, those last whose price was converted.

    converted: the market of each that has none in dollars, whose price was turned into dollars bar by bar. unpriced:
    such markets of which nobody knows what their stablecoin cost. stablecoins: what each cost in dollars.
    """

    pair: Pair
    interval: str
    premiums: Premiums
    converted: dict[str, Pair]
    unpriced: dict[str, Pair]
    stablecoins: dict[str, Closes]


def find_venues(archive: Archive, pair: Pair, interval: str, since_ms: int, until_ms: int) -> Venues:
    """Blocks: for a worker. Of the bars that open in [since_ms, until_ms), Unix ms."""

    def read(wanted: Pair) -> dict[str, Closes]:
        found = archive.each(wanted, interval, since_ms, until_ms)
        return {name: closes_of(candles, interval) for name, candles in found.items()}

    stablecoins = {coin: middle(read(Pair(coin, "USD"))) for coin in STABLECOINS}
    closes, other = read(pair), stand_in(pair)
    foreign = {name: one for name, one in read(other).items() if name not in closes} if other else {}
    by = rate_pair(other) if other else None
    priced = {name: in_dollars(one, stablecoins[by.base]) for name, one in foreign.items()} if by else {}
    known = {name: one for name, one in priced.items() if len(one.close)}
    return Venues(
        pair,
        interval,
        premiums(closes | known),
        {name: other for name in known if other},
        {name: other for name in foreign if other and name not in known},
        {coin: one for coin, one in stablecoins.items() if len(one.close)},
    )
