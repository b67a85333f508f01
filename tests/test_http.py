"""One question over HTTP: what may go wrong on the way, and what is said of it."""

import gzip
import socket
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal

import pytest
from fault_server import Fault, FaultServer, Peer
from faults import FAULTS

from cryptoprices.core.errors import BadPayload, Reason, SourceError
from cryptoprices.core.market import Pair
from cryptoprices.net.call import Call
from cryptoprices.net.http import Http, Limits, inflated
from cryptoprices.net.resolver import Address, Resolver

QUICK = Limits(connect_s=2.0, read_s=2.0, total_s=0.5)
PATIENT = Limits(connect_s=30.0, read_s=30.0, total_s=60.0)
PATH = "/0/public/Ticker?pair=XBTUSD"
BY_NAME = {fault.name: fault for fault in FAULTS}


@pytest.fixture
def server(fake_clock):
    with FaultServer({Pair("BTC", "USD"): Decimal("97412.5")}, fake_clock.clock, ["kraken", "okx"]) as server:
        yield server


@pytest.fixture
def url(server):
    return server.addresses["kraken"] + PATH


@pytest.fixture
def http(fake_clock):
    http = Http(fake_clock.clock, "none", PATIENT)
    yield http
    http.close()


def why(http: Http, url: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        http.get(url)
    return caught.value


def test_an_answer_says_when_it_was_asked_and_came(http, url, fake_clock):
    answer = http.get(url)
    assert answer.status == 200
    assert b'"97412.5' in answer.body
    assert answer.headers["content-type"].startswith("application/json")
    assert (answer.sent_boot_s, answer.received_ms) == (fake_clock.boot_s, fake_clock.wall_ms)


def test_connections_are_kept_and_cookies_and_netrc_are_not(http, server, url, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    server.misbehave("kraken", Fault("cookie", lambda peer: peer.answer(headers={"Set-Cookie": "a=b"}), keeps=True))
    http.get(url)
    http.get(url)
    asked = server.requests("kraken")[1].headers
    assert asked["user-agent"].startswith("cryptoprices/")
    assert asked["accept-encoding"] == "gzip"
    assert not asked.keys() & {"cookie", "authorization"}


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS if fault.slow])
def test_silence_and_drips_end_with_the_call(fake_clock, server, url, name):
    http = Http(fake_clock.clock, "none", QUICK)
    server.misbehave("kraken", BY_NAME[name])
    assert why(http, url).reason is Reason.TIMEOUT
    server.misbehave("kraken", None)
    assert http.get(url).status == 200
    http.close()


def test_of_an_answer_cut_at_any_byte_nothing_is_taken(http, server, url):
    """Cut in its head it may pass as one without a body, which no exchange's answer is."""
    lacking = list(range(1, len(http.get(url).body) + 100))

    def cut(peer: Peer) -> None:
        body = peer.reply.body()
        peer.send((peer.head(len(body)) + body)[: -lacking[-1]])
        if lacking.pop() % 2:
            peer.reset()

    server.misbehave("kraken", Fault("cut", cut))
    while lacking:
        with suppress(SourceError):
            assert http.get(url).body == b""


def test_a_kept_connection_that_died_costs_nothing(http, server, url):
    http.get(url)
    server.close_idle()
    assert http.get(url).status == 200

    def die(peer: Peer) -> None:
        server.misbehave("kraken", None)

    server.misbehave("kraken", Fault("die", die))
    assert http.get(url).status == 200
    assert len(server.requests("kraken")) == 4


def test_a_new_connection_that_dies_is_a_failure(http, server, url):
    server.misbehave("kraken", BY_NAME["close at once"])
    assert why(http, url).reason is Reason.UNREACHABLE
    assert len(server.requests("kraken")) == 1


def test_a_connection_unused_for_long_is_not_trusted(http, server, url, fake_clock):
    def name_connection(peer: Peer) -> None:
        peer.answer(str(peer._connection.getpeername()).encode())

    server.misbehave("kraken", Fault("name", name_connection, keeps=True))
    first = http.get(url).body
    assert http.get(url).body == first
    fake_clock.advance(8 * 3600)
    assert http.get(url).body != first


@pytest.mark.parametrize("error", [ConnectionResetError(104, "reset"), BrokenPipeError(32, "pipe")])
def test_a_connection_that_is_reset_while_it_is_made_is_a_failure_like_any_other(http, monkeypatch, error):
    def connect(*_: object) -> socket.socket:
        raise error

    monkeypatch.setattr(Resolver, "connect", connect)
    problem = why(http, "http://127.0.0.1:9/")
    assert (problem.reason, str(problem)) == (Reason.UNREACHABLE, "127.0.0.1 broke off the connection.")


