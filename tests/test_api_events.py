"""The events of streams: what is news, who gets it, and what somebody gets who reads slowly or comes back."""

import asyncio
import json
import math
from collections.abc import Callable, Coroutine

import pytest

from cryptoprices.api.events import KINDS, Event, Events, Full, Mark, Reader
from cryptoprices.api.ports import Moment
from cryptoprices.api.publish import Publication
from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Pair, Standing
from cryptoprices.core.report import pair_report
from cryptoprices.settings.values import Settings
from tests.judging import BTC, Judging

ETH = Pair("ETH", "USD")
NAMES = ("kraken", "coinbase", "bitstamp")
ALL = frozenset(KINDS)


class Market:
    """A board, its moments, and the publications of them. Also the Live that the events read."""

    def __init__(self) -> None:
        self.judging = Judging(*NAMES)
        self.version = 100

    def moment(self) -> Moment:
        there = dict.fromkeys(NAMES)
        return Moment(self.version, self.judging.snapshot, (BTC,), there, {}, Settings({}))  # type: ignore[arg-type]

    def poll(self, price: object, *standings: Standing) -> Publication:
        """All exchanges say this price, which makes another version."""
        self.judging.poll(dict.fromkeys(NAMES, price), standings)
        self.version += 1
        return self.later(0.0)

    def later(self, seconds: float) -> Publication:
        """The same version as it is published after some time."""
        self.judging.boot_s += seconds
        view = self.judging.later(0.0)
        report = json.dumps(pair_report(view)).encode()
        return Publication(self.version, 0, self.judging.boot_s, {BTC: view}, {BTC: report}, 1, {})


@pytest.fixture
def market() -> Market:
    return Market()


@pytest.fixture
def events(market: Market) -> Events:
    return Events(market)  # type: ignore[arg-type]


