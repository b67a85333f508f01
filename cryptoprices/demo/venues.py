"""The exchanges of the simulated market: what each lists, in which digits, and how it differs from the others."""

import math
from decimal import Decimal
from random import Random
from typing import NamedTuple

from cryptoprices.core.market import Pair
from cryptoprices.demo.market import DAY_MINUTES, Market

NOISE = 0.00006  # last trades of two exchanges differ by about this much from second to second
QUOTE_SHARES = {"USD": 1.0, "USDT": 1.6, "EUR": 0.25, "BTC": 0.05}  # of the trade in a coin


class Venue(NamedTuple):
    """offset: how far its prices stand from the market's. lag_s: how old they are. half_spread: of bid and ask.

    step_s: seconds between two changes of its figures. latency_s: shortest and longest time to an answer.
    share: of all trade. quotes: currencies it has markets in. digits: decimals of each coin it lists; significant: they
    are significant digits instead.
    """

    offset: float
    half_spread: float
    lag_s: int
    latency_s: tuple[float, float]
    share: float
    quotes: tuple[str, ...]
    digits: dict[str, int]
    significant: bool = False
    step_s: int = 1

    def pairs(self) -> tuple[Pair, ...]:
        """Every pair that it lists, ETH/BTC and USDT/USD among them where it has both sides."""
        coins = [Pair(coin, quote) for coin in self.digits for quote in self.quotes if coin != quote]
        return (*coins, Pair("ETH", "BTC"))


