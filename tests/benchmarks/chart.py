"""What a frame of the chart costs, and whether it shows what is there. `python chart.py [--json] [--case C] [--n N]`.

pan, append, zoom: ms of CPU time a frame with two lines of n samples, nearly all of them in view, 1200x700; append: a
sample is added to each line before. candles_pan, candles_append: the same with n candles. *_p99: of a hundred frames
the slowest but one (of fewer the slowest). missing, invented: of a line of n samples, a pixel wide, per cent of the
pixels that it has where every sample is drawn: so many of them are not painted, so many painted where there are none.

ours: the chart as it is in the window. pyqtgraph: as it comes, candles as in its example. pyqtgraph_tuned: with
clipToView, peak downsampling and no check of finiteness. empty: a pyqtgraph plot with axes and nothing in it. floor: a
filled image with two lines of 1,200 points, or 300 candles. Each has a process of its own; they paint by turns.
"""

import argparse
import importlib.util
import itertools
import json
import os
import subprocess
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")

import numpy as np
from chart_programs import CANDLES, LINES, SIZE, STEP_MS, plot_widget, program_of, walk
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QApplication

FRAMES, TURN, TURN_S, MOST_S = 100, 10, 0.5, 6.0  # frames of a case, of a turn; a turn's and a case's longest time
EXAMPLES_MOST = 100_000  # candles of pyqtgraph's example: it needs seconds a frame beyond
PIXELS = ("missing", "invented")
REFERENCES = ("pyqtgraph", "pyqtgraph_tuned", "finplot", "empty", "floor")
SIZES = {**dict.fromkeys(LINES, (10**4, 10**6, 10**7)), **dict.fromkeys(CANDLES, (10**3, 10**4, 10**5, 10**6))}
SIZES |= dict.fromkeys(PIXELS, (10**4, 10**5, 10**6))


# pixels


def inked(image: QImage) -> np.ndarray:
    """Where an image, black on white, is at least half black."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return rows[:, : grey.width()].copy() < 128


def pixels_ours(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Every sample of the line drawn by Qt, a pixel wide; and what our layer paints of it."""
    from cryptoprices.core.series import Series
    from cryptoprices.ui.chart.layer import View
    from cryptoprices.ui.chart.line_layer import LineLayer
    from cryptoprices.ui.chart.strokes import Frame, draw
    from cryptoprices.ui.theme import DARK

    times, values = np.arange(n) * float(STEP_MS), walk(0, n)
    room = 0.08 * (values.max() - values.min())
    shown = float(values.min() - room), float(values.max() + room)
    frame = Frame((0.0, float(n * STEP_MS)), shown, *map(float, SIZE))
    layer, found = LineLayer("BTC", Series.of(times, values), "#000000", thickness=1.0), []
    for full in (True, False):
        image = QImage(*SIZE, QImage.Format.Format_RGB32)
        image.fill(QColor("#ffffff"))
        painter = QPainter(image)
        if full:
            painter.setPen(QPen(QColor("#000000"), 1.0, c=Qt.PenCapStyle.FlatCap))
            points = np.column_stack([frame.x(times), frame.y(values)])
            draw(painter, np.hstack([points[:-1], points[1:]]), 1.0)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)  # as panes do
            layer.paint(painter, View(frame, DARK, 1.0, 0.0))
        painter.end()
        found.append(inked(image))
    return found[0], found[1]


def pixels_tuned(n: int) -> tuple[np.ndarray, np.ndarray]:
    """pyqtgraph's line as it is, and in its peak mode."""
    import pyqtgraph as pg

    pg.setConfigOptions(background="w", foreground="k")
    plot, found = plot_widget(), []
    plot.hideAxis("left")
    plot.hideAxis("bottom")
    curve = plot.plot(np.arange(n), walk(0, n), pen="k")
    for tuned in (False, True):
        curve.setDownsampling(auto=tuned, method="peak")
        QApplication.processEvents()
        found.append(inked(plot.grab().toImage()))
    return found[0], found[1]


# taking turns


