"""The way to an exchange's stream: name, proxy, certificate, upgrade, and what is said where it leads nowhere."""

import asyncio
import json
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from picows import WSListener, WSTransport
from stream_rig import SOURCES, Sink, accept, streaming, streams_thread, tick
from stream_server import PATIENCE_S, Peer, StreamServer

from cryptoprices.clock import Clock, system_clock
from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.market import Pair
from cryptoprices.core.source import Exchange
from cryptoprices.net.dial import Dialer, Wait
from cryptoprices.net.resolver import THREADS, Resolver
from cryptoprices.net.stream import Streams

TLS = Path(__file__).parent / "data" / "tls"
NEVER = Wait(PATIENCE_S, PATIENCE_S, PATIENCE_S)


def why(clock: Clock, url: str, proxy: str = "none", wait: Wait = NEVER, **parts: Any) -> SourceError:
    """Why no connection comes about."""

    async def dial() -> None:
        dialer = Dialer(Resolver(clock, **parts), clock, proxy, wait)
        try:
            await dialer.open(Exchange(SOURCES["binance"], "", url), WSListener)
        finally:
            for _ in range(10):  # closing takes asyncio some rounds
                await asyncio.sleep(0)

    with pytest.raises(SourceError) as caught:
        asyncio.run(dial())
    return caught.value


def hello(peer: Peer) -> None:
    accept(peer)
    peer.send(tick(1, 5))
    peer.listen()


