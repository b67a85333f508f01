"""Whatever is the matter with the disk: prices go on, nothing is lost silently, nothing good is touched."""

import sqlite3
from contextlib import closing

import pytest
from store_rig import (
    BTC,
    DAY,
    EVER,
    PATIENCE_S,
    START,
    ask,
    history_in,
    names_in,
    prints_of,
    put_candles,
    put_polls,
    reader_of,
    sample,
    until,
)

from cryptoprices.core.formatting import clock_text
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.storage import history_file, history_writer, profile


@pytest.fixture
def clock(fake_clock):
    fake_clock.wall_ms = START + DAY
    return fake_clock


def test_a_newer_file_stays_untouched_and_the_run_goes_on_in_memory(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 3)
    ask(tmp_path, "PRAGMA user_version = 2")
    before, said = prints_of(tmp_path), []
    with history_in(tmp_path, clock.clock, said) as history:
        put_polls(history, START, 2)
        put_candles(history, START, 100)
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 2
        assert len(history.candles("kraken", BTC, "1h", START, START + DAY)) == 2
    assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 0, "gone with the run"
    assert prints_of(tmp_path) == before
    assert said == [
        "The price history is of a newer version (2; this program knows 1); it stays untouched, and this run keeps its"
        " history in memory."
    ]
    said.clear()
    reader = reader_of(tmp_path, clock.clock, said)
    assert reader.span_ms() is None
    assert reader.gaps(0, EVER) == []
    assert said == ["The price history is of version 2; this program reads 1."]
    assert prints_of(tmp_path) == before


def test_a_file_that_may_only_be_read_keeps_it_in_memory(tmp_path, clock, monkeypatch):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 3)
    before, said = prints_of(tmp_path), []
    monkeypatch.setattr(history_file.os, "access", lambda path, _mode: path.suffix != ".sqlite3")
    with history_in(tmp_path, clock.clock, said) as history:
        put_polls(history, START + DAY, 2)
        assert len(history.samples("kraken", BTC, START + DAY, EVER).times_ms) == 2
    assert said == ["The price history cannot be written where it is; this run keeps its history in memory."]
    assert prints_of(tmp_path) == before


def test_a_folder_that_cannot_be_written_keeps_it_in_memory(tmp_path, clock, monkeypatch):
    def denied(path, *_args):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(history_file, "open_for_writing", denied)
    monkeypatch.setattr(history_writer, "writable", lambda folder: False)
    said = []
    with history_in(tmp_path, clock.clock, said) as history:
        put_polls(history, START, 5)
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 5
    assert said == ["The price history cannot be written where it is; this run keeps its history in memory."]
    assert names_in(tmp_path) == []


def test_a_missing_folder_keeps_it_in_memory(tmp_path, clock):
    said = []
    assert not profile.writable(tmp_path / "missing")
    with history_in(tmp_path / "missing", clock.clock, said) as history:
        put_polls(history, START, 5)
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 5
    assert len(said) == 1
    assert names_in(tmp_path) == []


def later(history, clock, seconds):
    """Let time pass; whether all is written then."""
    clock.advance(seconds)
    return history.flush(0.2)


class Disk:
    """Makes every connection that writes meet a full disk while `full`; counts the attempts."""

    def __init__(self, monkeypatch, code=sqlite3.SQLITE_FULL):
        self.full, self.attempts = False, 0
        apply = history_writer.HistoryWriter._apply

        def apply_if_there_is_room(writer, tables, job, lost):
            self.attempts += 1
            if self.full:
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = code
                raise error
            apply(writer, tables, job, lost)

        monkeypatch.setattr(history_writer.HistoryWriter, "_apply", apply_if_there_is_room)


