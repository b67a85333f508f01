"""`cryptoprices doctor`: what works on this machine, asked for one by one. No Qt, and never a secret."""

import json
import platform
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cryptoprices import __version__
from cryptoprices.bus import offers
from cryptoprices.clock import Clock, system_clock
from cryptoprices.core.clock_offset import ClockOffset, clock_offset
from cryptoprices.core.market import Flow, Pair, Round, Standing
from cryptoprices.core.report import rfc3339
from cryptoprices.core.source import Exchange, Source
from cryptoprices.displays import x_tray
from cryptoprices.headless import opened_market, opened_profile, said
from cryptoprices.net.stream import Streams
from cryptoprices.settings.options import STREAM_ENABLED, options_of
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import Settings
from cryptoprices.sources.discovery import discover
from cryptoprices.storage.history_health import Health, history_health
from cryptoprices.storage.logfile import redacted
from cryptoprices.storage.profile import Profile, writable
from cryptoprices.storage.secrets import find_keyring
from cryptoprices.terminal import Terminal

STREAMS_S = 5.0  # a stream that has not begun by then does not answer
_ASKED = (Pair("BTC", "USD"),)  # every exchange has it, or Bitcoin in Tether in its place


class Found(NamedTuple):
    """What is found out of an exchange that is asked. flow: None where its stream was not."""

    exchange: Exchange
    standing: Standing
    flow: Flow | None = None


def doctor(options: RunOptions, as_json: bool) -> int:
    """Say what works on this machine, one thing after the other. Returns 0: a fault found is an answer too."""
    terminal = Terminal()
    with opened_profile(options, terminal) as profile:
        terminal.progress("asking the exchanges")
        asked = _asked(options, profile, _fallbacks_too(profile.settings))
        folder = profile.paths.folder
        here = offers()
        backend = find_keyring()
        report: dict[str, Any] = {
            "version": __version__,
            "python": platform.python_version(),
            "platform": platform.platform(),
            "profile": str(profile.paths.settings.parent),
            "exchanges": [
                _exchange_report(source, profile.settings, asked.get(source.name)) for source in discover().values()
            ],
            "history": _history_report(history_health(profile.paths, system_clock())),
            "keyring": {"backend": backend.backend, "usable": backend.usable},
            "tray": here.tray or ("X11 system tray" if x_tray() else None),
            "notifications": here.notifications,
            "data_folder": {
                "path": str(folder),
                "writable": writable(folder),
                "free_bytes": shutil.disk_usage(folder).free if folder.is_dir() else None,
            },
        }
    terminal.end_progress()
    offset = clock_offset(found.standing for found in asked.values())
    for line in [json.dumps(report)] if as_json else _lines(report, offset):
        terminal.line(line)
    return 0


def _fallbacks_too(values: Settings) -> Settings:
    """The settings with every fallback asked like any other exchange: whether it answers is the question here."""
    switches = [options_of(source).enabled for source in discover().values()]
    return values.with_values({switch.key: True for switch in switches if values[switch] == "missing"})


def _asked(options: RunOptions, profile: Profile, values: Settings) -> dict[str, Found]:
    """How every enabled exchange stands after one poll, and its stream; who asked us to wait is left alone."""
    clock = system_clock()
    with opened_market(options, profile, values, clock) as market:
        fetcher = market.fetcher
        standings: dict[str, Standing] = {}
        fetcher.poll(_ASKED, lambda round_: standings.update((s.exchange, s) for s in round_.standings))
        exchanges = {exchange.source.name: exchange for exchange in fetcher.exchanges}
        found = {name: Found(each, standings.get(name, Standing(name))) for name, each in exchanges.items()}
        if values[STREAM_ENABLED]:
            well = [each.exchange for each in found.values() if each.standing.reason is None]
            flows = _flows(well, clock, market.proxy)
            found = {name: each._replace(flow=flows.get(name)) for name, each in found.items()}
    return found


