"""SIGTERM and Ctrl+C at every moment of a start: the window ends with 0, and what is to be kept is kept."""

import os
import signal
from pathlib import Path

import pytest
from test_desktop import App

from cryptoprices.qt.quit_signals import QuitSignals
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.stop import Stop, stopping
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.profile import open_profile

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")

# The real app, which is signalled at the moment when it first looks for a certain module.
SIGNALLED = """
import os, signal, sys
class Signalling:
    def find_spec(self, name, path=None, target=None):
        if name == MOMENT:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
                os.kill(os.getpid(), number)
sys.meta_path.insert(0, Signalling())
from cryptoprices.__main__ import run
run()
"""
MOMENTS = [
    "PySide6.QtCore",
    "PySide6.QtGui",
    "PySide6.QtWidgets",
    "cryptoprices.desktop",
    "cryptoprices.ui.main_window",
    "cryptoprices.demo.assets",  # while the window is built
    "cryptoprices.qt.quit_signals",  # the first of the second stage
    "numpy",
    "cryptoprices.ui.chart.view",
    "cryptoprices.net.fetch",
    "cryptoprices.supply",
    "cryptoprices.ui.tray",
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_at_any_moment_of_the_start_ends_it_with_0_and_loses_nothing(moment: str, tmp_path: Path) -> None:
    app = App("--demo", "--profile", str(tmp_path), program=SIGNALLED.replace("MOMENT", repr(moment)))
    try:
        assert app.ended() == (0, "")
    finally:
        app.close()
    assert (tmp_path / "demo" / "state.json").exists()
    assert not [path for path in tmp_path.rglob("*.log") if "ERROR" in path.read_text()]


def test_a_second_start_that_is_signalled_while_it_looks_for_the_first_ends_with_0(tmp_path: Path) -> None:
    first = Lock(open_profile(RunOptions(str(tmp_path)), ()).paths.lock)
    assert first.acquire()  # and nobody there to be raised
    app = App("--profile", str(tmp_path), program=SIGNALLED.replace("MOMENT", "'cryptoprices.qt.instance'"))
    try:
        assert app.ended() == (0, "")
    finally:
        app.close()
        first.release()


@pytest.fixture
def stop():
    """Listens, and gives the signals back."""
    before = {number: signal.getsignal(number) for number in stopping()}
    stop = Stop()
    stop.listen()
    yield stop
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_signal_that_came_before_qt_listens_is_told_of(stop, qtbot):
    signal.raise_signal(signal.SIGTERM)
    signals = QuitSignals(stop)
    with qtbot.waitSignal(signals.asked):
        pass
    signals.close()


@pytest.mark.parametrize("number", stopping())
def test_a_signal_wakes_qt(number, stop, qtbot):
    signals = QuitSignals(stop)
    qtbot.waitUntil(lambda: not stop.asked)
    with qtbot.waitSignal(signals.asked):
        os.kill(os.getpid(), number)
    signals.close()


@pytest.mark.skipif(os.name == "nt", reason="terminals are POSIX's")
def test_who_has_a_terminals_closing_ignored_is_not_ended_by_it():
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    assert stopping() == [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert stopping() == [signal.SIGTERM, signal.SIGINT]
    signal.signal(signal.SIGHUP, before)
