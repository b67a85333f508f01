"""A simulated market: coins that move together, in calm and in wild hours, with trends and jumps.

Pure: the time is an argument, and a seed repeats a market exactly, however often it is asked. It is not meant to be
right about any coin; it is meant to look alive within minutes and to stay near the levels below for as long as it runs.
"""

from array import array
from collections import deque
from collections.abc import Iterable
from math import exp, sqrt
from random import Random
from typing import NamedTuple

from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.market import Candle, Pair
from cryptoprices.demo.assets import COINS, CURRENCIES
from cryptoprices.demo.past import WIDTHS, Nature, Past

DAY_S = 86_400
DAY_MINUTES = 1_440
MINUTE_MS = 60_000
RECENT_S = 120  # prices of the last seconds are kept, so that an exchange may lag
PULL_S = 4 * 3_600.0  # time in which a price comes back to its level
TREND = 8e-5  # drift per second, in daily volatilities, while a trend has its usual strength
TREND_S = 600.0  # time in which a trend turns
STORM = 0.5  # how much the volatility varies (standard deviation of its logarithm)
STORM_S = 720.0  # how long it stays high or low: volatility comes in clusters
JUMP = 0.06  # size of a jump, in daily volatilities
MARKET_JUMP, OWN_JUMP = 1 / 25, 1 / 90  # their chance per minute


ASSETS = (*COINS, *CURRENCIES)
NATURES = {
    **{name: Nature(coin.daily_volatility, coin.loading, coin.daily_volume, False) for name, coin in COINS.items()},
    **{name: Nature(money.wobble, 0.0, money.daily_volume, True) for name, money in CURRENCIES.items()},
}
MARKETS = (
    *(Pair(coin, quote) for coin in COINS for quote in ("USD", "USDT", "EUR")),
    *(Pair("USDT", "USD"), Pair("USDT", "EUR"), Pair("ETH", "BTC")),
)


class Span(NamedTuple):
    """A stretch of the path up to now: its first, highest and lowest price, and coins traded for dollars in it."""

    open: float
    high: float
    low: float
    volume: float


class _Track:
    """The closed minutes of one pair (first, highest, lowest price) and the running one."""

    def __init__(self, price: float) -> None:
        self.opens, self.highs, self.lows = (array("d") for _ in range(3))
        self.last = self.open = self.high = self.low = price

    def move(self, price: float) -> None:
        self.last = price
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price

    def close_minute(self) -> None:
        self.opens.append(self.open)
        self.highs.append(self.high)
        self.lows.append(self.low)
        self.open = self.high = self.low = self.last


