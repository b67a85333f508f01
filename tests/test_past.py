"""history against exchanges on loopback that have a past: what is printed, kept, fetched and explained."""

import csv
import json
import os
import signal
import subprocess
import threading

import pytest
from one_exchange import NAMES, Exchange
from past_exchange import BTC, ETH, XYZ, only_coinbase
from screens import Screen
from test_cli import command, loaded

from cryptoprices import headless, headless_past
from cryptoprices.clock import system_clock
from cryptoprices.core.candles import Candles
from cryptoprices.core.intervals import INTERVALS_MS, floor_ms
from cryptoprices.core.report import rfc3339
from cryptoprices.headless_past import Wanted
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.storage.history import History, Sample
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.paths import paths_for

pytestmark = pytest.mark.logs("coinbase|kraken")  # going down is worth a line in the log


def run(options, wanted, form="csv"):
    return headless_past.history(options, wanted, form)


def last(now_ms, count, pair=BTC, width="1h"):
    return Wanted(pair, width, floor_ms(now_ms, width) - count * INTERVALS_MS[width], now_ms)


def test_candles_come_oldest_first_without_the_running_one_and_as_they_were_sent(server, options, now_ms, capsys):
    assert run(options, last(now_ms, 500)) == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(out.splitlines()))
    tape = server.tapes["coinbase"][BTC]["1h"][-500:]
    assert [row["time"] for row in rows] == [rfc3339(candle.open_ms) for candle in tape]
    assert [[float(row[k]) for k in ("open", "high", "low", "close", "volume")] for row in rows] == [
        list(candle[1:]) for candle in tape
    ]
    assert {row["source"] for row in rows} == {"coinbase"}
    assert len(server.pages("coinbase")) == 2
    assert err == ""


def test_what_was_fetched_is_kept_and_not_asked_for_again(server, options, now_ms, capsys):
    run(options, last(now_ms, 300))
    first, asked = capsys.readouterr().out, len(server.requests("coinbase"))
    assert run(options, last(now_ms, 300)) == 0
    assert capsys.readouterr().out == first
    assert len(server.requests("coinbase")) == asked
    assert run(options, last(now_ms, 310)) == 0
    assert len(capsys.readouterr().out.splitlines()) == 311
    assert len(server.requests("coinbase")) == asked + 1


def test_where_a_window_writes_the_store_is_read_and_left_alone(server, options, now_ms, capsys, tmp_path):
    run(options, last(now_ms, 100))
    asked = len(server.requests("coinbase"))
    window = Lock(paths_for(options).lock)
    assert window.acquire()
    try:
        capsys.readouterr()
        for requests in (1, 2):  # what the first of them fetched ended with it
            assert run(options, last(now_ms, 200)) == 0
            assert len(capsys.readouterr().out.splitlines()) == 201
            assert len(server.requests("coinbase")) == asked + requests
    finally:
        window.release()


def test_json_is_an_object_a_line_within_the_bounds(server, options, now_ms, capsys):
    tape = server.tapes["coinbase"][BTC]["1h"]
    wanted = Wanted(BTC, "1h", tape[-10].open_ms - 1, tape[-5].open_ms)
    assert run(options, wanted, "json") == 0
    lines = list(map(json.loads, capsys.readouterr().out.splitlines()))
    assert [line["time"] for line in lines] == [rfc3339(candle.open_ms) for candle in tape[-10:-5]]
    assert lines[0]["close"] == str(tape[-10].close).removesuffix(".0")


def test_weeks_are_made_of_days(server, options, now_ms, capsys):
    run(options, last(now_ms, 3, width="1d"))
    capsys.readouterr()
    assert run(options, last(now_ms, 4, width="1w")) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    weeks = Candles.of(server.tapes["coinbase"][BTC]["1d"]).gathered("1w").rows()
    known = {rfc3339(week.open_ms): [week.open, week.close, week.volume] for week in weeks}
    made = {row["time"]: [float(row[key]) for key in ("open", "close", "volume")] for row in rows}
    assert len(made) == 4
    assert made.items() <= known.items()


