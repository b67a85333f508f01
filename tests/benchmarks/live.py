"""What it costs to stay open: CPU time of ticks, of rest, of being hidden and of a poll. `python live.py [--json]`.

ticks_1000: ms for 1,000 new samples of two lines with 100,000 samples each, every one painted, 1200x700. rest: ms a
minute of the whole window between polls, ages and countdown ticking. hidden: ms for three polls and what streams bring
between them (15 s) while the window is hidden; `frames` are those it painted meanwhile, `frames_minimized` those while
it was minimised. round: ms for the answers of eight exchanges through Source.read, Board.apply, hub.changed and
all views until they are painted; `with_network` is a whole poll with its requests and threads.

Every program runs in a process of its own, they take turns, the figures are medians. Every window is of one size, on a
screen that has room for it. The exchanges are the demo's, served by this process.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")

import numpy as np
from PySide6.QtCore import QEvent, QObject, QSize, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QVBoxLayout, QWidget

from cryptoprices.clock import system_clock
from cryptoprices.core.market import Round, Standing, by_quote
from cryptoprices.core.source import Answer
from cryptoprices.demo.server import FX, DemoExchange

if TYPE_CHECKING:
    from cryptoprices.qt.hub import Hub
    from cryptoprices.ui.main_window import MainWindow

WINDOW, SCREEN = (1440, 900), {"name": "wide", "x": 0, "y": 0, "width": 1920, "height": 1080}
SAMPLES, TICKS = 100_000, 200  # so many ticks are measured, then reckoned to 1,000
REST_S, SETTLE_S, POLLS, ROUNDS = 15, 3, 3, 10
CASES = {
    "ticks_1000": ("ours", "pyqtgraph", "finplot"),
    "rest": ("ours", "empty_window", "ticking_window"),
    "hidden": ("ours", "empty_window", "ticking_window"),
    "round": ("ours",),
}


def cpu_ms() -> float:
    """CPU time of all threads of this process."""
    return time.process_time() * 1000


def report(ms: float, **more: float) -> None:
    """The child's result; it ends here, whatever still runs."""
    print(json.dumps({"ms": ms, **more}), flush=True)
    os._exit(0)


# ticks


def walk(seed: int, count: int) -> np.ndarray:
    """Prices of a random walk."""
    return 1000 * np.exp(np.cumsum(np.random.default_rng(seed).normal(size=count)) * 1e-4)


def measure_ticks(tick: Callable[[int], None], frames: "Frames") -> None:
    """Call tick(k) and let it be painted."""
    app = QApplication.instance()
    for _ in range(5):
        app.processEvents()
    frames.count = 0
    start = cpu_ms()
    for k in range(TICKS):
        tick(SAMPLES + k)
        app.processEvents()
    report((cpu_ms() - start) * 1000 / TICKS, frames=frames.count / TICKS)


def ticks_ours() -> None:
    """Our chart, fed by its recorder."""
    from cryptoprices.core.board import Board
    from cryptoprices.core.market import Pair
    from cryptoprices.qt.hub import Hub
    from cryptoprices.qt.recorder import Recorder
    from cryptoprices.qt.timeline import Timeline
    from cryptoprices.ui.chart.view import ChartView

    pairs = Pair("BTC", "USD"), Pair("ETH", "USD")
    hub = Hub(Board(["kraken"]), system_clock(), pairs)
    recorder = Recorder(hub, interval_s=20)
    lines = [(recorder.series(pair), walk(seed, SAMPLES + TICKS)) for seed, pair in enumerate(pairs)]

    def add(k: int) -> None:
        for series, values in lines:
            series.append(k * 20_000.0, values[k])

    for k in range(SAMPLES):
        add(k)
    chart = ChartView(hub, Timeline(hub, recorder))
    chart.resize(1200, 700)
    chart.show()

    def tick(k: int) -> None:
        add(k)
        recorder.grown.emit()

    measure_ticks(tick, Frames(chart.stack.canvas.viewport()))


def ticks_pyqtgraph() -> None:
    """pyqtgraph as it comes: the data of two curves set anew."""
    import pyqtgraph as pg

    plot = pg.PlotWidget()
    x = np.arange(SAMPLES + TICKS) * 20.0
    lines = [walk(seed, SAMPLES + TICKS) for seed in (0, 1)]
    curves = [plot.plot(x[:SAMPLES], line[:SAMPLES]) for line in lines]
    plot.resize(1200, 700)
    plot.show()

    def tick(k: int) -> None:
        for curve, line in zip(curves, lines, strict=True):
            curve.setData(x[: k + 1], line[: k + 1])

    measure_ticks(tick, Frames(plot.viewport()))


