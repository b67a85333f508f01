"""The gate's matrix over real sockets: what a server makes of a head before the gate sees it lets nothing else pass."""

import itertools
import json
import logging
import socket

import pytest
from api_rig import BTC, ETH
from gate_table import ASKED, HOSTS, ORIGINS, SITES, TYPES, expected, headers_of
from gate_world import NO_TOKEN, WRITE, WRONG
from serving import Serving, rest_of

from cryptoprices.clock import system_clock
from cryptoprices.core.grants import Scope, id_in
from cryptoprices.storage.tokens import TokenFile

UPGRADE = [
    ("connection", "upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
]
SEEN = {(asked.method, asked.path) for asked in ASKED} - {("TRACE", "/v1/prices"), ("OPTIONS", "/v1/prices")}


@pytest.fixture
def served(tmp_path, fake_clock):
    with Serving(tmp_path, fake_clock) as made:
        yield made


def status_of(
    serving: Serving, method: str, target: str, headers: list[tuple[str, str]], body: str = ""
) -> tuple[int, str]:
    """The status of the answer, and all of it."""
    said = [*headers, ("content-length", str(len(body)))] if body else headers
    if method == "WEBSOCKET":
        method, said = "GET", [*UPGRADE, *headers]
    else:
        said = [*said, ("connection", "close")]
    text = "".join(f"{key}: {value}\r\n" for key, value in said)
    with serving.dial(f"{method} {target} HTTP/1.1\r\n{text}\r\n{body}") as connection:
        first = connection.recv(65_536)
        if first.startswith(b"HTTP/1.1 101"):
            return 101, first.decode()
        answer = (first + rest_of(connection)).decode()
    return int(answer.split(" ", 2)[1]), answer


def test_only_the_right_cells_pass_over_a_socket_and_the_others_change_nothing(served, tmp_path, fake_clock):
    text = TokenFile(tmp_path / "tokens.json", system_clock()).create("w", Scope.WRITE)
    authorizations = {NO_TOKEN: [], WRITE: [("authorization", f"Bearer {text}")]}
    authorizations[WRONG] = [("authorization", f"Bearer {text[:-1]}{'1' if text[-1] == '0' else '0'}")]
    asked_of = [asked for asked in ASKED if (asked.method, asked.path) in SEEN]
    cells = itertools.product(asked_of, HOSTS, ORIGINS, SITES, authorizations, range(len(TYPES)))
    questions = passed = 0
    for number, (asked, host, origin, site, token, type_) in enumerate(cells):
        right = expected(asked, host, origin, site, token, type_)
        if number % (7 if right == asked.done else 53):
            continue
        questions += 1
        fake_clock.advance(60)  # nobody is wrong too often
        said = [*headers_of(asked, (host, origin, site, TYPES[type_]), served.port), *authorizations[token]]
        before = state(tmp_path)
        body = "" if type_ == 1 else f'{{"name": "w{number}", "pairs": ["BTC-USD"]}}'
        status, answer = status_of(served, asked.method, asked.path, said, body)
        assert status in right, (asked, said, right, answer)
        assert "access-control-" not in answer.lower()
        if right == asked.done:
            passed += 1
        else:
            assert state(tmp_path) == before
    assert questions > 500
    assert passed > 50


@pytest.mark.parametrize(
    "target", ["http://evil.example/v1/prices", "http://127.0.0.1:{port}/v1/prices", "*", "//x:1/"]
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "WEBSOCKET"])
def test_a_target_that_is_no_path_is_refused(served, method, target):
    own = [("host", f"127.0.0.1:{served.port}")]
    status, answer = status_of(served, method, target.format(port=served.port), own)
    assert status in (400, 403, 404, 405)
    assert (status == 400) == (target != "//x:1/")
    assert "97412" not in answer


def test_a_token_is_in_no_line_of_the_servers_log(served, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    text = TokenFile(tmp_path / "tokens.json", system_clock()).create("w", Scope.WRITE)
    own = [("host", f"127.0.0.1:{served.port}")]
    made = status_of(
        served, "POST", "/v1/tickets", [*own, ("authorization", f"Bearer {text}"), TYPES[0].headers[0]], "{}"
    )
    ticket = json.loads(made[1].partition("\r\n\r\n")[2])["ticket"]
    assert status_of(served, "WEBSOCKET", f"/v1/ws?ticket={ticket}", own)[0] == 101
    assert status_of(served, "WEBSOCKET", f"/v1/ws?ticket={ticket}", own)[0] == 401
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert ticket not in said
    assert text.split("_")[2] not in said


def heard(reader: socket.socket, word: bytes) -> bytes:
    """All that comes until this has come."""
    told = b""
    while word not in told:
        piece = reader.recv(65_536)
        assert piece, told
        told += piece
    return told


def test_a_stream_ends_whose_token_is_revoked(served, tmp_path, fake_clock):
    file = TokenFile(tmp_path / "tokens.json", system_clock())
    text, other = file.create("w", Scope.READ), file.create("x", Scope.READ)
    heads = [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nAuthorization: Bearer {each}\r\n{more}\r\n"
        for each in (text, other)
        for path, more in (("/v1/stream", ""), ("/v1/ws", "".join(f"{key}: {value}\r\n" for key, value in UPGRADE)))
    ]
    readers = [served.dial(head) for head in heads]
    for reader in (readers[1], readers[3]):
        assert reader.recv(65_536).startswith(b"HTTP/1.1 101")
        reader.sendall(b"\x81\x93\0\0\0\0" + b'{"op": "subscribe"}')  # a text, masked with nothing
    for reader in readers:
        heard(reader, b"97412")
    assert file.revoke(id_in(text))
    fake_clock.advance(1)
    served.live.poll(prices={BTC: ("97500", "97501", "97502"), ETH: ("3400", "3401", "3402")})
    told = [
        rest_of(readers[0]),
        heard(readers[1], b"\x03\xf0The token was revoked."),
    ]  # 1008; the talk ends with an answer
    readers[1].close()
    assert not any(b"97501" in each for each in told)
    for reader in readers[2:]:
        heard(reader, b"97501")
        reader.close()


def state(folder) -> list[bytes]:
    """What is on the disk, and so what is."""
    return [path.read_bytes() for path in sorted(folder.glob("*.json"))]
