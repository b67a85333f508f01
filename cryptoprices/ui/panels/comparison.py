"""How the two coins did against each other in the range that the chart shows."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from cryptoprices.core.formatting import MINUS, THIN, UNKNOWN, change_text, plural, ratio_text
from cryptoprices.core.pairs import compared_pairs
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.panels.base import Area, Panel
from cryptoprices.ui.theme import LIGHT, Theme, font

if TYPE_CHECKING:  # these load numpy, which the first frame does without
    from cryptoprices.core.comparison import Figures
    from cryptoprices.core.figures import CoinFigures, PairFigures
    from cryptoprices.qt.timeline import Timeline

EACH = ("Return", "Volatility (ann.)", "Max drawdown", "Range position", "Sharpe")  # a value for each coin
BOTH = ("Correlation", "Beta", "Ratio", "Spread of returns")
ROWS = EACH + BOTH
_ROW, _LOW_ROW = 26, 22  # as in the design, and where the panel is a little too low for that
_NOT_YET = "The past is on its way."
_TOO_FEW = "The range has too few bars for it, or nothing moved."
_ALONE = "Takes two coins in the same currency."
_TOLD = {
    "Return": "From the first close in the range to the last.",
    "Volatility (ann.)": "Standard deviation of the log returns, for a year of 365 days.",
    "Max drawdown": "The deepest fall of a close below an earlier one.",
    "Range position": "Where the last close stands between the lowest (0 %) and the highest (100 %).",
    "Sharpe": "Mean log return by its standard deviation, for a year, at an interest of 0.",
    "Correlation": "Of the simple returns of the same bars, −1 to 1.",
    "Beta": "By how much the second coin moves with 1 % of the first, by least squares.",
    "Ratio": "The last close of one coin in the other.",
    "Spread of returns": "Return of the second coin less that of the first.",
}
_NAMES = {"1h": "1 hour", "1d": "1 day", "1w": "1 week", "1mo": "1 month", "1y": "1 year", "all": "all"}


class ComparisonPanel(Panel):
    """A row a figure, a column a coin. `follow` gives it the bars when there are some."""

    title, area, order = "Comparison", Area.RIGHT, 10

    def __init__(self, hub: Hub, parent: QWidget | None = None) -> None:
        super().__init__(hub, parent)
        self.setAccessibleName("")  # what takes the focus bears the name
        self._timeline: Timeline | None = None
        self._shown: tuple[object, ...] = ()
        self._theme = LIGHT
        self._colours: dict[QLabel, str] = {}  # a field of the theme
        self._body = QWidget()
        self.heads = [self._label("", 11.5) for _ in range(2)]
        self.names = {row: self._label(row) for row in ROWS}
        self.values = {(row, i): self._label(UNKNOWN) for row in ROWS for i in range(2 if row in EACH else 1)}
        self.note = self._label("", 11)
        self.note.setWordWrap(True)
        self._lay_out()

    def follow(self, timeline: "Timeline") -> None:
        """Take the figures from here from now on."""
        self._timeline = timeline
        self.show_now()

    def heading(self) -> str:
        """With the range that the figures are of."""
        return f"{self.title} · {_NAMES[self._timeline.range_name]}" if self._timeline else self.title

    def sizeHint(self) -> QSize:
        """As wide as in the design, high enough for all rows."""
        return QSize(316, _ROW * (len(ROWS) + 1) + 34)

    def minimumSizeHint(self) -> QSize:
        """Three rows in a low window, the others are scrolled to."""
        bar = self.view.verticalScrollBar().sizeHint().width()
        return QSize(self._body.minimumSizeHint().width() + bar, 4 * _ROW)

    def show_now(self) -> None:
        """Show the figures; they are computed once a bar."""
        pairs = compared_pairs(self.hub.pairs, self.hub.selected)
        figures = self._timeline.figures() if self._timeline else None
        if self._shown and self._shown[0] is figures and self._shown[1] == pairs:
            return
        self._shown = figures, pairs
        for head, pair in zip(self.heads, (*pairs, None), strict=False):
            head.setText(pair.base if pair else "")
        first, second = (pairs[0].base, pairs[1].base) if len(pairs) == 2 else ("", "")
        self.names["Ratio"].setText(f"Ratio {second}/{first}" if second else "Ratio")
        self.names["Beta"].setText(f"Beta {second}→{first}" if second else "Beta")
        if figures is None:
            for row, i in self.values:
                self._write(row, i, UNKNOWN, why=_NOT_YET)
            self.note.setText(_NOT_YET)
        else:
            self._show(figures)
        told = [value.accessibleName() for value in self.values.values() if value.text()]
        self.view.setAccessibleDescription(". ".join((*told, self.note.text())))

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        for label, colour in self._colours.items():
            self._paint(label, colour)

    def _show(self, figures: "Figures") -> None:
        for i in range(2):
            self._show_coin(i, figures.coins[i] if i < len(figures.coins) else None)
        self._show_both(figures.both, figures.spread_pp)
        currency = f", in {self._timeline.rates.currency}" if self._timeline and self.hub.currency != "USD" else ""
        have = "has" if figures.bars == 1 else "have"
        bars = f"{plural(figures.bars, 'bar')} of {figures.interval} that {have} ended{currency}"
        self.note.setText(bars if figures.bars else f"No bar of {figures.interval} has ended yet.")

    def _show_coin(self, i: int, coin: "CoinFigures | None") -> None:
        if coin is None:
            for row in EACH:
                self._write(row, i, "")
            return
        self._figure("Return", i, coin.return_pct, change_text, signed=True)
        self._figure("Volatility (ann.)", i, coin.volatility_pct, _percent_text)
        fall = coin.max_drawdown
        when = f" {_day(fall.from_ms)} to {_day(fall.to_ms)}." if fall and fall.from_ms and fall.to_ms else ""
        self._figure("Max drawdown", i, fall.pct if fall else None, change_text, more=when)
        self._figure("Range position", i, coin.range_position_pct, lambda value: f"{value:.0f}{THIN}%")
        self._figure("Sharpe", i, coin.sharpe, _number_text)

    def _show_both(self, both: "PairFigures | None", spread_pp: float | None) -> None:
        if both is None:
            for row in BOTH:
                self._write(row, 0, UNKNOWN, why=_ALONE)
            return
        rests = f" From {plural(both.n, 'change')} from bar to bar."
        self._figure("Correlation", 0, both.correlation, _number_text, more=rests)
        self._figure("Beta", 0, both.beta, _number_text, more=rests)
        self._figure("Ratio", 0, both.ratio, lambda value: ratio_text(Decimal(value)))
        self._figure("Spread of returns", 0, spread_pp, lambda value: change_text(value, "pp"), signed=True)

    def _figure(
        self,
        row: str,
        i: int,
        value: float | None,
        text: Callable[[float], str],
        signed: bool = False,
        more: str = "",
    ) -> None:
        if value is None:
            self._write(row, i, UNKNOWN, why=_TOO_FEW)
            return
        shown = text(value)
        colour = "text" if not signed or shown.startswith("0.00") else "up" if value > 0 else "down"
        self._write(row, i, shown, colour, _TOLD[row] + more)

    def _write(self, row: str, i: int, text: str, colour: str = "", why: str = "") -> None:
        """Text, colour, and in words what it is and rests on. Only what is different is touched."""
        label = self.values[row, i]
        if label.text() != text:
            label.setText(text)
        colour = colour or ("muted" if text == UNKNOWN else "text")
        if self._colours.get(label) != colour:
            self._paint(label, colour)
        if label.toolTip() != why:
            label.setToolTip(why)
        whose = f" of {self.heads[i].text()}" if row in EACH else ""
        label.setAccessibleName(f"{self.names[row].text()}{whose}: {text}")
        label.setAccessibleDescription(why)

    def _paint(self, label: QLabel, colour: str) -> None:
        self._colours[label] = colour
        palette = label.palette()
        palette.setColor(palette.ColorRole.WindowText, QColor(getattr(self._theme, colour)))
        label.setPalette(palette)

    def _label(self, text: str, size_px: float = 13) -> QLabel:
        label = QLabel(text, self._body)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setFont(font(size_px))
        self._colours[label] = "muted"
        return label

    def _lay_out(self) -> None:
        grid = QGridLayout(self._body)
        grid.setContentsMargins(14, 0, 14, 10)
        grid.setVerticalSpacing(0)
        grid.setHorizontalSpacing(6)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for i, head in enumerate(self.heads):
            grid.addWidget(head, 0, 1 + i, right)
        for line, row in enumerate(ROWS, start=1):
            grid.addWidget(self.names[row], line, 0)
            for i in range(2 if row in EACH else 1):
                value = self.values[row, i]
                value.setAlignment(right)  # and as wide as its column: a longer figure is not cut, not for a moment
                grid.addWidget(value, line, 1 + i if row in EACH else 2)
        lines = len(ROWS) + 1
        for line in range(lines):
            grid.setRowMinimumHeight(line, _LOW_ROW)
            grid.setRowStretch(line, 1)
        grid.addWidget(self.note, lines, 0, 1, 3)
        self._body.setMaximumHeight(grid.minimumSize().height() + lines * (_ROW - _LOW_ROW))
        grid.setColumnStretch(0, 1)
        grid.setColumnMinimumWidth(1, 78)
        grid.setColumnMinimumWidth(2, 78)
        self.view = scroll = QScrollArea(self)
        scroll.setObjectName("figures")
        scroll.setAccessibleName(self.title)
        self.setFocusProxy(scroll)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._body)
        room = QVBoxLayout(self)
        room.setContentsMargins(0, 0, 0, 0)
        room.addWidget(scroll)


def _percent_text(value: float) -> str:
    return f"{value:,.1f}{THIN}%"


def _number_text(value: float) -> str:
    return f"{value:,.2f}".replace("-", MINUS)


def _day(wall_ms: int) -> str:
    return f"{datetime.fromtimestamp(wall_ms / 1000):%d %b %Y %H:%M}"
