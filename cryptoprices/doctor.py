"""`cryptoprices doctor`: what works on this machine, asked for one by one. No Qt, and never a secret."""

import json
import platform
import shutil
import threading
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cryptoprices import __version__
from cryptoprices.bus import offers
from cryptoprices.clock import Clock, system_clock
from cryptoprices.core.errors import SourceError, UnknownPair
from cryptoprices.core.market import Pair
from cryptoprices.core.source import Answer, Exchange, Source
from cryptoprices.headless import opened_fetcher, opened_profile
from cryptoprices.net import verdict
from cryptoprices.net.fetch import Fetcher
from cryptoprices.net.http import Http
from cryptoprices.settings.options import PROXY, options_of
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import Settings
from cryptoprices.sources.discovery import discover
from cryptoprices.storage.logfile import redacted
from cryptoprices.storage.profile import writable
from cryptoprices.storage.secrets import find_keyring
from cryptoprices.terminal import Terminal


def doctor(options: RunOptions, as_json: bool) -> int:
    """Say what works on this machine, one thing after the other. Returns 0: a fault found is an answer too."""
    terminal = Terminal()
    clock = system_clock()
    with (
        opened_profile(options, terminal) as profile,
        opened_fetcher(options, profile, profile.settings, clock) as fetcher,
    ):
        terminal.progress("asking the exchanges")
        asked = _probe(fetcher, clock, "none" if options.demo else profile.settings[PROXY])
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
            "tray": here.tray,
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


class Probe(NamedTuple):
    """What one question to an exchange showed. clock_offset_ms: its clock minus ours, to the second, None unknown."""

    exchange: Exchange
    error: str | None = None
    latency_ms: float | None = None
    clock_offset_ms: int | None = None


def _probe(fetcher: Fetcher, clock: Clock, proxy: str) -> dict[str, Probe]:
    """One question to every enabled exchange, side by side; who asked us to wait is left alone."""
    waiting = fetcher.pauses()
    probes: dict[str, Probe] = {}
    http = Http(clock, proxy)

    def ask(exchange: Exchange) -> None:
        probes[exchange.source.name] = _ask(exchange, http, clock)

    threads = []
    for exchange in fetcher.exchanges:
        if exchange.source.name in waiting:
            probes[exchange.source.name] = Probe(exchange, "It asked us to wait, so it was not asked now.")
        else:
            threads.append(threading.Thread(target=ask, args=(exchange,), daemon=True))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    http.close()
    return probes


def _ask(exchange: Exchange, http: Http, clock: Clock) -> Probe:
    source = exchange.source
    pair = next(filter(source.lists, (Pair("BTC", quote) for quote in sorted(source.quote_currencies, reverse=True))))
    try:
        answer = http.get(exchange.rest_url + source.asks([pair])[0].path)
    except SourceError as error:
        return Probe(exchange, error.text)
    latency_s = clock.boot_s() - answer.sent_boot_s
    said = source.refusal(answer) or verdict.of_answer(source.title, answer)
    text = None if said is None or isinstance(said, UnknownPair) else said.text
    return Probe(exchange, text, round(latency_s * 1000, 1), _offset_ms(answer, latency_s))


def _offset_ms(answer: Answer, latency_s: float) -> int | None:
    """The exchange's clock minus ours by its Date, which has whole seconds: taken in their middle, half-way there."""
    date_s = verdict.http_date(answer.headers.get("date", ""))
    return None if date_s is None else round((date_s + 0.5 + latency_s / 2) * 1000) - answer.received_ms


def _exchange_report(source: Source, values: Settings, probe: Probe | None) -> dict[str, Any]:
    """One exchange's part of the report; of one that is off, only where it would be asked."""
    address = probe.exchange.rest_url if probe else values[options_of(source).rest_url]
    return {
        "exchange": source.name,
        "enabled": probe is not None,
        "reachable": None if probe is None else probe.error is None,
        "latency_ms": probe and probe.latency_ms,
        "clock_offset_ms": probe and probe.clock_offset_ms,
        "address": redacted(address),
        "custom_address": address != source.base_url,
        "error": probe and probe.error,
    }


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
    return f"reachable in {row['latency_ms']:.0f} ms{offset}"
