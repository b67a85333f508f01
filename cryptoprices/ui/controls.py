"""What the person does to the program as a whole: refresh, pause, close, hide, quit, from window, tray and keys."""

import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, QTimer, Signal, Slot

from cryptoprices.core.formatting import clock_text
from cryptoprices.core.plain import plain
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.notice import Offer
from cryptoprices.ui.text_dialog import show_text

if TYPE_CHECKING:  # these come after the first frame
    from cryptoprices.qt.feed import Feed
    from cryptoprices.ui.tray import Tray

log = logging.getLogger(__name__)

NOTICE_MS, OFFER_MS = 12_000, 60_000


class Controls(QObject):
    """Between window, tray and feed. quit_asked: the program is to end.

    explained: how closing works has been said once, in this run or an earlier one.
    """

    quit_asked = Signal()

    def __init__(self, window: MainWindow, explained: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.explained = explained
        self._window, self._hub = window, window.hub
        self._feed: Feed | None = None
        self._tray: Tray | None = None
        self._notice = window.status.notice
        self._fade = QTimer(self, interval=NOTICE_MS, singleShot=True)
        self._fade.timeout.connect(self._fall_silent)
        self._report: tuple[str, Offer, tuple[str, ...]] | None = None  # what is said whenever nothing else is
        self._notice.done.connect(self._dismiss)
        window.close_requested.connect(self.close_window)
        window.seen_changed.connect(self.watch)
        window.commands.quit.triggered.connect(self.quit_asked)
        window.commands.refresh.triggered.connect(self.refresh)
        window.commands.pause.triggered.connect(self.pause)

    def take_feed(self, feed: "Feed") -> None:
        """From now on prices can be asked for."""
        self._feed = feed
        feed.failed.connect(self.say)

    def take_tray(self, tray: "Tray") -> None:
        """From now on there may be a tray."""
        self._tray = tray
        tray.toggle_asked.connect(self._window.toggle_shown)
        tray.open_asked.connect(self._window.bring_up)
        tray.present_changed.connect(self.notice_tray)
        self.watch()

    @property
    def tray_there(self) -> bool:
        """Whether there is a tray that the window can go to."""
        return self._tray is not None and self._tray.present

    @property
    def notice(self) -> str:
        """What is being said."""
        return self._notice.said

    @Slot(str)
    def say(self, text: str, offer: Offer | None = None) -> None:
        """Tell the person something for a while: longer where something can be done about it."""
        log.info("Said: %s", text)
        self._notice.say(text, offer)
        self._fade.start(OFFER_MS if offer else NOTICE_MS)

    def report(self, text: str, lines: Sequence[str]) -> None:
        """Tell the person something that stays in sight, with all lines under "Details", until they are looked at."""
        log.info("Said: %s %s", text, " ".join(lines))
        page = "\n\n".join(plain(line, 400) for line in lines)
        show = partial(show_text, self._window, text, "Details", page, QSize(640, 320))
        self._report = text, Offer("Details", show), tuple(lines)
        self._fall_silent()

    @Slot()
    def _fall_silent(self) -> None:
        self._fade.stop()
        if self._report:
            self._notice.say(*self._report)
        else:
            self._notice.clear()

    @Slot()
    def _dismiss(self) -> None:
        """What is being said has been heard."""
        if self._report and self._notice.said == self._report[0]:
            self._report = None
        self._fall_silent()

    @Slot()
    def refresh(self) -> None:
        """Ask now; whoever asked for a pause is not asked before it is over, which is said."""
        now, exchanges = self._hub.clock.boot_s(), self._hub.exchanges
        waiting = {
            name: standing.paused_until_boot_s
            for name, standing in self._hub.snapshot.standings.items()
            if standing.paused_until_boot_s is not None and standing.paused_until_boot_s > now
        }
        all_wait = all(name in waiting or exchange.only_missing for name, exchange in exchanges.items())
        if waiting:
            when = clock_text(self._hub.clock.wall_ms() + round((min(waiting.values()) - now) * 1000))
            titles = ", ".join(exchanges[name].source.title for name in waiting)
            self.say(f"{'Every exchange' if all_wait else titles} asked us to wait; available at {when}.")
        if self._feed and not all_wait:
            self._feed.fetch_now(forced=True)

    @Slot()
    def pause(self) -> None:
        """Ask nothing until this is called again."""
        if self._feed:
            (self._feed.resume if self._hub.paused else self._feed.pause)()

    @Slot()
    def watch(self) -> None:
        """Ages are counted while the window or the tray can be seen; only the tray brings a hidden window back."""
        self._window.commands.show_window.setEnabled(self.tray_there)
        self._hub.set_watched(self.tray_there or (self._window.isVisible() and not self._window.isMinimized()))

    @Slot(bool)
    def notice_tray(self, there: bool) -> None:
        """The tray came or went; a window that was hidden in it comes back, for there is no other way to it."""
        self.watch()
        if not there and self._window.isHidden():
            self._window.bring_up()

    @Slot()
    def close_window(self) -> None:
        """Into the tray where there is one, which is explained once; else that is the end."""
        if not self._tray or not self.tray_there:
            self.quit_asked.emit()
            return
        self._window.hide()
        if not self.explained:
            self.explained = True
            self._tray.tell("Crypto Prices goes on here. Quit is in the menu of this icon.")

    def explain_closing(self) -> None:
        """Say once that closing ends the program, where there is no tray."""
        if not self.explained and not self.tray_there:
            self.explained = True
            self.say("There is no tray here: closing the window ends Crypto Prices.")
