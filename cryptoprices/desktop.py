"""Composition root of the desktop app: builds, connects, runs, cleans up in reverse.

Start in two stages: first the window with the last known prices, then, after its first frame, all the rest. What is
slow to load is loaded by a thread meanwhile, so that the window answers.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from cryptoprices.clock import Clock, system_clock
from cryptoprices.core.board import Board
from cryptoprices.core.market import Pair
from cryptoprices.core.reference import ECB, Reference
from cryptoprices.first_stage import FirstStage
from cryptoprices.preferences import Preferences
from cryptoprices.qt.crash import CrashGuard
from cryptoprices.qt.hub import Hub
from cryptoprices.second_stage import SecondStage
from cryptoprices.settings.options import CURRENCY, FX_REST_URL, THEME, WATCHLIST, exchange_options
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import Settings
from cryptoprices.sources import names
from cryptoprices.stop import Stop
from cryptoprices.storage.crash_file import open_crash_file, remove_if_empty
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.logfile import LogFile, log_to
from cryptoprices.storage.profile import Profile, open_profile
from cryptoprices.storage.state import State, read_state, write_state
from cryptoprices.storage.writer import Writer
from cryptoprices.ui.controls import Controls
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.theme import ARGUMENTS, ThemeKeeper

if TYPE_CHECKING:
    from cryptoprices.storage.settings_edit import SettingsEdit

log = logging.getLogger(__name__)

FIRST_FRAME_MS = 1000  # a window that is not painted by then (minimised, on another desktop) gets the rest all the same
SECOND_START_S = 0.9  # so long a second start tries to reach the first one, which may just be starting itself
END_S = 1.8  # after being told to end, the process is gone by then, whatever still hangs


def run_desktop(options: RunOptions, stop: Stop) -> int:
    """Open the window and run until it is quit. stop: listens already. Returns the exit status.

    Raises WrongSetting, NoFolder.
    """
    clock = system_clock()
    profile = open_profile(options, map(exchange_options, names()))
    lock = Lock(profile.paths.lock)
    try:
        if not lock.acquire():
            return _raise_first(profile.paths.folder, clock, stop)
        app = QApplication(["cryptoprices", *ARGUMENTS])
        app.setDesktopFileName("cryptoprices")
        app.setQuitOnLastWindowClosed(False)
        return Desktop(app, options, profile, clock, stop).run()
    finally:
        lock.release()
        profile.paths.remove_temporary()


def _raise_first(folder: Path, clock: Clock, stop: Stop) -> int:
    """Another process holds this profile: have it show its window."""
    from cryptoprices.qt.instance import raise_first

    give_up_s, never = clock.boot_s() + SECOND_START_S, threading.Event()
    while clock.boot_s() < give_up_s:
        if stop.asked or raise_first(str(folder)):
            return 0
        never.wait(0.05)
    sys.stderr.write(f"cryptoprices: {folder} is in use by another Crypto Prices, which does not answer\n")
    return 4


class Desktop(QObject):
    """One run of the window. Built in stage one, completed after the first frame."""

    _noticed = Signal(str)  # emitted from any thread

    def __init__(self, app: QApplication, options: RunOptions, profile: Profile, clock: Clock, stop: Stop) -> None:
        super().__init__()
        self._app, self._options, self._clock, self._stop = app, options, clock, stop
        self._settings, self._paths = profile.settings, profile.paths
        self._keep_records(options.log_level)
        families = tuple(map(exchange_options, names()))
        self._preferences = Preferences(self._settings, families, options, self._open_edit, self._writer, self)
        self._state, problem = read_state(self._paths.state)
        problems = [*profile.problems, *([problem] if problem else [])]
        pairs = self._watchlist(self._settings)
        self._hub = Hub(Board((), last_known=self._state.last_prices), clock, pairs, self)
        self._set_currency()
        self._keeper = ThemeKeeper(self._settings[THEME], self)
        self.window = MainWindow(self._hub, self._keeper, options.demo, self._settings[FX_REST_URL])
        self.window.restore_geometry_state(self._state.window)
        self._controls = Controls(self.window, self._state.window.get("explained") is True, self)
        chosen = self._state.window.get("pair")
        self._hub.select(next((pair for pair in self._hub.pairs if str(pair) == chosen), self._hub.pairs[0]))
        first = FirstStage(
            options.demo,
            self._paths,
            self._preferences,
            self._state,
            clock,
            self._hub,
            self._keeper,
            self.window,
            self._controls,
            stop,
        )
        self.second = SecondStage(first, self)
        self.end_s = END_S
        self.end_late: Callable[[], object] = partial(os._exit, 0)  # what ends it if it takes longer
        self._quitting = False
        self._connect()
        if problems:
            where = f"The settings are in {self._paths.settings}."
            self._controls.report(_summary(problems), [*problems, where])

    def run(self) -> int:
        """Show the window and run until it is quit. Returns the exit status."""
        self.window.installEventFilter(self)
        self.window.show()
        QTimer.singleShot(FIRST_FRAME_MS, self.second.begin)
        if self._stop.asked:  # while all this was loaded; what comes from now on is heard by the second stage
            self.quit()
        self._app.exec()
        self._clean_up()
        return 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """When the window's first frame has been painted, the second stage begins."""
        if event.type() is QEvent.Type.Paint:
            self.window.removeEventFilter(self)
            QTimer.singleShot(0, self.second.begin)
        return super().eventFilter(watched, event)

    def _keep_records(self, log_level: str) -> None:
        """Log, crash file and writer, before anything that can go wrong."""
        self._log = LogFile(self._paths.log)
        log_to(self._log, log_level)
        self._guard = CrashGuard(self._clock.boot_s, self)
        self._guard.install()
        self._crash_file = open_crash_file(self._paths.folder, self._clock.wall_ms())
        if self._crash_file:
            self._guard.dump_to(self._crash_file)
        self._writer = Writer(self._clock, self._noticed.emit)

    def _open_edit(self) -> "SettingsEdit":
        from cryptoprices.storage.settings_edit import SettingsEdit  # loads what the first frame has no time for

        return SettingsEdit(self._paths.settings)

    def _watchlist(self, settings: Settings) -> tuple[Pair, ...]:
        if self._options.demo and settings.value(WATCHLIST.key) is None:
            from cryptoprices.demo.assets import DEMO_PAIRS

            return DEMO_PAIRS
        return tuple(Pair.parse(text) for text in settings[WATCHLIST])

    def _set_currency(self) -> None:
        """The person's, by the rates of the last run until there are newer ones."""
        self._hub.set_currency(self._settings[CURRENCY])
        if self._state.rates:
            maker = "DEMO" if self._options.demo else ECB
            now = self._clock.boot_s(), self._clock.wall_ms()
            self._hub.set_reference(Reference.of(self._state.rates, *now, maker))

    def _connect(self) -> None:
        self._controls.quit_asked.connect(self.quit)
        self._app.commitDataRequest.connect(self.quit)
        for said in (self._guard.notice, self._noticed, self.second.failed):
            said.connect(self._controls.say)
        self.window.commands.theme_chosen.connect(self._keep_theme)
        self.window.currencies.chosen.connect(self._keep_currency)
        self._hub.poll_ended.connect(self._save)
        self.second.quit_asked.connect(self.quit)
        self.second.setting_chosen.connect(self._preferences.keep)
        self._preferences.changed.connect(self._take_settings)

    # what is kept

    @Slot(str)
    def _keep_theme(self, setting: str) -> None:
        self._preferences.keep(THEME.key, setting)

    @Slot(str)
    def _keep_currency(self, code: str) -> None:
        self._preferences.keep(CURRENCY.key, code)

    @Slot(object)
    def _take_settings(self, settings: Settings) -> None:
        """Other ones hold as a whole; the second stage takes what is its own."""
        self._keeper.set_setting(settings[THEME])
        self.window.commands.show_theme(settings[THEME])
        self._hub.set_currency(settings[CURRENCY])
        self._hub.set_pairs(self._watchlist(settings))

    @Slot()
    def _save(self) -> None:
        """Once a poll and at the end: keep what the next start shows first."""
        shown = {"pair": str(self._hub.selected), "explained": self._controls.explained}
        window = {**self.window.geometry_state(), **shown}
        rates = self._hub.reference.rates if self._hub.reference else None
        state = State(window, self._hub.snapshot.last_known, self.second.pauses(), rates)
        self._writer.put(self._paths.state.name, partial(write_state, self._paths.state, state))

    # the end

    @Slot()
    def quit(self) -> None:
        """End the program, from wherever it is asked for."""
        if not self._quitting:
            self._quitting = True
            QTimer.singleShot(0, self._leave)  # once the loop runs: what asks it before is not heard

    @Slot()
    def _leave(self) -> None:
        self._app.exit(0)  # quit() would ask the window first

    def _end_late(self) -> None:
        """On the alarm's thread: something hangs, and the end does not wait for it."""
        logging.getLogger(__name__).warning("Ended without waiting longer for what hangs")
        self._paths.remove_temporary()
        self.end_late()

    def _clean_up(self) -> None:
        """In the reverse order of the building. A thread that hangs is not waited for."""
        alarm = threading.Timer(self.end_s, self._end_late)
        alarm.daemon = True
        alarm.start()
        self._save()
        self.second.hush()
        self.window.close_for_good()
        self._writer.close()
        self.second.close()
        self._guard.uninstall()
        if self._crash_file:
            remove_if_empty(self._crash_file)
        self._log.close()
        alarm.cancel()


def _summary(problems: Sequence[str]) -> str:
    """What is said of them in the one line that there is."""
    if len(problems) == 1:
        return problems[0]
    return f"There are {len(problems)} faults in the files of this profile."
