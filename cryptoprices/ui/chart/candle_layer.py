"""Candles, OHLC bars and Heikin-Ashi. Where they would be too narrow, wider ones stand for them: see CandleLevels."""

from functools import cached_property

import numpy as np
from PySide6.QtGui import QColor, QPainter

from cryptoprices.core.candle_levels import CandleLevels, Merged
from cryptoprices.core.formatting import change_text
from cryptoprices.core.heikin_ashi import MEMORY, heikin_ashi
from cryptoprices.core.series import Floats
from cryptoprices.core.units import other_unit
from cryptoprices.ui.chart.crisp import Raster, Slots, boxes, outline, paint
from cryptoprices.ui.chart.layer import Column, End, Row, View
from cryptoprices.ui.chart.modes import Style
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.chart.strokes import Frame
from cryptoprices.ui.theme import Theme

LEAST_PX = 2.5
"""Narrowest candle: a day has 288 of five minutes, which can be told apart in a window of usual size."""

_BODY = 3  # lines that a body is wide at least, so that a hollow one has an inside, even where it touches the next

_FAINT = 110  # alpha of the body of a candle that is running still
_DASH = 3  # times a line's width


class OfCandles:
    """What layers of candles have in common: their samples are the candles that are drawn, at the time they open.

    A candle that rose is hollow, one that fell is filled: colour is not all that tells them apart.
    """

    def __init__(self, levels: CandleLevels, name: str, theme: Theme, px_ms: float, scale: Scale) -> None:
        """px_ms: time in a pixel."""
        self.scale = scale
        self.width_ms = levels.width_ms(LEAST_PX * px_ms)
        self._levels, self._name, self._theme = levels, name, theme

    @property
    def shift_ms(self) -> float:
        """A candle stands in the middle of its time."""
        return self.width_ms / 2

    @property
    def settled_ms(self) -> float:
        """When the newest candle opens."""
        return float(self._newest.open_ms[-1]) if len(self._levels) else -np.inf

    def drawn(self, start_ms: float, stop_ms: float) -> Merged:
        """The candles of which something is to be seen in [start_ms, stop_ms)."""
        return self._levels.of_width(start_ms, stop_ms, self.width_ms)

    def nearest(self, t_ms: float) -> float | None:
        """When the candle opens whose middle is nearest to this time."""
        times = self._levels.open_ms
        at = int(np.searchsorted(times, t_ms, side="right"))
        around = [float(self._levels.opening_ms(times[i], self.width_ms)) for i in (at - 1, at) if 0 <= i < len(times)]
        return min(around, key=lambda open_ms: abs(open_ms + self.shift_ms - t_ms), default=None)

    def step(self, t_ms: float, by: int) -> float | None:
        """When the candle opens that is so many after that of this time, before if negative; else the outermost."""
        return self._levels.step(t_ms, by, self.width_ms)

    def key(self) -> object:
        """Which candles, how wide and how they look."""
        return type(self), self._levels, self.width_ms, self.scale, self._theme.name, self._name

    def _at(self, t_ms: float) -> Merged | None:
        """The one that opens exactly then."""
        found = self.drawn(t_ms, t_ms + 1)
        return found if len(found.open_ms) and found.open_ms[-1] == t_ms else None

    @cached_property
    def _newest(self) -> Merged:
        newest_ms = float(self._levels.open_ms[-1])
        return self.drawn(newest_ms, newest_ms + 1)

    def _slots(self, candles: Merged, frame: Frame, raster: Raster) -> Slots:
        width = self.width_ms / (frame.stop_ms - frame.start_ms) * frame.width
        return raster.slots(frame.x(candles.open_ms), width, _BODY)

    def _colour(self, candles: Merged) -> str:
        """Of the newest of them."""
        return self._theme.up if candles.close[-1] >= candles.open[-1] else self._theme.down


