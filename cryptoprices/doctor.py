"""`cryptoprices doctor`: what works on this machine, asked for one by one. No Qt, and never a secret."""

import json
import platform
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

from cryptoprices import __version__
from cryptoprices.bus import offers
from cryptoprices.clock import system_clock
from cryptoprices.core.market import Pair, Standing
from cryptoprices.core.source import Exchange, Source
from cryptoprices.displays import x_tray
from cryptoprices.headless import opened_fetcher, opened_profile, said
from cryptoprices.settings.options import options_of
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import Settings
from cryptoprices.sources.discovery import discover
from cryptoprices.storage.logfile import redacted
from cryptoprices.storage.profile import Profile, writable
from cryptoprices.storage.secrets import find_keyring
from cryptoprices.terminal import Terminal

_ASKED = (Pair("BTC", "USD"),)  # every exchange has it, or Bitcoin in Tether in its place


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
    for line in [json.dumps(report)] if as_json else _lines(report):
        terminal.line(line)
    return 0


def _fallbacks_too(values: Settings) -> Settings:
    """The settings with every fallback asked like any other exchange: whether it answers is the question here."""
    switches = [options_of(source).enabled for source in discover().values()]
    return values.with_values({switch.key: True for switch in switches if values[switch] == "missing"})


def _asked(options: RunOptions, profile: Profile, values: Settings) -> dict[str, tuple[Exchange, Standing]]:
    """How every enabled exchange stands after one poll; who asked us to wait is left alone."""
    with opened_fetcher(options, profile, values, system_clock()) as fetcher:
        standings: dict[str, Standing] = {}
        fetcher.poll(_ASKED, lambda round_: standings.update((s.exchange, s) for s in round_.standings))
        exchanges = {exchange.source.name: exchange for exchange in fetcher.exchanges}
    return {name: (exchange, standings.get(name, Standing(name))) for name, exchange in exchanges.items()}


def _exchange_report(source: Source, values: Settings, asked: tuple[Exchange, Standing] | None) -> dict[str, Any]:
    """One exchange's part of the report; of one that is off, only where it would be asked.

    clock_offset_ms: its clock minus ours, to about a second, because its Date has whole seconds.
    """
    address = asked[0].rest_url if asked else values[options_of(source).rest_url]
    standing = asked[1] if asked else Standing(source.name)
    return {
        "exchange": source.name,
        "enabled": asked is not None,
        "reachable": standing.reason is None if asked else None,
        "latency_ms": _rounded(standing.latency_ms),
        "clock_offset_ms": _rounded(standing.clock_offset_ms),
        "address": redacted(address),
        "custom_address": asked[0].custom_address if asked else address != source.base_url,
        "error": None if standing.reason is None else redacted(said(standing)),
    }


def _rounded(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The report for a person."""
    folder = report["data_folder"]
    free = "" if folder["free_bytes"] is None else f", {folder['free_bytes'] / 1e9:.1f} GB free"
    yield f"cryptoprices   {report['version']}, Python {report['python']}, {report['platform']}"
    yield f"profile        {report['profile']}"
    yield f"data folder    {folder['path']} ({'writable' if folder['writable'] else 'NOT writable'}{free})"
    yield f"keyring        {report['keyring']['backend']}{'' if report['keyring']['usable'] else ' (not usable)'}"
    yield f"tray           {report['tray'] or 'none found'}"
    yield f"notifications  {report['notifications'] or 'none found'}"
    for row in report["exchanges"]:
        custom = " (custom address)" if row["custom_address"] else ""
        yield f"{row['exchange']:<13}  {_exchange_text(row)}  {row['address']}{custom}"


def _exchange_text(row: Mapping[str, Any]) -> str:
    if not row["enabled"]:
        return "off"
    if not row["reachable"]:
        return f"NOT reachable: {row['error']}"
    offset = "" if row["clock_offset_ms"] is None else f", clock {row['clock_offset_ms'] / 1000:+.1f} s"
    return f"reachable in {row['latency_ms']} ms{offset}"
