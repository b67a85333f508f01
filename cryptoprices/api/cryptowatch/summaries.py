"""The last 24 hours of markets: as their exchanges tell them, and what they do not tell from their own candles.

Kraken's ticker, for one, has no figure that is 24 hours old.
"""

import asyncio
from decimal import Context, Decimal

from cryptoprices.api.cryptowatch.charts import Charts
from cryptoprices.api.cryptowatch.markets import Day, Market, Markets, day_of
from cryptoprices.api.ports import Live
from cryptoprices.core.market import Candle, Pair, Ticker
from cryptoprices.core.numbers import change_since

_EXACT = Context(prec=120)
_EIGHT_PLACES = Decimal("1e-8")


class Summaries:
    """Used on the API's loop."""

    def __init__(self, live: Live, charts: Charts) -> None:
        self._live, self._charts = live, charts

    async def one(self, market: Market, ticker: Ticker) -> Day:
        """Of one market. ticker: its current one."""
        if None not in day_of(ticker):
            return day_of(ticker)
        return day_of(with_candles(ticker, await self._charts.last_day(market)))

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


def with_candles(ticker: Ticker, day: list[Candle]) -> Ticker:
    """The ticker; what it lacks of its 24 hours from candles of them, oldest first, none of them missing."""
    if not day:
        return ticker
    price, first = ticker.price, _exact(day[0].open)
    known = [candle.volume for candle in day if candle.volume is not None]
    volume = sum(map(_exact, known), Decimal(0)) if len(known) == len(day) else None
    return ticker._replace(
        change_24h_pct=change_since(first, price) if ticker.change_24h_pct is None else ticker.change_24h_pct,
        high_24h=ticker.high_24h or max(price, *(_exact(candle.high) for candle in day)),
        low_24h=ticker.low_24h or min(price, *(_exact(candle.low) for candle in day)),
        volume_24h=volume if ticker.volume_24h is None else ticker.volume_24h,
    )


def _exact(figure: float) -> Decimal:
    """A candle's figure in the digits that were sent, which its shortest text is."""
    return Decimal(repr(figure))