def test_nobody_there(http):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert why(http, f"http://127.0.0.1:{port}/").reason is Reason.UNREACHABLE
    error = why(http, "http://nowhere.invalid/")
    assert (error.reason, "nowhere.invalid" in error.text) == (Reason.NAME_LOOKUP, True)


def test_a_redirect_is_followed_once_and_only_to_the_same_host(http, server, url):
    def turn(peer: Peer) -> None:
        if peer.path == PATH:
            peer.answer(b"", 302, {"Location": PATH + "&again=1"})
        else:
            peer.answer(b"[]")

    server.misbehave("kraken", Fault("turn", turn))
    assert http.get(url).body == b"[]"
    server.misbehave("kraken", BY_NAME["302 Location: http://portal.invalid/sign-in"])
    assert http.get(url).status == 302
    elsewhere = {"Location": server.addresses["okx"] + "/"}
    server.misbehave("kraken", Fault("other", lambda peer: peer.answer(b" " * 10**7, 302, elsewhere)))
    assert http.get(url).status == 302
    assert server.requests("okx") == []


def test_a_wait_that_was_asked_for_is_heard_whatever_the_body(http, server, url):
    def limited(peer: Peer) -> None:
        peer.send(peer.head(10_000, 429, {"Retry-After": "120"}) + b"<html>")
        peer.reset()

    server.misbehave("kraken", Fault("limited", limited))
    answer = http.get(url)
    assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "120", b"")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_packed_body_is_whole_or_nothing(encoding):
    body = bytes(range(256)) * 40
    packed = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    assert inflated([packed[:50], packed[50:]], encoding, len(body)) == body
    for spoilt in (packed[:-1], packed + b"x", b"x" + packed, packed[:20], packed[:-4] + b"\0\0\0\0"):
        with pytest.raises(BadPayload):
            inflated([spoilt], encoding, len(body))
    with pytest.raises(BadPayload):
        inflated([packed], encoding, len(body) - 1)
    with pytest.raises(BadPayload):
        inflated([body], "br", len(body))


def test_a_silent_name_server_holds_two_threads_and_is_named(fake_clock):
    answer = threading.Event()
    seen: list[int] = []

    def lookup(host: str) -> list[Address]:
        seen.append(lookups())
        answer.wait(30)
        return [(socket.AF_INET, "127.0.0.1")]

    resolver = Resolver(fake_clock.clock, lookup)
    http = Http(fake_clock.clock, "none", Limits(read_s=0.2), resolver)
    with ThreadPoolExecutor(8) as pool:
        errors = list(pool.map(lambda n: why(http, f"http://exchange{n}.invalid/"), range(8)))
    assert {error.reason for error in errors} == {Reason.NAME_LOOKUP}
    assert len(seen) == lookups() == 2
    answer.set()


def lookups() -> int:
    return sum(thread.name == "name-lookup" for thread in threading.enumerate())


def test_breaking_off_ends_a_wait_for_a_name(fake_clock):
    asked, answer = threading.Event(), threading.Event()

    def lookup(host: str) -> list[Address]:
        asked.set()
        answer.wait(30)
        return []

    http, call = Http(fake_clock.clock, "none", PATIENT, Resolver(fake_clock.clock, lookup)), Call()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(http.get, "http://exchange.invalid/", None, call)
        assert asked.wait(30)
        call.abort()
        with pytest.raises(SourceError, match="in time"):
            asking.result(30)
    answer.set()


def test_the_family_of_addresses_that_answers_is_remembered(fake_clock, server):
    port = int(server.addresses["kraken"].rpartition(":")[2])
    asked: list[str] = []

    def lookup(host: str) -> list[Address]:
        asked.append(host)
        return [(socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1")]

    resolver = Resolver(fake_clock.clock, lookup)
    with Call().lasting(60) as call:
        resolver.connect("two.invalid", port, 5.0, 3.0, call).close()
        assert resolver.in_turn("two.invalid", lookup(""))[0] == (socket.AF_INET, "127.0.0.1")
        fake_clock.advance(601)
        assert resolver.in_turn("two.invalid", lookup(""))[0] == (socket.AF_INET6, "::1")
        asked.clear()
        resolver.connect("two.invalid", port, 5.0, 3.0, call).close()
        resolver.connect("two.invalid", port, 5.0, 3.0, call).close()
        assert asked == ["two.invalid"]  # an answer is kept for a minute