def ticks_finplot() -> None:
    """finplot: the data of two plots updated and refreshed."""
    import finplot
    import pandas

    times = pandas.to_datetime(np.arange(SAMPLES + TICKS) * 20, unit="s")
    lines = [pandas.Series(walk(seed, SAMPLES + TICKS), index=times) for seed in (0, 1)]
    ax = finplot.create_plot("ticks", init_zoom_periods=SAMPLES + TICKS, maximize=False)
    plots = [finplot.plot(line[:SAMPLES], ax=ax) for line in lines]
    finplot.show(qt_exec=False)
    ax.vb.win.resize(1200, 700)

    def tick(k: int) -> None:
        for plot, line in zip(plots, lines, strict=True):
            plot.update_data(line[: k + 1])

    measure_ticks(tick, Frames(ax.vb.win.viewport()))


# windows


def minute_of(window: QWidget, hidden: bool) -> None:
    """CPU time of a minute of a window that is left alone."""
    window.resize(*WINDOW)
    window.show()
    QApplication.processEvents()
    if hidden:
        window.hide()
    measure_rest()
    QApplication.exec()


def measure_rest() -> None:
    """After a while, measure; the event loop has to run."""

    def begin() -> None:
        start = cpu_ms()
        QTimer.singleShot(REST_S * 1000, lambda: report((cpu_ms() - start) * 60 / REST_S))

    QTimer.singleShot(SETTLE_S * 1000, begin)


def empty_window(hidden: bool) -> None:
    """A QMainWindow and nothing else."""
    minute_of(QMainWindow(), hidden)


def ticking_window(hidden: bool) -> None:
    """A QMainWindow with three labels that change once a second."""
    window, centre = QMainWindow(), QWidget()
    rows = QVBoxLayout(centre)
    labels = [QLabel("0"), QLabel("0"), QLabel("0")]
    for label in labels:
        rows.addWidget(label)
    window.setCentralWidget(centre)
    timer, count = QTimer(window, interval=1000), iter(range(10**9))
    timer.timeout.connect(lambda: [label.setText(f"{next(count)} s") for label in labels])
    timer.start()
    minute_of(window, hidden)


def ours(case: str, profile: str, settings: list[str]) -> None:
    """The whole app on loopback exchanges; measured once its chart is there and the first poll has ended."""
    from cryptoprices import desktop
    from cryptoprices.cli import main

    class Watched(desktop.SecondStage):
        def __init__(self, first, parent):
            super().__init__(first, parent)
            self.first = first
            first.hub.poll_ended.connect(self.measure)

        def measure(self):
            self.first.hub.poll_ended.disconnect(self.measure)
            if self.first.window.size() != QSize(*WINDOW):
                raise SystemExit(f"the window is of another size: {self.first.window.size()}")
            if case == "rest":
                measure_rest()
            else:
                measure = measure_rounds if case == "round" else measure_unseen
                QTimer.singleShot(SETTLE_S * 1000, lambda: measure(self.first.hub, self.first.window))

    desktop.SecondStage = Watched
    hidden = case == "hidden"
    settings += [f"poll.interval_seconds={5 if hidden else 3600}", f"stream.enabled={str(hidden).lower()}"]
    main(["--profile", profile, *(word for setting in settings for word in ("--set", setting))])


class Frames(QObject):
    """Counts the paint events of a widget, or of the whole program."""

    def __init__(self, watched: QObject) -> None:
        super().__init__()
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is QEvent.Type.Paint
        return False


def measure_unseen(hub: "Hub", window: "MainWindow") -> None:
    """CPU time of three polls while hidden; frames then and while minimised."""
    frames, found = Frames(QApplication.instance()), {}
    state = {"polls": 0, "start": 0.0}

    def poll_ended() -> None:
        state["polls"] += 1
        if state["polls"] == 1:
            state["start"], frames.count = cpu_ms(), 0
        elif state["polls"] == 1 + POLLS:
            found.update(ms=cpu_ms() - state["start"], frames=frames.count)
            window.show()
            QTimer.singleShot(0, window.showMinimized)  # in a turn of its own, as a person does
        elif state["polls"] == 2 + POLLS:
            frames.count = 0
        elif state["polls"] == 2 + 2 * POLLS:
            report(**found, frames_minimized=frames.count)

    hub.poll_ended.connect(poll_ended)
    window.hide()


