"""The whole app in processes of its own: it starts, keeps its state, raises itself, and ends in time whatever hangs."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from conftest import ROOT

LIMIT_S = 60

# The real app, which tells when its first poll has begun and when it is over, and does what it is told.
APP = """
import sys, threading
import cryptoprices.desktop as desktop
from cryptoprices.__main__ import run
from PySide6.QtCore import QObject, Signal, Slot

class Told(desktop.SecondStage):
    word = Signal(str)

    def _add_feed(self):
        self.word.connect(self.obey)
        threading.Thread(target=self.listen, daemon=True).start()
        self._first.hub.poll_ended.connect(lambda: print("poll over", flush=True))
        super()._add_feed()
        print("asking", flush=True)

    def listen(self):
        for line in sys.stdin:
            self.word.emit(line.strip())

    @Slot(str)
    def obey(self, word):
        if word == "close":
            self._first.window.close()
        elif word == "quit":
            self._first.window.commands.quit.trigger()
        elif word == "hide":
            self._first.window.hide()
            print("hidden", flush=True)
        elif word == "refresh":
            self._first.window.commands.refresh.trigger()
            print(self._first.controls.notice, flush=True)
        elif word == "notice":
            print("notice", self._first.controls.notice, flush=True)
        elif word == "watch raise":
            self._instance.raise_asked.connect(lambda: print("raised", self._first.window.isVisible(), flush=True))
            print("watching", flush=True)

desktop.SecondStage = Told
# the world
run()
"""
EXCHANGES = ("kraken", "coinbase", "bitstamp", "gemini", "bitfinex", "binance", "okx", "coingecko")


class App:
    """A running app; `lines` are what it says on standard output."""

    def __init__(self, *words: str, program: str = APP) -> None:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        self._limit = threading.Timer(LIMIT_S, self.process.kill)
        self._limit.start()

    def wait_for(self, line: str) -> str:
        """What it says from `line` on, in the same line."""
        assert self.process.stdout
        for said in self.process.stdout:
            if said.startswith(line):
                return said.removeprefix(line).strip()
        raise AssertionError(f"never said {line!r}; {self.process.stderr.read() if self.process.stderr else ''}")

    def tell(self, word: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def ended(self) -> tuple[int, str]:
        """Exit status and all that was said on standard error, once it has ended by itself."""
        _, errors = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, errors

    def close(self) -> None:
        self._limit.cancel()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.fixture
def hanging() -> Iterator[str]:
    """Address of a server that accepts and then never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[App]]:
    apps: list[App] = []
    yield apps
    for app in apps:
        app.close()


WAYS_TO_END = ["close", "quit", signal.SIGTERM]  # test_stop.py sends SIGINT at every moment


@pytest.mark.parametrize("way", WAYS_TO_END, ids=str)
def test_it_ends_with_0_and_without_a_word_while_every_exchange_hangs(
    way: str | signal.Signals, hanging: str, started: list[App], tmp_path: Path
) -> None:
    settings = [f"--set=exchanges.{name}.rest_url={hanging}/{name}" for name in EXCHANGES]
    app = App("--profile", str(tmp_path), "--set=network.proxy=none", *settings)
    started.append(app)
    app.wait_for("asking")
    if isinstance(way, str):
        app.tell(way)
    else:
        app.process.send_signal(way)
    assert app.ended() == (0, "")


# Parts that come in where the app above says so.
HANGING = "Told.hush = lambda self: threading.Event().wait()"
BARE = "import cryptoprices.net.certificates as c; c.why_no_certificates = lambda: 'No certificates here.'"
UNHURRIED = f"""
import cryptoprices.qt.instance as instance
desktop.END_S = desktop.SECOND_START_S = {LIMIT_S}  # however busy the machine is
instance.WAIT_MS = {LIMIT_S} * 1000
"""


def test_an_end_that_hangs_is_forced_and_logged_and_what_is_to_be_kept_is_kept(
    started: list[App], tmp_path: Path
) -> None:
    app = App("--demo", "--profile", str(tmp_path), program=APP.replace("# the world", HANGING))
    started.append(app)
    app.wait_for("poll over")
    app.tell("quit")
    assert app.ended() == (0, "")
    assert json.loads((tmp_path / "demo" / "state.json").read_text())["last_prices"]
    assert "Ended without waiting" in (tmp_path / "demo" / "cryptoprices.log").read_text()


