"""The stream for Cryptowatch's clients: who may read, what is subscribed to, both forms, slow readers, the end."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager

import pytest
from cryptowatch_rig import KEY, Rig
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from cryptoprices.api.cryptowatch import stream as stream_module
from cryptoprices.api.cryptowatch.hub import Hub
from cryptoprices.api.cryptowatch.stream import Stream
from cryptoprices.api.cryptowatch.wire import decode
from cryptoprices.api.hosts import Hosts

SOON_S = 20
WELCOME = {"authenticationResult": {"status": "AUTHENTICATED"}}


class Served:
    """The stream of a rig, on the running loop. hub: told with look(). left: clients that are there at the end."""

    def __init__(self, rig, loopback=True):
        self.left = []
        self.rig, self.hub = rig, Hub(rig.live, rig.charts)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.stream = Stream(self.hub, rig.tokens, Hosts("127.0.0.1", self.port), loopback, rig.clock.clock)

    def connect(self, query="", path="/connect", **more):
        return connect(f"ws://127.0.0.1:{self.port}{path}{query}", proxy=None, **more)

    @asynccontextmanager
    async def reader(self, *resources, query=""):
        """A JSON reader that has been welcomed and has subscribed to these."""
        async with self.connect(query) as socket_:
            assert await said(socket_) == WELCOME
            if resources:
                await socket_.send(wish("subscribe", *resources))
                result = (await said(socket_))["subscriptionResult"]
                assert "failed" not in result
            yield socket_

    async def poll(self, **prices):
        self.rig.clock.advance(20)
        self.rig.live.poll(**prices)
        self.hub.look()


def wish(kind, *resources):
    return json.dumps({kind: {"subscriptions": [{"streamSubscription": {"resource": each}} for each in resources]}})


async def said(socket_):
    async with asyncio.timeout(SOON_S):
        return json.loads(await socket_.recv())


async def update(socket_, kind):
    """The next message of this kind: its market's number and what it says."""
    while True:
        message = (await said(socket_)).get("marketUpdate", {})
        if kind in message:
            return message["market"]["marketId"], message[kind]


@pytest.fixture
def serve(fake_clock):
    """serve(test, loopback): run a coroutine function with what is served."""

    def run(test, loopback=True):
        async def served():
            one = Served(Rig(fake_clock), loopback)
            async with one.stream.serving(one.listener):
                await test(one)
            for socket_ in one.left:
                socket_.transport.abort()
                await socket_.wait_closed()
            return one

        return asyncio.run(served())

    return run


def test_a_reader_is_welcomed_and_told_what_is_known_and_then_what_is_new(serve):
    async def test(served):
        async with served.connect() as socket_:
            assert await said(socket_) == WELCOME
            await socket_.send(wish("subscribe", "markets:87:book:spread", "markets:65:summary"))
            subscriptions = [
                {"streamSubscription": {"resource": each}} for each in ("markets:87:book:spread", "markets:65:summary")
            ]
            assert await said(socket_) == {
                "subscriptionResult": {"subscriptions": subscriptions, "status": {"subscriptions": subscriptions}}
            }
            first, second = sorted([await said(socket_), await said(socket_)], key=str)
            market = {"exchangeId": "2", "currencyPairId": "9", "marketId": "65"}
            summary = {
                "lastStr": "24070.55",
                "highStr": "24170.55",
                "lowStr": "23970.55",
                "volumeBaseStr": "1000.5",
                "volumeQuoteStr": "24082585.27500000",
                "changeAbsoluteStr": "60.03",
                "changePercentStr": "0.0025",
            }
            assert first == {"marketUpdate": {"market": market, "summaryUpdate": summary}}
            spread = {"timestamp": "1763820000", "bid": {"priceStr": "24063.3"}, "ask": {"priceStr": "24063.40"}}
            assert second["marketUpdate"]["orderBookSpreadUpdate"] == spread
            await served.poll(kraken="24063.40")
            _, spread = await update(socket_, "orderBookSpreadUpdate")
            assert spread["timestamp"] == "1763820020"

    serve(test)


