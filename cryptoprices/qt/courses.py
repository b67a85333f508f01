"""The courses of the last 24 hours beside the prices of the watchlist."""

from collections.abc import Callable
from functools import partial
from threading import Event

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from cryptoprices.core.candles import Candles, Floats
from cryptoprices.core.intervals import DAY_MS, INTERVALS_MS, ceil_ms, floor_ms
from cryptoprices.core.market import Pair
from cryptoprices.core.past import PastRead, Progress
from cryptoprices.core.units import other_unit
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.past import Archive
from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.tasks import Question, Tasks
from cryptoprices.qt.timeline import Timeline

INTERVAL = "15m"
_POLLS = 180  # as much is drawn before there is a past
_FEW = 4  # bars: what is no longer than the polls is drawn poll by poll


class Courses(QObject):
    """Reads the archive when a bar has ended, for all pairs of the watchlist. changed: there is more to draw.

    What the archive lacks is asked for once of the exchanges that are asked, a pair after the other, while the timeline
    wants nothing.
    """

    changed = Signal()

    def __init__(self, hub: Hub, recorder: Recorder, timeline: Timeline, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hub, self._recorder, self._timeline = hub, recorder, timeline
        self._sources: tuple[Archive, Tasks] | None = None
        self._courses: dict[Pair, list[float]] = {}
        self._read_ms = 0  # up to where
        self._pairs = hub.pairs
        self._unfilled = list(hub.pairs)
        self._filling: Question | None = None
        self._asked_of = hub.snapshot.exchanges
        recorder.grown.connect(self._take_poll)
        timeline.loading_changed.connect(self._take_turn)
        hub.paused_changed.connect(self._take_turn)
        hub.pairs_changed.connect(self._follow_pairs)

    def course(self, pair: Pair) -> list[float]:
        """Closes of the last 24 hours and the price of now, oldest first, NaN where nothing is known.

        Where the coin's unit has changed meanwhile, what was before is not drawn: it would be a fall that nobody saw.

        Of a pair that no exchange has bars of: the polls, once they have brought two prices. (A coin that is asked for
        once a minute would begin with a line as flat as if it had stood still all day.)
        """
        heard = self._recorder.series(pair).values[-_POLLS:]
        stored = self._courses.get(pair, [])
        if np.isfinite(stored).sum() > _FEW:
            return _in_one_unit(np.array([*stored, *heard[-1:]]))
        return _in_one_unit(heard) if len(np.unique(heard[np.isfinite(heard)])) > 1 else []

    def take_archive(self, archive: Archive, tasks: Tasks) -> None:
        """From now on there is a past."""
        self._sources, self._asked_of = (archive, tasks), self._hub.snapshot.exchanges
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read anew what is stored."""
        self._read_ms = self._bounds_ms()[1]
        for pair in self._hub.pairs:
            self._take_pair(pair)

    def _bounds_ms(self) -> tuple[int, int]:
        """Whole bars within the last 24 hours: what the chart has of a day is enough for them."""
        now_ms = self._hub.clock.wall_ms()
        return ceil_ms(now_ms - DAY_MS, INTERVAL), floor_ms(now_ms, INTERVAL)

    def _take_pair(self, pair: Pair) -> None:
        """There may be something new of this pair."""
        if self._sources:
            archive, tasks = self._sources
            bounds_ms = self._bounds_ms()
            then = partial(self._take_past, pair, bounds_ms)
            tasks.ask(archive.read, pair, INTERVAL, *bounds_ms, then=then, failed=self._keep, owner=self)

    def _take_past(self, pair: Pair, bounds_ms: tuple[int, int], past: PastRead) -> None:
        self._courses[pair] = _on_grid(past.candles, bounds_ms)
        self.changed.emit()

    @Slot()
    def _follow_pairs(self) -> None:
        """The watchlist is another one: what is new in it is read, and asked for when its turn comes."""
        self._stop_filling()
        wanted, self._pairs, before = self._hub.pairs, self._hub.pairs, self._pairs
        new = [pair for pair in wanted if pair not in before]
        self._unfilled = [*(pair for pair in self._unfilled if pair in wanted), *new]
        for pair in new:
            self._take_pair(pair)
        self._take_turn()

    @Slot()
    def _take_turn(self) -> None:
        """Fill on where the timeline has all that it wants; make way for it where it wants something."""
        if not self._sources:
            return
        if self._timeline.loading or self._timeline.cancelled or self._hub.paused:
            self._stop_filling()
        elif not self._filling:
            self.refresh()
            self._fill_next()

    def _stop_filling(self) -> None:
        if self._filling:
            self._filling.cancel()
            self._filling = None

    def _fill_next(self) -> None:
        if self._sources and self._unfilled:
            archive, tasks = self._sources
            args = archive, self._unfilled[0], *self._bounds_ms()
            slots = {"told": self._keep, "then": self._end_fill, "failed": self._end_fill}
            self._filling = tasks.ask(_fill, *args, **slots, owner=self)

    def _end_fill(self, _answer: object) -> None:
        """What exchanges have of this pair is stored, or cannot be had now."""
        self._filling = None
        self._take_pair(self._unfilled.pop(0))
        self._fill_next()

    def _keep(self, _told: object) -> None:
        """A page, or the store's own fault, which it has told; what is shown stays."""

    @Slot()
    def _take_poll(self) -> None:
        if self._hub.snapshot.exchanges != self._asked_of:  # what one of them had may not be had of the others yet
            self._asked_of, self._unfilled = self._hub.snapshot.exchanges, list(self._hub.pairs)
            self._stop_filling()
            self._take_turn()
        if self._sources and self._bounds_ms()[1] != self._read_ms:
            self.refresh()


def _fill(
    archive: Archive, pair: Pair, since_ms: int, until_ms: int, tell: Callable[[Progress], None], stopped: Event
) -> None:
    """On a worker: ask the exchanges for what is missing, if anything is, even if made of narrower bars."""
    if archive.read(pair, INTERVAL, since_ms, until_ms).candles.holes(INTERVAL, since_ms, until_ms):
        archive.fill(pair, INTERVAL, since_ms, until_ms, tell, stopped)


def _in_one_unit(values: Floats) -> list[float]:
    """NaN up to where the unit changes for the last time."""
    (known,) = np.nonzero(np.isfinite(values))
    changes = known[other_unit(values[known])]
    course: list[float] = np.where(np.arange(len(values)) <= max(changes, default=-1), np.nan, values).tolist()
    return course


def _on_grid(candles: Candles, bounds_ms: tuple[int, int]) -> list[float]:
    """A close for each bar of this time, NaN where there is none; empty where there are none at all."""
    if not len(candles):
        return []
    since_ms, until_ms = bounds_ms
    width_ms = INTERVALS_MS[INTERVAL]
    closes = [float("nan")] * ((until_ms - since_ms) // width_ms)
    for open_ms, close in zip(candles.open_ms.tolist(), candles.close.tolist(), strict=True):
        if since_ms <= open_ms < until_ms:
            closes[(open_ms - since_ms) // width_ms] = close
    return closes
