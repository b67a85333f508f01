"""The `result` of each answer as values of JSON. Prices are Decimals, to be written as numbers in their own digits."""

from typing import Any

from cryptoprices.api.cryptowatch.identity import Asset, asset, exchange_id, pair_id
from cryptoprices.api.cryptowatch.markets import Day, Market, Markets
from cryptoprices.core.market import Pair

Result = dict[str, Any]
_PARTS = ("price", "summary", "orderbook", "trades", "ohlc")


class Answers:
    """base: the address of this surface as its asker knows it; all `route`s begin with it."""

    def __init__(self, markets: Markets, base: str) -> None:
        self._markets, self._base = markets, base

    def root(self, version: str, up_s: float) -> Result:
        """What there is."""
        hours, rest = divmod(int(up_s), 3600)
        return {
            "revision": version,
            "uptime": f"{hours}h{rest // 60}m{rest % 60}s",
            "documentation": f"{self._base.removesuffix('/cryptowatch')}/docs#cryptowatch",
            "indexes": [f"{self._base}/{name}" for name in ("assets", "pairs", "exchanges", "markets")],
        }

    def assets(self) -> dict[str, Result]:
        """All, by symbol."""
        found = [asset(symbol) for symbol in self._markets.assets()]
        return {each.symbol: self._asset(each) for each in found}

    def asset(self, symbol: str) -> Result | None:
        """One and its markets."""
        sides = {asset(side).symbol: side for side in self._markets.assets()}
        if symbol not in sides:
            return None
        own = sides[symbol]
        as_base = [self.market(market) for market in self._markets if market.pair.base == own]
        as_quote = [self.market(market) for market in self._markets if market.pair.quote == own]
        markets = {"base": as_base} if as_base else {}
        return asset(own)._asdict() | {"markets": markets | ({"quote": as_quote} if as_quote else {})}

    def pairs(self) -> dict[str, Result]:
        """All, by symbol."""
        return {symbol: self._pair(symbol, pair) for symbol, pair in self._markets.pairs().items()}

    def pair(self, symbol: str) -> Result | None:
        """One and its markets."""
        pair = self._markets.pairs().get(symbol)
        if pair is None:
            return None
        return self._pair(symbol, pair) | {
            "markets": [self.market(market) for market in self._markets if market.symbol == symbol]
        }

    def exchanges(self) -> list[Result]:
        """All; those that are switched off are not active."""
        names = sorted(self._markets.exchanges)
        return [self._exchange(name) | {"route": f"{self._base}/exchanges/{name}"} for name in names]

    def exchange(self, name: str) -> Result:
        """One."""
        return self._exchange(name) | {"routes": {"markets": f"{self._base}/markets/{name}"}}

    def market(self, market: Market) -> Result:
        """As in lists."""
        return self._market(market) | {"route": self._route(market)}

    def market_detail(self, market: Market) -> Result:
        """One, and what can be asked of it."""
        return self._market(market) | {"routes": {part: f"{self._route(market)}/{part}" for part in _PARTS}}

    def _asset(self, one: Asset) -> Result:
        return one._asdict() | {"route": f"{self._base}/assets/{one.symbol}"}

    def _pair(self, symbol: str, pair: Pair) -> Result:
        sides = {"base": self._asset(asset(pair.base)), "quote": self._asset(asset(pair.quote))}
        return {"id": pair_id(symbol), "symbol": symbol, **sides, "route": f"{self._base}/pairs/{symbol}"}

    def _exchange(self, name: str) -> Result:
        title, active = self._markets.titles[name], self._markets.exchanges[name]
        return {"id": exchange_id(name), "symbol": name, "name": title, "active": active}

    def _market(self, market: Market) -> Result:
        active = market.quote is not None
        return {"id": market.id, "exchange": market.exchange, "pair": market.symbol, "active": active}

    def _route(self, market: Market) -> str:
        return f"{self._base}/markets/{market.exchange}/{market.symbol}"


def summary(day: Day) -> Result:
    """The last 24 hours of a market; null for what its exchange does not tell."""
    change = {"percentage": day.change_fraction, "absolute": day.change}
    price = {"last": day.last, "high": day.high, "low": day.low, "change": change}
    return {"price": price, "volume": day.volume, "volumeQuote": day.turnover}
