"""Composition root of `watch`: prices in the terminal, once or poll after poll."""

import json
import threading
from typing import NamedTuple

from cryptoprices.clock import Clock, system_clock
from cryptoprices.core.board import Board
from cryptoprices.core.market import Pair, Round, Standing
from cryptoprices.core.report import pair_line, pair_report
from cryptoprices.core.snapshot import Snapshot
from cryptoprices.headless import NONE_ENABLED, opened_fetcher, opened_profile, said
from cryptoprices.net import station
from cryptoprices.net.certificates import why_no_certificates
from cryptoprices.net.fetch import Fetcher
from cryptoprices.settings.options import POLL_INTERVAL_S, WATCHLIST
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.terminal import Progress, Terminal


class WatchOptions(NamedTuple):
    """pairs: empty = the watchlist. every_s: time between two polls, None = the setting's."""

    pairs: tuple[Pair, ...] = ()
    once: bool = False
    json: bool = False
    every_s: int | None = None


def watch(options: RunOptions, chosen: WatchOptions) -> int:
    """Print prices: once, or at the end of every poll until stopped. Returns the exit status."""
    terminal = Terminal()
    clock = system_clock()
    with opened_profile(options, terminal) as profile:
        values = profile.settings
        if chosen.every_s is not None:
            values = values.with_values({POLL_INTERVAL_S.key: chosen.every_s})
        watchlist = values[WATCHLIST]
        pairs = chosen.pairs or tuple(map(Pair.parse, watchlist))
        pause = threading.Event()  # never set: it is there to be interrupted
        with opened_fetcher(options, profile, values, clock) as fetcher:
            board = station.board(fetcher.exchanges, values)
            watcher = Watcher(fetcher, board, chosen._replace(pairs=pairs), clock, terminal, demo=options.demo)
            while True:
                status = watcher.poll()
                if status == 1 and not options.demo and (problem := why_no_certificates()):
                    terminal.notice(problem)
                    return 3
                if chosen.once or status == _NOBODY_LISTS:
                    return min(status, 1)
                pause.wait(max(0.1, fetcher.next_due_boot_s() - clock.boot_s()))


_NOBODY_LISTS = 2


class Watcher:
    """One poll after the other into lines. chosen: with its pairs filled in. demo: every line for a person says so."""

    def __init__(
        self, fetcher: Fetcher, board: Board, chosen: WatchOptions, clock: Clock, terminal: Terminal, *, demo: bool
    ) -> None:
        self._fetcher, self._board, self._pairs, self._clock = fetcher, board, chosen.pairs, clock
        self._terminal, self._as_json, self._once = terminal, chosen.json, chosen.once
        self._progress = Progress(terminal, clock.boot_s)
        self._mark = "DEMO  " if demo else ""
        self._sources = {exchange.source.name: exchange.source for exchange in fetcher.exchanges}
        self._said: dict[str, str] = {}
        self._answered: set[str] = set()

    def poll(self) -> int:
        """Ask everybody, print a line per pair. 0: something is known, 1: nothing is, 2: nobody lists any of them."""
        self._answered.clear()
        self._progress.begin()
        self._fetcher.poll(self._pairs, self._deliver)
        snapshot, now_s = self._board.snapshot(), self._clock.boot_s()
        views = [snapshot.price(pair, now_s) for pair in self._pairs]
        self._terminal.end_progress()
        for view in views:
            if self._as_json:
                self._terminal.line(json.dumps(pair_report(view)))
            else:
                self._terminal.line(self._mark + pair_line(view, self._terminal.colour))
        for name in {name for view in views for name in view.counted if self._sources[name].attribution}:
            self._say(f"{name} attribution", self._sources[name].attribution)
        if any(view.quotes for view in views):
            self._explain(snapshot, only_failures=True)
            for pair in self._pairs:
                if not any(self._lists(name, pair, snapshot) for name in self._sources):
                    self._say(str(pair), f"{pair}: no enabled exchange lists it")
            return 0
        self._explain(snapshot, only_failures=False)
        return _NOBODY_LISTS if all(self._lists_none(name, snapshot) for name in self._sources) else 1

    def _deliver(self, round_: Round) -> None:
        self._board.apply(round_, self._clock.boot_s(), self._clock.wall_ms())
        self._answered.update(standing.exchange for standing in round_.standings)
        answered, everybody = len(self._answered), len(self._sources)
        self._progress.show(f"{answered} of {everybody} exchanges", answered, everybody)

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
                sentence = said(standing, self._once).removeprefix(self._sources[name].title)
                self._say(name, f"{name}: {sentence.lstrip(' :')}")
            elif self._lists_none(name, snapshot) and not only_failures:
                self._say(name, f"{name}: does not list {', '.join(map(str, self._pairs))}")
            else:
                self._said.pop(name, None)

    def _say(self, subject: str, text: str) -> None:
        if self._said.get(subject) != text:
            self._said[subject] = text
            self._terminal.notice(text)
