"""serve for Cryptowatch's clients, as a program: where it says that they find it, and what keeps the stream away."""

import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest
from websockets.sync.client import connect

from cryptoprices import cli
from cryptoprices.stop import stopping

SERVE = [sys.executable, "-m", "cryptoprices", "serve", "--demo", "--port", "0"]
WAIT_S = 60


@contextmanager
def serving(folder, *words):
    """The program, and the line that says where Cryptowatch's clients find what."""
    with subprocess.Popen([*SERVE, "--profile", str(folder), *words], stderr=subprocess.PIPE, text=True) as process:
        try:
            lines = []
            while "stream" not in (line := process.stderr.readline()):
                assert line, "".join(lines)
                lines.append(line)
            yield process, line
        finally:
            process.kill()


def test_the_program_says_where_its_clients_find_it_and_they_do(tmp_path):
    with serving(tmp_path, "--cryptowatch-root") as (_process, line):
        found = re.search(r"(http://\S+)/cryptowatch\b.*\b(ws://\S+/connect)\b", line)
        assert found, line
        root, stream = found.groups()
        for base in (root, f"{root}/cryptowatch"):
            market = httpx.get(f"{base}/markets/kraken/btcusd", timeout=WAIT_S).json()["result"]
            assert (market["id"], market["routes"]["price"]) == (87, f"{base}/markets/kraken/btcusd/price")
        with connect(stream, proxy=None) as reader:
            assert json.loads(reader.recv(WAIT_S)) == {"authenticationResult": {"status": "AUTHENTICATED"}}
            wish = {"streamSubscription": {"resource": "markets:87:summary"}}
            reader.send(json.dumps({"subscribe": {"subscriptions": [wish]}}))
            assert "subscriptionResult" in json.loads(reader.recv(WAIT_S))
            assert "summaryUpdate" in json.loads(reader.recv(WAIT_S))["marketUpdate"]
            figures = httpx.get(f"{root}/metrics", timeout=WAIT_S).text
            assert "cryptoprices_cryptowatch_stream_readers 1\n" in figures


@pytest.fixture
def refused(tmp_path, capsys):
    """refused(port): the exit status and what is said where that is to be the stream's."""

    def ask(port):
        words = ["--port", "0", "--profile", str(tmp_path), "--cryptowatch-stream-port", port]
        return cli.main(["serve", "--demo", *words]), capsys.readouterr().err

    before = {number: signal.getsignal(number) for number in stopping()}
    yield ask
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_stream_port_that_is_named_must_be_free(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, said = refused(str(taken.getsockname()[1]))
    assert status == 1
    assert "no stream for Cryptowatch's clients: Port" in said


@pytest.mark.parametrize("port", ["70000", "x"])
def test_what_is_no_port_is_told(refused, port):
    status, said = refused(port)
    assert status == 2
    assert port in said
