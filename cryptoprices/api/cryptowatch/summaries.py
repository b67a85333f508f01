"""The last 24 hours of markets: as their exchanges tell them, and what they do not tell from their own candles.

Kraken's ticker, for one, has no figure that is 24 hours old.
"""

import asyncio
from decimal import Context, Decimal

from cryptoprices.api.cryptowatch.charts import Charts
from cryptoprices.api.cryptowatch.markets import Day, Market, Markets, day_of, turnover
from cryptoprices.api.ports import Live
from cryptoprices.core.market import Candle, Pair, Ticker

_EXACT = Context(prec=120)
_EIGHT_PLACES, _TWELVE_PLACES = Decimal("1e-8"), Decimal("1e-12")


class Summaries:
    """Used on the API's loop."""

    def __init__(self, live: Live, charts: Charts) -> None:
        self._live, self._charts = live, charts

    async def one(self, market: Market, ticker: Ticker) -> Day:
        """Of one market. ticker: its current one."""
        day = day_of(ticker)
        return with_candles(day, await self._charts.last_day(market)) if None in day else day

    async def all(self, markets: Markets) -> dict[Market, Day]:
        """Of all that have a current price and whose figures are known."""
        now_s = self._live.clock.boot_s()
        current = [(market, ticker) for market in markets if (ticker := market.current(now_s))]
        days = await asyncio.gather(*(self.one(market, ticker) for market, ticker in current))
        return {market: day for (market, _), day in zip(current, days, strict=True) if None not in day}

    def dollars(self, market: Market, day: Day) -> Decimal | None:
        """The day's volume in US dollars, None where the coin has no price in them here."""
        if market.pair.quote == "USD" or day.volume is None:
            return day.turnover
        price = self._live.moment().snapshot.current(Pair(market.pair.base, "USD"), self._live.clock.boot_s())
        return None if price is None else _EXACT.multiply(day.volume, price).quantize(_EIGHT_PLACES, context=_EXACT)


def with_candles(day: Day, candles: list[Candle]) -> Day:
    """The day; what it lacks from candles of its 24 hours, oldest first, none of them missing."""
    if not candles:
        return day
    first, volume = _exact(candles[0].open), day.volume
    if day.change is None:
        change = _EXACT.subtract(day.last, first)
        fraction = _EXACT.divide(change, first).quantize(_TWELVE_PLACES, context=_EXACT)
        day = day._replace(change=change, change_fraction=fraction)
    high = day.high or max(day.last, *(_exact(candle.high) for candle in candles))
    low = day.low or min(day.last, *(_exact(candle.low) for candle in candles))
    if volume is None:
        known = [candle.volume for candle in candles if candle.volume is not None]
        volume = sum(map(_exact, known), Decimal(0)) if len(known) == len(candles) else None
    spent = None if volume is None else turnover(volume, high, low)
    return day._replace(high=high, low=low, volume=volume, turnover=spent if day.turnover is None else day.turnover)


def _exact(figure: float) -> Decimal:
    """A candle's figure in the digits that were sent, which its shortest text is."""
    return Decimal(repr(figure))
