"""Candles of one market in the periods that clients ask for. The exchange is asked for what the store lacks of them."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeVar

from cryptoprices.api.cryptowatch.markets import Market
from cryptoprices.api.cryptowatch.periods import PERIODS, Period, Row, gathered, parts_of, row, so_far, whole
from cryptoprices.api.fills import Fills, Stretch
from cryptoprices.api.ports import Past
from cryptoprices.api.worker import in_thread
from cryptoprices.clock import Clock
from cryptoprices.core.intervals import DAY_MS, INTERVALS_MS, LATE_MS, ceil_ms, floor_ms
from cryptoprices.core.market import Candle
from cryptoprices.core.spans import Stretch as Known

T = TypeVar("T")
USUAL, MOST = 500, 6000
"""How many candles of a period are given: without a time after which, and at most."""
WAIT_S = 6.0
"""Clients give up after ten seconds."""
_DAY_IN = "5m"
_READS = 4  # at a time, of all clients together


class Span(NamedTuple):
    """Candles that open in [since_ms, until_ms) by the clients' wish. None: as far as is usual, up to now."""

    since_ms: int | None = None
    until_ms: int | None = None


class _Wanted(NamedTuple):
    """Of one period. running: whether the running candle is one of them."""

    period: Period
    since_ms: int
    until_ms: int
    running: bool


class Charts:
    """Used on the API's loop. wait_s: so long an answer waits for the exchange; what is missing then, comes later."""

    def __init__(self, past: Past, fills: Fills, clock: Clock, wait_s: float = WAIT_S) -> None:
        self._past, self._fills, self._clock, self._wait_s = past, fills, clock, wait_s
        self._reading = asyncio.Semaphore(_READS)

    async def rows(self, market: Market, names: Sequence[str], span: Span, price: float | None) -> dict[str, list[Row]]:
        """Candles of these periods, oldest first, the running one last. price: the market's now, if it is known."""
        now_ms = self._clock.wall_ms()
        wanted = [_bounds(PERIODS[name], span, now_ms) for name in names]
        await self._fill(market, needs(wanted, now_ms), now_ms)

        def read() -> dict[str, list[Row]]:
            return {
                each.period.name: [row(each.period, candle) for candle in self._read(market, each, now_ms, price)]
                for each in wanted
            }

        return await self._beside(read)

    async def running(self, market: Market) -> dict[str, Candle]:
        """The running candles of all periods of which it is known how they began."""
        now_ms = self._clock.wall_ms()
        opened = [(period, period.floor_ms(now_ms)) for period in PERIODS.values()]
        wanted = [_Wanted(period, open_ms, open_ms, True) for period, open_ms in opened]
        await self._fill(market, needs(wanted, now_ms), now_ms)

        def read() -> dict[str, Candle]:
            found = {each.period.name: self._running(market, each.period, now_ms, None) for each in wanted}
            return {name: candle for name, candle in found.items() if candle}

        return await self._beside(read)

    async def last_day(self, market: Market) -> list[Candle]:
        """Candles of the last 24 hours, oldest first; none where the exchange did not give all that have ended."""
        now_ms = self._clock.wall_ms()
        since_ms, until_ms = ceil_ms(now_ms - DAY_MS, _DAY_IN), floor_ms(now_ms, _DAY_IN)
        await self._fill(market, {_DAY_IN: since_ms}, now_ms)

        def read() -> list[Candle]:
            past = self._past.own(market.exchange, market.pair, _DAY_IN, since_ms, until_ms)
            known = _reaches(past.stretches, since_ms, until_ms, INTERVALS_MS[_DAY_IN])
            return past.candles.rows() if known else []

        return await self._beside(read)

    async def _beside(self, read: Callable[[], T]) -> T:
        async with self._reading:
            return await in_thread(read)

    async def _fill(self, market: Market, needed: dict[str, int], now_ms: int) -> None:
        """Ask the exchange for what is not stored. Gives up in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait_s):
                for width, since_ms in needed.items():
                    until_ms = floor_ms(now_ms, width)
                    if since_ms < until_ms:
                        stretch = Stretch(market.pair, width, since_ms, until_ms, of=market.exchange)
                        await self._fills.fill(stretch, self._wait_s)

    def _read(self, market: Market, wanted: _Wanted, now_ms: int, price: float | None) -> list[Candle]:
        """On a worker thread. oldest first."""
        period = wanted.period
        past = self._past.own(market.exchange, market.pair, period.width, wanted.since_ms, wanted.until_ms)
        candles = whole(period, gathered(period, past.candles.rows()), past.stretches)
        running = self._running(market, period, now_ms, price) if wanted.running else None
        return [*candles, running] if running else candles

    def _running(self, market: Market, period: Period, now_ms: int, price: float | None) -> Candle | None:
        """On a worker thread. None where it is not known how it began."""
        open_ms = since_ms = period.floor_ms(now_ms)
        parts: list[Candle] = []
        for width in parts_of(period):
            until_ms = floor_ms(now_ms, width)
            if since_ms < until_ms:
                past = self._past.own(market.exchange, market.pair, width, since_ms, until_ms)
                if not _reaches(past.stretches, since_ms, until_ms, LATE_MS if width == "1m" else 0):
                    return None
                parts += past.candles.rows()
                since_ms = until_ms
        minute = self._past.running(market.pair, "1m", market.exchange)
        return so_far(open_ms, [*parts, minute] if minute else parts, price)


def _bounds(period: Period, span: Span, now_ms: int) -> _Wanted:
    """The times of which candles are wanted, on the period's grid, the ended ones."""
    now_open_ms = period.floor_ms(now_ms)
    until_ms = now_open_ms + period.step_ms if span.until_ms is None else period.ceil_ms(span.until_ms)
    running, until_ms = until_ms > now_open_ms, min(until_ms, now_open_ms)
    count = USUAL if span.since_ms is None else MOST
    since_ms = until_ms - count * period.step_ms
    if span.since_ms is not None:
        since_ms = max(since_ms, period.ceil_ms(span.since_ms))
        running = running and since_ms <= now_open_ms
    return _Wanted(period, max(since_ms, period.ceil_ms(0)), until_ms, running)


def needs(wanted: Iterable[_Wanted], now_ms: int) -> dict[str, int]:
    """Of which widths candles are needed, the narrowest first, and since when."""
    since: dict[str, int] = {}
    for period, since_ms, _, running in wanted:
        needed = [(period.width, since_ms)]
        if running:
            began_ms = period.floor_ms(now_ms)
            for width in parts_of(period):
                needed.append((width, began_ms))
                began_ms = floor_ms(now_ms, width)
        for width, began_ms in needed:
            first_ms = ceil_ms(began_ms, width)
            since[width] = min(since.get(width, first_ms), first_ms)
    return {width: since[width] for width in INTERVALS_MS if width in since}


def _reaches(known: Sequence[Known], since_ms: int, until_ms: int, lacking_ms: int) -> bool:
    """Whether all of this time is known, but for so much at its end, which is still to come."""
    if until_ms - since_ms <= lacking_ms:
        return True
    return any(stretch[0] <= since_ms and stretch[1] >= until_ms - lacking_ms for stretch in known)
