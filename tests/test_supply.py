"""Polls, streams and history of the window together, fed by the simulated market."""

import threading

import pytest

from cryptoprices.clock import system_clock
from cryptoprices.core.board import Board
from cryptoprices.core.market import Pair
from cryptoprices.parts import build
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.tasks import Tasks
from cryptoprices.settings.values import Settings
from cryptoprices.storage.state import State
from cryptoprices.supply import Supply

BTC, ETH, SOL = Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("SOL", "USD")
SETTINGS = Settings({"demo.seed": 7, "stream.enabled": False})


@pytest.fixture
def parts(tmp_path):
    parts = build(SETTINGS, State({}, {}, {}), system_clock(), tmp_path / "history.sqlite3", print, demo=True)
    yield parts
    parts.close()


@pytest.fixture
def hub(qapp):
    return Hub(Board(()), system_clock(), (BTC, ETH))


@pytest.fixture
def supply(qtbot, parts, hub):
    tasks = Tasks()
    supply = Supply(parts, hub, SETTINGS, State({}, {}, {}), tasks, hub)
    with qtbot.waitSignal(hub.poll_ended, timeout=20_000):
        supply.begin()
    yield supply
    supply.hush()
    tasks.close()


def counted(hub):
    return set(hub.price(BTC).counted)


def test_a_poll_reaches_hub_and_history(supply, hub, parts):
    assert len(counted(hub)) >= 5
    assert parts.history.flush(10)
    times, prices, _ = parts.history.samples("kraken", BTC, 0, 2**62)
    assert len(times) == 1
    assert prices[0] == float(next(q.quote.price for q in hub.price(BTC).quotes if q.quote.exchange == "kraken"))


def test_who_is_switched_off_counts_no_longer_and_the_others_keep_their_prices(supply, hub, qtbot):
    with qtbot.waitSignal(supply.setting_chosen) as chosen:
        supply.switch("kraken", False)
    assert chosen.args == ["exchanges.kraken.enabled", False]
    assert "kraken" in hub.switched_off
    assert "kraken" not in hub.exchanges
    assert "kraken" not in counted(hub)
    assert len(counted(hub)) >= 4


def test_who_is_switched_on_is_asked_at_once_and_as_it_was_meant_to_be(supply, hub, qtbot):
    with qtbot.waitSignal(supply.setting_chosen) as chosen:
        supply.switch("coingecko", False)
        supply.switch("coingecko", True)
    assert chosen.args == ["exchanges.coingecko.enabled", False]
    assert hub.exchanges["coingecko"].only_missing
    supply.switch("okx", True)
    qtbot.waitUntil(lambda: "okx" in hub.snapshot.standings, timeout=20_000)


def test_the_order_is_the_persons(supply, hub, qtbot):
    names = ("bitstamp", "kraken", "coinbase", "gemini", "bitfinex", "binance", "okx", "coingecko")
    with qtbot.waitSignal(supply.setting_chosen) as chosen:
        supply.order(names)
    assert chosen.args == ["exchanges.order", names]
    assert list(hub.exchanges)[:3] == ["bitstamp", "kraken", "coinbase"]
    assert hub.price(BTC).counted[:3] == ("bitstamp", "kraken", "coinbase")


def test_who_is_wanted_now_is_asked_between_two_polls(supply, hub, qtbot):
    asked = hub.snapshot.standings["kraken"].used
    supply.ask("kraken")
    qtbot.waitUntil(lambda: hub.snapshot.standings["kraken"].used > asked, timeout=20_000)


def test_another_time_between_two_polls_holds_at_once_and_for_ages_too(supply, hub, qtbot):
    with qtbot.waitSignals([supply.interval_changed, supply.setting_chosen]):
        supply.ask_every(300)
    qtbot.waitUntil(lambda: not hub.polling)
    assert 250 < hub.next_poll_boot_s - hub.clock.boot_s() <= 300
    assert set(hub.snapshot.interval_s.values()) == {300}
    assert supply._historian._longest_s > 300, "waiting so long is no sleep"
    with qtbot.waitSignal(supply.setting_chosen) as chosen:
        supply.ask_every(5)
    assert chosen.args == ["poll.interval_seconds", 5]
    qtbot.waitUntil(lambda: not hub.polling, timeout=20_000)
    assert hub.next_poll_boot_s - hub.clock.boot_s() <= 5


