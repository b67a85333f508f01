"""What there is to be seen in a chart: its lines, where bars are missing, and the time that is in view."""

import math
from datetime import datetime, tzinfo
from functools import partial
from typing import NamedTuple

import numpy as np

from cryptoprices.core.bars import Hole
from cryptoprices.core.candles import Origin
from cryptoprices.core.formatting import change_text
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.ledger import GapReason
from cryptoprices.core.market import Pair
from cryptoprices.core.series import Series, common_start
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.candle_layer import CandleLayer
from cryptoprices.ui.chart.layer import Layer, Row
from cryptoprices.ui.chart.line_layer import EARLIER, LineLayer
from cryptoprices.ui.chart.modes import Look, Mode, Range, ScaleKind, Style
from cryptoprices.ui.chart.scale import Scale
from cryptoprices.ui.reasons import exchange_title
from cryptoprices.ui.theme import Theme

FIRST_MS = 300_000.0  # so much time there is room for at first: the line grows into it
_END = 0.03  # room after the last sample, part of the view
_STEPS = 512  # before there is a past, the view goes on by about this part of its length
VIA = {Origin.POLL: "polled", Origin.STREAM: "streamed", Origin.BACKFILL: "backfilled"}
LIVE = "live"  # of the bar that runs
_JUST_HEARD = 2  # bars: the one that runs, and one that has ended since
_LATE = 0.02  # a base so far from the left edge is spoken of, part of the view


class Picture(NamedTuple):
    """lines: of the mode, drawn or not. layers: what is drawn. base_ms: when they are at nothing.

    lacking: pairs that belong to them and have no prices. changed: those whose unit has changed in view: by how much a
    price is above another is said from then on, of all of them.
    """

    lines: tuple[LineLayer, ...] = ()
    layers: tuple[Layer, ...] = ()
    base_ms: float | None = None
    lacking: tuple[Pair, ...] = ()
    holes: tuple[Hole, ...] = ()
    filled: tuple[Hole, ...] = ()
    changed: tuple[Pair, ...] = ()


