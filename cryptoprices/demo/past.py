"""The simulated market before it began: candles of years, each worked out by itself, the same whenever it is asked for.

Nothing runs here. A day's ends are a random walk's; within it every candle is divided into those of the next smaller
width by noise that a hash of (seed, coin, width, number) gives: a Brownian bridge between its open and its close, kept
between its low and its high, each of which one of its parts inherits. So all widths agree: an hour's high is that of
its highest minute, one's close is the next one's open. Coins share a part of their noise, which correlates them.

Prices are natural logarithms here, relative to the end of the last day.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate, pairwise
from math import exp, log, sqrt
from statistics import NormalDist
from struct import Struct
from typing import NamedTuple

from cryptoprices.core.intervals import DAY_MS, INTERVALS_MS
from cryptoprices.core.market import Candle, Pair

BEGIN_MS = 1_483_228_800_000  # 2017-01-01: the simulated exchanges have no candles before
TOGETHER = 0.6  # exponent of the loadings: what adds up to hours and days is more alike than what happens in seconds
CALM = 0.75  # volatility of the past, in that of the live market, in which something has to happen within minutes
GROWTH = 0.0008  # a day
PULL_DAYS = 500.0  # time in which a coin comes back to its growth
STORMS = ((30, 0.28), (7, 0.25), (1, 0.25))  # days, and how much they vary the volatility (of its logarithm)
UNEVEN = 0.25  # how much the volatility varies between the parts of a candle (of its logarithm)
MIRRORED = 0.3  # of what would go beyond a candle's high or low
LEAST = 1.1  # the range of a candle, in standard deviations of its close: hardly ever is that of a random walk narrower
WIDTHS = ("1d", "4h", "1h", "15m", "5m", "1m")
_PARTS = tuple(INTERVALS_MS[wide] // INTERVALS_MS[narrow] for wide, narrow in pairwise(WIDTHS))
_WORDS = Struct("<32H")
_STEPS = 4096


class Nature(NamedTuple):
    """What an asset is like. volatility: of a day. loading: correlation with the whole market. volume: coins a day.

    wobbles: it stays around its level (a currency) rather than wander (a coin).
    """

    volatility: float
    loading: float
    volume: float
    wobbles: bool


class _Node(NamedTuple):
    """A candle in logarithms. variance: that of its close, given its open."""

    open: float
    high: float
    low: float
    close: float
    volume: float
    variance: float


class _Shared(NamedTuple):
    """What all assets have in common in one candle: for each of its parts, its share of the variance, the share's root,
    and the market's step.
    """

    shares: list[float]
    roots: list[float]
    market: list[float]


class Past:
    """Candles up to end_ms (Unix ms, a whole minute). price: of a pair at that moment. natures: what assets are like.

    A quote currency that wobbles, or is not in natures (the dollar), stands still in it.
    """

    def __init__(self, seed: int, end_ms: int, natures: dict[str, Nature], price: Callable[[Pair], float]) -> None:
        self.end_ms = end_ms
        self._seed, self._natures, self._price = seed, natures, price
        self._last_day = end_ms // DAY_MS
        self._walks: dict[str, list[float]] = {asset: [0.0] for asset in natures}
        self._levels: dict[Pair, float] = {}
        self._shared, self._parts = lru_cache(8192)(self._make_shared), lru_cache(1024)(self._make_parts)
        self._storm = lru_cache(1024)(self._make_storm)
        steps = [(step + 0.5) / _STEPS for step in range(_STEPS)]
        self._normal = list(map(NormalDist().inv_cdf, steps))
        self._surprise = [-2 * log(step) for step in steps]

    def candles(self, pair: Pair, width: str, since_ms: int, until_ms: int) -> list[Candle]:
        """Those of one of WIDTHS that open in [since_ms, until_ms), oldest first. Both bounds are on the width's grid.

        until_ms: at most end_ms. Volume is in coins, for dollars on all exchanges.
        """
        level, width_ms = self._level(pair), INTERVALS_MS[width]
        nodes = self._nodes(pair, WIDTHS.index(width), max(since_ms, BEGIN_MS), until_ms)
        return [
            Candle(
                index * width_ms, exp(open_ + level), exp(high + level), exp(low + level), exp(close + level), volume
            )
            for index, (open_, high, low, close, volume, _) in nodes
        ]

    def _level(self, pair: Pair) -> float:
        """What is added so that the last minute closes at the price that the pair has at end_ms."""
        if pair not in self._levels:
            ((_, last),) = self._nodes(pair, len(_PARTS), self.end_ms - INTERVALS_MS["1m"], self.end_ms)
            self._levels[pair] = log(self._price(pair)) - last.close
        return self._levels[pair]

    def _nodes(self, pair: Pair, depth: int, since_ms: int, until_ms: int) -> list[tuple[int, _Node]]:
        """The candles that are `depth` levels below the days, each with its number since 1970."""
        assets = [asset for asset in pair if asset == pair.base or self._wanders(asset)]
        days = range(since_ms // DAY_MS, -(-until_ms // DAY_MS))
        rows = [(day, self._day(assets, day)) for day in days]
        for level in range(depth):
            width_ms, parts = INTERVALS_MS[WIDTHS[level + 1]], _PARTS[level]
            start, stop = since_ms // width_ms, -(-until_ms // width_ms)
            wider, rows = rows, []
            for index, nodes in wider:
                rows += enumerate(self._divided(assets, level, index, nodes), start=index * parts)
            rows = rows[max(start - rows[0][0], 0) : stop - rows[0][0]] if rows else rows
        return [(index, nodes[-1]) for index, nodes in rows]

    def _wanders(self, asset: str) -> bool:
        return asset in self._natures and not self._natures[asset].wobbles

    def _divided(self, assets: list[str], level: int, index: int, nodes: tuple[_Node, ...]) -> list[tuple[_Node, ...]]:
        """The parts of a candle; where there are two assets, those of base and quote and then those of the pair."""
        if len(assets) == 1:
            return [(part,) for part in self._parts(assets[0], level, index, nodes[0])]
        divided = [self._parts(asset, level, index, node) for asset, node in zip(assets, nodes, strict=False)]
        points = [base.open - quote.open for base, quote in zip(*divided, strict=True)]
        shares = self._shared(level, index).shares
        own = self._within(nodes[-1], points[1:], shares, self._words(f"{assets} {level} {index}"))
        return list(zip(*divided, own, strict=True))

    def _make_parts(self, asset: str, level: int, index: int, node: _Node) -> list[_Node]:
        shares, roots, market = self._shared(level, index)
        words, normal = self._words(f"{asset} {level} {index}"), self._normal
        load, rest = self._loads(asset)
        sigma = sqrt(node.variance)
        steps = [
            sigma * root * (load * step + rest * normal[word % _STEPS])
            for root, step, word in zip(roots, market, words, strict=False)
        ]
        missed = node.close - node.open - sum(steps)
        points = accumulate(
            (step + share * missed for step, share in zip(steps, shares, strict=True)), initial=node.open
        )
        mirrored = (_mirrored(point, node) for point in list(points)[1:-1])
        return self._within(node, list(mirrored), shares, words)

    def _within(self, node: _Node, points: list[float], shares: list[float], words: tuple[int, ...]) -> list[_Node]:
        """The parts of a candle: between them it is at `points`, as far as its low and high allow.

        The highest point of a Brownian bridge has a distribution in closed form: Borodin and Salminen, Handbook of
        Brownian Motion, part 1, chapter IV, 26.
        """
        _, top, bottom, _, volume, variance = node
        surprise, first = self._surprise, node.open
        lasts = [*(min(max(point, bottom), top) for point in points), node.close]
        highs, lows = [], []
        for last, share, up, down in zip(lasts, shares, words[8:], words[16:], strict=False):
            both, square, spread = first + last, (last - first) ** 2, variance * share
            high = (both + sqrt(square + spread * surprise[up % _STEPS])) / 2
            low = (both - sqrt(square + spread * surprise[down % _STEPS])) / 2
            short = (LEAST * sqrt(spread) - high + low) / 2
            if short > 0:
                high, low = high + short, low - short
            highs.append(high if high < top else top)
            lows.append(low if low > bottom else bottom)
            first = last
        highs[highs.index(max(highs))] = top
        lows[lows.index(min(lows))] = bottom
        traded = [share * (30_000 + word) for share, word in zip(shares, words[24:], strict=False)]
        of_all = volume / sum(traded)
        volumes, variances = [part * of_all for part in traded], [variance * share for share in shares]
        return list(map(_Node, [node.open, *lasts[:-1]], highs, lows, lasts, volumes, variances))

    def _day(self, assets: list[str], day: int) -> tuple[_Node, ...]:
        """The day of an asset; of two, with that of the pair, which has to reach as far as its hours will."""
        if len(assets) == 1:
            return (self._asset_day(assets[0], day),)
        base, quote = nodes = [self._asset_day(asset, day) for asset in assets]
        shared = 2 * sqrt(base.variance * quote.variance) * self._loads(assets[0])[0] * self._loads(assets[1])[0]
        halves = [self._parts(asset, 0, day, node) for asset, node in zip(assets, nodes, strict=True)]
        points = [one.open - other.open for one, other in zip(*halves, strict=True)]
        ends = base.open - quote.open, base.close - quote.close
        node = self._reaching(*ends, base.variance + quote.variance - shared, base.volume, f"{assets} day {day}")
        return (*nodes, node._replace(high=max(node.high, *points), low=min(node.low, *points)))

    def _asset_day(self, asset: str, day: int) -> _Node:
        nature, storm, walk, back = self._natures[asset], self._storm(day), self._walk(asset, day), self._last_day - day
        variance = (nature.volatility * CALM * storm) ** 2
        return self._reaching(walk[back + 1], walk[back], variance, nature.volume * storm, f"{asset} day {day}")

    def _reaching(self, first: float, last: float, variance: float, volume: float, name: str) -> _Node:
        """A candle with these ends, as _within makes them."""
        up, down, traded, *_ = self._words(name)
        high, low = (sqrt((last - first) ** 2 + variance * self._surprise[word % _STEPS]) for word in (up, down))
        both, short = first + last, max(LEAST * sqrt(variance) - (high + low) / 2, 0.0)
        return _Node(
            first, (both + high + short) / 2, (both - low - short) / 2, last, volume * (0.5 + traded / 65_536), variance
        )

    def _walk(self, asset: str, day: int) -> list[float]:
        """Where an asset stands at the end of the last day, of the one before, and so on back to the start of `day`."""
        walk, nature = self._walks[asset], self._natures[asset]
        load, rest = self._loads(asset)
        while len(walk) < self._last_day - day + 2:
            back = len(walk)
            of_day = self._last_day - back + 1
            own = self._normal[self._words(f"{asset} walk {of_day}")[0] % _STEPS]
            if nature.wobbles:
                walk.append(nature.volatility * own)
                continue
            market = self._normal[self._words(f"market walk {of_day}")[0] % _STEPS]
            sigma = nature.volatility * CALM * self._storm(of_day)
            strayed = (walk[-1] + GROWTH * (back - 1)) * (1 - 1 / PULL_DAYS)
            walk.append(strayed - sigma * (load * market + rest * own) - GROWTH * back)
        return walk

    def _loads(self, asset: str) -> tuple[float, float]:
        loading = self._natures[asset].loading ** TOGETHER
        return loading, sqrt(1 - loading**2)

    def _make_storm(self, day: int) -> float:
        """How wild a day is, 1 in the mean square: months, weeks and days are each wilder or calmer together."""
        logarithm = 0.0
        for days, amount in STORMS:
            word = self._words(f"storm {days} {day // days}")[0]
            logarithm += amount * self._normal[word % _STEPS] - amount**2
        return exp(logarithm)

    def _make_shared(self, level: int, index: int) -> _Shared:
        words, parts = self._words(f"market {level} {index}"), _PARTS[level]
        wildness = [exp(UNEVEN * self._normal[word % _STEPS]) for word in words[:parts]]
        shares = [wild / sum(wildness) for wild in wildness]
        market = [self._normal[word % _STEPS] for word in words[8 : 8 + parts]]
        return _Shared(shares, list(map(sqrt, shares)), market)

    def _words(self, name: str) -> tuple[int, ...]:
        """32 numbers below 65,536 that seed and name determine."""
        return _WORDS.unpack(blake2b(f"{self._seed} {name}".encode(), digest_size=64).digest())


def _mirrored(point: float, node: _Node) -> float:
    """Where a path goes that would leave the candle. Cut off, it would stand still; wholly mirrored, go its own way."""
    edge = min(max(point, node.low), node.high)
    return edge - MIRRORED * (point - edge)
