"""Composition root of `history` and `compare`: the past in the terminal, fetched where the profile lacks it."""

import json
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from cryptoprices.archive import Archive
from cryptoprices.clock import Clock, system_clock
from cryptoprices.core import comparison
from cryptoprices.core.errors import Reason
from cryptoprices.core.export import csv_lines, json_lines
from cryptoprices.core.figure_report import against_lines, comparison_lines, comparison_report
from cryptoprices.core.figures import Closes, closes_of, told_in
from cryptoprices.core.intervals import ceil_ms, floor_ms
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Pair, Round, Standing
from cryptoprices.core.past import PastRead, Progress
from cryptoprices.core.ranges import RANGES
from cryptoprices.core.report import rfc3339
from cryptoprices.core.spans import common
from cryptoprices.headless import NONE_ENABLED, Market, Worker, blamed, opened_market, opened_profile
from cryptoprices.net.backfill import Backfill
from cryptoprices.net.certificates import why_no_certificates
from cryptoprices.net.http import Http
from cryptoprices.net.rates import ask_rate_series
from cryptoprices.settings.options import CURRENCY, HOUR_DAYS, MINUTE_DAYS, RAW_DAYS
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.sources import fx
from cryptoprices.storage.history import History
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.profile import Profile
from cryptoprices.storage.retention import Retention
from cryptoprices.storage.run_history import Page, RunHistory
from cryptoprices.terminal import Progress as Bar
from cryptoprices.terminal import Terminal

_LONG_S = 1.0
_LOOK_S = 0.2  # between two looks how far it is
_END_S = 1.5  # what was broken off ends by then
_WRITE_S = 10.0  # a page is written in a fraction of a second


class Wanted(NamedTuple):
    """Candles of a pair that open in [since_ms, until_ms), Unix ms."""

    pair: Pair
    interval: str
    since_ms: int
    until_ms: int


class Past:
    """What a command has of the past: archive, exchanges and terminal."""

    def __init__(
        self, archive: Archive, market: Market, profile: Profile, terminal: Terminal, clock: Clock, demo: bool
    ) -> None:
        self.archive, self.market, self.fetcher, self.settings = archive, market, market.fetcher, profile.settings
        self.terminal, self.clock, self.demo = terminal, clock, demo
        self.sources = [exchange.source for exchange in market.fetcher.exchanges]
        self.standings: dict[str, Standing] = {}  # once they were asked
        self._bar = Bar(terminal, clock.boot_s)
        self._reached = "asking the exchanges", 0, 1

    def fill(self, wanted: Sequence[Wanted]) -> list[tuple[Pair, Gap]]:
        """Fetch what is missing, on a thread of its own, so that Ctrl+C is heeded. Returns what could not be, and why.

        If that takes long, all exchanges are asked for prices: who does not answer is then not waited for.
        """
        stop, gaps = threading.Event(), list[tuple[Pair, Gap]]()

        def fill() -> None:
            for one in wanted:
                gaps.extend((one.pair, gap) for gap in self.archive.fill(*one, partial(self._on_page, one.pair), stop))

        worker = Worker("fill", fill)
        worker.start()
        try:
            worker.join(_LONG_S)
            if worker.is_alive():
                self.ask_all([one.pair for one in wanted])
            while worker.is_alive():
                self._bar.show(*self._reached)
                worker.join(_LOOK_S)
        finally:
            self.terminal.end_progress()
            stop.set()
            if worker.is_alive():
                self.fetcher.close()
                worker.join(_END_S)
        if worker.error:
            raise worker.error
        return gaps

    def write(self, lines: Iterable[str], number: int) -> None:
        """Put about so many lines of data out."""

        def show(done: int) -> None:
            done = min(done, number)  # a head line is no candle
            self._bar.show(f"{done:,} of {number:,} candles", done, number)

        self._bar.begin()
        self.terminal.lines(lines, show)
        self.terminal.end_progress()

    def ask_all(self, pairs: Sequence[Pair]) -> None:
        """Find out who answers and lists these pairs, if that is not known yet."""
        if not self.standings:
            self.fetcher.poll(pairs, self._deliver)

    def is_listed(self, pair: Pair) -> bool:
        """Whether any exchange may have the pair, as far as it is known."""
        return any(self.may_list(source.name, pair) for source in self.sources)

    def may_list(self, name: str, pair: Pair) -> bool:
        """Whether this exchange may. Some do not say that they lack a pair: their answer is just without its price."""
        strange = self.standings.get(name, Standing(name)).reason is Reason.BAD_PAYLOAD
        return not strange and not self.fetcher.lacks(name, pair)

    def _on_page(self, pair: Pair, page: Progress) -> None:
        self._reached = f"{pair} from {page.exchange}, page {page.done} of {page.total}", page.done, page.total

    def _deliver(self, round_: Round) -> None:
        self.standings.update((standing.exchange, standing) for standing in round_.standings)
        self._bar.show(*self._reached)