_WIDE = ("BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "LTC", "USDT")
VENUES = {
    "kraken": Venue(
        -0.00002, 0.00006, 1, (0.04, 0.09), 0.11, ("USD", "USDT", "EUR"),
        {"BTC": 1, "ETH": 2, "SOL": 2, "XRP": 5, "ADA": 6, "DOGE": 7, "LTC": 2, "USDT": 5},
    ),
    "coinbase": Venue(
        0.00001, 0.00005, 0, (0.03, 0.07), 0.34, ("USD", "USDT", "EUR"),
        {"BTC": 2, "ETH": 2, "SOL": 2, "XRP": 4, "ADA": 4, "DOGE": 5, "LTC": 2, "USDT": 5},
    ),
    "bitstamp": Venue(
        -0.00005, 0.00012, 2, (0.05, 0.11), 0.08, ("USD", "EUR"),
        {"BTC": 0, "ETH": 1, "SOL": 2, "XRP": 5, "ADA": 5, "DOGE": 5, "LTC": 2, "USDT": 5},
    ),
    "gemini": Venue(
        0.00009, 0.00020, 2, (0.07, 0.15), 0.03, ("USD", "EUR"),
        {"BTC": 2, "ETH": 2, "SOL": 3, "XRP": 5, "DOGE": 5, "LTC": 2},
    ),
    "bitfinex": Venue(
        -0.00012, 0.00015, 1, (0.06, 0.13), 0.06, ("USD", "USDT", "EUR"), dict.fromkeys(_WIDE, 5), significant=True,
    ),
    "binance": Venue(
        0.00003, 0.00005, 0, (0.02, 0.06), 0.30, ("USDT",),
        {"BTC": 2, "ETH": 2, "SOL": 2, "XRP": 4, "ADA": 4, "DOGE": 5, "LTC": 2},
    ),
    "okx": Venue(
        0.00002, 0.00005, 0, (0.05, 0.10), 0.08, ("USDT", "EUR"),
        {"BTC": 1, "ETH": 2, "SOL": 2, "XRP": 4, "ADA": 4, "DOGE": 5, "LTC": 2},
    ),
    "coingecko": Venue(
        0.0, 0.00010, 5, (0.06, 0.12), 1.0, ("USD", "EUR"), dict.fromkeys((*_WIDE, "SHIB"), 6),
        significant=True, step_s=30,
    ),
}  # fmt: skip


class Figures(NamedTuple):
    """What an exchange says of a pair, in its digits. open: 24 hours ago; midnight: at 00:00 UTC today.

    today_high, today_low, today_volume: since midnight. volume: of 24 hours, in the base currency. time_ms: of last.
    """

    pair: Pair
    last: Decimal
    bid: Decimal
    ask: Decimal
    open: Decimal
    high: Decimal
    low: Decimal
    volume: Decimal
    midnight: Decimal
    today_high: Decimal
    today_low: Decimal
    today_volume: Decimal
    time_ms: int

    @property
    def change(self) -> Decimal:
        """Of the last 24 hours, as a fraction."""
        return self.last / self.open - 1

    @property
    def vwap(self) -> Decimal:
        """About the mean price of the day."""
        return ((self.open + self.high + self.low + self.last) / 4).quantize(self.last)


class Bar(NamedTuple):
    """A candle in an exchange's digits. volume: in the base currency."""

    open_ms: int
    open: str
    high: str
    low: str
    close: str
    volume: str

    def vwap(self) -> str:
        """About the mean price."""
        mean = sum(map(float, self[1:5])) / 4
        return f"{mean:.{len(self.close.partition('.')[2])}f}"


class Desk:
    """One exchange's view of the market at one moment: elapsed_s since the start, now_ms by the calendar."""

    def __init__(self, name: str, market: Market, seed: int, elapsed_s: float, now_ms: int) -> None:
        self.venue, self.now_ms = VENUES[name], now_ms
        self._name, self._market, self._seed, self._elapsed_s = name, market, seed, elapsed_s

    def lists(self, pair: Pair) -> bool:
        """Whether the exchange has this market."""
        return pair in self.venue.pairs()

    def figures(self, pair: Pair) -> Figures:
        """All that it says of a pair that it lists."""
        second = int(self._elapsed_s) // self.venue.step_s * self.venue.step_s - self.venue.lag_s
        noise = Random(f"{self._seed} {self._name} {pair} {second}").gauss(0.0, NOISE)
        raw = self._market.price(pair, second) * (1 + self.venue.offset + noise)
        digits = self._digits(pair, raw)
        tick = Decimal(1).scaleb(-digits)
        last = self._decimal(raw, digits)
        half = max(self._decimal(raw * self.venue.half_spread, digits), tick)
        minutes = min(max(self.now_ms // 60_000 % DAY_MINUTES, 1), DAY_MINUTES)
        day, today = (self._market.span(pair, self._elapsed_s, n) for n in (DAY_MINUTES, minutes))
        there = 1 + self.venue.offset
        share = self.venue.share * QUOTE_SHARES[pair.quote]
        return Figures(
            pair,
            last,
            last - half,
            last + half,
            self._decimal(day.open * there, digits),
            max(self._decimal(day.high * there, digits), last),
            min(self._decimal(day.low * there, digits), last),
            self._decimal(day.volume * share, 8),
            self._decimal(today.open * there, digits),
            max(self._decimal(today.high * there, digits), last),
            min(self._decimal(today.low * there, digits), last),
            self._decimal(today.volume * share, 8),
            self.now_ms - int((self._elapsed_s - second) * 1000),
        )

    def past(self, pair: Pair, minutes: int) -> Decimal:
        """Its price that many minutes ago."""
        raw = self._market.span(pair, self._elapsed_s, minutes).open * (1 + self.venue.offset)
        return self._decimal(raw, self._digits(pair, raw))

    def candles(self, pair: Pair, interval: str, since_ms: int, until_ms: int) -> list[Bar]:
        """Its candles that open in [since_ms, until_ms), oldest first, the running one too."""
        there, share = 1 + self.venue.offset, self.venue.share * QUOTE_SHARES[pair.quote]
        bars = []
        for candle in self._market.candles(pair, interval, since_ms, until_ms, self._elapsed_s):
            digits = self._digits(pair, candle.open * there)
            open_, high, low, close = (f"{price * there:.{digits}f}" for price in candle[1:5])
            bars.append(Bar(candle.open_ms, open_, high, low, close, f"{(candle.volume or 0.0) * share:.8f}"))
        return bars

    def _digits(self, pair: Pair, price: float) -> int:
        digits = 5 if pair.quote == "BTC" else self.venue.digits[pair.base]
        return max(digits - 1 - math.floor(math.log10(price)), 0) if self.venue.significant else digits

    @staticmethod
    def _decimal(value: float, digits: int) -> Decimal:
        return Decimal(f"{value:.{digits}f}")
