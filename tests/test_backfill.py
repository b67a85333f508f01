"""The past is filled from exchanges on loopback: whole, newest first, and with no more questions than needed."""

import threading
from contextlib import contextmanager

import pytest
from candle_server import SERVED
from candle_tapes import day_after_day, made_ether_hours, moved, recorded
from fault_server import Fault
from faults import FAULTS
from fill_rig import BTC, ETH, opened_fill_rig

from cryptoprices.core.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Pair

NOW_MS = 1_763_820_000_000  # of the fake clock, a full hour
UNAVAILABLE = Fault("503", lambda peer: peer.answer(b"{}", 503), keeps=True)


@pytest.fixture
def opened(fake_clock):
    """Opens a rig: opened(tapes, *order)."""

    @contextmanager
    def open_rig(tapes, *order):
        with opened_fill_rig(fake_clock, tapes, *order) as rig:
            yield rig

    return open_rig


def minutes(count):
    return day_after_day(count, "1m", NOW_MS)


def test_a_day_of_minutes_of_both_coins_is_there_at_once_and_equal_to_the_source(opened):
    days = {pair: moved(recorded(f"coinbase_{pair.base}-USD_1m_20170903"), "1m", NOW_MS) for pair in (BTC, ETH)}
    with opened({"coinbase": {pair: {"1m": days[pair]} for pair in days}}) as rig:
        rig.poll()
        for pair, candles in days.items():
            assert rig.fill(pair, "1m", NOW_MS - DAY_MS) == []
            assert rig.read(pair, "1m") == candles
        assert len(rig.server.pages("coinbase")) == 10
        assert rig.stop.waited_s < 2
        assert rig.server.most_at_once == {"coinbase": 1}


def test_a_year_of_hours_takes_no_more_pages_than_it_must_and_keeps_to_the_budget(opened):
    tapes = {
        BTC: moved(recorded("coinbase_BTC-USD_1h_2018"), "1h", NOW_MS),
        ETH: moved(made_ether_hours(), "1h", NOW_MS),
    }
    with opened({"coinbase": {pair: {"1h": tapes[pair]} for pair in tapes}}) as rig:
        for pair, candles in tapes.items():
            assert rig.fill(pair, "1h", candles[0].open_ms) == []
            assert rig.read(pair, "1h") == candles
        assert len(rig.server.pages("coinbase")) == 2 * 30  # of 8,760 hours, 300 a page
        asked = [request.boot_s for request in rig.server.requests("coinbase")]
        budget = rig.exchanges[0].source.budget_per_min
        assert max(sum(at - 60 < other <= at for other in asked) for at in asked) <= budget


@pytest.mark.parametrize("name", SERVED)
def test_every_exchange_gives_all_that_it_keeps_in_pages_of_its_size(opened, name):
    pair = Pair("BTC", "USDT") if name in ("okx", "binance") else BTC
    whole = minutes(2500)
    with opened({name: {pair: {"1m": whole, "1d": day_after_day(9, "1d", NOW_MS)}}}) as rig:
        gaps = rig.fill(pair, "1m", NOW_MS - 2500 * MINUTE_MS)
        kept = {"kraken": 719, "gemini": 1438}.get(name, 2500)
        assert rig.read(pair, "1m") == whole[-kept:]
        assert [(gap.since_ms, gap.until_ms) for gap in gaps] == (
            [] if kept == 2500 else [(NOW_MS - 2500 * MINUTE_MS, NOW_MS - kept * MINUTE_MS)]
        )
        pages = {"kraken": 1, "gemini": 1, "coinbase": 9, "bitstamp": 3, "bitfinex": 1, "okx": 9, "binance": 3}
        assert len(rig.server.pages(name)) == pages[name]


def test_the_newest_page_comes_first_and_progress_is_told(opened):
    with opened({"coinbase": {BTC: {"1m": minutes(900)}}}) as rig:
        newest = []
        rig.backfill.fill(
            BTC,
            "1m",
            NOW_MS - 900 * MINUTE_MS,
            NOW_MS,
            lambda _: newest.append(rig.read(BTC, "1m")[0].open_ms),
            rig.stop,
        )
        assert newest == [NOW_MS - pages * 300 * MINUTE_MS for pages in (1, 2, 3)]
        rig.fill(ETH, "1m", NOW_MS - HOUR_MS)
        rig.fill(BTC, "1m", NOW_MS - 1500 * MINUTE_MS)
        assert rig.progress[0] == ("coinbase", 1, 2)