@pytest.mark.parametrize(
    ("resource", "markets"),
    [
        ("markets:87:summary", {"87"}),
        ("exchanges:2:summary", {"65", "68"}),
        ("pairs:9:summary", {"87", "65", "74"}),
        ("instruments:9:summary", {"87", "65", "74"}),
        ("assets:77:summary", {"68"}),
        ("assets:2:summary", {"579"}),
        ("markets:*:summary", {"87", "65", "68", "74", "579"}),
        ("ASSETS:*:Summary", {"87", "65", "68", "74", "579"}),
    ],
)
def test_a_subscription_is_to_one_or_to_all_that_have_to_do_with_it(serve, resource, markets):
    async def test(served):
        async with served.reader(resource) as socket_:
            assert {(await update(socket_, "summaryUpdate"))[0] for _ in markets} == markets

    serve(test)


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        ("markets:87:trades", "single trades are not known here"),
        ("markets:87:book:deltas", "only book:spread is known"),
        ("markets:87:everything", "the last word is one of"),
        ("markets:4711:ohlc", "no market of this number"),
        ("coins:87:ohlc", "the first word is one of"),
        ("markets:btc:ohlc", "write it like"),
        ("", "write it like"),
    ],
)
def test_what_cannot_be_subscribed_to_is_said_with_the_reason(serve, resource, error):
    async def test(served):
        async with served.reader() as socket_:
            await socket_.send(wish("subscribe", resource, "markets:87:summary"))
            result = (await said(socket_))["subscriptionResult"]
            (failed,) = result["failed"]
            assert error in failed["error"]
            assert failed["subscription"] == {"streamSubscription": {"resource": resource}}
            assert result["status"]["subscriptions"] == [{"streamSubscription": {"resource": "markets:87:summary"}}]

    serve(test)


def test_running_candles_begin_as_they_are_known_and_move_with_every_price(serve):
    async def test(served):
        served.rig.clock.advance(7 * 60 + 13)
        served.rig.live.poll(kraken="24063.40")
        async with served.reader("markets:87:ohlc") as socket_:
            _, told = await update(socket_, "intervalsUpdate")
            periods = {each["periodName"]: each for each in told["intervals"]}
            assert len(periods) == 13  # of the running minute alone nothing is known yet
            hour = periods["3600"]
            assert (hour["period"], hour["closetime"]) == (3600, str(1_763_820_000 + 3600))
            assert hour["ohlc"]["closeStr"] == "24063.4"
            opened = hour["ohlc"]["openStr"]
            await served.poll(kraken="25000.5")
            await served.poll(kraken="24900")
            while True:
                _, told = await update(socket_, "intervalsUpdate")
                hour = next(each["ohlc"] for each in told["intervals"] if each["periodName"] == "3600")
                if hour["closeStr"] == "24900":
                    break
            assert (hour["openStr"], hour["highStr"]) == (opened, "25000.5")

    serve(test)


def test_when_a_candle_ends_the_next_begins(serve):
    async def test(served):
        async with served.reader("markets:87:ohlc") as socket_:
            _, told = await update(socket_, "intervalsUpdate")
            for _ in range(16):
                await served.poll(kraken="24063.40")
            while True:
                _, told = await update(socket_, "intervalsUpdate")
                periods = {each["periodName"]: each for each in told["intervals"]}
                five = periods["300"]
                if five["closetime"] == str(1_763_820_000 + 600):
                    break
            assert periods["60"]["closetime"] == str(1_763_820_000 + 360)
            assert five["ohlc"]["openStr"] == five["ohlc"]["lowStr"] == "24063.4"

    serve(test)


def test_nothing_is_told_twice(serve):
    async def test(served):
        async with served.reader("markets:87:summary", "markets:*:summary") as socket_:
            for _ in range(5):
                await update(socket_, "summaryUpdate")
            for _ in range(3):
                served.hub.look()
            served.hub.look()
            await served.poll(kraken="24064", names=("kraken",))
            served.hub.look()
            await socket_.send(wish("unsubscribe", "markets:*:summary"))
            told = []
            while "unsubscriptionResult" not in (message := await said(socket_)):
                told.append(message["marketUpdate"])
            assert [each["summaryUpdate"]["lastStr"] for each in told if each["market"]["marketId"] == "87"][
                -1
            ] == "24064"
            assert len(told) == len({str(each) for each in told})

    serve(test)


