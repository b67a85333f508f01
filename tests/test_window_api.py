"""The whole window with its local API, in a process of its own: what programs change there holds at once."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from conftest import FakeClock
from test_desktop import APP, App

from cryptoprices.core.grants import Scope
from cryptoprices.storage.tokens import TokenFile

# It tells when its API answers, and in one line of JSON what it shows.
SHOWING = """
import json
class Showing(Told):
    def _add_api(self):
        super()._add_api()
        self._api.switched.connect(lambda on, address: on and print("serving", address, flush=True))
    @Slot(str)
    def obey(self, word):
        window, charting = self._first.window, self.charting
        if word.startswith("theme "):
            window.commands._themes.actions()[2 if word.endswith("dark") else 1].trigger()
        elif word != "show":
            super().obey(word)
        else:
            shown = {
                "rows": list(map(str, window.docks.panel("watchlist").model.pairs)),
                "tray": [action.text() for action in self._tray._choice.actions()],
                "in tray": str(self._tray._pair),
                "compared": list(map(str, charting.timeline.compared())),
                "offered": [str(pair) for pair in window.compare_menu._offered()],
                "asked": list(map(str, self._supply._followed)),
                "currency": self._first.hub.currency,
                "theme": self._first.keeper.setting,
                "interval": window.intervals._held_s,
                "exchanges": list(self._first.hub.exchanges),
                "streams": self._supply._streams is not None,
                "api": window.status.api.text(),
            }
            print("shown", json.dumps(shown), flush=True)
desktop.SecondStage = Showing
"""


def free_port() -> int:
    """One that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


class Window:
    """The running window and what a program may ask it."""

    def __init__(self, folder: Path) -> None:
        (folder / "demo").mkdir()
        self.token = TokenFile(folder / "demo" / "tokens.json", FakeClock().clock).create("tests", Scope.ADMIN)
        self.port = free_port()
        words = "--demo", "--profile", str(folder), "--set=api.enabled=true", f"--set=api.port={self.port}"
        self.app = App(*words, program=APP.replace("# the world", SHOWING))

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        """Status and what is said."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "If-Match": "*"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        told = json.loads(response.read())
        connection.close()
        return response.status, told

    def set(self, key: str, value: object) -> None:
        """Have it hold; it is said to hold at once."""
        status, told = self.ask("PUT", f"/v1/settings/{key}", {"value": value})
        assert (status, told["value"], told["at_once"]) == (200, value, True)

    def shown(self) -> dict[str, object]:
        """What the person sees now."""
        self.app.tell("show")
        shown: dict[str, object] = json.loads(self.app.wait_for("shown"))
        return shown

    def reader(self, path: str, *headers: str) -> socket.socket:
        """Somebody who hangs on a stream and has read its beginning."""
        reader = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        lines = f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *headers, "", ""
        reader.sendall("\r\n".join(lines).encode())
        assert reader.recv(12) in (b"HTTP/1.1 200", b"HTTP/1.1 101")
        return reader


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    window = Window(tmp_path)
    window.app.wait_for("serving")
    yield window
    window.app.close()


def test_what_programs_change_holds_at_once_in_all_of_it_and_the_other_way_round(window: Window) -> None:
    pairs = ["SOL/USD", "BTC/USD", "ADA/EUR"]
    status, told = window.ask("PATCH", "/v1/watchlists/default", {"pairs": ["SOL-USD", "BTC-USD", "ADA-EUR"]})
    assert (status, told["pairs"]) == (200, pairs)
    for key, value in {
        "tray.pair": "SOL/USD",
        "currency": "EUR",
        "theme": "light",
        "poll.interval_seconds": 60,
        "exchanges.kraken.enabled": False,
        "exchanges.order": ["gemini", "bitfinex"],
        "stream.enabled": False,
    }.items():
        window.set(key, value)
    shown = window.shown()
    assert (shown["rows"], shown["tray"], shown["in tray"]) == (pairs, pairs, "SOL/USD")
    assert (shown["compared"], shown["offered"]) == (["BTC/USD"], ["SOL/USD", "BTC/USD"])
    assert {*pairs, "ETH/USD"} <= {*shown["asked"]}
    assert (shown["currency"], shown["theme"], shown["interval"]) == ("EUR", "light", 60)
    assert shown["exchanges"][:2] == ["gemini", "bitfinex"]
    assert "kraken" not in shown["exchanges"]
    assert not shown["streams"]
    window.app.tell("theme dark")
    assert window.shown()["theme"] == "dark"  # it has been heard
    assert window.ask("GET", "/v1/settings/theme")[1]["value"] == "dark"
    moved = free_port()
    window.set("api.port", moved)
    assert window.app.wait_for("serving") == f"http://127.0.0.1:{moved}"
    window.port = moved
    assert window.shown()["api"] == f"Local API 127.0.0.1:{moved}"
    window.set("api.enabled", False)
    assert window.shown()["api"] == ""
    window.app.tell("quit")
    assert window.app.ended() == (0, "")


def test_it_ends_in_time_while_readers_hang_on_its_streams(window: Window, tmp_path: Path) -> None:
    upgrade = (
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
    )
    readers = [window.reader("/v1/stream"), window.reader("/v1/ws", *upgrade)]
    window.app.tell("quit")
    assert window.app.ended() == (0, "")
    log = (tmp_path / "demo" / "cryptoprices.log").read_text()
    assert "Traceback" not in log
    assert "without waiting longer" not in log  # by itself, before it would be forced to
    for reader in readers:
        reader.close()