class CandleLayer(OfCandles):
    """A Layer. The candle that runs still is half-transparent, and a dashed line leads from its close to the axis."""

    def __init__(
        self, levels: CandleLevels, name: str, theme: Theme, px_ms: float, scale: Scale, style: Style, running: bool
    ) -> None:
        """style: CANDLES, OHLC or HEIKIN_ASHI. running: the newest candle's time has not passed."""
        super().__init__(levels, name, theme, px_ms, scale)
        self._style, self._running = style, running

    def drawn(self, start_ms: float, stop_ms: float) -> Merged:
        """The candles of which something is to be seen in [start_ms, stop_ms)."""
        if self._style is not Style.HEIKIN_ASHI:
            return super().drawn(start_ms, stop_ms)
        found = _averaged(super().drawn(start_ms - MEMORY * self.width_ms, stop_ms))
        at = int(np.searchsorted(found.open_ms, start_ms - self.width_ms, side="right"))
        open_ms, _, *columns = found
        return Merged(open_ms[at:], self.width_ms, *(column[at:] for column in columns))

    def extremes(self, start_ms: float, stop_ms: float) -> tuple[float, float] | None:
        """Lowest and highest of the candles in view, those that are cut at its ends with all of theirs."""
        found = self.drawn(start_ms, stop_ms)
        return (float(found.low.min()), float(found.high.max())) if len(found.low) else None

    def paint(self, painter: QPainter, view: View) -> None:
        """All candles in view, a call for each colour."""
        frame, raster = view.frame, Raster.of(painter, view.pixel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        candles = self.drawn(frame.time_at(view.left), frame.stop_ms)
        if not len(candles.open_ms):
            return
        slots = self._slots(candles, frame, raster)
        rows = np.stack([raster.rows(frame.y(prices)) for prices in candles[2:6]])
        lines, solid = (_bars if self._style is Style.OHLC else _candles)(slots, rows, raster.line)
        rose = candles.close >= candles.open
        running = np.zeros(len(rose), dtype=bool)
        running[-1] = self._running and candles.open_ms[-1] == self.settled_ms
        for colour, mine in ((self._theme.up, rose), (self._theme.down, ~rose)):
            ink, faint = QColor(colour), QColor(colour)
            faint.setAlpha(_FAINT)
            filled = mine & ~rose & ~running
            parts = [lines[:, mine & ~filled].reshape(-1, 4), solid[:, filled].reshape(-1, 4)]
            if running[-1] and mine[-1]:
                paint(painter, raster, solid[-1, running & ~rose], faint)
                parts.append(_dashes(slots, rows[3], raster, frame.width))
            paint(painter, raster, np.vstack(parts), ink)

    def end(self) -> End | None:
        """The newest close."""
        if not len(self._levels):
            return None
        newest = self._newest
        close = float(newest.close[-1])
        return End(float(newest.open_ms[-1]), close, self.scale.tag(close), self._colour(newest))

    def rows(self, t_ms: float) -> list[Row]:
        """The four prices of the candle that opens then, and by how much it rose."""
        candles = self._at(t_ms)
        if candles is None:
            return []
        prices = [float(column[-1]) for column in (candles.open, candles.high, candles.low, candles.close)]
        texts = [f"{letter} {self.scale.text(price)}" for letter, price in zip("OHLC", prices, strict=True)]
        change = change_text((prices[3] / prices[0] - 1) * 100)
        told = [self._name, self.merged, *texts, change]
        return [Row("  ".join(part for part in told if part), self._colour(candles))]

    def at(self, t_ms: float) -> float | None:
        """The close of the candle that opens then, where it has a place."""
        candles = self._at(t_ms) if t_ms + self.shift_ms >= self.scale.begins_ms else None
        return None if candles is None else float(candles.close[-1])

    def columns(self) -> list[Column]:
        """The four prices of the candles themselves, whatever width is drawn."""
        found = self._levels.of_width(-np.inf, np.inf, self._levels.width_ms(0.0))
        averaged = self._style is Style.HEIKIN_ASHI
        name, found = (f"{self._name} {self._style}", _averaged(found)) if averaged else (self._name, found)
        prices = zip(("open", "high", "low", "close"), found[2:6], strict=True)
        return [Column(f"{name} {word}", found.open_ms, column, self.scale, True) for word, column in prices]

    def key(self) -> object:
        """The style as well."""
        return super().key(), self._style, self._running

    @property
    def merged(self) -> str:
        """How many candles stand in one, where it is more: "16 × 1m", else ""."""
        count = round(self.width_ms / self._levels.width_ms(0.0))
        return f"{count} × {self._levels.interval}" if count > 1 else ""


def _averaged(candles: Merged) -> Merged:
    """Heikin-Ashi of them; it begins anew where the unit is another one."""
    columns = np.stack(candles[2:6])
    runs = np.split(columns, other_unit(candles.close) + 1, axis=1)
    open_, high, low, close = np.hstack([heikin_ashi(*run) for run in runs])
    return candles._replace(open=open_, high=high, low=low, close=close)


def _candles(slots: Slots, rows: Floats, line: int) -> tuple[Floats, Floats]:
    """(4, n) rows of the screen in which the prices are -> boxes of hollow ones (6, n, 4) and of filled ones (2, n, 4).

    Hollow ones are two wicks and an outline, filled ones a line through all of them and, last, a body.
    """
    open_, high, low, close = rows
    top = np.minimum(open_, close)
    bottom = np.maximum(np.maximum(open_, close) + 1, top + line)  # where nothing moved it is a dash
    wicks = [boxes(slots.middle, high, line, top), boxes(slots.middle, bottom, line, low + 1)]
    whole = boxes(slots.middle, high, line, np.maximum(low + 1, bottom))
    return np.vstack([wicks, outline(slots, top, bottom, line)]), np.stack(
        [whole, boxes(slots.left, top, slots.body, bottom)]
    )


def _bars(slots: Slots, rows: Floats, line: int) -> tuple[Floats, Floats]:
    """The same for OHLC bars, which are never filled: (3, n, 4) both."""
    open_, high, low, close = rows
    stems = boxes(slots.middle, high, line, np.maximum(low + 1, high + line))
    opens = boxes(slots.left, open_, slots.middle - slots.left, open_ + line)
    closes = boxes(slots.middle + line, close, slots.left + slots.body - slots.middle - line, close + line)
    bars = np.stack([stems, opens, closes])
    return bars, bars


def _dashes(slots: Slots, close: Floats, raster: Raster, width: float) -> Floats:
    """Boxes of a dashed line from the newest candle to the plot's right edge."""
    begin, end = slots.left[-1] + slots.body, raster.columns(np.array([width]))[0]
    left = np.arange(begin + _DASH * raster.line, end, 2 * _DASH * raster.line)
    return boxes(left, np.full(len(left), close[-1]), _DASH * raster.line, np.full(len(left), close[-1] + raster.line))
