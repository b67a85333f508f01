"""doctor: what works on this machine, and never a secret."""

import json

import pytest
from one_exchange import NAMES, Exchange, Handler, only_kraken

from cryptoprices import doctor, headless, headless_watch
from cryptoprices.bus import Offers
from cryptoprices.headless_watch import WatchOptions
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.storage.secrets import NONE

pytestmark = pytest.mark.logs("kraken")  # going down is worth a line in the log


@pytest.fixture(autouse=True)
def logging_as_it_was(monkeypatch):
    monkeypatch.setattr(headless, "log_to", lambda handler, level: None)


@pytest.fixture
def quiet_machine(monkeypatch):
    """No keyring and no message bus are asked."""
    monkeypatch.setattr(doctor, "find_keyring", lambda: NONE)
    monkeypatch.setattr(doctor, "x_tray", lambda: False)
    monkeypatch.setattr(doctor, "offers", lambda: Offers(None, None))


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
            "Late", (Handler,), {"date_time_string": lambda self: "Sat, 22 Nov 2025 14:02:00 GMT"}
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