class Shown(NamedTuple):
    """Where what is shown comes from."""

    hub: Hub
    timeline: Timeline

    def picture(self, mode: Mode, look: Look, theme: Theme, from_ms: float, until_ms: float, px_ms: float) -> Picture:
        """The lines of the mode; their base is the first moment from then on in which all have a value.

        Where the unit of one changes in this time, that is after the last change, as it is with the figures: one that
        has not ended a bar since then begins with its newest price. px_ms: time in a pixel.
        """
        pairs = self._pairs(mode)
        every = [(pair, self.timeline.series(pair) if pair else self.timeline.ratio) for pair in pairs]
        # what is compared begins where all are known: not at the newest price of one whose past is on its way
        least = _JUST_HEARD if mode is Mode.COMPARE and self.timeline.loading else 0
        known = [(pair, series) for pair, series in every if len(series) > least]
        lacking = tuple(pair for pair, series in every if pair and len(series) <= least)
        changes = self._changes(mode, from_ms, until_ms)
        changed_ms = max(changes.values(), default=-math.inf)
        since_ms = max(from_ms, changed_ms)
        base_ms = common_start([series for _, series in known], since_ms) if known else None
        if base_ms is None and changes:
            newest = [found for _, series in known if (found := series.first_known(since_ms)) is not None]
            base_ms = max(newest, default=None)
        if base_ms is None:
            return Picture(lacking=lacking)
        colours = theme.colours_of([pair.base for pair in pairs if pair])
        lines = tuple(
            self._line(
                pair,
                series,
                base_ms,
                look,
                colours[pair.base] if pair else theme.accent,
                changes.get(pair, -math.inf) if pair else changed_ms,
            )
            for pair, series in known
        )
        of = known[0][0] or (self.timeline.ratio_pairs or self.hub.pairs)[0]  # of a ratio Ether's
        candles = self._candles(lines[0], look, theme, px_ms) if mode is Mode.CANDLES else ()
        holes, filled = self.timeline.holes(of), self.timeline.silences(of)
        return Picture(lines, candles or lines, base_ms, lacking, tuple(holes), tuple(filled), tuple(changes))

    def _changes(self, mode: Mode, from_ms: float, until_ms: float) -> dict[Pair, float]:
        """Of the pairs whose unit changes in this time: from when on they are in the last one."""
        pairs = self.timeline.ratio_pairs or () if mode is Mode.RATIO else self._pairs(mode)
        found = {}
        for pair in filter(None, pairs):
            after = [hole.since_ms for hole in self.timeline.holes(pair) if hole.reason == GapReason.NEW_UNIT]
            last_ms = max((ms for ms in after if from_ms <= ms < until_ms), default=None)
            if last_ms is not None:
                found[pair] = last_ms + 0.5
        return found

    def _pairs(self, mode: Mode) -> tuple[Pair | None, ...]:
        """Whose lines the mode shows, None for the ratio."""
        if mode is Mode.RATIO:
            return (None,)
        return self.timeline.compared() if mode is Mode.COMPARE else (self.hub.selected,)

    def _line(
        self, pair: Pair | None, series: Series, base_ms: float, look: Look, colour: str, since_ms: float
    ) -> LineLayer:
        """since_ms: values of before are in another unit."""
        scale = Scale(look.scale, _first_from(series, base_ms), currency=self._currency_of(pair), since_ms=since_ms)
        name = pair.base if pair else self._ratio_name
        source = partial(self.source, pair) if pair else None
        return LineLayer(name, series, colour, scale, area=look.style is Style.AREA, source=source)

    def _candles(self, line: LineLayer, look: Look, theme: Theme, px_ms: float) -> tuple[Layer, ...]:
        """Of the chosen pair; none where there are only our own polls."""
        bars = self.timeline.bars(self.hub.selected)
        if bars is None or not len(bars.candles):
            return ()
        running = bars.running is not None
        return (CandleLayer(bars.candles, line.name, theme, px_ms, line.scale, look.style, running),)

    def price_scale(self, pair: Pair) -> Scale:
        """How its prices are written."""
        return Scale(currency=self._currency_of(pair))

    def title(self, exchange: str) -> str:
        """What a person calls it."""
        return exchange_title(exchange, self.hub)

    def heads(self, picture: Picture, cursor_ms: float | None) -> list[Row]:
        """For the legend: whose line is whose, what a candle stands for, and where each stands at the cursor.

        Where it stands now is on the axis; here it would be painted anew, with all lines, for every price.
        """
        rows = []
        for line, layer in zip(picture.lines, picture.layers, strict=True):  # of candles the layer is another
            value = None if cursor_ms is None else layer.at(cursor_ms)
            merged = layer.merged if isinstance(layer, CandleLayer) else ""
            value_text = "" if value is None else line.scale.tag(value)
            rows.append(Row(" ".join(part for part in (line.name, merged, value_text) if part), line.colour))
        return rows

    def _currency_of(self, pair: Pair | None) -> str:
        if pair is None:
            return ""
        return self.timeline.rates.currency if pair.quote == "USD" else pair.quote

    def source(self, pair: Pair, t_ms: float) -> str:
        """Whose price a line shows at this time, how it came, the currency: "Kraken, backfilled, in EUR"."""
        return ", ".join(part for part in (*self.provenance(pair, t_ms), self.currency) if part)

    def provenance(self, pair: Pair, t_ms: float) -> tuple[str, str]:
        """The exchange whose bar ends or runs at this time, and how it came: ("Kraken", "live"); "" for unknown.

        Before there is a past, the samples are our own polls of all exchanges together.
        """
        if not self.timeline.ready:
            return "consensus", VIA[Origin.POLL]
        name, bars = self.timeline.whose(pair, t_ms), self.timeline.bars(pair)
        if not name or bars is None:
            return "", ""
        if bars.running and t_ms > bars.running.open_ms:
            return self.title(name), LIVE
        origin = self.timeline.origin(pair, t_ms)
        return self.title(name), VIA[origin] if origin else ""

    def ended(self, layer: Layer, t_ms: float) -> str:
        """Whether the bar of this sample has ended; "" where there is none, or nothing but polls."""
        bars = self.timeline.bars(self.hub.selected)
        if bars is None or layer.at(t_ms) is None:
            return ""
        return "running bar" if bars.running and layer.step(t_ms, 1) == t_ms else "ended bar"

    def more(self, mode: Mode, picture: Picture, t_ms: float) -> list[Row]:
        """What else is to be said of a time: of candles where they are from, of coins what one was in the other."""
        if mode is Mode.CANDLES and picture.layers is not picture.lines:
            return self._more_of_candle(picture, t_ms)
        theirs = self.timeline.ratio_pairs
        if mode is not Mode.COMPARE or not theirs or not set(theirs) <= set(self.timeline.compared()):
            return []
        line = LineLayer(self._ratio_name, self.timeline.ratio, "", Scale(currency=""))
        value = line.at(t_ms)
        return [] if value is None else [Row(f"{line.name} {line.scale.text(value)}", None)]

    def _more_of_candle(self, picture: Picture, open_ms: float) -> list[Row]:
        (layer, *_), (line, *_) = picture.layers, picture.lines
        close = layer.at(open_ms)
        if close is None:
            return []
        source = self.source(self.hub.selected, open_ms + 2 * layer.shift_ms)
        if open_ms + layer.shift_ms < layer.scale.since_ms:
            change = EARLIER.capitalize()
        else:
            first = "since its unit changed" if picture.changed else "in view"
            change = f"{change_text(layer.scale.change_pct(close))} from the first {first}"
        return [Row(f"{change} · {source}" if source else change, line.colour)]

    @property
    def _ratio_name(self) -> str:
        return "/".join(pair.base for pair in self.timeline.ratio_pairs or ())

    def note(
        self, mode: Mode, picture: Picture, from_ms: float, times: tuple[float, float], zone: tzinfo | None
    ) -> str:
        """Whether what is compared is not all there yet or begins later; or why there is nothing before what is."""
        relative = bool(picture.lines) and picture.lines[0].scale.kind in (ScaleKind.PERCENT, ScaleKind.INDEXED)
        if picture.changed and picture.base_ms is not None and relative:
            names = " and ".join(pair.base for pair in picture.changed)
            return f"Compared from {_moment(picture.base_ms, zone)}, when the unit of {names} had changed"
        late = self._late(picture, from_ms, times, zone) if mode is Mode.COMPARE else ""
        span = self.span()
        return late or (self.timeline.past_end() if span and times[0] < span[0] else "")

    def _late(self, picture: Picture, from_ms: float, times: tuple[float, float], zone: tzinfo | None) -> str:
        loading = self.timeline.loading
        if loading and picture.lacking and picture.lines:  # without any, that is said in the middle
            return f"{picture.lacking[0].base} is still loading"
        if picture.base_ms is None or picture.base_ms - from_ms <= _LATE * (times[1] - times[0]):
            return ""
        since = _moment(picture.base_ms, zone)
        return f"{loading.pair.base} is still loading: compared from {since}" if loading else f"Compared from {since}"

    @property
    def currency(self) -> str:
        """The currency of dollar prices, if the person has chosen one: "in EUR", "in USD" while there is no rate."""
        return "" if self.hub.currency == "USD" else f"in {self.timeline.rates.currency}"

    def span(self) -> tuple[float, float] | None:
        """First and last time that anything is known of the chosen pair."""
        times = self.timeline.series(self.hub.selected).times
        return (float(times[0]), float(times[-1])) if len(times) else None

    def available(self) -> frozenset[Range]:
        """The ranges that can be chosen: all of them, or before there is a past those as long as the polls' line."""
        span = self.span()
        length = span[1] - span[0] if span else 0.0
        return frozenset(r for r in Range if self.timeline.ready or r.ms is None or r.ms <= length)

    def followed(self, range_: Range) -> tuple[float, float]:
        """The time in view while following: the range that the figures are of, and some room after it."""
        if not self.timeline.ready:
            return self._followed_polls(range_)
        first, last = self.timeline.bounds_ms()
        width = INTERVALS_MS[self.timeline.interval]
        if range_.ms is None:
            span = self.span()
            first = int(span[0]) if span else last - width
        return first, last + width + (last - first) * _END

    def _followed_polls(self, range_: Range) -> tuple[float, float]:
        """Before there is a past. It goes on in small steps, so that most samples find it where it was."""
        first, last = self.span() or (0.0, 0.0)
        range_ms = range_.ms if range_ in self.available() else None  # until there is so much, all there is
        length = range_ms or max(last - first, FIRST_MS)
        step = 2.0 ** math.ceil(math.log2(length / _STEPS))
        stop = math.ceil((last + length * _END) / step) * step
        if range_ms is None:
            return first, max(stop, first + length * (1 + _END))
        return stop - length, stop


def _first_from(series: Series, t_ms: float) -> float:
    """Its first value from this time on, the newest one where none has come yet; 1 where there is none at all."""
    from_ms = series.first_known(t_ms)
    if from_ms is not None:
        return float(series.values[series.index(from_ms)])
    known = series.values[~np.isnan(series.values)]
    return float(known[-1]) if len(known) else 1.0


def _moment(t_ms: float, zone: tzinfo | None) -> str:
    """ "22 Nov 2026, 07:40"."""
    moment = datetime.fromtimestamp(t_ms / 1000, zone)
    return f"{moment.day} {moment:%b %Y, %H:%M}"
