"""The past of several exchanges read as one, from a real history file; and gaps that are filled on return."""

import threading
from pathlib import Path

import pytest
from candle_tapes import day_after_day
from fill_rig import BTC, ETH, opened_fill_rig

from cryptoprices.archive import Archive
from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.intervals import DAY_MS, HOUR_MS, MINUTE_MS, floor_ms
from cryptoprices.core.ledger import Gap, GapReason, Ledger
from cryptoprices.core.market import Candle
from cryptoprices.net.backfill import Backfill
from cryptoprices.storage.history import History, Sample

NOW_MS = 1_763_820_000_000
LONGEST_MS = {"coinbase": 45_000, "bitstamp": 45_000}


@pytest.fixture
def history(tmp_path: Path, fake_clock):
    notices: list[str] = []
    history = History(tmp_path / "history.sqlite3", fake_clock.clock, notices.append)
    history.start()
    yield history
    assert history.close(10)
    assert not [notice for notice in notices if notice]


@pytest.fixture
def rig(fake_clock, history):
    minutes = {"1m": day_after_day(600, "1m", NOW_MS)}
    tapes = {"coinbase": {BTC: minutes, ETH: minutes}, "bitstamp": {BTC: minutes, ETH: minutes}}
    with opened_fill_rig(fake_clock, tapes) as rig:
        rig.backfill = Backfill(rig.fetcher, history, fake_clock.clock)
        rig.archive = Archive(history, rig.backfill, fake_clock.clock, lambda: ("coinbase", "bitstamp"))
        yield rig


def put(history, exchange, pair, interval, candles, since_ms, until_ms):
    history.put_candles(exchange, pair, interval, Candles.of(candles), since_ms, until_ms)
    assert history.flush(10)


def test_each_stretch_is_of_the_first_exchange_that_it_is_known_of(rig, history):
    own = day_after_day(600, "1m", NOW_MS)
    dearer = [candle._replace(close=candle.close + 0.5) for candle in own]
    put(history, "coinbase", BTC, "1m", own[300:400], own[300].open_ms, own[400].open_ms)
    put(history, "bitstamp", BTC, "1m", dearer[200:500], own[200].open_ms, own[500].open_ms)
    past = rig.archive.read(BTC, "1m", own[0].open_ms, NOW_MS)
    assert past.candles.rows() == [*dearer[200:300], *own[300:400], *dearer[400:500]]
    assert past.stretches == [
        (own[200].open_ms, own[300].open_ms, "bitstamp"),
        (own[300].open_ms, own[400].open_ms, "coinbase"),
        (own[400].open_ms, own[500].open_ms, "bitstamp"),
    ]


def test_where_nobody_was_asked_there_are_our_own_samples(rig, history):
    own = day_after_day(600, "1m", NOW_MS)
    put(history, "bitstamp", BTC, "1m", own[:300], own[0].open_ms, own[300].open_ms)
    history.put_samples([Sample("coinbase", BTC, candle.open_ms + 10, candle.close) for candle in own[250:350]])
    assert history.flush(10)
    past = rig.archive.read(BTC, "1m", own[0].open_ms, NOW_MS)
    assert past.stretches == [
        (own[0].open_ms, own[300].open_ms, "bitstamp"),
        (own[300].open_ms, own[350].open_ms, "coinbase"),
    ]
    assert past.candles.of_origin(Origin.POLL).close.tolist() == [candle.close for candle in own[300:350]]


def test_where_an_exchange_had_no_trade_our_samples_are_no_candle(rig, history):
    own = day_after_day(600, "1m", NOW_MS)
    without = [*own[:5], *own[8:10]]
    put(history, "coinbase", BTC, "1m", without, own[0].open_ms, own[10].open_ms)
    history.put_samples([Sample("coinbase", BTC, candle.open_ms + 10, 7.0) for candle in own[:12]])
    assert history.flush(10)
    past = rig.archive.read(BTC, "1m", own[0].open_ms, own[12].open_ms)
    assert [row.close for row in past.candles.rows()] == [*(row.close for row in without), 7.0, 7.0]
    assert past.stretches == [(own[0].open_ms, own[12].open_ms, "coinbase")]


