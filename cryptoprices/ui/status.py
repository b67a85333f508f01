"""How it stands with asking, in one line at the foot of the window."""

from datetime import UTC, datetime

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from cryptoprices.core.formatting import age_text, plural
from cryptoprices.core.snapshot import Snapshot, State
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.reasons import troubles, wait_text
from cryptoprices.ui.theme import LIGHT, Theme, font

_BEST_FIRST = (State.LIVE, State.DELAYED, State.DISAGREE, State.STALE, State.EXPIRED, State.NO_DATA)
_WORDS = {
    State.LIVE: ("Live", "up"),
    State.DELAYED: ("Delayed", "warn"),
    State.DISAGREE: ("Sources disagree", "warn"),
    State.STALE: ("Prices are old", "warn"),
    State.EXPIRED: ("Prices are old", "warn"),
    State.NO_DATA: ("No prices", "muted"),
}


def is_offline(snapshot: Snapshot) -> bool:
    """Whether every exchange that was asked failed when last asked."""
    asked = snapshot.standings.values()
    return bool(asked) and len(troubles(asked)) == len(asked)


def next_ask_s(hub: Hub) -> float | None:
    """Seconds until an exchange is asked again, None while paused or where it is not known."""
    times = [s.next_ask_boot_s for s in hub.snapshot.standings.values() if s.next_ask_boot_s is not None]
    if is_offline(hub.snapshot) and times and hub.next_poll_boot_s is not None:
        return max(0.0, max(min(times), hub.next_poll_boot_s) - hub.clock.boot_s())
    return None if hub.next_poll_boot_s is None else max(0.0, hub.next_poll_boot_s - hub.clock.boot_s())


def describe(hub: Hub) -> tuple[str, str]:
    """The state in words, and the theme's field for its dot."""
    snapshot, now = hub.snapshot, hub.clock.boot_s()
    if hub.paused:
        return "Paused", "muted"
    if is_offline(snapshot):
        wait = next_ask_s(hub)
        if hub.polling or wait is None:
            return "Offline – trying now", "warn"
        return f"Offline – trying again in {wait_text(wait)}", "warn"
    if not snapshot.standings:
        return "Polling…", "muted"
    states = [snapshot.price(pair, now).state for pair in hub.pairs]
    word, colour = _WORDS[min(states, key=_BEST_FIRST.index)]
    asked = len(snapshot.standings)
    return f"{word} · {asked - len(troubles(snapshot.standings.values()))} of {plural(asked, 'exchange')}", colour


class Dot(QWidget):
    """A small disc in the colour of the state; the words beside it say the same."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(8, 16)
        self.colour = QColor()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the disc."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour)
        painter.drawEllipse(QPointF(4, 8), 3.5, 3.5)
        painter.end()


class Word(QLabel):
    """A text whose room only grows, so that what stands beside it does not move with every second."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(12.5))
        self._room = 0

    def write(self, text: str) -> None:
        """Show this text."""
        if text == self.text():
            return
        self._room = max(self._room, self.fontMetrics().horizontalAdvance(text)) if text else 0
        self.setText(text)

    def sizeHint(self) -> QSize:
        """Room for the longest text so far."""
        return QSize(self._room + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """It may be cut in a narrow window."""
        return QSize(0, super().minimumSizeHint().height())


class Status(QWidget):
    """Dot, state, last update and next poll on the left, the clock on the right."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub
        self._theme = LIGHT
        self._colour = "muted"
        self.dot, self.state = Dot(), Word("Connection status")
        self.updated, self.next_poll, self.clock = Word(), Word(), Word()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(7)
        row.addWidget(self.dot)
        row.addWidget(self.state)
        row.addSpacing(12)
        row.addWidget(self.updated)
        row.addSpacing(12)
        row.addWidget(self.next_poll)
        row.addStretch(1)
        row.addWidget(self.clock)
        self.show_now()

    def show_now(self) -> None:
        """As of now."""
        hub = self._hub
        now = hub.clock.boot_s()
        text, self._colour = describe(hub)
        self.state.write(text)
        ages = [q.age_s for pair in hub.pairs for q in hub.snapshot.price(pair, now).quotes]
        self.updated.write(f"Updated {age_text(min(ages))} ago" if ages else "")
        wait = next_ask_s(hub)
        countdown = "" if wait is None or is_offline(hub.snapshot) else f"Next poll in {wait_text(wait)}"
        self.next_poll.write("Polling…" if hub.polling and text != "Polling…" else countdown)
        self.clock.write(datetime.fromtimestamp(hub.clock.wall_ms() / 1000, UTC).strftime("UTC %H:%M:%S"))
        told = ". ".join(part for part in (text, self.updated.text(), self.next_poll.text()) if part)
        if told != self.state.accessibleDescription():
            self.state.setAccessibleDescription(told)
        self._colour_dot()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        self._colour_dot()

    def _colour_dot(self) -> None:
        colour = QColor(getattr(self._theme, self._colour))
        if colour != self.dot.colour:
            self.dot.colour = colour
            self.dot.update()
