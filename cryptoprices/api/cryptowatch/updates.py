"""What the stream tells of a market: best bid and ask, the last 24 hours, and the candles that run."""

from decimal import Decimal
from functools import lru_cache

from cryptoprices.api.cryptowatch.identity import asset, exchange_id, market_id, pair_id, symbol_of
from cryptoprices.api.cryptowatch.markets import Day, Market
from cryptoprices.api.cryptowatch.periods import PERIODS, joined
from cryptoprices.api.cryptowatch.wire import Value
from cryptoprices.core.market import Candle, Pair
from cryptoprices.core.report import digits

SPREAD, SUMMARY, OHLC = "book:spread", "summary", "ohlc"
SUBJECTS = (SPREAD, SUMMARY, OHLC)
_SCOPES = {"markets": "markets", "exchanges": "exchanges", "instruments": "pairs", "pairs": "pairs", "assets": "assets"}
_REFUSED = {
    "trades": "single trades are not known here; subscribe to ohlc, book:spread or summary",
    "book:snapshots": "of order books only book:spread is known here",
    "book:deltas": "of order books only book:spread is known here",
    "book:liquidity": "of order books only book:spread is known here",
}


def place_of(resource: str) -> str:
    """The one name of what a client calls `markets:87:ohlc` or `instruments:*:ohlc`. Raises ValueError, saying why."""
    scope, _, rest = resource.lower().partition(":")
    number, _, subject = rest.partition(":")
    if scope not in _SCOPES or not (number == "*" or (number.isascii() and number.isdigit())):
        raise ValueError(f"write it like markets:87:ohlc; the first word is one of {', '.join(_SCOPES)}")
    if subject not in SUBJECTS:
        raise ValueError(_REFUSED.get(subject, f"the last word is one of {', '.join(SUBJECTS)}"))
    return f"*:{subject}" if number == "*" else f"{_SCOPES[scope]}:{int(number)}:{subject}"


def places(market: Market, subject: str) -> tuple[str, ...]:
    """By which names this of a market is subscribed to."""
    return _places(market.exchange, market.pair, subject)


@lru_cache(maxsize=8192)
def _places(exchange: str, pair: Pair, subject: str) -> tuple[str, ...]:
    symbol = symbol_of(pair)
    numbers = {"markets": market_id(exchange, symbol), "exchanges": exchange_id(exchange), "pairs": pair_id(symbol)}
    named = [f"{scope}:{number}" for scope, number in numbers.items()]
    sides = [f"assets:{asset(side).id}" for side in pair]
    return f"*:{subject}", *(f"{each}:{subject}" for each in (*named, *sides))


def about(market: Market, **said: Value) -> Value:
    """The message that says this of a market."""
    numbers = {
        "exchangeId": str(exchange_id(market.exchange)),
        "currencyPairId": str(pair_id(market.symbol)),
        "marketId": str(market.id),
    }
    return {"marketUpdate": {"market": numbers, **said}}


def spread(bid: Decimal, ask: Decimal, time_s: int) -> Value:
    """Best bid and ask; their amounts are unknown and left out."""
    return {"timestamp": str(time_s), "bid": {"priceStr": digits(bid)}, "ask": {"priceStr": digits(ask)}}


def summarized(day: Day) -> Value:
    """The last 24 hours; what is unknown is left out. changePercentStr is a fraction, as everywhere in this API."""
    said = {
        "lastStr": day.last,
        "highStr": day.high,
        "lowStr": day.low,
        "volumeBaseStr": day.volume,
        "volumeQuoteStr": day.turnover,
        "changeAbsoluteStr": day.change,
        "changePercentStr": day.change_fraction,
    }
    return {name: digits(figure) for name, figure in said.items() if figure is not None}


class Running:
    """The candles of one market that run now, by period. They go on from those that are known, with every price.

    now_ms: what opens later begins with the first price that comes.
    """

    def __init__(self, candles: dict[str, Candle], now_ms: int) -> None:
        self._candles, self._began_ms = candles, now_ms

    def move(self, price: float, now_ms: int) -> None:
        """The market's price now."""
        for name, period in PERIODS.items():
            open_ms, known = period.floor_ms(now_ms), self._candles.get(name)
            now = Candle(open_ms, price, price, price, price)
            if known and known.open_ms == open_ms:
                self._candles[name] = joined(known, now)
            elif known or open_ms > self._began_ms:
                self._candles[name] = now

    def told(self) -> Value | None:
        """All of them, if any are known. Without their volumes, which prices do not tell."""
        intervals = [_interval(name, self._candles[name]) for name in PERIODS if name in self._candles]
        return {"intervals": intervals} if intervals else None


def _interval(name: str, candle: Candle) -> Value:
    period = PERIODS[name]
    levels = {"openStr": candle.open, "highStr": candle.high, "lowStr": candle.low, "closeStr": candle.close}
    return {
        "closetime": str((candle.open_ms + period.step_ms) // 1000),
        "ohlc": {level: f"{Decimal(repr(figure)):f}".removesuffix(".0") for level, figure in levels.items()},
        "periodName": name,
        "period": period.step_ms // 1000,
    }