def test_wider_candles_come_from_narrower_ones(rig, history):
    hours = day_after_day(48, "1h", NOW_MS - NOW_MS % DAY_MS)
    put(history, "coinbase", BTC, "1h", hours, hours[0].open_ms, hours[-1].open_ms + HOUR_MS)
    days = rig.archive.read(BTC, "1d", hours[0].open_ms, NOW_MS)
    assert [row.close for row in days.candles.rows()] == [hours[23].close, hours[47].close]
    assert days.stretches == [(hours[0].open_ms, hours[-1].open_ms + HOUR_MS, "coinbase")]


def test_the_running_candle_is_not_read(rig, history):
    history.put_samples([Sample("coinbase", BTC, NOW_MS - 1, 5.0), Sample("coinbase", BTC, NOW_MS + 10, 6.0)])
    assert history.flush(10)
    rig.time.advance(30)
    past = rig.archive.read(BTC, "1m", NOW_MS - HOUR_MS, NOW_MS + HOUR_MS)
    assert [row.close for row in past.candles.rows()] == [5.0]


def test_what_is_stored_of_the_running_candle_is_read_by_itself(rig, history):
    rig.time.advance(90)  # a minute has ended, one runs
    assert rig.archive.running(BTC, "1h", "coinbase") is None
    own = Candle(NOW_MS, 100, 130, 80, 110, 5.0)
    put(history, "coinbase", BTC, "1m", [own], NOW_MS, NOW_MS + MINUTE_MS)
    put(history, "bitstamp", BTC, "1m", [own._replace(high=500)], NOW_MS, NOW_MS + MINUTE_MS)
    history.put_samples([Sample("coinbase", BTC, NOW_MS + MINUTE_MS + k, 120.0 + k) for k in (1, 2, 0)])
    assert history.flush(10)
    assert rig.archive.running(BTC, "1h", "coinbase")[:5] == (NOW_MS, 100, 130, 80, 122)
    assert rig.archive.running(BTC, "1m", "coinbase")[:5] == (NOW_MS + MINUTE_MS, 120, 122, 120, 122)
    rig.time.advance(3600)
    assert rig.archive.running(BTC, "1h", "coinbase") is None


def test_of_the_running_candle_is_asked_what_has_ended_in_as_few_candles_as_it_takes(rig, monkeypatch):
    rig.time.advance(2 * 3600 + 150)  # 16:02:30 on a Saturday
    asked = []
    monkeypatch.setattr(rig.backfill, "fill", lambda *wanted: asked.append(wanted[:4]) or [])
    rig.archive.fill_running(BTC, "1w", rig.stop)
    day_ms, hour_ms = NOW_MS - NOW_MS % DAY_MS, NOW_MS + 2 * HOUR_MS
    assert asked == [
        (BTC, "1d", day_ms - 5 * DAY_MS, day_ms),
        (BTC, "1h", day_ms, hour_ms),
        (BTC, "1m", hour_ms, hour_ms + 2 * MINUTE_MS),
    ]
    asked.clear()
    rig.archive.fill_running(BTC, "1m", rig.stop)
    assert asked == []


def test_what_was_filled_is_there_after_a_restart_and_not_asked_again(rig, history, tmp_path):
    own = day_after_day(600, "1m", NOW_MS)
    assert rig.archive.fill(BTC, "1m", own[0].open_ms, NOW_MS, rig.progress.append, rig.stop) == []
    assert history.close(10)
    later = History(tmp_path / "history.sqlite3", rig.time.clock, print)
    later.start()
    archive = Archive(later, Backfill(rig.fetcher, later, rig.time.clock), rig.time.clock, lambda: ("coinbase",))
    asked = len(rig.server.log)
    assert archive.fill(BTC, "1m", own[0].open_ms, NOW_MS, rig.progress.append, rig.stop) == []
    assert archive.read(BTC, "1m", own[0].open_ms, NOW_MS).candles.rows() == own
    assert len(rig.server.log) == asked
    assert later.close(10)


def test_a_long_absence_is_filled_in_minutes_only_for_the_last_day(rig, monkeypatch):
    asked = []
    monkeypatch.setattr(rig.backfill, "fill", lambda *wanted: asked.append(wanted[:4]) or [])
    since_ms = NOW_MS - 100 * DAY_MS + 5
    gaps = [Gap(None, since_ms, NOW_MS - 3 * DAY_MS, "closed"), Gap(None, NOW_MS - 2 * DAY_MS, NOW_MS, "asleep")]
    rig.archive.mend((BTC,), gaps, rig.progress.append, rig.stop)
    today_ms = NOW_MS - NOW_MS % DAY_MS
    assert asked == [
        (BTC, "1m", NOW_MS - DAY_MS, NOW_MS),
        (BTC, "1h", NOW_MS - 2 * DAY_MS, NOW_MS - DAY_MS),
        (BTC, "1h", NOW_MS - 30 * DAY_MS, NOW_MS - 3 * DAY_MS),
        (BTC, "1d", today_ms - 100 * DAY_MS, today_ms - 29 * DAY_MS),
    ]