def test_a_pair_that_nobody_lists(options, now_ms, capsys):
    assert run(options, last(now_ms, 100, XYZ)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "XYZ/USD: no enabled exchange lists it\ncoinbase: does not list XYZ/USD\n"


def test_part_of_the_time_is_enough_and_the_rest_is_explained(options, now_ms, capsys):
    assert run(options, last(now_ms, 700, ETH, "1d")) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 351
    assert err.startswith("ETH/USD: no candles from 2")
    assert err.endswith(" UTC, older than exchanges keep\n")


def test_an_exchange_that_fails_is_named_with_its_reason(tmp_path, now_ms, capsys):
    with Exchange(503, b"{}") as broken:
        assert run(only_coinbase(tmp_path, f"http://127.0.0.1:{broken.server_port}"), last(now_ms, 100)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "\ncoinbase: has a fault of its own (503)" in err
    assert not paths_for(RunOptions(str(tmp_path))).history.exists()


def test_without_any_exchange_it_says_how_to_enable_one(tmp_path, now_ms, capsys):
    options = RunOptions(str(tmp_path), tuple(f"exchanges.{name}.enabled=false" for name in NAMES))
    assert run(options, last(now_ms, 100)) == 1
    assert capsys.readouterr().err == f"{headless.NONE_ENABLED}\n"


def test_where_no_certificate_can_be_checked_the_status_is_3(tmp_path, now_ms, capsys, monkeypatch):
    monkeypatch.setattr(headless_past, "why_no_certificates", lambda: "Install certificates.")
    with Exchange(404, b"{}") as broken:
        assert run(only_coinbase(tmp_path, f"http://127.0.0.1:{broken.server_port}"), last(now_ms, 100)) == 3
    assert capsys.readouterr().err.endswith("Install certificates.\n")


def test_what_goes_wrong_while_filling_is_not_swallowed(options, now_ms, monkeypatch):
    def broken(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(headless_past.Archive, "fill", broken)
    with pytest.raises(ZeroDivisionError):
        run(options, last(now_ms, 100))


def in_a_process(options, *words, **kwargs):
    sets = [word for override in options.overrides for word in ("--set", override)]
    return command(*words, "--profile", options.profile_dir, *sets, **kwargs)


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_and_what_was_fetched_is_kept(server, options, number):
    asked, answered, pages = threading.Event(), threading.Event(), []

    def second_page_hangs(name):
        pages.append(name)
        if len(pages) == 2:
            asked.set()
            answered.wait(20)

    server.before_page = second_page_hangs
    since = rfc3339(server.tapes["coinbase"][BTC]["1h"][-600].open_ms)
    arguments, kwargs = in_a_process(options, "history", "btcusd", "--since", since)
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs) as process:
        assert asked.wait(20)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    answered.set()
    assert (process.returncode, out, err) == (0, "", "")
    paths = paths_for(options)
    history = History(paths.history, system_clock(), lambda text: None, writing=False)
    assert len(history.candles("coinbase", BTC, "1h", 0, 2**50)) > 290


@pytest.mark.skipif(os.name == "nt", reason="pipes are POSIX")
def test_a_closed_pipe_ends_it_with_0_and_without_another_word(options):
    read, write = os.pipe()
    os.close(read)
    arguments, kwargs = in_a_process(options, "history", "BTC/USD", "--format", "json")
    done = subprocess.run(arguments, stdout=write, stderr=subprocess.PIPE, timeout=60, check=False, **kwargs)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_neither_loads_a_window(options):
    words = [word for override in options.overrides for word in ("--set", override)]
    modules = loaded("compare", "BTC", "ETH", "--profile", options.profile_dir, *words)
    assert not {name for name in modules if name.startswith(("PySide", "shiboken", "pyqtgraph", "keyring"))}


def test_whoever_waits_sees_how_far_it_is(server, options, now_ms, monkeypatch):
    screen = Screen(True)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr(headless_past, "_LONG_S", 0.05)
    monkeypatch.setattr(headless_past, "_LOOK_S", 0.05)
    monkeypatch.setattr("cryptoprices.terminal._SHORT_S", 0.0)
    seen, pages = screen.wait_for("page 1 of 2"), []

    def second_page_waits(name):
        pages.append(name)
        if len(pages) == 2:
            seen.wait(10)

    server.before_page = second_page_waits
    assert run(options, last(now_ms, 600)) == 0
    assert f"\r[{'#' * 12}{'.' * 12}] BTC/USD from coinbase, page 1 of 2\033[K" in screen.text
    assert screen.text.endswith("\r\033[K")


def test_while_a_window_writes_the_export_holds_all_that_is_written(tmp_path, now_ms, capsys):
    """Own samples make the candles where an exchange gives none; they have no volume."""
    with Exchange(404, b"{}") as broken:
        options = only_coinbase(tmp_path, f"http://127.0.0.1:{broken.server_port}")
        paths, hour_ms = paths_for(options), floor_ms(now_ms, "1h")
        window, ended = Lock(paths.lock), threading.Event()
        history = History(paths.history, headless_past.system_clock(), lambda text: None)
        assert window.acquire()
        history.start()
        history.put_samples([Sample("coinbase", BTC, hour_ms - 3_600_000, 100.5)])
        history.put_samples([Sample("coinbase", BTC, hour_ms - 1, 99.25)])
        assert history.flush(5)

        def write():
            for second in range(3000):
                history.put_samples([Sample("coinbase", BTC, hour_ms + second * 1000, 1000.0 + second)])
                if not history.flush(5) or ended.is_set():
                    return

        writer = threading.Thread(target=write)
        writer.start()
        try:
            assert run(options, last(now_ms, 3)) == 0
        finally:
            ended.set()
            writer.join()
            assert history.close()
            window.release()
    out, err = capsys.readouterr()
    assert out.splitlines()[1:] == [f"{rfc3339(hour_ms - 3_600_000)},100.5,100.5,99.25,99.25,,coinbase"]
    since, until = (f"{rfc3339(hour_ms - count * 3_600_000)[:16].replace('T', ' ')} UTC" for count in (3, 1))
    assert err == f"BTC/USD: coinbase: no candles from {since} to {until}, the exchange gave no answer\n"
