"""From the settings and the discovered sources to a Fetcher that is ready to poll."""

from collections.abc import Mapping, Sequence

from cryptoprices.clock import Clock
from cryptoprices.core.board import Board, Terms
from cryptoprices.core.market import Pair
from cryptoprices.core.snapshot import LastKnown
from cryptoprices.core.source import Exchange, Source
from cryptoprices.net.fetch import Fetcher
from cryptoprices.net.http import Http
from cryptoprices.settings.options import EXCHANGE_ORDER, POLL_INTERVAL_S, PROXY, options_of
from cryptoprices.settings.values import Settings


def build(
    settings: Settings,
    sources: Mapping[str, Source],
    clock: Clock,
    pauses: Mapping[str, object] | None = None,
    demo_addresses: Mapping[str, str] | None = None,
) -> Fetcher:
    """The Fetcher of this run: the enabled exchanges in the person's order, with their addresses.

    pauses: from an earlier run's `Fetcher.pauses()`. demo_addresses: name -> rest_url of the simulated market, which
    is then asked in place of the addresses in `exchanges.*`, and never through a proxy; its streams are below, at
    /stream.
    """
    exchanges, _ = roster(settings, sources, demo_addresses)
    http = Http(clock, proxy_setting(settings, demo_addresses is not None))
    return Fetcher(exchanges, http, clock, interval_s=settings[POLL_INTERVAL_S], pauses=pauses)


def proxy_setting(settings: Settings, demo: bool) -> str:
    """The proxy of this run, as Http takes it."""
    return "none" if demo else settings[PROXY]


def roster(
    settings: Settings, sources: Mapping[str, Source], demo_addresses: Mapping[str, str] | None = None
) -> tuple[list[Exchange], list[Exchange]]:
    """The exchanges that are asked, and those that are switched off. demo_addresses: as for build().

    Both in the person's order: first those of `exchanges.order`, then the others in the order of `sources`.
    """
    asked: list[Exchange] = []
    off: list[Exchange] = []
    names = dict.fromkeys([*settings[EXCHANGE_ORDER], *sources])
    for source in (sources[name] for name in names if name in sources):
        options = options_of(source)
        wanted = settings[options.enabled]
        exchange = Exchange(source, settings[options.rest_url], settings[options.stream_url], wanted == "missing")
        if demo_addresses is not None:
            if source.name not in demo_addresses:
                continue
            rest_url = demo_addresses[source.name]
            stream_url = f"ws{rest_url.removeprefix('http')}/stream" if source.stream_url else ""
            exchange = exchange._replace(rest_url=rest_url, stream_url=stream_url, simulated=True)
        (asked if wanted else off).append(exchange)
    return asked, off


def board(
    exchanges: Sequence[Exchange], settings: Settings, last_known: Mapping[Pair, LastKnown] | None = None
) -> Board:
    """The Board that judges what these exchanges say. last_known: prices of an earlier run."""
    names, interval_s, lists, coarse = terms(exchanges, settings)
    return Board(names, interval_s, last_known, lists, coarse)


def terms(exchanges: Sequence[Exchange], settings: Settings) -> Terms:
    """These exchanges as a Board knows them."""
    by_name = {exchange.source.name: exchange for exchange in exchanges}
    regular = [exchange.source for exchange in exchanges if not exchange.only_missing]

    def lists(name: str, pair: Pair) -> bool:
        """Whether an exchange may be asked for a pair; a fallback only for what no other one has."""
        exchange = by_name[name]
        needed = not exchange.only_missing or not any(source.lists(pair) for source in regular)
        return needed and exchange.source.lists(pair)

    intervals_s = {name: max(settings[POLL_INTERVAL_S], e.source.interval_s) for name, e in by_name.items()}
    coarse = [name for name, exchange in by_name.items() if exchange.source.time_grain_s]
    return Terms(tuple(by_name), intervals_s, lists, coarse)