def test_mending_gives_way_to_what_somebody_waits_for(rig, monkeypatch):
    order, begun = [], threading.Event()
    fill = rig.backfill.fill

    def told(pair, interval, *rest):
        order.append((pair, interval))
        begun.set()
        return fill(pair, interval, *rest)

    monkeypatch.setattr(rig.backfill, "fill", told)
    held = threading.Event()
    rig.server.before_page = lambda _: held.wait(10)
    waited_for = threading.Thread(
        target=rig.archive.fill, args=(BTC, "1m", NOW_MS - HOUR_MS, NOW_MS, rig.progress.append, rig.stop)
    )
    waited_for.start()
    assert begun.wait(10)
    while not rig.server.log:
        waited_for.join(0.01)
    gaps = [Gap(None, NOW_MS - 2 * HOUR_MS, NOW_MS, GapReason.ASLEEP)]
    mending = threading.Thread(target=rig.archive.mend, args=((ETH,), gaps, rig.progress.append, rig.stop))
    mending.start()
    mending.join(0.1)
    assert order == [(BTC, "1m")]
    held.set()
    mending.join(10)
    waited_for.join(10)
    assert order == [(BTC, "1m"), (ETH, "1m")]


class Recording:
    """Polls, the ledger and the history, as the program puts them together."""

    def __init__(self, rig, history) -> None:
        self.rig, self.history, self.ledger = rig, history, Ledger(LONGEST_MS)
        self.gaps: list[Gap] = []

    def poll(self, **how) -> None:
        rig = self.rig
        rig.poll(**how)
        for round_ in rig.rounds:
            rows = [Sample(q.exchange, q.pair, rig.now_ms, float(q.price), q.via) for q in round_.quotes]
            self.history.put_samples(rows)
            self.note(self.ledger.take(round_, rig.now_ms))

    def note(self, gaps) -> None:
        self.gaps += gaps
        for gap in gaps:
            self.history.put_gap(gap)


@pytest.mark.logs("coinbase|bitstamp")
@pytest.mark.parametrize("why", ["asleep", "offline", "closed"])
def test_a_time_without_prices_is_filled_on_return_and_marked(rig, history, why):
    recording = Recording(rig, history)
    for _ in range(10):
        recording.poll(after_s=20)
    before_ms = rig.now_ms
    if why == "offline":
        addresses = rig.fetcher.exchanges
        rig.fetcher.set_exchanges([exchange._replace(rest_url="http://127.0.0.1:9") for exchange in addresses])
        for _ in range(15):
            recording.poll(after_s=20)
        rig.fetcher.set_exchanges(addresses)
        recording.poll(after_s=20)
    else:
        rig.time.advance(300)
        recording.note(recording.ledger.nothing_asked(before_ms, rig.now_ms, GapReason(why)))
        recording.poll(woken=True)
    minutes = day_after_day(600, "1m", rig.now_ms)
    for pairs in rig.server.tapes.values():
        pairs.update({BTC: {"1m": minutes}, ETH: {"1m": minutes}})
    assert [(gap.exchange, gap.since_ms, gap.reason) for gap in recording.gaps] == [(None, before_ms, why)]
    assert 300_000 <= recording.gaps[0].until_ms - before_ms <= 320_000
    asked = len(rig.server.log)
    assert rig.archive.mend((BTC, ETH), recording.gaps, rig.progress.append, rig.stop) == []
    assert len(rig.server.log) - asked == 2  # one page a coin
    past = rig.archive.read(BTC, "1m", before_ms - 3 * MINUTE_MS, rig.now_ms)
    assert past.candles.holes("1m", before_ms - 3 * MINUTE_MS, floor_ms(rig.now_ms, "1m")) == []
    filled = past.candles.between(before_ms, recording.gaps[0].until_ms - MINUTE_MS)
    assert set(filled.origin) == {Origin.BACKFILL}
    assert past.gaps == recording.gaps
