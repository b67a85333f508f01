"""doctor: what works on this machine, and never a secret."""

import json

import pytest
from fault_server import FaultServer
from one_exchange import NAMES, Exchange, Handler, only, only_kraken
from stream_rig import accept
from stream_server import StreamServer

from cryptoprices import doctor, headless, headless_watch
from cryptoprices.bus import Offers
from cryptoprices.clock import Clock, system_clock
from cryptoprices.core.market import Pair
from cryptoprices.headless_watch import WatchOptions
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.storage.history import History, Sample
from cryptoprices.storage.lock import Lock
from cryptoprices.storage.paths import paths_for
from cryptoprices.storage.secrets import NONE

pytestmark = pytest.mark.logs("kraken|coinbase: its stream is down")  # going down is worth a line in the log


@pytest.fixture(autouse=True)
def logging_as_it_was(monkeypatch):
    monkeypatch.setattr(headless, "log_to", lambda handler, level: None)


@pytest.fixture
def quiet_machine(monkeypatch):
    """No keyring and no message bus are asked."""
    monkeypatch.setattr(doctor, "find_keyring", lambda: NONE)
    monkeypatch.setattr(doctor, "x_tray", lambda: False)
    monkeypatch.setattr(doctor, "offers", lambda: Offers(None, None))


def quiet_kraken(folder, port):
    return only_kraken(folder, port, "stream.enabled=false")


def doctor_report(options, capsys):
    assert doctor.doctor(options, as_json=True) == 0
    return json.loads(capsys.readouterr().out)


def test_doctor_reports_the_fields_of_the_contract(tmp_path, capsys, quiet_machine):
    with Exchange() as kraken:
        report = doctor_report(quiet_kraken(tmp_path, kraken.server_port), capsys)
        assert list(report) == [
            "version", "python", "platform", "profile", "exchanges", "history", "keyring", "tray",
            "notifications", "data_folder",
        ]  # fmt: skip
        rows = {row["exchange"]: row for row in report["exchanges"]}
        assert set(rows) == {*NAMES, "okx"}
        assert list(rows["kraken"]) == [
            "exchange", "enabled", "reachable", "latency_ms", "clock_offset_ms", "address", "custom_address", "error",
            "stream_reachable", "stream_error",
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
            "stream_reachable": None, "stream_error": None,
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
            "Late", (Handler,), {"date_time_string": lambda self: "Sat, 22 Nov 2025 14:02:00 GMT"}
        )
        report = doctor_report(quiet_kraken(tmp_path, kraken.server_port), capsys)
    assert report["exchanges"][0]["clock_offset_ms"] == 120_500


@pytest.mark.logs("This computer's clock is")
def test_doctor_says_in_words_how_wrong_the_clock_is(tmp_path, capsys, quiet_machine, fake_clock, monkeypatch):
    monkeypatch.setattr(doctor, "system_clock", lambda: fake_clock.clock)
    names = ["kraken", "bitstamp"]

    def clock_line():
        off = [f"exchanges.{name}.enabled=false" for name in NAMES if name not in names]
        with FaultServer({}, fake_clock.clock, names) as server:
            ours = [f"exchanges.{name}.rest_url={url}" for name, url in server.addresses.items()]
            server.clock = Clock(server.clock.boot_s, lambda: fake_clock.wall_ms + error_ms)
            options = RunOptions(str(tmp_path), (*off, *ours, "stream.enabled=false"), log_level="CRITICAL")
            doctor.doctor(options, as_json=False)
        return next(line for line in capsys.readouterr().out.splitlines() if line.startswith("clock "))

    error_ms = 302_000  # and the half second that a Date may leave out
    assert clock_line() == "clock          5\u202fmin 2\u202fs slow, say 2 exchanges"
    error_ms = 0
    assert clock_line() == "clock          right, say 2 exchanges"
    names = ["kraken"]
    assert "not known" in clock_line()


def test_doctor_says_what_is_wrong_and_still_ends_with_0(tmp_path, capsys, quiet_machine):
    with Exchange(503, b"{}") as kraken:
        options = quiet_kraken(tmp_path, kraken.server_port)
    row = doctor_report(options, capsys)["exchanges"][0]  # nobody listens any more
    assert row["reachable"] is False
    assert row["latency_ms"] is None
    assert row["error"]
    assert doctor.doctor(options, as_json=False) == 0
    assert "NOT reachable" in capsys.readouterr().out


