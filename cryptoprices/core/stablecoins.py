"""USDT and USDC are no dollars: a price in them counts for dollars only by a live rate, and is labelled so."""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from typing import TYPE_CHECKING, NamedTuple

from cryptoprices.core.market import Conversion, Pair, Quote

if TYPE_CHECKING:  # its module loads what the first frame has no time for
    from cryptoprices.core.source import Exchange

STABLECOINS = ("USDT", "USDC")
STAND_IN = "USDT"
"""What an exchange is asked for a coin in where it has no market in US dollars."""
REPRICE_PCT, REPRICE_S = Decimal("0.01"), 5.0  # a rate that has moved by less, or is hardly newer, changes nothing
DEPEG_PCT = Decimal("0.5")
_EXACT = Context(prec=120)
_HUNDRED = Decimal(100)
_FOUR_PLACES = Decimal("0.0001")


class Rate(NamedTuple):
    """What a stablecoin costs in dollars, live. moment_boot_s: when its oldest counted quote was true."""

    by: Pair
    price: Decimal
    moment_boot_s: float
    change_24h_pct: Decimal | None = None

    @property
    def depegged(self) -> bool:
        """Whether it is no longer worth a dollar."""
        return abs(self.price - 1) * _HUNDRED > DEPEG_PCT

    def outdates(self, made: Conversion) -> bool:
        """Whether what was converted by an earlier rate is worth converting anew."""
        older_s = self.moment_boot_s - made.rate_boot_s
        return older_s > REPRICE_S or abs(self.price - made.rate) * _HUNDRED > REPRICE_PCT * made.rate


def rate_pair(pair: Pair) -> Pair | None:
    """The pair whose price turns a price of `pair` into dollars: BTC/USDT -> USDT/USD; None where none is needed."""
    if pair.quote in STABLECOINS and pair.base not in (*STABLECOINS, "USD"):
        return Pair(pair.quote, "USD")
    return None


def stand_in(pair: Pair) -> Pair | None:
    """The market that stands in for this one where an exchange lacks it: BTC/USD -> BTC/USDT; None where none can."""
    return Pair(pair.base, STAND_IN) if pair.quote == "USD" and pair.base not in STABLECOINS else None


def needed_pairs(pairs: Sequence[Pair], exchanges: Iterable["Exchange"]) -> tuple[Pair, ...]:
    """What is to be asked for besides these pairs' own: the rates without which some prices cannot be converted."""
    coins = {pair.quote for pair in pairs} & set(STABLECOINS)
    sources = [exchange.source for exchange in exchanges]
    for pair in pairs:
        other = Pair(pair.base, STAND_IN)
        if pair.quote == "USD" and any(source.lists(other) and not source.lists(pair) for source in sources):
            coins |= {STAND_IN} - {pair.base}
    return tuple(dict.fromkeys([*pairs, *(Pair(coin, "USD") for coin in STABLECOINS if coin in coins)]))


def in_dollars(quote: Quote, rate: Rate) -> Quote:
    """The quote in dollars, exact. Its age is that of the older one of the two; high and low of the day are unknown."""

    def dollars(price: Decimal | None) -> Decimal | None:
        return None if price is None else _product(price, rate.price)

    own = quote.ticker
    change_pct = None
    if own.change_24h_pct is not None and rate.change_24h_pct is not None:
        grown = (_HUNDRED + own.change_24h_pct) * (_HUNDRED + rate.change_24h_pct) / _HUNDRED
        change_pct = (grown - _HUNDRED).quantize(_FOUR_PLACES)
    ticker = own._replace(
        pair=Pair(own.pair.base, "USD"),
        price=_product(own.price, rate.price),
        bid=dollars(own.bid),
        ask=dollars(own.ask),
        change_24h_pct=change_pct,
        high_24h=None,
        low_24h=None,
    )
    lead_s = max(quote.lead_s, quote.sent_boot_s - rate.moment_boot_s)
    return quote._replace(ticker=ticker, lead_s=lead_s, made_of=Conversion(quote, *rate[:3]))


def _product(price: Decimal, rate: Decimal) -> Decimal:
    """Exact; without the noughts that some exchanges fill up with."""
    return _EXACT.multiply(price.normalize(_EXACT), rate)