ANSWERS = {
    "redirect": (b"302 Found\r\nLocation: ws://127.0.0.1:9/", Reason.SIGN_IN, "sign-in"),
    "moved": (b"301 Moved Permanently\r\nLocation: ws://127.0.0.1:9/", Reason.MOVED, "changed its interface"),
    "page": (b"200 OK\r\nContent-Type: text/html", Reason.SIGN_IN, "sign-in"),
    "no page": (b"200 OK", Reason.SERVER, "Binance does not accept a stream (200)."),
    "forbidden": (b"403 Forbidden", Reason.BLOCKED, "refuses this network"),
    "region": (b"451 Unavailable", Reason.BLOCKED, "not offered in your region"),
    "unknown to the library": (
        b"520 Web server is returning an unknown error",
        Reason.SERVER,
        "fault of its own (520)",
    ),
    "wrong key": (
        b"101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x",
        Reason.BAD_PAYLOAD,
        "no WebSocket",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_comes_in_place_of_an_upgrade(name):
    head, reason, text = ANSWERS[name]
    with StreamServer(hello, answer=b"HTTP/1.1 " + head + b"\r\n\r\n") as server:
        error = why(system_clock(), server.url)
        assert len(server.requests) == 1  # nobody follows anywhere
    assert error.reason is reason
    assert text in error.text
    assert error.until_told is (name == "region")


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 101", b"HTTP/1.1 101 OK\r\n" + b"X: y\r\n" * 9999]
)
def test_no_http_at_all(answer):
    with StreamServer(hello, answer=answer) as server:
        assert why(system_clock(), server.url).reason in (Reason.BAD_PAYLOAD, Reason.UNREACHABLE)


def test_a_wait_that_is_asked_for_is_kept(fake_clock):
    answer = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\n\r\n"
    with StreamServer(hello, answer=answer) as server:
        error = why(fake_clock.clock, server.url)
    assert (error.reason, error.retry_after_s) == (Reason.LIMITED, 120)


def test_half_open_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"ws://127.0.0.1:{deaf.getsockname()[1]}/"
        error = why(system_clock(), url, wait=Wait(total_s=0.1))
    assert (error.reason, error.text) == (Reason.TIMEOUT, "127.0.0.1 did not answer in time.")


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert why(system_clock(), f"ws://127.0.0.1:{port}/").text == "127.0.0.1 refuses the connection."
    assert why(system_clock(), "ws://nobody.invalid/").reason is Reason.NAME_LOOKUP


def test_a_name_server_that_is_silent_holds_two_threads_and_nothing_else():
    go_on = threading.Event()

    def lookup(_host: str) -> list[tuple[socket.AddressFamily, str]]:
        go_on.wait(PATIENCE_S)
        return []

    try:
        clock = system_clock()
        sink, resolver = Sink(), Resolver(clock, lookup)
        names = ("coinbase", "kraken", "bitstamp", "gemini", "bitfinex")
        exchanges = [Exchange(SOURCES[name], "", f"ws://{name}.invalid/") for name in names]
        streams = Streams(exchanges, clock, sink.deliver, sink.lose, "none", resolver=resolver)
        streams.follow([Pair("BTC", "USD")])
        error = why(clock, "ws://other.invalid/", wait=Wait(lookup_s=0.05), lookup=lookup)
        assert (error.reason, "Name lookup is not answering" in error.text) == (Reason.NAME_LOOKUP, True)
        assert sum(thread.name == "name-lookup" for thread in threading.enumerate()) <= THREADS + 1  # two resolvers
        working = streams_thread()
        streams.close()
        working.join(PATIENCE_S / 2)
        assert not working.is_alive(), "of itself: the name server is still silent"
    finally:
        go_on.set()


def test_a_connection_that_is_reset_before_it_is_used_is_closed(monkeypatch):
    connected, made = Dialer._connected, []
    with socket.create_server(("127.0.0.1", 0)) as server:

        async def reset(dialer: Dialer, *to: Any) -> socket.socket:
            made.append(await connected(dialer, *to))
            with server.accept()[0] as peer:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            server.close()
            return made[0]

        monkeypatch.setattr(Dialer, "_connected", reset)
        assert why(system_clock(), f"ws://127.0.0.1:{server.getsockname()[1]}/").reason is Reason.UNREACHABLE
    assert made[0].fileno() == -1


class Opened(WSListener):
    """Keeps its connection, for who is to close it."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport


def test_addresses_take_turns_and_the_family_that_answers_is_remembered(fake_clock):
    both = [(socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1")]
    resolver = Resolver(fake_clock.clock, lambda _: both)

    async def dial(port: int) -> None:
        dialer = Dialer(resolver, fake_clock.clock, "none", NEVER)
        exchange = Exchange(SOURCES["binance"], "", f"ws://two.invalid:{port}/")
        listener = Opened()
        await dialer.open(exchange, lambda: listener)
        listener.transport.disconnect(graceful=False)
        await listener.transport.wait_disconnected()

    with StreamServer(lambda peer: None) as server:  # listens at one of the two
        asyncio.run(dial(server.port))
    assert resolver.in_turn("two.invalid", both)[0] == both[1]


def through(proxy: Callable[[socket.socket], None]) -> tuple[socket.socket, threading.Thread]:
    listener = socket.create_server(("127.0.0.1", 0))

    def play() -> None:
        with listener.accept()[0] as one:
            proxy(one)

    thread = threading.Thread(target=play, name="proxy", daemon=True)
    thread.start()
    return listener, thread


def pipe(one: socket.socket, port: int) -> None:
    """Carry bytes both ways until one side has gone."""
    with socket.create_connection(("127.0.0.1", port)) as other, ThreadPoolExecutor(1) as pool:

        def carry(giver: socket.socket, taker: socket.socket) -> None:
            while data := giver.recv(65536):
                taker.sendall(data)
            taker.shutdown(socket.SHUT_WR)

        pool.submit(carry, other, one)
        carry(one, other)


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_a_proxy_is_used_and_looks_the_name_up(kind, monkeypatch):
    asked: list[bytes] = []
    monkeypatch.setenv("no_proxy", "")

    def proxy(one: socket.socket) -> None:
        if kind == "socks5":
            one.recv(3)
            one.sendall(b"\x05\x00")
        asked.append(one.recv(300))
        one.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50" if kind == "socks5" else b"HTTP/1.1 200 OK\r\n\r\n")
        pipe(one, server.port)

    with StreamServer(hello) as server:
        listener, thread = through(proxy)
        address = f"{kind}://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("http_proxy", address)  # that of the whole system, for ws: too
        sink = Sink()
        exchange = Exchange(SOURCES["coinbase"], "", "ws://stream.invalid:8080/x")
        streams = Streams([exchange], system_clock(), sink.deliver, sink.lose)
        streams.follow([Pair("BTC", "USD")])
        sink.wait_for(lambda: sink.prices)
        streams.close()
        thread.join(PATIENCE_S)
        listener.close()
    assert b"stream.invalid" in asked[0]
    assert asked[0].startswith(b"\x05\x01\x00\x03" if kind == "socks5" else b"CONNECT stream.invalid:8080 ")


def test_a_proxy_that_wants_a_password_or_is_gone():
    def proxy(one: socket.socket) -> None:
        one.recv(300)
        one.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    listener, thread = through(proxy)
    port = listener.getsockname()[1]
    error = why(system_clock(), "wss://stream.invalid/", f"http://127.0.0.1:{port}")
    assert (error.reason, "proxy asks for a password" in error.text) == (Reason.BLOCKED, True)
    thread.join(PATIENCE_S)
    listener.close()
    for kind in ("http", "https", "socks5", "socks4"):
        error = why(system_clock(), "wss://stream.invalid/", f"{kind}://127.0.0.1:{port}")
        assert (error.reason, error.text) == (
            Reason.UNREACHABLE, "The proxy 127.0.0.1 cannot be used; check network.proxy.",
        )  # fmt: skip


def in_tls(server: StreamServer, certificate: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / f"{certificate}.pem")
    server.wrap = lambda connection: context.wrap_socket(connection, server_side=True)


@pytest.mark.parametrize(
    ("certificate", "text"),
    [
        ("expired", "has expired"),
        ("early", "your clock may be wrong"),
        ("wronghost", "belongs to another host"),
        ("good", "company TLS inspection"),
    ],
)
def test_a_wrong_certificate_is_never_accepted(certificate, text, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / f"{'expired' if certificate == 'good' else certificate}.pem"))
    server = StreamServer(hello)
    in_tls(server, certificate)
    with server:
        error = why(system_clock(), f"wss://127.0.0.1:{server.port}/")
    assert (error.reason, server.requests) == (Reason.BLOCKED, [])
    if sys.platform == "linux":  # elsewhere the system's store is not set by a variable: nothing is trusted
        assert text in error.text


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no variable sets the system's store")
def test_prices_flow_over_tls_with_a_certificate_of_the_systems_store(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "good.pem"))

    def play(peer: Peer) -> None:
        accept(peer)
        for start in range(0, 5000, 100):
            peer.send(*(tick(i + 1, i + 1) for i in range(start, start + 100)))
        peer.listen()

    server = StreamServer(play)
    in_tls(server, "good")
    with server:
        server.url = f"wss://127.0.0.1:{server.port}/"
        with streaming(server) as (_, sink):
            sink.wait_for(lambda: sink.prices == {"BTC/USD": "5000"})
        assert json.loads(server.texts()[0])["product_ids"] == ["BTC-USD"]
