"""Whether coins move otherwise at some hours, on some weekdays or in some months: a table for all that are compared."""

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from functools import partial
from threading import Event
from typing import NamedTuple

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout

from cryptoprices.core.figures import Closes, RateSteps, candles_in_currency, closes_of
from cryptoprices.core.formatting import THIN, UNKNOWN
from cryptoprices.core.intervals import DAY_MS, floor_ms
from cryptoprices.core.market import Pair
from cryptoprices.core.past import Progress
from cryptoprices.core.ranges import FIRST_PRICES_MS
from cryptoprices.core.seasonality import Part, Season, seasonality
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.lookup import Lookup
from cryptoprices.qt.past import Archive
from cryptoprices.qt.tasks import Tasks
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.analysis.tab import Tab, percent_text, write
from cryptoprices.ui.analysis.table import Cell, FiguresTable
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.theme import Theme, font

_PARTS = {"Hour of day": Part.HOUR, "Weekday": Part.WEEKDAY, "Month": Part.MONTH}
_OF = {Part.HOUR: ("1h", 365 * DAY_MS), Part.WEEKDAY: ("1d", None), Part.MONTH: ("1d", None)}
_FIGURES = ("mean", "median", "rising", "bars")
_FEW = 20  # bars in a row of the table


class Wanted(NamedTuple):
    """What is looked for. steps: what turns each pair's prices into the shown currency, None where they stay."""

    part: Part
    pairs: tuple[Pair, ...]
    steps: tuple[RateSteps | None, ...]
    zone: tzinfo | None
    since_ms: int
    until_ms: int

    @property
    def interval(self) -> str:
        """Width of the bars."""
        return _OF[self.part][0]


class CoinSeasons(NamedTuple):
    """since_ms: when the first bar ended, None without any."""

    pair: Pair
    seasons: list[Season]
    bars: int
    since_ms: int | None


class SeasonsTab(Tab):
    """Hours by a year of hours, weekdays and months by all days; what is missing is asked of the exchanges.

    place: where the choice between them is kept for the next start.
    """

    title = "Seasonality"

    def __init__(
        self,
        chart: ChartView,
        hub: Hub,
        timeline: Timeline,
        archive: Archive,
        tasks: Tasks,
        place: dict[str, object],
    ) -> None:
        super().__init__(chart)
        self._place = place
        self._hub, self._timeline, self._archive = hub, timeline, archive
        self._wanted: Wanted | None = None
        self._filled: tuple[object, ...] = ()  # what exchanges were asked for
        self._cancelled = False
        self._lookup = Lookup(tasks, self)
        self._lookup.found.connect(self._take)
        self._lookup.filling_changed.connect(self._show_filling)
        self.parts = QComboBox(self)
        self.parts.setFont(font(13))
        self.parts.setAccessibleName("Sorted by")
        self.parts.addItems(list(_PARTS))
        self.parts.setCurrentText(str(place.get("sorted_by")))
        self.parts.activated.connect(self._choose)
        self.note, self.warning = self.label("muted", 11.5), self.label("warn", 11.5)
        self.table = FiguresTable("Seasonality", self)
        self.loading.cancelled.connect(self._cancel)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.parts)
        head.addStretch(1)
        rows = QVBoxLayout(self)
        rows.addLayout(head)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.warning)
        rows.addWidget(self.note)
        timeline.changed.connect(self.look_again)
        timeline.rates.changed.connect(self._convert)
        hub.paused_changed.connect(self._pause)

    @Slot()
    def look(self) -> None:
        """Look for what is wanted now, if that is something else than before."""
        wanted = self._now_wanted()
        if self._wanted and wanted._replace(steps=self._wanted.steps) == self._wanted:  # other steps are told of
            return
        self._wanted = wanted
        self._lookup.read(partial(find_seasons, self._archive, wanted))
        filled = wanted.interval, wanted.pairs, wanted.until_ms
        if filled != self._filled and not self._hub.paused:
            self._filled, self._cancelled = filled, False
            self._lookup.fill(partial(_fill, self._archive, wanted))

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        super().set_theme(theme)
        self.table.set_theme(theme)

    @Slot()
    def _choose(self) -> None:
        self._place["sorted_by"] = self.parts.currentText()
        self.look_again()

    def _now_wanted(self) -> Wanted:
        part, pairs = _PARTS[self.parts.currentText()], self._timeline.compared()
        interval, length_ms = _OF[part]
        until_ms = floor_ms(self._hub.clock.wall_ms(), interval)
        since_ms = floor_ms(FIRST_PRICES_MS, interval) if length_ms is None else until_ms - length_ms
        steps = tuple(map(self._timeline.rates.steps, pairs))
        return Wanted(part, pairs, steps, self.zone, since_ms, until_ms)

    @Slot()
    def _convert(self) -> None:
        """There are other rates."""
        self._wanted = None
        self.look_again()

    @Slot(bool)
    def _pause(self, paused: bool) -> None:
        """Who pauses wants nobody asked; afterwards it is asked once it is looked at again."""
        if paused:
            self._filled = ()
            self._lookup.cancel_fill()
        else:
            self._wanted = None
            self.look_again()

    @Slot()
    def _cancel(self) -> None:
        """The person wants nobody asked any more."""
        self._cancelled = True
        self._lookup.cancel_fill()

    @Slot()
    def _show_filling(self) -> None:
        self.show_filling(self._lookup, self._hub)

    @Slot(object)
    def _take(self, found: Sequence[CoinSeasons] | Exception) -> None:
        if isinstance(found, Exception) or self._wanted is None:
            write(self.warning, "The history cannot be read; the log says why.")
            return
        known = [coin for coin in found if coin.bars]
        heads = [self.parts.currentText(), *(f"{coin.pair.base} {figure}" for coin in known for figure in _FIGURES)]
        columns = [_columns(coin.seasons) for coin in known]
        names = [Cell(season.name) for season in known[0].seasons] if known else []
        self.table.put(heads, [(name, *(c for coin in columns for c in coin[i])) for i, name in enumerate(names)])
        write(self.warning, self._warning([str(coin.pair) for coin in found if not coin.bars], known))
        write(self.note, self._note(self._wanted, known))

    def _warning(self, lacking: Sequence[str], known: Sequence[CoinSeasons]) -> str:
        """What is not there, and what says little."""
        told = []
        if lacking and self._lookup.filling:
            told.append(f"The bars of {' and '.join(lacking)} are on their way.")
        elif lacking:
            asked = "loading was cancelled" if self._cancelled else "no exchange has given any"
            why = "nothing is asked while paused" if self._hub.paused else asked
            told.append(f"No bars of {' and '.join(lacking)} are stored, and {why}.")
        if any(0 < season.n < _FEW for coin in known for season in coin.seasons):
            told.append("Some rows rest on few bars: much of them may be chance.")
        return " ".join(told)

    def _note(self, wanted: Wanted, known: Sequence[CoinSeasons]) -> str:
        """From what bars, since when, by which clock."""
        name = self._timeline.rates.named
        since = [f"{name(c.pair)} {c.bars:,} since {self.day(c.since_ms)}" for c in known if c.since_ms is not None]
        if not since:
            return ""
        zone = "UTC" if wanted.zone is UTC else "local time"
        return (
            f"Bars of {wanted.interval}, by {zone}: {', '.join(since)}. Mean and median of a bar's change on the one "
            "before; rising: the share of bars that rose. The stronger a mean, the stronger its shade."
        )


