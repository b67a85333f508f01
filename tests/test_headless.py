"""watch with exchanges that fail, refuse and ask to wait; what one run must wait, the next one waits too."""

import json

import pytest
from one_exchange import Exchange, only_kraken
from screens import Screen

from cryptoprices import headless, headless_watch
from cryptoprices.core.market import Pair
from cryptoprices.headless_watch import WatchOptions
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.paths import paths_for
from cryptoprices.storage.state import State, read_state, write_state
from cryptoprices.terminal import Progress, Terminal

pytestmark = pytest.mark.logs("kraken")  # going down is worth a line in the log
BTC_USD = Pair("BTC", "USD")
UNKNOWN = b'{"error":["EQuery:Unknown asset pair"]}'


@pytest.fixture(autouse=True)
def logging_as_it_was(monkeypatch):
    monkeypatch.setattr(headless, "log_to", lambda handler, level: None)


def watch(options, *pairs, once=True, **kwargs):
    return headless_watch.watch(options, WatchOptions(pairs or (BTC_USD,), once, **kwargs))


def test_one_exchange_alone_gives_its_own_digits(tmp_path, capsys):
    with Exchange() as kraken:
        assert watch(only_kraken(tmp_path, kraken.server_port), json=True) == 0
    out, err = capsys.readouterr()
    line = json.loads(out)
    assert (line["price"], line["state"], line["consensus_of"], err) == ("97412.50", "LIVE", ["kraken"], "")


def test_an_exchange_that_fails_is_named_with_its_reason_and_the_status_is_1(tmp_path, capsys):
    with Exchange(503, b"{}") as kraken:
        assert watch(only_kraken(tmp_path, kraken.server_port), json=True) == 1
    out, err = capsys.readouterr()
    line = json.loads(out)
    assert (line["price"], line["state"], line["quotes"]) == (None, "NO_DATA", [])
    assert line["left_out"] == [{"exchange": "kraken", "price": None, "reason": "error"}]
    assert err.startswith("kraken: has a fault of its own (503)")
    assert err.endswith(".\n")
    assert "asking again" not in err  # nobody does