def test_a_file_that_is_opened_or_closed_meanwhile_is_read_all_the_same(tmp_path, clock, monkeypatch):
    """The index of its log, seen a moment before, is gone."""
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 3)
    gone = sqlite3.OperationalError("unable to open database file")
    gone.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
    left, opened = [gone, gone], history_file.open_for_reading

    def open_late(path):
        if left:
            raise left.pop()
        return opened(path)

    monkeypatch.setattr("cryptoprices.storage.history.open_for_reading", open_late)
    assert len(reader_of(tmp_path, clock.clock).samples("kraken", BTC, 0, EVER).times_ms) == 3
    assert not left


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR | 4 << 8], ids=["full", "io error"])
def test_a_full_disk_pauses_the_history_until_there_is_room(tmp_path, clock, monkeypatch, caplog, code):
    caplog.set_level("INFO", "cryptoprices.storage")
    disk, said = Disk(monkeypatch, code), []
    with history_in(tmp_path, clock.clock, said) as history:
        put_polls(history, clock.wall_ms, 1)
        disk.full, disk.attempts = True, 0
        since = clock_text(clock.wall_ms)[:5]
        history.put_samples([sample(clock.wall_ms)])
        until(lambda: said)
        for _ in range(180):  # an hour
            history.put_samples([sample(clock.wall_ms + place, 100.0) for place in range(20)])
            assert not history.flush(0.002)
            clock.advance(20)
        assert said == [f"Disk full – history paused since {since}"]
        assert 2 <= disk.attempts <= 61
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 1, "what is there can be read"
        disk.full = False
        history.put_samples([sample(clock.wall_ms)])
        until(lambda: later(history, clock, 60))
        assert said[1:] == [""]
        logged = [record.getMessage() for record in caplog.records]
        assert [text.split(":")[0] for text in logged] == [
            "The history cannot be written",
            "The history is written again",
        ]
        kept = history.samples("kraken", BTC, clock.wall_ms - DAY, EVER).times_ms
        assert 480 <= len(kept) <= 502
        gaps = history.gaps(0, EVER)
        assert {(gap.exchange, gap.reason) for gap in gaps} == {(None, GapReason.NOT_SAVED)}
        assert gaps[0].since_ms == START + DAY
        assert START + DAY + 50 * 60_000 < max(gap.until_ms for gap in gaps) < kept[-470]


def test_a_commit_that_failed_but_is_there_is_not_written_twice(tmp_path, clock, monkeypatch):
    """As after an fsync that failed: the log may hold the round, and the next opening may find it."""
    apply = history_writer.HistoryWriter._apply
    failures = []

    def fail_afterwards(writer, tables, job, lost):
        apply(writer, tables, job, lost)
        if not failures:
            failures.append(1)
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error

    monkeypatch.setattr(history_writer.HistoryWriter, "_apply", fail_afterwards)
    with history_in(tmp_path, clock.clock) as history:
        history.put_samples([sample(START), sample(START + 1)])
        until(lambda: failures)
        until(lambda: later(history, clock, 60))
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 2


def test_another_program_that_holds_the_file_is_waited_for(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(history_file, "LOCKED_S", 0.01)
    said = []
    with history_in(tmp_path, clock.clock, said) as history:
        put_polls(history, START, 1)
        with closing(sqlite3.connect(tmp_path / "history.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for k in range(60):
                history.put_samples([sample(START + DAY + 1000 * k + place) for place in range(10)])
            assert not history.flush(0.1)
            clock.advance(2)
            assert not history.flush(0.1)
            assert history.dropped in (90, 100), "the round in progress counts as waiting"
            assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 1
            text = f"The price history is locked by another program; {history.dropped} prices not kept."
            until(lambda: said and said[-1] == text)
            other.execute("ROLLBACK")
        until(lambda: later(history, clock, 2))
        assert said[-1] == ""
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 1 + 600 - history.dropped
        assert {gap.reason for gap in history.gaps(0, EVER)} == {GapReason.NOT_SAVED}


def test_a_short_lock_is_not_worth_a_word(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(history_file, "LOCKED_S", 0.01)
    said = []
    with history_in(tmp_path, clock.clock, said) as history:
        put_polls(history, START, 1)
        with closing(sqlite3.connect(tmp_path / "history.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            history.put_samples([sample(START + DAY)])
            assert not history.flush(0.1)
            other.execute("ROLLBACK")
        until(lambda: later(history, clock, 2))
    assert said == []


def test_a_locked_file_does_not_hold_up_the_end(tmp_path, clock):
    with history_in(tmp_path, clock.clock) as history:
        put_polls(history, START, 1)
        with closing(sqlite3.connect(tmp_path / "history.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            history.put_samples([sample(START + DAY)])
            assert not history.close(PATIENCE_S)


def test_a_file_that_is_found_well_twice_and_still_refuses_is_set_aside(tmp_path, clock, monkeypatch, caplog):
    said, refusals = [], []
    apply = history_writer.HistoryWriter._apply

    def refuse(writer, tables, job, lost):
        if len(refusals) < 3 and len(names_in(tmp_path)) <= 3:
            refusals.append(1)
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error
        apply(writer, tables, job, lost)

    monkeypatch.setattr(history_writer.HistoryWriter, "_apply", refuse)
    with history_in(tmp_path, clock.clock, said) as history:
        put_polls(history, START, 1)
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 1
    assert len(refusals) == 2
    assert said[0].startswith("The price history could not be read and was set aside as history.sqlite3.corrupt-")


def test_gap_reasons_of_the_store_have_words():
    assert Gap(None, 0, 1, GapReason.NOT_SAVED).reason.text
