"""Streams over real sockets: many readers, one that stands still, one that comes back, and talks over a WebSocket."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal

import pytest
from api_rig import BTC, ETH
from serving import Serving
from store_rig import until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from cryptoprices.api import events, ws

MANY = 100


@pytest.fixture
def serving(tmp_path, fake_clock):
    with Serving(tmp_path, fake_clock) as made:
        yield made


def told(text: str) -> tuple[str, str, dict]:
    """Kind, id and data of a server-sent event."""
    fields = dict(line.split(": ", 1) for line in text.splitlines())
    return fields["event"], fields["id"], json.loads(fields["data"])


class Stream:
    """Reads events from a connection of its own."""

    def __init__(self, serving: Serving, query: str = "", more: str = "") -> None:
        lines = f"GET /v1/stream{query} HTTP/1.1\r\nHost: 127.0.0.1:{serving.port}\r\n{more}\r\n"
        self.connection = serving.dial(lines)
        self._file = self.connection.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers = dict(line.split(": ", 1) for line in iter(self._line, ""))
        self._chunks = self._read()

    def _line(self) -> str:
        return self._file.readline().decode().rstrip("\r\n")

    def _read(self) -> Iterator[str]:
        rest = ""
        while size := int(self._line(), 16):
            rest += self._file.read(size).decode()
            self._line()
            *whole, rest = rest.split("\n\n")
            yield from whole

    def next(self) -> tuple[str, str, dict]:
        """The next event; comments and the time to come back are passed by."""
        return told(next(text for text in self._chunks if text.startswith("id: ")))

    def close(self) -> None:
        self._file.close()
        self.connection.close()


@pytest.fixture
def stream(serving):
    opened = []

    def open_stream(query: str = "", more: str = "") -> Stream:
        opened.append(Stream(serving, query, more))
        return opened[-1]

    yield open_stream
    for each in opened:
        each.close()


def poll(serving: Serving, clock, price: int) -> None:
    """All exchanges say this price of BTC/USD, and the same of ETH/USD as ever."""
    clock.advance(1.0)
    serving.live.poll(prices={BTC: (price, price, price)})


def test_a_reader_gets_a_snapshot_then_each_change_and_never_an_age(serving, stream, fake_clock):
    reader = stream()
    assert (reader.status, reader.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert (reader.headers["cache-control"], reader.headers["x-accel-buffering"]) == ("no-store", "no")
    kind, _, data = reader.next()
    assert (kind, [item["pair"] for item in data["items"]]) == ("snapshot", ["BTC/USD", "ETH/USD"])
    poll(serving, fake_clock, 98_000)
    kind, id_, data = reader.next()
    assert (kind, data["pair"], data["price"]) == ("price", "BTC/USD", "98000")
    assert data == json.loads(serving.get("/v1/prices/BTC-USD").text)
    poll(serving, fake_clock, 98_001)
    assert reader.next()[1] > id_


def test_only_what_was_asked_for_comes_and_what_is_none_of_ours_is_said(serving, stream, fake_clock):
    reader = stream("?pairs=eth-usd&events=price")
    assert [item["pair"] for item in reader.next()[2]["items"]] == ["ETH/USD"]
    poll(serving, fake_clock, 98_000)
    fake_clock.advance(1.0)
    serving.live.poll(prices={ETH: (3500, 3500, 3500)})
    assert reader.next()[2]["pair"] == "ETH/USD"
    for query, status, word in (
        ("?pairs=SOL-USD", 404, "watchlist"),
        ("?pairs=x", 404, "BTC/USD"),
        ("?events=trades", 400, "price, status"),
        ("?pair=BTC-USD", 400, "pair"),
    ):
        answer = serving.get(f"/v1/stream{query}")
        assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
        assert word in json.loads(answer.text)["detail"]


def test_who_comes_back_gets_what_it_missed_once(serving, stream, fake_clock):
    first = stream()
    first.next()
    ids = []
    for price in range(98_000, 98_003):
        poll(serving, fake_clock, price)
        ids.append(first.next()[1])
    again = stream(more=f"Last-Event-ID: {ids[0]}\r\n")
    assert [again.next()[1] for _ in range(2)] == ids[1:]
    poll(serving, fake_clock, 98_010)
    assert again.next()[2]["price"] == "98010"
    assert stream(more="Last-Event-ID: 99999\r\n").next()[0] == "snapshot"


def test_one_that_stands_still_delays_nobody_and_is_left_at_last(serving, stream, fake_clock, monkeypatch):
    monkeypatch.setattr(events, "STUCK_S", 0.2)
    serving.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # else megabytes are under way
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.connect(("127.0.0.1", serving.port))
    stuck.sendall(f"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:{serving.port}\r\n\r\n".encode())
    reader = stream("?events=price&pairs=BTC-USD")
    reader.next()
    until(lambda: serving.meter.connections == 2)
    for price in range(98_000, 99_000):
        if serving.meter.connections == 1:
            break
        fake_clock.advance(1.0)
        serving.live.poll(prices={BTC: (price, price, price), ETH: (price, price, price)})
        assert reader.next()[2]["price"] == str(price)
    assert serving.meter.connections == 1
    stuck.close()


def test_many_readers_all_get_all(serving, fake_clock):
    async def read(number: int) -> list[str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(f"GET /v1/stream?events=price HTTP/1.1\r\nHost: 127.0.0.1:{serving.port}\r\n\r\n".encode())
        prices = []
        while len(prices) < 5:
            line = (await reader.readline()).decode()
            if line.startswith("data: ") and '"pair":"BTC/USD"' in line and '"items"' not in line:
                prices.append(json.loads(line.removeprefix("data: "))["price"])
                ready.release()
            elif '"items"' in line:
                ready.release()
        writer.close()
        await writer.wait_closed()
        return prices

    async def all_told() -> None:
        for _ in range(MANY):
            await ready.acquire()

    async def main() -> None:
        async with asyncio.timeout(60.0):
            readers = [asyncio.ensure_future(read(number)) for number in range(MANY)]
            await all_told()
            for price in range(98_000, 98_005):
                poll(serving, fake_clock, price)
                await all_told()
            wanted = [str(price) for price in range(98_000, 98_005)]
            assert await asyncio.gather(*readers) == [wanted] * MANY

    ready = asyncio.Semaphore(0)
    asyncio.run(main())


@pytest.fixture
def talk(serving):
    with ExitStack() as opened:

        def open_talk(**more) -> ClientConnection:
            return opened.enter_context(connect(f"ws://127.0.0.1:{serving.port}/v1/ws", **more))

        yield open_talk


def say(talk: ClientConnection, **wish: object) -> dict:
    """The answer to this."""
    talk.send(json.dumps(wish))
    return json.loads(talk.recv(10))


def test_a_talk_subscribes_reads_and_unsubscribes(serving, talk, fake_clock):
    one = talk()
    assert say(one, op="ping") == {"event": "pong"}
    answer = say(one, op="subscribe", pairs=["btc-usd"], events=["price"])
    assert answer == {"event": "subscribed", "data": {"pairs": ["BTC-USD"], "events": ["price"]}}
    snapshot = json.loads(one.recv(10))
    assert [item["pair"] for item in snapshot["data"]["items"]] == ["BTC/USD"]
    poll(serving, fake_clock, 98_000)
    event = json.loads(one.recv(10))
    assert (event["event"], event["data"]["price"]) == ("price", "98000")
    assert event["id"] > snapshot["id"]
    answer = say(one, op="subscribe", pairs=["ETH-USD"], since=event["id"])
    assert answer["data"] == {"pairs": ["BTC-USD", "ETH-USD"], "events": ["price", "status"]}
    assert say(one, op="ping") == {"event": "pong"}  # it has missed nothing, so nothing came
    assert say(one, op="unsubscribe", pairs=["BTC-USD"])["data"]["pairs"] == ["ETH-USD"]
    poll(serving, fake_clock, 98_001)
    assert say(one, op="unsubscribe")["data"]["pairs"] == []


def test_what_is_said_wrong_is_told_and_the_talk_goes_on(talk):
    one = talk()
    for wrong, word in (
        ("{", "truncated"),
        ('{"op": "sing"}', "sing"),
        ('{"op": "subscribe", "pair": "BTC-USD"}', "pair"),
        ('{"op": "subscribe", "pairs": ["SOL-USD"]}', "SOL/USD: not watched here"),
        ('{"op": "subscribe", "pairs": ["x"]}', "write it like BTC/USD"),
        ('{"op": "subscribe", "events": ["trades"]}', "trades"),
    ):
        one.send(wrong)
        answer = json.loads(one.recv(10))
        assert answer["event"] == "error"
        assert word in answer["data"]["detail"]
    assert say(one, op="ping") == {"event": "pong"}
    one.send(b"\x00")
    with pytest.raises(ConnectionClosed) as closed:
        one.recv(10)
    assert closed.value.rcvd.code == 1003


def test_what_is_too_long_ends_a_talk(talk):
    one = talk()
    one.send("x" * (ws.MESSAGE_MOST + 1))
    with pytest.raises(ConnectionClosed) as closed:
        one.recv(10)
    assert closed.value.rcvd.code == ws.TOO_LONG


@pytest.mark.parametrize("query", ["pairs=BTC-USD", "nope=1"])
def test_a_parameter_that_there_is_not_opens_no_talk(serving, query):
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{serving.port}/v1/ws?{query}"):
        pass
    answer = refused.value.response
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert json.loads(answer.body)["detail"] == f"{query.partition('=')[0]}: no such parameter; there is ticket."


def test_who_asks_without_a_websocket_is_told_so(serving):
    answer = serving.get("/v1/ws")
    assert (answer.status, answer.headers["upgrade"]) == (426, "websocket")
    assert "ws://" in json.loads(answer.text)["detail"]
    assert serving.get("/v1/ws?nope=1").status == 400


def test_a_page_of_another_site_gets_no_talk(talk):
    with pytest.raises(InvalidStatus) as refused:
        talk(origin="http://evil.example")
    assert refused.value.response.status_code == 403


def test_prices_are_exact_in_all_that_is_told(serving, talk, fake_clock):
    one = talk()
    say(one, op="subscribe", pairs=["BTC-USD"], events=["price"])
    one.recv(10)
    fake_clock.advance(1.0)
    serving.live.poll(prices={BTC: ("0.1000", "0.1000", "0.1000")})
    assert json.loads(one.recv(10))["data"]["price"] == str(Decimal("0.1000"))
