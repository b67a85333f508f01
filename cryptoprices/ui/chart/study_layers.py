"""Studies as layers of a pane."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtGui import QPainter

from cryptoprices.core.candle_levels import CandleLevels
from cryptoprices.core.chosen_studies import Chosen
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.series import Series
from cryptoprices.core.studies import Draws, Trace, Unit
from cryptoprices.ui.chart.band_layer import BandLayer
from cryptoprices.ui.chart.histogram_layer import HistogramLayer, VolumeLayer
from cryptoprices.ui.chart.layer import Column, End, Layer, Row, Tabular, View
from cryptoprices.ui.chart.line_layer import LineLayer
from cryptoprices.ui.chart.pane import Pane
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.chart.study_lines import Lines, span
from cryptoprices.ui.chart.study_words import trace_name
from cryptoprices.ui.theme import Theme


class Curve(NamedTuple):
    """A trace that can be drawn. lower: of a band, None otherwise."""

    trace: Trace
    series: Series
    lower: Series | None


class Curves(NamedTuple):
    """What is kept of a study until its bars change. of_candles: its lines stand where candles do."""

    lines: Lines
    each: tuple[Curve, ...]
    interval: str
    of_candles: bool

    @classmethod
    def of(cls, lines: Lines, interval: str, of_candles: bool) -> "Curves":
        """Lines, bands and histograms: what is drawn by bars of its own goes by the time they open."""
        each = []
        for trace in lines.traces:
            at = lines.opens if of_candles or trace.draws is Draws.HISTOGRAM else lines.times
            lower = None if trace.lower is None else lines.series(at, trace.lower)
            each.append(Curve(trace, lines.series(at, trace.values), lower))
        return cls(lines, tuple(each), interval, of_candles)

    def grown(self, lines: Lines) -> "Curves":
        """With the lines that theirs have grown to: where they can, series take what is new and stay what they are."""
        stay, breaks = len(self.lines.opens) - 1, self.lines.breaks
        if len(lines.opens) <= stay or not np.array_equal(lines.breaks[lines.breaks < stay], breaks):
            return Curves.of(lines, self.interval, self.of_candles)
        each = []
        for curve, trace in zip(self.each, lines.traces, strict=True):
            at = lines.opens if self.of_candles or trace.draws is Draws.HISTOGRAM else lines.times
            for series, values in ((curve.series, trace.values), (curve.lower, trace.lower)):
                if series is not None and values is not None:
                    lines.extend(series, at, values, stay)
            each.append(curve._replace(trace=trace))
        return self._replace(lines=lines, each=tuple(each))

    def newest(self, t_ms: float, shift_ms: float) -> int | None:
        """Index of the newest bar of which this sample of the prices tells."""
        return self.lines.newest_in(*span(t_ms, shift_ms, self.interval))

    @property
    def newest_known(self) -> int | None:
        """Index of the newest bar, of the one before while nothing is known of that: its volume is told later."""
        last = len(self.lines.opens) - 1
        known = [
            at
            for at in (last, last - 1)
            if at >= 0 and any(c.trace.values[at] == c.trace.values[at] for c in self.each)
        ]
        return known[0] if known else None


class InStep:
    """A Layer that is asked by the times of the prices' samples, whatever its own are."""

    def __init__(self, inner: Layer, main: Pane, curves: Curves, at: Callable[[int], float]) -> None:
        """main: the pane of the prices. at: the time of its sample for the bar of this index."""
        self._inner, self._main, self._curves, self._at = inner, main, curves, at

    @property
    def scale(self) -> Scale:
        """Its own."""
        return self._inner.scale

    @property
    def shift_ms(self) -> float:
        """That of the prices, beside which its dots stand."""
        return self._main.layers[0].shift_ms if self._main.layers else 0.0

    @property
    def settled_ms(self) -> float:
        """Its own."""
        return self._inner.settled_ms

    def extremes(self, start_ms: float, stop_ms: float) -> tuple[float, float] | None:
        """Its own."""
        return self._inner.extremes(start_ms, stop_ms)

    def paint(self, painter: QPainter, view: View) -> None:
        """Draw it where its own samples are."""
        self._inner.paint(painter, view)

    def end(self) -> End | None:
        """Where its own is."""
        end = self._inner.end()
        return end._replace(t_ms=end.t_ms + self._inner.shift_ms - self.shift_ms) if end else None

    def rows(self, t_ms: float) -> list[Row]:
        """Of the newest bar of which this sample tells."""
        own_ms = self._own(t_ms)
        return [] if own_ms is None else self._inner.rows(own_ms)

    def at(self, t_ms: float) -> float | None:
        """The same."""
        own_ms = self._own(t_ms)
        return None if own_ms is None else self._inner.at(own_ms)

    def nearest(self, t_ms: float) -> float | None:
        """Its own."""
        return self._inner.nearest(t_ms)

    def step(self, t_ms: float, by: int) -> float | None:
        """Its own."""
        return self._inner.step(t_ms, by)

    def columns(self) -> Sequence[Column]:
        """Its own, by its own times."""
        return self._inner.columns() if isinstance(self._inner, Tabular) else ()

    def key(self) -> object:
        """Its own."""
        return self._inner.key()

    def _own(self, t_ms: float) -> float | None:
        index = self._curves.newest(t_ms, self.shift_ms)
        return None if index is None else self._at(index)


