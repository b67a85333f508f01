"""Who may read the stream for Cryptowatch's clients: forms, keys, pages and strangers, slow readers, the end."""

import asyncio
from functools import partial

import pytest
from cryptowatch_rig import KEY
from cryptowatch_streams import SOON_S, WELCOME, run_served, said, update, wish
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from cryptoprices.api.cryptowatch import stream as stream_module
from cryptoprices.api.cryptowatch.wire import Told, decode


@pytest.fixture
def serve(fake_clock):
    return partial(run_served, fake_clock)


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


def test_after_ten_wrong_keys_no_more_are_answered_from_there_but_right_ones_are(serve):
    async def test(served):
        for number in range(10):
            async with served.connect(f"?apikey={number}") as socket_:
                await said(socket_)
        async with served.connect("?apikey=10") as socket_:
            with pytest.raises(ConnectionClosed):
                await socket_.recv()
        async with served.connect(f"?apikey={KEY}") as socket_:
            assert await said(socket_) == WELCOME

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


@pytest.mark.logs("connection handler failed")
def test_who_cannot_be_told_by_a_fault_of_ours_is_shown_out_and_others_stay(serve):
    async def test(served):
        async with served.reader("markets:87:summary") as other, served.reader() as socket_:
            assert served.meter.cryptowatch_readers == 2
            await socket_.send(wish("subscribe", "markets:87:book:spread"))
            await update(socket_, "orderBookSpreadUpdate")
            (reader,) = served.hub.readers.of(["markets:87:book:spread"])
            reader.tell(Told({"what": Exception()}))
            with pytest.raises(ConnectionClosed):
                async with asyncio.timeout(SOON_S):
                    await socket_.recv()
            assert socket_.close_code == 1011
            await update(other, "summaryUpdate")
            await served.poll(kraken="24064")
            assert (await update(other, "summaryUpdate"))[1]["lastStr"] == "24064"

    serve(test)


def test_a_fault_while_news_are_looked_for_is_told_to_the_loop_alone(serve, monkeypatch):
    async def test(served):
        faults = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context["exception"]))
        async with served.reader("markets:87:summary") as socket_:
            await update(socket_, "summaryUpdate")
            with monkeypatch.context() as broken:
                broken.setattr(served.rig.live, "moment", lambda: 1 // 0)
                served.hub.look_soon(None)  # raises nothing
                await socket_.send(wish("unsubscribe", "markets:1:summary"))
                assert "unsubscriptionResult" in await said(socket_)
            assert [type(each) for each in faults] == [ZeroDivisionError]

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
        await served.left[1].send(wish("subscribe", "markets:87:summary"))
        assert "subscriptionResult" in await said(served.left[1])
        served.left[0].transport.pause_reading()

    served = serve(test)
    assert [socket_.close_code for socket_ in served.left[1:]] == [1001, 1001]
    assert served.listener.fileno() == -1
    assert served.meter.cryptowatch_readers == 0
    assert not served.hub.readers
