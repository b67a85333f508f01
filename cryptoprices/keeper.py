"""The owner of the state of a run without a window: polls and streams in, moments out, all on one thread."""

import logging
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from cryptoprices.api.ports import Moment
from cryptoprices.archive import Archive
from cryptoprices.clock import Clock
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import STREAM, Flow, Pair, Round
from cryptoprices.core.snapshot import LastKnown
from cryptoprices.core.source import Exchange, Source
from cryptoprices.core.stablecoins import needed_pairs
from cryptoprices.headless import NONE_ENABLED, Worker
from cryptoprices.historian import Historian
from cryptoprices.net import station
from cryptoprices.net.fetch import Fetcher
from cryptoprices.net.stream import Streams
from cryptoprices.settings.declare import Setting
from cryptoprices.settings.options import API_ENABLED, API_PORT, POLL_INTERVAL_S, STREAM_ENABLED, THEME, TRAY_PAIR
from cryptoprices.settings.values import Settings

log = logging.getLogger(__name__)

_LOOK_S = 1.0  # a sleep of the machine, a new time for the next poll or a time to fill gaps is noticed by then
_PAUSE_S, _FORCED_S = 0.5, 2.0  # between the beginnings of two polls, whoever hastens them; whoever asks for one
_ASLEEP_S = 30.0  # looks come every second; one so late means that the machine slept
_MEND_AGAIN_S = 65.0  # by then the minute that ran when a gap ended is over too
_WINDOWS = frozenset(setting.key for setting in (API_ENABLED, API_PORT, THEME, TRAY_PAIR))
"""What only the window takes while it runs."""


class Means(NamedTuple):
    """What it works with. addresses: of the demo market, None for the real one. proxy: as Http takes it.

    wanted(settings): the pairs that are served, in the person's order. keep(key, value): writes a setting down; blocks,
    raises OSError. polled(last prices): called at the end of every poll; must not block.
    """

    fetcher: Fetcher
    sources: Mapping[str, Source]
    addresses: Mapping[str, str] | None
    proxy: str
    historian: Historian
    archive: Archive
    wanted: Callable[[Settings], tuple[Pair, ...]]
    keep: Callable[[str, object], object]
    polled: Callable[[Mapping[Pair, LastKnown]], object]