def child(name: str, kind: str, n: int) -> None:
    """Answers each line "case frames" on standard input with the frames' ms, a JSON list; ends with its input."""
    app = QApplication([name])
    if kind == "pixels":
        full, drawn = (pixels_ours if name == "ours" else pixels_tuned)(n)
        shares = {"missing": (full & ~drawn).sum(), "invented": (drawn & ~full).sum()}
        print(json.dumps({case: 100 * count / int(full.sum()) for case, count in shares.items()}), flush=True)
        os._exit(0)
    frames = program_of(name, kind, n)
    for _ in range(5):
        app.processEvents()
    numbers = {case: itertools.count() for case in frames}
    print("ready", flush=True)
    for line in sys.stdin:
        case, count = line.split()
        found: list[float] = []
        deadline = time.monotonic() + TURN_S
        while len(found) < int(count) and (not found or time.monotonic() < deadline):
            start = time.process_time()
            frames[case](next(numbers[case]))
            app.processEvents()
            found.append((time.process_time() - start) * 1000)
        print(json.dumps(found), flush=True)
    os._exit(0)


class Turns:
    """One program in its process."""

    def __init__(self, name: str, kind: str, n: int) -> None:
        words = [sys.executable, __file__, "--child", name, kind, str(n)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told()

    def told(self) -> str:
        """The next line that it says. finplot and others may chat: what is no answer is passed over."""
        for line in self.process.stdout:
            if line.startswith(("ready", "[", "{")):
                return line
        raise RuntimeError(f"{self.process.args} ended with {self.process.wait()}")

    def paint(self, case: str, count: int) -> list[float]:
        """ms of so many frames, or fewer if they take long."""
        self.process.stdin.write(f"{case} {count}\n")
        self.process.stdin.flush()
        return json.loads(self.told())

    def end(self) -> None:
        """Let it go."""
        self.process.stdin.close()
        self.process.wait(60)


def installed(name: str) -> bool:
    """Whether this program can be measured here."""
    module = name.removesuffix("_tuned")
    return module not in ("pyqtgraph", "finplot") or importlib.util.find_spec(module) is not None


def measure(kind: str, cases: list[str], n: int, frames: int) -> list[dict[str, object]]:
    """Lines of these cases with n samples or candles."""
    absent = {"pyqtgraph_tuned"} if kind == "candles" else set()
    absent |= {"pyqtgraph"} if kind == "candles" and n > EXAMPLES_MOST else set()
    names = [name for name in ("ours", *REFERENCES) if installed(name) and name not in absent]
    programs = {name: Turns(name, kind, n) for name in names}
    lines = []
    for case in cases:
        found: dict[str, list[float]] = {name: [] for name in names}
        for name in names:
            programs[name].paint(case, 3)  # whatever is made once
        waiting = set(names)
        while waiting:
            for name in sorted(waiting):
                found[name] += programs[name].paint(case, min(TURN, frames - len(found[name])))
                if len(found[name]) >= frames or sum(found[name]) > MOST_S * 1000:
                    waiting.discard(name)
        for suffix, share in (("", 0.5), ("_p99", 0.99)):
            line: dict[str, object] = {"case": case + suffix, "n": n, "unit": "ms"}
            for name in ("ours", *REFERENCES):
                ms = np.sort(found.get(name, []))
                line[name] = round(float(ms[min(len(ms) - 1, int(share * len(ms)))]), 3) if len(ms) else None
            lines.append(line)
    for program in programs.values():
        program.end()
    return lines


def measure_pixels(cases: list[str], n: int) -> list[dict[str, object]]:
    """Lines of these cases with n samples."""
    names = ("ours", "pyqtgraph_tuned")
    found = {}
    for name in filter(installed, names):
        words = [sys.executable, __file__, "--child", name, "pixels", str(n)]
        found[name] = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return [
        {"case": case, "n": n, "unit": "%"}
        | {name: round(found[name][case], 2) if name in found else None for name in names}
        for case in cases
    ]


def main() -> None:
    """Print a line a case and size."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true", help="one JSON object a line")
    options.add_argument("--case", choices=SIZES, action="append", help="only this one; repeatable")
    options.add_argument("--n", type=int, action="append", help="only this size; repeatable")
    options.add_argument("--frames", type=int, default=FRAMES, help="of each program and case")
    chosen = options.parse_args()
    for kind, every in (("lines", LINES), ("candles", CANDLES), ("pixels", PIXELS)):
        cases = [case for case in every if case in (chosen.case or SIZES)]
        for n in (chosen.n or SIZES[cases[0]]) if cases else ():
            for line in measure_pixels(cases, n) if kind == "pixels" else measure(kind, cases, n, chosen.frames):
                text = json.dumps(line) if chosen.json else "  ".join(f"{key} {value}" for key, value in line.items())
                print(text, flush=True)


if __name__ == "__main__":
    child(sys.argv[2], sys.argv[3], int(sys.argv[4])) if sys.argv[1:2] == ["--child"] else main()
