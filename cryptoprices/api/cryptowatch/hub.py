"""What is told to the stream's readers, and when: whatever is new, encoded once for all of them."""

import asyncio
from collections.abc import Iterable

from cryptoprices.api.cryptowatch.charts import Charts
from cryptoprices.api.cryptowatch.markets import Market, Markets, day_of
from cryptoprices.api.cryptowatch.readers import MOST_RESOURCES, Reader, Readers
from cryptoprices.api.cryptowatch.updates import (
    OHLC,
    SPREAD,
    SUBJECTS,
    SUMMARY,
    Running,
    about,
    place_of,
    places,
    spread,
    summarized,
)
from cryptoprices.api.cryptowatch.wire import Told, Value
from cryptoprices.api.ports import Live
from cryptoprices.core.market import Quote

_APART_S = 1.0  # two messages about one market's running candles


class Hub:
    """Lives on the API's loop. look_soon() is told every change, at most ten times a second, and once a second."""

    def __init__(self, live: Live, charts: Charts) -> None:
        self._live, self._charts, self.readers = live, charts, Readers()
        self._told: dict[tuple[int, str], Value] = {}
        self._candles_s: dict[int, float] = {}  # when they were told, boot time
        self._due: set[int] = set()  # of which there are candles to tell although the price is the same
        self._seen: dict[int, tuple[Quote | None, Quote | None]] = {}
        self._running: dict[int, Running] = {}
        self._begin: dict[int, Market] = {}
        self._beginning: asyncio.Task[None] | None = None

    def subscribe(self, reader: Reader, resources: Iterable[str]) -> None:
        """Have this reader told of these from now on; of what is known already at once, after the answer."""
        markets = Markets(self._live.moment())
        there = {place for market in markets for subject in SUBJECTS for place in places(market, subject)}
        done: list[str] = []
        failed: list[Value] = []
        for resource in resources:
            try:
                place = place_of(resource)
                if place not in there and not place.startswith("*"):
                    raise ValueError("there is no market of this number here")
                if len(reader.places) >= MOST_RESOURCES:
                    raise ValueError(f"at most {MOST_RESOURCES} subscriptions at a time")
                self.readers.add(reader, resource, place)
                done.append(resource)
            except ValueError as error:
                failed.append({"error": str(error), "subscription": _subscription(resource)})
        reader.tell(Told({"subscriptionResult": _result(reader, done, failed)}))
        wanted, now_s = {reader.places[resource] for resource in done}, self._live.clock.boot_s()
        asked = [
            (market.id, subject)
            for market in markets
            if market.current(now_s)
            for subject in SUBJECTS
            if wanted.intersection(places(market, subject))
        ]
        for number, _ in asked:
            self._seen.pop(number, None)
        self.look()  # what is news, is news to all
        for key in asked:
            if value := self._told.get(key):
                reader.tell(Told(value), key)

    def unsubscribe(self, reader: Reader, resources: Iterable[str]) -> None:
        """Tell it of these no longer."""
        done: list[str] = []
        failed: list[Value] = []
        for resource in resources:
            if resource in reader.places:
                self.readers.remove(reader, resource)
                done.append(resource)
            else:
                failed.append({"error": "not subscribed", "subscription": _subscription(resource)})
        reader.tell(Told({"unsubscriptionResult": _result(reader, done, failed)}))

    def look_soon(self, _publication: object) -> None:
        """Look, as a callback of its own: a fault there costs those who read elsewhere nothing."""
        asyncio.get_running_loop().call_soon(self.look)

    def look(self) -> None:
        """Tell whoever wants it what has changed."""
        if not self.readers:
            for kept in (self._seen, self._told, self._running, self._begin, self._due):
                kept.clear()
            return
        for market in Markets(self._live.moment()):
            quote, polled = self._seen.get(market.id, (None, None))
            if quote is not market.quote or polled is not market.polled:
                self._seen[market.id] = market.quote, market.polled
                self._tell(market, SUBJECTS)
            elif market.id in self._due:
                self._tell(market, (OHLC,))

    def close(self) -> None:
        """Nothing is told any more."""
        if self._beginning:
            self._beginning.cancel()

    def _tell(self, market: Market, subjects: Iterable[str]) -> None:
        for subject in subjects:
            readers = self.readers.of(places(market, subject))
            if not readers:
                self._forget(market, subject)
            elif told := self._news(market, subject):
                for reader in readers:
                    reader.tell(told, (market.id, subject))

    def _news(self, market: Market, subject: str) -> Told | None:
        """What is to be said now, None where it has been said."""
        key = market.id, subject
        if subject == OHLC and self._live.clock.boot_s() - self._candles_s.get(market.id, -_APART_S) < _APART_S:
            self._value(market, subject)  # high and low must see every price
            self._due.add(market.id)
            return None
        self._due.discard(market.id)
        value = self._value(market, subject)
        if value is None or self._told.get(key) == value:
            return None
        self._told[key] = value
        if subject == OHLC:
            self._candles_s[market.id] = self._live.clock.boot_s()
        return Told(value)

    def _value(self, market: Market, subject: str) -> Value | None:
        """What there is to say of it now."""
        clock = self._live.clock
        now_s, now_ms = clock.boot_s(), clock.wall_ms()
        ticker = market.current(now_s)
        if ticker is None:
            return None
        if subject == SPREAD:
            book = market.book(now_s)
            time_s = (market.quote.received_ms if market.quote else now_ms) // 1000
            return book and about(market, orderBookSpreadUpdate=spread(*book, time_s))
        if subject == SUMMARY:
            return about(market, summaryUpdate=summarized(day_of(ticker)))
        running = self._running.get(market.id)
        if running is None:
            self._begin_candles(market)
            return None
        running.move(float(ticker.price), now_ms)
        told = running.told()
        return told and about(market, intervalsUpdate=told)

    def _forget(self, market: Market, subject: str) -> None:
        self._told.pop((market.id, subject), None)
        if subject == OHLC:
            self._running.pop(market.id, None)
            self._begin.pop(market.id, None)
            self._due.discard(market.id)

    def _begin_candles(self, market: Market) -> None:
        """Find out how its running candles began: one market after the other, for exchanges may have to be asked."""
        self._begin[market.id] = market
        if self._beginning is None or self._beginning.done():
            self._beginning = asyncio.get_running_loop().create_task(self._begin_all())

    async def _begin_all(self) -> None:
        while self._begin:
            market = self._begin[next(iter(self._begin))]
            candles = await self._charts.running(market)
            if self._begin.pop(market.id, None):
                self._running[market.id] = Running(candles, self._live.clock.wall_ms())
                self._due.add(market.id)
                self.look()


def _subscription(resource: str) -> Value:
    return {"streamSubscription": {"resource": resource}}


def _result(reader: Reader, done: Iterable[str], failed: list[Value]) -> Value:
    now = [_subscription(resource) for resource in reader.places]
    result: Value = {"subscriptions": list(map(_subscription, done)), "status": {"subscriptions": now}}
    return result | ({"failed": failed} if failed else {})