def test_settings_that_hold_as_a_whole_say_who_is_asked_and_how_often(supply, hub, qtbot):
    chosen = {"exchanges.kraken.enabled": False, "exchanges.order": ("gemini",), "poll.interval_seconds": 90}
    with qtbot.assertNotEmitted(supply.setting_chosen), qtbot.waitSignal(supply.interval_changed) as heard:
        supply.take_settings(SETTINGS.with_values(chosen))
    assert heard.args == [90]
    assert next(iter(hub.exchanges)) == "gemini"
    assert "kraken" in hub.switched_off
    with qtbot.waitSignal(supply.interval_changed):
        supply.take_settings(SETTINGS)
    assert "kraken" in hub.exchanges
    qtbot.waitUntil(lambda: not hub.polling, timeout=20_000)


def test_how_much_history_there_is_is_told(supply, hub, qtbot):
    with qtbot.waitSignal(supply.measured, timeout=20_000) as heard:
        supply.measure()
    since_ms, size = heard.args
    assert since_ms <= hub.clock.wall_ms()
    assert size > 0


def test_the_past_can_be_asked_for(supply, hub):
    now_ms = hub.clock.wall_ms()
    past = supply.archive.read(BTC, "1h", now_ms - 86_400_000, now_ms)
    assert past.stretches == []


def test_nothing_streams_while_paused(parts, hub, qtbot):
    tasks = Tasks()
    streaming = SETTINGS.with_values({"stream.enabled": True})
    supply = Supply(parts, hub, streaming, State({}, {}, {}), tasks, hub)
    supply.begin()
    qtbot.waitUntil(lambda: bool(hub.snapshot.streaming()), timeout=20_000)
    supply.feed.pause()
    assert hub.snapshot.streaming() == ()
    supply.ask_every(60)
    assert hub.snapshot.streaming() == ()
    supply.feed.resume()
    qtbot.waitUntil(lambda: bool(hub.snapshot.streaming()) and not hub.polling, timeout=20_000)
    supply.take_settings(SETTINGS)  # without streams
    assert hub.snapshot.streaming() == ()
    supply.hush()
    tasks.close()


def test_while_paused_no_gap_is_filled_and_afterwards_those_that_were_broken_off(parts, hub, qtbot, monkeypatch):
    mends, begun = [], threading.Semaphore(0)

    def mend(pairs, gaps, on_page, stop):
        mends.append((gaps, stop))
        begun.release()
        stop.wait(5)

    monkeypatch.setattr(parts.archive, "mend", mend)
    monkeypatch.setattr("cryptoprices.supply._LAST_MINUTE_MS", 0)
    tasks = Tasks()
    last_ms = hub.clock.wall_ms() - 3_600_000
    supply = Supply(parts._replace(last_ms=last_ms), hub, SETTINGS, State({}, {}, {}), tasks, hub)
    supply.begin()
    qtbot.waitUntil(lambda: len(mends) == 2, timeout=20_000)  # at once, and when the last minute is over
    supply.feed.pause()
    assert all(stop.is_set() for _, stop in mends)
    qtbot.waitUntil(lambda: not hub.polling, timeout=20_000)
    supply.feed.fetch_now(forced=True)
    qtbot.waitUntil(lambda: not hub.polling, timeout=20_000)
    assert len(mends) == 2
    supply.feed.resume()
    qtbot.waitUntil(lambda: len(mends) == 3, timeout=20_000)
    assert {gap.since_ms for gap in mends[2][0]} >= {last_ms}
    supply.hush()
    tasks.close()


@pytest.mark.parametrize("polling", [False, True])
def test_a_new_pair_is_asked_for_at_once_even_if_a_poll_runs_already(supply, hub, qtbot, polling):
    if polling:
        supply.feed.fetch_now(forced=True)
    assert hub.polling is polling
    hub.set_pairs((SOL,))
    assert {BTC, ETH} <= set(supply._followed)  # the large figures stay
    qtbot.waitUntil(lambda: hub.price(SOL).price is not None and not hub.polling, timeout=15_000)


def test_what_programs_want_is_asked_for_as_well_as_the_watchlist(supply, hub, qtbot):
    supply.ask_for((SOL,))
    qtbot.waitUntil(lambda: hub.price(SOL).price is not None and not hub.polling, timeout=15_000)
    assert {BTC, ETH, SOL} <= set(supply._followed)


def test_while_paused_nobody_is_asked_for_a_new_pair(supply, hub):
    supply.feed.pause()
    asked = hub.snapshot.poll
    hub.set_pairs((BTC, SOL))
    assert not hub.polling
    assert hub.snapshot.poll == asked