def _flows(exchanges: Sequence[Exchange], clock: Clock, proxy: str) -> dict[str, Flow]:
    """How the streams of these exchanges stand as soon as that is known, at the latest after STREAMS_S."""
    waited_for = {each.source.name for each in exchanges if each.stream_url and not each.only_missing}
    flows: dict[str, Flow] = {}
    all_told = threading.Event()

    def take(round_: Round) -> None:
        flows.update((flow.exchange, flow) for flow in round_.flows if flow.pairs or flow.text)
        if flows.keys() >= waited_for:
            all_told.set()

    streams = Streams(exchanges, clock, take, lambda _name: None, proxy)
    if waited_for:
        streams.follow(_ASKED)
        all_told.wait(STREAMS_S)
    streams.close()
    return {name: flows.get(name, Flow(name, text="It does not answer.")) for name in waited_for}


def _exchange_report(source: Source, values: Settings, found: Found | None) -> dict[str, Any]:
    """One exchange's part of the report; of one that is off, only where it would be asked.

    clock_offset_ms: its clock minus ours, to about a second, because its Date has whole seconds. stream_*: null where
    its stream was not asked.
    """
    address = found.exchange.rest_url if found else values[options_of(source).rest_url]
    standing = found.standing if found else Standing(source.name)
    flow = found.flow if found else None
    return {
        "exchange": source.name,
        "enabled": found is not None,
        "reachable": standing.reason is None if found else None,
        "latency_ms": _rounded(standing.latency_ms),
        "clock_offset_ms": _rounded(standing.clock_offset_ms),
        "address": redacted(address),
        "custom_address": found.exchange.custom_address if found else address != source.base_url,
        "error": None if standing.reason is None else redacted(said(standing)),
        "stream_reachable": None if flow is None else bool(flow.pairs),
        "stream_error": redacted(flow.text) or None if flow else None,
    }


def _history_report(health: Health | None) -> dict[str, Any] | None:
    """The price history's part of the report; null while there is none."""
    if health is None:
        return None
    return {
        "size_bytes": health.size_bytes,
        "since": rfc3339(health.since_ms),
        "until": rfc3339(health.until_ms),
        "sound": health.sound,
        "error": health.problem or None,
    }


def _rounded(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)


def _lines(report: Mapping[str, Any], offset: ClockOffset | None) -> Iterator[str]:
    """The report for a person."""
    folder = report["data_folder"]
    free = "" if folder["free_bytes"] is None else f", {folder['free_bytes'] / 1e9:.1f} GB free"
    yield f"cryptoprices   {report['version']}, Python {report['python']}, {report['platform']}"
    yield f"profile        {report['profile']}"
    yield f"data folder    {folder['path']} ({'writable' if folder['writable'] else 'NOT writable'}{free})"
    yield f"keyring        {report['keyring']['backend']}{'' if report['keyring']['usable'] else ' (not usable)'}"
    yield f"tray           {report['tray'] or 'none found'}"
    yield f"notifications  {report['notifications'] or 'none found'}"
    yield f"history        {_history_text(report['history'])}"
    yield f"clock          {offset.text if offset else 'not known: no two exchanges agree on the time'}"
    for row in report["exchanges"]:
        custom = " (custom address)" if row["custom_address"] else ""
        yield f"{row['exchange']:<13}  {_exchange_text(row)}  {row['address']}{custom}"


def _exchange_text(row: Mapping[str, Any]) -> str:
    if not row["enabled"]:
        return "off"
    if not row["reachable"]:
        return f"NOT reachable: {row['error']}"
    offset = "" if row["clock_offset_ms"] is None else f", clock {row['clock_offset_ms'] / 1000:+.1f} s"
    streams = {None: "", True: ", streams"}.get(
        row["stream_reachable"], f", stream NOT reachable: {row['stream_error']}"
    )
    return f"reachable in {row['latency_ms']} ms{offset}{streams}"


def _history_text(history: Mapping[str, Any] | None) -> str:
    if history is None:
        return "none yet"
    size = f"{history['size_bytes'] / 1e6:.1f} MB"
    since = f", since {history['since'][:10]}" if history["since"] else ""
    state = {True: "sound", False: f"NOT sound: {history['error']}"}.get(history["sound"], history["error"] or "in use")
    return f"{size}{since}, {state}"