def test_of_several_holes_the_newest_is_filled_first(opened):
    with opened({"coinbase": {BTC: {"1m": minutes(300)}}}) as rig:
        rig.fill(BTC, "1m", NOW_MS - 200 * MINUTE_MS, NOW_MS - 100 * MINUTE_MS)
        rig.fill(BTC, "1m", NOW_MS - 300 * MINUTE_MS)
        starts = [int(path.partition("start=")[2].partition("&")[0]) for path in rig.server.pages("coinbase")]
        assert [NOW_MS // 1000 - start for start in starts] == [200 * 60, 100 * 60, 300 * 60]
        assert rig.read(BTC, "1m") == minutes(300)


def test_what_is_known_is_not_asked_again(opened):
    with opened({"coinbase": {BTC: {"1m": minutes(900)}}}) as rig:
        rig.fill(BTC, "1m", NOW_MS - 300 * MINUTE_MS, NOW_MS - 200 * MINUTE_MS)
        rig.fill(BTC, "1m", NOW_MS - 300 * MINUTE_MS)
        first, second = rig.server.pages("coinbase")
        assert f"end={NOW_MS // 1000 - 200 * 60 - 1}" in first
        assert f"start={NOW_MS // 1000 - 200 * 60}&" in second
        rig.fill(BTC, "1m", NOW_MS - 300 * MINUTE_MS)
        assert len(rig.server.pages("coinbase")) == 2
        assert rig.read(BTC, "1m") == minutes(900)[-300:]


def test_the_running_candle_is_left_out_and_asked_for_when_it_has_ended(opened, fake_clock):
    with opened({"coinbase": {BTC: {"1m": minutes(10)}}}) as rig:
        fake_clock.advance(-30)
        rig.fill(BTC, "1m", NOW_MS - 10 * MINUTE_MS, NOW_MS + MINUTE_MS)
        assert rig.read(BTC, "1m") == minutes(10)[:-1]
        fake_clock.advance(31)
        rig.fill(BTC, "1m", NOW_MS - 10 * MINUTE_MS)
        assert rig.read(BTC, "1m") == minutes(10)
        assert len(rig.server.pages("coinbase")) == 2


def test_a_candle_that_is_published_late_is_asked_for_again(opened, fake_clock):
    with opened({"coinbase": {BTC: {"1m": minutes(10)[:-1]}}}) as rig:
        assert rig.fill(BTC, "1m", NOW_MS - 10 * MINUTE_MS) == []
        rig.server.tapes["coinbase"][BTC]["1m"] = minutes(10)
        rig.fill(BTC, "1m", NOW_MS - 10 * MINUTE_MS)
        assert rig.read(BTC, "1m") == minutes(10)


def test_what_the_first_exchange_does_not_keep_comes_from_the_next(opened):
    whole = minutes(1440)
    with opened({"kraken": {BTC: {"1m": whole}}, "bitstamp": {BTC: {"1m": whole}}}) as rig:
        assert rig.fill(BTC, "1m", NOW_MS - DAY_MS) == []
        past = rig.archive.read(BTC, "1m", NOW_MS - DAY_MS, NOW_MS)
        assert past.candles.rows() == whole
        border_ms = NOW_MS - 719 * MINUTE_MS
        assert past.stretches == [(NOW_MS - DAY_MS, border_ms, "bitstamp"), (border_ms, NOW_MS, "kraken")]


def test_a_width_that_the_exchange_lacks_is_gathered_from_a_narrower_one(opened):
    hours = day_after_day(48, "1h", NOW_MS - NOW_MS % DAY_MS)
    with opened({"coinbase": {BTC: {"1h": hours}}}) as rig:
        rig.fill(BTC, "4h", hours[0].open_ms, hours[-1].open_ms + HOUR_MS)
        rows = rig.read(BTC, "4h", hours[0].open_ms)
        assert len(rows) == 12
        assert rows[0] == (hours[0].open_ms, hours[0].open, hours[3].high, hours[0].low, hours[3].close, 20.0)
        rig.fill(BTC, "4h", hours[0].open_ms, hours[-1].open_ms + HOUR_MS)
        assert len(rig.server.pages("coinbase")) == 1


def test_before_the_first_trade_the_next_exchange_is_asked_and_then_nobody(opened):
    old = day_after_day(400, "1d", NOW_MS)
    with opened({"coinbase": {BTC: {"1d": old[-10:]}}, "bitstamp": {BTC: {"1d": old}}}) as rig:
        since_ms = old[0].open_ms - 50 * DAY_MS
        nothing = [Gap(None, since_ms, old[0].open_ms, GapReason.NOT_KEPT)]
        assert rig.fill(BTC, "1d", since_ms) == nothing
        past = rig.archive.read(BTC, "1d", since_ms, NOW_MS)
        assert past.candles.rows() == old
        border_ms = old[-10].open_ms
        assert past.stretches[1:] == [(border_ms, old[-1].open_ms + DAY_MS, "coinbase")]
        assert past.stretches[0] == (old[0].open_ms, border_ms, "bitstamp")
        asked = len(rig.server.log)
        assert rig.fill(BTC, "1d", since_ms) == nothing
        assert len(rig.server.log) == asked  # nobody is asked twice where nothing is
        rig.time.advance(3600)
        assert rig.fill(BTC, "1d", since_ms) == nothing
        assert len(rig.server.log) > asked  # but it may have been a slip


def test_hours_without_trades_are_no_end(opened):
    old = [candle for index, candle in enumerate(minutes(3000)) if not 300 <= index < 2400]
    days = day_after_day(5, "1d", NOW_MS)
    with opened({"coinbase": {BTC: {"1m": old, "1d": days}}}) as rig:
        assert rig.fill(BTC, "1m", NOW_MS - 3000 * MINUTE_MS) == []
        assert rig.read(BTC, "1m") == old
        asked = len(rig.server.pages("coinbase"))
        assert asked == 11  # ten pages, and once the days
        rig.fill(BTC, "1m", NOW_MS - 3000 * MINUTE_MS)
        assert len(rig.server.pages("coinbase")) == asked


def test_a_market_that_the_exchange_does_not_know_is_asked_of_the_next(opened):
    with opened({"coinbase": {ETH: {}}, "bitstamp": {BTC: {"1m": minutes(60)}}}) as rig:
        assert rig.fill(BTC, "1m", NOW_MS - HOUR_MS) == []
        assert rig.read(BTC, "1m") == minutes(60)
        rig.fill(BTC, "1m", NOW_MS - 2 * HOUR_MS)
        assert len(rig.server.pages("coinbase")) == 1


def test_prices_in_usdt_are_no_candles_in_usd(opened):
    with opened({"binance": {}}) as rig:
        rig.poll(BTC)
        assert rig.fill(BTC, "1h", NOW_MS - HOUR_MS) == [Gap(None, NOW_MS - HOUR_MS, NOW_MS, GapReason.NOT_LISTED)]
        assert rig.server.pages("binance") == []


def test_what_every_exchange_says_it_does_not_list_is_no_time_that_they_do_not_keep(opened):
    with opened({"coinbase": {ETH: {}}}) as rig:
        nothing = [Gap(None, NOW_MS - HOUR_MS, NOW_MS, GapReason.NOT_LISTED)]
        assert rig.fill(BTC, "1m", NOW_MS - HOUR_MS) == nothing
        assert rig.fill(BTC, "1m", NOW_MS - HOUR_MS) == nothing  # also without asking again
        assert len(rig.server.pages("coinbase")) == 1


def test_what_the_store_does_not_take_is_said_to_be_lost(opened):
    with opened({"coinbase": {BTC: {"1m": minutes(900)}}}) as rig:
        rig.shelf.full = True
        since_ms = NOW_MS - 900 * MINUTE_MS
        assert rig.fill(BTC, "1m", since_ms) == [Gap(None, since_ms, NOW_MS, GapReason.NOT_SAVED)]
        rig.shelf.full = False
        assert rig.fill(BTC, "1m", since_ms) == []
        assert rig.read(BTC, "1m") == minutes(900)


@pytest.mark.logs("kraken")
def test_an_exchange_that_asks_to_wait_waits_for_everybody_and_the_next_one_gives_the_rest(opened):
    limited = Fault("429", lambda peer: peer.answer(b"{}", 429, {"Retry-After": "120"}), keeps=True)
    whole = minutes(600)
    with opened({"kraken": {BTC: {"1m": whole}}, "bitstamp": {BTC: {"1m": whole}}}) as rig:
        rig.server.misbehave("kraken", limited)
        assert rig.fill(BTC, "1m", NOW_MS - 600 * MINUTE_MS) == []
        assert rig.read(BTC, "1m") == whole
        assert len(rig.server.pages("kraken")) == 1
        rig.server.misbehave("kraken", None)
        for _ in range(5):
            standing = next(s for s in rig.poll(after_s=20, forced=True).standings if s.exchange == "kraken")
            assert standing.reason == "limited"
            rig.fill(BTC, "5m", NOW_MS - HOUR_MS)
        assert len(rig.server.requests("kraken")) == 1
        rig.poll(after_s=20)
        assert len(rig.server.requests("kraken")) == 2


def test_a_page_that_fails_is_asked_three_times_and_prices_go_on(opened):
    with opened({"coinbase": {BTC: {"1m": minutes(60)}}}) as rig:
        rig.server.misbehave("coinbase", UNAVAILABLE)
        gaps = rig.fill(BTC, "1m", NOW_MS - HOUR_MS)
        assert gaps == [Gap("coinbase", NOW_MS - HOUR_MS, NOW_MS, GapReason.ERROR)]
        at = [request.boot_s for request in rig.server.requests("coinbase")]
        assert [later - at[0] for later in at] == [0, 2, 8]
        assert rig.fill(BTC, "1m", NOW_MS - HOUR_MS) == gaps
        assert len(rig.server.requests("coinbase")) == 3  # not at once again
        rig.server.misbehave("coinbase", None)
        assert rig.poll().standings[0].reason is None
        rig.time.advance(60)
        assert rig.fill(BTC, "1m", NOW_MS - HOUR_MS) == []


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if not fault.slow and not fault.lies], ids=lambda f: f.name
)
@pytest.mark.logs("coinbase")
def test_whatever_a_page_is_nothing_wrong_is_stored_and_the_next_exchange_fills_in(opened, fault):
    with opened({"coinbase": {BTC: {"1m": minutes(60)}}, "bitstamp": {BTC: {"1m": minutes(60)}}}) as rig:
        rig.server.misbehave("coinbase", fault)
        assert rig.fill(BTC, "1m", NOW_MS - HOUR_MS) == []
        assert rig.read(BTC, "1m") == minutes(60)


