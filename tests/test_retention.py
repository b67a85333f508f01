"""What grows old lives on in wider candles, in small steps that may be cut off anywhere; nothing is lost by a clock."""

from contextlib import closing

import numpy as np
import pytest
from store_rig import (
    BTC,
    DAY,
    ETH,
    EVER,
    HOUR,
    MINUTE,
    PATIENCE_S,
    START,
    ask,
    candles,
    history_in,
    is_sound,
    put_candles,
    put_polls,
    rows_of,
    sample,
    until,
)

from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.storage import history_writer, retention
from cryptoprices.storage.history_file import open_for_writing, open_in_memory
from cryptoprices.storage.history_reading import read_candles
from cryptoprices.storage.history_tables import SampleRow, Tables, transaction
from cryptoprices.storage.retention import Compaction, Retention

KEPT = Retention(raw_days=7, minute_days=90, hour_days=730)
MONDAY = START + 2 * DAY


@pytest.fixture
def tables(tmp_path):
    with closing(open_for_writing(tmp_path / "history.sqlite3")) as connection:
        yield Tables(connection)


def put_rows(tables, first_ms, count, every_ms=20_000, pair=BTC, origin=Origin.POLL):
    rows = [SampleRow("kraken", pair, first_ms + k * every_ms, 100 + (k % 977) / 4, origin) for k in range(count)]
    with transaction(tables.connection):
        tables.put_samples(rows)


def compact(tables, now_ms, kept=KEPT, asked_for=()):
    """Do all that is due; returns how many steps it took."""
    return sum(1 for _ in Compaction(tables, kept, set(asked_for)).steps(now_ms))


def count(tables, table, where="1"):
    return tables.connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]


def widths(tables):
    found = tables.connection.execute("SELECT DISTINCT width_ms FROM packed ORDER BY 1").fetchall()
    return [width for (width,) in found]


def test_a_few_new_rows_stay_rows(tables):
    put_rows(tables, START, 1000)
    assert compact(tables, START + HOUR) == 0
    assert (count(tables, "sample"), count(tables, "packed")) == (1000, 0)


def test_many_rows_are_packed_and_read_as_before(tables, monkeypatch):
    monkeypatch.setattr(retention, "PACK_AT", 500)
    monkeypatch.setattr(retention, "PACK_ROWS", 300)
    put_rows(tables, START + DAY - 200 * 20_000, 1000)  # over midnight
    put_rows(tables, START + DAY, 50, pair=ETH)
    before = [tables.samples(series, 0, EVER) for series in (1, 2)]
    assert compact(tables, START + DAY) == 2
    assert count(tables, "sample") == 450
    assert count(tables, "packed") == 2, "a day each"
    for series, wanted in zip((1, 2), before, strict=True):
        for ours, theirs in zip(tables.samples(series, 0, EVER), wanted, strict=True):
            assert np.array_equal(ours, theirs)


def test_few_rows_are_packed_once_they_are_a_day_old(tables):
    put_rows(tables, START, 100)
    assert compact(tables, START + DAY - 1) == 0
    assert compact(tables, START + DAY + 1) == 1
    assert (count(tables, "sample"), count(tables, "packed")) == (0, 1)


