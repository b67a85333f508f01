"""A quiet notice above the prices while no exchange can be reached, the clock is wrong or the history is not kept."""

from collections import Counter

from PySide6 import QtGui  # QAccessible takes 3 ms to load: when it is needed, not before the first frame
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cryptoprices.core.clock_offset import clock_offset
from cryptoprices.core.errors import Reason
from cryptoprices.core.formatting import age_text
from cryptoprices.core.market import Pair
from cryptoprices.core.plain import plain
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.reasons import troubles, wait_text
from cryptoprices.ui.status import is_offline, next_ask_s
from cryptoprices.ui.theme import LIGHT, Theme, font

_TITLES = {Reason.SIGN_IN: "Network sign-in page?"}
_ADVICE = {
    Reason.SIGN_IN: "This network seems to want a sign-in in your browser.",
    Reason.NAME_LOOKUP: "Name lookup not answering.",
}


def describe(hub: Hub, history_trouble: str) -> tuple[str, str] | None:
    """The notice's title and text, None while there is nothing to say, or nothing is known yet.

    history_trouble: what is the matter with the history, "" where it is well.
    """
    if is_offline(hub.snapshot) and not hub.paused:
        return _out_of_reach(hub)
    wrong_clock = None if hub.paused else _wrong_clock(hub)
    return wrong_clock or (_not_kept(history_trouble) if history_trouble else None)


def _not_kept(trouble: str) -> tuple[str, str]:
    title, told, why = trouble.rpartition("; ")
    if not told:
        title, why = trouble, ""
    why = f"{why[:1].upper()}{why[1:].rstrip('.')}. " if why else ""
    return title, f"{why}Prices are shown as ever; only what is stored of them stops until this is over."


def _wrong_clock(hub: Hub) -> tuple[str, str] | None:
    found = clock_offset(hub.snapshot.standings.values())
    if found is None or not found.is_wrong:
        return None
    return (
        f"Your clock is {found.text}.",
        "The ages of prices are right all the same; the times shown are this clock's.",
    )


def _out_of_reach(hub: Hub) -> tuple[str, str]:
    snapshot = hub.snapshot
    standings = troubles(snapshot.standings.values())
    reasons = Counter(standing.reason for standing in standings)
    reason = max(reasons, key=lambda r: (r in _ADVICE, reasons[r]))
    if reason is Reason.NAME_LOOKUP and reasons[reason] * 2 < reasons.total():
        reason = Reason.UNREACHABLE
    parts = [_ADVICE[reason]] if reason in _ADVICE else []
    if reason is Reason.BLOCKED:  # a certificate, a proxy, a network that is refused: the same everywhere
        said = next(standing.text for standing in standings if standing.reason is reason)
        parts.append(f"{plain(said.partition('; ')[0].rstrip('.'), 200)}.")
    if ages := [age for pair in hub.pairs if (age := _age_s(pair, hub)) is not None]:
        newest, oldest = age_text(min(ages)), age_text(max(ages))
        parts.append(f"Prices below are {'' if newest == oldest else 'at least '}{newest} old.")
    wait = next_ask_s(hub)
    parts.append("Trying now." if hub.polling or wait is None else f"Trying again in {wait_text(wait)}.")
    return _TITLES.get(reason, "No exchange can be reached.") if reason else "", " ".join(parts)


def _age_s(pair: Pair, hub: Hub) -> float | None:
    """The age that the header and the watchlist tell of a pair, None where they show no price."""
    view = hub.price(pair)
    if view.price is not None:
        return view.age_s
    return view.last_known.age_s(hub.clock.boot_s(), hub.clock.wall_ms()) if view.last_known else None


class Banner(QWidget):
    """Shown by itself when there is something to say. details_asked: the person wants to know more."""

    details_asked = Signal()

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub
        self._theme = LIGHT
        self._history_trouble = ""
        self.title, self.text = QLabel(), QLabel()
        for label, letters in ((self.title, font(13, QFont.Weight.DemiBold)), (self.text, font(13))):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setFont(letters)
        self.text.setWordWrap(True)
        self.details = QPushButton("&Details")
        self.details.setFlat(True)
        self.details.setFont(font(13))
        self.details.setCursor(Qt.CursorShape.PointingHandCursor)
        self.details.setToolTip("What each exchange says")
        self.details.clicked.connect(self.details_asked)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.title)
        words.addWidget(self.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(32, 22, 32, 8)
        row.addLayout(words, 1)
        row.addWidget(self.details, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def show_history_trouble(self, text: str) -> None:
        """What is the matter with the history, "" when it is well again."""
        self._history_trouble = text
        self.show_now()

    def show_now(self) -> None:
        """As of now."""
        said = describe(self._hub, self._history_trouble)
        if said is None:
            self.hide()
            return
        for label, text in ((self.title, said[0]), (self.text, said[1])):
            if label.text() != text:
                label.setText(text)
        if self.accessibleName() != said[0]:
            self.setAccessibleName(said[0])
        self.details.setVisible(is_offline(self._hub.snapshot))  # of the rest, no exchange has more to say
        if self.isHidden():
            self.show()
            alert = QtGui.QAccessibleEvent(self, QtGui.QAccessible.Event.Alert)
            QtGui.QAccessible.updateAccessibility(alert)

    def show_older(self) -> None:
        """A second has passed: that alone gives no reason to appear."""
        if not self.isHidden():
            self.show_now()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        for widget, colour in ((self.title, theme.text), (self.text, theme.muted), (self.details, theme.accent)):
            colours = widget.palette()
            for role in (colours.ColorRole.WindowText, colours.ColorRole.ButtonText):
                colours.setColor(role, QColor(colour))
            widget.setPalette(colours)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A tinted ground with an amber edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect()).adjusted(18, 14, -18, 0)
        painter.setBrush(QColor(self._theme.warn))
        painter.drawRoundedRect(box, 6, 6)
        painter.setBrush(QColor(self._theme.notice))
        painter.drawRoundedRect(box.adjusted(3, 0, 0, 0), 5, 5)
        painter.end()
