"""The self-test says what is whole, names what is not, and never hides it behind its exit status."""

import os
import re
import ssl
import subprocess
import sys
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Signal

from cryptoprices import selftest, sources
from cryptoprices.core.source import Source
from cryptoprices.net import certificates
from cryptoprices.resources import resource
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.sources import names


def test_everything_that_is_here_is_whole(tmp_path):
    command = [sys.executable, "-m", "cryptoprices", "--self-test"]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert all(re.fullmatch(r"ok \S.*", line) for line in lines)
    assert {f"ok source {name}" for name in names()} <= set(lines)
    assert "ok drawing SVG" in lines
    last = ["streams of the demo market", "price history", "window with prices of the demo market"]
    assert lines[-3:] == [f"ok {name}" for name in last]
    assert list(tmp_path.iterdir()) == []


SLOW_END = """
import threading
from cryptoprices import cli, desktop, selftest

selftest.END_S = 0.05
selftest.find_spec = lambda name: None  # nor does it matter whether an API is served meanwhile
selftest._checks = lambda run: [(selftest.WINDOW, lambda: selftest._window(run))]
desktop.remove_if_empty = lambda path: threading.Event().wait(20)
cli.main(["--self-test"])
"""


def test_an_end_that_hangs_is_a_failure_that_is_named():
    command = [sys.executable, "-c", SLOW_END]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (run.returncode, run.stderr) == (3, "")
    assert run.stdout.splitlines()[-1] == "FAIL window with prices of the demo market: after 0.05 s it had not ended"


@pytest.mark.logs("its stream is down")
def test_a_stream_that_does_not_flow_is_named(monkeypatch):
    monkeypatch.setattr("cryptoprices.demo.server.TALKS", {})  # nobody speaks WebSocket
    with pytest.raises(selftest.Wrong, match=r"^\w+: "):
        selftest._streams()


def test_a_price_history_that_forgets_is_found(monkeypatch, tmp_path):
    run = RunOptions(str(tmp_path), demo=True)
    selftest._history(run)
    monkeypatch.setattr(selftest.History, "put_samples", lambda self, samples: None)
    (tmp_path / "demo" / "check.sqlite3").unlink()
    with pytest.raises(selftest.Wrong, match="did not come back"):
        selftest._history(run)


def found(monkeypatch, capsys, *checks):
    monkeypatch.setattr(selftest, "_checks", lambda run: iter(checks))
    return selftest.run_self_test(RunOptions()), capsys.readouterr().out.splitlines()


def test_one_part_that_fails_is_named_and_the_others_are_still_checked(monkeypatch, capsys):
    def broken():
        raise ImportError("no module\nnamed x")

    status, lines = found(monkeypatch, capsys, ("one", lambda: None), ("two", broken), ("three", lambda: None))
    assert (status, lines) == (3, ["ok one", "FAIL two: ImportError: no module named x", "ok three"])


def test_nothing_shipped_is_a_failure(monkeypatch, capsys):
    status, lines = found(monkeypatch, capsys, ("sources are there", lambda: selftest._some([])))
    assert (status, lines) == (3, ["FAIL sources are there: none was shipped"])


def test_a_module_without_what_it_is_there_for_is_found():
    selftest._defines(sources, "kraken", Source)
    with pytest.raises(selftest.Wrong, match="defines no Source"):
        selftest._defines(sources, "discovery", Source)


def test_a_broken_picture_is_found(qapp, tmp_path):
    selftest._picture(resource("icons/cryptoprices.svg"))
    (tmp_path / "torn.png").write_bytes(resource("icons/cryptoprices.png").read_bytes()[:40])
    with pytest.raises(selftest.Wrong):
        selftest._picture(tmp_path / "torn.png")


def test_a_drawing_without_its_lines_is_found(monkeypatch):
    selftest._drawing()
    monkeypatch.setattr(selftest.QPainter, "drawLine", lambda *line: None)
    with pytest.raises(selftest.Wrong, match="not in it"):
        selftest._drawing()


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="there the system judges certificates, not files")
def test_a_system_without_certificates_is_told_what_to_install(monkeypatch, tmp_path):
    assert certificates.why_no_certificates() is None
    monkeypatch.setattr("truststore._openssl._CA_FILE_CANDIDATES", [])
    monkeypatch.setattr(
        ssl, "get_default_verify_paths", lambda: ssl.DefaultVerifyPaths(None, str(tmp_path), "", "", "", "")
    )
    assert "apt-get install ca-certificates" in (certificates.why_no_certificates() or "")


def test_certificates_that_cannot_be_read_are_told(monkeypatch):
    def gone(*_arguments, **_more):
        raise ssl.SSLError("no such file")

    monkeypatch.setattr(certificates.truststore.SSLContext, "wrap_bio", gone)
    assert "cannot be read: " in (certificates.why_no_certificates() or "")


class FakeHub(QObject):
    """Has no price yet."""

    changed = Signal()
    ticked = Signal()
    pairs = ()

    class clock:
        boot_s = staticmethod(lambda: 0.0)


class FakeWindow:
    """A window of which one panel is still to come."""

    def __init__(self):
        self.hub = FakeHub()
        self.docks = SimpleNamespace(docks={"chart": SimpleNamespace(panel=None)})


class FakeApp(QObject):
    """Remembers that it was told to end."""

    def __init__(self):
        super().__init__()
        self.ended = False

    def exit(self):
        self.ended = True


def test_the_window_is_watched_until_nothing_is_missing(qapp):
    window, app = FakeWindow(), FakeApp()
    watcher = selftest._Watcher(window, app, 0)
    window.hub.changed.emit()
    assert (watcher.missing, app.ended) == ("panel chart", False)
    window.docks.docks = {}
    window.hub.ticked.emit()
    assert (watcher.missing, app.ended) == ("", True)
    watcher._limit.stop()


def test_the_local_api_is_watched_too(qapp, monkeypatch):
    window, app, answers = FakeWindow(), FakeApp(), {8020: False}
    window.docks.docks = {}
    monkeypatch.setattr(selftest, "_answers", answers.get)
    watcher = selftest._Watcher(window, app, 8020)
    window.hub.changed.emit()
    assert (watcher.missing, app.ended) == ("answer of the local API", False)
    answers[8020] = True
    window.hub.ticked.emit()
    assert (watcher.missing, app.ended) == ("", True)
    watcher._limit.stop()


def test_a_part_of_the_server_that_is_not_there_is_named(monkeypatch):
    selftest._server()
    monkeypatch.setattr(selftest, "SERVER", ("uvicorn.lifespan.nothing",))
    with pytest.raises(ImportError, match="nothing"):
        selftest._server()
