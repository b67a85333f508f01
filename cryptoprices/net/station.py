"""From the settings and the discovered sources to a Fetcher that is ready to poll."""

from collections.abc import Mapping, Sequence

from cryptoprices.clock import Clock
from cryptoprices.core.board import Board
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
    is then asked in place of the addresses in `exchanges.*`, and never through a proxy.
    """
    exchanges = enabled(settings, sources)
    if demo_addresses is not None:
        played = [exchange for exchange in exchanges if exchange.source.name in demo_addresses]
        exchanges = [e._replace(rest_url=demo_addresses[e.source.name], simulated=True) for e in played]
    proxy = settings[PROXY] if demo_addresses is None else "none"
    return Fetcher(exchanges, Http(clock, proxy), clock, interval_s=settings[POLL_INTERVAL_S], pauses=pauses)


def enabled(settings: Settings, sources: Mapping[str, Source]) -> list[Exchange]:
    """The enabled exchanges: first those of `exchanges.order`, then the others in the order of `sources`."""
    names = dict.fromkeys([*settings[EXCHANGE_ORDER], *sources])
    exchanges = []
    for source in (sources[name] for name in names if name in sources):
        options = options_of(source)
        if settings[options.enabled]:
            missing_only = settings[options.enabled] == "missing"
            exchanges.append(Exchange(source, settings[options.rest_url], settings[options.stream_url], missing_only))
    return exchanges


def board(
    exchanges: Sequence[Exchange], settings: Settings, last_known: Mapping[Pair, LastKnown] | None = None
) -> Board:
    """The Board that judges what these exchanges say. last_known: prices of an earlier run."""
    by_name = {exchange.source.name: exchange for exchange in exchanges}
    regular = [exchange.source for exchange in exchanges if not exchange.only_missing]

    def lists(name: str, pair: Pair) -> bool:
        """Whether an exchange may be asked for a pair; a fallback only for what no other one has."""
        exchange = by_name[name]
        needed = not exchange.only_missing or not any(source.lists(pair) for source in regular)
        return needed and exchange.source.lists(pair)

    intervals_s = {name: max(settings[POLL_INTERVAL_S], e.source.interval_s) for name, e in by_name.items()}
    return Board(tuple(by_name), intervals_s, last_known, lists)