def test_where_no_certificate_can_be_checked_the_status_is_3(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(headless_watch, "why_no_certificates", lambda: "Install certificates.")
    with Exchange(503, b"{}") as kraken:
        assert watch(only_kraken(tmp_path, kraken.server_port), once=False) == 3
    assert "Install certificates." in capsys.readouterr().err


def test_a_pair_that_nobody_lists_ends_even_an_endless_watch_with_1(tmp_path, capsys):
    with Exchange(200, UNKNOWN) as kraken:
        assert watch(only_kraken(tmp_path, kraken.server_port), Pair("XYZ", "USD"), once=False) == 1
    assert capsys.readouterr().err == "kraken: does not list XYZ/USD\n"


def test_part_of_the_pairs_is_enough_for_0(tmp_path, capsys):
    with Exchange() as kraken:
        assert watch(only_kraken(tmp_path, kraken.server_port), BTC_USD, Pair("XYZ", "USD"), json=True) == 0
    out, err = capsys.readouterr()
    lines = list(map(json.loads, out.splitlines()))
    assert [(line["pair"], line["price"]) for line in lines] == [("BTC/USD", "97412.50"), ("XYZ/USD", None)]
    assert err == "XYZ/USD: no enabled exchange lists it\n"


@pytest.mark.parametrize(
    ("status", "body", "line"),
    [
        (451, b"{}", "kraken: is not offered in your region (451).\n"),
        (200, b"<html>", "kraken: Network sign-in page? Kraken sent a web page; sign in with a browser.\n"),
    ],
)
def test_nobody_is_told_to_refresh_where_nothing_refreshes(tmp_path, capsys, status, body, line):
    with Exchange(status, body, Content_Type="text/html") as kraken:
        assert watch(only_kraken(tmp_path, kraken.server_port)) == 1
    assert capsys.readouterr().err == line


def test_who_was_asked_to_wait_waits_in_the_next_run_too(tmp_path, capsys):
    with Exchange(429, b"{}", Retry_After=3600) as kraken:
        options = only_kraken(tmp_path, kraken.server_port)
        assert watch(options) == 1
        asked = len(kraken.asked)
        assert watch(options) == 1
        assert len(kraken.asked) == asked
    assert capsys.readouterr().err.count("limited") == 2


def test_a_window_that_is_open_keeps_its_own_state_file(tmp_path, capsys):
    paths = paths_for(RunOptions(str(tmp_path)))
    write_state(paths.state, State({"pair": "ETH/USD"}))
    window = Lock(paths.lock)
    assert window.acquire()
    try:
        with Exchange(429, b"{}", Retry_After=3600) as kraken:
            assert watch(only_kraken(tmp_path, kraken.server_port)) == 1
        assert read_state(paths.state)[0] == State({"pair": "ETH/USD"})
    finally:
        window.release()
    capsys.readouterr()


def test_a_damaged_state_is_left_to_the_window_that_is_open(tmp_path, capsys):
    paths = paths_for(RunOptions(str(tmp_path)))
    paths.state.write_text("{")
    window = Lock(paths.lock)
    assert window.acquire()
    try:
        with Exchange(429, b"{}", Retry_After=3600) as kraken:
            watch(only_kraken(tmp_path, kraken.server_port))
        assert paths.state.read_text() == "{"
    finally:
        window.release()
    capsys.readouterr()


def test_a_watch_keeps_what_the_window_left(tmp_path, capsys):
    paths = paths_for(RunOptions(str(tmp_path)))
    write_state(paths.state, State({"pair": "ETH/USD"}))
    with Exchange(429, b"{}", Retry_After=3600) as kraken:
        watch(only_kraken(tmp_path, kraken.server_port))
    state, _ = read_state(paths.state)
    assert state.window == {"pair": "ETH/USD"}
    assert set(state.pauses) == {"kraken"}
    capsys.readouterr()


@pytest.mark.parametrize(("looks", "no_color", "colour"), [(True, "", True), (True, "1", False), (False, "", False)])
def test_colours_are_for_a_terminal_whose_person_wants_them(monkeypatch, looks, no_color, colour):
    monkeypatch.setattr("sys.stdout", Screen(looks))
    monkeypatch.setenv("NO_COLOR", no_color)
    assert Terminal().colour is colour


def test_progress_is_for_a_terminal_and_is_taken_away(monkeypatch):
    looked_at, file = Screen(True), Screen(False)
    for screen in (looked_at, file):
        monkeypatch.setattr("sys.stderr", screen)
        terminal = Terminal()
        terminal.progress("1 of 6 exchanges")
        terminal.notice("kraken: is gone")
        terminal.notice("")
        terminal.end_progress()
    assert looked_at.text == "\r1 of 6 exchanges\033[K\r\033[Kkraken: is gone\n"
    assert file.text == "kraken: is gone\n"


def test_progress_is_shown_only_of_what_takes_longer_than_a_second(monkeypatch, fake_clock):
    screen = Screen(True)
    monkeypatch.setattr("sys.stderr", screen)
    progress = Progress(Terminal(), lambda: fake_clock.boot_s)
    progress.show("kraken", 1, 4)
    assert screen.text == ""
    fake_clock.advance(1)
    progress.show("kraken", 1, 4)
    assert screen.text == f"\r[{'#' * 6}{'.' * 18}] kraken\033[K"
    progress.begin()
    progress.show("coinbase", 0, 0)
    assert screen.text.endswith("\r\033[K")


@pytest.mark.parametrize("looks", [True, False])
def test_many_lines_are_told_of_unless_somebody_sees_them_come(monkeypatch, looks):
    screen, told = Screen(looks), []
    monkeypatch.setattr("sys.stdout", screen)
    Terminal().lines((str(number) for number in range(10_000)), told.append)
    assert screen.text.splitlines() == list(map(str, range(10_000)))
    assert told == ([] if looks else [4096, 8192, 10_000])


def test_without_lines_nothing_is_written(monkeypatch):
    monkeypatch.setattr("sys.stdout", Screen(False))
    Terminal().lines([], lambda done: pytest.fail("nothing was written"))
