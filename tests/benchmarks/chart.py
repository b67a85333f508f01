"""What a frame of the chart costs, and whether it shows what is there. `python chart.py [--json] [--case C] [--n N]`.

pan, append, zoom: ms of CPU time a frame with two lines of n samples, nearly all of them in view, 1200x700; append: a
sample is added to each line before. candles_pan, candles_append: the same with n candles. *_p99: of two hundred frames
the slowest but two (of fewer than a hundred the slowest). missing, invented: of a line of n samples, a pixel wide, per
cent of the pixels that it has where every sample is drawn: so many of them are not painted, so many painted where there
are none. ram: bytes that the program grows by for each sample of a line, once two lines of n have been painted; a time
and a value are 16 (ours has a third line, of the ratio).

ours: the chart as it is in the window. pyqtgraph: as it comes, candles as in its example. pyqtgraph_tuned: with
clipToView, peak downsampling and no check of finiteness. empty: a pyqtgraph plot with axes and nothing in it. floor: a
filled image with two lines of 1,200 points, or 300 candles. mirrored: every sample drawn by Qt from right to left, and
turned round: how far Qt is from itself. Each has a process of its own; they paint by turns.
"""

import argparse
import importlib.util
import itertools
import json
import math
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

FRAMES, TURN, TURN_S, MOST_S = 200, 10, 0.5, 6.0  # frames of a case, of a turn; a turn's and a case's longest time
EXAMPLES_MOST = 100_000  # candles of pyqtgraph's example: it needs seconds a frame beyond
PIXELS = ("missing", "invented")
REFERENCES = ("pyqtgraph", "pyqtgraph_tuned", "finplot", "empty", "floor")
SIZES = {**dict.fromkeys(LINES, (10**4, 10**6, 10**7)), **dict.fromkeys(CANDLES, (10**3, 10**4, 10**5, 10**6))}
SIZES |= dict.fromkeys(PIXELS, (10**4, 10**5, 10**6)) | {"ram": (10**6,)}
FEW = 10**4  # samples of the program that another is compared with: what it needs whatever it shows


# pixels


def inked(image: QImage) -> np.ndarray:
    """Where an image, black on white, is at least half black."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return rows[:, : grey.width()].copy() < 128


def pixels_ours(n: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Every sample of the line drawn by Qt, a pixel wide; and what our layer paints of it, or Qt if it is mirrored."""
    from cryptoprices.core.series import Series
    from cryptoprices.ui.chart.layer import View
    from cryptoprices.ui.chart.line_layer import LineLayer
    from cryptoprices.ui.chart.strokes import Frame, draw
    from cryptoprices.ui.theme import DARK

    times, values = np.arange(n) * float(STEP_MS), walk(0, n)
    room = 0.08 * (values.max() - values.min())
    shown = float(values.min() - room), float(values.max() + room)
    frame = Frame((0.0, float(n * STEP_MS)), shown, *map(float, SIZE))
    layer, found = LineLayer("BTC", Series.of(times, values), "#000000", thickness=1.0), {}
    for name in ("full", "mirrored", "ours"):
        image = QImage(*SIZE, QImage.Format.Format_RGB32)
        image.fill(QColor("#ffffff"))
        painter = QPainter(image)
        if name == "ours":
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)  # as panes do
            layer.paint(painter, View(frame, DARK, 1.0, 0.0))
        else:
            painter.setPen(QPen(QColor("#000000"), 1.0, c=Qt.PenCapStyle.FlatCap))
            x = frame.x(times) if name == "full" else frame.width - frame.x(times)
            points = np.column_stack([x, frame.y(values)])
            draw(painter, np.hstack([points[:-1], points[1:]]), 1.0)
        painter.end()
        found[name] = inked(image)
    return {"ours": (found["full"], found["ours"]), "mirrored": (found["full"], found["mirrored"][:, ::-1])}


def pixels_tuned(n: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
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
    return {"pyqtgraph_tuned": (found[0], found[1])}


# memory


def resident() -> int:
    """Bytes of memory that this process holds now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# taking turns


def child(name: str, kind: str, n: int) -> None:
    """Answers each line "case frames" on standard input with the frames' ms, a JSON list; ends with its input."""
    app = QApplication([name])
    if kind == "pixels":
        shares = {
            each: {
                "missing": 100 * (full & ~drawn).sum() / full.sum(),
                "invented": 100 * (drawn & ~full).sum() / full.sum(),
            }
            for each, (full, drawn) in (pixels_ours if name == "ours" else pixels_tuned)(n).items()
        }
        print(json.dumps(shares), flush=True)
        os._exit(0)
    frames = program_of(name, "lines" if kind == "ram" else kind, n)
    for _ in range(5):
        app.processEvents()
    if kind == "ram":
        for k in range(5):
            frames["append"](k)
            app.processEvents()
        print(resident(), flush=True)
        os._exit(0)
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
                line[name] = round(float(ms[math.ceil(share * len(ms)) - 1]), 3) if len(ms) else None
            lines.append(line)
    for program in programs.values():
        program.end()
    return lines


def said(name: str, kind: str, n: int) -> str:
    """The last line of a program that paints no turns."""
    words = [sys.executable, __file__, "--child", name, kind, str(n)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()[-1]


def measure_pixels(cases: list[str], n: int) -> list[dict[str, object]]:
    """Lines of these cases with n samples."""
    found: dict[str, dict[str, float]] = {}
    for name in filter(installed, ("ours", "pyqtgraph_tuned")):
        found |= json.loads(said(name, "pixels", n))
    names = ("ours", "pyqtgraph_tuned", "mirrored")
    return [
        {"case": case, "n": n, "unit": "%"}
        | {name: round(found[name][case], 2) if name in found else None for name in names}
        for case in cases
    ]


def measure_ram(n: int) -> dict[str, object]:
    """What a sample of a line costs where there are two lines of n."""
    line: dict[str, object] = {"case": "ram", "n": n, "unit": "bytes a sample"}
    for name in ("ours", "pyqtgraph", "pyqtgraph_tuned", "finplot"):
        grown = int(said(name, "ram", n)) - int(said(name, "ram", FEW)) if installed(name) else None
        line[name] = None if grown is None else round(grown / (n - FEW) / 2, 1)
    return line


def main() -> None:
    """Print a line a case and size."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true", help="one JSON object a line")
    options.add_argument("--case", choices=SIZES, action="append", help="only this one; repeatable")
    options.add_argument("--n", type=int, action="append", help="only this size; repeatable")
    options.add_argument("--frames", type=int, default=FRAMES, help="of each program and case")
    chosen = options.parse_args()
    for kind, every in (("lines", LINES), ("candles", CANDLES), ("pixels", PIXELS), ("ram", ("ram",))):
        cases = [case for case in every if case in (chosen.case or SIZES)]
        for n in (chosen.n or SIZES[cases[0]]) if cases else ():
            match kind:
                case "pixels":
                    lines = measure_pixels(cases, n)
                case "ram":
                    lines = [measure_ram(n)]
                case _:
                    lines = measure(kind, cases, n, chosen.frames)
            for line in lines:
                text = json.dumps(line) if chosen.json else "  ".join(f"{key} {value}" for key, value in line.items())
                print(text, flush=True)


if __name__ == "__main__":
    child(sys.argv[2], sys.argv[3], int(sys.argv[4])) if sys.argv[1:2] == ["--child"] else main()
