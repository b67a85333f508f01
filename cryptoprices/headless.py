"""What the commands that need no window have in common, and settings: the same core, and no Qt."""

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple

from cryptoprices.clock import Clock
from cryptoprices.core.market import Standing
from cryptoprices.core.source import Source
from cryptoprices.demo.server import FX, DemoExchange
from cryptoprices.net import station
from cryptoprices.net.fetch import Fetcher
from cryptoprices.settings.options import DEMO_SEED, FX_REST_URL, ExchangeOptions, declared, options_of
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import Settings, find, from_text, to_toml
from cryptoprices.sources.discovery import discover
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.logfile import OneLine, log_to
from cryptoprices.storage.profile import Profile, open_profile
from cryptoprices.storage.settings_edit import SettingsEdit
from cryptoprices.storage.state import read_state, write_state
from cryptoprices.terminal import Terminal

NONE_ENABLED = "No exchange is enabled; enable one with: cryptoprices settings exchanges.kraken.enabled true"


class Worker(threading.Thread):
    """Runs a function while the main thread heeds Ctrl+C. error: what it raised, for whoever waits for it."""

    def __init__(self, name: str, run: Callable[[], object]) -> None:
        super().__init__(name=name, daemon=True)
        self._function = run
        self.error: Exception | None = None

    def run(self) -> None:
        """On the thread."""
        try:
            self._function()
        except Exception as error:  # noqa: BLE001  # the outermost line of this thread; raised again by who waits
            self.error = error


def said(standing: Standing, once: bool = True) -> str:
    """Its sentence in a terminal, where nobody can refresh. once: nor does anybody ask again, so without the next time,
    unless that is the exchange's own wish.
    """
    text = standing.text
    for advice in ("; refresh to ask once more", ", then refresh"):
        text = text.replace(advice, "")
    if once and standing.paused_until_boot_s is None and "; asking again at " in text:
        text = text.partition("; asking again at ")[0] + "."
    return text


def blamed(source: Source, standing: Standing, once: bool = True) -> str:
    """The line about an exchange that gives nothing: "kraken: is limited; asking again at 14:23:10."."""
    return f"{source.name}: {said(standing, once).removeprefix(source.title).lstrip(' :')}"


def settings(options: RunOptions, key: str | None, value: str | None) -> int:
    """List, read or set settings. Raises WrongSetting."""
    terminal = Terminal()
    with opened_profile(options, terminal) as profile:
        table = declared(_families())
        if key is None:
            for setting in table.values():
                terminal.line(f"{setting.key} = {to_toml(profile.settings[setting])}")
            return 0
        setting = find(key, table)
        if value is None:
            known = profile.settings[setting]
            terminal.line(known if isinstance(known, str) else to_toml(known))
            return 0
        try:
            notice = SettingsEdit(profile.paths.settings).set_value(key, from_text(setting, value))
        except OSError as error:
            terminal.notice(f"{profile.paths.settings}: {error.strerror}; nothing was changed.")
            return 1
        if notice:
            terminal.notice(notice)
        return 0


@contextmanager
def opened_profile(options: RunOptions, terminal: Terminal) -> Iterator[Profile]:
    """The profile of a command; a demo is said to be one, and what is wrong in the file. A demo's own folder goes."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    log_to(handler, options.log_level)
    profile = open_profile(options, _families())
    try:
        if options.demo:
            terminal.notice("DEMO: a simulated market on this machine; these are not real prices.")
        for problem in profile.problems:
            terminal.notice(problem)
        yield profile
    finally:
        profile.paths.remove_temporary()


class Market(NamedTuple):
    """Who is asked by a command. rates_url: of the currencies' rates. proxy: as Http takes it.

    addresses: of the demo's exchanges, None for the real ones.
    """

    fetcher: Fetcher
    rates_url: str
    proxy: str
    addresses: Mapping[str, str] | None = None


@contextmanager
def opened_market(options: RunOptions, profile: Profile, values: Settings, clock: Clock) -> Iterator[Market]:
    """The market of a command: the real one, or the demo's.

    Whom an exchange made wait in another run waits here too, and the other way round.
    """
    state, _ = read_state(profile.paths.state, set_aside=False)
    with ExitStack() as stack:
        demo = stack.enter_context(DemoExchange(values[DEMO_SEED] or clock.wall_ms(), clock)) if options.demo else None
        fetcher = station.build(values, discover(), clock, state.pauses, demo.addresses if demo else None)
        rates_url = demo.addresses[FX] if demo else values[FX_REST_URL]
        try:
            proxy = station.proxy_setting(values, options.demo)
            yield Market(fetcher, rates_url, proxy, demo.addresses if demo else None)
        finally:
            fetcher.close()
            _keep_pauses(fetcher, profile)


def _keep_pauses(fetcher: Fetcher, profile: Profile) -> None:
    """Note who must wait, unless a window is open: it knows by itself, and the file is its own."""
    lock, path, pauses = Lock(profile.paths.lock), profile.paths.state, fetcher.pauses()
    if dict(read_state(path, set_aside=False)[0].pauses) != pauses and lock.acquire():
        with suppress(OSError):
            write_state(path, read_state(path)[0]._replace(pauses=pauses))
        lock.release()


def _families() -> list[ExchangeOptions]:
    return [options_of(source) for source in discover().values()]
