"""Composition root of `serve`: the REST and stream API without a window, until it is stopped."""

import argparse
import logging
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from cryptoprices import __version__
from cryptoprices.api.cryptowatch.service import CryptowatchOptions, StreamDoor
from cryptoprices.api.hosts import Hosts, checked_host, is_loopback
from cryptoprices.api.ports import Condition
from cryptoprices.api.server import NoSuchAddress, PortTaken, Server, listening
from cryptoprices.archive import Archive
from cryptoprices.clock import Clock, system_clock
from cryptoprices.core.market import Pair
from cryptoprices.core.plain import plain
from cryptoprices.core.snapshot import LastKnown
from cryptoprices.demo.assets import DEMO_PAIRS
from cryptoprices.headless import Market, opened_market, opened_profile
from cryptoprices.historian import Historian
from cryptoprices.keeper import Keeper, Means
from cryptoprices.net.backfill import Backfill
from cryptoprices.net.certificates import why_no_certificates
from cryptoprices.net.common import RedisCommon
from cryptoprices.net.http import Http
from cryptoprices.net.rates import ask_all_rates
from cryptoprices.net.replicas import WrongAddress, check_address
from cryptoprices.replicated import Replicated, ReplicaTokens
from cryptoprices.service import Service, ServiceParts, served_pairs
from cryptoprices.settings.options import API_PORT, HOUR_DAYS, MINUTE_DAYS, RAW_DAYS, WATCHLIST
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import Settings, WrongSetting
from cryptoprices.sources.discovery import discover
from cryptoprices.storage.history import History
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.logfile import logged_to
from cryptoprices.storage.managed import ManagedFile
from cryptoprices.storage.paths import APP, Paths
from cryptoprices.storage.profile import Profile
from cryptoprices.storage.retention import Retention
from cryptoprices.storage.settings_edit import SettingsEdit
from cryptoprices.storage.state import read_state, write_state
from cryptoprices.storage.tokens import TokenFile
from cryptoprices.storage.writer import Writer
from cryptoprices.terminal import Terminal
from cryptoprices.words import port

log = logging.getLogger(__name__)
GIVEN_TOKEN = "CRYPTOPRICES_ADMIN_KEY"
"""The environment's variable for one token that may do all: how a container is given its secret."""

_WORDS_MOST = 200


