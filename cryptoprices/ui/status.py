"""How it stands with asking, in one line at the foot of the window."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from PySide6.QtCore import QPointF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from cryptoprices.core.formatting import age_text, plural, size_text
from cryptoprices.core.ledger import OF_NETWORK
from cryptoprices.core.snapshot import Snapshot, State
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.notice import Notice
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.reasons import troubles, wait_text
from cryptoprices.ui.theme import LIGHT, Theme, font

_BEST_FIRST = (State.LIVE, State.DELAYED, State.DISAGREE, State.STALE, State.EXPIRED, State.NO_DATA)
_FIGURES = str.maketrans("123456789", "0" * 9)
_WORDS = {
    State.LIVE: ("Live", "up"),
    State.DELAYED: ("Delayed", "warn"),
    State.DISAGREE: ("Sources disagree", "warn"),
    State.STALE: ("Prices are old", "warn"),
    State.EXPIRED: ("Prices are old", "warn"),
    State.NO_DATA: ("No prices", "muted"),
}
_EDGE, _SPACE, _APART = 12, 7, 12  # left and right, between two words, and more of it, in pixels
_TROUBLE_WORDS = re.compile(r"; |: | \(| and ")  # what comes before says enough beside all the rest


def is_offline(snapshot: Snapshot) -> bool:
    """Whether every exchange that was asked failed when last asked, and none streams."""
    asked = snapshot.standings.values()
    return bool(asked) and len(troubles(asked)) == len(asked) and not snapshot.streaming()


def next_ask_s(hub: Hub) -> float | None:
    """Seconds until an exchange is asked again, None while paused or where it is not known."""
    times = [s.next_ask_boot_s for s in hub.snapshot.standings.values() if s.next_ask_boot_s is not None]
    if is_offline(hub.snapshot) and times and hub.next_poll_boot_s is not None:
        return max(0.0, max(min(times), hub.next_poll_boot_s) - hub.clock.boot_s())
    return None if hub.next_poll_boot_s is None else max(0.0, hub.next_poll_boot_s - hub.clock.boot_s())


def describe(hub: Hub, states: Iterable[State]) -> tuple[str, str]:
    """The state in words, and the theme's field for its dot. states: of the watchlist's pairs now."""
    snapshot = hub.snapshot
    if hub.paused:
        return "Paused", "muted"
    if is_offline(snapshot):
        wait = next_ask_s(hub)
        unheard = any(standing.reason in OF_NETWORK for standing in snapshot.standings.values())
        word = "Offline" if unheard else "No prices"  # an answer that refuses, or is of no use, is one
        return (
            f"{word} – {'trying now' if hub.polling or wait is None else f'trying again in {wait_text(wait)}'}",
            "warn",
        )
    if not snapshot.standings:
        return "Polling…", "muted"
    word, colour = _WORDS[min(states, key=_BEST_FIRST.index)]
    if streaming := snapshot.streaming():
        return f"{word} · streaming from {len(streaming)} of {plural(len(snapshot.flows), 'exchange')}", colour
    asked = len(snapshot.standings)
    polled = f"{asked - len(troubles(snapshot.standings.values()))} of {plural(asked, 'exchange')}"
    lost = any(flow.text for flow in snapshot.flows.values())
    return f"{word} · {'stream lost – polling ' if lost else ''}{polled}", colour


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
    """A text that changes every second and costs little: it paints itself, and its room only grows.

    (A QLabel's own text makes the window lay itself out anew each time.) name: accessible name, else it is the text.
    """

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setFont(font(12.5))
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # what lies behind need not be painted again
        self.colour: QColor | None = None  # else that of the style sheet
        self._named = bool(name)
        self._words = ""
        self.room = 0  # for the longest text since it was empty, in pixels

    def text(self) -> str:
        """What is shown."""
        return self._words

    def write(self, text: str) -> None:
        """Show this text."""
        if text == self._words:
            return
        alike, self._words = text.translate(_FIGURES) == self._words.translate(_FIGURES), text
        if not self._named:
            self.setAccessibleName(text)
        if not alike:  # figures are of one width: where only they are others, no more room is needed
            room = self.fontMetrics().horizontalAdvance(text) + 2
            if room > self.room or not text:
                self.room = room
                self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As much room as it takes."""
        return QSize(self.room, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        """It may be cut where nothing else can go."""
        return QSize(0, self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Write the text."""
        painter = QPainter(self)
        painter.setBackground(self.palette().window())
        painter.eraseRect(self.rect())
        painter.setPen(self.colour or self.palette().windowText().color())
        letters = self.fontMetrics()
        words = self._words
        if self.width() < self.room:
            words = letters.elidedText(words, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QPointF(0, (self.height() + letters.ascent() - letters.descent()) / 2), words)
        painter.end()


class Status(QWidget):
    """Dot, state, last update and next poll on the left, the clock on the right, between them what is said."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub
        self._theme = LIGHT
        self._colour = "muted"
        self.dot, self.state = Dot(), Word("Connection status")
        self.updated, self.next_poll, self.api, self.history, self.clock = (Word() for _ in range(5))
        self.api.hide()
        self._history_trouble = ""
        self._rooms: tuple[object, ...] = ()  # that were fitted last
        self.notice = Notice()
        row = QHBoxLayout(self)
        row.setContentsMargins(_EDGE, 0, _EDGE, 0)
        row.setSpacing(_SPACE)
        row.addWidget(self.dot)
        row.addWidget(self.state)
        row.addSpacing(_APART)
        row.addWidget(self.updated)
        row.addSpacing(_APART)
        row.addWidget(self.next_poll)
        row.addWidget(self.notice, 1)
        row.addWidget(self.api)
        row.addSpacing(_APART)
        row.addWidget(self.history)
        row.addSpacing(_APART)
        row.addWidget(self.clock)
        self.show_now()

    def show_now(self) -> None:
        """As of now."""
        hub = self._hub
        views = [hub.price(pair) for pair in hub.pairs]
        text, self._colour = describe(hub, [view.state for view in views])
        self.state.write(text)
        ages = [quote.age_s for view in views for quote in view.quotes]
        self.updated.write(f"Updated {age_text(min(ages))} ago" if ages else "")
        wait = next_ask_s(hub)
        countdown = "" if wait is None or is_offline(hub.snapshot) else f"Next poll in {wait_text(wait)}"
        self.next_poll.write("Polling…" if hub.polling and text != "Polling…" else countdown)
        self.clock.write(datetime.fromtimestamp(hub.clock.wall_ms() / 1000, UTC).strftime("UTC %H:%M:%S"))
        told = ". ".join(part for part in (text, self.updated.text(), self.next_poll.text()) if part)
        if told != self.state.accessibleDescription():
            self.state.setAccessibleDescription(told)
        self._colour_dot()
        if self._needed() != self._rooms:
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave away what has no room."""
        super().resizeEvent(event)
        self._fit()

    @Slot(object, object)
    def show_history(self, since_ms: int | None, size_bytes: int) -> None:
        """How far back the history goes (Unix ms, None for an empty one), and how much room it takes."""
        if self._history_trouble:
            return
        days = 0 if since_ms is None else (self._hub.clock.wall_ms() - since_ms) // 86_400_000
        length = f"{plural(days, 'day')} · " if days else ""
        self.history.write(f"History {length}{size_text(size_bytes)}")

    @Slot(bool, str)
    def show_api(self, on: bool, address: str) -> None:
        """Whether the local API is on, and where it answers then."""
        where = address.partition("://")[2]
        self.api.write(f"Local API {where}" if on else "")
        self.api.setToolTip(tooltip(f"Other programs on this machine read prices at {address}") if on else "")
        self._fit()

    @Slot(str)
    def show_history_trouble(self, text: str) -> None:
        """What is the matter with the history, "" when it is well again."""
        self._history_trouble = text
        self.history.write(_TROUBLE_WORDS.split(text, maxsplit=1)[0].rstrip("."))
        self.history.setToolTip(tooltip(text))
        self._colour_history()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        self._colour_dot()
        self._colour_history()

    def _fit(self) -> None:
        """Where there is no room for all, the less important go, and whole: no figure is cut."""
        self._rooms = self._needed()
        words = [self.updated, self.next_poll, self.clock, self.history, self.api]
        if self._history_trouble:
            words = [self.history, self.updated, self.next_poll, self.clock, self.api]
        kept = (self.dot.width(), self.state.room, self.notice.natural_width())
        room = self.width() - 2 * _EDGE - sum(kept) - 3 * _SPACE - 4 * _APART
        for word in words:
            room -= word.room + _SPACE
            word.setVisible(room >= 0 and (word is not self.api or bool(word.text())))

    def _needed(self) -> tuple[object, ...]:
        """What `_fit` depends on besides the width."""
        words = (self.state, self.updated, self.next_poll, self.clock, self.history, self.api)
        return (self._history_trouble, self.notice.natural_width(), *(word.room for word in words))

    def _colour_history(self) -> None:
        self.history.colour = QColor(self._theme.warn) if self._history_trouble else None
        self.history.update()

    def _colour_dot(self) -> None:
        colour = QColor(getattr(self._theme, self._colour))
        if colour != self.dot.colour:
            self.dot.colour = colour
            self.dot.update()
