"""Composition root of `watch`: prices in the terminal, once or poll after poll."""

import json
from contextlib import ExitStack, suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from cryptoprices.clock import Clock, system_clock
from cryptoprices.core.board import Board
from cryptoprices.core.market import STREAM, Flow, Pair, Round, Standing
from cryptoprices.core.reference import ECB
from cryptoprices.core.report import pair_line, pair_report
from cryptoprices.core.snapshot import PairPrice, Snapshot
from cryptoprices.core.stablecoins import needed_pairs
from cryptoprices.headless import NONE_ENABLED, Worker, blamed, opened_market, opened_profile
from cryptoprices.headless_rates import RunRates
from cryptoprices.net import station
from cryptoprices.net.certificates import why_no_certificates
from cryptoprices.net.fetch import Fetcher
from cryptoprices.net.http import Http
from cryptoprices.net.rates import ask_rates
from cryptoprices.settings.options import CURRENCY, POLL_INTERVAL_S, STREAM_ENABLED, WATCHLIST
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.terminal import Progress, Terminal

if TYPE_CHECKING:  # what does not stream does without
    from cryptoprices.net.stream import Streams

_NOTHING, _NOBODY_LISTS = 1, 2
_LOOK_S = 1.0  # a sleep or a new time for the next poll is noticed by then
_PAUSE_S = 0.5  # between the beginnings of two polls, whoever hastens them
_APART_S = 1.0  # two lines of one pair while it streams


class WatchOptions(NamedTuple):
    """pairs: empty = the watchlist. every_s: time between two polls, None = the setting's."""

    pairs: tuple[Pair, ...] = ()
    once: bool = False
    json: bool = False
    every_s: int | None = None


def watch(options: RunOptions, chosen: WatchOptions, streams: "type[Streams] | None" = None) -> int:
    """Print prices: once, or at the end of every poll and as they stream in, until stopped. Returns the exit status.

    Those of the watchlist are shown in the person's currency, those that are named as they are named.
    streams: what listens to the exchanges' streams, unless the settings say otherwise; None: polls alone.
    """
    terminal = Terminal()
    clock = system_clock()
    with opened_profile(options, terminal) as profile:
        values = profile.settings
        if chosen.every_s is not None:
            values = values.with_values({POLL_INTERVAL_S.key: chosen.every_s})
        watchlist, code = values[WATCHLIST], "USD" if chosen.pairs else values[CURRENCY]
        chosen = chosen._replace(pairs=chosen.pairs or tuple(map(Pair.parse, watchlist)))
        with opened_market(options, profile, values, clock) as market, ExitStack() as stack:
            fetcher = market.fetcher
            http = Http(clock, market.proxy)
            stack.callback(http.close)
            ask = partial(ask_rates, http, market.rates_url, "DEMO" if options.demo else ECB)
            rates = RunRates(code, ask, clock, terminal.notice)
            board = station.board(fetcher.exchanges, values)
            watcher = Watcher(fetcher, board, rates, chosen, clock, terminal, options.demo)
            streaming = streams is not None and values[STREAM_ENABLED]
            if streams and streaming:
                heard = watcher.take, watcher.lost
                listening = streams(fetcher.exchanges, clock, *heard, market.proxy, resolver=fetcher.resolver)
                stack.callback(listening.close)
                listening.follow(watcher.asked)
            return watcher.run(streaming)