class Looks(NamedTuple):
    """How studies are drawn. coins: names and colours of base and quote. levels: the candles themselves, for volumes.

    px_ms: time in a pixel.
    """

    theme: Theme
    coins: Mapping[str, tuple[str, str]]
    levels: CandleLevels | None
    px_ms: float

    def count(self, curves: Curves) -> int:
        """How many colours these take: one a line, which bands before it share; coins have their own."""
        each = [curve.trace for curve in curves.each if self._takes_one(curve.trace)]
        return sum(trace.draws is Draws.LINE for trace in each) + bool(each and each[-1].draws is Draws.BAND)

    def colours(self, curves: Curves, own: Sequence[str]) -> list[str]:
        """Of each curve. own: as many as `count` says."""
        found, taken = [], 0
        for trace, _, _ in curves.each:
            if self._takes_one(trace):
                found.append(own[taken])
                taken += trace.draws is Draws.LINE
            else:
                found.append(self.theme.muted if trace.draws is Draws.HISTOGRAM else self.coins[trace.name][1])
        return found

    def _takes_one(self, trace: Trace) -> bool:
        return trace.draws is not Draws.HISTOGRAM and trace.name not in self.coins

    def layers(
        self, chosen: Chosen, curves: Curves, colours: Sequence[str], scale: Scale, main: Pane
    ) -> tuple[Layer, ...]:
        """What is drawn of a study, from back to front."""
        names = {key: name for key, (name, _) in self.coins.items()}
        coloured = zip(curves.each, colours, strict=True)
        return tuple(
            self._layer(trace_name(chosen, curve.trace, names), curve, curves, colour, scale, main, chosen)
            for curve, colour in coloured
        )

    def _layer(
        self, name: str, curve: Curve, curves: Curves, colour: str, scale: Scale, main: Pane, chosen: Chosen
    ) -> Layer:
        lines, width_ms = curves.lines, INTERVALS_MS[curves.interval]
        opens, shift_ms = lines.opens, width_ms / 2 if curves.of_candles else 0.0
        times = opens if curves.of_candles else lines.times
        match curve.trace.draws:
            case Draws.HISTOGRAM if chosen.study.unit is Unit.VOLUME and self.levels:  # volumes of wider candles add up
                levels, volume = self.levels, VolumeLayer(self.levels, name, self.theme, self.px_ms, scale)
                wide_ms = volume.width_ms
                return InStep(volume, main, curves, lambda i: float(levels.opening_ms(opens[i], wide_ms)))
            case Draws.HISTOGRAM:
                bars = HistogramLayer(curve.series, width_ms, name, self.theme, scale)
                return InStep(bars, main, curves, lambda i: float(opens[i]))
            case Draws.BAND:
                assert curve.lower is not None
                band = BandLayer(curve.series, curve.lower, name, colour, scale, shift_ms)
                return InStep(band, main, curves, lambda i: float(times[i]))
        ends = chosen.study.own_pane
        line = LineLayer(name, curve.series, colour, scale, ends=ends, changes=False, shift_ms=shift_ms)
        return InStep(line, main, curves, lambda i: float(times[i]))
