"""How a person moves the chart's view and its cursor, by mouse and by key."""

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent

from cryptoprices.ui.chart.shown import FIRST_MS, Shown
from cryptoprices.ui.chart.stack import Stack

_SHORTEST_MS = 60_000.0  # the closest zoom
_CLOSER = 1.25  # for a key
_MANY = 10  # bars for Page up and Page down


class Moves(QObject):
    """moved(start, stop): the person wants to see this time, Unix ms. back: and here the newest prices again.

    stepped(t_ms): the person has put the cursor on this sample, by key.
    """

    moved = Signal(float, float)
    stepped = Signal(float)
    back = Signal()

    def __init__(self, stack: Stack, shown: Shown, parent: QObject) -> None:
        super().__init__(parent)
        self._stack, self._shown = stack, shown
        self._rest_px = 0.0
        stack.zoomed.connect(self.zoom)
        stack.panned.connect(self.pan)
        stack.reset.connect(self.back)

    @Slot(float, float)
    def zoom(self, factor: float, at_ms: float) -> None:
        """So many times more time in view; what is at `at_ms` stays where it is."""
        span = self._shown.span()
        if span is None:
            return
        start_ms, stop_ms = self._stack.times
        length = stop_ms - start_ms
        longest = max(FIRST_MS, 1.25 * (span[1] - span[0]), length)
        factor = min(max(factor, _SHORTEST_MS / length), longest / length)
        self.moved.emit(at_ms - (at_ms - start_ms) * factor, at_ms + (stop_ms - at_ms) * factor)

    @Slot(float)
    def pan(self, by_ms: float) -> None:
        """Go later by so much, negative for earlier; some of the line stays in view."""
        span = self._shown.span()
        if span is None:
            return
        start_ms, stop_ms = self._stack.times
        kept = (stop_ms - start_ms) / 5
        self._move(max(min(by_ms, span[1] - kept - start_ms), span[0] + kept - stop_ms))

    def _move(self, by_ms: float) -> None:
        """Go later by whole columns of the screen, so that what is drawn in them stays; what is left is gone next."""
        start_ms, stop_ms = self._stack.times
        px_ms = (stop_ms - start_ms) / max(1, round(self._stack.main.plot.width() * self._stack.devicePixelRatioF()))
        by_ms += self._rest_px * px_ms
        whole = round(by_ms / px_ms)
        self._rest_px = by_ms / px_ms - whole
        self.moved.emit(start_ms + whole * px_ms, stop_ms + whole * px_ms)

    def step(self, by: int) -> None:
        """Put the cursor so many samples later, before if negative; at first on the newest one in view."""
        if not self._stack.main.layers:
            return
        layer, now_ms = self._stack.main.layers[0], self._stack.crosshair.t_ms
        t_ms = layer.nearest(self._stack.times[1]) if now_ms is None else layer.step(now_ms, by)
        if t_ms is not None:
            self.put_at(t_ms)
            self.stepped.emit(t_ms)

    def put_at(self, t_ms: float) -> None:
        """Put the cursor on this sample, and the view where it can be seen."""
        (start_ms, stop_ms), shift_ms = self._stack.times, self._stack.main.layers[0].shift_ms
        at_ms, room = t_ms + shift_ms, (stop_ms - start_ms) / 10
        if not start_ms <= at_ms <= stop_ms:
            by_ms = at_ms - room - start_ms if at_ms < start_ms else at_ms + room - stop_ms
            self._move(by_ms)
        self._stack.crosshair.put_at(t_ms)

    def press(self, event: QKeyEvent) -> bool:
        """Left and Right put the cursor a bar on, with Ctrl or Alt they pan; Page up and down: ten. + and - zoom.

        Home goes to the beginning, End and 0 back to the newest prices, Esc takes the cursor away. False: no such key.
        """
        start_ms, stop_ms = self._stack.times
        length, middle = stop_ms - start_ms, (start_ms + stop_ms) / 2
        span, held = self._shown.span(), event.modifiers()
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right as key:
                sign = 1 if key == Qt.Key.Key_Right else -1
                if held & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
                    self.pan(sign * length / 10)
                else:
                    self.step(sign)
            case Qt.Key.Key_PageUp | Qt.Key.Key_PageDown as key:
                self.step(_MANY if key == Qt.Key.Key_PageDown else -_MANY)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal | Qt.Key.Key_Up:
                self.zoom(1 / _CLOSER, middle)
            case Qt.Key.Key_Minus | Qt.Key.Key_Down:
                self.zoom(_CLOSER, middle)
            case Qt.Key.Key_Home if span:
                self.moved.emit(span[0], span[0] + length)
            case Qt.Key.Key_End | Qt.Key.Key_0:
                self.back.emit()
            case Qt.Key.Key_Escape if self._stack.crosshair.t_ms is not None:
                self._stack.crosshair.put_at(None)
            case _:
                return False
        return True
