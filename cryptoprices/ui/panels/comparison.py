"""How the two coins did against each other since the start."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from cryptoprices.core.formatting import MINUS, THIN, UNKNOWN, change_text, ratio_text
from cryptoprices.core.pairs import compared_pairs
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.panels.base import Area, Panel
from cryptoprices.ui.theme import LIGHT, Theme, font

if TYPE_CHECKING:  # these load numpy, which the first frame does without
    from cryptoprices.core.comparison import Comparison, Figure
    from cryptoprices.qt.recorder import Recorder

ROWS = ("Return", "Range position", "Changes (n)", "Correlation", "Ratio", "Spread of returns")
_EACH = ROWS[:3]  # a value for each coin; the others are of both
_ROW = 26
_NOT_YET = "The first poll is not over yet."


class ComparisonPanel(Panel):
    """A row a figure, a column a coin. `follow` gives it the recorder when there is one."""

    title, area, order = "Comparison", Area.RIGHT, 10

    def __init__(self, hub: Hub, parent: QWidget | None = None) -> None:
        super().__init__(hub, parent)
        self._recorder: Recorder | None = None
        self._shown: tuple[object, ...] = ()
        self._theme = LIGHT
        self._colours: dict[QLabel, str] = {}  # a field of the theme
        self.heads = [self._label("", 11.5) for _ in range(2)]
        self.names = {row: self._label(row) for row in ROWS}
        self.values = {(row, i): self._label(UNKNOWN) for row in ROWS for i in range(2 if row in _EACH else 1)}
        self.note = self._label("", 11)
        self.note.setWordWrap(True)
        self._lay_out()

    def follow(self, recorder: "Recorder") -> None:
        """Take the figures from here from now on."""
        self._recorder = recorder
        self.show_now()

    def heading(self) -> str:
        """With the time that the figures begin at."""
        since_ms = self._recorder.since_ms if self._recorder else None
        return (
            self.title if since_ms is None else f"{self.title} · since {datetime.fromtimestamp(since_ms / 1000):%H:%M}"
        )

    def sizeHint(self) -> QSize:
        """As wide as in the design, high enough for all rows."""
        return QSize(316, _ROW * (len(ROWS) + 1) + 34)

    def show_now(self) -> None:
        """Show the figures of the last poll; they are computed once a poll."""
        pairs = compared_pairs(self.hub.pairs, self.hub.selected)
        state = (pairs, self._recorder and len(self._recorder.series(pairs[0])))
        if state == self._shown:
            return
        self._shown = state
        for head, pair in zip(self.heads, (*pairs, None), strict=False):
            head.setText(pair.base if pair else "")
        self.names["Ratio"].setText(f"Ratio {pairs[1].base}/{pairs[0].base}" if len(pairs) == 2 else "Ratio")
        if self._recorder is None or self._recorder.since_ms is None:
            for value in self.values.values():
                self._write(value, UNKNOWN, why=_NOT_YET)
            self.note.setText(_NOT_YET)
        else:
            self._show(self._recorder.comparison())

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        for label, colour in self._colours.items():
            self._paint(label, colour)

    def _show(self, found: "Comparison") -> None:
        for i in range(2):
            known = i < len(found.returns)
            self._show_figure("Return", i, found.returns[i] if known else None, change_text, signed=True)
            self._show_figure("Range position", i, found.positions[i] if known else None, _position_text)
            self._write(self.values["Changes (n)", i], str(found.returns[i].n) if known else "")
        self._show_figure("Correlation", 0, found.correlation, _correlation_text)
        self._show_figure("Ratio", 0, found.ratio, lambda value: ratio_text(Decimal(value)))
        self._show_figure("Spread of returns", 0, found.spread, lambda value: change_text(value, "pp"), signed=True)
        figures = [*found.returns, *found.positions, found.correlation, found.ratio, found.spread]
        reasons = dict.fromkeys(figure.reason for figure in figures if figure and figure.reason)
        self.note.setText(" ".join(reasons))

    def _show_figure(
        self, row: str, i: int, figure: "Figure | None", text: Callable[[float], str], signed: bool = False
    ) -> None:
        label = self.values[row, i]
        if figure is None:
            self._write(label, "" if i else UNKNOWN, why="" if i else "Takes two coins in the same currency.")
        elif figure.value is None:
            self._write(label, UNKNOWN, why=figure.reason)
        else:
            shown = text(figure.value)
            colour = "text" if not signed or shown.startswith("0.00") else "up" if figure.value > 0 else "down"
            self._write(label, shown, colour, f"From {figure.n} changes from poll to poll.")

    def _write(self, label: QLabel, text: str, colour: str = "", why: str = "") -> None:
        """Text, colour, and in words what it is and rests on. Only what is different is touched."""
        if label.text() != text:
            label.setText(text)
        colour = colour or ("muted" if text == UNKNOWN else "text")
        if self._colours.get(label) != colour:
            self._paint(label, colour)
        if label.toolTip() != why:
            label.setToolTip(why)
        (row, i) = next(key for key, value in self.values.items() if value is label)
        whose = f" of {self.heads[i].text()}" if row in _EACH else ""
        label.setAccessibleName(f"{self.names[row].text()}{whose}: {text}")
        label.setAccessibleDescription(why)

    def _paint(self, label: QLabel, colour: str) -> None:
        self._colours[label] = colour
        palette = label.palette()
        palette.setColor(palette.ColorRole.WindowText, QColor(getattr(self._theme, colour)))
        label.setPalette(palette)

    def _label(self, text: str, size_px: float = 13) -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setFont(font(size_px))
        self._colours[label] = "muted"
        return label

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 0, 14, 10)
        grid.setVerticalSpacing(0)
        grid.setHorizontalSpacing(6)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for i, head in enumerate(self.heads):
            grid.addWidget(head, 0, 1 + i, right)
        for line, row in enumerate(ROWS, start=1):
            grid.addWidget(self.names[row], line, 0)
            for i in range(2 if row in _EACH else 1):
                grid.addWidget(self.values[row, i], line, 1 + i if row in _EACH else 2, right)
            grid.setRowMinimumHeight(line, _ROW)
        grid.setRowMinimumHeight(0, _ROW)
        grid.addWidget(self.note, len(ROWS) + 1, 0, 1, 3)
        grid.setRowStretch(len(ROWS) + 2, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnMinimumWidth(1, 78)
        grid.setColumnMinimumWidth(2, 78)


def _position_text(value: float) -> str:
    return f"{value:.0f}{THIN}%"


def _correlation_text(value: float) -> str:
    return f"{value:.2f}".replace("-", MINUS)
