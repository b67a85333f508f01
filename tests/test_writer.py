"""The writing thread: the newest counts, nothing waits for it, and what fails is said once and tried again."""

import errno
import os
import threading
from functools import partial

import pytest

from cryptoprices.storage import atomic
from cryptoprices.storage.writer import RETRY_S, Writer


class Notices:
    """What was said, and a way to wait for it."""

    def __init__(self):
        self.texts, self.said = [], threading.Event()

    def __call__(self, text):
        self.texts.append(text)
        self.said.set()


@pytest.fixture
def notices():
    return Notices()


@pytest.fixture
def writer(fake_clock, notices):
    made = Writer(fake_clock.clock, notices)
    yield made
    made.close()


def test_jobs_run_on_a_thread_of_their_own(writer):
    ran = threading.Event()
    writer.put("state.json", ran.set)
    assert ran.wait(5)


def test_of_several_under_one_name_only_the_newest_counts(writer):
    written, busy, go = [], threading.Event(), threading.Event()
    writer.put("other", lambda: (busy.set(), go.wait(5)))
    assert busy.wait(5)
    for number in range(100):
        writer.put("state.json", lambda number=number: written.append(number))
    writer.put("settings.toml", lambda: written.append("settings"))
    go.set()
    assert writer.close()
    assert written == [99, "settings"]


def test_closing_does_what_is_left(writer):
    written = []
    writer.put("state.json", lambda: written.append(1))
    assert writer.close()
    assert written == [1]


def test_closing_gives_up_what_takes_too_long(fake_clock, notices):
    writer, go = Writer(fake_clock.clock, notices), threading.Event()
    writer.put("state.json", go.wait)
    assert not writer.close(timeout_s=0.01)
    go.set()
    assert writer.close()


FULL = OSError(errno.ENOSPC, "No space left on device")


def failing(tries, error=FULL):
    def job():
        tries.append(1)
        raise error

    return job


def test_a_failure_is_said_once_and_stays_in_the_thread(writer, notices):
    tries = []
    writer.put("state.json", failing(tries))
    assert notices.said.wait(5)
    assert notices.texts == ["state.json could not be saved: the disk is full; trying again every minute."]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/home/me/state.json"), "this program may not write there"),
        (OSError(errno.EROFS, "Read-only file system"), "this program may not write there"),
        (OSError(errno.EIO, "Input/output error"), "the disk does not work"),
        (OSError(errno.ENOTDIR, "Not a directory"), "the log says why"),
        (ValueError("strange"), "the log says why"),
    ],
)
def test_a_failure_is_said_in_words_and_the_log_has_the_rest(writer, notices, caplog, error, why):
    caplog.set_level("INFO", "cryptoprices")
    writer.put("state.json", failing([], error))
    assert notices.said.wait(5)
    assert notices.texts == [f"state.json could not be saved: {why}; trying again every minute."]
    (record,) = caplog.records
    assert record.exc_info[1] is error


def test_a_rename_that_is_denied_is_tried_on_this_thread_alone(writer, notices, tmp_path, monkeypatch):
    path, replace, denials, done_by = tmp_path / "state.json", os.replace, 5, []

    def denied(source, target):
        nonlocal denials
        done_by.append(threading.current_thread().name)
        denials -= 1
        if denials >= 0:
            raise PermissionError(errno.EACCES, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", denied)
    monkeypatch.setattr(atomic.time, "sleep", lambda _s: None)
    writer.put("state.json", partial(atomic.write, path, b"old"))
    assert writer.close()
    assert path.read_bytes() == b"old"
    assert set(done_by) == {"writer"}
    assert notices.texts == []


def test_a_rename_that_stays_denied_keeps_the_old_file_and_is_said(writer, notices, tmp_path, monkeypatch):
    path = tmp_path / "state.json"
    path.write_bytes(b"old")

    def denied(_source, _target):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "replace", denied)
    monkeypatch.setattr(atomic.time, "sleep", lambda _s: None)
    writer.put("state.json", partial(atomic.write, path, b"new"))
    assert notices.said.wait(5)
    assert "this program may not write there" in notices.texts[0]
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]


def test_what_failed_waits_a_minute_and_then_the_newest_is_tried(writer, notices, fake_clock):
    tries, written, other = [], threading.Event(), threading.Event()
    writer.put("state.json", failing(tries))
    assert notices.said.wait(5)
    writer.put("state.json", written.set)  # within the minute: waits
    writer.put("other", other.set)
    assert other.wait(5)
    assert not written.is_set()
    fake_clock.advance(RETRY_S)
    writer.put("other", lambda: None)  # wakes the thread, as the next poll does
    assert written.wait(5)
    assert writer.close()


def test_closing_tries_what_failed_once_more_and_says_so(fake_clock, notices):
    writer, tries = Writer(fake_clock.clock, notices), []
    writer.put("state.json", failing(tries))
    assert notices.said.wait(5)
    assert not writer.close()
    assert len(tries) == 2
    assert len(notices.texts) == 1
