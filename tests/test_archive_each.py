"""The past of each exchange by itself: what is stored of them, and that all of them can be asked."""

from pathlib import Path

import pytest
from candle_tapes import day_after_day
from fill_rig import BTC, opened_fill_rig

from cryptoprices.archive import Archive
from cryptoprices.core.candles import Candles
from cryptoprices.core.intervals import MINUTE_MS
from cryptoprices.core.market import Pair
from cryptoprices.net.backfill import Backfill
from cryptoprices.qt.venues import find_venues
from cryptoprices.storage.history import History, Sample

NOW_MS = 1_763_820_000_000
BTC_USDT, USDT = Pair("BTC", "USDT"), Pair("USDT", "USD")
ORDER = ("coinbase", "bitstamp", "binance")


def dearer(candles, factor):
    return [c._replace(**{key: getattr(c, key) * factor for key in ("open", "high", "low", "close")}) for c in candles]


@pytest.fixture
def history(tmp_path: Path, fake_clock):
    history = History(tmp_path / "history.sqlite3", fake_clock.clock, print)
    history.start()
    yield history
    assert history.close(10)


@pytest.fixture
def rig(fake_clock, history):
    """Bitstamp is 1 % dearer; Binance has only USDT, 2 % dearer in it, which costs 0.99 dollars at Coinbase."""
    minutes = day_after_day(600, "1m", NOW_MS)
    stable = [c._replace(open=0.99, high=0.99, low=0.99, close=0.99) for c in minutes[300:]]
    tapes = {
        "coinbase": {BTC: {"1m": minutes}, USDT: {"1m": stable}},
        "bitstamp": {BTC: {"1m": dearer(minutes, 1.01)}},
        "binance": {BTC_USDT: {"1m": dearer(minutes, 1.02)}},
    }
    with opened_fill_rig(fake_clock, tapes) as rig:
        rig.minutes = minutes
        backfill = Backfill(rig.fetcher, history, fake_clock.clock)
        rig.archive = Archive(history, backfill, fake_clock.clock, lambda: ORDER)
        rig.span = minutes[0].open_ms, NOW_MS
        yield rig


def test_of_each_exchange_its_own_candles_are_read_and_nothing_made_of_our_samples(rig, history):
    own = rig.minutes[:300]
    history.put_candles("coinbase", BTC, "1m", Candles.of(own), own[0].open_ms, own[-1].open_ms + MINUTE_MS)
    few = rig.minutes[100:160]
    history.put_candles("bitstamp", BTC, "1m", Candles.of(few), few[0].open_ms, few[-1].open_ms + MINUTE_MS)
    history.put_samples([Sample(name, BTC, own[-1].open_ms + 60_005, 7.0) for name in ("coinbase", "binance")])
    assert history.flush(10)
    found = rig.archive.each(BTC, "1m", own[0].open_ms, NOW_MS + MINUTE_MS)
    assert {name: candles.rows() for name, candles in found.items()} == {"coinbase": own, "bitstamp": few}
    hours = rig.archive.each(BTC, "1h", own[0].open_ms, NOW_MS)
    assert {name: len(candles) for name, candles in hours.items()} == {"coinbase": 5}  # no whole hour of the other
    assert rig.archive.each(BTC, "1m", NOW_MS, NOW_MS) == {}


def test_all_are_asked_for_what_is_not_stored_of_them_and_nobody_twice(rig, history):
    own = rig.minutes[:300]
    history.put_candles("coinbase", BTC, "1m", Candles.of(own), own[0].open_ms, own[-1].open_ms + MINUTE_MS)
    assert history.flush(10)
    rig.archive.fill_each(BTC, "1m", *rig.span, rig.progress.append, rig.stop)
    assert {progress.exchange for progress in rig.progress} == set(ORDER)
    pages = [[page for page in rig.server.pages(name) if "btc" in page.lower()] for name in ORDER]
    assert [len(asked) for asked in pages] == [1, 1, 1]  # of Coinbase's two pages one is stored
    found = rig.archive.each(BTC, "1m", *rig.span)
    assert {name: len(candles) for name, candles in found.items()} == {"coinbase": 600, "bitstamp": 600}
    asked = len(rig.server.log)
    rig.archive.fill_each(BTC, "1m", *rig.span, rig.progress.append, rig.stop)
    assert not [request for request in rig.server.log[asked:] if "btc" in request.path.lower()]


def test_one_alone_can_be_asked_and_read_whoever_else_has_the_same(rig, history):
    history.put_candles("coinbase", BTC, "1m", Candles.of(rig.minutes), *rig.span)
    assert history.flush(10)
    assert rig.archive.fill_own("bitstamp", BTC, "1m", *rig.span, rig.stop) == []
    assert [name for name in ORDER if rig.server.pages(name)] == ["bitstamp"]
    found = rig.archive.own("bitstamp", BTC, "1m", *rig.span)
    assert found.candles.rows() == dearer(rig.minutes, 1.01)
    assert found.stretches == [(*rig.span, "bitstamp")]
    assert rig.archive.own("bitstamp", BTC, "1m", NOW_MS, NOW_MS + MINUTE_MS).stretches == []  # it has not ended


def test_who_is_to_be_asked_only_for_what_no_other_lists_is_not_asked(rig):
    exchanges = [each._replace(only_missing=each.source.name == "bitstamp") for each in rig.fetcher.exchanges]
    rig.fetcher.set_exchanges(exchanges)
    rig.archive.fill_each(BTC, "1m", *rig.span, rig.progress.append, rig.stop)
    assert not [page for page in rig.server.pages("bitstamp") if "btc" in page]


def test_who_wants_no_more_asks_nobody_more(rig):
    rig.stop.set()
    assert rig.archive.fill_each(BTC, "1m", *rig.span, rig.progress.append, rig.stop) == []
    assert not any(rig.server.pages(name) for name in ORDER)


def test_a_price_in_usdt_counts_only_where_it_is_known_what_that_cost(rig):
    rig.archive.fill_each(BTC, "1m", *rig.span, rig.progress.append, rig.stop)
    venues = find_venues(rig.archive, BTC, "1m", *rig.span)
    assert list(venues.premiums.by_exchange) == list(ORDER)
    assert venues.converted == {"binance": BTC_USDT}
    assert venues.unpriced == {}
    assert venues.premiums.counted.tolist() == [2] * 300 + [3] * 300
    middle = 1.02 * 0.99  # Binance's, between 1 and 1.01
    above = venues.premiums.by_exchange
    assert above["coinbase"][300:] == pytest.approx([100 * (1 / middle - 1)] * 300, rel=1e-9)
    assert above["bitstamp"][:300] == pytest.approx([100 * (1.01 / 1.005 - 1)] * 300, rel=1e-9)
    assert venues.stablecoins["USDT"].close.tolist() == [0.99] * 300


def test_without_any_rate_a_price_in_usdt_is_named_and_left_out(rig, history):
    candles = Candles.of(rig.minutes)
    for name, pair in (("coinbase", BTC), ("binance", BTC_USDT)):
        history.put_candles(name, pair, "1m", candles, *rig.span)
    assert history.flush(10)
    venues = find_venues(rig.archive, BTC, "1m", *rig.span)
    assert list(venues.premiums.by_exchange) == ["coinbase"]
    assert (venues.converted, venues.unpriced, venues.stablecoins) == ({}, {"binance": BTC_USDT}, {})
    dollars = find_venues(rig.archive, USDT, "1m", *rig.span)  # nothing stands in for a stablecoin
    assert dollars.unpriced == dollars.converted == {}
