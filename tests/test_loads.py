"""What is loaded after the first frame: what knows Qt in the GUI thread alone, and the rest before."""

import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

from conftest import ROOT
from PySide6.QtCore import QCoreApplication, QTimer
from test_desktop import APP, App

from cryptoprices.loads import BEFORE_CHART, BEFORE_FEED, steps
from cryptoprices.qt.turns import Turns

# The real app, which tells at its end what it has loaded in another thread than that of the window.
WATCHED = """
loaded = []
class Watching:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is not threading.main_thread():
            loaded.append(name)
sys.meta_path.insert(0, Watching())
import os
class Serving(Told):
    def _add_api(self):
        super()._add_api()
        self._api.switched.connect(lambda on, _address: on and print("serving", flush=True))
desktop.SecondStage = Serving
end = os._exit
def tell_and_end(status):
    print("elsewhere", *loaded, flush=True)
    end(status)
os._exit = tell_and_end
"""
QT = ("PySide6", "shiboken6", "pyqtgraph", "cryptoprices.qt", "cryptoprices.ui")


def test_whatever_knows_qt_is_loaded_in_the_gui_thread_alone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = "--demo", "--profile", str(tmp_path), "--set=api.enabled=true", f"--set=api.port={port}"
    app = App(*words, program=APP.replace("# the world", WATCHED))
    try:
        app.wait_for("serving")
        app.tell("quit")
        elsewhere = app.wait_for("elsewhere").split()
    finally:
        app.close()
    assert {"cryptoprices.core.bars", "cryptoprices.net.fetch", "cryptoprices.service"} < set(elsewhere)
    assert not [name for name in elsewhere if name.startswith(QT)]


def test_what_the_thread_loads_knows_no_qt():
    script = f"import sys; from cryptoprices.loads import load; load({BEFORE_CHART + BEFORE_FEED}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.split()) - {
        "cryptoprices.qt",
        "cryptoprices.qt.loading",
    }  # by `loads`; it knows it by name
    assert "cryptoprices.core.bars" in loaded
    assert not [name for name in loaded if name.startswith(QT)]


def test_what_cannot_be_imported_is_told_and_nothing_comes_after_it(qtbot, caplog):
    turns, done = Turns(), []
    with qtbot.waitSignal(turns.failed):
        turns.take(partial(done.append, 1), *steps(["cryptoprices.no_such_part"]), partial(done.append, 2))
    QCoreApplication.processEvents()
    assert done == [1]
    assert caplog.messages == ["The program could not be loaded whole"]


def test_between_two_steps_the_window_has_its_turn(qtbot):
    turns, done = Turns(), []
    turns.take(partial(QTimer.singleShot, 0, partial(done.append, "event")), *[partial(done.append, n) for n in (1, 2)])
    qtbot.waitUntil(lambda: 2 in done)
    assert done.index("event") < done.index(2)


def test_a_step_that_has_not_begun_when_it_is_closed_never_does(qtbot):
    turns, done = Turns(), []
    turns.take(partial(done.append, 1), turns.close, partial(done.append, 2))
    QTimer.singleShot(0, partial(done.append, "later"))
    qtbot.waitUntil(lambda: "later" in done)
    QCoreApplication.processEvents()
    assert 2 not in done
