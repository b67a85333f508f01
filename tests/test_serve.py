"""serve as a program: it begins, serves, writes down and ends; and what keeps it from beginning."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from http.client import HTTPConnection

import pytest
from store_rig import until

from cryptoprices import __version__, cli
from cryptoprices.clock import system_clock
from cryptoprices.core.grants import Scope
from cryptoprices.core.market import Pair
from cryptoprices.demo.assets import DEMO_PAIRS
from cryptoprices.storage.history import History
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.state import read_state
from cryptoprices.storage.tokens import TokenFile

SERVE = [sys.executable, "-m", "cryptoprices", "serve", "--demo", "--port", "0"]
BTC = Pair("BTC", "USD")


@contextmanager
def serving(folder, *words: str, **environment: str):
    """The program, and where it serves."""
    arguments = [*SERVE, "--profile", str(folder), "--set", "demo.seed=7", *words]
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    with process:
        try:
            lines = []
            while not (found := re.match(r"Serving http://(?:[\d.]+):(\d+)/", line := process.stderr.readline())):
                assert line, "".join(lines)
                lines.append(line)
            assert ("/docs" in line) == ("--host" not in words)  # where a browser can open it
            yield process, int(found[1])
        finally:
            process.kill()


def ask(port: int, path: str, method: str = "GET", body: object = None, **headers: str):
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    if body is not None:
        headers["Content-Type"] = "application/json"
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, None if body is None else json.dumps(body), sent)
    response = connection.getresponse()
    told = response.read()
    connection.close()
    return response, json.loads(told) if told else None


def events(port: int, path: str):
    """The events of a stream, as (kind, data)."""
    connection, kind = HTTPConnection("127.0.0.1", port, timeout=30), ""
    connection.request("GET", path)
    with closing(connection), connection.getresponse() as lines:
        for line in lines:
            name, _, value = line.decode().rstrip().partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, json.loads(value)


def wait_for(port: int, pair: str) -> None:
    """Until its price is there."""
    with closing(events(port, "/v1/stream")) as told:
        for kind, data in told:
            if kind == "price" and (data["pair"], data["state"]) == (pair, "LIVE"):
                return


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM to be sent there")
def test_it_serves_writes_down_and_ends_when_it_is_told_to(tmp_path):
    admin = TokenFile(demo(tmp_path) / "tokens.json", system_clock()).create("tests", Scope.ADMIN)
    with serving(tmp_path) as (process, port):
        wait_for(port, "BTC/USD")
        _, price = ask(port, "/v1/prices/btc-usd")
        assert (price["state"], price["pair"]) == ("LIVE", "BTC/USD")
        assert ask(port, "/readyz")[0].status == 200
        bearer = f"Bearer {admin}"
        _, watched = ask(port, "/v1/watchlists/default", Authorization=bearer)
        assert watched["pairs"] == list(map(str, DEMO_PAIRS))
        made, _ = ask(port, "/v1/watchlists", "POST", {"name": "more", "pairs": ["BTC-EUR"]}, Authorization=bearer)
        assert made.status == 201
        wait_for(port, "BTC/EUR")  # a pair that nobody asked for before is asked for now
        changed, _ = ask(
            port, "/v1/settings/poll.interval_seconds", "PUT", {"value": 30}, Authorization=bearer, If_Match="*"
        )
        assert changed.status in (200, 204)
        while not (demo(tmp_path) / "state.json").exists():  # the first round is over
            ask(port, "/healthz")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    assert "30" in (demo(tmp_path) / "settings.toml").read_text()
    assert BTC in read_state(demo(tmp_path) / "state.json")[0].last_prices
    kept = History(demo(tmp_path) / "history.sqlite3", system_clock(), lambda _: None, writing=False)
    assert len(kept.samples("kraken", BTC, 0, system_clock().wall_ms())[0])
    lock = Lock(demo(tmp_path) / "lock")
    assert lock.acquire()
    lock.release()


def demo(folder):
    (folder / "demo").mkdir(exist_ok=True, mode=0o700)
    return folder / "demo"


def test_a_secret_of_the_environment_is_a_token(tmp_path):
    text = TokenFile(tmp_path / "elsewhere.json", system_clock()).create("", Scope.READ)
    with serving(tmp_path, "--host", "0.0.0.0", CRYPTOPRICES_ADMIN_KEY=text) as (process, port):
        assert ask(port, "/v1/prices")[0].status == 401
        assert ask(port, "/v1/prices", Authorization=f"Bearer {text}")[0].status == 200
        process.stderr.readline()  # where Cryptowatch's clients find it
        example = f"http://127.0.0.1:{port}/openapi.json"
        assert ask(port, "/openapi.json", Authorization=f"Bearer {text}")[0].status == 200
        assert process.stderr.readline() == (
            f"Every request takes a token (cryptoprices --demo --profile {tmp_path} token create), as in: "
            f"curl -H 'Authorization: Bearer cp_…' {example}, which tells what else there is. Browsers send none "
            "and open /docs on loopback only (serve without --host). "
            "Others ask at any address that leads here, by a name only with --allow-host NAME; "
            "it speaks HTTP: across networks put a proxy with TLS before it.\n"
        )


def test_who_lacks_a_token_is_told_the_command_that_makes_one(tmp_path, capsys):
    with serving(tmp_path) as (_process, port):
        response, problem = ask(port, "/v1/tokens")
        assert response.status == 401
        assert cli.main(shlex.split(problem["detail"].partition("Make one with: cryptoprices ")[2])) == 0
        assert ask(port, "/v1/tokens", Authorization=f"Bearer {capsys.readouterr().out.strip()}")[0].status == 200


def test_the_log_tells_what_happened_and_no_secret(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        redis = f"redis://me:geheim@127.0.0.1:{closed.getsockname()[1]}/0"
    given = TokenFile(tmp_path / "elsewhere.json", system_clock()).create("", Scope.ADMIN)
    wrong = given[:-8] + "0" * 8
    words = "--log-level", "DEBUG", "--cache", redis
    with serving(tmp_path, *words, CRYPTOPRICES_ADMIN_KEY=given) as (process, port):
        ask(port, "/v1/settings/network.proxy", "PUT", {"value": "http://me:geheim@proxy:1"}, Authorization=given)
        assert ask(port, "/v1/tokens", Authorization=f"Bearer {wrong}")[0].status == 401
        assert ask(port, f"/v1/prices?ticket={wrong}&apikey={wrong}&token={wrong}")[0].status == 400
        _, answer = ask(port, "/v1/tickets", "POST", {}, Authorization=f"Bearer {given}")
        ticket = answer.get("ticket", wrong)  # none is given while the Redis of all is away
        for _ in range(2):
            with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as reader:
                reader.request("GET", f"/v1/stream?ticket={ticket}", headers={"X-CW-API-Key": wrong})
                reader.getresponse()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    log = (demo(tmp_path) / "cryptoprices.log").read_text()
    assert f"Version {__version__} serves at http://127.0.0.1:{port}\n" in log
    assert "Redis cannot be reached" in log
    assert log.splitlines()[-1].endswith("It serves no more")
    assert not [secret for secret in ("geheim", given.split("_")[2], wrong[-40:], ticket) if secret in log + err]


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr("cryptoprices.headless.log_to", lambda handler, level: None)


def told(capsys) -> str:
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.usefixtures("quiet")
def test_one_program_writes_to_a_profile(tmp_path, capsys):
    window = Lock(tmp_path / "lock")
    assert window.acquire()
    assert cli.main(["serve", "--profile", str(tmp_path), "--port", "0"]) == 1
    assert told(capsys) == f"cryptoprices: {tmp_path} is in use by another Crypto Prices."
    window.release()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]  # the log is the other's


@pytest.mark.usefixtures("quiet")
def test_a_port_in_use_is_said_in_one_line(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["serve", "--profile", str(tmp_path), "--set", f"api.port={port}"]) == 1
    assert told(capsys) == f"cryptoprices: Port {port} of 127.0.0.1 cannot be used: Address already in use."


@pytest.mark.usefixtures("quiet")
def test_where_others_can_ask_there_must_be_a_token_first(tmp_path, capsys):
    assert cli.main(["serve", "--profile", str(tmp_path), "--port", "0", "--host", "0.0.0.0"]) == 2
    line = told(capsys)
    assert line.startswith("cryptoprices: --host 0.0.0.0: others can ask there, so there must be a token first")
    assert line.endswith(f"make one with: cryptoprices --profile {tmp_path} token create")
    assert cli.main(["serve", "--demo", "--profile", str(tmp_path), "--port", "0", "--host", "0.0.0.0"]) == 2
    command = told(capsys).partition("make one with: cryptoprices ")[2]
    assert cli.main(shlex.split(command)) == 0  # a demo has tokens of its own
    assert TokenFile(tmp_path / "demo" / "tokens.json", system_clock()).all()


@pytest.mark.usefixtures("quiet")
def test_a_secret_that_is_no_token_is_said(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CRYPTOPRICES_ADMIN_KEY", "secret")
    assert cli.main(["serve", "--profile", str(tmp_path), "--port", "0"]) == 2
    line = told(capsys)
    assert line.startswith("cryptoprices: CRYPTOPRICES_ADMIN_KEY: that is no token")
    assert "secret" not in line


def test_without_the_servers_parts_it_says_what_brings_them():
    code = "import sys; sys.modules['uvicorn'] = None; from cryptoprices import cli; sys.exit(cli.main(['serve']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (4, "")
    assert "pip install 'cryptoprices[server]'" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--port", "70000"], "--port: '70000' is not a port, a number up to 65535"),
        (["--allow-host", "a/b"], "--allow-host: 'a/b' is not a name of a host; write it like prices.example.com"),
    ],
)
def test_wrong_words_are_named(words, line, capsys):
    assert cli.main(["serve", *words]) == 2
    assert told(capsys) == f"cryptoprices: {line}; see `cryptoprices serve --help`"


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--host", "192.0.2.7"],
         "--host: '192.0.2.7' is no address of this machine; write 127.0.0.1, or 0.0.0.0 for all of its addresses"),
        (["--port", "8020", "--cryptowatch-stream-port", "8020"],
         "--cryptowatch-stream-port 8020: that is the port of the API; name another one"),
        (["--demo", "--host", "0.0.0.0"],
         "--host 0.0.0.0: others can ask there, so there must be a token first; "
         "a demo keeps one with --profile DIR: cryptoprices --demo --profile DIR token create"),
    ],
)  # fmt: skip
def test_what_can_never_be_served_is_wrong_use(words, line, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    where = [] if "--demo" in words else ["--profile", str(tmp_path)]
    assert cli.main(["serve", "--port", "0", *words, *where]) == 2
    assert told(capsys) == f"cryptoprices: {line}"


@pytest.mark.usefixtures("quiet")
@pytest.mark.logs("No token holds")
def test_tokens_that_cannot_be_read_are_a_persons_to_mend(tmp_path, capsys):
    (tmp_path / "tokens.json").mkdir()
    assert cli.main(["serve", "--profile", str(tmp_path), "--port", "0"]) == 2
    assert told(capsys) == f"cryptoprices: {tmp_path / 'tokens.json'} cannot be read: it is no file."


@pytest.mark.usefixtures("quiet")
@pytest.mark.logs("ended by a fault")
@pytest.mark.parametrize("part", ["headless_serve.Service", "headless_serve.Keeper.run", "service.build"])
def test_a_part_that_is_broken_ends_it_with_a_sentence(tmp_path, capsys, monkeypatch, part):
    """Before it serves, while it serves, and on the server's own thread."""

    def broken(*_parts, **_more):
        raise ImportError("cannot import name 'x'.")

    monkeypatch.setattr("cryptoprices.headless_serve.Keeper.run", lambda _keeper, going: until(lambda: not going()))
    monkeypatch.setattr(f"cryptoprices.{part}", broken)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert cli.main(["serve", "--demo", "--profile", str(tmp_path), "--port", str(port)]) == 1
    why = "a fault has ended it (ImportError: cannot import name 'x')"
    assert told(capsys) == f"cryptoprices: {why}; {tmp_path / 'demo' / 'cryptoprices.log'} says more."
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_nothing_of_the_server_is_loaded_by_other_commands():
    code = "import sys; from cryptoprices import cli; cli.main(['settings', 'api.port', '--demo']); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"fastapi", "uvicorn", "starlette", "pydantic", "cryptoprices.api.server"} & set(told.split())
