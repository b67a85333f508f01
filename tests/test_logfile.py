"""The log: one line a record, no secrets, bounded, and silent about its own faults."""

import logging
import os

import pytest

from cryptoprices.storage import logfile
from cryptoprices.storage.logfile import LogFile, OneLine, logged_to, redacted


def record(message, *args, exc_info=None):
    return logging.LogRecord("cryptoprices.net", logging.WARNING, __file__, 1, message, args, exc_info)


@pytest.fixture
def log(tmp_path):
    handler = LogFile(tmp_path / "cryptoprices.log")
    yield handler
    handler.close()


def test_a_record_is_one_line_whatever_is_in_it(log, tmp_path):
    log.emit(record("kraken\r\n2026-01-01 forged \x1b[31m\u202e\0 %s", "line\u2028end"))
    text = (tmp_path / "cryptoprices.log").read_text("utf-8")
    assert text.count("\n") == 1
    assert text.endswith("WARNING cryptoprices.net: kraken | 2026-01-01 forged  | [31m |  line | end\n")


def test_a_traceback_is_on_the_same_line_and_redacted_too():
    def fail(url):
        raise ValueError(url)

    try:
        fail("https://x.invalid/?api_key=topsecret")
    except ValueError as error:
        text = OneLine().format(record("failed", exc_info=(type(error), error, error.__traceback__)))
    assert "\n" not in text
    assert "ValueError: https://x.invalid/?api_key=…" in text
    assert "topsecret" not in text


@pytest.mark.parametrize(
    "text",
    [
        "x-cg-demo-api-key: SECRET",
        "GET /v1?key=SECRET&x=1",
        "Authorization: Bearer SECRET",
        "authorization=Basic SECRET",
        "Proxy-Authorization: Basic SECRET",
        "Bearer SECRETSECRET",
        '{"access_token": "SECRET"}',
        "{'token': 'SECRET'}",
        "password=SECRET",
        "api_key=SECRET",
        "http://me:SECRET@proxy:8080/",
        "redis://me:with@SECRET@cache:6379/0",
        "GET /v1/stream?ticket=SECRET",
    ],
)
def test_what_looks_like_a_secret_is_not_written(text):
    assert "SECRET" not in redacted(text)


@pytest.mark.parametrize(
    "text",
    ["kraken: keyring none", "the monkey = 3", "https://api.kraken.com/0/public/Ticker?pair=XBTUSD", "token bucket"],
)
def test_what_is_no_secret_stays(text):
    assert redacted(text) == text


def total(folder):
    return sum(path.stat().st_size for path in folder.iterdir())


def test_the_log_never_grows_beyond_five_files(log, tmp_path, monkeypatch):
    monkeypatch.setattr(logfile, "SIZE", 2000)
    for number in range(500):
        log.emit(record("poll %d failed: %s", number, "x" * 50))
        assert total(tmp_path) <= 5 * 2000
    assert len(list(tmp_path.iterdir())) == 5
    assert "poll 499 " in (tmp_path / "cryptoprices.log").read_text()


def test_it_stays_bounded_where_rotation_is_denied(log, tmp_path, monkeypatch):
    monkeypatch.setattr(logfile, "SIZE", 2000)

    def denied(*_args):
        raise PermissionError(13, "denied")

    monkeypatch.setattr(os, "replace", denied)
    for number in range(200):
        log.emit(record("poll %d failed: %s", number, "x" * 50))
        assert total(tmp_path) <= 2000
    assert "poll 199 " in (tmp_path / "cryptoprices.log").read_text()


def test_a_log_that_cannot_be_written_says_nothing(tmp_path, capfd):
    handler = LogFile(tmp_path / "none" / "cryptoprices.log")
    handler.emit(record("lost"))
    handler.emit(record("%d", "no number"))
    handler.close()
    assert capfd.readouterr() == ("", "")


def test_a_log_begins_again_when_its_folder_is_back(tmp_path):
    handler = LogFile(tmp_path / "later" / "cryptoprices.log")
    handler.emit(record("lost"))
    (tmp_path / "later").mkdir()
    handler.emit(record("kept"))
    handler.close()
    assert (tmp_path / "later" / "cryptoprices.log").read_text().endswith("kept\n")


@pytest.mark.skipif(os.name == "nt", reason="there are no such pipes")
def test_nobody_waits_for_a_pipe_that_stands_in_its_place(tmp_path):
    os.mkfifo(tmp_path / "cryptoprices.log")
    handler = LogFile(tmp_path / "cryptoprices.log")
    handler.emit(record("lost"))
    handler.close()


def test_a_file_gets_what_is_logged_meanwhile_beside_who_has_it_already(tmp_path, caplog):
    ours = logging.getLogger("cryptoprices")
    with logged_to(tmp_path / "cryptoprices.log"):
        ours.error("heard twice")
    ours.error("heard once")
    assert [line.split(": ")[1] for line in (tmp_path / "cryptoprices.log").read_text().splitlines()] == ["heard twice"]
    assert caplog.messages == ["heard twice", "heard once"]
