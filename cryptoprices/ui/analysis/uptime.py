"""How steadily each exchange answered in the last 24 hours: its share, a strip, and in words what was the matter."""

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHeaderView, QVBoxLayout

from cryptoprices.core.formatting import THIN, UNKNOWN
from cryptoprices.core.intervals import DAY_MS, floor_ms
from cryptoprices.core.ledger import GapReason, gap_reason
from cryptoprices.core.uptime import Uptime, longest_quiet_ms
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.lookup import Lookup
from cryptoprices.qt.past import Archive
from cryptoprices.qt.tasks import Tasks
from cryptoprices.ui.analysis.strip import Strips
from cryptoprices.ui.analysis.tab import Tab, write
from cryptoprices.ui.analysis.table import Cell, FiguresTable
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.reasons import exchange_title
from cryptoprices.ui.theme import Theme

_HEADS = ("Exchange", "Answered", "The last 24 hours")
_MOST = 6  # stretches that are told in words; more would be read by nobody
_SHORT = {GapReason.ERROR: "no answer", GapReason.CLOSED: "not running", GapReason.CLOCK_ADJUSTED: "calendar set"}
_LEGEND = (
    "A high bar: it answered. A bar half as high: it was asked in vain. A thin line: nobody was asked. Empty: nothing"
    " is known. Per cent of the time in which it was asked. A line every six hours; what the mouse is on is told."
)


class UptimeTab(Tab):
    """One row for each exchange that is asked. It is read anew every minute while it can be seen."""

    title = "Uptime"

    def __init__(self, chart: ChartView, hub: Hub, archive: Archive, tasks: Tasks) -> None:
        super().__init__(chart)
        self._hub, self._archive = hub, archive
        self._wanted: tuple[object, ...] = ()
        self._uptimes: dict[str, Uptime] = {}
        self._lookup = Lookup(tasks, self)
        self._lookup.found.connect(self._take)
        self.heading, self.told, self.note = self.label(), self.label(), self.label("muted", 11.5)
        write(self.heading, "How steadily each exchange answered in the last 24 hours")
        self.table = FiguresTable("Uptime of each exchange", self)
        self.strips = Strips(self.table)
        self.table.setItemDelegateForColumn(len(_HEADS) - 1, self.strips)
        self.table.selectionModel().currentRowChanged.connect(self._tell)
        rows = QVBoxLayout(self)
        rows.addWidget(self.heading)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.told)
        rows.addWidget(self.note)
        hub.changed.connect(self.look_again)

    @Slot()
    def look(self) -> None:
        """Read what is stored where a minute has gone by, or other exchanges are asked or fail."""
        hub = self._hub
        now_ms = hub.clock.wall_ms()
        interval_s = hub.snapshot.interval_s
        longest_ms = {name: longest_quiet_ms(interval_s.get(name, 20)) for name in hub.snapshot.exchanges}
        failing = _failing(hub)
        wanted = floor_ms(now_ms, "1m"), longest_ms, failing, self.zone
        if wanted != self._wanted:
            self._wanted = wanted
            self.strips.span, self.strips.zone = (now_ms - DAY_MS, now_ms), self.zone
            self._lookup.read(partial(self._archive.uptimes, longest_ms, failing, now_ms - DAY_MS, now_ms))

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        super().set_theme(theme)
        self.strips.theme = theme
        self.table.set_theme(theme)

    @Slot(object)
    def _take(self, found: dict[str, Uptime] | Exception) -> None:
        if isinstance(found, Exception):
            write(self.note, "The history cannot be read; the log says why.")
            return
        write(self.note, _LEGEND)
        self._uptimes = found
        self.strips.uptimes = list(found.values())
        self.table.put(_HEADS, [self._cells(name, one) for name, one in found.items()])
        self.table.horizontalHeader().setSectionResizeMode(len(_HEADS) - 1, QHeaderView.ResizeMode.Stretch)
        self._tell()

    def _cells(self, name: str, one: Uptime) -> tuple[Cell, ...]:
        share = one.share_pct
        return (
            Cell(exchange_title(name, self._hub)),
            Cell(share_text(share), share),
            Cell(self._in_words(one)),
        )

    def _in_words(self, one: Uptime) -> str:
        """ "limited 10:25–10:31, asleep 01:10–07:02", the newest first."""
        if not one.parts:
            return "nothing is known of this time"
        gaps = [part for part in reversed(one.parts) if part.reason]
        said = [f"{_short(part.reason)} {self.strips.times(part)}" for part in gaps[:_MOST]]
        if len(gaps) > _MOST:
            said.append(f"and {len(gaps) - _MOST} more")
        return ", ".join(said) or "it answered whenever it was asked"

    @Slot()
    def _tell(self) -> None:
        """Below the table, the current row in words, else the first one's."""
        cells = self.table.cells.rows
        row = max(self.table.currentIndex().row(), 0)
        if row < len(cells):
            name, share, words = (cell.text for cell in cells[row])
            write(self.told, f"{name} {share}: {words}")


def share_text(share_pct: float | None) -> str:
    """ "99.2 %"; rounded down, so that only what never failed has 100."""
    return UNKNOWN if share_pct is None else f"{int(share_pct * 10) / 10:.1f}{THIN}%"


def _short(reason: str) -> str:
    return _SHORT.get(GapReason(reason), reason.replace("_", " "))


def _failing(hub: Hub) -> dict[str, str]:
    """Why those that give nothing now do not."""
    if hub.paused:
        return dict.fromkeys(hub.snapshot.exchanges, GapReason.PAUSED)
    standings = hub.snapshot.standings.items()
    return {name: gap_reason(one.reason, one.benched) for name, one in standings if one.reason is not None}
