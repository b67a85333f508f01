"""Where the window's prices come from: polls, streams and the history, and the exchanges that the person wants."""

import threading
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from cryptoprices.archive import Archive
from cryptoprices.core.currency import Rates
from cryptoprices.core.errors import SourceError
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import STREAM, Flow, Pair, Round
from cryptoprices.core.pairs import HEADED
from cryptoprices.core.source import Exchange
from cryptoprices.core.stablecoins import needed_pairs
from cryptoprices.historian import Historian
from cryptoprices.net import station
from cryptoprices.net.stream import Streams
from cryptoprices.parts import Parts
from cryptoprices.qt.feed import Feed
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.rates import RateKeeper
from cryptoprices.qt.tasks import Question, Tasks
from cryptoprices.settings.options import (
    EXCHANGE_ORDER,
    POLL_INTERVAL_S,
    STREAM_ENABLED,
    options_of,
)
from cryptoprices.settings.values import Settings
from cryptoprices.storage.state import State

_MEASURE_POLLS = 15  # the first and then every so many
_FLUSH_S = 5.0
_LAST_MINUTE_MS = 65_000


def _pass(_progress: object) -> None:
    """What is not worth a word: how far mending is, that the history could not be measured."""


class Supply(QObject):
    """Built in the GUI thread, when the window can take prices.

    setting_chosen(key, value): by the person, to be kept. interval_changed(int): seconds between two polls. mended:
    gaps of our own record have been filled.
    measured(since_ms or None, bytes): what the history holds.
    """

    setting_chosen = Signal(str, object)
    interval_changed = Signal(int)
    mended = Signal()
    measured = Signal(object, object)

    def __init__(self, parts: Parts, hub: Hub, settings: Settings, state: State, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._parts, self._hub, self._settings, self._tasks = parts, hub, settings, tasks
        self._fetcher, self._clock = parts.fetcher, hub.clock
        asked, hub.switched_off = self._roster()
        hub.begin(station.board(self._fetcher.exchanges, settings, state.last_prices), asked)
        offered = [*asked.values(), *hub.switched_off.values()]  # who is off may be switched on
        interval_s = station.terms(offered, settings).interval_s
        self._historian = Historian(parts.history, interval_s, self._clock, parts.last_ms)
        self._rates = RateKeeper(hub, parts.ask_rates, tasks, self)
        self.feed = Feed(self._poll, settings[POLL_INTERVAL_S], self._fetcher.next_due_boot_s, self._clock, self)
        self._streams: Streams | None = None
        self._proxy = station.proxy_setting(settings, parts.demo is not None)  # of this run, as for polls
        self.feed.round_ready.connect(self._take)
        self.feed.scheduled.connect(hub.set_schedule)
        self.feed.scheduled.connect(self._ask_unasked)
        self.feed.woke.connect(self._wake)
        hub.paused_changed.connect(self._pause)
        hub.pairs_changed.connect(self._follow_pairs)
        self._polls = 0
        self._more: tuple[Pair, ...] = ()  # that other programs want
        self._followed = self._wanted()
        self._unasked = False  # a pair is new
        self._mending: list[Gap] = []  # to be filled once more, or once asking goes on
        self._mends: list[tuple[Question, list[Gap]]] = []  # what is being filled
        self._last_minute = QTimer(self, singleShot=True, interval=_LAST_MINUTE_MS)
        self._last_minute.timeout.connect(self._mend_again)

    def begin(self) -> None:
        """Ask and listen from now on."""
        self.feed.start()
        self._stream()
        self._rates.begin()

    @property
    def archive(self) -> Archive:
        """The past."""
        return self._parts.archive

    def records(self) -> bool:
        """Whether prices are written down, and stay. Any thread."""
        return self._parts.history.lasting

    def ask_past_rates(self, code: str) -> list[Rates] | SourceError:
        """What a dollar cost in this currency since there are prices. For a worker."""
        return self._parts.ask_past_rates(code)

    def hush(self) -> None:
        """Nothing comes into the window any more."""
        self.feed.close()
        self._last_minute.stop()
        self._rates.close()
        if self._streams:
            self._streams.close()
        self._historian.close()

    @Slot(object)
    def order(self, names: tuple[str, ...]) -> None:
        """The person wants the exchanges in this order."""
        self._choose(EXCHANGE_ORDER.key, names)

    @Slot(str, bool)
    def switch(self, name: str, on: bool) -> None:
        """The person wants this exchange asked, or not."""
        enabled = options_of(self._parts.sources[name]).enabled
        self._choose(enabled.key, (enabled.default or True) if on else False)

    @Slot(str)
    def ask(self, name: str) -> None:
        """The person wants this exchange asked now."""
        self._fetcher.ask_again(name)
        self.feed.ask_due()

    @Slot(int)
    def ask_every(self, seconds: int) -> None:
        """The person wants so much time between two polls."""
        self._choose(POLL_INTERVAL_S.key, seconds)

    @Slot()
    def ask_now(self) -> None:
        """Somebody wants all asked now."""
        self.feed.fetch_now(forced=True)

    @Slot(object)
    def ask_for(self, pairs: tuple[Pair, ...]) -> None:
        """These are wanted besides the watchlist, from now on."""
        self._more = pairs
        self._follow_pairs()

    def take_settings(self, settings: Settings) -> None:
        """These hold from now on, as far as they say who is asked, how often, and whether there are streams."""
        interval_s, streamed = self._settings[POLL_INTERVAL_S], self._streamed()
        self._settings = settings
        asked, off = self._roster()
        exchanges = list(asked.values())
        terms = station.terms(exchanges, settings)
        self._fetcher.set_interval(settings[POLL_INTERVAL_S])
        self._fetcher.set_exchanges(exchanges)
        self._hub.change_exchanges(terms, asked, off)
        self._historian.set_intervals(station.terms([*exchanges, *off.values()], settings).interval_s)
        if self._streamed() != streamed:
            self._end_streams()
            self._stream()
        if settings[POLL_INTERVAL_S] != interval_s:
            self.interval_changed.emit(settings[POLL_INTERVAL_S])
        self.feed.set_period(settings[POLL_INTERVAL_S])

    def _choose(self, key: str, value: object) -> None:
        self.take_settings(self._settings.with_values({key: value}))
        self.setting_chosen.emit(key, value)

    def _streamed(self) -> tuple[Exchange, ...]:
        """Those whose streams are wanted, in the person's order."""
        return self._fetcher.exchanges if self._settings[STREAM_ENABLED] else ()

    def _roster(self) -> tuple[dict[str, Exchange], dict[str, Exchange]]:
        """Those that are asked and those that are switched off, by name, in the person's order."""
        addresses = self._parts.demo.addresses if self._parts.demo else None
        asked, off = station.roster(self._settings, self._parts.sources, addresses)
        return {each.source.name: each for each in asked}, {each.source.name: each for each in off}

    def _wanted(self) -> tuple[Pair, ...]:
        """What is shown, what programs want, and the rates without which a part of it could not be converted."""
        return needed_pairs((*self._hub.pairs, *HEADED, *self._more), self._fetcher.exchanges)

    @Slot()
    def _follow_pairs(self) -> None:
        """A pair that nobody asked for yet is asked for now."""
        before, self._followed = self._followed, self._wanted()
        if self._streams and self._followed != before:
            self._streams.follow(self._followed)
        if set(self._followed) - set(before):
            self._unasked = True
            self._ask_unasked()

    @Slot()
    def _ask_unasked(self) -> None:
        """A poll that runs knows nothing of such a pair; once it is over, everybody is asked again."""
        if self._unasked and not self.feed.polling:
            self._unasked = False
            for name in self._hub.exchanges:
                self._fetcher.hasten(name)
            self.feed.ask_due()

    def _poll(self, deliver: Callable[[Round], None], forced: bool, woken: bool) -> None:
        """On the poll's thread."""
        if forced and (streams := self._streams):
            streams.retry()
        self._fetcher.poll(self._wanted(), deliver, forced, woken)

    def _stream(self) -> None:
        if self._settings[STREAM_ENABLED] and not self._hub.paused:
            resolver = self._fetcher.resolver
            streams = Streams(
                self._fetcher.exchanges, self._clock, self.feed.take, self._lost, self._proxy, resolver=resolver
            )
            self._streams = streams
            streams.follow(self._wanted())

    def _end_streams(self) -> None:
        if self._streams:
            threading.Thread(target=self._streams.close, name="streams-end", daemon=True).start()
            self._streams = None
            ended = tuple(Flow(name) for name in self._hub.snapshot.flows)
            self._hub.apply(Round(STREAM, self._clock.boot_s(), flows=ended))

    def _lost(self, name: str) -> None:
        """On the streams' thread: the poll takes over at once."""
        self._fetcher.hasten(name)
        self.feed.poll_due()

    @Slot(object)
    def _take(self, round_: Round) -> None:
        self._hub.apply(round_)
        if gaps := self._historian.take(round_, self._hub.snapshot):
            self._mending += gaps
            if not self._hub.paused:
                self._mend(gaps)
                self._last_minute.start()
        if round_.last:
            if self._polls % _MEASURE_POLLS == 0:
                self.measure()
            self._polls += 1

    @Slot()
    def measure(self) -> None:
        """Find out how much history there is."""
        self._tasks.ask(self._look, then=self._tell_measure, failed=_pass, owner=self)

    def _mend(self, gaps: list[Gap]) -> None:
        """What was missed is asked of the exchanges, where they keep it."""
        mend = partial(self._parts.archive.mend, self._hub.pairs, gaps)
        then = partial(self._tell_mended, gaps)
        self._mends.append((self._tasks.ask(mend, then=then, failed=then, told=_pass, owner=self), gaps))

    @Slot()
    def _mend_again(self) -> None:
        """Now the minute that ran when a gap ended is over too."""
        gaps, self._mending = self._mending, []
        self._mend(gaps)

    def _tell_mended(self, gaps: list[Gap], _left: object) -> None:
        self._mends = [mend for mend in self._mends if mend[1] is not gaps]
        self.mended.emit()

    def _look(self) -> tuple[int | None, int]:
        history = self._parts.history
        history.flush(_FLUSH_S)
        span = history.span_ms()
        return span[0] if span else None, history.size_bytes()

    @Slot(object)
    def _tell_measure(self, found: tuple[int | None, int]) -> None:
        self.measured.emit(*found)

    @Slot()
    def _wake(self) -> None:
        self._historian.rest(GapReason.ASLEEP)
        if self._streams:
            self._streams.wake()

    @Slot(bool)
    def _pause(self, paused: bool) -> None:
        if paused:
            self._historian.rest(GapReason.PAUSED)
            self._end_streams()
            self._stop_mending()
            return
        if self._mending:
            self._last_minute.start()
        if self._streams is None:
            self._stream()

    def _stop_mending(self) -> None:
        """What was being filled is filled once asking goes on."""
        self._last_minute.stop()
        for question, gaps in self._mends:
            question.cancel()
            self._mending += gaps
        self._mends.clear()