def test_doctor_asks_nobody_who_wants_to_be_left_alone(tmp_path, capsys, quiet_machine):
    with Exchange(429, b"{}", Retry_After=3600) as kraken:
        options = quiet_kraken(tmp_path, kraken.server_port)
        headless_watch.watch(options, WatchOptions(once=True))
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


def test_the_addresses_of_a_demo_are_nobody_s_choice(capsys, quiet_machine):
    report = doctor_report(RunOptions(demo=True), capsys)
    assert {row["exchange"]: row["custom_address"] for row in report["exchanges"]} == dict.fromkeys(
        [*NAMES, "okx"], False
    )
    assert "http://127.0.0.1" in report["exchanges"][0]["address"]


def streaming_coinbase(folder, server, stream):
    return only("coinbase", folder, server.addresses["coinbase"], f"exchanges.coinbase.stream_url={stream.url}")


def test_a_stream_that_flows_and_one_that_does_not(tmp_path, capsys, quiet_machine, monkeypatch):
    def play(peer):
        accept(peer)
        peer.listen()

    with FaultServer({}, system_clock(), ["coinbase"]) as server:
        with StreamServer(play) as stream:
            options = streaming_coinbase(tmp_path, server, stream)
            row = doctor_report(options, capsys)["exchanges"][1]
            assert (row["exchange"], row["stream_reachable"], row["stream_error"]) == ("coinbase", True, None)
            doctor.doctor(options, as_json=False)
            assert ", streams  http://127.0.0.1" in capsys.readouterr().out
        row = doctor_report(options, capsys)["exchanges"][1]  # nobody listens any more
        assert (row["reachable"], row["stream_reachable"]) == (True, False)
        assert "refuses the connection" in row["stream_error"]
        doctor.doctor(options, as_json=False)
        assert ", stream NOT reachable: 127.0.0.1 refuses the connection." in capsys.readouterr().out
        monkeypatch.setattr(doctor, "STREAMS_S", 0.1)
        with StreamServer(lambda peer: peer.listen()) as stream:  # says nothing
            row = doctor_report(streaming_coinbase(tmp_path, server, stream), capsys)["exchanges"][1]
        assert (row["stream_reachable"], row["stream_error"]) == (False, "It does not answer.")


def history_report(folder, capsys):
    with Exchange() as kraken:
        options = quiet_kraken(folder, kraken.server_port)
        report = doctor_report(options, capsys)["history"]
        doctor.doctor(options, as_json=False)
    return report, next(line for line in capsys.readouterr().out.splitlines() if line.startswith("history"))


def test_the_price_history_is_looked_at(tmp_path, capsys, quiet_machine):
    assert history_report(tmp_path, capsys) == (None, "history        none yet")
    paths, day = paths_for(RunOptions(str(tmp_path))), 1_763_769_600_000  # 2025-11-22
    history = History(paths.history, system_clock(), lambda text: None)
    history.start()
    history.put_samples([Sample("kraken", Pair("BTC", "USD"), day + 1000, 97412.5)])
    assert history.close()
    report, line = history_report(tmp_path, capsys)
    assert report == {
        "size_bytes": paths.history.stat().st_size, "since": "2025-11-22T00:00:01.000Z",
        "until": "2025-11-22T00:00:01.000Z", "sound": True, "error": None,
    }  # fmt: skip
    assert line.endswith(" MB, since 2025-11-22, sound")
    window = Lock(paths.lock)
    assert window.acquire()
    report, line = history_report(tmp_path, capsys)
    window.release()
    assert (report["sound"], report["since"]) == (None, "2025-11-22T00:00:01.000Z")
    assert line.endswith(", in use")
    paths.history.write_bytes(b"no database, but long enough to look like one. " * 100)
    report, line = history_report(tmp_path, capsys)
    assert (report["sound"], report["since"]) == (False, None)
    assert f", NOT sound: {report['error']}" in line
    assert paths.history.read_bytes().startswith(b"no database")
