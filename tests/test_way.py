"""The way to an exchange: through which proxy, and whose certificate is believed."""

import socket
import ssl
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from fault_server import Fault, FaultServer

from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.core.market import Pair
from cryptoprices.net.http import Http, Limits
from cryptoprices.net.proxy import proxy_for

PATIENT = Limits(connect_s=30.0, read_s=30.0, total_s=60.0)
PATH = "/0/public/Ticker?pair=XBTUSD"
TLS = Path(__file__).parent / "data" / "tls"


@pytest.fixture
def server(fake_clock):
    with FaultServer({Pair("BTC", "USD"): Decimal("97412.5")}, fake_clock.clock, ["kraken", "okx"]) as server:
        yield server


@pytest.fixture
def http(fake_clock):
    http = Http(fake_clock.clock, "none", PATIENT)
    yield http
    http.close()


def why(http: Http, url: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        http.get(url)
    return caught.value


class TestProxy:
    """FaultServer's kraken plays the proxy: it answers whatever host it is asked for."""

    def test_the_systems_proxy_is_used_from_the_next_question_on(self, fake_clock, server, monkeypatch):
        http = Http(fake_clock.clock, "system", PATIENT)
        assert why(http, "http://api.invalid" + PATH).reason is Reason.NAME_LOOKUP
        monkeypatch.setenv("http_proxy", server.addresses["kraken"])
        assert http.get("http://api.invalid" + PATH).status == 200
        assert server.log[-1].path == "http://api.invalid" + PATH
        monkeypatch.setenv("no_proxy", "api.invalid")
        assert why(http, "http://api.invalid" + PATH).reason is Reason.NAME_LOOKUP
        http.close()

    def test_this_machine_is_never_asked_through_a_proxy(self, fake_clock, server, monkeypatch):
        monkeypatch.setenv("http_proxy", server.addresses["kraken"])
        http = Http(fake_clock.clock, "system", PATIENT)
        http.get(server.addresses["okx"] + "/")
        http.close()
        assert server.requests("kraken") == []

    def test_a_proxy_that_wants_a_password(self, fake_clock, server):
        http = Http(fake_clock.clock, server.addresses["kraken"], PATIENT)
        server.misbehave("kraken", Fault("407", lambda peer: peer.answer(b"", 407)))
        error = why(http, "https://api.invalid/")
        assert (error.reason, "proxy asks for a password" in error.text) == (Reason.BLOCKED, True)
        assert http.get("http://api.invalid/").status == 407
        http.close()

    def test_a_proxy_that_is_gone(self, fake_clock):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        for scheme in ("http", "socks5"):
            http = Http(fake_clock.clock, f"{scheme}://127.0.0.1:{port}", PATIENT)
            error = why(http, "https://api.invalid/")
            assert (error.reason, "proxy" in error.text) == (Reason.UNREACHABLE, True)
            http.close()

    def test_socks_looks_the_name_up(self, fake_clock):
        asked = []

        def play(listener: socket.socket) -> None:
            with listener.accept()[0] as one:
                one.recv(3)
                one.sendall(b"\x05\x00")
                asked.append(one.recv(300))
                one.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")
                one.recv(3000)
                one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
            pool.submit(play, listener)
            http = Http(fake_clock.clock, f"socks5://127.0.0.1:{listener.getsockname()[1]}", PATIENT)
            assert http.get("http://api.invalid/").body == b"{}"
            http.close()
        assert asked[0][:4] == b"\x05\x01\x00\x03"
        assert b"api.invalid" in asked[0]

    def test_how_a_proxy_is_written(self, monkeypatch):
        assert proxy_for("https://api.invalid/", "none") is None
        assert proxy_for("https://api.invalid/", "socks5://p:1") == "socks5h://p:1"
        for host in ("localhost", "127.0.0.2", "[::1]"):
            assert proxy_for(f"https://{host}/", "http://p:1") is None
        monkeypatch.setenv("all_proxy", "p:3128")
        assert proxy_for("https://api.invalid/", "system") == "http://p:3128"


def in_tls(server: FaultServer, certificate: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / f"{certificate}.pem")
    server.scheme = "https"
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
def test_a_wrong_certificate_is_never_accepted(http, fake_clock, monkeypatch, certificate, text):
    trusted = "expired" if certificate == "good" else certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / f"{trusted}.pem"))
    server = FaultServer({}, fake_clock.clock, ["kraken"])
    in_tls(server, certificate)
    with server:
        error = why(http, server.addresses["kraken"] + PATH)
    assert error.reason is Reason.BLOCKED
    if sys.platform == "linux":  # elsewhere the system's store is not set by a variable: nothing is trusted
        assert text in error.text
    assert server.log == []


def test_only_the_systems_certificates_count(http, fake_clock, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "expired.pem"))
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(TLS / "good.pem"))
    server = FaultServer({}, fake_clock.clock, ["kraken"])
    in_tls(server, "good")
    with server:
        assert why(http, server.addresses["kraken"] + PATH).reason is Reason.BLOCKED


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no variable sets the system's store")
def test_one_that_hangs_shaking_hands_holds_up_nobody(http, fake_clock, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "good.pem"))
    server = FaultServer({}, fake_clock.clock, ["kraken", "okx"])
    in_tls(server, "good")
    shake, hung, go_on = server.wrap, threading.Event(), threading.Event()
    went_on = []
    with server, ThreadPoolExecutor(1) as pool:
        held = server.addresses["kraken"] + PATH

        def wrap(connection: socket.socket) -> socket.socket:
            if connection.getsockname()[1] == int(server.addresses["kraken"].rpartition(":")[2]):
                hung.set()
                went_on.append(go_on.wait(30))
            return shake(connection)

        server.wrap = wrap
        waiting = pool.submit(http.get, held)
        assert hung.wait(30)
        assert http.get(server.addresses["okx"] + "/").status == 404
        assert not went_on
        go_on.set()
        assert waiting.result(30).status == 200