def test_when_nobody_is_reached_the_gap_is_called_offline(opened, fake_clock):
    with opened({"coinbase": {BTC: {}}, "bitstamp": {BTC: {}}}) as rig:
        rig.server.__exit__()
        assert {gap.reason for gap in rig.fill(BTC, "1m", NOW_MS - HOUR_MS)} == {GapReason.OFFLINE}


def test_a_filling_ends_when_it_is_told_to(opened):
    with opened({"coinbase": {BTC: {"1m": minutes(900)}}}) as rig:
        stop = threading.Event()
        assert rig.backfill.fill(BTC, "1m", NOW_MS - 900 * MINUTE_MS, NOW_MS, lambda _: stop.set(), stop) == []
        assert len(rig.server.pages("coinbase")) == 1
        assert rig.read(BTC, "1m") == minutes(900)[-300:]
        assert rig.shelf.flushed


def test_two_fillings_of_the_same_ask_once(opened):
    with opened({"coinbase": {BTC: {"1m": minutes(300)}}}) as rig:
        begun = threading.Event()
        rig.server.before_page = lambda _: begun.set()
        stop = threading.Event()
        work = (BTC, "1m", NOW_MS - 300 * MINUTE_MS, NOW_MS, lambda _: None, stop)
        threads = [threading.Thread(target=rig.backfill.fill, args=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert begun.is_set()
        assert len(rig.server.pages("coinbase")) == 1