def test_who_unsubscribes_is_told_no_more(serve):
    async def test(served):
        async with served.reader("markets:87:summary", "pairs:9:summary") as socket_:
            for _ in range(3):
                await update(socket_, "summaryUpdate")
            await socket_.send(wish("unsubscribe", "pairs:9:summary", "markets:1:ohlc"))
            result = (await said(socket_))["unsubscriptionResult"]
            assert result["failed"][0]["error"] == "not subscribed"
            assert result["status"]["subscriptions"] == [{"streamSubscription": {"resource": "markets:87:summary"}}]
            for price in ("24064", "24065"):
                await served.poll(kraken=price)
                market, told = await update(socket_, "summaryUpdate")
                assert (market, told["lastStr"]) == ("87", price)
            await socket_.send(wish("unsubscribe", "markets:87:summary"))
            await said(socket_)
            assert not served.hub.readers

    serve(test)


def test_older_clients_are_understood_too(serve):
    async def test(served):
        async with served.reader() as socket_:
            await socket_.send(json.dumps({"subscribe": {"subscriptionKeys": ["markets:87:summary"]}}))
            assert (await said(socket_))["subscriptionResult"]["subscriptions"]
            await update(socket_, "summaryUpdate")
            hello = {"apiKey": "x", "token": "y", "nonce": "1", "subscriptions": ["markets:65:summary"]}
            await socket_.send(json.dumps({"apiAuthentication": hello}))
            assert await said(socket_) == WELCOME
            assert len((await said(socket_))["subscriptionResult"]["status"]["subscriptions"]) == 2

    serve(test)


def protobuf_wish(*resources):
    """A ClientMessage that subscribes to these."""

    def field(number, data):
        length, head = len(data), b""
        while length > 0x7F:
            head, length = head + bytes([length & 0x7F | 0x80]), length >> 7
        return bytes([number << 3 | 2]) + head + bytes([length]) + data

    return field(2, b"".join(field(2, field(1, field(1, each.encode()))) for each in resources))


def test_protobuf_is_understood_in_text_frames_that_are_no_text(serve):
    """What the official SDK for Python sends."""
    resources = [f"markets:{number}:summary" for number in (87, 65, 74, 68, 579)] + ["pairs:9:book:spread"] * 8
    frame = protobuf_wish(*resources)
    with pytest.raises(UnicodeDecodeError):
        frame.decode()

    async def test(served):
        async with served.connect("?format=binary") as socket_:
            assert decode("Sent", await socket_.recv()) == {"authenticationResult": {}}
            socket_.protocol.writes.append(Frame(Opcode.TEXT, frame).serialize(mask=True))
            socket_.transport.writelines(socket_.protocol.data_to_send())
            result = decode("Sent", await socket_.recv())["subscriptionResult"]
            assert len(result["status"]["subscriptions"]) == 6
            told = [decode("Sent", await socket_.recv())["marketUpdate"] for _ in range(8)]
            assert sum("summaryUpdate" in each for each in told) == 5

    serve(test)


def test_signs_of_life_come_in_binary_and_only_there(serve, monkeypatch):
    monkeypatch.setattr(stream_module, "HEARTBEAT_S", 0.02)

    async def test(served):
        async with served.connect("?format=binary") as socket_, served.reader() as json_reader:
            await socket_.recv()
            async with asyncio.timeout(SOON_S):
                assert [await socket_.recv() for _ in range(3)] == [b"\x01"] * 3
            await json_reader.send(wish("subscribe", "markets:87:summary"))
            assert "subscriptionResult" in await said(json_reader)

    serve(test)


@pytest.mark.parametrize("loopback", [True, False])
@pytest.mark.parametrize("query", ["", f"?apikey={KEY}", "?apikey=123"])
def test_who_has_no_key_where_one_is_needed_or_a_wrong_one_is_told_so_and_shown_out(serve, loopback, query):
    async def test(served):
        async with served.connect(query) as socket_:
            if KEY in query or (loopback and not query):
                assert await said(socket_) == WELCOME
                return
            assert await said(socket_) == {"authenticationResult": {"status": "INVALID_PUBLIC_KEY"}}
            with pytest.raises(ConnectionClosed):
                await socket_.recv()
            assert socket_.close_code == 1008

    serve(test, loopback)


