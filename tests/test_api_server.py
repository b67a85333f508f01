"""The API over real sockets: its thread, its limits, and that it ends whoever reads."""

import json
import socket
import struct
from concurrent.futures import ThreadPoolExecutor

import pytest
from serving import Serving, rest_of
from store_rig import until

from cryptoprices.api import server as server_module
from cryptoprices.api.limits import Limits
from cryptoprices.api.meter import Meter
from cryptoprices.api.server import Server, listening

HOST = "Host: 127.0.0.1:{}\r\n"


@pytest.fixture
def serving(tmp_path, fake_clock):
    with Serving(tmp_path, fake_clock) as made:
        yield made


def head(serving, path: str, more: str = "") -> str:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{serving.port}\r\n{more}\r\n"


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_prices_are_served_with_tag_and_age_and_not_again_to_who_has_them(serving):
    first = serving.get("/v1/prices/BTC-USD")
    assert (first.status, json.loads(first.text)["price"]) == (200, "97412.50")
    assert serving.get("/v1/prices/BTC-USD", If_None_Match="*").status == 304
    assert first.headers["Server"] is None


def test_the_gate_is_in_the_way(serving):
    assert serving.get("/v1/prices", Host="evil.example").status == 403
    assert serving.get("/v1/watchlists").status == 401


def test_health_readiness_and_metrics(serving, fake_clock):
    assert serving.get("/healthz").status == 200
    assert serving.get("/readyz").status == 200
    told = serving.get("/metrics").text
    assert "cryptoprices_polls_total 1\n" in told
    assert 'cryptoprices_price_state{pair="BTC-USD",state="LIVE"} 1\n' in told
    assert 'cryptoprices_http_answers_total{status="2xx"} 2\n' in told
    assert "cryptoprices_http_connections 1\n" in told
    fake_clock.advance(61)
    serving.get("/v1/prices")  # makes it anew
    late = serving.get("/readyz")
    assert (late.status, json.loads(late.text)["detail"]) == (
        503, "The newest price is 61 s old; it must not be older than 60 s."
    )  # fmt: skip


