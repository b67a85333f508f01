"""The former API's own clients, as the registry has them, find the same here as whoever asks by hand.

`-m "not registry"` leaves them out; where the registry is away they are skipped with pip's reason. Those that are not
Python's, npm's cryptowatch-api and cw-sdk-go, by requests as they send them (tests/data/cryptowatch).
"""

import json
import os
import socket
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from api_rig import FakeOwner
from conftest import FakeClock
from cryptowatch_rig import KEY, FakeLive, FakePast, FakeTokens
from serving import no_rates

from cryptoprices.api.cryptowatch.service import CryptowatchOptions, StreamDoor
from cryptoprices.api.hosts import Hosts
from cryptoprices.api.server import Server, listening
from cryptoprices.service import Service, ServiceParts
from cryptoprices.storage.managed import ManagedFile

pytest.importorskip("fcntl", reason="virtual environments are laid out otherwise here")
from cryptowatch_clients import being_made, missing, python_of  # it needs that too

DATA = Path(__file__).parent / "data" / "cryptowatch"
RUN_S = 120


class Served:
    """Everything as `serve` puts it together, over a market that stands still until poll() is called."""

    def __init__(self, folder, clock):
        self.clock, self.live, self.past = clock, FakeLive(clock), FakePast()
        listener, stream = listening("127.0.0.1", 0), listening("127.0.0.1", 0)
        ports = [each.getsockname()[1] for each in (listener, stream)]
        self.port = ports[0]
        self.root, self.base = f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[0]}/cryptowatch"
        self.stream_url = f"ws://127.0.0.1:{ports[1]}/connect"
        hosts, door = Hosts("127.0.0.1", ports[0]), StreamDoor(stream, Hosts("127.0.0.1", ports[1]))
        managed = ManagedFile(folder / "managed.json", clock.clock)
        tokens, options = FakeTokens(), CryptowatchOptions(True, door)
        owner = FakeOwner(self.live)
        service = Service(ServiceParts(self.live, owner, self.past, no_rates, managed, tokens, hosts, True, options))
        self.server = Server(listener, service.life, service.hush, service.meter)

    def result(self, path):
        """What is answered to who asks by hand."""
        return httpx.get(f"{self.base}{path}", timeout=30).json()["result"]


@contextmanager
def serving(folder):
    """The service, some minutes after a whole hour."""
    clock = FakeClock()
    clock.advance(7 * 60 + 13)
    one = Served(folder, clock)
    one.server.start()
    yield one
    assert one.server.stop()