def measure_rounds(hub: "Hub", window: "MainWindow") -> None:
    """CPU time of a poll's answers, from bytes to pixels; then of a whole poll."""
    clock = system_clock()
    market = DemoExchange(7, clock)
    times = []
    for poll in range(hub.snapshot.poll + 1, hub.snapshot.poll + 1 + ROUNDS):
        began = clock.boot_s()
        answers = [(e.source, questions(e.source, market, hub.pairs)) for e in hub.exchanges.values()]
        start = cpu_ms()
        for place, (source, asked) in enumerate(answers):
            quotes = {}
            for ask, body, details in asked:
                answer = Answer(200, {}, body, clock.boot_s(), clock.wall_ms())
                for quote in source.read(answer, ask.pairs):
                    quotes[quote.pair] = quote
                for detail in details:
                    quotes[ask.pairs[0]] = source.read_detail(answer._replace(body=detail), quotes[ask.pairs[0]])
            last = place == len(answers) - 1
            hub.apply(Round(poll, began, tuple(quotes.values()), (Standing(source.name, latency_ms=20.0),), last))
            QApplication.processEvents()
        times.append(cpu_ms() - start)
    start = cpu_ms()
    hub.poll_ended.connect(
        lambda: report(statistics.median(times), exchanges=len(answers), with_network=cpu_ms() - start)
    )
    window.commands.refresh.trigger()


def questions(source, market, pairs):
    """What the source asks for those of the pairs that it lists, with the market's answers."""
    for ask in source.asks(by_quote(pair for pair in pairs if source.lists(pair))):
        body, *details = [market.reply(f"/{source.name}{path}")[0].body() for path in (ask.path, *ask.details)]
        yield ask, body, details


# taking turns


def child(words: list[str]) -> None:
    """One program of one case; reports and ends."""
    case, program, profile, *settings = words
    if program == "ours" and case != "ticks_1000":
        ours(case, profile, settings)
        return
    _app = QApplication([program])
    if case == "ticks_1000":
        {"ours": ticks_ours, "pyqtgraph": ticks_pyqtgraph, "finplot": ticks_finplot}[program]()
    else:
        {"empty_window": empty_window, "ticking_window": ticking_window}[program](case == "hidden")


def run(case: str, program: str, settings: list[str]) -> dict[str, float] | None:
    """One measurement; None where the program is not installed."""
    if importlib.util.find_spec(program) is None and program in ("pyqtgraph", "finplot"):
        return None
    with tempfile.TemporaryDirectory(prefix="cryptoprices-live-") as folder:
        environment, screens = dict(os.environ), Path(folder) / "screens.json"
        if environment["QT_QPA_PLATFORM"] == "offscreen":  # whose own screen is smaller than the window
            screens.write_text(json.dumps({"screens": [SCREEN | {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}]}))
            environment["QT_QPA_PLATFORM"] = f"offscreen:configfile={screens}"
        words = [sys.executable, __file__, "--child", case, program, f"{folder}/profile", *settings]
        done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=600, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Print a line a case."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true", help="one JSON object a line")
    options.add_argument("--runs", type=int, default=3, help="measurements of each program")
    options.add_argument("--case", choices=CASES, action="append", help="only this one; repeatable")
    chosen = options.parse_args()
    with DemoExchange(7, system_clock()) as demo:
        settings = [f"fx.rest_url={demo.addresses.pop(FX)}"]
        settings += [f"exchanges.{name}.rest_url={url}" for name, url in demo.addresses.items()]
        settings += [f"exchanges.{name}.stream_url=ws{url[4:]}/stream" for name, url in demo.addresses.items()]
        settings += [f"exchanges.{name}.enabled=true" for name in demo.addresses]
        for case in chosen.case or CASES:
            found = [{program: run(case, program, settings) for program in CASES[case]} for _ in range(chosen.runs)]
            line = {"case": case, "n": SAMPLES if case == "ticks_1000" else None, "unit": "ms"}
            for program in CASES[case]:
                runs = [one[program] for one in found if one[program]]
                line[program] = round(statistics.median(one["ms"] for one in runs), 1) if runs else None
                for key in runs[0] if runs and program == "ours" else ():
                    if key != "ms":
                        line[key] = round(statistics.median(one[key] for one in runs), 1)
            text = json.dumps(line) if chosen.json else "  ".join(f"{key} {value}" for key, value in line.items())
            print(text, flush=True)


if __name__ == "__main__":
    child(sys.argv[2:]) if sys.argv[1:2] == ["--child"] else main()