class Keeper:
    """Live and Owner of the API. `run` is for the thread that owns the state; all else may be called by any thread.

    leads: whether it asks and listens; one of several replicas does so only from when it is told to lead.
    """

    def __init__(
        self,
        means: Means,
        settings: Settings,
        last_prices: Mapping[Pair, LastKnown],
        clock: Clock,
        leads: bool = True,
    ) -> None:
        self._means, self._clock, self._fetcher = means, clock, means.fetcher
        self._inbox: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._listeners: list[Callable[[], object]] = []
        self._worker: Worker | None = None
        self._streams: Streams | None = None
        self._mends: list[threading.Event] = []
        self._mend_again: list[tuple[float, list[Gap]]] = []
        self._begun_boot_s = -_FORCED_S
        self._looked_boot_s = clock.boot_s()
        self._woken = self._forced = False
        self._leads_until_s = math.inf if leads else 0.0
        self._board = station.board(self._fetcher.exchanges, settings, last_prices)
        first = clock.wall_ms()  # higher than any version of an earlier run, which a reader may come back with
        asked, off = self._roster(settings)
        self._moment = Moment(first, self._board.snapshot(), means.wanted(settings), asked, off, settings)
        self._set_intervals(settings, [*asked.values(), *off.values()])

    # what any thread may call

    @property
    def clock(self) -> Clock:
        """The program's clock."""
        return self._clock

    def moment(self) -> Moment:
        """What is known now."""
        return self._moment

    def listen(self, told: Callable[[], object]) -> None:
        """Have told() called whenever there is another moment."""
        self._listeners.append(told)

    @property
    def leads(self) -> bool:
        """Who was stopped for longer than the lease finds it over, before anybody could say so."""
        return self._clock.boot_s() < self._leads_until_s

    def set_setting(self, key: str, value: object) -> Future[None]:
        """Have this hold, and keep it."""
        done: Future[None] = Future()
        threading.Thread(target=self._keep, args=(key, value, done), name="keep-setting", daemon=True).start()
        return done

    def takes_at_once(self, setting: Setting[Any]) -> bool:
        """Whether another value of it holds at once, without a window as well."""
        return setting.at_once and setting.key not in _WINDOWS

    def ask_now(self) -> Future[None]:
        """Ask all exchanges now, but for those that have asked for patience."""
        done: Future[None] = Future()
        self._inbox.put(partial(self._force, done))
        return done

    def look_at_pairs(self) -> None:
        """Other pairs may be wanted now."""
        self._inbox.put(self._change_pairs)

    def lead(self, until_boot_s: float) -> None:
        """From now until then the exchanges are asked here, and no longer unless this is called again. 0.0: no more."""
        self._inbox.put(partial(self._set_leading, until_boot_s))

    # the owner's thread

    def run(self, going: Callable[[], bool]) -> None:
        """Ask, listen and take in until an exception ends it, or, looked at once a second, going() is False."""
        self._stream()
        while going():
            self._notice_sleep()
            if not self._is_polling() and self._clock.boot_s() >= self._due_boot_s():
                self._begin_poll()
            self._take_in()

    def close(self) -> None:
        """Nothing is asked and nothing is told any more. For the owner's thread, after run()."""
        self._listeners.clear()
        if self._streams:
            self._streams.close()
        for stop in self._mends:
            stop.set()
        self._means.historian.close()

    def _take_in(self) -> None:
        """What has come, waiting for it, but not for long."""
        wait_s = _LOOK_S if self._worker else min(_LOOK_S, max(0.0, self._due_boot_s() - self._clock.boot_s()))
        with suppress(Empty):
            job = self._inbox.get(timeout=wait_s)
            while True:
                job()
                job = self._inbox.get_nowait()

    def _is_polling(self) -> bool:
        if self._worker is not None and not self._worker.is_alive():
            error, self._worker = self._worker.error, None
            if error:
                log.error("A poll failed; the next one runs as usual", exc_info=error)
            self._tell()
        return self._worker is not None

    def _due_boot_s(self) -> float:
        if not self.leads:
            return math.inf
        if self._forced or self._woken:
            return self._begun_boot_s + _FORCED_S
        return max(self._fetcher.next_due_boot_s(), self._begun_boot_s + _PAUSE_S)

    def _begin_poll(self) -> None:
        self._begun_boot_s = self._clock.boot_s()
        forced, woken, self._forced, self._woken = self._forced, self._woken, False, False
        if forced and self._streams:
            self._streams.retry()
        poll = partial(self._fetcher.poll, self._asked(), self._deliver, forced, woken)
        self._worker = Worker("poll", poll)
        self._worker.start()
        self._tell()

    def _deliver(self, round_: Round) -> None:
        """On any thread: what a poll or a stream brought."""
        self._inbox.put(partial(self._apply, round_))

    def _lost(self, name: str) -> None:
        """On the streams' thread: polling takes over at once."""
        self._fetcher.hasten(name)
        self._inbox.put(_nothing)

    def _apply(self, round_: Round) -> None:
        snapshot = self._board.apply(round_, self._clock.boot_s(), self._clock.wall_ms())
        self._tell(self._moment._replace(snapshot=snapshot))
        if gaps := self._means.historian.take(round_, snapshot):
            self._mend(gaps)
            self._mend_again.append((self._clock.boot_s() + _MEND_AGAIN_S, gaps))
        if round_.last:
            self._means.polled(snapshot.last_known)

    def _tell(self, moment: Moment | None = None) -> None:
        """There is another moment."""
        moment = moment or self._moment
        due = self._begun_boot_s + moment.settings[POLL_INTERVAL_S] if self._worker else self._due_boot_s()
        trouble = "" if moment.exchanges else NONE_ENABLED
        next_s = due if self.leads else None
        self._moment = moment._replace(version=moment.version + 1, next_poll_boot_s=next_s, trouble=trouble)
        for told in self._listeners:
            told()

    def _notice_sleep(self) -> None:
        now = self._clock.boot_s()
        passed, self._looked_boot_s = now - self._looked_boot_s, now
        if passed > _ASLEEP_S:
            log.info("Awake again after %.0f s; asking for prices now", passed)
            self._means.historian.rest(GapReason.ASLEEP)
            if self._streams and self.leads:
                self._streams.wake()
            self._woken = True
        for due_s, gaps in [each for each in self._mend_again if each[0] <= now]:
            self._mend_again.remove((due_s, gaps))
            self._mend(gaps)

    def _set_leading(self, until_boot_s: float) -> None:
        led, self._leads_until_s = self._leads_until_s > 0, until_boot_s
        if until_boot_s and not led:
            self._woken = True
            self._stream()
        elif led and not until_boot_s:
            self._means.historian.rest(GapReason.PAUSED)
            self._end_streams()

    def _force(self, done: Future[None]) -> None:
        self._forced = True
        done.set_result(None)

    # settings and pairs

    def _keep(self, key: str, value: object, done: Future[None]) -> None:
        """On a thread of its own: the disk may be slow."""
        try:
            self._means.keep(key, value)
        except OSError as error:
            done.set_exception(error)
        else:
            self._inbox.put(partial(self._hold, key, value, done))

    def _hold(self, key: str, value: object, done: Future[None]) -> None:
        before = self._moment.settings
        settings = before.with_values({key: value})
        streamed = self._streamed(before)
        asked, off = self._roster(settings)
        self._fetcher.set_interval(settings[POLL_INTERVAL_S])
        self._fetcher.set_exchanges(list(asked.values()))
        self._board.set_exchanges(station.terms(list(asked.values()), settings))
        self._set_intervals(settings, [*asked.values(), *off.values()])
        self._tell(
            self._moment._replace(snapshot=self._board.snapshot(), exchanges=asked, switched_off=off, settings=settings)
        )
        self._change_pairs()
        if self._streamed(settings) != streamed:
            self._end_streams()
            self._stream()
        done.set_result(None)

    def _change_pairs(self) -> None:
        pairs = self._means.wanted(self._moment.settings)
        if pairs != self._moment.pairs:
            self._tell(self._moment._replace(pairs=pairs))
            self._forced = True  # a pair that nobody asked for yet is asked for now
            if self._streams:
                self._streams.follow(self._asked())

    def _set_intervals(self, settings: Settings, exchanges: Sequence[Exchange]) -> None:
        """Who is off may be switched on."""
        self._means.historian.set_intervals(station.terms(exchanges, settings).interval_s)

    def _roster(self, settings: Settings) -> tuple[dict[str, Exchange], dict[str, Exchange]]:
        """Those that are asked and those that are switched off, by name, in the person's order."""
        asked, off = station.roster(settings, self._means.sources, self._means.addresses)
        return {each.source.name: each for each in asked}, {each.source.name: each for each in off}

    def _asked(self) -> tuple[Pair, ...]:
        """What is served, and the rates without which a part of it could not be converted."""
        return needed_pairs(self._moment.pairs, self._fetcher.exchanges)

    # streams and the past

    def _streamed(self, settings: Settings) -> tuple[Exchange, ...]:
        return self._fetcher.exchanges if settings[STREAM_ENABLED] else ()

    def _stream(self) -> None:
        exchanges = self._streamed(self._moment.settings)
        if exchanges and self.leads:
            heard = self._deliver, self._lost
            resolver = self._fetcher.resolver
            self._streams = Streams(exchanges, self._clock, *heard, self._means.proxy, resolver=resolver)
            self._streams.follow(self._asked())

    def _end_streams(self) -> None:
        if self._streams:
            threading.Thread(target=self._streams.close, name="streams-end", daemon=True).start()
            self._streams = None
            ended = tuple(Flow(name) for name in self._moment.snapshot.flows)
            self._apply(Round(STREAM, self._clock.boot_s(), flows=ended))

    def _mend(self, gaps: list[Gap]) -> None:
        """What was missed is asked of the exchanges, where they keep it."""
        stop = threading.Event()
        self._mends = [*(each for each in self._mends if not each.is_set()), stop]

        def mend() -> None:
            try:
                self._means.archive.mend(self._moment.pairs, gaps, _pass, stop)
            finally:
                stop.set()

        Worker("mend", mend).start()


def _nothing() -> None:
    """To wake whoever waits for something to come in."""


def _pass(_progress: object) -> None:
    """How far it is, nobody looks at."""
