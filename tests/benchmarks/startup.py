"""Start: whole processes from their beginning to the first painted frame, to the chart, and what they weigh then.

    python tests/benchmarks/startup.py --json [--runs N]

Each case is measured in rounds in which every program runs once, one after the other; what is printed are the medians,
in ms from the start of the process, and of the peak memory up to that moment in MiB. A program tells its moment by a
line on standard output. Compiled modules are kept, as they are where the program is installed.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

LIMIT_S = 60.0  # a program that has not told its moment by then is broken

# What every window does when its first frame is painted: tell, and end.
TELL = """
import os, resource, sys
def tell(what):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    os.write(1, f"{what} {peak}\\n".encode())
"""

PASS = "pass"

EMPTY_WINDOW = (
    TELL
    + """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, self.painted)
    def painted(self):
        tell("first_frame")
        os._exit(0)
app = QApplication(["empty"])
window = Window()
window.resize(1200, 800)
window.show()
app.exec()
"""
)

PYQTGRAPH_WINDOW = (
    TELL
    + """
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"
import numpy, pyqtgraph
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Plot(pyqtgraph.PlotWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, self.painted)
    def painted(self):
        tell("first_frame")
        tell("chart_ready")
        os._exit(0)
app = QApplication(["pyqtgraph"])
window = QMainWindow()
plot = Plot()
for seed in (1, 2):
    plot.plot(numpy.cumsum(numpy.random.default_rng(seed).normal(size=1000)))
window.setCentralWidget(plot)
window.resize(1200, 800)
window.show()
app.exec()
"""
)

FINPLOT = (
    TELL
    + """
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"
import numpy, pandas, finplot
from PySide6.QtCore import QTimer
times = pandas.date_range("2026-01-01", periods=1000, freq="min")
axes = finplot.create_plot("finplot", init_zoom_periods=1000)
for seed in (1, 2):
    finplot.plot(pandas.Series(numpy.cumsum(numpy.random.default_rng(seed).normal(size=1000)), times), ax=axes)
def painted():
    tell("first_frame")
    tell("chart_ready")
    os._exit(0)
finplot.timer_callback(painted, 0.001, single_shot=True)
finplot.show()
"""
)

# The real app on a folder that holds last known prices. It is told apart only by who watches for the moment.
OURS = (
    TELL
    + """
import gc
from cryptoprices.cli import main
from cryptoprices.qt.loading import load_qt
gc.disable()  # as the command line does before it loads the window
load_qt()
import cryptoprices.desktop as desktop
import cryptoprices.second_stage as second_stage
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QAbstractScrollArea
FIRST, PROFILE = sys.argv[1:]
desktop.FIRST_FRAME_MS = 60_000
class Watched(desktop.SecondStage):
    def __init__(self, first, parent):
        super().__init__(first, parent)
        self.told = False
    def begin(self):
        if not self.told:  # right after the first frame, like the reference, before anything else is begun
            self.told = True
            tell("first_frame")
            if FIRST == "first_frame":
                os._exit(0)
        super().begin()
class Drawing(second_stage.Charting):
    def add_chart(self):
        super().add_chart()
        self.watcher = Painted(self.chart.findChild(QAbstractScrollArea).viewport(), "chart_ready")
second_stage.Charting = Drawing
class Painted(QObject):
    painted = Signal()
    def __init__(self, widget, what):
        super().__init__(widget)
        self.what = what
        self.painted.connect(self.tell, Qt.ConnectionType.QueuedConnection)  # after the frame, before the next timer
        widget.installEventFilter(self)
    def eventFilter(self, widget, event):
        if event.type() is QEvent.Type.Paint:
            widget.removeEventFilter(self)
            self.painted.emit()
        return False
    def tell(self):
        tell(self.what)
        if FIRST == self.what:
            os._exit(0)
desktop.SecondStage = Watched
main(["--demo", "--profile", PROFILE])
"""
)

STATE = {
    "last_prices": {
        f"{coin}/USD": {"price": price, "time_ms": 1_763_820_000_000, "change_24h_percent": "1.84"}
        for coin, price in (("BTC", "97412.50"), ("ETH", "3318.74"), ("SOL", "188.21"), ("XRP", "2.3114"))
    }
}


def told(words: list[str], until: str) -> tuple[float, float]:
    """Run a program until it tells `until`. Returns ms since its start, and its peak memory in MiB then."""
    began = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT) as process:
        assert process.stdout
        limit = threading.Timer(LIMIT_S, process.kill)
        limit.start()
        for line in process.stdout:
            what, peak_kib = line.split()
            if what.decode() == until:
                took_ms = (time.perf_counter() - began) * 1000
                limit.cancel()
                process.kill()
                return took_ms, int(peak_kib) / 1024
    raise RuntimeError(f"{words[:3]} ended without telling {until}")


def whole(words: list[str]) -> float:
    """Run a program to its end. Returns ms."""
    began = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True, env=ENVIRONMENT)
    return (time.perf_counter() - began) * 1000


CACHE = tempfile.TemporaryDirectory(prefix="cryptoprices-compiled-")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "QT_QPA_PLATFORM": "offscreen",
    "PYTHONPATH": str(ROOT),
    "PYTHONPYCACHEPREFIX": CACHE.name,
}


def measure(runs: int, profile: str) -> list[dict[str, object]]:
    """Every program once a round, `runs` rounds and one before them that does not count."""
    python = [sys.executable, "-c"]
    finplot = importlib.util.find_spec("finplot") is not None
    samples: dict[tuple[str, str], list[float]] = {}

    def note(case: str, name: str, value: float) -> None:
        samples.setdefault((case, name), []).append(value)

    for run in range(runs + 1):
        if run == 1:
            samples.clear()
        note("first_frame", "pass", whole([*python, PASS]))
        note("first_frame", "ours", told([*python, OURS, "first_frame", profile], "first_frame")[0])
        note("first_frame", "empty_window", told([*python, EMPTY_WINDOW], "first_frame")[0])
        for case, took in zip(
            ("chart_ready", "rss"), told([*python, OURS, "chart_ready", profile], "chart_ready"), strict=True
        ):
            note(case, "ours", took)
        for case, took in zip(("chart_ready", "rss"), told([*python, PYQTGRAPH_WINDOW], "chart_ready"), strict=True):
            note(case, "pyqtgraph_window", took)
        if finplot:
            for case, took in zip(("chart_ready", "rss"), told([*python, FINPLOT], "chart_ready"), strict=True):
                note(case, "finplot", took)
        note("watch_help", "ours", whole([sys.executable, "-m", "cryptoprices", "watch", "--help"]))
        note("watch_help", "pass", whole([*python, PASS]))

    rows = []
    for case, unit in (("first_frame", "ms"), ("chart_ready", "ms"), ("rss", "MiB"), ("watch_help", "ms")):
        row: dict[str, object] = {"case": case, "n": runs, "unit": unit}
        for name in ("ours", "pass", "empty_window", "pyqtgraph_window", "finplot"):
            found = samples.get((case, name))
            row[name] = round(statistics.median(found), 1) if found else None
        rows.append(row)
    return rows


def run() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--runs", type=int, default=9, help="rounds (9)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cryptoprices-startup-") as profile:
        state = Path(profile, "demo", "state.json")
        state.parent.mkdir()
        state.write_text(json.dumps(STATE))
        for row in measure(chosen.runs, profile):
            print(json.dumps(row) if chosen.json else row)


if __name__ == "__main__":
    run()
