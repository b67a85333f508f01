"""A copy of the history while it is written: sound, of one moment, with all that was put before; or nothing at all."""

import errno
import os
import sqlite3
import threading
from contextlib import closing

import pytest
from store_rig import BTC, DAY, EVER, START, ask, history_in, is_sound, names_in, put_polls, sample

from cryptoprices.storage import backup
from cryptoprices.storage.history import History


@pytest.fixture
def clock(fake_clock):
    fake_clock.wall_ms = START + DAY
    return fake_clock


@pytest.fixture
def history(tmp_path, clock):
    (tmp_path / "profile").mkdir()
    with history_in(tmp_path / "profile", clock.clock) as history:
        put_polls(history, START, 24)
        yield history


@pytest.fixture
def folder(tmp_path):
    """Where the copy goes, under the name that the store's rig knows."""
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere"


def copy(history, folder, tell=lambda *_: None, stopped=None):
    return history.back_up(folder / "history.sqlite3", tell, stopped or threading.Event())


def times_in(folder, clock):
    with closing_reader(folder, clock) as reader:
        return reader.samples("kraken", BTC, 0, EVER).times_ms.tolist()


def closing_reader(folder, clock):
    return closing(History(folder / "history.sqlite3", clock.clock, print, writing=False))


def test_what_was_put_before_is_in_it_and_it_is_one_sound_file(history, folder, clock):
    history.put_samples([sample(START + 3_600_000, 4711.0)])
    told = []
    size = copy(history, folder, lambda done, total: told.append((done, total)))
    assert names_in(folder) == ["history.sqlite3"]
    assert size == (folder / "history.sqlite3").stat().st_size == told[-1][0] == told[-1][1]
    assert times_in(folder, clock)[-1] == START + 3_600_000
    assert len(times_in(folder, clock)) == 25
    assert ask(folder, "PRAGMA journal_mode") == [("delete",)]
    assert is_sound(folder)


def test_no_log_of_the_original_fits_it_for_it_has_a_number_of_its_own(history, folder, tmp_path):
    copy(history, folder)
    assert ask(folder, "PRAGMA application_id") != ask(tmp_path / "profile", "PRAGMA application_id")
    assert ask(folder, "PRAGMA user_version") == ask(tmp_path / "profile", "PRAGMA user_version") == [(1,)]


def test_it_is_of_one_moment_however_much_is_written_meanwhile(history, folder, clock, monkeypatch):
    monkeypatch.setattr(backup, "_PAGES", 1)
    begun, calls = [], []

    def go_on(done, total):
        calls.append(total)
        if not begun:
            begun.append(True)
            put_polls(history, START + 3_600_000, 300)  # acknowledged while it is copied

    copy(history, folder, go_on)
    assert len(calls) <= calls[0] + 1, "it was not begun anew"
    assert len(times_in(folder, clock)) == 24
    assert is_sound(folder)


def test_it_can_be_cancelled_and_leaves_nothing(history, folder, monkeypatch):
    monkeypatch.setattr(backup, "_PAGES", 1)
    stopped = threading.Event()
    (folder / "history.sqlite3").write_text("an earlier one")
    assert copy(history, folder, lambda *_: stopped.set(), stopped) == 0
    assert names_in(folder) == ["history.sqlite3"]
    assert (folder / "history.sqlite3").read_text() == "an earlier one"


def test_it_can_be_cancelled_while_it_is_checked(history, folder, monkeypatch):
    monkeypatch.setattr(backup, "_CHECKED_OFTEN", 1)
    stopped = threading.Event()

    def last(done, total):
        if done == total:
            stopped.set()

    assert copy(history, folder, last, stopped) == 0
    assert names_in(folder) == []


def test_a_folder_that_is_not_there_is_said_to_be_missing(history, tmp_path):
    with pytest.raises(FileNotFoundError):
        copy(history, tmp_path / "gone")


def test_the_history_itself_is_never_its_own_copy(history, tmp_path):
    with pytest.raises(OSError, match="is a database that is in use; choose another name"):
        copy(history, tmp_path / "profile")
    put_polls(history, START + 3_600_000, 1)
    assert is_sound(tmp_path / "profile")


def test_a_history_in_memory_is_copied_as_well(tmp_path, folder, clock, monkeypatch):
    (tmp_path / "memory").mkdir()
    with history_in(tmp_path / "memory", clock.clock):
        pass
    ask(tmp_path / "memory", "PRAGMA user_version = 2")
    with history_in(tmp_path / "memory", clock.clock) as history:
        put_polls(history, START, 8)
        copy(history, folder)
    assert len(times_in(folder, clock)) == 8


def test_a_damaged_history_is_no_copy(tmp_path, folder, clock):
    (tmp_path / "bad").mkdir()
    with history_in(tmp_path / "bad", clock.clock) as history:
        put_polls(history, START, 8)
    path = tmp_path / "bad" / "history.sqlite3"
    body = bytearray(path.read_bytes())
    body[4096:8192] = os.urandom(4096)
    path.write_bytes(body)
    with closing(History(path, clock.clock, print, writing=False)) as reader, pytest.raises(OSError, match="damaged"):
        copy(reader, folder)
    assert names_in(folder) == []


@pytest.mark.parametrize(
    ("code", "number"),
    [
        (sqlite3.SQLITE_FULL, errno.ENOSPC),
        (sqlite3.SQLITE_IOERR_WRITE, errno.EIO),
        (sqlite3.SQLITE_READONLY, errno.EACCES),
        (sqlite3.SQLITE_CANTOPEN, errno.EACCES),
    ],
)
def test_what_the_database_says_is_told_like_any_trouble_with_a_file(code, number):
    error = sqlite3.OperationalError("it did not work")
    error.sqlite_errorcode = code
    told = backup._told(error)
    assert told.errno == number
    assert told.strerror


def test_somebody_who_begins_to_write_meanwhile_has_it_copied_again(history, folder, clock, tmp_path):
    """The file is closed when the copy begins, as while a full disk pauses the history."""
    (tmp_path / "closed").mkdir()
    with history_in(tmp_path / "closed", clock.clock) as writer:
        put_polls(writer, START, 8)
    reader = History(tmp_path / "closed" / "history.sqlite3", clock.clock, print, writing=False)
    rounds = []

    def begin(done, total):
        if done == total:
            rounds.append(total)
            if len(rounds) == 1:
                with history_in(tmp_path / "closed", clock.clock) as writer:
                    put_polls(writer, START + 3_600_000, 4)

    copy(reader, folder, begin)
    assert len(rounds) == 2
    assert len(times_in(folder, clock)) == 12
