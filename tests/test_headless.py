"""watch and doctor with exchanges that fail, refuse and ask to wait; what one run must wait, the next one waits too."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cryptoprices import doctor, headless, headless_watch
from cryptoprices.bus import Offers
from cryptoprices.core.market import Pair
from cryptoprices.headless_watch import WatchOptions
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.paths import paths_for
from cryptoprices.storage.secrets import NONE
from cryptoprices.storage.state import State, read_state, write_state
from cryptoprices.terminal import Terminal

pytestmark = pytest.mark.logs("kraken")  # going down is worth a line in the log
NAMES = ("kraken", "coinbase", "bitstamp", "gemini", "bitfinex", "binance", "coingecko")
BTC_USD = Pair("BTC", "USD")
KRAKEN = b'{"error":[],"result":{"XXBTZUSD":{"c":["97412.50","1"]}}}'
UNKNOWN = b'{"error":["EQuery:Unknown asset pair"]}'


class Exchange(ThreadingHTTPServer):
    """Answers every question with the same status, headers and body."""

    def __init__(self, status=200, body=KRAKEN, **headers):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply, self.asked = (status, headers, body), []
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        status, headers, body = self.server.reply
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


def only_kraken(folder, port, *more):
    """The options of a run that knows one exchange, at this port."""
    off = [f"exchanges.{name}.enabled=false" for name in NAMES if name != "kraken"]
    return RunOptions(
        str(folder), (*off, f"exchanges.kraken.rest_url=http://127.0.0.1:{port}", *more), log_level="CRITICAL"
    )


@pytest.fixture(autouse=True)
def logging_as_it_was(monkeypatch):
    monkeypatch.setattr(headless, "log_to", lambda handler, level: None)


@pytest.fixture
def quiet_machine(monkeypatch):
    """No keyring and no message bus are asked."""
    monkeypatch.setattr(doctor, "find_keyring", lambda: NONE)
    monkeypatch.setattr(doctor, "x_tray", lambda: False)
    monkeypatch.setattr(doctor, "offers", lambda: Offers(None, None))


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


def doctor_report(options, capsys):
    assert doctor.doctor(options, as_json=True) == 0
    return json.loads(capsys.readouterr().out)


def test_doctor_reports_the_fields_of_the_contract(tmp_path, capsys, quiet_machine):
    with Exchange() as kraken:
        report = doctor_report(only_kraken(tmp_path, kraken.server_port), capsys)
        assert list(report) == [
            "version", "python", "platform", "profile", "exchanges", "keyring", "tray", "notifications", "data_folder",
        ]  # fmt: skip
        rows = {row["exchange"]: row for row in report["exchanges"]}
        assert set(rows) == {*NAMES, "okx"}
        assert list(rows["kraken"]) == [
            "exchange", "enabled", "reachable", "latency_ms", "clock_offset_ms", "address", "custom_address", "error",
        ]  # fmt: skip
        found = rows["kraken"]
        assert (found["enabled"], found["reachable"], found["error"], found["custom_address"]) == (
            True,
            True,
            None,
            True,
        )
        assert found["latency_ms"] > 0
        assert found["address"] == f"http://127.0.0.1:{kraken.server_port}"
        assert rows["coinbase"] == {
            "exchange": "coinbase", "enabled": False, "reachable": None, "latency_ms": None, "clock_offset_ms": None,
            "address": "https://api.exchange.coinbase.com", "custom_address": False, "error": None,
        }  # fmt: skip
        assert kraken.asked == ["/0/public/Ticker?pair=XXBTZUSD"]
    assert report["keyring"] == {"backend": "none", "usable": False}
    assert report["data_folder"]["path"] == str(tmp_path)
    assert report["data_folder"]["writable"] is True
    assert report["data_folder"]["free_bytes"] > 0


def test_doctor_finds_a_clock_that_is_wrong(tmp_path, capsys, quiet_machine, fake_clock, monkeypatch):
    monkeypatch.setattr(doctor, "system_clock", lambda: fake_clock.clock)  # 2025-11-22 14:00:00 UTC
    with Exchange() as kraken:
        kraken.RequestHandlerClass = type(
            "Late", (_Handler,), {"date_time_string": lambda self: "Sat, 22 Nov 2025 14:02:00 GMT"}
        )
        report = doctor_report(only_kraken(tmp_path, kraken.server_port), capsys)
    assert report["exchanges"][0]["clock_offset_ms"] == 120_500


def test_doctor_says_what_is_wrong_and_still_ends_with_0(tmp_path, capsys, quiet_machine):
    with Exchange(503, b"{}") as kraken:
        options = only_kraken(tmp_path, kraken.server_port)
    row = doctor_report(options, capsys)["exchanges"][0]  # nobody listens any more
    assert row["reachable"] is False
    assert row["latency_ms"] is None
    assert row["error"]
    assert doctor.doctor(options, as_json=False) == 0
    assert "NOT reachable" in capsys.readouterr().out


def test_doctor_asks_nobody_who_wants_to_be_left_alone(tmp_path, capsys, quiet_machine):
    with Exchange(429, b"{}", Retry_After=3600) as kraken:
        options = only_kraken(tmp_path, kraken.server_port)
        watch(options)
        capsys.readouterr()
        asked = len(kraken.asked)
        row = doctor_report(options, capsys)["exchanges"][0]
        assert len(kraken.asked) == asked
    assert row["reachable"] is False
    assert "limited" in row["error"]


def test_doctor_prints_no_login_of_an_address(tmp_path, capsys, quiet_machine):
    options = RunOptions(str(tmp_path), (
        *(f"exchanges.{name}.enabled=false" for name in NAMES), "exchanges.okx.rest_url=http://me:SECRET@127.0.0.1:1",
    ))  # fmt: skip
    report = doctor_report(options, capsys)
    assert "SECRET" not in json.dumps(report)
    assert doctor.doctor(options, as_json=False) == 0
    assert "SECRET" not in capsys.readouterr().out


class Screen:
    """A terminal that somebody looks at, or a file."""

    def __init__(self, looks):
        self.text, self._looks = "", looks

    def isatty(self):
        return self._looks

    def write(self, text):
        self.text += text

    def flush(self):
        pass


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
        terminal.end_progress()
    assert looked_at.text == "\r1 of 6 exchanges\033[K\r\033[Kkraken: is gone\n"
    assert file.text == "kraken: is gone\n"