def test_samples_out_of_order_are_packed_in_order(tables):
    put_rows(tables, START + HOUR, 100)
    put_rows(tables, START, 100)
    compact(tables, START + 2 * DAY)
    put_rows(tables, START + HOUR // 2, 100)
    compact(tables, START + 2 * DAY)
    times = tables.samples(1, 0, EVER).times_ms
    assert len(times) == 300
    assert (np.diff(times) >= 0).all()


def test_samples_become_minutes_hours_and_days(tables):
    put_rows(tables, MONDAY, 4320 * 3)
    whole = read_candles(tables, 1, "1d", MONDAY, MONDAY + 7 * DAY)
    hours = read_candles(tables, 1, "1h", MONDAY, MONDAY + 7 * DAY)
    for now_ms, left in (
        (MONDAY + 8 * DAY, [0, MINUTE]),
        (MONDAY + 10 * DAY, [MINUTE]),
        (MONDAY + 97 * DAY, [HOUR]),
        (MONDAY + (730 + 8 * 7) * DAY, [DAY]),
    ):
        compact(tables, now_ms)
        assert widths(tables) == left
        assert rows_of(read_candles(tables, 1, "1d", MONDAY, MONDAY + 7 * DAY)) == rows_of(whole)
        assert rows_of(read_candles(tables, 1, "1w", MONDAY, MONDAY + 7 * DAY)) == rows_of(whole.gathered("1w"))
        if left != [DAY]:
            assert rows_of(read_candles(tables, 1, "1h", MONDAY, MONDAY + 7 * DAY)) == rows_of(hours)
    assert compact(tables, MONDAY + 40 * 365 * DAY) == 0, "days stay"
    assert widths(tables) == [DAY]


@pytest.mark.parametrize(
    ("interval", "days", "span_days", "wider"),
    [("1m", 90, 7, "1h"), ("5m", 90, 7, "1h"), ("15m", 90, 14, "1h"), ("1h", 730, 56, "1d"), ("4h", 730, 182, "1d")],
)
def test_candles_of_each_width_grow_old_in_their_time(tables, interval, days, span_days, wider):
    series, number = 1, 48 * HOUR // INTERVALS_MS[interval]
    found = candles(MONDAY, number, interval)
    with transaction(tables.connection):
        tables.put_candles("kraken", BTC, interval, found, (MONDAY, MONDAY + 48 * HOUR))
    until_ms = MONDAY + 48 * HOUR
    over_ms = next(ms for ms in range(until_ms, until_ms + 3000 * DAY, DAY) if compact(tables, ms))
    assert days * DAY <= over_ms - until_ms < (days + span_days) * DAY
    assert tables.covered(series, interval, 0, EVER) == []
    assert tables.covered(series, wider, 0, EVER) == [(MONDAY, MONDAY + 48 * HOUR)]
    made = tables.candles(series, wider, MONDAY, MONDAY + 48 * HOUR)
    assert rows_of(made) == rows_of(found.gathered(wider))
    assert set(made.origin.tolist()) == {Origin.BACKFILL}
    assert np.array_equal(made.volume, found.gathered(wider).volume)


def test_an_hour_that_lacks_minutes_is_not_the_exchanges_own(tables):
    with transaction(tables.connection):
        tables.put_candles("kraken", BTC, "1m", candles(MONDAY, 90), (MONDAY, MONDAY + 90 * MINUTE))
        tables.put_candles("kraken", BTC, "1h", candles(MONDAY + HOUR, 1, "1h", 7), (MONDAY + HOUR, MONDAY + 2 * HOUR))
        tables.put_candles("kraken", ETH, "1m", candles(MONDAY, 90), (MONDAY, MONDAY + 90 * MINUTE))
    compact(tables, MONDAY + 98 * DAY)
    assert rows_of(tables.candles(1, "1h", 0, EVER)) == [
        (MONDAY, 100, 162, 98, 160, Origin.BACKFILL),
        (MONDAY + HOUR, 7, 10, 5, 8, Origin.BACKFILL),
    ]
    assert tables.candles(2, "1h", 0, EVER).origin.tolist() == [Origin.BACKFILL, Origin.STREAM]
    assert tables.covered(2, "1h", 0, EVER) == [(MONDAY, MONDAY + HOUR)]


def test_retention_off_keeps_every_width_and_packs_all_the_same(tables):
    put_rows(tables, START, 100)
    with transaction(tables.connection):
        tables.put_candles("kraken", BTC, "1m", candles(MONDAY, 90), (MONDAY, MONDAY + 90 * MINUTE))
    assert compact(tables, MONDAY + 3000 * DAY, None) == 1
    assert widths(tables) == [0, MINUTE]


def test_what_somebody_looks_at_stays(tables):
    with transaction(tables.connection):
        tables.put_candles("kraken", BTC, "1m", candles(MONDAY, 90), (MONDAY, MONDAY + 90 * MINUTE))
    assert compact(tables, MONDAY + 300 * DAY, asked_for={(1, MINUTE, MONDAY)}) == 0
    assert compact(tables, MONDAY + 300 * DAY) == 1


def test_steps_can_be_cut_off_and_done_again(tables):
    """Each `next` is whole; what was not done is due again."""
    for pair in (BTC, ETH):
        put_rows(tables, MONDAY, 4320 * 2, pair=pair)
    wanted = [rows_of(read_candles(tables, series, "1h", MONDAY, MONDAY + 9 * DAY)) for series in (1, 2)]
    steps = 0
    while next(Compaction(tables, KEPT, set()).steps(MONDAY + 200 * DAY), "done") != "done":
        steps += 1
        found = [rows_of(read_candles(tables, series, "1h", MONDAY, MONDAY + 9 * DAY)) for series in (1, 2)]
        assert found == wanted
    assert steps >= 1 + 4 + 2, "packed, four days made minutes, two weeks made hours"
    assert widths(tables) == [HOUR]


def test_what_is_free_goes_back_to_the_system(tables, tmp_path):
    rng = np.random.default_rng(3)
    for week in range(10):
        first = MONDAY + week * 7 * DAY
        noise = rng.normal(size=10_080)
        found = candles(first, 10_080)
        found = Candles(found.open_ms, noise, noise + 1, noise - 1, noise, noise, found.origin)
        with transaction(tables.connection):
            tables.put_candles("kraken", BTC, "1m", found, (first, first + 7 * DAY))
    tables.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    before = (tmp_path / "history.sqlite3").stat().st_size
    compact(tables, MONDAY + 300 * DAY)
    tables.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    after = (tmp_path / "history.sqlite3").stat().st_size
    assert before > 2_500_000
    assert after < before / 2


def test_the_space_of_memory_is_given_back_too():
    with closing(open_in_memory()) as connection:
        tables = Tables(connection)
        put_rows(tables, MONDAY, 20_000)
        compact(tables, MONDAY + 300 * DAY)
        assert connection.execute("PRAGMA freelist_count").fetchone()[0] <= 256


def test_old_gaps_are_forgotten(tables):
    with transaction(tables.connection):
        tables.put_gap(Gap(None, START - 5, START + 5, GapReason.ASLEEP))
        tables.put_gap(Gap(None, START, START + 2 * DAY, GapReason.ASLEEP))
    compact(tables, START + 731 * DAY)
    assert [gap.until_ms for gap in tables.gaps(0, EVER)] == [START + 2 * DAY]


# by the history's own clock


def go_on(history, clock, hours):
    """Time passes, an hour at a time; in each there is a poll, and what is due is done."""
    for _ in range(hours):
        clock.advance(3600)
        history.put_samples([sample(clock.wall_ms, 5.0)])
        assert history.flush(PATIENCE_S)


def is_packed(folder):
    return ask(folder, "SELECT count(*) FROM packed WHERE width_ms = 0")[0][0] > 0


@pytest.fixture
def clock(fake_clock, monkeypatch):
    monkeypatch.setattr(history_writer, "_COMPACTION_EVERY_S", 60.0)
    fake_clock.wall_ms = START
    return fake_clock


def test_the_history_grows_old_by_itself(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 9)
        go_on(history, clock, 24 * 9)
        until(lambda: len(history.samples("kraken", BTC, 0, START + DAY).times_ms) == 0)
        assert history.candles("kraken", BTC, "1m", START, START + 3 * MINUTE).open.tolist() == [100, 100.75, 101.5]
        assert len(history.samples("kraken", BTC, START + 2 * DAY, EVER).times_ms) > 24 * 6
    assert is_sound(tmp_path)


def test_a_calendar_a_year_ahead_makes_nothing_old(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 9)
        go_on(history, clock, 30)
        clock.wall_ms += 366 * DAY
        go_on(history, clock, 30)
        until(lambda: is_packed(tmp_path))
        clock.wall_ms -= 366 * DAY
        go_on(history, clock, 2)
        assert history.samples("kraken", BTC, 0, START + MINUTE).times_ms.tolist() == [
            START,
            START + 20_000,
            START + 40_000,
        ]


def test_a_start_with_a_calendar_a_year_ahead_makes_nothing_old(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 9)
        go_on(history, clock, 2)
    clock.wall_ms += 366 * DAY
    with history_in(tmp_path, clock.clock) as history:
        go_on(history, clock, 30)
        until(lambda: is_packed(tmp_path))
        assert len(history.samples("kraken", BTC, 0, START + DAY).times_ms) == 9 + 2


def test_after_a_true_absence_an_exchanges_candle_proves_the_time(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 9)
        go_on(history, clock, 2)
    clock.advance(60 * 24 * 3600)
    with history_in(tmp_path, clock.clock) as history:
        put_candles(history, clock.wall_ms - clock.wall_ms % MINUTE - MINUTE, 1)
        go_on(history, clock, 3)
        until(lambda: len(history.samples("kraken", BTC, 0, START + DAY).times_ms) == 0)
        assert len(history.candles("kraken", BTC, "1m", START, START + DAY)) == 3 + 2


def test_old_candles_that_were_just_asked_for_stay_for_a_day(tmp_path, clock):
    first_ms = MONDAY - 301 * DAY
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 1)
        put_candles(history, first_ms, 2000)
        go_on(history, clock, 23)
        assert history.covered("kraken", BTC, "1m", 0, EVER) != []
        go_on(history, clock, 3)
        until(lambda: not history.covered("kraken", BTC, "1m", 0, EVER))
        assert len(history.covered("kraken", BTC, "1h", 0, EVER)) == 1
        put_candles(history, first_ms, 2000)
    with history_in(tmp_path, clock.clock) as history:
        go_on(history, clock, 3)
        until(lambda: not history.covered("kraken", BTC, "1m", 0, EVER))


def test_compaction_that_fails_costs_no_price(tmp_path, clock, monkeypatch):
    def fail(_self, _reference_ms):
        raise retention.packing.Damaged
        yield

    monkeypatch.setattr(Compaction, "steps", fail)
    with history_in(tmp_path, clock.clock) as history:
        go_on(history, clock, 5)
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 5