class Market:
    """Prices at whole seconds since the start; 24 hours before it are simulated in steps of a minute, which are kept.

    started_ms: the Unix ms of the start. Minutes are those of the calendar, so they make candles; what was before the
    24 hours has Past.

    Per step of dt the logarithm x of price/level of a coin of volatility v moves by
    `-x dt/PULL_S + v TREND trend dt + v turbulence sqrt(dt) (loading z0 + sqrt(1 - loading²) z)`, where z0 (the market)
    and z are normal; the trend and the logarithm of the turbulence are Ornstein-Uhlenbeck processes. Jumps come on top.
    """

    def __init__(self, seed: int, started_ms: int = 0) -> None:
        started_s = -(-started_ms // 1000)  # rounded up, so that a minute is over when the calendar says so
        self._phase = started_s % 60
        self._begins_ms = (started_s - self._phase) * 1000 - DAY_MINUTES * MINUTE_MS
        self._random = Random(seed)
        self._x = dict.fromkeys(ASSETS, 0.0)
        self._storm = self._random.gauss(0.0, STORM)
        self._trends = {coin: self._random.gauss(0.0, 1.0) for coin in COINS}
        self._usd = {"USD": 1.0}
        self._price_assets()
        self._tracks = {pair: _Track(self._usd[pair.base] / self._usd[pair.quote]) for pair in MARKETS}
        self._past = Past(seed, self._begins_ms, NATURES, self._first_price)
        self._volumes = {asset: array("d") for asset in ASSETS}
        self._minute_volume: dict[str, float] = {}
        self._recent: deque[dict[str, float]] = deque(maxlen=RECENT_S)
        for _ in range(DAY_MINUTES):
            self._begin_minute()
            self._step(60.0, jump=True)
            self._end_minute()
        self._second = 0
        self._begin_minute()
        if self._phase:
            self._step(float(self._phase), jump=self._jump_second <= self._phase)
        self._recent.append(dict(self._usd))

    def price(self, pair: Pair, elapsed_s: float) -> float:
        """One of MARKETS, `elapsed_s` seconds after the start; at most RECENT_S behind the newest time asked for."""
        self._advance(int(elapsed_s))
        usd = self._recent[max(min(int(elapsed_s) - self._second - 1, -1), -len(self._recent))]
        return usd[pair.base] / usd[pair.quote]

    def span(self, pair: Pair, elapsed_s: float, minutes: int = DAY_MINUTES) -> Span:
        """The last whole `minutes` (1 to 1,440) and the running one."""
        self._advance(int(elapsed_s))
        track = self._tracks[pair]
        return Span(
            track.opens[-minutes],
            max(track.high, *track.highs[-minutes:]),
            min(track.low, *track.lows[-minutes:]),
            sum(self._volumes[pair.base][-minutes:]) + self._running_volume(pair),
        )

    def candles(self, pair: Pair, interval: str, since_ms: int, until_ms: int, elapsed_s: float) -> list[Candle]:
        """Those of one of MARKETS that open in [since_ms, until_ms), oldest first, the running one too.

        interval: a key of INTERVALS_MS. Volume is in coins, traded for dollars on all exchanges together.
        """
        self._advance(int(elapsed_s))
        width_ms, found = INTERVALS_MS[interval], list[Candle]()
        open_ms, border_ms = floor_ms(since_ms + width_ms - 1, interval), floor_ms(self._begins_ms, interval)
        if interval in WIDTHS and open_ms < border_ms:
            found = self._past.candles(pair, interval, open_ms, min(until_ms, border_ms))
            open_ms = border_ms
        while open_ms < min(until_ms, self._begins_ms + (len(self._volumes[pair.base]) + 1) * MINUTE_MS):
            parts = [
                *self._past_parts(pair, open_ms, open_ms + width_ms),
                *self._minutes(pair, open_ms, open_ms + width_ms),
            ]
            if parts:
                found.append(gathered(open_ms, parts))
            open_ms += width_ms
        return found

    def _past_parts(self, pair: Pair, since_ms: int, until_ms: int) -> list[Candle]:
        """A stretch of the past in the widest candles that fit."""
        until_ms, found = min(until_ms, self._begins_ms), list[Candle]()
        for width in WIDTHS:
            border_ms = floor_ms(until_ms, width)
            if since_ms < border_ms and since_ms == floor_ms(since_ms, width):
                found += self._past.candles(pair, width, since_ms, border_ms)
                since_ms = border_ms
        return found

    def _minutes(self, pair: Pair, since_ms: int, until_ms: int) -> list[Candle]:
        """The minutes since the beginning, and the running one."""
        track, volumes, last = self._tracks[pair], self._volumes[pair.base], len(self._volumes[pair.base])
        first, stop = ((at_ms - self._begins_ms) // MINUTE_MS for at_ms in (since_ms, until_ms))
        found = []
        for n in range(max(first, 0), min(stop, last)):
            close = track.opens[n + 1] if n + 1 < last else track.open
            open_ms = self._begins_ms + n * MINUTE_MS
            found.append(Candle(open_ms, track.opens[n], track.highs[n], track.lows[n], close, volumes[n]))
        if first <= last < stop:
            open_ms, volume = self._begins_ms + last * MINUTE_MS, self._running_volume(pair)
            found.append(Candle(open_ms, track.open, track.high, track.low, track.last, volume))
        return found

    def _running_volume(self, pair: Pair) -> float:
        return self._minute_volume[pair.base] * ((self._second + self._phase) % 60) / 60

    def _advance(self, second: int) -> None:
        while self._second < second:
            self._second += 1
            of_minute = (self._second + self._phase) % 60
            self._step(1.0, jump=of_minute == self._jump_second)
            self._recent.append(dict(self._usd))
            if of_minute == 0:
                self._end_minute()
                self._begin_minute()

    def _begin_minute(self) -> None:
        """Draw what holds for a minute: turbulence, trends, jumps, volume."""
        random = self._random
        keep = exp(-60.0 / STORM_S)
        self._storm = self._storm * keep + random.gauss(0.0, STORM * sqrt(1 - keep**2))
        self._turbulence = exp(self._storm - STORM**2)  # its mean square is 1
        keep = exp(-60.0 / TREND_S)
        market_jump = random.gauss(0.0, JUMP) if random.random() < MARKET_JUMP else 0.0
        self._jump_second = random.randrange(60)
        self._jumps = {}
        for name, coin in COINS.items():
            self._trends[name] = self._trends[name] * keep + random.gauss(0.0, sqrt(1 - keep**2))
            own = random.gauss(0.0, JUMP) if random.random() < OWN_JUMP else 0.0
            self._jumps[name] = coin.daily_volatility * (market_jump + own)
        for name, asset in (COINS | CURRENCIES).items():
            usual = asset.daily_volume / DAY_MINUTES
            self._minute_volume[name] = usual * self._turbulence * exp(random.gauss(-0.08, 0.4))

    def _step(self, dt: float, jump: bool) -> None:
        random, x = self._random, self._x
        market = random.gauss(0.0, 1.0)
        scale = self._turbulence * sqrt(dt / DAY_S)
        for name, coin in COINS.items():
            shock = coin.loading * market + sqrt(1 - coin.loading**2) * random.gauss(0.0, 1.0)
            moved = coin.daily_volatility * (scale * shock + TREND * self._trends[name] * dt)
            x[name] += moved - x[name] * dt / PULL_S + (self._jumps[name] if jump else 0.0)
        for name, currency in CURRENCIES.items():
            keep = exp(-dt / currency.wobble_s)
            x[name] = x[name] * keep + random.gauss(0.0, currency.wobble * sqrt(1 - keep**2))
        self._price_assets()
        for pair, track in self._tracks.items():
            track.move(self._usd[pair.base] / self._usd[pair.quote])

    def _price_assets(self) -> None:
        for name, asset in (COINS | CURRENCIES).items():
            self._usd[name] = asset.level * exp(self._x[name])

    def _first_price(self, pair: Pair) -> float:
        return self._tracks[pair].opens[0]

    def _end_minute(self) -> None:
        for track in self._tracks.values():
            track.close_minute()
        for name, volume in self._minute_volume.items():
            self._volumes[name].append(volume)


def gathered(open_ms: int, parts: Iterable[Candle]) -> Candle:
    """One candle of several that follow each other."""
    _, opens, highs, lows, closes, volumes = zip(*parts, strict=True)
    return Candle(open_ms, opens[0], max(highs), min(lows), closes[-1], sum(volumes))