def run(main: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(main())


async def soon(reader: Reader) -> list[Event] | None:
    """What the reader gets now, nothing if there is nothing."""
    asking = asyncio.ensure_future(reader.next())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    if not asking.done():
        asking.cancel()
        return []
    return asking.result()


async def due(reader: Reader) -> list[tuple[str, str]]:
    """Kind and id of what the reader gets now."""
    return [(event.kind, str(event.mark)) for event in await soon(reader) or ()]


def test_first_a_snapshot_then_what_changes_and_never_that_it_grew_older(market, events):
    async def main():
        events.take(market.poll("100"))
        reader = events.join(None, ALL)
        (first,) = await soon(reader)
        told = json.loads(first.text)
        assert (told["event"], told["id"]) == ("snapshot", "101")
        assert [item["price"] for item in told["data"]["items"]] == ["100"]
        assert [item["exchange"] for item in told["data"]["exchanges"]] == list(NAMES)
        events.take(market.later(1.0))
        assert await due(reader) == []
        events.take(market.poll("101"))
        (event,) = await soon(reader)
        assert event.frame.startswith(b'id: 102\nevent: price\ndata: {"pair": "BTC/USD", "price": "101"')
        assert event.frame.endswith(b"}\n\n")
        assert json.loads(event.text)["data"] == json.loads(event.frame.split(b"data: ")[1])

    run(main)


def test_a_price_that_grows_old_without_a_new_version_is_news_with_an_id_of_its_own(market, events):
    async def main():
        events.take(market.poll("100"))
        reader = events.join(None, ALL)
        await soon(reader)
        events.take(market.later(60.0))
        (event,) = await soon(reader)
        assert (str(event.mark), json.loads(event.text)["data"]["state"]) == ("101.1", "DELAYED")
        events.take(market.later(120.0))
        assert await due(reader) == [("price", "101.2")]

    run(main)


def test_who_reads_slowly_gets_the_newest_of_each_pair_and_holds_up_nobody(market, events):
    async def main():
        events.take(market.poll("100"))
        slow, quick = events.join(None, ALL), events.join(None, ALL)
        await soon(quick)
        for price in range(101, 151):
            events.take(market.poll(price))
            assert await due(quick) == [("price", str(market.version))]
        limited = Standing("kraken", Reason.LIMITED, "Kraken asks for patience.")
        events.take(market.poll("151", limited))
        events.take(market.poll("152", limited))
        assert await due(slow) == [("snapshot", "101"), ("status", "152"), ("price", "153")]

    run(main)


def test_who_comes_back_gets_all_that_it_missed_once_and_a_snapshot_where_that_is_gone(market, events):
    async def main():
        for price in range(100, 110):
            events.take(market.poll(price))
        events.take(market.later(60.0))  # 110.1
        missed = events.join(None, ALL, Mark(107))
        assert await due(missed) == [("price", mark) for mark in ("108", "109", "110", "110.1")]
        assert await due(events.join(None, ALL, Mark(110, 1))) == []
        for unknown in (Mark(99), Mark(110, 2), Mark(5000)):
            assert await due(events.join(None, ALL, unknown)) == [("snapshot", "110.1")]
        for price in range(200, 270):
            events.take(market.poll(price))
        assert await due(events.join(None, ALL, Mark(110, 1))) == [("snapshot", "180")]
        kept = await due(events.join(None, ALL, Mark(121)))
        assert [mark for _, mark in kept] == [str(version) for version in range(122, 181)]

    run(main)


def test_an_exchange_that_stands_otherwise_is_news_once(market, events):
    async def main():
        events.take(market.poll("100"))
        reader = events.join(None, frozenset({"status"}))
        await soon(reader)
        limited = Standing("kraken", Reason.LIMITED, "Kraken asks for patience; asking again at 14:23:10.")
        events.take(market.poll("101", limited))
        (event,) = await soon(reader)
        told = {"exchange": "kraken", "reason": "limited", "text": "Kraken asks for patience", "streaming": False}
        assert json.loads(event.text)["data"] == told
        events.take(market.poll("101", limited._replace(text="Kraken asks for patience; asking again at 14:24:10.")))
        assert await due(reader) == []

    run(main)


def test_only_the_pairs_that_are_wanted_come(market, events):
    async def main():
        events.take(market.poll("100"))
        reader = events.join(frozenset({ETH}), ALL)
        (first,) = await soon(reader)
        assert json.loads(first.text)["data"]["items"] == []
        events.take(market.poll("101"))
        assert await due(reader) == []

    run(main)


def test_there_is_an_end_for_readers_and_a_limit_to_their_number(market):
    async def main():
        events = Events(market, most=2)  # type: ignore[arg-type]
        events.take(market.poll("100"))
        one, two = events.join(None, ALL), events.join(None, ALL)
        with pytest.raises(Full):
            events.join(None, ALL)
        events.leave(one)
        waiting = asyncio.ensure_future(events.join(None, ALL).next())
        assert [event.kind for event in await waiting] == ["snapshot"]
        await soon(two)
        waiting = asyncio.ensure_future(two.next())
        await asyncio.sleep(0)
        events.close()
        assert await waiting is None
        assert len(events) == 2
        events.leave(two)
        with pytest.raises(Full):
            events.join(None, ALL)

    run(main)


@pytest.mark.parametrize(
    ("text", "mark"),
    [("12", Mark(12)), ("12.3", Mark(12, 3)), ("", None), ("x", None), ("1.2.3", None), ("-1", None), ("²", None)],
)
def test_ids_are_marks_and_back(text, mark):
    assert Mark.parse(text) == mark
    assert mark is None or str(mark) == text


def test_who_waits_long_is_told_that_the_connection_stands_and_who_takes_nothing_is_left(market, events, monkeypatch):
    async def main():
        monkeypatch.setattr("cryptoprices.api.events.BEAT_S", 0.0)
        monkeypatch.setattr("cryptoprices.api.events.STUCK_S", math.inf)
        events.take(market.poll("100"))
        idle, stuck = events.join(None, ALL), events.join(None, ALL)
        left = []
        stuck.leave = lambda: left.append(stuck)
        await soon(idle)
        waiting = asyncio.ensure_future(idle.next())
        await soon(stuck)  # which writes from now on
        await asyncio.sleep(0)
        events.take(market.later(0.0))
        assert await waiting == []
        assert left == []
        monkeypatch.setattr("cryptoprices.api.events.STUCK_S", 0.0)
        for _ in range(2):
            events.take(market.later(0.0))
        assert left == [stuck]

    run(main)


def test_many_readers_are_told_some_at_a_time(market, events):
    async def main():
        events.take(market.poll("100"))
        readers = [events.join(None, ALL) for _ in range(100)]
        for reader in readers:
            await soon(reader)
        waiting = [asyncio.ensure_future(reader.next()) for reader in readers]
        await asyncio.sleep(0)
        events.take(market.poll("101"))
        await asyncio.sleep(0)
        late = events.join(None, ALL)  # which knows of it already
        steps = 0
        while not all(each.done() for each in waiting):
            steps += 1
            await asyncio.sleep(0)
        assert steps > 2
        assert {tuple(str(event.mark) for event in each.result()) for each in waiting} == {("102",)}
        assert await due(late) == [("snapshot", "102")]

    run(main)
