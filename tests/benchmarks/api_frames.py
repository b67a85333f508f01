"""How long the window's frames take, quiet and while it serves RATE questions a second: one JSON object.

The app as it always runs, on the demo market, without a screen; every EVERY_MS it is painted whole, at once.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from cryptoprices.clock import system_clock
from cryptoprices.desktop import Desktop
from cryptoprices.settings.options import exchange_options
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.sources import names
from cryptoprices.stop import Stop
from cryptoprices.storage.profile import open_profile

RATE, FRAMES, EVERY_MS, SETTLE_MS = 1000, 300, 20, 6000
LOAD = str(Path(__file__).with_name("api_load.py"))


class Frames(QObject):
    """Paints FRAMES frames quietly, then as many while it is asked; then ends the app."""

    def __init__(self, desktop: Desktop, app: QApplication, url: str) -> None:
        super().__init__()
        self._desktop, self._app, self._url = desktop, app, url
        self._load: subprocess.Popen[bytes] | None = None
        self.times_ms: dict[str, list[float]] = {"quiet": [], "serving": []}
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.paint)
        QTimer.singleShot(SETTLE_MS, self._timer.start)

    @Slot()
    def paint(self) -> None:
        """One frame."""
        began_s = time.perf_counter()
        self._desktop.window.repaint()
        took_ms = (time.perf_counter() - began_s) * 1000
        self.times_ms["serving" if self._load else "quiet"].append(took_ms)
        if self._load is None and len(self.times_ms["quiet"]) == FRAMES:
            words = [sys.executable, LOAD, self._url, "--rate", str(RATE), "--seconds", "120"]
            self._load = subprocess.Popen(words, stdout=subprocess.DEVNULL)
            self._timer.stop()
            QTimer.singleShot(SETTLE_MS // 2, self._timer.start)
        elif len(self.times_ms["serving"]) == FRAMES:
            self._timer.stop()
            assert self._load
            self._load.kill()
            self._load.wait()
            self._app.exit()


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        run = RunOptions(folder, ("api.enabled=true", f"api.port={port}", "demo.seed=7"), demo=True, log_level="ERROR")
        app = QApplication(["cryptoprices"])
        stop = Stop()
        stop.listen()
        desktop = Desktop(app, run, open_profile(run, map(exchange_options, names())), system_clock(), stop)
        frames = Frames(desktop, app, f"http://127.0.0.1:{port}/v1/prices")
        desktop.run()
    found = {}
    for name, times in frames.times_ms.items():
        found[name] = round(statistics.median(times), 2)
        found[f"{name}_p99"] = round(statistics.quantiles(times, n=100)[98], 2)
        found[f"{name}_max"] = round(max(times), 2)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
