"""What the chart and the comparison stand on: the bars of the chosen range, past and present, of the pairs shown."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from cryptoprices.core.bars import Bars, Hole, ratio_of
from cryptoprices.core.comparison import Figures, compare
from cryptoprices.core.figures import Closes
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.ledger import GapReason
from cryptoprices.core.market import Pair
from cryptoprices.core.pairs import compared_pairs, ratio_pairs
from cryptoprices.core.ranges import RANGES
from cryptoprices.core.series import Series
from cryptoprices.core.spans import Span, common
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.past_rates import PastRates
from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.strand import Archive, Progress, Strand
from cryptoprices.qt.tasks import Tasks

_FRESH_S = (
    6 * 3600.0
)  # after this time our own bars are replaced by those of the exchanges, long before they are forgotten
_AGAIN_S = 60.0  # what could not be had is asked for again after this time at the earliest
_PASSING = {GapReason.ASLEEP, GapReason.OFFLINE, GapReason.LIMITED, GapReason.BENCHED, GapReason.ERROR}
_MOST_BARS = 50_000  # of a pair; who pans on beyond that chooses a longer range


class Loading(NamedTuple):
    """A fill that runs. progress: None until the first page has come."""

    pair: Pair
    progress: Progress | None


class Timeline(QObject):
    """Without an archive: the polls since the start. With one: bars, the running one moving with the market.

    range_name: of core.ranges. cancelled: the person wants nothing loaded. changed: other bars are there. grown: the
    newest prices have moved. loading_changed: how far the loading is. ready_changed: there is an archive now.
    calendar_set: what was now is another time now. rates: turn bars of dollar prices into the person's currency.
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
        self._sources: tuple[Archive, Tasks] | None = None
        self.range_name = "all"
        self.since_ms = 0  # what is asked for begins here; earlier than the range where somebody panned there
        self._strands: dict[Pair, Strand] = {}
        self._ratio: Bars | None = None
        self._figures: Figures | None = None
        self.cancelled = False  # by the person: nothing is loaded until a range is chosen anew
        self._asked_boot_s = 0.0
        self._newest_ms = 0.0
        self._seen = hub.snapshot  # when it was last looked for what streams bring
        hub.selected_changed.connect(self._select)
        hub.ticked.connect(self._tick)
        self.rates.changed.connect(self._convert)
        recorder.grown.connect(self._take_poll)
        recorder.calendar_set.connect(self._start_over)

    # what is shown

    @property
    def ready(self) -> bool:
        """Whether there is an archive."""
        return self._sources is not None

    @property
    def interval(self) -> str:
        """The bars' width."""
        return RANGES[self.range_name].interval

    def bounds_ms(self) -> tuple[int, int]:
        """When the first and the last bar of the range end that has ended by now, Unix ms."""
        since_ms, until_ms = RANGES[self.range_name].bounds_ms(self._hub.clock.wall_ms())
        return since_ms + INTERVALS_MS[self.interval], until_ms

    def series(self, pair: Pair) -> Series:
        """The line of a pair of the watchlist. Raises KeyError for another."""
        if not self.ready:
            return self._recorder.series(pair)
        bars = self._strands[pair].bars if pair in self._strands else None
        return bars.series if bars else Series()

    @property
    def ratio(self) -> Series:
        """ETH in BTC."""
        if not self.ready:
            return self._recorder.ratio
        if self._ratio is None:
            self._build_ratio()
        return self._ratio.series if self._ratio else Series()

    def strand(self, pair: Pair) -> Strand | None:
        """All about a pair's bars, None while there are none of it."""
        return self._strands.get(pair)

    def whose(self, pair: Pair, t_ms: float) -> str:
        """The exchange whose bar ends at this time, "" where it is our own."""
        strand = self._strands.get(pair)
        return strand.whose(t_ms) if strand else ""

    def holes(self, pair: Pair) -> list[Hole]:
        """Where bars of the pair are missing."""
        strand = self._strands.get(pair)
        return strand.holes() if strand else []

    def silences(self, pair: Pair) -> list[Hole]:
        """When no prices were heard; bars of the pair in these times were had later."""
        strand = self._strands.get(pair)
        return strand.silences() if strand else []

    def compared(self) -> tuple[Pair, ...]:
        """The pairs that stand against each other while this one is chosen."""
        return compared_pairs(self._hub.pairs, self._hub.selected)

    def figures(self) -> Figures | None:
        """The figures of these pairs, of the bars that all have; None while they are not there."""
        if self._figures is None:
            closes = [self._closes(pair) for pair in self.compared()]
            known = [one for one in closes if one is not None]
            if len(known) == len(closes):
                self._figures = compare(self.compared(), known, self.interval)
        return self._figures

    @property
    def loading(self) -> Loading | None:
        """The fill that the person waits for first."""
        filling = next((strand for strand in self._strands.values() if strand.filling), None)
        return Loading(filling.pair, filling.progress) if filling else None

    # what is asked for

    def take_archive(self, archive: Archive, tasks: Tasks) -> None:
        """From now on there is a past."""
        self._sources = (archive, tasks)
        self._load_range()
        self.ready_changed.emit()

    def show_range(self, name: str) -> None:
        """Show this range of core.ranges from now on. Raises KeyError for another."""
        RANGES[name]
        self.range_name, self.cancelled, self._figures = name, False, None
        self._load_range()

    @Slot()
    def refresh(self) -> None:
        """Something new is stored."""
        self._load(self._strands.values())

    @Slot()
    def cancel(self) -> None:
        """Load nothing more until a range is chosen."""
        self.cancelled = True
        for strand in self._strands.values():
            strand.cancel_fill()

    def reach(self, from_ms: float) -> None:
        """Somebody looks at this time: if it is before what was asked for, ask for as much again as the range has."""
        length_ms = RANGES[self.range_name].length_ms
        there = (self._hub.clock.wall_ms() - self.since_ms) // INTERVALS_MS[self.interval]
        if self.ready and length_ms and from_ms < self.since_ms and there < _MOST_BARS and not self.loading:
            self.since_ms -= length_ms
            self._load(self._strands.values())

    def close(self) -> None:
        """Ask nothing more."""
        for strand in self._strands.values():
            strand.cancel()

    def _load_range(self) -> None:
        self.since_ms = RANGES[self.range_name].bounds_ms(self._hub.clock.wall_ms())[0]
        self._follow_pairs()
        self._load(self._strands.values())

    def _load(self, strands: Iterable[Strand]) -> None:
        self._asked_boot_s = self._hub.clock.boot_s()
        for strand in strands:
            strand.load(self.interval, self.since_ms, self.bounds_ms()[1], fill=not self.cancelled)

    def _follow_pairs(self) -> list[Strand]:
        """Have strands of the pairs that are shown, the chosen one first, and of no others. Returns the new ones."""
        if self._sources is None:
            return []
        wanted = dict.fromkeys((self._hub.selected, *self.compared(), *(ratio_pairs(self._hub.pairs) or ())))
        for pair in self._strands.keys() - wanted.keys():
            strand = self._strands.pop(pair)
            strand.cancel()
            strand.deleteLater()
        new = {pair: self._strand(pair, *self._sources) for pair in wanted.keys() - self._strands.keys()}
        self._strands = {pair: new.get(pair) or self._strands[pair] for pair in wanted}
        return [self._strands[pair] for pair in wanted if pair in new]

    def _strand(self, pair: Pair, archive: Archive, tasks: Tasks) -> Strand:
        strand = Strand(pair, lambda: self._recorder.series(pair), self.rates, archive, tasks, self)
        strand.built.connect(self._rebuilt)
        strand.filling_changed.connect(self.loading_changed)
        return strand

    # what happens

    @Slot()
    def _select(self) -> None:
        self._figures = None
        self._load(self._follow_pairs())
        self.changed.emit()

    @Slot()
    def _convert(self) -> None:
        for strand in self._strands.values():
            strand.convert()

    @Slot()
    def _rebuilt(self) -> None:
        self._ratio = self._figures = None
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
        missed = [strand.add(newest_ms, self._recorder.newest(pair)) for pair, strand in self._strands.items()]
        self._move_ratio()
        if floor_ms(int(newest_ms), self.interval) != floor_ms(int(last_ms), self.interval):
            self._figures = None
        lacking = any(gap.reason in _PASSING for strand in self._strands.values() for gap in strand.unfilled)
        since_s = self._hub.clock.boot_s() - self._asked_boot_s
        wanted = since_s >= _FRESH_S or ((any(missed) or lacking) and since_s >= _AGAIN_S)
        if wanted and not self.loading:
            self._load(self._strands.values())
        self.grown.emit()

    @Slot()
    def _tick(self) -> None:
        """Between two polls, what streams bring moves the running bars once a second."""
        if self._hub.snapshot is self._seen:
            return
        self._seen, t_ms = self._hub.snapshot, self._recorder.now_ms()
        moved = False
        for pair, strand in self._strands.items():
            price = self._hub.own_price(pair).price
            if price is not None and strand.moves(float(price)):
                strand.add(t_ms, float(price))
                moved = True
        if moved:
            self._move_ratio()
            self.grown.emit()

    def _closes(self, pair: Pair) -> Closes | None:
        """Of the bars in the range, None while they are not there."""
        bars = self._strands[pair].bars if pair in self._strands else None
        if bars is None or bars.interval != self.interval:
            return None
        closes, (first_ms, last_ms) = bars.closes, self.bounds_ms()
        inside = slice(*np.searchsorted(closes.end_ms, [first_ms, last_ms + 1]))
        return Closes(closes.end_ms[inside], closes.close[inside])

    def _ratio_bars(self) -> list[tuple[Bars, list[Span]]]:
        """Bars of ETH and of BTC, with the times in which no bar means that nobody traded; none while one lacks."""
        strands = [self._strands.get(pair) for pair in ratio_pairs(self._hub.pairs) or ()]
        both = [(strand.bars, strand.known) for strand in strands if strand and strand.bars]
        return both if len(both) == 2 and both[0][0].interval == both[1][0].interval else []

    def _build_ratio(self) -> None:
        if both := self._ratio_bars():
            (over, over_known), (under, under_known) = both
            self._ratio = Bars(over.interval, ratio_of(over.closes, under.closes), common(over_known, under_known))
            self._move_ratio()

    def _move_ratio(self) -> None:
        """The running bars' ratio, where those of both run at the same time."""
        running = [bars.running for bars, _ in self._ratio_bars()]
        over, under = running or (None, None)
        if self._ratio and over and under and over.open_ms == under.open_ms:
            self._ratio.add(max(over.t_ms, under.t_ms), over.price / under.price)
