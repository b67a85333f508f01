"""The real adapters read the demo's answers, over real sockets, to the prices and figures of the simulated market."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from conftest import FakeClock

from cryptoprices.core.errors import SourceError, UnknownPair
from cryptoprices.core.market import Pair, by_quote
from cryptoprices.core.source import Answer
from cryptoprices.demo.assets import DEMO_PAIRS
from cryptoprices.demo.market import Market
from cryptoprices.demo.server import DemoExchange
from cryptoprices.demo.venues import VENUES
from cryptoprices.sources.discovery import discover

SEED, ELAPSED_S = 42, 95
SOURCES = discover()
REFUSING = ("kraken", "coinbase", "gemini", "binance", "okx", "coingecko")  # the others leave an unknown pair out
NO_CHANGE = ("kraken",)


@pytest.fixture(scope="module")
def demo():
    clock = FakeClock()
    with DemoExchange(SEED, clock.clock) as exchange:
        clock.advance(ELAPSED_S)
        yield exchange


@pytest.fixture(scope="module")
def market():
    return Market(SEED)


def get(demo, name, path):
    url = urlsplit(demo.addresses[name] + path)
    connection = HTTPConnection(url.hostname, url.port)
    try:
        connection.request("GET", url.path + (f"?{url.query}" if url.query else ""))
        answer = connection.getresponse()
        headers = {key.lower(): value for key, value in answer.getheaders()}
        return Answer(answer.status, headers, answer.read(), 1095.0, FakeClock().wall_ms + ELAPSED_S * 1000)
    finally:
        connection.close()


def quotes(demo, source, pairs):
    """Every quote of the pairs, asked as the program asks: the fewest questions, with their details."""
    for ask in source.asks(by_quote(pairs)):
        read = source.read(get(demo, source.name, ask.path), ask.pairs)
        for path in ask.details:
            read = [source.read_detail(get(demo, source.name, path), quote) for quote in read]
        yield from read


@pytest.mark.parametrize("name", VENUES)
def test_its_adapter_reads_the_markets_prices(demo, market, name):
    source, venue = SOURCES[name], VENUES[name]
    wanted = [pair for pair in venue.pairs() if source.lists(pair)]
    assert len(wanted) >= 7
    read = {quote.pair: quote for quote in quotes(demo, source, wanted)}
    assert set(read) == set(wanted)
    for pair, quote in read.items():
        ticker = quote.ticker
        assert float(ticker.price) == pytest.approx(market.price(pair, ELAPSED_S), rel=0.005)
        span = market.span(pair, ELAPSED_S)
        assert ticker.high_24h >= ticker.price >= ticker.low_24h
        assert float(ticker.high_24h) == pytest.approx(span.high, rel=0.002)
        assert float(ticker.low_24h) == pytest.approx(span.low, rel=0.002)
        if name not in NO_CHANGE:
            change = (market.price(pair, ELAPSED_S) / span.open - 1) * 100
            assert float(ticker.change_24h_pct) == pytest.approx(change, abs=0.25)
        if name != "coingecko":
            assert ticker.bid < ticker.ask
            assert ticker.bid <= ticker.price <= ticker.ask
            assert 0 < float(ticker.volume_24h) < span.volume
        assert quote.lead_s < 45  # LIVE


@pytest.mark.parametrize("name", VENUES)
def test_it_keeps_to_itself_what_it_does_not_list(demo, name):
    unknown = Pair("ZEC", "USDT" if name in ("binance", "okx") else "USD")
    with pytest.raises(UnknownPair if name in REFUSING else SourceError):
        list(quotes(demo, SOURCES[name], [unknown]))


def test_every_exchange_that_is_on_by_default_is_played():
    assert {name for name, source in SOURCES.items() if source.on_by_default} <= set(VENUES)


def test_every_pair_of_the_demo_is_listed_somewhere():
    for pair in DEMO_PAIRS:
        assert any(pair in venue.pairs() for venue in VENUES.values())