class Watcher:
    """Polls and streams into lines. chosen: with its pairs filled in. demo: every line for a person says so.

    asked: the pairs that are asked for, with those that it takes to convert what is asked.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        board: Board,
        rates: RunRates,
        chosen: WatchOptions,
        clock: Clock,
        terminal: Terminal,
        demo: bool,
    ) -> None:
        self._fetcher, self._board, self._pairs, self._clock = fetcher, board, chosen.pairs, clock
        self._rates = rates
        self.asked = needed_pairs(chosen.pairs, fetcher.exchanges)
        self._terminal, self._as_json, self._once, self._demo = terminal, chosen.json, chosen.once, demo
        self._progress = Progress(terminal, clock.boot_s)
        self._sources = {exchange.source.name: exchange.source for exchange in fetcher.exchanges}
        self._inbox: SimpleQueue[Round | None] = SimpleQueue()
        self._worker: Worker | None = None
        self._begun_boot_s = -_PAUSE_S
        self._said: dict[str, str] = {}
        self._answered: set[str] = set()
        self._printed: dict[Pair, tuple[float, object]] = {}  # when, and what could be worth another line

    def take(self, round_: Round) -> None:
        """What a poll or a stream brought. Any thread may call."""
        self._inbox.put(round_)

    def lost(self, name: str) -> None:
        """An exchange's stream is lost: polling takes over at once. Any thread may call."""
        self._fetcher.hasten(name)
        self._inbox.put(None)

    def run(self, streaming: bool) -> int:
        """Print until stopped. Returns the exit status where there is nothing (more) to print."""
        status = None
        while status is None:
            status = self._go_on(streaming)
        if self._worker:
            self._worker.join()  # its last round has come, so it is at its end
        return status

    def _go_on(self, streaming: bool) -> int | None:
        """Poll if it is time, and take in and print what has come. The exit status, if that was all."""
        if not self._is_polling() and self._clock.boot_s() >= self._due_boot_s():
            self._begin_poll()
        found = self._take_rounds()
        if found == _NOTHING and not self._demo and (problem := why_no_certificates()):
            self._terminal.notice(problem)
            return 3
        if found is not None and (self._once or found == _NOBODY_LISTS):
            return min(found, 1)
        if streaming and self._printed:
            self._print_changed()
        return None

    def _is_polling(self) -> bool:
        """Whether a poll is under way. Raises what ended it."""
        if self._worker is not None and not self._worker.is_alive():
            error, self._worker = self._worker.error, None
            if error:
                raise error
        return self._worker is not None

    def _due_boot_s(self) -> float:
        return max(self._fetcher.next_due_boot_s(), self._begun_boot_s + _PAUSE_S)

    def _begin_poll(self) -> None:
        self._begun_boot_s = self._clock.boot_s()
        self._rates.look()
        self._answered.clear()
        self._progress.begin()
        self._worker = Worker("poll", partial(self._fetcher.poll, self.asked, self.take))
        self._worker.start()

    def _take_rounds(self) -> int | None:
        """Take in what has come, waiting for it; not for long, since prices grow old. A status if a poll has ended."""
        due_s = self._due_boot_s() - self._clock.boot_s()
        status, wait_s = None, min(_LOOK_S, max(0.0, due_s))
        if self._is_polling():
            wait_s = _LOOK_S
            self._progress.show(*self._reached())
        with suppress(Empty):
            round_ = self._inbox.get(timeout=wait_s)
            while True:
                if round_ is not None:
                    status = self._apply(round_, status)
                round_ = self._inbox.get_nowait()
        return status

    def _apply(self, round_: Round, status: int | None) -> int | None:
        self._board.apply(round_, self._clock.boot_s(), self._clock.wall_ms())
        if round_.poll == STREAM:
            return status
        self._answered.update(standing.exchange for standing in round_.standings)
        return self._print_all() if round_.last else status

    def _reached(self) -> tuple[str, int, int]:
        answered, everybody = len(self._answered), len(self._sources)
        return f"{answered} of {everybody} exchanges", answered, everybody

    def _print_all(self) -> int:
        """A line per pair. 0: something is known, 1: nothing is, 2: nobody lists any of them."""
        snapshot, now_s = self._board.snapshot(), self._clock.boot_s()
        views = [snapshot.price(pair, now_s) for pair in self._pairs]
        for view in views:
            self._print(view, now_s)
        for name in {name for view in views for name in view.counted if self._sources[name].attribution}:
            self._say(f"{name} attribution", self._sources[name].attribution)
        if any(view.quotes for view in views):
            self._explain(snapshot, only_failures=True)
            for pair in self._pairs:
                if not any(self._lists(name, pair, snapshot) for name in self._sources):
                    self._say(str(pair), f"{pair}: no enabled exchange lists it")
            return 0
        self._explain(snapshot, only_failures=False)
        return _NOBODY_LISTS if all(self._lists_none(name, snapshot) for name in self._sources) else _NOTHING

    def _print_changed(self) -> None:
        """A line for each pair that says something new, at most one a second."""
        snapshot, now_s = self._board.snapshot(), self._clock.boot_s()
        for pair in self._pairs:
            printed_s, said = self._printed[pair]
            if now_s - printed_s >= _APART_S and _news(view := snapshot.price(pair, now_s)) != said:
                self._print(view, now_s)

    def _print(self, view: PairPrice, now_s: float) -> None:
        self._terminal.end_progress()
        self._printed[view.pair] = now_s, _news(view)
        view = self._rates.shown(view, now_s)
        if self._as_json:
            self._terminal.line(json.dumps(pair_report(view)))
        else:
            self._terminal.line(("DEMO  " if self._demo else "") + pair_line(view, self._terminal.colour))

    def _lists(self, name: str, pair: Pair, snapshot: Snapshot) -> bool:
        return self._sources[name].lists(pair) and pair not in snapshot.standings.get(name, Standing(name)).refused

    def _lists_none(self, name: str, snapshot: Snapshot) -> bool:
        return not any(self._lists(name, pair, snapshot) for pair in self._pairs)

    def _explain(self, snapshot: Snapshot, only_failures: bool) -> None:
        """On standard error, a line per exchange that gives nothing, when that is news."""
        if not self._sources:
            self._say("all", NONE_ENABLED)
        for name in self._sources:
            standing = snapshot.standings.get(name, Standing(name))
            if standing.reason is not None:
                self._say(name, blamed(self._sources[name], standing, self._once))
            elif self._lists_none(name, snapshot) and not only_failures:
                self._say(name, f"{name}: does not list {', '.join(map(str, self._pairs))}")
            else:
                self._said.pop(name, None)
            flow = snapshot.flows.get(name, Flow(name))
            if standing.reason is None and flow.text:
                self._say(f"{name} stream", f"{name}: polled only, for its stream is down: {flow.text}")
            elif flow.pairs:
                self._said.pop(f"{name} stream", None)

    def _say(self, subject: str, text: str) -> None:
        """A sentence for a person, when it is news; only another time for the next try is none."""
        news = text.partition("; asking again at ")[0]
        if self._said.get(subject) != news:
            self._said[subject] = news
            self._terminal.notice(text)


def _news(view: PairPrice) -> object:
    """What of a pair is worth another line when it changes: all but ages and what does not count."""
    return view.price, view.state, view.counted