def find_seasons(archive: Archive, wanted: Wanted) -> list[CoinSeasons]:
    """Blocks: for a worker. Of each pair what is stored."""
    return [_seasons_of(archive, wanted, *one) for one in zip(wanted.pairs, wanted.steps, strict=True)]


def _seasons_of(archive: Archive, wanted: Wanted, pair: Pair, steps: RateSteps | None) -> CoinSeasons:
    interval = wanted.interval
    candles = archive.read(pair, interval, wanted.since_ms, wanted.until_ms).candles
    if steps:
        candles = candles_in_currency(candles, interval, steps)
    closes: Closes = closes_of(candles, interval)
    since_ms = int(closes.end_ms[0]) if len(closes.end_ms) else None
    return CoinSeasons(pair, seasonality(closes, interval, wanted.part, wanted.zone), len(closes.end_ms), since_ms)


def _fill(archive: Archive, wanted: Wanted, tell: Callable[[Progress], None], stopped: Event) -> None:
    """On a worker: one coin after the other."""
    for pair in wanted.pairs:
        archive.fill(pair, wanted.interval, wanted.since_ms, wanted.until_ms, tell, stopped)


def _columns(seasons: Sequence[Season]) -> list[tuple[Cell, ...]]:
    """Of each season mean, median, share of rising bars and number of bars; the strongest mean has the full shade."""
    strongest_pct = max((abs(season.mean_pct) for season in seasons if season.mean_pct is not None), default=0.0)
    return [
        (
            Cell(percent_text(one.mean_pct), one.mean_pct, one.mean_pct / strongest_pct if one.mean_pct else 0.0),
            Cell(percent_text(one.median_pct), one.median_pct),
            Cell(UNKNOWN if one.rising_pct is None else f"{one.rising_pct:.0f}{THIN}%", one.rising_pct),
            Cell(f"{one.n:,}", one.n),
        )
        for one in seasons
    ]
