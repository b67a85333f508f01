"""What comes after the first frame: network, feed, chart, panels, tray, and the ears for later starts and for signals.

Imports stand in the functions that need them: the slow ones run on a thread while the window answers already.
"""

import gc
import logging
import os
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from cryptoprices.clock import Clock
from cryptoprices.core.market import Pair
from cryptoprices.qt.hub import Hub
from cryptoprices.resources import resource
from cryptoprices.settings.options import DEMO_SEED, POLL_INTERVAL_S, TRAY_PAIR
from cryptoprices.settings.values import Settings
from cryptoprices.storage.state import State
from cryptoprices.ui.chart.modes import Range
from cryptoprices.ui.controls import Controls
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.theme import ThemeKeeper

if TYPE_CHECKING:
    from cryptoprices.demo.server import DemoExchange
    from cryptoprices.net.fetch import Fetcher
    from cryptoprices.qt.feed import Feed
    from cryptoprices.qt.instance import FirstInstance
    from cryptoprices.qt.quit_signals import QuitSignals
    from cryptoprices.ui.chart.view import ChartView
    from cryptoprices.ui.tray import Tray

log = logging.getLogger(__name__)


class FirstStage(NamedTuple):
    """What is there already. state: of the last run. folder: of the profile."""

    demo: bool
    folder: str
    settings: Settings
    state: State
    clock: Clock
    hub: Hub
    keeper: ThemeKeeper
    window: MainWindow
    controls: Controls


