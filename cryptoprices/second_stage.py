"""What comes after the first frame: network, feed, chart, panels, tray, and the ears for later starts and for signals.

Imports stand in the functions that need them: `loads` tells which are slow, and how the window answers meanwhile.
"""

import logging
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from cryptoprices.charting import Charting
from cryptoprices.core.market import Pair
from cryptoprices.first_stage import FirstStage
from cryptoprices.loads import BEFORE_CHART, BEFORE_FEED, EXPORT, FEED, PANELS, REST, STUDIES, chart_steps, load, steps
from cryptoprices.qt.garbage import GarbageCollector
from cryptoprices.qt.turns import Turns
from cryptoprices.resources import resource
from cryptoprices.settings.options import POLL_INTERVAL_S, TRAY_PAIR, options_of
from cryptoprices.settings.values import Settings

if TYPE_CHECKING:
    from cryptoprices.local_api import LocalApi
    from cryptoprices.local_tokens import LocalTokens
    from cryptoprices.parts import Parts
    from cryptoprices.qt.instance import FirstInstance
    from cryptoprices.qt.quit_signals import QuitSignals
    from cryptoprices.qt.tasks import Tasks
    from cryptoprices.supply import Supply
    from cryptoprices.ui.analysis.window import AnalysisWindow
    from cryptoprices.ui.tray import Tray

log = logging.getLogger(__name__)


