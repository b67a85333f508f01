"""What the chart and the comparison stand on: the bars of the chosen range, past and present, of the pairs shown."""

import math
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from cryptoprices.core.bars import Bars, Hole, RatioLine
from cryptoprices.core.candles import Origin
from cryptoprices.core.comparison import Figures, compare
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.ledger import GapReason
from cryptoprices.core.market import Pair
from cryptoprices.core.pairs import MOST_COMPARED, compared_pairs, ratio_pairs
from cryptoprices.core.ranges import MOST_BARS, RANGES, Lead, Range
from cryptoprices.core.series import Series
from cryptoprices.core.spans import common
from cryptoprices.core.uptime import ASKED
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.past import Archive
from cryptoprices.qt.past_rates import PastRates
from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.strand import Strand
from cryptoprices.qt.strands import Loading, Strands
from cryptoprices.qt.tasks import Tasks

_OWN_BARS, _OWN_S = 5, 6 * 3600.0  # after so many bars, or this time, ours are replaced by those of the exchanges
_AGAIN_S = 60.0  # what could not be had is asked for again after this time at the earliest
_PASSING = {*ASKED, GapReason.ASLEEP, GapReason.NOT_SAVED}
_MOST_FIGURES = 4  # times of which they are kept


class Timeline(QObject):
    """Without an archive: the polls since the start. With one: bars, the running one moving with the market.

    range_name: of core.ranges. cancelled: the person wants nothing loaded until another range or width is chosen.
    changed: other bars are there. grown: the newest prices have moved. loading_changed: how far the loading is.
    ready_changed: there is an archive now. calendar_set: what was now is another time now. rates: turn bars of dollar
    prices into the person's currency.
    """

    changed = Signal()
    grown = Signal()
    loading_changed = Signal()
    ready_changed = Signal()
    calendar_set = Signal()

    def __init__(self, hub: Hub, recorder: Recorder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hub, self._recorder = hub, recorder
        self.rates = PastRates(hub, self)
        self.range_name = "all"
        self.since_ms = 0  # what is asked for begins here; earlier than the range where somebody panned there
        self._chosen_interval: str | None = None
        self._chosen_pairs: tuple[Pair, ...] = ()
        self._lead = Lead()
        self._looked_ms = math.inf  # the earliest time that somebody panned to
        self._strands = Strands(recorder, self.rates, self)
        self._ratio: RatioLine | None = None
        self._figures: dict[tuple[float, float], Figures] = {}  # by what they are of, until a bar ends
        self.cancelled = False
        self._asked_boot_s = 0.0
        self._asked_of: tuple[str, ...] = ()  # the exchanges in the person's order then
        self._newest_ms = 0.0
        self._seen = hub.snapshot  # when it was last looked for what streams bring
        hub.selected_changed.connect(self._select)
        hub.pairs_changed.connect(self._follow_watchlist)
        hub.ticked.connect(self._tick)
        hub.paused_changed.connect(self._pause)
        self._strands.built.connect(self._rebuilt)
        self._strands.filling_changed.connect(self.loading_changed)
        self._strands.filled.connect(self._reach_on)
        self.rates.changed.connect(self._convert)
        recorder.grown.connect(self._take_poll)
        recorder.calendar_set.connect(self._start_over)

    # what is shown

    @property
    def ready(self) -> bool:
        """Whether there is an archive."""
        return self._strands.ready

    @property
    def interval(self) -> str:
        """The bars' width: the one that was chosen where the range takes it, else the range's own."""
        chosen = self._chosen_interval
        return chosen if chosen and not self.refused(chosen) else RANGES[self.range_name].interval

    def refused(self, interval: str) -> str:
        """Why the range cannot be had in bars of this width, one sentence; "" where it can."""
        return RANGES[self.range_name]._replace(interval=interval).refused(self._hub.clock.wall_ms())

    def bounds_ms(self) -> tuple[int, int]:
        """When the first and the last bar of the range end that has ended by now, Unix ms."""
        since_ms, until_ms = self._range.bounds_ms(self._hub.clock.wall_ms())
        return since_ms + INTERVALS_MS[self.interval], until_ms

    @property
    def _range(self) -> Range:
        return RANGES[self.range_name]._replace(interval=self.interval)

    def bars(self, pair: Pair) -> Bars | None:
        """A pair's bars, None while there are none."""
        return self._strands.bars(pair)

    def series(self, pair: Pair) -> Series:
        """The line of a pair of the watchlist. Raises KeyError for another."""
        if not self.ready:
            return self._recorder.series(pair)
        bars = self.bars(pair)
        return bars.series if bars else Series()

    @property
    def ratio_pairs(self) -> tuple[Pair, Pair] | None:
        """What is shown in what: of pairs that were chosen the second in the first, else Ether in Bitcoin."""
        chosen = self.compared()[:2] if self._chosen_pairs else ()
        if len(chosen) == 2 and chosen[0].quote == chosen[1].quote:
            return chosen[1], chosen[0]
        return ratio_pairs(self._hub.pairs)

    @property
    def ratio(self) -> Series:
        """The price of the first of ratio_pairs in the second."""
        if not self.ready:
            return self._recorder.ratio if self.ratio_pairs == ratio_pairs(self._hub.pairs) else Series()
        if self._ratio is None:
            both = [strand for pair in self.ratio_pairs or () if (strand := self._strands.get(pair))]
            over, under = [strand.bars for strand in both] if len(both) == 2 else (None, None)
            if over and under and over.interval == under.interval:
                self._ratio = RatioLine(over, under, common(both[0].known, both[1].known))
        return self._ratio.series if self._ratio else Series()

    def strand(self, pair: Pair) -> Strand | None:
        """All about a pair's bars, None while there are none of it."""
        return self._strands.get(pair)

    def whose(self, pair: Pair, t_ms: float) -> str:
        """The exchange whose bar ends or runs at this time, "" where there is none."""
        strand = self._strands.get(pair)
        return strand.whose(t_ms) if strand else ""

    def origin(self, pair: Pair, t_ms: float) -> Origin | None:
        """Where that bar came from: the exchange itself, or our own samples of its stream or polls."""
        strand = self._strands.get(pair)
        return strand.origin(t_ms) if strand else None

    def past_end(self) -> str:
        """Why there is nothing before the chosen pair's first bar, one sentence; "" while more can be had."""
        strand = self._strands.get(self._hub.selected)
        if strand is None or strand.filling:
            return ""
        if reason := strand.beginning():
            why = "no exchange has more" if reason is GapReason.NOT_KEPT else reason.text
            return f"There is nothing older: {why}."
        if (self.bounds_ms()[1] - self.since_ms) // INTERVALS_MS[self.interval] >= MOST_BARS:
            return f"No more than {MOST_BARS:,} bars are shown; choose a longer range or wider bars."
        return ""

    def holes(self, pair: Pair) -> list[Hole]:
        """Where bars of the pair are missing."""
        strand = self._strands.get(pair)
        return strand.holes() if strand else []

    def silences(self, pair: Pair) -> list[Hole]:
        """When no prices were heard; bars of the pair in these times were had later."""
        strand = self._strands.get(pair)
        return strand.silences() if strand else []

    def compared(self) -> tuple[Pair, ...]:
        """The pairs that stand against each other: those that were chosen, else as fits the chosen pair."""
        chosen = tuple(pair for pair in self._chosen_pairs if pair in self._hub.pairs)
        return chosen or compared_pairs(self._hub.pairs, self._hub.selected)

    def figures(self) -> Figures | None:
        """The figures of these pairs in the range, of the bars that all have; None while they are not there."""
        return self.figures_between(*self.bounds_ms())

    def figures_between(self, since_ms: float, until_ms: float) -> Figures | None:
        """The same of the bars that end in [since_ms, until_ms], Unix ms, as far as they are loaded."""
        bounds, pairs = (since_ms, until_ms), self.compared()
        if bounds not in self._figures:
            known = [bars for pair in pairs if (bars := self.bars(pair)) and bars.interval == self.interval]
            if len(known) < len(pairs):
                return None
            while len(self._figures) >= _MOST_FIGURES:
                self._figures.pop(next(iter(self._figures)))
            self._figures[bounds] = compare(pairs, [bars.closes_between(*bounds) for bars in known], self.interval)
        return self._figures[bounds]

    @property
    def loading(self) -> Loading | None:
        """The fill that the person waits for first."""
        return self._strands.loading

    # what is asked for

    def take_archive(self, archive: Archive, tasks: Tasks) -> None:
        """From now on there is a past."""
        self._strands.take_archive(archive, tasks)
        self._load_range()
        self.ready_changed.emit()

    def show_range(self, name: str) -> None:
        """Show this range of core.ranges from now on. Raises KeyError for another."""
        RANGES[name]
        self.range_name, self.cancelled, self._figures = name, False, {}
        self._load_range()

    def set_interval(self, name: str | None) -> None:
        """Bars of this width from now on, in the ranges that take it; None: of each range's own. Raises KeyError."""
        if name is not None:
            INTERVALS_MS[name]
        before, self._chosen_interval = self.interval, name
        if self.interval != before:
            self.cancelled, self._figures = False, {}
            self._load_range()

    def set_compared(self, pairs: Sequence[Pair] | None) -> None:
        """Compare these pairs of the watchlist, at most MOST_COMPARED; None: as fits the chosen."""
        self._chosen_pairs = tuple(dict.fromkeys(pairs or ()))[:MOST_COMPARED]
        self._ratio = None
        self._select()

    def set_lead(self, lead: Lead) -> None:
        """Have these bars as well before those that are asked for."""
        before, self._lead = self._lead, lead
        if self.ready and lead.begin_ms(self.since_ms, self.interval) < before.begin_ms(self.since_ms, self.interval):
            self._load(self._strands)

    @Slot()
    def refresh(self) -> None:
        """Something new is stored."""
        self._load(self._strands)

    @Slot()
    def cancel(self) -> None:
        """Load nothing more until a range is chosen."""
        self.cancelled = True
        for strand in self._strands:
            strand.cancel_fill()

    def reach(self, from_ms: float) -> None:
        """Somebody looks at this time: what is before all that was asked for is asked for, in whole ranges."""
        self._looked_ms = min(from_ms, self._looked_ms)
        self._reach_on()

    @Slot()
    def _reach_on(self) -> None:
        length_ms = RANGES[self.range_name].length_ms
        if self.ready and length_ms and self._looked_ms < self.since_ms and not self.loading and not self.past_end():
            first_ms = self.bounds_ms()[1] - MOST_BARS * INTERVALS_MS[self.interval]
            ranges = math.ceil((self.since_ms - self._looked_ms) / length_ms)
            self.since_ms = max(first_ms, floor_ms(self.since_ms - ranges * length_ms, self.interval))
            self._load(self._strands)

    def close(self) -> None:
        """Ask nothing more."""
        for strand in self._strands:
            strand.cancel()

    def _load_range(self) -> None:
        self.since_ms, self._looked_ms = self._range.bounds_ms(self._hub.clock.wall_ms())[0], math.inf
        self._follow_pairs()
        self._load(self._strands)

    def _load(self, strands: Iterable[Strand]) -> None:
        self._asked_boot_s, self._asked_of = self._hub.clock.boot_s(), self._hub.snapshot.exchanges
        fill = not (self.cancelled or self._hub.paused)
        for strand in strands:
            strand.load(self.interval, self._lead.begin_ms(self.since_ms, self.interval), self.bounds_ms()[1], fill)

    def _follow_pairs(self) -> list[Strand]:
        """Have strands of the pairs that are shown, the chosen one first. Returns the new ones."""
        return self._strands.follow((self._hub.selected, *self.compared(), *(self.ratio_pairs or ())))

    # what happens

    @Slot()
    def _select(self) -> None:
        self._figures = {}
        self._load(self._follow_pairs())
        self.changed.emit()

    @Slot()
    def _follow_watchlist(self) -> None:
        """Who compared a coin that is gone compares the others."""
        self.set_compared([pair for pair in self._chosen_pairs if pair in self._hub.pairs])

    @Slot(bool)
    def _pause(self, paused: bool) -> None:
        """Who pauses wants nobody asked; what was broken off is asked for afterwards."""
        if paused:
            for strand in self._strands:
                strand.cancel_fill()
        else:
            self._load(self._strands)

    @Slot()
    def _convert(self) -> None:
        for strand in self._strands:
            strand.convert()

    @Slot()
    def _rebuilt(self) -> None:
        self._ratio, self._figures = None, {}
        self.changed.emit()

    @Slot()
    def _start_over(self) -> None:
        self.calendar_set.emit()
        self._load_range()

    @Slot()
    def _take_poll(self) -> None:
        """A poll was written down: the running bars take it, and what could not be had may be there now."""
        newest_ms, last_ms = self._recorder.newest_ms, self._newest_ms
        if not self.ready or newest_ms is None:
            self.grown.emit()
            return
        self._newest_ms = newest_ms
        missed = [strand.take(newest_ms) for strand in self._strands]
        if self._ratio:
            self._ratio.move()
        if floor_ms(int(newest_ms), self.interval) != floor_ms(int(last_ms), self.interval):
            self._figures = {}
        lacking = any(gap.reason in _PASSING for strand in self._strands for gap in strand.unfilled)
        since_s = self._hub.clock.boot_s() - self._asked_boot_s
        fresh_s = min(_OWN_S, _OWN_BARS * INTERVALS_MS[self.interval] / 1000)
        wanted = since_s >= fresh_s or ((any(missed) or lacking) and since_s >= _AGAIN_S)
        wanted = wanted or self._hub.snapshot.exchanges != self._asked_of
        if wanted and not self.loading:
            self._load(self._strands)
        self.grown.emit()

    @Slot()
    def _tick(self) -> None:
        """Between two polls, what streams bring moves the running bars once a second."""
        if self._hub.snapshot is self._seen:
            return
        self._seen, t_ms = self._hub.snapshot, self._recorder.now_ms()
        moved = [strand for strand in self._strands if strand.moves(t_ms)]
        for strand in moved:
            self._recorder.hear(strand.pair)
            strand.take(t_ms)
        if moved:
            if self._ratio:
                self._ratio.move()
            self.grown.emit()
