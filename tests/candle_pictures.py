"""What the tests of layers share: candles, and pictures of what a layer paints."""

import numpy as np
from PySide6.QtGui import QColor, QImage, QPainter

from cryptoprices.core.candle_levels import CandleLevels
from cryptoprices.core.candles import Candles
from cryptoprices.core.market import Candle
from cryptoprices.ui.chart.layer import View
from cryptoprices.ui.chart.strokes import Frame
from cryptoprices.ui.theme import LIGHT

MINUTE_MS = 60_000
UP, DOWN, NOTHING = (QColor(colour).rgb() for colour in (LIGHT.up, LIGHT.down, "#ffffff"))


def levels_of(*prices, first=0, step=1):
    """Minute candles of (open, high, low, close) or (open, high, low, close, volume); None leaves one out."""
    rows = [Candle((first + i * step) * MINUTE_MS, *row) for i, row in enumerate(prices) if row is not None]
    return CandleLevels.of(Candles.of(rows), "1m")


def random_levels(seed, count, spikes=0):
    """A random walk of minute candles, some missing, some with a spike up or down."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(size=count)) / 100)
    open_ = np.append(100.0, close[:-1])
    high = np.maximum(open_, close) * (1 + rng.random(count) / 100)
    low = np.minimum(open_, close) * (1 - rng.random(count) / 100)
    high[rng.choice(count, spikes)] *= 1.3
    low[rng.choice(count, spikes)] *= 0.7
    opens = np.cumsum(rng.choice([1, 1, 1, 1, 1, 1, 1, 9], count)) * MINUTE_MS
    columns = (opens, open_, high, low, close, rng.integers(1, 9, count).astype(float))
    return CandleLevels.of(Candles(*columns, np.full(count, 3, np.uint8)), "1m")


def picture(layer, times, values, width=200, height=100, ratio=1.0, corner=(0.0, 0.0), left=0.0):
    """(rows, columns) of what the layer paints on white, as 0xffrrggbb. ratio: screen's pixels a pixel."""
    image = QImage(round((width + corner[0]) * ratio), round((height + corner[1]) * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(*corner)
    layer.paint(painter, View(Frame(times, values, width, height, layer.scale), LIGHT, 1 / ratio, left))
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return rows[:, : image.width()].copy()