def history(options: RunOptions, wanted: Wanted, form: str) -> int:
    """Print candles as "csv" or "json", oldest first, without the running one. Returns the exit status."""
    with opened_past(options) as past:
        end_ms = floor_ms(past.clock.wall_ms(), wanted.interval)
        since_ms, until_ms = (min(ceil_ms(ms, wanted.interval), end_ms) for ms in (wanted.since_ms, wanted.until_ms))
        wanted = wanted._replace(since_ms=since_ms, until_ms=until_ms)
        gaps = past.fill([wanted])
        found = past.archive.read(*wanted)
        if len(found.candles):
            lines = csv_lines if form == "csv" else json_lines
            past.write(lines(found.candles, found.stretches), len(found.candles))
        _attribute(past, {exchange for _since, _until, exchange in found.stretches})
        return _explained(past, {wanted: found}, gaps)


def compare(options: RunOptions, coins: Sequence[str], range_: str, as_json: bool) -> int:
    """Print the figures of these coins in the person's currency over a key of RANGES. Returns the exit status."""
    chosen = RANGES[range_]
    with opened_past(options) as past:
        bounds_ms = chosen.bounds_ms(past.clock.wall_ms())
        wanted = [Wanted(Pair(coin, "USD"), chosen.interval, *bounds_ms) for coin in coins]
        gaps = past.fill(wanted)
        if chosen.length_ms is None:
            gaps = [(pair, gap) for pair, gap in gaps if gap.reason != GapReason.NOT_KEPT]  # all there is, is all
        found = {one: past.archive.read(*one) for one in wanted}
        closes = {one.pair.base: closes_of(read.candles, chosen.interval) for one, read in found.items()}
        currency, closes = _in_currency(past, closes)
        report = comparison_report(range_, currency, chosen.interval, closes)
        if as_json:
            past.terminal.line(json.dumps(report))
        else:
            pairs = tuple(Pair(coin, currency) for coin in closes)
            figures = comparison.compare(pairs, list(closes.values()), chosen.interval)
            for line in (*comparison_lines(report), *against_lines(figures)):
                past.terminal.line(("DEMO  " if past.demo else "") + line)
        _attribute(past, {exchange for read in found.values() for _since, _until, exchange in read.stretches})
        return _explained(past, found, gaps)


def _in_currency(past: Past, closes: dict[str, Closes]) -> tuple[str, dict[str, Closes]]:
    """The closes in the person's currency, and its code; in dollars, and a sentence, where the rates are not there."""
    code = past.settings[CURRENCY]
    ends = [int(end_ms) for one in closes.values() if len(one.close) for end_ms in one.end_ms[[0, -1]]]
    if code == "USD" or not ends:
        return "USD", closes
    http = Http(past.clock, past.market.proxy)
    rates = ask_rate_series(http, past.market.rates_url, code, min(ends), max(ends))
    http.close()
    code, closes, problem = told_in(code, closes, rates, fx.TITLE)
    if problem:
        past.terminal.notice(problem)
    return code, closes


