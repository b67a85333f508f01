"""Composition root of the desktop app: builds, connects, runs, cleans up in reverse.

Start in two stages: first the window with the last known prices, then, after its first frame, all the rest. What is
slow to load is loaded by a thread meanwhile, so that the window answers.
"""

import logging
import os
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from cryptoprices.clock import Clock, system_clock
from cryptoprices.core.board import Board
from cryptoprices.core.formatting import clock_text
from cryptoprices.core.market import Pair
from cryptoprices.qt.crash import CrashGuard
from cryptoprices.qt.hub import Hub
from cryptoprices.resources import resource
from cryptoprices.settings.options import DEMO_SEED, POLL_INTERVAL_S, THEME, TRAY_PAIR, WATCHLIST, exchange_options
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.sources.discovery import names
from cryptoprices.storage.crash_file import open_crash_file, remove_if_empty
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.logfile import LogFile, log_to
from cryptoprices.storage.profile import Profile, open_profile
from cryptoprices.storage.state import State, read_state, write_state
from cryptoprices.storage.writer import Writer
from cryptoprices.ui.chart.modes import Range
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.theme import ThemeKeeper

if TYPE_CHECKING:  # loaded after the first frame
    from cryptoprices.demo.server import DemoExchange
    from cryptoprices.net.fetch import Fetcher
    from cryptoprices.qt.feed import Feed
    from cryptoprices.qt.instance import FirstInstance
    from cryptoprices.qt.quit_signals import QuitSignals
    from cryptoprices.ui.chart.view import ChartView
    from cryptoprices.ui.tray import Tray

log = logging.getLogger(__name__)

FIRST_FRAME_MS = 1000  # a window that is not painted by then (minimised, on another desktop) gets the rest all the same
SECOND_START_S = 0.9  # so long a second start tries to reach the first one, which may be just starting itself
NOTICE_MS = 12_000
END_S = 1.8  # after being told to end, the process is gone by then, whatever still hangs


def run_desktop(options: RunOptions) -> int:
    """Open the window and run until it is quit. Returns the exit status. Raises WrongSetting, NoFolder."""
    profile = open_profile(options, map(exchange_options, names()))
    lock = Lock(profile.paths.lock)
    try:
        if not lock.acquire():
            return _raise_first(profile.paths.folder)
        app = QApplication(["cryptoprices"])
        app.setDesktopFileName("cryptoprices")
        app.setQuitOnLastWindowClosed(False)
        app.setWindowIcon(QIcon(str(resource("icons/cryptoprices.svg"))))
        return Desktop(app, options, profile, system_clock()).run()
    finally:
        lock.release()
        profile.paths.remove_temporary()


def _raise_first(folder: Path) -> int:
    """Another process holds this profile: have it show its window."""
    from cryptoprices.qt.instance import raise_first

    clock, pause = system_clock(), threading.Event()
    give_up_s = clock.boot_s() + SECOND_START_S
    while clock.boot_s() < give_up_s:
        if raise_first(str(folder)):
            return 0
        pause.wait(0.05)
    sys.stderr.write(f"cryptoprices: {folder} is in use by another Crypto Prices, which does not answer\n")
    return 4