class SecondStage(QObject):
    """Builds the rest step by step. quit_asked: a signal of the system. failed(str): a part could not be loaded.

    setting_chosen(key, value): to be kept.
    """

    quit_asked = Signal()
    failed = Signal(str)
    setting_chosen = Signal(str, object)
    _history_said = Signal(str)
    _arrays_loaded = Signal()
    _net_built = Signal()

    def __init__(self, first: FirstStage, parent: QObject) -> None:
        super().__init__(parent)
        self._first = first
        self._parts: Parts | None = None
        self._supply: Supply | None = None
        self._tasks: Tasks | None = None
        self._tray: Tray | None = None
        self._api: LocalApi | None = None
        self._tokens: LocalTokens | None = None
        self._analysis: AnalysisWindow | None = None
        self._instance: FirstInstance | None = None
        self._signals: QuitSignals | None = None
        self.charting = Charting(first, self)
        self._loader = threading.Thread(target=self._load, name="loader", daemon=True)
        self._views_shown = threading.Event()
        self._begun = self._closing = False
        self._garbage = GarbageCollector(first.hub, self)
        self._turns = Turns(self)
        self._turns.failed.connect(self._tell_failure)
        self._arrays_loaded.connect(self._show_views)
        self._net_built.connect(self._start_asking)
        self._history_said.connect(self._say_of_history)
        self.failed.connect(self._garbage.begin)

    @Slot()
    def begin(self) -> None:
        """Start loading; a second call does nothing."""
        if not self._begun and not self._closing:
            from cryptoprices.qt.quit_signals import QuitSignals

            self._begun = True
            self._signals = QuitSignals(self._first.stop, self)
            self._signals.asked.connect(self.quit_asked)
            self._add_icon()
            self._loader.start()

    def pauses(self) -> dict[str, object]:
        """Who must wait, for the next start."""
        return self._parts.fetcher.pauses() if self._parts else dict(self._first.state.pauses)

    def hush(self) -> None:
        """Nothing comes into the window any more: no price, no click in the tray, no later start."""
        self._closing = True
        self._turns.close()
        if self._api:
            self._api.hush()
        if self._supply:
            self._supply.hush()
        for part in (self._tasks, self._tray, self._instance):
            if part:
                part.close()

    def close(self) -> None:
        """End what is left. A thread that hangs is not waited for."""
        self._views_shown.set()
        if self._begun:
            self._loader.join(0.5)
        if self._api:
            self._api.close()
        if self._parts:
            self._parts.close()
        if self._signals:
            self._signals.close()

    def _load(self) -> None:
        """On a thread of its own: load what knows no Qt, and build what is no part of the window."""
        try:
            load(BEFORE_CHART)
            self._arrays_loaded.emit()
            self._views_shown.wait()
            if not self._closing:
                load(BEFORE_FEED)
                self._build_net()
                self._net_built.emit()
        except Exception:  # the outermost line of this thread
            log.exception("The program could not be loaded whole")
            self._tell_failure()

    def _build_net(self) -> None:
        from cryptoprices import parts
        from cryptoprices.net.certificates import why_no_certificates

        first = self._first
        if not first.demo and (problem := why_no_certificates()):
            self.failed.emit(problem)
        settings, said = first.preferences.settings, self._history_said.emit
        self._parts = parts.build(settings, first.state, first.clock, first.paths.history, said, first.demo)

    @Slot()
    def _show_views(self) -> None:
        chart = *chart_steps(), self.charting.add_chart
        studies = *steps(STUDIES), self.charting.add_studies
        self._turns.take(*chart, *studies, *steps(PANELS), self.charting.add_panels, self._views_shown.set)

    @Slot()
    def _start_asking(self) -> None:
        feed = *steps(FEED), self._add_feed, *steps(EXPORT), self._add_export
        self._turns.take(*feed, *steps(REST), self._listen, self._add_tray, self._add_api, self._settle)

    @Slot()
    def _tell_failure(self) -> None:
        """From either thread."""
        self.failed.emit("A part of the program could not be loaded; the log says which.")

    def _add_icon(self) -> None:
        from PySide6.QtGui import QIcon

        self._first.window.setWindowIcon(QIcon(str(resource("icons/cryptoprices.svg"))))

    def _add_feed(self) -> None:
        from cryptoprices.qt.tasks import Tasks
        from cryptoprices.supply import Supply
        from cryptoprices.ui.panels.exchanges import Exchanges

        assert self._parts
        first, settings = self._first, self._first.preferences.settings
        first.preferences.families = tuple(map(options_of, self._parts.sources.values()))
        first.preferences.changed.connect(self._take_settings)
        self._tasks = Tasks(self)
        self._supply = supply = Supply(self._parts, first.hub, settings, first.state, self._tasks, self)
        supply.setting_chosen.connect(self.setting_chosen)
        supply.measured.connect(first.window.status.show_history)
        panel = first.window.docks.panel("exchanges")
        assert isinstance(panel, Exchanges)
        panel.commands.order_chosen.connect(supply.order)
        panel.commands.switched.connect(supply.switch)
        panel.commands.ask_wanted.connect(supply.ask)
        first.window.intervals.chosen.connect(supply.ask_every)
        first.window.intervals.show_interval(settings[POLL_INTERVAL_S])
        supply.interval_changed.connect(first.window.intervals.show_interval)
        first.controls.take_feed(supply.feed)
        self.charting.follow(supply, self._tasks)
        supply.begin()

    @Slot(object)
    def _take_settings(self, settings: Settings) -> None:
        """Other settings hold as a whole."""
        if self._supply:
            self._supply.take_settings(settings)
        if self._tray:
            self._tray.show_pair(Pair.parse(settings[TRAY_PAIR]))
        if self._api:
            self._api.take_settings(settings)

    def _add_export(self) -> None:
        from cryptoprices.storage.atomic import write, write_export, write_lines
        from cryptoprices.ui.chart_forms import ChartForms
        from cryptoprices.ui.exporter import Exporter
        from cryptoprices.ui.settings_file import SettingsFile

        window, chart, timeline, tasks = self._first.window, self.charting.chart, self.charting.timeline, self._tasks
        assert chart
        assert tasks
        assert self._parts
        assert self._supply
        archive, back_up = self._supply.archive, self._parts.history.back_up
        exporter = Exporter(window, chart, timeline, archive, back_up, tasks, write_lines)
        forms = ChartForms(window, chart, timeline, exporter, tasks, write_lines, write_export, self._first.demo)
        for each in (exporter, forms):
            each.said.connect(self._first.controls.say)
        self.charting.tools.told.connect(forms.reader.announce)
        SettingsFile(window, self._first.controls, self._first.preferences, tasks, write)
        window.commands.analysis.triggered.connect(self._open_analysis)
        window.commands.analysis.setEnabled(True)

    @Slot()
    def _open_analysis(self) -> None:
        from cryptoprices.ui.analysis.window import AnalysisWindow

        if self._analysis is None:
            assert self.charting.chart
            assert self._supply
            assert self._tasks
            parts = self.charting.chart, self.charting.timeline, self._supply.archive, self._tasks
            self._analysis = AnalysisWindow(self._first.window, self._first.keeper, *parts)
        self._analysis.bring_up()

    def _listen(self) -> None:
        """For later starts."""
        from cryptoprices.qt.instance import FirstInstance

        self._instance = FirstInstance(str(self._first.paths.folder), self)
        self._instance.raise_asked.connect(self._first.window.bring_up)

    def _add_api(self) -> None:
        from cryptoprices.local_api import LocalApi
        from cryptoprices.ui.api_menu import ApiMenu

        assert self._supply
        assert self._tasks
        first, window = self._first, self._first.window
        self._api = api = LocalApi(first.hub, first.preferences, first.paths, self._supply, self._tasks, self)
        window.menu.insertMenu(window.commands.show_window, menu := ApiMenu(window))
        menu.switched.connect(api.switch)
        api.switched.connect(menu.show_state)
        api.switched.connect(window.status.show_api)
        menu.port_chosen.connect(api.move)
        menu.tokens.triggered.connect(self._open_tokens)
        api.wanted_changed.connect(menu.show_wanted)
        api.failed.connect(first.controls.say)
        api.take_settings(first.preferences.settings)

    @Slot()
    def _open_tokens(self) -> None:
        from cryptoprices.local_tokens import LocalTokens

        if self._tokens is None:
            assert self._tasks
            self._tokens = LocalTokens(self._first.paths, self._first.clock, self._tasks, self._first.window)
        self._tokens.open()

    def _settle(self) -> None:
        """All is there."""
        self._first.controls.explain_closing()
        self._garbage.begin()

    @Slot(object)
    def _keep_tray_pair(self, pair: Pair) -> None:
        self.setting_chosen.emit(TRAY_PAIR.key, str(pair))

    @Slot(str)
    def _say_of_history(self, text: str) -> None:
        """A trouble of the history stays in sight until it is over, which an empty text says."""
        for place in (self._first.window.status, self._first.window.banner):
            place.show_history_trouble(text)
        if text:
            self._first.controls.say(text)
        elif self._supply:
            self._supply.measure()

    def _add_tray(self) -> None:
        from cryptoprices.ui.tray import Tray

        commands = self._first.window.commands
        actions = (commands.refresh, commands.pause, commands.quit)
        pair = Pair.parse(self._first.preferences.settings[TRAY_PAIR])
        self._tray = Tray(self._first.hub, pair, actions, self._first.demo, self)
        self._tray.pair_chosen.connect(self._keep_tray_pair)
        self._first.controls.take_tray(self._tray)