def test_it_ends_with_all_kinds_of_readers_attached(tmp_path, fake_clock):
    with Serving(tmp_path, fake_clock) as serving:
        streams = [serving.dial(head(serving, "/v1/stream")) for _ in range(20)]
        stalled = serving.dial(head(serving, "/v1/stream"))
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        talk = serving.dial(head(serving, "/v1/ws", upgrade + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"))
        idle = serving.dial(head(serving, "/healthz"))
        half = serving.dial("GET /v1/prices HTTP/1.1\r\n")
        for reader in (*streams, talk, idle):
            assert reader.recv(12).endswith((b"200", b"101"))
        assert serving.server.stop()
        with ThreadPoolExecutor() as pool:
            told = list(pool.map(rest_of, streams))
        assert all(each.endswith(b"0\r\n\r\n") for each in told)  # not broken off
        for reader in (stalled, talk, idle, half):
            rest_of(reader)


def test_what_is_going_on_at_the_end_is_ended_by_force_where_nobody_takes_it(tmp_path, fake_clock, monkeypatch):
    """A reader that has taken nothing of an answer larger than all buffers."""

    async def large(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(64):
            await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})

    with Serving(tmp_path, fake_clock) as serving:
        monkeypatch.setattr("cryptoprices.service.Counted", lambda app, meter: large)
        reader = serving.dial(head(serving, "/"))
        assert reader.recv(12) == b"HTTP/1.1 200"
        assert serving.server.stop()
        reader.close()


@pytest.mark.logs("ended by a fault")
def test_a_fault_ends_it_and_frees_the_port():
    def broken():
        raise RuntimeError("broken")

    listener = listening("127.0.0.1", 0)
    server = Server(listener, broken, lambda: None, Meter())
    server.start()
    server._thread.join()
    assert not server.alive
    assert server.stop()
    assert listener.fileno() == -1


# limits


def test_a_head_that_does_not_come_is_waited_for_only_so_long(tmp_path, fake_clock):
    with Serving(tmp_path, fake_clock, Limits(head_s=0.3)) as serving:
        assert status(rest_of(serving.dial("GET /v1/prices HTTP/1.1\r\nHost:"))) == 408
        for nothing in ("", "\r\n\r\n"):  # a program that keeps connections ready would take it for an answer
            assert rest_of(serving.dial(nothing)) == b""
        again = serving.dial(head(serving, "/healthz") + "GET /v1")  # likewise of a second request
        told = rest_of(again)
        assert (status(told), told.count(b"HTTP/1.1 408")) == (200, 1)
        assert serving.meter.cut == 4


@pytest.mark.parametrize("more", ["X: {}\r\n", "{}: x\r\n"])
def test_a_long_head_is_refused_in_one_piece_and_in_many(serving, more):
    whole = serving.dial(head(serving, "/v1/prices", more.format("a" * 9000)))
    assert status(rest_of(whole)) == 431
    endless = serving.dial("GET / HTTP/1.1\r\nX: ")
    for _ in range(10):
        endless.sendall(b"a" * 1000)
    assert status(rest_of(endless)) == 431
    assert status(rest_of(serving.dial(head(serving, "/" + "a" * 9000)))) == 431
    long = serving.get("/healthz", X="a" * 8000)
    assert long.status == 200


def test_what_is_no_http_is_told_so(serving):
    assert status(rest_of(serving.dial("\x16\x03\x01\x02\r\n\r\n"))) == 400


def test_who_sends_nothing_keeps_nobody_out(tmp_path, fake_clock):
    with Serving(tmp_path, fake_clock, Limits(waiting=16, head_s=60)) as serving:
        silent = [serving.dial("GET / HTTP/1.1\r\n") for _ in range(100)]
        for each in silent[:84]:
            assert status(rest_of(each)) == 408
        assert serving.get("/v1/prices").status == 200
        for each in silent[84:]:
            each.setblocking(False)
            with pytest.raises(BlockingIOError):
                each.recv(1)
            each.close()


def test_there_are_only_so_many_connections(tmp_path, fake_clock):
    with Serving(tmp_path, fake_clock, Limits(connections=3)) as serving:
        readers = [serving.dial(head(serving, "/v1/stream")) for _ in range(3)]
        for reader in readers:
            assert reader.recv(12) == b"HTTP/1.1 200"
        assert status(rest_of(serving.dial())) == 503
        for reader in readers:
            reader.close()


def test_connections_that_rest_keep_nobody_out(tmp_path, fake_clock):
    with Serving(tmp_path, fake_clock, Limits(connections=3)) as serving:
        begun = serving.dial("GET / HTTP/1.1\r\n")
        resting = [serving.dial(head(serving, "/healthz")) for _ in range(2)]
        for each in resting:
            assert each.recv(12) == b"HTTP/1.1 200"
        until(lambda: sum(each._rests() for each in serving.connections()) == 2)
        last = serving.dial(head(serving, "/healthz"))
        assert last.recv(12) == b"HTTP/1.1 200"
        assert len(list(filter(is_open, resting))) == 1
        assert all(map(is_open, (begun, last)))
        for each in (begun, last, *resting):
            each.close()


def is_open(connection: socket.socket) -> bool:
    """Whether the other side has not ended it, once what has come is read."""
    connection.setblocking(False)
    try:
        while connection.recv(65_536):
            pass
    except BlockingIOError:
        return True
    return False


def test_several_requests_in_one_piece_are_all_answered(serving):
    asked = head(serving, "/v1/prices") + head(serving, "/healthz") + head(serving, "/readyz", "Connection: close\r\n")
    assert rest_of(serving.dial(asked)).count(b"HTTP/1.1 200 OK") == 3


def test_an_upgrade_with_a_long_head_is_refused(serving):
    more = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nX: " + "a" * 9000 + "\r\n"
    assert status(rest_of(serving.dial(head(serving, "/v1/ws", more)))) == 431


def test_the_address_is_one_to_type_in():
    server = Server(listening("::1", 0), lambda: None, lambda: None, None)
    assert server.address.startswith("http://[::1]:")
    server._listener.close()
    server._loop.close()
    assert server_module.STOP_S <= 1


def test_a_reader_that_has_asked_more_meanwhile_is_let_go_when_it_leaves(serving):
    """The stream is not the newest question of its connection."""
    reader = serving.dial(head(serving, "/v1/stream") + head(serving, "/healthz"))
    assert reader.recv(12) == b"HTTP/1.1 200"
    assert "cryptoprices_stream_readers 1\n" in serving.get("/metrics").text
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    reader.close()
    until(lambda: "cryptoprices_stream_readers 0\n" in serving.get("/metrics").text)


# the same question again


class Again:
    """Asks in the same words over one connection."""

    def __init__(self, serving, path: str = "/v1/prices/BTC-USD", more: str = ""):
        self._asked, self._connection = head(serving, path, more).encode(), serving.dial()

    def __call__(self, times: int = 1):
        """The last answer: its head and body."""
        for _ in range(times):
            self._connection.sendall(self._asked)
            told = b""
            while b"\r\n\r\n" not in told:
                told += self._connection.recv(65_536)
            start, _, body = told.partition(b"\r\n\r\n")
            length = int(start.lower().partition(b"content-length: ")[2].split()[0])
            while len(body) < length:
                body += self._connection.recv(65_536)
            assert len(body) == length
        return start.decode().split("\r\n"), body.decode()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._connection.close()


def without_date(lines: list[str]) -> set[str]:
    return {line for line in lines if not line.startswith("date: ")}


def test_the_same_question_again_has_the_same_answer(serving):
    with Again(serving) as ask:
        first, again = ask(), ask(3)
        assert (without_date(first[0]), first[1]) == (without_date(again[0]), again[1])
        assert [line for line in again[0] if line.startswith("date: ")]
    assert serving.meter.answers[2] == 4


def test_the_same_question_again_hears_what_is_new_and_what_has_grown_old(serving, fake_clock):
    with Again(serving) as ask:
        ask(2)
        fake_clock.advance(1.5)
        assert "age: 1" in ask()[0]
        fake_clock.advance(45)
        assert '"state":"DELAYED"' in ask()[1]
        fake_clock.advance(100)
        assert '"state":"STALE"' in ask()[1]
        serving.live.pairs = ()
        fake_clock.advance(3)
        assert ask()[0][0] == "HTTP/1.1 404 Not Found"


@pytest.mark.parametrize(
    ("path", "more", "line"),
    [
        ("/v1/prices", "Origin: http://evil.example\r\n", "HTTP/1.1 403 Forbidden"),
        ("/v1/prices", "Authorization: Bearer cp_1_2\r\n", "HTTP/1.1 401 Unauthorized"),
        ("/v1/prices?pairs=BTC-USD", "", "HTTP/1.1 200 OK"),
        ("/v1/prices", "Expect: 100-continue\r\n", "HTTP/1.1 200 OK"),
        ("/v1/watchlists", "", "HTTP/1.1 401 Unauthorized"),
        ("/v1/nothing", "", "HTTP/1.1 404 Not Found"),
    ],
)
def test_what_was_refused_is_refused_again_and_the_rest_goes_its_usual_way(serving, path, more, line):
    with Again(serving, path, more) as ask:
        assert [ask()[0][0] for _ in range(3)] == [line] * 3


def test_wrong_tokens_are_counted_once_each(serving):
    with Again(serving, "/v1/prices", "Authorization: Bearer cp_1_2\r\n") as ask:
        assert [ask()[0][0].split()[1] for _ in range(11)] == ["401"] * 10 + ["429"]


def test_the_same_question_again_may_come_in_pieces_or_several_at_once(serving):
    with Again(serving) as ask:
        ask(2)
        asked, connection = ask._asked, ask._connection
        connection.sendall(asked[:10])
        connection.sendall(asked[10:] + asked + asked)
        told = b""
        while told.count(b'"via"') < 9:
            told += connection.recv(65_536)
        assert told.count(b"HTTP/1.1 200 OK") == 3
        ask()
    assert rest_of(serving.dial(head(serving, "/v1/prices", "Connection: close\r\n") * 2)).count(b"HTTP/1.1 200") == 1


def test_a_body_in_the_words_of_a_question_before_is_none(serving):
    """Its head was answered already; one answer more would be taken for that of the next request."""
    with Again(serving) as ask:
        ask(2)
        asked, connection = ask._asked, ask._connection
        form = f"Content-Type: application/json\r\nContent-Length: {len(asked)}\r\n"
        connection.sendall(head(serving, "/v1/watchlists", form).replace("GET", "POST").encode())
        assert status(connection.recv(65_536)) == 401
        connection.sendall(asked)
        connection.sendall(head(serving, "/healthz", "Connection: close\r\n").encode())
        assert rest_of(connection).endswith(b'{"status":"ok"}')
        assert serving.meter.answers[2] == 3


def test_who_asks_the_same_again_is_not_idle(tmp_path, fake_clock):
    with Serving(tmp_path, fake_clock, Limits(idle_s=1)) as serving, Again(serving) as ask:
        ask(2)
        connection = next(iter(serving.connections()))
        connection._active_s += 5  # as if it had asked later
        connection.loop.call_soon_threadsafe(connection.timeout_keep_alive_handler)
        ask()
        connection._active_s -= 60
        connection.loop.call_soon_threadsafe(connection.timeout_keep_alive_handler)
        assert rest_of(ask._connection) == b""
