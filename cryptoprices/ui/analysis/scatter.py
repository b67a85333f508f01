"""How one coin moves with another: their changes from bar to bar as points, and what the line through them says."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout

from cryptoprices.core.figures import Scatter, scatter
from cryptoprices.core.formatting import THIN, UNKNOWN, plural
from cryptoprices.core.market import Pair
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.analysis.scatter_plot import ScatterPlot
from cryptoprices.ui.analysis.tab import Tab, write
from cryptoprices.ui.chart.scale import axis_text
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.theme import Theme, font

_FEW = 30  # changes
_ALONE = "It takes two coins in the same currency: choose them in the watchlist or under “Compare with”."
_NOT_YET = "The past is on its way."


class ScatterTab(Tab):
    """Of the second coin that is compared, or another one that is chosen here, against the first.

    place: where that is kept for the next start.
    """

    title = "Scatter"

    def __init__(self, chart: ChartView, timeline: Timeline, place: dict[str, object]) -> None:
        super().__init__(chart)
        self._timeline, self._place = timeline, place
        self._shown: tuple[object, ...] = ()
        self.against = QComboBox(self)
        self.against.setFont(font(13))
        self.against.setAccessibleName("Coin against the first")
        self.against.activated.connect(self._choose)
        self.figures, self.warning, self.note = self.label(), self.label("warn"), self.label("muted", 11.5)
        self.plot = ScatterPlot(self)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.against)
        head.addWidget(self.figures, 1)
        rows = QVBoxLayout(self)
        rows.addLayout(head)
        rows.addWidget(self.warning)
        rows.addWidget(self.plot, 1)
        rows.addWidget(self.note)
        timeline.changed.connect(self.look_again)

    @Slot()
    def look(self) -> None:
        """Points of the bars that have ended in view; nothing is done where they are the same as before."""
        pairs = self._timeline.compared()
        self._offer(pairs[1:])
        other = next((pair for pair in pairs[1:] if str(pair) == self.against.currentData()), None)
        if other is None:
            self._show(None, ("", ""), _ALONE)
            return
        base, quote = (self._timeline.bars(pair) for pair in (other, pairs[0]))
        if base is None or quote is None or base.interval != quote.interval:
            self._show(None, ("", ""), _NOT_YET)
            return
        found = scatter(base.closes_between(*self.span), quote.closes_between(*self.span))
        names = pairs[0].base, other.base
        ends = found.end_ms
        shown = base, quote, names, self.zone, self.spoken_span, found.n, *ends[:1].tolist(), *ends[-1:].tolist()
        if shown != self._shown:
            self._show(found, names, f"No two bars of both coins have ended {self.spoken_span}.")
            self._shown = shown

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        super().set_theme(theme)
        self.plot.set_theme(theme)

    @Slot()
    def _choose(self) -> None:
        self._place["against"] = self.against.currentData()
        self.look_again()

    def _offer(self, pairs: tuple[Pair, ...]) -> None:
        """These can stand against the first; there is a choice where they are several."""
        names = [str(pair) for pair in pairs]
        if names != [self.against.itemData(i) for i in range(self.against.count())]:
            chosen = self._place.get("against")
            self.against.clear()
            for pair in pairs:
                self.against.addItem(pair.base, str(pair))
            self.against.setCurrentIndex(max(0, self.against.findData(chosen)))
        self.against.setVisible(len(pairs) > 1)

    def _show(self, found: Scatter | None, names: tuple[str, str], message: str) -> None:
        self._shown = ()
        self.plot.show_points(found, names, self.zone, message)
        if found is None or not found.n:
            for label in (self.figures, self.warning, self.note):
                write(label, "")
            self.plot.setAccessibleDescription(message)
            return
        first, second = names
        alpha = UNKNOWN if found.alpha_pct is None else f"{axis_text(found.alpha_pct, 4, '+')}{THIN}% a bar"
        write(
            self.figures,
            f"{second} against {first}: beta {_number(found.beta)} · alpha {alpha} · R² {_number(found.r2)} · "
            f"{plural(found.n, 'change')}",
        )
        few = f"{plural(found.n, 'change')} {'is' if found.n == 1 else 'are'} few: much of this may be chance."
        write(self.warning, few if found.n < _FEW else "")
        since, until = (self.day(float(t_ms)) for t_ms in found.end_ms[[0, -1]])
        days = since if since == until else f"{since} – {until}"
        interval = self._timeline.interval
        cut = " It is of the bars since a coin's unit changed." if found.since_new_unit else ""
        write(
            self.note,
            f"Each point is a change from one bar of {interval} to the next, of those {self.spoken_span}: {days}. "
            f"The line is least squares: {second} = alpha + beta × {first}.{cut}",
        )
        self.plot.setAccessibleDescription(f"{self.figures.text()}. {self.warning.text()}".strip())


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else axis_text(value, 2)
