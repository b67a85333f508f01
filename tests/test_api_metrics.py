"""What /metrics tells of the program around and of its process, beside what test_api_server asks of the service."""

import os
import re
import sys
import threading
import time

import pytest
from api_rig import Service
from store_rig import until

from cryptoprices.api import process
from cryptoprices.api.ports import Condition
from cryptoprices.storage.history import History

linux = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")


def metrics(service) -> dict[str, float]:
    """Those without labels; each family has its help and its kind once."""
    text = service.get("/metrics").text
    for name in set(re.findall(r"^(\w+)", text, re.MULTILINE)):
        assert len(re.findall(rf"^# (?:HELP|TYPE) {name} ", text, re.MULTILINE)) == 2
    return {name: float(value) for name, value in re.findall(r"^(\w+) (\S+)$", text, re.MULTILINE)}


@linux
def test_the_process_is_told_by_the_usual_names(tmp_path, fake_clock):
    service = Service(tmp_path, fake_clock)
    told = metrics(service)
    assert 10e6 < told["process_resident_memory_bytes"] < 10e9
    assert 0 < told["process_cpu_seconds_total"] <= time.process_time()
    began_s = os.stat(f"/proc/{os.getpid()}").st_ctime
    assert abs(told["process_start_time_seconds"] - began_s) < 3600  # the folder is made when it is first looked at
    with open(os.devnull) as _one, open(os.devnull) as _two:
        assert metrics(service)["process_open_fds"] == told["process_open_fds"] + 2


def test_what_the_system_does_not_tell_is_left_out(tmp_path, fake_clock, monkeypatch):
    monkeypatch.setattr(process.figures, "__defaults__", (tmp_path / "none",))
    told = metrics(Service(tmp_path, fake_clock))
    assert [name for name in told if name.startswith("process_")] == ["process_cpu_seconds_total"]


def test_a_name_in_brackets_does_not_mislead(tmp_path):
    (tmp_path / "self/fd").mkdir(parents=True)
    (tmp_path / "self/fd/0").touch()
    (tmp_path / "self/statm").write_text("900 25 3 0 0 0 0\n")
    ticks = 5 * os.sysconf("SC_CLK_TCK")
    (tmp_path / "self/stat").write_text(f"7 (a) b) R {' '.join(map(str, range(4, 22)))} {ticks} 23 24\n")
    (tmp_path / "stat").write_text("cpu 1 2 3\nbtime 1700000000\n")
    told = {figure.name: figure.value for figure in process.figures(tmp_path)}
    assert told["process_start_time_seconds"] == 1_700_000_005
    assert told["process_resident_memory_bytes"] == 25 * os.sysconf("SC_PAGE_SIZE")
    assert told["process_open_fds"] == 1


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (Condition(), {}),
        (Condition(records=False), {"history_up": 0}),
        (Condition(True, False, True), {"replica_leads": 1, "redis_up": 0, "history_up": 1}),
    ],
)
def test_the_program_around_is_told_as_far_as_there_is_such_a_thing(tmp_path, fake_clock, condition, told):
    service = Service(tmp_path, fake_clock)
    service.condition = condition
    names = ("replica_leads", "redis_up", "history_up")
    found = metrics(service)
    assert {name: found[key] for name in names if (key := f"cryptoprices_{name}") in found} == told


def test_a_history_lasts_while_its_file_is_written(tmp_path, fake_clock):
    said = threading.Event()
    history = History(tmp_path / "history.sqlite3", fake_clock.clock, lambda _text: said.set())
    assert not history.lasting
    history.start()
    assert history.flush(10)
    assert history.lasting
    history._writer._pause("Disk full – history paused since 14:00")
    assert not history.lasting
    history.close()
    assert not History(tmp_path / "history.sqlite3", fake_clock.clock, print, writing=False).lasting
    (tmp_path / "file").touch()
    nowhere = History(tmp_path / "file" / "history.sqlite3", fake_clock.clock, lambda _text: None)
    nowhere.start()
    until(nowhere._writer.opened.is_set)
    assert not nowhere.lasting
    nowhere.close()
