"""The markets that are served: each is one pair at one exchange, with what that very exchange says of it.

Binance's bitcoin is its market in USDT, at its own price, also where the program counts it as dollars.
"""

from collections.abc import Iterator
from decimal import Context, Decimal
from typing import NamedTuple

from cryptoprices.api.cryptowatch.identity import market_id, symbol_of
from cryptoprices.api.ports import Moment
from cryptoprices.core.day_figures import with_day
from cryptoprices.core.freshness import State, age_s, freshness
from cryptoprices.core.market import Pair, Quote, Standing, Ticker
from cryptoprices.core.snapshot import Held
from cryptoprices.core.stablecoins import stand_in

_CURRENT = (State.LIVE, State.DELAYED)
_EXACT = Context(prec=120)  # prices have up to 50 digits; Decimal's usual 28 would round, or refuse to
_EIGHT_PLACES = Decimal("1e-8")


class Market(NamedTuple):
    """quote, polled: its newest quote, and the newest that came by a poll; None before the first.

    frozen: it says the same as ever while others move. interval_s: how often the exchange is asked.
    """

    exchange: str
    pair: Pair
    quote: Quote | None = None
    polled: Quote | None = None
    frozen: bool = False
    interval_s: float = 20.0

    @property
    def symbol(self) -> str:
        """Of the pair: btcusd."""
        return symbol_of(self.pair)

    @property
    def id(self) -> int:
        """Its number."""
        return market_id(self.exchange, self.symbol)

    def current(self, now_boot_s: float) -> Ticker | None:
        """What the exchange says now, with its figures of 24 hours; None while nothing is known that is still true.

        By the same limits as everywhere: what would be STALE has no price, since this API cannot say how old it is.
        """
        if self.quote is None or self.frozen:
            return None
        if freshness(age_s(self.quote, now_boot_s), self.interval_s) not in _CURRENT:
            return None
        return with_day(self.quote, self.polled, now_boot_s, self.interval_s)

    def book(self, now_boot_s: float) -> tuple[Decimal, Decimal] | None:
        """Best bid and ask, None where the exchange tells none. Where its stream does not, those of a LIVE poll."""
        for quote in (self.quote, self.polled):
            if quote and quote.ticker.bid and quote.ticker.ask:
                age = age_s(quote, now_boot_s)
                live = freshness(age, self.interval_s) is State.LIVE
                return (quote.ticker.bid, quote.ticker.ask) if live else None
        return None

    def missing(self, now_boot_s: float) -> str:
        """Why there is no current price: one sentence."""
        if self.quote is None:
            return f"No price of {self.exchange} {self.symbol} has come yet"
        if self.frozen:
            return f"{self.exchange} {self.symbol} stands still while others move"
        return f"The last price of {self.exchange} {self.symbol} is {age_s(self.quote, now_boot_s):.0f} s old"


class Markets:
    """All that are served at a moment, by exchange and symbol of the pair, in the order of these names."""

    def __init__(self, moment: Moment) -> None:
        found = {(market.exchange, market.symbol): market for market in _found(moment)}
        self._by_name = {name: found[name] for name in sorted(found)}
        self.exchanges = dict.fromkeys(moment.exchanges, True) | dict.fromkeys(moment.switched_off, False)
        self.titles = {
            name: exchange.source.title for name, exchange in (*moment.exchanges.items(), *moment.switched_off.items())
        }

    def __iter__(self) -> Iterator[Market]:
        return iter(self._by_name.values())

    def find(self, exchange: str, symbol: str) -> Market | None:
        """The market of these names."""
        return self._by_name.get((exchange, symbol))

    def pairs(self) -> dict[str, Pair]:
        """All pairs that have a market, by symbol."""
        found = {market.symbol: market.pair for market in self}
        return {symbol: found[symbol] for symbol in sorted(found)}

    def assets(self) -> list[str]:
        """All that are a side of a pair, by the program's symbols."""
        return sorted({side for market in self for side in market.pair})


def _found(moment: Moment) -> Iterator[Market]:
    """Those that may be first, those that are priced last."""
    snapshot, priced = moment.snapshot, []
    for pair in moment.pairs:
        held = snapshot.held.get(pair, {})
        for name, exchange in moment.exchanges.items():
            interval_s = snapshot.interval_s.get(name, 20.0)
            if name in held:
                priced.append(_of(held[name], name, interval_s))
                continue
            standing = snapshot.standings.get(name, Standing(name))
            other = stand_in(pair)
            own = pair if exchange.source.lists(pair) or other is None else other
            gone = {pair, own} & (standing.refused | standing.delisted)
            if exchange.source.lists(own) and not exchange.only_missing and not gone:
                yield Market(name, own, interval_s=interval_s)
    yield from priced


def _of(held: Held, exchange: str, interval_s: float) -> Market:
    quote, polled = _own(held.latest), held.polled and _own(held.polled)
    return Market(exchange, quote.pair, quote, polled, held.mark is State.FROZEN, interval_s)


def _own(quote: Quote) -> Quote:
    """The exchange's own words where they were converted."""
    return quote.made_of.own if quote.made_of else quote


class Day(NamedTuple):
    """The last 24 hours of a market. change_fraction: 0.0017 is 0.17 %. turnover: the volume in the quote currency."""

    last: Decimal
    high: Decimal | None
    low: Decimal | None
    change: Decimal | None
    change_fraction: Decimal | None
    volume: Decimal | None
    turnover: Decimal | None


def day_of(ticker: Ticker) -> Day:
    """Its figures. Those that the exchange does not tell are None."""
    price, pct, volume, spent = ticker.price, ticker.change_24h_pct, ticker.volume_24h, None
    change = fraction = None
    if pct is not None and pct > -100:
        fraction = pct.scaleb(-2, _EXACT)
        change = _EXACT.divide(_EXACT.multiply(price, fraction), 1 + fraction).quantize(_places(price), context=_EXACT)
    if volume is not None and ticker.high_24h is not None and ticker.low_24h is not None:
        spent = turnover(volume, ticker.high_24h, ticker.low_24h)
    return Day(price, ticker.high_24h, ticker.low_24h, change, fraction, volume, spent)


def turnover(volume: Decimal, high: Decimal, low: Decimal) -> Decimal:
    """A volume in the quote currency, which we are not told: at the middle of high and low, to eight digits.

    It lies between volume times low and volume times high.
    """
    middle = _EXACT.divide(_EXACT.add(high, low), Decimal(2))
    return _EXACT.multiply(volume, middle).quantize(_EIGHT_PLACES, context=_EXACT)


def _places(price: Decimal) -> Decimal:
    """As many decimals as the price has."""
    exponent = price.as_tuple().exponent
    return Decimal(1).scaleb(min(exponent, 0)) if isinstance(exponent, int) else Decimal(1)