class Desktop(QObject):
    """One run of the window. Built in stage one, completed after the first frame."""

    noticed = Signal(str)  # emitted from any thread
    _views_ready = Signal()
    _net_ready = Signal()

    def __init__(self, app: QApplication, options: RunOptions, profile: Profile, clock: Clock) -> None:
        super().__init__()
        self._app, self._options, self._clock = app, options, clock
        self._settings, self._paths = profile.settings, profile.paths
        self._keep_records(options.log_level)
        self._state, problem = read_state(self._paths.state)
        self._problems = [*profile.problems, *([problem] if problem else [])]
        self._hub = Hub(Board((), last_known=self._state.last_prices), clock, self._watchlist(), self)
        self._keeper = ThemeKeeper(self._settings[THEME], self)
        self.window = MainWindow(self._hub, self._keeper, options.demo)
        self.window.restore_geometry_state(self._state.window)
        self._told = str(self._state.window.get("told", ""))  # whether closing has been explained
        chosen = self._state.window.get("pair")
        self._hub.select(next((pair for pair in self._hub.pairs if str(pair) == chosen), self._hub.pairs[0]))
        self._fetcher: Fetcher | None = None
        self._demo: DemoExchange | None = None
        self._feed: Feed | None = None
        self._tray: Tray | None = None
        self._chart: ChartView | None = None
        self._instance: FirstInstance | None = None
        self._signals: QuitSignals | None = None
        self._loader = threading.Thread(target=self._load, name="loader", daemon=True)
        self._begun = self._quitting = False
        self._connect()

    def run(self) -> int:
        """Show the window and run until it is quit. Returns the exit status."""
        self.window.installEventFilter(self)
        self.window.show()
        QTimer.singleShot(FIRST_FRAME_MS, self._begin)
        self._app.exec()
        self._clean_up()
        return 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """When the window's first frame has been painted, the second stage begins."""
        if event.type() is QEvent.Type.Paint:
            self.window.removeEventFilter(self)
            QTimer.singleShot(0, self._begin)
        return super().eventFilter(watched, event)

    # stage one

    def _keep_records(self, log_level: str) -> None:
        """Log, crash file and writer, before anything that can go wrong."""
        self._log = LogFile(self._paths.log)
        log_to(self._log, log_level)
        self._guard = CrashGuard(self._clock.boot_s, self)
        self._guard.install()
        self._crash_file = open_crash_file(self._paths.folder, self._clock.wall_ms())
        if self._crash_file:
            self._guard.dump_to(self._crash_file)
        self._writer = Writer(self._clock, self.noticed.emit)

    def _watchlist(self) -> tuple[Pair, ...]:
        if self._options.demo and WATCHLIST.key not in self._settings.keys():  # noqa: SIM118 (not a mapping)
            from cryptoprices.demo.market import COINS

            return tuple(Pair(coin, "USD") for coin in COINS)
        return tuple(Pair.parse(text) for text in self._settings[WATCHLIST])

    def _connect(self) -> None:
        commands = self.window.commands
        commands.quit.triggered.connect(self.quit)
        commands.refresh.triggered.connect(self._refresh)
        commands.pause.triggered.connect(self._pause)
        commands.theme_chosen.connect(self._keep_theme)
        self.window.close_requested.connect(self._close_window)
        self.window.seen_changed.connect(self._watch)
        self._guard.interrupted.connect(self.quit)
        self._app.commitDataRequest.connect(self.quit)
        self._guard.notice.connect(self._say)
        self.noticed.connect(self._say)
        self._net_ready.connect(self._start_asking)
        self._views_ready.connect(self._complete_window)
        self._hub.poll_ended.connect(self._save)

    # stage two

    @Slot()
    def _begin(self) -> None:
        if not self._begun and not self._quitting:
            self._begun = True
            self._loader.start()

    def _load(self) -> None:
        """On a thread of its own: load what the first frame did without, and build what is no part of the window."""
        try:
            os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
            import cryptoprices.qt.recorder
            import cryptoprices.ui.chart.view
            import cryptoprices.ui.tray  # noqa: F401

            self._views_ready.emit()
            self._build_net()
            self._net_ready.emit()
        except Exception:
            log.exception("The program could not be loaded whole")
            self.noticed.emit("A part of the program could not be loaded; the log says which.")

    def _build_net(self) -> None:
        from cryptoprices.net import station
        from cryptoprices.sources.discovery import discover

        addresses = None
        if self._options.demo:
            from cryptoprices.demo.server import DemoExchange

            self._demo = DemoExchange(self._settings[DEMO_SEED] or self._clock.wall_ms() % 2**31, self._clock)
            self._demo.start()
            addresses = self._demo.addresses
        self._fetcher = station.build(self._settings, discover(), self._clock, self._state.pauses, addresses)

    @Slot()
    def _start_asking(self) -> None:
        from cryptoprices.qt.feed import Feed

        if self._quitting or not self._fetcher:
            return
        exchanges = {exchange.source.name: exchange for exchange in self._fetcher.exchanges}
        intervals_s = {name: exchange.source.interval_s for name, exchange in exchanges.items()}
        regular = [exchange.source for exchange in exchanges.values() if not exchange.only_missing]

        def lists(name: str, pair: Pair) -> bool:
            exchange = exchanges[name]
            needed = not exchange.only_missing or not any(source.lists(pair) for source in regular)
            return needed and exchange.source.lists(pair)

        board = Board(tuple(exchanges), intervals_s, self._state.last_prices, lists)
        self._hub.begin(board, exchanges)
        poll = partial(self._fetcher.poll, self._hub.pairs)
        self._feed = Feed(poll, self._settings[POLL_INTERVAL_S], self._clock, self)
        self._feed.round_ready.connect(self._hub.apply)
        self._feed.scheduled.connect(self._hub.set_schedule)
        self._feed.failed.connect(self._say)
        self._feed.start()

    @Slot()
    def _complete_window(self) -> None:
        """Chart, remaining panels, tray: one after the other, with events in between."""
        steps = iter((self._add_chart, self._add_panels, self._add_tray, self._listen, self._say_problems))

        def go_on() -> None:
            step = next(steps, None)
            if step and not self._quitting:
                step()
                QTimer.singleShot(0, self, go_on)

        go_on()

    def _add_chart(self) -> None:
        from cryptoprices.qt.recorder import Recorder
        from cryptoprices.ui.chart.view import ChartView

        self._recorder = Recorder(self._hub, self._settings[POLL_INTERVAL_S], self)
        self._recorder.record()
        self._chart = chart = ChartView(self._hub, self._recorder)
        bar = self.window.bar
        chart.set_theme(self._keeper.theme)
        chart.set_mode(bar.modes.current)
        chart.set_range(bar.ranges.current)
        self._keeper.changed.connect(chart.set_theme)
        bar.modes.chosen.connect(chart.set_mode)
        bar.ranges.chosen.connect(chart.set_range)
        self.window.place_chart(chart)

        chart.ranges_changed.connect(self._limit_ranges)
        self._limit_ranges()

    @Slot()
    def _limit_ranges(self) -> None:
        """Ranges that there is no data for cannot be chosen, and say why."""
        if self._chart:
            there = self._chart.available_ranges()
            self.window.bar.ranges.refuse(
                {r: "There is no data for so long a time yet" for r in Range if r not in there}
            )

    def _add_panels(self) -> None:
        docks, recorder = self.window.docks, self._recorder
        docks.fill()
        for dock in docks.docks.values():
            if dock.panel:
                dock.panel.follow(recorder)

    def _add_tray(self) -> None:
        from cryptoprices.ui.tray import Tray

        commands = self.window.commands
        actions = (commands.refresh, commands.pause, commands.quit)
        self._tray = tray = Tray(self._hub, Pair.parse(self._settings[TRAY_PAIR]), actions, self._options.demo, self)
        tray.toggle_asked.connect(self.window.toggle_shown)
        tray.open_asked.connect(self.window.bring_up)
        tray.pair_opened.connect(self._open_pair)
        tray.pair_chosen.connect(self._keep_tray_pair)
        tray.present_changed.connect(self._tray_changed)
        self._watch()

    def _listen(self) -> None:
        """For later starts and for signals."""
        from cryptoprices.qt.instance import FirstInstance
        from cryptoprices.qt.quit_signals import QuitSignals

        self._instance = FirstInstance(str(self._paths.folder), self)
        self._instance.raise_asked.connect(self.window.bring_up)
        self._signals = QuitSignals(self)
        self._signals.asked.connect(self.quit)

    def _say_problems(self) -> None:
        if self._problems:
            self._say(" ".join(self._problems))

    # while it runs

    @Slot(str)
    def _say(self, text: str) -> None:
        """Tell the person something that asks for no answer."""
        log.info("Said: %s", text)
        self.window.statusBar().showMessage(text, NOTICE_MS)

    @Slot()
    def _refresh(self) -> None:
        now = self._clock.boot_s()
        waiting = {
            name: standing.paused_until_boot_s
            for name, standing in self._hub.snapshot.standings.items()
            if standing.paused_until_boot_s is not None and standing.paused_until_boot_s > now
        }
        all_wait = all(name in waiting or exchange.only_missing for name, exchange in self._hub.exchanges.items())
        if waiting:
            until_s = min(waiting.values())
            when = clock_text(self._clock.wall_ms() + round((until_s - now) * 1000))
            who = "Every exchange" if all_wait else ", ".join(map(self._title, waiting))
            self._say(f"{who} asked us to wait; available at {when}.")
        if self._feed and not all_wait:
            self._feed.fetch_now(forced=True)

    def _title(self, name: str) -> str:
        return self._hub.exchanges[name].source.title

    @Slot(bool)
    def _pause(self, pause: bool) -> None:
        if self._feed:
            (self._feed.pause if pause else self._feed.resume)()

    @Slot()
    def _watch(self) -> None:
        """Ages are counted while the window or the tray can be seen."""
        self._hub.set_watched(self._tray_present or (self.window.isVisible() and not self.window.isMinimized()))

    @property
    def _tray_present(self) -> bool:
        return self._tray is not None and self._tray.present

    @Slot(bool)
    def _tray_changed(self, present: bool) -> None:
        self._watch()
        if not present and self.window.isHidden():
            self.window.bring_up()  # there is no other way to it any more

    @Slot()
    def _close_window(self) -> None:
        """The person closed the window: into the tray where there is one, else that is the end."""
        if not self._tray_present:
            self.quit()
            return
        self.window.hide()
        if self._tray and self._told != "tray":
            self._told = "tray"
            self._tray.tell("Crypto Prices goes on here. Quit is in the menu of this icon.")

    @Slot(object)
    def _open_pair(self, pair: Pair) -> None:
        self._hub.select(pair)
        self.window.bring_up()

    @Slot(str)
    def _keep_theme(self, setting: str) -> None:
        self._keep(THEME.key, setting)

    @Slot(object)
    def _keep_tray_pair(self, pair: Pair) -> None:
        self._keep(TRAY_PAIR.key, str(pair))

    def _keep(self, key: str, value: object) -> None:
        """Write a setting that the person has just chosen."""
        from cryptoprices.storage.settings_edit import set_value

        self._writer.put(key, partial(set_value, self._paths.settings, key, value))

    @Slot()
    def _save(self) -> None:
        """Once a poll and at the end: keep what the next start shows first."""
        window = {**self.window.geometry_state(), "pair": str(self._hub.selected), "told": self._told}
        pauses = self._fetcher.pauses() if self._fetcher else self._state.pauses
        state = State(window, self._hub.snapshot.last_known, pauses)
        self._writer.put(self._paths.state.name, partial(write_state, self._paths.state, state))

    # the end

    @Slot()
    def quit(self) -> None:
        """End the program, from wherever it is asked for."""
        if not self._quitting:
            self._quitting = True
            self._app.exit(0)  # quit() would ask the window first

    def _clean_up(self) -> None:
        """In the reverse order of the building. A thread that hangs is not waited for."""
        alarm = threading.Timer(END_S, os._exit, (0,))
        alarm.daemon = True
        alarm.start()
        self._save()
        for part in (self._feed, self._tray, self._instance):
            if part:
                part.close()
        self.window.close_for_good()
        self._writer.close()
        if self._fetcher:
            self._fetcher.close()
        if self._demo:
            self._demo.stop()
        if self._begun:
            self._loader.join(0.5)
        if self._signals:
            self._signals.close()
        self._guard.uninstall()
        if self._crash_file:
            remove_if_empty(self._crash_file)
        self._log.close()
        alarm.cancel()