@pytest.fixture
def served(tmp_path):
    """The service, for a test that changes something."""
    with serving(tmp_path) as one:
        yield one


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """The service, for those that only ask."""
    with serving(tmp_path_factory.mktemp("standing")) as one:
        yield one


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """installed(name): the Python of that environment. Skips where there is none."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # each worker has a folder within that of the run
        folder = folder.parent
    folder = folder / "clients"
    folder.mkdir(exist_ok=True)

    def python(name):
        if why := missing(folder, name):
            pytest.skip(why)
        return python_of(folder, name)

    with being_made(folder):
        yield python


@contextmanager
def running(python, script, *words, home):
    """A script of tests/data that runs with this Python."""
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    command = [python, DATA / script, *words]
    with subprocess.Popen(command, env=env, stdin=-1, stdout=-1, stderr=-1, text=True) as process:
        watch = threading.Timer(RUN_S, process.kill)
        watch.start()
        try:
            yield process
        finally:
            watch.cancel()
            watch.join()
            process.kill()


def found(process):
    """What it prints on its last line."""
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])


def listed(served):
    """What every client lists."""
    return {
        "assets": [[each["id"], each["symbol"], each["route"]] for each in served.result("/assets")],
        "pairs": [[each["id"], each["symbol"], each["base"]["id"]] for each in served.result("/pairs")],
        "exchanges": [[each["id"], each["symbol"], each["active"]] for each in served.result("/exchanges")],
        "markets": [[each["id"], each["exchange"], each["pair"]] for each in served.result("/markets")],
        "of kraken": ["btcusd", "ethusd"],
    }


@pytest.mark.registry
def test_the_official_sdk(served, installed, tmp_path):
    (tmp_path / ".cw").mkdir()
    settings = f"apikey: {KEY}\nrest_url: {served.base}\nstream_url: {served.stream_url}\n"
    (tmp_path / ".cw" / "credentials.yml").write_text(settings)
    with running(installed("sdk"), "ask_sdk.py", home=tmp_path) as process:
        assert process.stdout.readline() == "streaming\n", process.stderr.read()
        served.clock.advance(5)
        served.live.poll(kraken="24100.5")
        process.stdin.write("\n")
        said = found(process)
    served.clock.advance(-5)
    assert {name: said[name] for name in listed(served)} == listed(served)
    assert {87, 65, 74, 579} == set(said["bitcoin"])
    assert (said["pair"], said["exchange"], said["key"]) == (9, "Kraken", "00000001")
    assert said["summary"][:3] == [24063.4, 24224.5, 23756.0]
    assert said["book"] == [[[24063.4]], [[24063.3]]]
    assert said["chart"].keys() == {"60", "3600", "604800_Monday"}
    assert all(len(row) == 7 for rows in said["chart"].values() for row in rows)
    assert said["chart"]["60"][-1][4] == 24063.4
    assert said["all periods"] == 14
    assert said["no market"] == ["APIResourceNotFoundError", "Instrument not found"]
    assert said["no trades"][1] == "Single trades are not kept here"
    assert said["wrong key"][0] == "APIRequestError"
    assert said["spread"] == [4, "24063.3"]
    assert said["candles"] >= 13


@pytest.mark.registry
@pytest.mark.parametrize("module", ["pycwatch", "pycwatch.lib"])
def test_pycwatch(standing, installed, tmp_path, module):
    with running(installed("others"), "ask_pycwatch.py", module, standing.base, home=tmp_path) as process:
        said = found(process)
    assert {name: said[name] for name in listed(standing)} == listed(standing)
    assert said["indexes"] == [f"{standing.base}/{name}" for name in ("assets", "pairs", "exchanges", "markets")]
    assert (said["asset"], said["pair"], said["more"]) == ("bitcoin", 9, True)
    assert (said["exchange"], said["market"]) == (
        f"{standing.base}/markets/kraken",
        f"{standing.base}/markets/kraken/btcusd/price",
    )
    assert said["price"] == "24063.4"  # it reads numbers as binary ones
    assert said["prices"].keys() == standing.result("/markets/prices").keys()
    assert said["summary"] == ["24063.4", "24224.5", "578.5"]
    assert said["summaries"] == sorted(standing.result("/markets/summaries"))
    assert said["chart"]["60"][-1][1] == 24063.4
    assert said["all periods"] == 14
    assert said["no market"] is not None
    assert said["book"] == "ResponseStructureError"  # it wants the amounts, which we are not told
    assert said["allowance"] == 1_000_000


@pytest.mark.registry
def test_cryptowatch_client(standing, installed, tmp_path):
    with running(installed("others"), "ask_client.py", standing.base, home=tmp_path) as process:
        said = found(process)
    assert {name for name, (status, _) in said.items() if status != 200} == {"trades"}
    assert said["trades"] == [404, {**said["trades"][1], "error": "Single trades are not kept here"}]
    paths = {
        "assets": "/assets",
        "pair": "/pairs/btcusd",
        "market": "/markets/kraken/btcusd",
        "prices": "/markets/prices",
    }
    for name, path in {**paths, "summary": "/markets/kraken/btcusd/summary"}.items():
        assert said[name][1]["result"] == standing.result(path)
    assert said["root"][1]["result"]["indexes"][0] == f"{standing.base}/assets"
    assert said["price"][1]["result"] == {"price": 24063.4}
    assert [len(rows) for rows in said["chart"][1]["result"].values()] == [501, 501]


def requests_in(name):
    """The requests in a file of tests/data, as they are sent; each ends at an empty line."""
    text = (DATA / name).read_text()
    return [f"{each}\r\n\r\n" for each in text.replace("\n", "\r\n").strip().split("\r\n\r\n")]


def answered(standing, request):
    """The body of the answer to a request as it was recorded. Its Host becomes ours."""
    with socket.create_connection(("127.0.0.1", standing.port), timeout=30) as connection:
        head = request.replace("HOST", f"127.0.0.1:{standing.port}").replace(
            "\r\n\r\n", "\r\nConnection: close\r\n\r\n"
        )
        connection.sendall(head.encode())
        said = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head.lower()
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize("request_", requests_in("npm.txt"), ids=lambda text: text.split()[1])
def test_npms_cryptowatch_api(standing, request_):
    status, body = answered(standing, request_)
    if "/trades" in request_:
        assert status == 404
        return
    assert status == 200
    assert body["allowance"]["remaining"] > 0  # it reads this of every answer
    assert body["result"]


@pytest.mark.parametrize("request_", requests_in("go.txt"), ids=lambda text: text.split()[1])
def test_cw_sdk_go(standing, request_):
    """It puts every path at the root of the port, and reads numbers of 64 bits, of books of 32."""
    status, body = answered(standing, request_)
    assert status == (404 if "aaabbb" in request_ else 200)
    if status == 404:
        assert body["error"] == "Instrument not found"
        return
    result = body["result"]
    numbers = [each["id"] for each in (result if isinstance(result, list) else [result]) if "id" in each]
    assert all(isinstance(number, int) and 0 < number < 2**63 for number in numbers)
    if "orderbook" in request_:
        assert result["seqNum"] < 2**31