class ServeOptions(NamedTuple):
    """port: None = the setting's. allowed: further names by which it may be asked.

    cryptowatch_root: what clients of the former Cryptowatch API ask for is at the root too. stream_port: of its stream,
    None = the one after `port`. redis_url: where replicas share what they know, None = this process alone.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    allowed: tuple[str, ...] = ()
    cryptowatch_root: bool = False
    stream_port: int | None = None
    redis_url: str | None = None


def add_words(parser: argparse.ArgumentParser) -> None:
    """What may stand after `serve`."""
    add = parser.add_argument
    add("--host", metavar="ADDRESS", default="127.0.0.1", help="where to listen; else 127.0.0.1")
    add("--port", metavar="N", type=port, help="else the setting api.port; 0 takes a free one")
    add("--allow-host", metavar="NAME", type=_host, action="append", default=[], help="another name, as of a proxy")
    add("--cache", metavar="WHERE", type=_cache, help="redis://host:port, by which several serve as one; else memory:")
    add("--cryptowatch-root", action="store_true", help="the former Cryptowatch API at the root too, for clients in Go")
    add("--cryptowatch-stream-port", metavar="N", type=port, help="where its stream is; else the one after --port")


def _host(text: str) -> str:
    try:
        return checked_host(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _cache(text: str) -> str | None:
    try:
        return None if text == "memory:" else check_address(text)
    except WrongAddress as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def options_of(chosen: argparse.Namespace) -> ServeOptions:
    """What was said after `serve`."""
    former = chosen.cryptowatch_root, chosen.cryptowatch_stream_port
    return ServeOptions(chosen.host, chosen.port, tuple(chosen.allow_host), *former, chosen.cache)


def serve(options: RunOptions, chosen: ServeOptions) -> int:
    """Serve until an exception (Ctrl+C) ends it. Returns the exit status where it cannot. Raises WrongSetting."""
    terminal, clock = Terminal(), system_clock()
    with opened_profile(options, terminal) as profile, ExitStack() as stack:
        paths = profile.paths
        lock = Lock(paths.lock)
        if not lock.acquire():
            terminal.notice(f"cryptoprices: {paths.folder} is in use by another Crypto Prices.")
            return 1
        stack.callback(lock.release)
        stack.enter_context(logged_to(paths.log))  # whose is the lock, is the log
        number = profile.settings[API_PORT] if chosen.port is None else chosen.port
        try:
            listener, door = _opened(chosen, number, terminal, stack)
        except PortTaken as error:
            terminal.notice(f"cryptoprices: {error}")
            return 1
        bound = listener.getsockname()[0]
        program = APP if chosen.allowed else paths.program  # behind a proxy everybody seems to be on this machine
        try:
            file = ReplicaTokens if chosen.redis_url else TokenFile
            tokens = file(paths.tokens, clock, os.environ.get(GIVEN_TOKEN, ""), program)
        except ValueError as error:
            raise WrongSetting(f"{GIVEN_TOKEN}: {error}") from None
        if unusable := tokens.problem():
            raise WrongSetting(unusable)
        loopback = is_loopback(bound)
        if not loopback and not tokens.all():
            said = f"--host {chosen.host}: others can ask there, so there must be a token first"
            raise WrongSetting(f"{said}; {_makes(paths)}")
        if not options.demo and (problem := why_no_certificates()):
            terminal.notice(problem)
        market = stack.enter_context(opened_market(options, profile, profile.settings, clock))
        asked = Asked(
            tokens,
            _hosts(chosen, listener),
            loopback,
            CryptowatchOptions(chosen.cryptowatch_root, door),
        )
        faults: list[Exception] = []
        try:
            run = _Run(options, profile, market, clock, terminal, asked, chosen.redis_url, stack)
            service = run.service
            parts = service.life, service.hush, service.meter, service.quick
            server = Server(listener, *parts, broken=faults.append)
            stack.callback(server.stop)
            server.start()
            for line in _where(server.address, chosen, asked, paths):
                terminal.notice(line)
            log.info("Version %s serves at %s", __version__, server.address)
            stack.callback(log.info, "It serves no more")
            run.keeper.run(lambda: server.alive)
        except Exception as error:  # the outermost line of this thread
            log.exception("The service has ended by a fault")
            faults.append(error)
        terminal.notice(_why_ended(faults, paths))
    return 1


def _where(address: str, chosen: ServeOptions, asked: "Asked", paths: Paths) -> Iterator[str]:
    """A line each: where who finds what."""
    more = f"; {address}/docs tells what else there is" if asked.loopback else ""
    yield f"Serving {address}/v1/prices{more}."
    if door := asked.cryptowatch.stream:
        yield f"Cryptowatch's clients find {address}/cryptowatch, their stream {door.address}."
    if not asked.loopback:
        yield _for_others(chosen, address, paths)


def _why_ended(faults: Sequence[Exception], paths: Paths) -> str:
    """Of a fault of ours: its own words, and where there is more of it."""
    words = plain(f"{type(faults[0]).__name__}: {faults[0]}".rstrip(": ."), _WORDS_MOST)
    more = "" if paths.temporary else f"; {paths.log} says more"
    return f"cryptoprices: a fault has ended it ({words}){more}."


def _makes(paths: Paths) -> str:
    """How a token is made that it accepts."""
    if paths.temporary:
        return "a demo keeps one with --profile DIR: cryptoprices --demo --profile DIR token create"
    return f"make one with: {paths.program} token create"


def _for_others(chosen: ServeOptions, address: str, paths: Paths) -> str:
    """What it takes to ask where not only this machine can."""
    names = f"as {' or '.join(chosen.allowed)}" if chosen.allowed else "by a name only with --allow-host NAME"
    return (
        f"Every request takes a token ({paths.program} token create), as in: "
        f"curl -H 'Authorization: Bearer cp_…' {address}/openapi.json, which tells what else there is. Browsers "
        "send none and open /docs on loopback only (serve without --host). "
        f"Others ask at any address that leads here, {names}; "
        "it speaks HTTP: across networks put a proxy with TLS before it."
    )


def _hosts(chosen: ServeOptions, listener: socket.socket) -> Hosts:
    """By which names what listens there may be asked."""
    bound, number = listener.getsockname()[:2]
    return Hosts(chosen.host, number, chosen.allowed, bound)


class Asked(NamedTuple):
    """By whom and by which names it may be asked."""

    tokens: TokenFile
    hosts: Hosts
    loopback: bool
    cryptowatch: CryptowatchOptions


def _opened(
    chosen: ServeOptions, number: int, terminal: Terminal, stack: ExitStack
) -> tuple[socket.socket, StreamDoor | None]:
    """What listens, and where Cryptowatch's stream is, if anywhere. Closed with `stack`.

    Raises PortTaken, and WrongSetting for what can never be.
    """
    if number and number == chosen.stream_port:
        raise WrongSetting(f"--cryptowatch-stream-port {number}: that is the port of the API; name another one")
    try:
        listener = listening(chosen.host, number)
    except NoSuchAddress as error:
        raise WrongSetting(f"--host: {error}") from None
    stack.callback(listener.close)
    try:
        second = listening(chosen.host, number and number + 1 if chosen.stream_port is None else chosen.stream_port)
    except PortTaken as error:
        problem = f"no stream for Cryptowatch's clients: {error}"
        if chosen.stream_port is not None:
            raise PortTaken(problem) from None
        terminal.notice(f"cryptoprices: {problem}")
        return listener, None
    stack.callback(second.close)
    return listener, StreamDoor(second, _hosts(chosen, second))


class _Run:
    """What is written, what is asked and what is served. Begun when it is made, and ended with `stack`."""

    def __init__(
        self,
        options: RunOptions,
        profile: Profile,
        market: Market,
        clock: Clock,
        terminal: Terminal,
        asked: Asked,
        redis_url: str | None,
        stack: ExitStack,
    ) -> None:
        settings, paths, self._fetcher = profile.settings, profile.paths, market.fetcher
        if options.demo and settings.value(WATCHLIST.key) is None:
            settings = settings.with_values({WATCHLIST.key: tuple(map(str, DEMO_PAIRS))})
        self._writer, self._path = Writer(clock, terminal.notice), paths.state
        self._state, problem = read_state(paths.state)
        common = RedisCommon(redis_url, clock) if redis_url else None
        managed = ManagedFile(paths.managed, clock, common)
        for each in filter(None, (problem, managed.problem)):
            terminal.notice(each)
        kept = Retention(settings[RAW_DAYS], settings[MINUTE_DAYS], settings[HOUR_DAYS])
        history = History(paths.history, clock, terminal.notice, kept)
        history.start()
        stack.callback(history.close)
        stack.callback(self._writer.close)
        backfill = Backfill(market.fetcher, history, clock)
        archive = Archive(history, backfill, clock, self._names)
        http = Http(clock, market.proxy)
        ask_rates = partial(ask_all_rates, http, market.rates_url, clock)
        span = history.span_ms()

        def wanted(now: Settings) -> tuple[Pair, ...]:
            watchlist = now[WATCHLIST]
            return served_pairs(map(Pair.parse, watchlist), managed)

        means = Means(
            market.fetcher,
            discover(),
            market.addresses,
            market.proxy,
            Historian(history, {}, clock, span[1] if span else None),
            archive,
            wanted,
            SettingsEdit(paths.settings).set_value,
            self._save,
        )
        self.keeper = keeper = Keeper(means, settings, self._state.last_prices, clock, leads=redis_url is None)
        managed.listen(keeper.look_at_pairs)
        for end in (self._save_last, http.close, self._fetcher.close, keeper.close):  # fills end with the fetcher
            stack.callback(end)
        run: Keeper | Replicated = keeper
        if common and redis_url:
            run = replicated = Replicated(keeper, managed, common, redis_url)
            stack.callback(replicated.close)

        def condition() -> Condition:
            if isinstance(run, Replicated):
                return Condition(run.leads, run.shares, history.lasting)
            return Condition(records=history.lasting)

        self.service = Service(ServiceParts(run, run, archive, ask_rates, managed, *asked, common, condition))

    def _save_last(self) -> None:
        self._save(self.keeper.moment().snapshot.last_known)

    def _names(self) -> list[str]:
        return [exchange.source.name for exchange in self._fetcher.exchanges]

    def _save(self, last_prices: Mapping[Pair, LastKnown]) -> None:
        """What the next start begins with; what the window keeps there stays."""
        state = self._state._replace(last_prices=last_prices, pauses=self._fetcher.pauses())
        self._writer.put(self._path.name, partial(write_state, self._path, state))
