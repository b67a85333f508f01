"""Marking a period in the chart: the figures of exactly this time stand beside it and can be copied."""

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from cryptoprices.core.comparison import Figures
from cryptoprices.core.figure_report import brush_report
from cryptoprices.core.formatting import change_text
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.brush_plate import Plate
from cryptoprices.ui.chart.moves import Moves
from cryptoprices.ui.chart.spoken import spoken
from cryptoprices.ui.chart.stack import Stack
from cryptoprices.ui.figure_rows import NOT_YET, length_text, span_text
from cryptoprices.ui.theme import Theme

_FRAME_MS = 16  # figures are computed at most so often
_MANY = 10  # bars for Page up and Page down
_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageUp: -_MANY,
    Qt.Key.Key_PageDown: _MANY,
}


class Brush(QObject):
    """Shift and a drag mark a period, without Shift while it is armed; Shift and arrows from the cursor do so too.

    span: first and last time that is marked, both where bars end, Unix ms; None for none. changed: it is another one.
    armed_changed(bool). told(str): what keys have marked, to be spoken: the time and the returns in it.
    """

    changed = Signal()
    armed_changed = Signal(bool)
    told = Signal(str)

    def __init__(self, chart: QWidget, stack: Stack, moves: Moves, timeline: Timeline) -> None:
        super().__init__(chart)
        self._chart, self._stack, self._moves, self._timeline = chart, stack, moves, timeline
        self._head_ms = 0.0  # the end that keys move
        self._by_key = False  # it was moved last
        self._shown: tuple[Figures | None, str] | None = None
        self.armed = False
        self.plate = Plate(chart)
        self.plate.copied.connect(self.copy)
        self._soon = QTimer(self, interval=_FRAME_MS, singleShot=True)
        self._soon.timeout.connect(self._tell)
        stack.brushed.connect(self.mark)
        stack.clicked.connect(self._click)
        stack.band.dragged.connect(self.mark)
        stack.band.moved.connect(self._place)

    @property
    def span(self) -> tuple[float, float] | None:
        """First and last time that is marked."""
        return self._stack.band.span

    @property
    def figures(self) -> Figures | None:
        """Of the marked period; None without one, and while its bars are not there."""
        return self._timeline.figures_between(*self.span) if self.span else None

    @Slot(float, float)
    def mark(self, fixed_ms: float, head_ms: float) -> None:
        """Mark the time between these two, each where the nearest bar ends; nothing before there are bars."""
        if not self._timeline.ready:
            return
        fixed_ms, self._head_ms = self._snapped(fixed_ms), self._snapped(head_ms)
        span = min(fixed_ms, self._head_ms), max(fixed_ms, self._head_ms)
        self._stack.crosshair.put_at(None)
        self._put(span if span[0] < span[1] else None)

    @Slot()
    def end(self) -> None:
        """Nothing is marked any more."""
        self._put(None)

    @Slot(bool)
    def arm(self, armed: bool) -> None:
        """Whether a drag marks a period without Shift."""
        if armed != self.armed:
            self.armed = armed
            self._stack.set_brushing(armed)
            self.armed_changed.emit(armed)

    @Slot()
    def copy(self) -> None:
        """The figures as text, to the clipboard."""
        if figures := self.figures:
            quote = figures.pairs[0].quote
            currency = self._timeline.rates.currency if quote == "USD" else quote
            QGuiApplication.clipboard().setText(brush_report(figures, currency, self._stack.main.zone))
            self.plate.copy.setText("Copied")

    def press(self, event: QKeyEvent) -> bool:
        """Shift with Left and Right marks bar by bar from the cursor on, with Page up and down ten. Ctrl+C, Esc.

        False: no such key.
        """
        by, held = _STEPS.get(Qt.Key(event.key())), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if by and held == Qt.KeyboardModifier.ShiftModifier:
            self._extend(by)
        elif self.span and event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Escape and (self.span or self.armed):
            self.end()
            self.arm(False)
        else:
            return False
        return True

    @Slot()
    def refresh(self) -> None:
        """The view or the bars have changed: the plate says the figures as they are now."""
        span = self.span
        if span is None:
            self._shown = None
        else:
            now_ms, zone = self._timeline.bounds_ms()[1], self._stack.main.zone
            figures = self.figures
            since_ms, until_ms = (figures.span_ms if figures else None) or span  # wider bars may fit less well
            heading = span_text(since_ms, until_ms, now_ms, self._timeline.interval, zone)
            shown = figures, heading
            if self._shown is None or shown[0] is not self._shown[0] or shown[1] != self._shown[1]:
                self._shown = shown
                self.plate.show_figures(heading, length_text(until_ms - since_ms), figures, zone)
        self._place()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self.plate.set_theme(theme)
        self._stack.band.update()

    def _extend(self, by: int) -> None:
        """Move the head by so many bars; without one it begins at the cursor, else at the newest bar in view."""
        (start_ms, stop_ms), cursor_ms = self._stack.times, self._stack.crosshair.t_ms
        span = self.span
        if cursor_ms is not None or span is None:
            fixed_ms = head_ms = self._snapped(stop_ms if cursor_ms is None else cursor_ms)
        else:
            fixed_ms, head_ms = span[span[0] == self._head_ms], self._head_ms
        self._by_key = True
        head_ms += by * INTERVALS_MS[self._timeline.interval]
        self.mark(fixed_ms, head_ms)
        if not start_ms <= self._head_ms <= stop_ms:
            room = (stop_ms - start_ms) / 10
            self._moves.pan(self._head_ms - (start_ms + room if self._head_ms < start_ms else stop_ms - room))

    def _snapped(self, t_ms: float) -> float:
        """When the bar that ends nearest to this time does, and has done so."""
        interval = self._timeline.interval
        width, last_ms = INTERVALS_MS[interval], self._timeline.bounds_ms()[1]
        return float(min(floor_ms(round(t_ms) + width // 2, interval), last_ms))

    def _put(self, span: tuple[float, float] | None) -> None:
        if span != self.span:
            self._stack.band.put(span)
            if not self._soon.isActive():
                self._soon.start()

    @Slot(float)
    def _click(self, t_ms: float) -> None:
        """A click elsewhere."""
        if self.span and not self.span[0] <= t_ms <= self.span[1]:
            self.end()

    @Slot()
    def _tell(self) -> None:
        self.refresh()
        self.changed.emit()
        if self._by_key and self.span:
            figures = self.figures
            coins = zip(figures.pairs, figures.coins, strict=True) if figures else ()
            returns = [f"{pair.base} {change_text(coin.return_pct)}" for pair, coin in coins] or [NOT_YET]
            time = self.plate.heading.text().replace(" – ", " to ")
            self.told.emit(f"{time}. {spoken(', '.join(returns))}")
        self._by_key = False

    @Slot()
    def _place(self) -> None:
        """The plate beside the band, as long as that can be seen."""
        place = self._stack.band.place
        if place is not None and self._shown is not None:
            self.plate.put_beside(place, self._stack.main.plot)
        self.plate.setVisible(place is not None and self._shown is not None)
        self._stack.crosshair.refresh()  # its box keeps off the plate