def test_a_key_that_is_revoked_ends_its_stream(serve, monkeypatch):
    monkeypatch.setattr(stream_module, "HEARTBEAT_S", 0.02)

    async def test(served):
        async with served.reader(query=f"?apikey={KEY}") as socket_:
            served.rig.tokens.revoked = True
            with pytest.raises(ConnectionClosed):
                async with asyncio.timeout(SOON_S):
                    await socket_.recv()
            assert socket_.close_code == 1008

    serve(test)


def test_after_ten_wrong_keys_no_more_are_heard_from_there(serve):
    async def test(served):
        for number in range(10):
            async with served.connect(f"?apikey={number}") as socket_:
                await said(socket_)
        async with served.connect(f"?apikey={KEY}") as socket_:
            assert await said(socket_) == {"authenticationResult": {"status": "INVALID_PUBLIC_KEY"}}

    serve(test)


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({"Origin": "http://evil.example"}, "/connect", 403),
        ({"Origin": "null"}, "/connect", 403),
        ({"Sec-Fetch-Site": "cross-site"}, "/connect", 403),
        ({"Host": "evil.example"}, "/connect", 403),
        ({}, "/other", 404),
    ],
)
def test_web_pages_and_strangers_are_refused_before_the_stream_begins(serve, headers, path, status):
    async def test(served):
        host = headers.get("Host")
        more = {name: value for name, value in headers.items() if name != "Host"}
        if host:
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13"
            head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n\r\n"
            writer.write(head.encode())
            answer = (await reader.readuntil(b"\r\n\r\n")).decode()
            writer.close()
            await writer.wait_closed()
            assert answer.startswith(f"HTTP/1.1 {status} ")
            assert "access-control" not in answer.lower()
            return
        with pytest.raises(InvalidStatus) as refused:
            await served.connect(path=path, additional_headers=more).__aenter__()
        assert refused.value.response.status_code == status

    serve(test)


def test_a_page_of_our_own_and_any_prefix_of_the_path_may_connect(serve):
    async def test(served):
        origin = {"Origin": f"http://127.0.0.1:{served.port}"}
        async with served.connect(path="/cryptowatch/connect", additional_headers=origin) as socket_:
            assert await said(socket_) == WELCOME

    serve(test)


@pytest.mark.parametrize(("query", "nonsense"), [("", "hello"), ("?format=binary", b"\x12\xff")])
def test_who_talks_nonsense_is_shown_out_and_others_stay(serve, query, nonsense):
    async def test(served):
        async with served.reader("markets:87:summary") as other, served.connect(query) as socket_:
            await socket_.recv()
            await socket_.send(nonsense)
            with pytest.raises(ConnectionClosed):
                await socket_.recv()
            assert socket_.close_code == 1003
            await update(other, "summaryUpdate")
            await served.poll(kraken="24064")
            assert (await update(other, "summaryUpdate"))[1]["lastStr"] == "24064"

    serve(test)


def test_a_slow_reader_gets_the_newest_and_holds_up_nobody(serve):
    async def test(served):
        async with served.reader("markets:*:summary") as slow, served.reader("markets:87:summary") as quick:
            slow.transport.pause_reading()
            for number in range(300):
                await served.poll(kraken=f"24{number:03}.40")
                told = await update(quick, "summaryUpdate")
                while told[1]["lastStr"] != f"24{number:03}.40":
                    told = await update(quick, "summaryUpdate")
            assert max(len(reader._waiting) for reader in served.hub.readers.of(["*:summary"])) <= 5
            slow.transport.resume_reading()
            while (await update(slow, "summaryUpdate"))[1]["lastStr"] != "24299.40":
                pass

    serve(test)


def test_the_end_does_not_wait_for_readers(serve):
    async def test(served):
        served.left = [await served.connect() for _ in range(3)]
        for socket_ in served.left:
            await socket_.recv()
        served.left[0].transport.pause_reading()

    served = serve(test)
    assert [socket_.close_code for socket_ in served.left[1:]] == [1001, 1001]
    assert served.listener.fileno() == -1
    assert served.hub.readers.count == 0
    assert not served.hub.readers
