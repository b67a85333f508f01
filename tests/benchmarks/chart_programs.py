"""The programs that chart.py compares: each gives a function a case, which changes the picture for one frame."""

import itertools
from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPicture
from shiboken6 import Shiboken

SIZE = 1200, 700
STEP_MS, CANDLE_MS = 20_000, 60_000
START_MS = 1_577_836_800_000  # 2020
SPARE = 4_000  # samples that are there to be added
LINES = ("pan", "append", "zoom")
CANDLES = ("candles_pan", "candles_append")

Frame = Callable[[int], None]


def walk(seed: int, count: int) -> np.ndarray:
    """Prices of a random walk; one of 50,000 is a spike of 30 %."""
    rng = np.random.default_rng(seed)
    prices = 1000 * np.exp(np.cumsum(rng.normal(size=count)) * (1 / np.sqrt(count)))
    prices[rng.integers(0, count, max(3, count // 50_000))] *= 1.3
    return prices


def candles(count: int) -> np.ndarray:
    """(5, count): open, high, low, close and volume."""
    close = walk(1, count)
    open_ = np.append(1000.0, close[:-1])
    rng = np.random.default_rng(2)
    high, low = np.maximum(open_, close) * (1 + rng.random(count) / 500), np.minimum(open_, close) / 1.001
    return np.array([open_, high, low, close, rng.random(count)])


def panned(k: int, length: float, width: float = 1140.0) -> tuple[float, float]:
    """Frame k's part of [0, length]: the middle 98 %, moved to and fro by 7 and 14 pixels, as a mouse drags it.

    width: of the plot in pixels.
    """
    by = 0.98 * length / width * (7 * k % 21 - 10)
    return 0.01 * length + by, 0.99 * length + by


def zoomed(k: int, length: float) -> tuple[float, float]:
    """Frame k's part of [0, length]: around the middle, from half of it to nearly all."""
    half = length * (0.25 + 0.24 * (k % 20) / 20)
    return length / 2 - half, length / 2 + half


# ours


def ours(n: int, kind: str) -> Mapping[str, Frame]:
    """The chart of the window, fed as its recorder and its archive do."""
    from cryptoprices.clock import system_clock
    from cryptoprices.core.bars import Bars
    from cryptoprices.core.board import Board
    from cryptoprices.core.candles import Candles
    from cryptoprices.core.market import Candle, Pair
    from cryptoprices.core.series import Series
    from cryptoprices.qt.hub import Hub
    from cryptoprices.qt.recorder import Recorder
    from cryptoprices.qt.timeline import Timeline
    from cryptoprices.ui.chart.modes import Mode
    from cryptoprices.ui.chart.view import ChartView

    pairs = Pair("BTC", "USD"), Pair("ETH", "USD")
    hub = Hub(Board(["kraken"]), system_clock(), pairs)
    recorder = Recorder(hub, interval_s=20)
    timeline = Timeline(hub, recorder)
    step_ms = CANDLE_MS if kind == "candles" else STEP_MS
    times = START_MS + step_ms * np.arange(n + SPARE)
    if kind == "candles":
        table = candles(n + SPARE)
        bars = Bars("1m", Candles(times[:n], *table[:, :n], np.zeros(n, np.uint8)))
        timeline.bars = lambda _pair: bars
        lines, recorder._series[pairs[0]] = [table[3]], bars.series
    else:
        lines = [walk(seed, n + SPARE) for seed in (0, 1)]
        for pair, line in zip(pairs, lines, strict=True):
            recorder._series[pair] = Series.of(times[:n], line[:n])
    times, lines = times[n:].copy(), [line[n:].copy() for line in lines]  # what is shown is the chart's to keep
    chart = ChartView(hub, timeline)
    chart.set_mode(Mode.CANDLES if kind == "candles" else Mode.COMPARE)
    chart.resize(*SIZE)
    chart.show()
    length, added = float(n * step_ms), itertools.count()

    def show(shown: tuple[float, float]) -> None:
        chart.go_to(START_MS + shown[0], START_MS + shown[1])

    def pan(k: int) -> None:
        show(panned(k, length, chart.stack.main.plot.width()))

    def append(_k: int) -> None:
        at = next(added)
        if kind == "candles":
            bars.candles.append(Candle(int(times[at]), *table[:, n + at].tolist()))
        for pair, line in zip(pairs, lines, strict=False):
            recorder.series(pair).append(float(times[at]) + (CANDLE_MS if kind == "candles" else 0), line[at])
        if not chart.following:
            chart.follow()
        recorder.grown.emit()

    def zoom(k: int) -> None:
        show(zoomed(k, length))

    return {"pan": pan, "append": append, "zoom": zoom, "candles_pan": pan, "candles_append": append}


# references


def plot_widget():
    """A pyqtgraph plot of the right size."""
    import pyqtgraph as pg

    plot = pg.PlotWidget()
    plot.resize(*SIZE)
    plot.show()
    return plot


def empty(n: int, step: float) -> Mapping[str, Frame]:
    """A plot with axes, whose range moves."""
    plot = plot_widget()
    plot.setYRange(900, 1400)

    def show(times: tuple[float, float]) -> None:
        plot.setXRange(*times, padding=0)

    length = n * step
    pan, zoom = (lambda k: show(panned(k, length))), (lambda k: show(zoomed(k, length)))

    def append(k: int) -> None:
        show((k * step, length + k * step))

    return {"pan": pan, "append": append, "zoom": zoom, "candles_pan": pan, "candles_append": append}


def pyqtgraph_lines(n: int, tuned: bool) -> Mapping[str, Frame]:
    """Two curves; for a new sample their data is set anew."""
    plot, x = plot_widget(), np.arange(n + SPARE) * (STEP_MS / 1000)
    lines = [walk(seed, n + SPARE) for seed in (0, 1)]
    unchecked = {"skipFiniteCheck": True} if tuned else {}
    curves = [plot.plot(x[:n], line[:n], **unchecked) for line in lines]
    for curve in curves if tuned else ():
        curve.setClipToView(True)
        curve.setDownsampling(auto=True, method="peak")
    length, added = float(x[n]), itertools.count(n + 1)

    def append(_k: int) -> None:
        count = next(added)
        for curve, line in zip(curves, lines, strict=True):
            curve.setData(x[:count], line[:count], **unchecked)
        plot.setXRange(x[count - n], x[count], padding=0)

    def show(times: tuple[float, float]) -> None:
        plot.setXRange(*times, padding=0)

    return {"pan": lambda k: show(panned(k, length)), "append": append, "zoom": lambda k: show(zoomed(k, length))}


def pyqtgraph_candles(n: int) -> Mapping[str, Frame]:
    """The candlestick item of pyqtgraph's examples (customGraphicsItem.py)."""
    import pyqtgraph as pg

    class CandlestickItem(pg.GraphicsObject):
        def __init__(self, count: int) -> None:
            super().__init__()
            self.generate(count)

        def generate(self, count: int) -> None:
            self.picture = QPicture()
            painter = QPainter(self.picture)
            painter.setPen(pg.mkPen("w"))
            for t, (open_, high, low, close) in enumerate(rows[:count]):
                painter.drawLine(QPointF(t, low), QPointF(t, high))
                painter.setBrush(pg.mkBrush("r" if open_ > close else "g"))
                painter.drawRect(QRectF(t - 0.3, open_, 0.6, close - open_))
            painter.end()

        def paint(self, painter, *_):
            painter.drawPicture(0, 0, self.picture)

        def boundingRect(self):
            return QRectF(self.picture.boundingRect())

    rows = candles(n + SPARE)[:4].T.tolist()
    plot, added = plot_widget(), itertools.count(n + 1)
    item = CandlestickItem(n)
    plot.addItem(item)

    def append(_k: int) -> None:
        count = next(added)
        item.generate(count)
        item.informViewBoundsChanged()
        plot.setXRange(count - n, count, padding=0)

    return {"candles_pan": lambda k: plot.setXRange(*panned(k, n), padding=0), "candles_append": append}


def finplot_of(n: int, kind: str) -> Mapping[str, Frame]:
    """finplot: two lines or candles, updated and refreshed."""
    import finplot
    import pandas

    step_s = (CANDLE_MS if kind == "candles" else STEP_MS) // 1000
    times = pandas.to_datetime(START_MS // 1000 + step_s * np.arange(n + SPARE), unit="s")
    finplot.timezone = pandas.Timestamp.utcnow().tz
    ax = finplot.create_plot("chart", init_zoom_periods=n, maximize=False)  # else as large as the screen
    if kind == "candles":
        open_, high, low, close, _ = candles(n + SPARE)
        frame = pandas.DataFrame({"open": open_, "close": close, "high": high, "low": low}, index=times)
        data, plots = [frame], [finplot.candlestick_ochl(frame[:n], ax=ax)]
    else:
        data = [pandas.Series(walk(seed, n + SPARE), index=times) for seed in (0, 1)]
        plots = [finplot.plot(line[:n], ax=ax) for line in data]
    finplot.show(qt_exec=False)
    ax.vb.win.resize(*SIZE)
    added = itertools.count(n + 1)

    def append(_k: int) -> None:
        count = next(added)
        for plot, values in zip(plots, data, strict=True):
            plot.update_data(values[:count])

    pan, zoom = (lambda k: ax.vb.update_y_zoom(*panned(k, n))), (lambda k: ax.vb.update_y_zoom(*zoomed(k, n)))
    return {"pan": pan, "append": append, "zoom": zoom, "candles_pan": pan, "candles_append": append}


def floor(kind: str) -> Mapping[str, Frame]:
    """The least that Qt needs for such a picture."""
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    x = np.linspace(0, SIZE[0], 1201)
    lines = [np.column_stack([x[:-1], y[:-1], x[1:], y[1:]]) for y in (walk(s, 1201) / 1400 * SIZE[1] for s in (0, 1))]
    wicks = np.column_stack([x[:-1:4], lines[0][::4, 1] - 20, x[:-1:4], lines[0][::4, 1] + 40])
    bodies = np.column_stack([x[:-1:4] - 1, lines[0][::4, 1], np.full(300, 3.0), np.full(300, 20.0)])

    def draw(_k: int) -> None:
        image.fill(QColor("#0f1216"))
        painter = QPainter(image)
        painter.setPen(QPen(QColor("#f7931a"), 1.0))
        for line in [wicks] if kind == "candles" else lines:
            painter.drawLines(Shiboken.wrapInstance(line.ctypes.data, QLineF), len(line))
        if kind == "candles":
            painter.setBrush(QColor("#2fbf8f"))
            painter.drawRects(Shiboken.wrapInstance(bodies.ctypes.data, QRectF), len(bodies))
        painter.end()

    return dict.fromkeys((*LINES, *CANDLES), draw)


def program_of(name: str, kind: str, n: int) -> Mapping[str, Frame]:
    """What each of the program's cases does for a frame."""
    programs: Mapping[str, Callable[[], Mapping[str, Frame]]] = {
        "ours": lambda: ours(n, kind),
        "pyqtgraph": lambda: pyqtgraph_candles(n) if kind == "candles" else pyqtgraph_lines(n, tuned=False),
        "pyqtgraph_tuned": lambda: pyqtgraph_lines(n, tuned=True),
        "finplot": lambda: finplot_of(n, kind),
        "empty": lambda: empty(n, (CANDLE_MS if kind == "candles" else STEP_MS) / 1000),
        "floor": lambda: floor(kind),
    }
    return programs[name]()
