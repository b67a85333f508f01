"""Live and Owner of the API in the window: the hub as other threads may read it, and what they want done to it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from cryptoprices.api.ports import Managed, Moment
from cryptoprices.clock import Clock
from cryptoprices.core.managed import ManualPrice
from cryptoprices.core.manual import with_manual
from cryptoprices.core.market import Pair
from cryptoprices.core.snapshot import PairPrice
from cryptoprices.preferences import Preferences
from cryptoprices.qt.hub import Hub
from cryptoprices.service import served_pairs
from cryptoprices.settings.declare import Setting
from cryptoprices.settings.options import WATCHLIST

PAUSED = "Asking is paused in the window."


class HubLive(QObject):
    """Lives in the GUI thread; `moment`, `listen`, `set_setting` and `ask_now` may be called by any thread.

    pairs_wanted(tuple of Pair): these are to be asked for too. asked: a program wants the exchanges asked now.
    """

    pairs_wanted = Signal(object)
    asked = Signal()
    _setting = Signal(str, object, object)
    _asking = Signal(object)
    _managed_changed = Signal()

    def __init__(self, hub: Hub, preferences: Preferences, managed: Managed, parent: QObject) -> None:
        super().__init__(parent)
        self._hub, self._preferences, self._managed = hub, preferences, managed
        self._listeners: list[Callable[[], object]] = []
        self._lock = threading.Lock()  # nothing is emitted after close()
        self._closed = False
        self._version = hub.clock.wall_ms()  # higher than any of an earlier run, which a reader may come back with
        self._manual: dict[Pair, ManualPrice] = {}
        self._moment = self._made()
        self._setting.connect(self._set)
        self._asking.connect(self._ask)
        self._managed_changed.connect(self._take_managed)
        for changed in (hub.changed, hub.scheduled, hub.paused_changed, preferences.changed, preferences.kept):
            changed.connect(self._renew)
        hub.pairs_changed.connect(self._look_at_pairs)
        managed.listen(self._tell_managed)

    @property
    def clock(self) -> Clock:
        """The program's clock."""
        return self._hub.clock

    def moment(self) -> Moment:
        """What is known now."""
        return self._moment

    def listen(self, told: Callable[[], object]) -> None:
        """Have told() called, in the GUI thread, whenever there is another moment."""
        self._listeners.append(told)

    def set_setting(self, key: str, value: object) -> Future[None]:
        """Have this hold, and keep it: where the disk does not take it, the writer tries again and tells the person."""
        done: Future[None] = Future()
        self._emit(self._setting, key, value, done)
        return done

    def takes_at_once(self, setting: Setting[Any]) -> bool:
        """As it is declared: for the window."""
        return setting.at_once

    def ask_now(self) -> Future[None]:
        """Ask the exchanges now, except those that have asked for patience."""
        done: Future[None] = Future()
        self._emit(self._asking, done)
        return done

    def begin(self) -> None:
        """In the GUI thread, once all is connected: show and ask for what programs want besides the watchlist."""
        self._take_managed()

    def close(self) -> None:
        """In the GUI thread: nothing is told any more, and nothing done that is wanted."""
        with self._lock:
            self._closed = True
        self._listeners.clear()
        self._hub.show_amended(None)

    def _emit(self, signal: SignalInstance, *values: object) -> None:
        """From any thread; Qt queues it."""
        with self._lock:
            if not self._closed:
                signal.emit(*values)
                return
        for value in values:
            if isinstance(value, Future):
                value.set_exception(OSError("The program is ending."))

    def _tell_managed(self) -> None:
        self._emit(self._managed_changed)

    def _made(self) -> Moment:
        hub = self._hub
        pairs = served_pairs(hub.pairs, self._managed)
        due_s = None if hub.paused else hub.next_poll_boot_s
        settings, watched = self._preferences.settings, tuple(map(str, hub.pairs))
        if settings[WATCHLIST] != watched:  # a demo watches more
            settings = settings.with_values({WATCHLIST.key: watched})
        known = hub.snapshot, pairs, hub.exchanges, hub.switched_off, settings
        return Moment(self._version, *known, due_s, PAUSED if hub.paused else "")

    @Slot()
    def _renew(self) -> None:
        self._version += 1
        self._moment = self._made()
        for told in self._listeners:
            told()

    @Slot()
    def _look_at_pairs(self) -> None:
        self._renew()
        self.pairs_wanted.emit(self._moment.pairs)

    @Slot()
    def _take_managed(self) -> None:
        """The prices that somebody has set are shown as they are served."""
        self._manual = {one.pair: one for one in self._managed.manual_prices}
        self._hub.show_amended(self._with_manual if self._manual else None)
        self._look_at_pairs()

    def _with_manual(self, view: PairPrice) -> PairPrice:
        said, clock = self._manual.get(view.pair), self._hub.clock
        return with_manual(view, said, clock.boot_s(), clock.wall_ms()) if said else view

    @Slot(str, object, object)
    def _set(self, key: str, value: object, done: Future[None]) -> None:
        self._preferences.choose(key, value)
        done.set_result(None)

    @Slot(object)
    def _ask(self, done: Future[None]) -> None:
        self.asked.emit()
        done.set_result(None)
