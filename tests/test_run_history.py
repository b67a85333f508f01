"""What a command fetched, above what the profile knows: together they are one history."""

import pytest

from cryptoprices.clock import system_clock
from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.intervals import DAY_MS, floor_ms
from cryptoprices.core.market import Candle, Pair
from cryptoprices.storage.history import History
from cryptoprices.storage.run_history import RunHistory

BTC = Pair("BTC", "USD")
MONDAY_MS = 1_763_942_400_000  # 2025-11-24 00:00:00 UTC


def days(first, count):
    rows = [
        Candle(MONDAY_MS + i * DAY_MS, 10.0 + i, 20.0 + i, 5.0 + i, 15.0 + i, 1.0) for i in range(first, first + count)
    ]
    return Candles.of(rows)


def put(store, first, count):
    store.put_candles(
        "kraken", BTC, "1d", days(first, count), MONDAY_MS + first * DAY_MS, MONDAY_MS + (first + count) * DAY_MS
    )


@pytest.fixture
def known(tmp_path):
    """A profile that knows Monday to Wednesday."""
    path = tmp_path / "history.sqlite3"
    history = History(path, system_clock(), lambda text: None, retention=None)
    history.start()
    put(history, 0, 3)
    assert history.close()
    return History(path, system_clock(), lambda text: None, writing=False)


def weeks(store):
    return store.candles("kraken", BTC, "1w", MONDAY_MS, MONDAY_MS + 14 * DAY_MS)


def test_a_week_is_made_of_days_that_were_known_and_days_that_were_fetched(known):
    run = RunHistory(known)
    put(run, 3, 2)
    put(run, 5, 2)
    (week,) = weeks(run).rows()
    assert week == Candle(MONDAY_MS, 10.0, 26.0, 5.0, 21.0, 7.0)
    assert list(weeks(run).origin) == [Origin.BACKFILL]
    assert run.covered("kraken", BTC, "1d", MONDAY_MS, MONDAY_MS + 14 * DAY_MS) == [(MONDAY_MS, MONDAY_MS + 7 * DAY_MS)]


def test_a_week_of_which_a_day_is_missing_is_not_the_exchange_s_own(known):
    run = RunHistory(known)
    put(run, 4, 3)
    assert list(weeks(run).origin) == [Origin.STREAM]
    middle = MONDAY_MS + 3 * DAY_MS
    assert run.covered("kraken", BTC, "1d", MONDAY_MS, MONDAY_MS + 6 * DAY_MS) == [
        (MONDAY_MS, middle), (middle + DAY_MS, MONDAY_MS + 6 * DAY_MS)
    ]  # fmt: skip


def test_days_of_both_stand_side_by_side_and_other_exchanges_and_pairs_apart(known):
    run = RunHistory(known)
    put(run, 2, 4)
    bounds = MONDAY_MS + DAY_MS, MONDAY_MS + 5 * DAY_MS
    assert run.candles("kraken", BTC, "1d", *bounds).rows() == days(1, 4).rows()
    assert run.candles("okx", BTC, "1d", *bounds).rows() == []
    assert run.candles("kraken", Pair("ETH", "USD"), "1d", *bounds).rows() == []
    assert run.flush(0)


def test_what_was_fetched_can_be_handed_on_and_the_profile_is_as_it_was(known):
    run = RunHistory(known)
    put(run, 3, 2)
    (page,) = run.pages()
    assert page[:3] == ("kraken", BTC, "1d")
    assert page.candles.rows() == days(3, 2).rows()
    assert known.covered("kraken", BTC, "1d", MONDAY_MS, MONDAY_MS + 9 * DAY_MS) == [
        (MONDAY_MS, MONDAY_MS + 3 * DAY_MS)
    ]


def test_many_pages_are_one_past_without_a_profile():
    run = RunHistory(None)
    for first in reversed(range(0, 301, 7)):
        put(run, first, 7)
    found = run.candles("kraken", BTC, "1d", MONDAY_MS, MONDAY_MS + 301 * DAY_MS)
    assert found.rows() == days(0, 301).rows()
    assert floor_ms(int(found.open_ms[-1]), "1w") == MONDAY_MS + 42 * 7 * DAY_MS
    assert run.gaps(0, MONDAY_MS) == []