class SecondStage(QObject):
    """Builds the rest step by step. quit_asked: a signal of the system. failed(str): a part could not be loaded.

    tray_pair_chosen(Pair): from the tray's menu.
    """

    quit_asked = Signal()
    failed = Signal(str)
    tray_pair_chosen = Signal(object)
    _views_loaded = Signal()
    _net_built = Signal()

    def __init__(self, first: FirstStage, parent: QObject) -> None:
        super().__init__(parent)
        self._first = first
        self._fetcher: Fetcher | None = None
        self._demo: DemoExchange | None = None
        self._feed: Feed | None = None
        self._tray: Tray | None = None
        self._instance: FirstInstance | None = None
        self._signals: QuitSignals | None = None
        self.chart: ChartView | None = None
        self._loader = threading.Thread(target=self._load, name="loader", daemon=True)
        self._views_shown = threading.Event()
        self._begun = self._closing = False
        self._views_loaded.connect(self._show_views)
        self._net_built.connect(self._start_asking)

    @Slot()
    def begin(self) -> None:
        """Start loading; a second call does nothing."""
        if not self._begun and not self._closing:
            self._begun = True
            self._add_icon()
            self._loader.start()

    def pauses(self) -> dict[str, object]:
        """Who must wait, for the next start."""
        return self._fetcher.pauses() if self._fetcher else dict(self._first.state.pauses)

    def hush(self) -> None:
        """Nothing comes into the window any more: no price, no click in the tray, no later start."""
        self._closing = True
        for part in (self._feed, self._tray, self._instance):
            if part:
                part.close()

    def close(self) -> None:
        """End what is left. A thread that hangs is not waited for."""
        self._views_shown.set()
        if self._begun:
            self._loader.join(0.5)
        if self._fetcher:
            self._fetcher.close()
        if self._demo:
            self._demo.stop()
        if self._signals:
            self._signals.close()

    def _load(self) -> None:
        """On a thread of its own: load what the first frame did without, and build what is no part of the window."""
        try:
            os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
            import cryptoprices.qt.recorder
            import cryptoprices.ui.chart.view  # noqa: F401

            self._views_loaded.emit()
            self._views_shown.wait()  # two at once would only make the window wait
            self._build_net()
            self._net_built.emit()
        except Exception:
            log.exception("The program could not be loaded whole")
            gc.enable()
            self.failed.emit("A part of the program could not be loaded; the log says which.")

    def _build_net(self) -> None:
        from cryptoprices.net import station
        from cryptoprices.net.certificates import why_no_certificates
        from cryptoprices.sources.discovery import discover

        addresses = None
        if self._first.demo:
            from cryptoprices.demo.server import DemoExchange

            self._demo = DemoExchange(
                self._first.settings[DEMO_SEED] or self._first.clock.wall_ms() % 2**31, self._first.clock
            )
            self._demo.start()
            addresses = self._demo.addresses
        elif problem := why_no_certificates():
            self.failed.emit(problem)
        self._fetcher = station.build(
            self._first.settings, discover(), self._first.clock, self._first.state.pauses, addresses
        )

    def _in_turn(self, *steps: Callable[[], None]) -> None:
        """One step after the other, with the window's events in between."""

        def go_on() -> None:
            step = next(rest, None)
            if step and not self._closing:
                step()
                QTimer.singleShot(0, self, go_on)

        rest = iter(steps)
        go_on()

    @Slot()
    def _show_views(self) -> None:
        self._in_turn(self._add_chart, self._add_panels, self._views_shown.set)

    @Slot()
    def _start_asking(self) -> None:
        self._in_turn(self._add_feed, self._listen, self._add_tray, self._settle)

    def _add_icon(self) -> None:
        from PySide6.QtGui import QIcon

        self._first.window.setWindowIcon(QIcon(str(resource("icons/cryptoprices.svg"))))

    def _add_chart(self) -> None:
        from cryptoprices.qt.recorder import Recorder
        from cryptoprices.ui.chart.view import ChartView

        self._recorder = Recorder(self._first.hub, self._first.settings[POLL_INTERVAL_S], self)
        self.chart = chart = ChartView(self._first.hub, self._recorder)
        bar = self._first.window.bar
        chart.set_theme(self._first.keeper.theme)
        chart.set_mode(bar.modes.current)
        chart.set_range(bar.ranges.current)
        self._first.keeper.changed.connect(chart.set_theme)
        bar.modes.chosen.connect(chart.set_mode)
        bar.ranges.chosen.connect(chart.set_range)
        chart.ranges_changed.connect(self._limit_ranges)
        self._limit_ranges()
        self._first.window.place_chart(chart)

    @Slot()
    def _limit_ranges(self) -> None:
        """Ranges that there is no data for cannot be chosen, and say why."""
        if self.chart:
            there = self.chart.available_ranges()
            refused = {
                str(range_): "There is no data for so long a time yet" for range_ in Range if range_ not in there
            }
            self._first.window.bar.ranges.refuse(refused)

    def _add_panels(self) -> None:
        docks = self._first.window.docks
        docks.fill()
        for dock in docks.docks.values():
            if dock.panel:
                dock.panel.follow(self._recorder)

    def _add_feed(self) -> None:
        from cryptoprices.net import station
        from cryptoprices.qt.feed import Feed

        assert self._fetcher
        exchanges = {exchange.source.name: exchange for exchange in self._fetcher.exchanges}
        board = station.board(self._fetcher.exchanges, self._first.settings, self._first.state.last_prices)
        self._first.hub.begin(board, exchanges)
        poll = partial(self._fetcher.poll, self._first.hub.pairs)
        period_s, next_due_boot_s = self._first.settings[POLL_INTERVAL_S], self._fetcher.next_due_boot_s
        self._feed = feed = Feed(poll, period_s, next_due_boot_s, self._first.clock, self)
        feed.round_ready.connect(self._first.hub.apply)
        feed.scheduled.connect(self._first.hub.set_schedule)
        self._first.controls.take_feed(feed)
        feed.start()

    def _listen(self) -> None:
        """For later starts and for signals."""
        from cryptoprices.qt.instance import FirstInstance
        from cryptoprices.qt.quit_signals import QuitSignals

        self._signals = QuitSignals(self)
        self._signals.asked.connect(self.quit_asked)
        self._instance = FirstInstance(self._first.folder, self)
        self._instance.raise_asked.connect(self._first.window.bring_up)

    def _settle(self) -> None:
        """All is there: collect garbage from now on, passing over what has been loaded for good."""
        self._first.controls.explain_closing()
        gc.freeze()
        gc.enable()

    def _add_tray(self) -> None:
        from cryptoprices.ui.tray import Tray

        commands = self._first.window.commands
        actions = (commands.refresh, commands.pause, commands.quit)
        self._tray = Tray(self._first.hub, Pair.parse(self._first.settings[TRAY_PAIR]), actions, self._first.demo, self)
        self._tray.pair_chosen.connect(self.tray_pair_chosen)
        self._first.controls.take_tray(self._tray)