def test_a_system_without_certificates_is_told_in_the_window(started: list[App], hanging: str, tmp_path: Path) -> None:
    settings = [f"--set=exchanges.{name}.rest_url={hanging}/{name}" for name in EXCHANGES]
    app = App(
        "--profile", str(tmp_path), "--set=network.proxy=none", *settings, program=APP.replace("# the world", BARE)
    )
    started.append(app)
    app.wait_for("asking")
    app.tell("notice")
    assert app.wait_for("notice") == "No certificates here."
    app.tell("quit")
    assert app.ended() == (0, "")


class Limiting(BaseHTTPRequestHandler):
    """Asks everybody to wait for an hour, and counts who asks."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(429)
        self.send_header("Retry-After", "3600")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


def test_refresh_asks_nobody_who_asked_for_a_pause_and_says_when_it_is_over(started: list[App], tmp_path: Path) -> None:
    Limiting.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Limiting) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        settings = [f"--set=exchanges.{name}.rest_url={address}/{name}" for name in EXCHANGES]
        app = App("--profile", str(tmp_path), "--set=network.proxy=none", *settings)
        started.append(app)
        app.wait_for("poll over")
        asked = list(Limiting.asked)
        app.tell("refresh")
        said = app.wait_for("Every exchange asked us to wait; available at")
        app.tell("quit")
        assert app.ended() == (0, "")
        server.shutdown()
        thread.join()
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.", said)
    assert asked == Limiting.asked
    assert asked
    pauses = json.loads((tmp_path / "state.json").read_text())["pauses"]
    assert "kraken" in pauses


def test_a_killed_one_blocks_nobody_and_the_next_keeps_prices_and_place_and_leaves_nothing_else(
    started: list[App], tmp_path: Path
) -> None:
    words = ("--demo", "--profile", str(tmp_path), "--set=demo.seed=7")
    for _ in range(2):
        app = App(*words, program=APP.replace("# the world", UNHURRIED))
        started.append(app)
        app.wait_for("poll over")
        if len(started) == 1:
            app.process.kill()
            app.process.wait()
    app.tell("quit")
    assert app.ended() == (0, "")
    state = json.loads((tmp_path / "demo" / "state.json").read_text())
    assert set(state["last_prices"]) >= {"BTC/USD", "ETH/USD"}
    assert state["window"]["pair"] == "BTC/USD"
    assert state["window"]["width"] > 0
    assert not list(tmp_path.rglob("crash-*.txt"))
    assert not (tmp_path / "state.json").exists()


@pytest.mark.parametrize("world", [UNHURRIED, HANGING], ids=["by itself", "forced"])
def test_a_demo_of_its_own_leaves_nothing_behind(
    world: str, started: list[App], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    app = App("--demo", program=APP.replace("# the world", world))
    started.append(app)
    app.wait_for("poll over")
    app.tell("quit")
    assert app.ended() == (0, "")
    left = list(tmp_path.iterdir())
    assert not [each for each in left if world == UNHURRIED or each.is_dir()]  # a forced end leaves a dead socket


EARLY = """
import os, signal
from cryptoprices.ui.main_window import MainWindow

show = MainWindow.show
def show_signalled(window):
    show(window)
    os.kill(os.getpid(), signal.SIGTERM)
MainWindow.show = show_signalled
"""


def test_it_ends_also_when_that_is_asked_while_it_starts(started: list[App], tmp_path: Path) -> None:
    app = App("--demo", "--profile", str(tmp_path), program=APP.replace("# the world", EARLY))
    started.append(app)
    assert app.ended() == (0, "")


def test_a_second_start_raises_the_first_window_and_ends(started: list[App], tmp_path: Path) -> None:
    first = App("--demo", "--profile", str(tmp_path))
    started.append(first)
    first.wait_for("poll over")
    first.tell("hide")
    first.wait_for("hidden")
    first.tell("watch raise")
    first.wait_for("watching")
    second = App("--demo", "--profile", str(tmp_path), program=APP.replace("# the world", UNHURRIED))
    started.append(second)
    assert second.ended() == (0, "")
    assert first.wait_for("raised") == "True"
    first.tell("quit")
    assert first.ended() == (0, "")
