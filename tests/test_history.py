"""The history keeps what it is given, gives it back from any thread, and never makes anybody wait."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

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
    names_in,
    prints_of,
    put_candles,
    put_polls,
    reader_of,
    rows_of,
    sample,
)

from cryptoprices.core.candles import Candles, Origin
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.market import Candle
from cryptoprices.storage import history_writer, retention
from cryptoprices.storage.history import History


@pytest.fixture
def clock(fake_clock):
    fake_clock.wall_ms = START + DAY
    return fake_clock


def test_samples_are_there_after_a_restart(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        history.put_samples([sample(START, 97_412.5), sample(START, 3_000.25, pair=ETH)])
        history.put_samples([sample(START + 20_000, 97_413.1, via="stream")])
        assert history.flush(PATIENCE_S)
    assert names_in(tmp_path) == ["history.sqlite3"], "closed in good order, nothing is left in a log"
    with history_in(tmp_path, clock.clock) as history:
        times, prices, origins = history.samples("kraken", BTC, START, EVER)
        assert times.tolist() == [START, START + 20_000]
        assert prices.tolist() == [97_412.5, 97_413.1]
        assert origins.tolist() == [Origin.POLL, Origin.STREAM]
        assert (times.dtype, prices.dtype, origins.dtype) == (np.int64, np.float64, np.uint8)
        assert history.samples("kraken", ETH, START, EVER).prices.tolist() == [3_000.25]
        assert history.span_ms() == (START, START + 20_000)
        assert history.size_bytes() == sum((tmp_path / name).stat().st_size for name in names_in(tmp_path)[::2])


def test_samples_are_those_of_the_stretch_that_was_asked_for(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 10)
        assert history.samples("kraken", BTC, START + 40_000, START + 80_000).times_ms.tolist() == [
            START + 40_000,
            START + 60_000,
        ]


def test_what_nobody_put_is_empty(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 0
        assert len(history.candles("kraken", BTC, "1m", START, START + HOUR)) == 0
        assert history.covered("kraken", BTC, "1m", 0, EVER) == []
        assert history.gaps(0, EVER) == []
        assert history.span_ms() is None


def test_an_unknown_price_is_not_kept(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        history.put_samples([sample(START, float("nan")), sample(START, float("inf")), sample(START + 1, 5.0)])
        assert history.flush(PATIENCE_S)
        assert history.samples("kraken", BTC, 0, EVER).prices.tolist() == [5.0]


def test_candles_come_back_as_they_were(tmp_path, clock):
    rows = [Candle(START + k * MINUTE, 1.1, 9.9, 0.5, 2.25, None if k % 3 else 0.125) for k in range(3000)]
    with history_in(tmp_path, clock.clock) as history:
        history.put_candles("kraken", BTC, "1m", Candles.of(rows), START, START + 3000 * MINUTE)
        assert history.flush(PATIENCE_S)
        found = history.candles("kraken", BTC, "1m", START, START + 3000 * MINUTE)
        assert found.rows() == rows
        assert set(found.origin.tolist()) == {Origin.BACKFILL}
        assert history.candles("kraken", BTC, "1m", START + MINUTE, START + 3 * MINUTE).rows() == rows[1:3]
        assert len(history.candles("coinbase", BTC, "1m", START, START + HOUR)) == 0


def test_what_opens_beside_the_grid_is_no_candle(tmp_path, clock):
    rows = [Candle(START + at, 1.0, 1.0, 1.0, 1.0) for at in (0, MINUTE + 1, 2 * MINUTE)]
    monday = START + 2 * DAY
    weeks = [Candle(at, 2.0, 2.0, 2.0, 2.0) for at in (START, monday)]
    with history_in(tmp_path, clock.clock) as history:
        history.put_candles("kraken", BTC, "1m", Candles.of(rows), START, START + HOUR)
        history.put_candles("kraken", BTC, "1w", Candles.of(weeks), START, START + HOUR)
        assert history.flush(PATIENCE_S)
        assert history.candles("kraken", BTC, "1m", START, START + HOUR).rows() == rows[::2]
        assert history.candles("kraken", BTC, "1w", START, START + 9 * DAY).rows() == weeks[1:]
        with pytest.raises(KeyError):
            history.put_candles("kraken", BTC, "2m", Candles.of(rows), START, START + HOUR)


def test_pages_newest_first_become_one_stretch(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        for page in reversed(range(20)):
            put_candles(history, START + page * 600 * MINUTE, 600)
            page_ms = START + page * 600 * MINUTE
            assert len(history.candles("kraken", BTC, "1m", page_ms, page_ms + 600 * MINUTE)) == 600
        assert history.covered("kraken", BTC, "1m", 0, EVER) == [(START, START + 12_000 * MINUTE)]
        assert history.covered("kraken", BTC, "1m", START + 5, START + 90) == [(START + 5, START + 90)]
        found = history.candles("kraken", BTC, "1m", START, START + 12_000 * MINUTE)
        assert found.holes("1m", START, START + 12_000 * MINUTE) == []


def test_what_is_known_and_empty_is_covered_all_the_same(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        history.put_candles("kraken", BTC, "1m", Candles.of(()), START, START + HOUR)
        history.put_candles("kraken", BTC, "1m", candles(START + 2 * HOUR, 1), START + 2 * HOUR, START + 3 * HOUR)
        assert history.flush(PATIENCE_S)
        assert history.covered("kraken", BTC, "1m", 0, EVER) == [
            (START, START + HOUR),
            (START + 2 * HOUR, START + 3 * HOUR),
        ]
        assert history.covered("kraken", BTC, "1h", 0, EVER) == []


def test_a_better_candle_takes_the_place_of_a_lesser_one_only(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_candles(history, START, 2, base=100)
        put_candles(history, START, 2, base=500, origin=Origin.STREAM)
        assert history.candles("kraken", BTC, "1m", START, START + HOUR).open.tolist() == [100, 101]
        put_candles(history, START + MINUTE, 1, base=700)
        assert history.candles("kraken", BTC, "1m", START, START + HOUR).open.tolist() == [100, 700]


def test_where_the_exchange_has_none_candles_are_made_of_our_samples(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 9)  # three minutes
        put_candles(history, START + MINUTE, 1, base=500)
        assert rows_of(history.candles("kraken", BTC, "1m", START, START + HOUR)) == [
            (START, 100, 100.5, 100, 100.5, Origin.POLL),
            (START + MINUTE, 500, 503, 498, 501, Origin.BACKFILL),
            (START + 2 * MINUTE, 101.5, 102, 101.5, 102, Origin.POLL),
        ]


def test_wider_candles_are_made_of_narrower_ones_and_are_the_exchanges_own_only_if_nothing_lacks(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_candles(history, START, 90)
        wide = history.candles("kraken", BTC, "1h", START, START + DAY)
        assert rows_of(wide) == [
            (START, 100, 162, 98, 160, Origin.BACKFILL),
            (START + HOUR, 160, 192, 158, 190, Origin.STREAM),
        ]
        assert wide.volume.tolist() == [90.0, 45.0]
        assert history.candles("kraken", BTC, "5m", START, START + DAY).origin.tolist() == [Origin.BACKFILL] * 18
        put_candles(history, START + HOUR, 1, interval="1h", base=7)
        assert history.candles("kraken", BTC, "1h", START, START + DAY).open.tolist() == [100, 7]
        assert rows_of(history.candles("kraken", BTC, "1d", START, START + DAY)) == [
            (START, 100, 162, 5, 8, Origin.STREAM)
        ]


def test_gaps_are_kept_once_and_found_where_they_overlap(tmp_path, clock):
    early = Gap("kraken", START, START + 10, GapReason.LIMITED)
    late = Gap(None, START + 100, START + 200, GapReason.ASLEEP)
    with history_in(tmp_path, clock.clock) as history:
        for gap in (late._replace(until_ms=START + 150), late, early, late, late._replace(until_ms=START + 120)):
            history.put_gap(gap)
        assert history.flush(PATIENCE_S)
        assert history.gaps(0, EVER) == [early, late]
        assert history.gaps(START + 10, START + 101) == [late]
        assert history.gaps(START + 200, EVER) == []


def test_many_threads_read_while_one_writes(tmp_path, clock, monkeypatch):
    for module in (retention, history_writer):
        monkeypatch.setattr(module, "PACK_AT", 4)  # rows are packed all the time
    monkeypatch.setattr(retention, "PACK_ROWS", 2)
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 8)
        stop = threading.Event()

        def read_on():
            lengths = []
            while not stop.is_set():
                times, prices, _ = history.samples("kraken", BTC, 0, EVER)
                assert prices.tolist() == [100 + k / 4 for k in range(len(times))], "a state of the file, never a mix"
                lengths.append(len(times))
            return lengths

        with ThreadPoolExecutor(4) as pool:
            readers = [pool.submit(read_on) for _ in range(4)]
            for k in range(8, 200):
                history.put_samples([sample(START + k * 20_000, 100 + k / 4)])
                assert history.flush(PATIENCE_S)
            stop.set()
            for reader in readers:
                lengths = reader.result()
                assert lengths == sorted(lengths)
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 200


def test_a_round_is_one_transaction(tmp_path, clock):
    """A round that cannot be written whole leaves nothing."""
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 1)
        ask(
            tmp_path,
            "CREATE TRIGGER no BEFORE INSERT ON sample WHEN NEW.price > 900 BEGIN SELECT RAISE(FAIL, 'no'); END",
        )
        history.put_samples([sample(START + 20_000, 101.0), sample(START + 20_001, 999.0)])
        assert not history.flush(0.5)
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 1


def test_too_much_at_once_costs_the_oldest_and_is_counted_and_noted(tmp_path, clock):
    history = History(tmp_path / "history.sqlite3", clock.clock, [].append)
    for k in range(60):
        history.put_samples([sample(START + k * 20_000 + place, 100.0 + k) for place in range(10)])
    assert history.dropped == 100
    history.start()
    assert not history.flush(PATIENCE_S), "what was dropped is not written"
    assert history.flush(PATIENCE_S), "and that is said once"
    times = history.samples("kraken", BTC, 0, EVER).times_ms
    assert len(times) == 500
    assert times[0] == START + 10 * 20_000
    assert history.gaps(0, EVER) == [Gap(None, START, START + 9 * 20_000 + 9, GapReason.NOT_SAVED)]
    assert not history.close(PATIENCE_S)


def test_pages_of_candles_are_bounded_too(tmp_path, clock):
    history = History(tmp_path / "history.sqlite3", clock.clock, [].append)
    page = candles(START, 50_000)
    for _ in range(5):
        history.put_candles("kraken", BTC, "1m", page, START, START + 50_000 * MINUTE)
    assert history.dropped == 50_000
    history.put_samples([sample(START)])
    assert history.dropped == 50_000, "samples and candles have room of their own"


def test_who_does_not_hold_the_lock_reads_and_changes_nothing(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 3)
        before = names_in(tmp_path)
        reader = reader_of(tmp_path, clock.clock)
        reader.start()
        reader.put_samples([sample(START + HOUR)])
        reader.put_gap(Gap(None, 1, 2, GapReason.ASLEEP))
        assert reader.flush(1.0)
        assert len(reader.samples("kraken", BTC, 0, EVER).times_ms) == 3, "what another program writes now"
        put_polls(history, START + DAY, 1)
        assert len(reader.samples("kraken", BTC, 0, EVER).times_ms) == 4
        assert names_in(tmp_path) == before
    prints = prints_of(tmp_path)
    assert len(reader.samples("kraken", BTC, 0, EVER).times_ms) == 4, "closed meanwhile"
    assert reader.close()
    assert prints_of(tmp_path) == prints


def test_a_reader_where_there_is_nothing_makes_nothing(tmp_path, clock):
    reader = reader_of(tmp_path, clock.clock)
    assert reader.span_ms() is None
    assert reader.size_bytes() == 0
    assert names_in(tmp_path) == []
    assert reader_of(tmp_path / "missing", clock.clock).gaps(0, EVER) == []


def test_a_reader_of_what_a_killed_program_left_finds_all_and_leaves_it(tmp_path, clock):
    copy = tmp_path / "copy"
    copy.mkdir()
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 5)
        for name in names_in(tmp_path):
            if name.startswith("history"):
                (copy / name).write_bytes((tmp_path / name).read_bytes())
    assert names_in(copy) == ["history.sqlite3", "history.sqlite3-shm", "history.sqlite3-wal"]
    before = prints_of(copy)
    assert len(reader_of(copy, clock.clock).samples("kraken", BTC, 0, EVER).times_ms) == 5
    assert prints_of(copy) == before
    with history_in(copy, clock.clock) as history:
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 5
    assert is_sound(copy)


def test_the_file_is_for_its_owner_alone(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 1)
        if os.name == "posix":
            assert {(tmp_path / name).stat().st_mode & 0o077 for name in names_in(tmp_path)} == {0}


def test_what_was_never_started_can_be_closed(tmp_path, clock):
    assert History(tmp_path / "history.sqlite3", clock.clock, [].append).close()
    assert names_in(tmp_path) == []
