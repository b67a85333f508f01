"""What the window's prices, and their past, come from, apart from Qt: built by the thread that loads it."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cryptoprices.archive import Archive
from cryptoprices.clock import Clock
from cryptoprices.core.currency import Rates
from cryptoprices.core.errors import SourceError
from cryptoprices.core.reference import ECB, Reference
from cryptoprices.core.source import Exchange, Source
from cryptoprices.demo.server import FX, DemoExchange
from cryptoprices.net import station
from cryptoprices.net.backfill import Backfill
from cryptoprices.net.fetch import Fetcher
from cryptoprices.net.http import Http
from cryptoprices.net.rates import ask_all_rates, ask_rates
from cryptoprices.settings.options import DEMO_SEED, FX_REST_URL, HOUR_DAYS, MINUTE_DAYS, RAW_DAYS
from cryptoprices.settings.values import Settings
from cryptoprices.sources.discovery import discover
from cryptoprices.storage.history import History
from cryptoprices.storage.retention import Retention
from cryptoprices.storage.state import State


class Parts(NamedTuple):
    """What needs no window. demo: the simulated market, None for the real one. last_ms: of the newest stored price."""

    sources: Mapping[str, Source]
    demo: DemoExchange | None
    fetcher: Fetcher
    history: History
    archive: Archive
    last_ms: int | None
    http: Http
    ask_rates: Callable[[], Reference | SourceError]
    ask_past_rates: Callable[[str], list[Rates] | SourceError]

    def close(self) -> None:
        """End requests under way, the history and the simulated market."""
        self.fetcher.close()
        self.http.close()
        self.history.close()
        if self.demo:
            self.demo.stop()


def build(
    settings: Settings, state: State, clock: Clock, history_file: Path, said: Callable[[str], object], demo: bool
) -> Parts:
    """For a worker thread; everything is started. state: of the last run. said: as History's notice."""
    sources, market = discover(), None
    if demo:
        market = DemoExchange(settings[DEMO_SEED] or clock.wall_ms() % 2**31, clock)
        market.start()
    kept = Retention(settings[RAW_DAYS], settings[MINUTE_DAYS], settings[HOUR_DAYS])
    history = History(history_file, clock, said, kept)
    history.start()
    fetcher = station.build(settings, sources, clock, state.pauses, market.addresses if market else None)
    archive = Archive(history, Backfill(fetcher, history, clock), clock, lambda: _names(fetcher.exchanges))
    span = history.span_ms()
    http = Http(clock, station.proxy_setting(settings, demo))
    rates_url = market.addresses[FX] if market else settings[FX_REST_URL]
    ask_past_rates = partial(ask_all_rates, http, rates_url, clock)
    ask = partial(ask_rates, http, rates_url, "DEMO" if demo else ECB)
    return Parts(sources, market, fetcher, history, archive, span[1] if span else None, http, ask, ask_past_rates)


def _names(exchanges: tuple[Exchange, ...]) -> list[str]:
    return [exchange.source.name for exchange in exchanges]