@contextmanager
def opened_past(options: RunOptions) -> Iterator[Past]:
    """The past as a command sees it. What it fetches is kept in the profile, unless somebody else is writing there.

    A demo keeps nothing: its market may be another one the next time.
    """
    terminal, clock = Terminal(), system_clock()
    with opened_profile(options, terminal) as profile:
        known = None if options.demo else History(profile.paths.history, clock, terminal.notice, writing=False)
        store = RunHistory(known)
        try:
            with opened_market(options, profile, profile.settings, clock) as market:
                names = [exchange.source.name for exchange in market.fetcher.exchanges]
                archive = Archive(store, Backfill(market.fetcher, store, clock), clock, lambda: names)
                yield Past(archive, market, profile, terminal, clock, options.demo)
        finally:
            if known is not None:
                _keep(store.pages(), profile, clock, terminal)


def _keep(pages: Sequence[Page], profile: Profile, clock: Clock, terminal: Terminal) -> None:
    """Write what was fetched, unless another process holds the lock."""
    lock = Lock(profile.paths.lock)
    if not pages or not lock.acquire():
        return
    retention = Retention(*(profile.settings[days] for days in (RAW_DAYS, MINUTE_DAYS, HOUR_DAYS)))
    store = History(profile.paths.history, clock, terminal.notice, retention)
    store.start()
    for page in pages:
        store.put_candles(*page)
        store.flush(_WRITE_S)
    store.close()
    lock.release()


def _attribute(past: Past, names: Collection[str]) -> None:
    for source in past.sources:
        if source.name in names and source.attribution:
            past.terminal.notice(source.attribution)


def _explained(past: Past, found: Mapping[Wanted, PastRead], gaps: Sequence[tuple[Pair, Gap]]) -> int:
    """On standard error, what is missing and why. Returns the exit status."""
    say = past.terminal.notice
    if not past.sources:
        say(NONE_ENABLED)
        return 1
    missing = [wanted.pair for wanted, read in found.items() if not len(read.candles)]
    if missing:
        past.ask_all(missing)
    unlisted = [pair for pair in missing if not past.is_listed(pair)]
    for pair in unlisted:
        say(f"{pair}: no enabled exchange lists it")
    for pair, gap in _missing(found, gaps):
        if past.may_list(gap.exchange, pair) if gap.exchange else past.is_listed(pair):
            who = f"{gap.exchange}: " if gap.exchange else ""
            why = GapReason(gap.reason).text
            say(f"{pair}: {who}no candles from {_time(gap.since_ms)} to {_time(gap.until_ms)}, {why}")
    too_few = len(missing) == len(found) or (unlisted and len(found) - len(unlisted) < 2)  # to compare
    return _nothing(past, unlisted or missing) if too_few else 0


def _missing(found: Mapping[Wanted, PastRead], gaps: Sequence[tuple[Pair, Gap]]) -> Iterator[tuple[Pair, Gap]]:
    """What is left of the gaps: candles made of our own samples are candles too."""
    for wanted, read in found.items():
        holes = read.candles.holes(*wanted[1:])
        for pair, gap in gaps:
            if pair == wanted.pair:
                for span in common(holes, [(gap.since_ms, gap.until_ms)]):
                    yield pair, Gap(gap.exchange, *span, gap.reason)


def _nothing(past: Past, missing: Sequence[Pair]) -> int:
    """On standard error, a line per exchange: why there is nothing of these pairs. Returns the exit status."""
    say = past.terminal.notice
    for source in past.sources:
        standing = past.standings.get(source.name, Standing(source.name))
        if standing.reason is not None:
            say(blamed(source, standing))
        elif all(past.fetcher.lacks(source.name, pair) for pair in missing):
            say(f"{source.name}: does not list {', '.join(map(str, missing))}")
        elif not source.candle_pages:
            say(f"{source.name}: gives no candles")
        else:
            say(f"{source.name}: gives no candles of this time")
    if not past.demo and (problem := why_no_certificates()):
        say(problem)
        return 3
    return 1


def _time(unix_ms: int) -> str:
    return f"{(rfc3339(unix_ms) or '')[:16].replace('T', ' ')} UTC"
