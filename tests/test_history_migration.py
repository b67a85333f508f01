"""An older history is brought up to date whole, or is as it was."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from conftest import FakeClock
from store_migration import LATER, double
from store_rig import BTC, DAY, EVER, START, ask, history_in, is_sound, names_in, prints_of, put_candles, put_polls

from cryptoprices.storage.history_file import MIGRATIONS, Newer, check, open_for_writing, version_of

EVERY = int(os.environ.get("CRYPTOPRICES_KILL_EVERY", "5"))  # 1: killed at every single write


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    folder = tmp_path_factory.mktemp("old")
    with history_in(folder, FakeClock(wall_ms=START + DAY).clock) as history:
        put_polls(history, START, 400)
        put_candles(history, START, 2000)
    return folder


@pytest.fixture
def folder(old, tmp_path):
    shutil.copy(old / "history.sqlite3", tmp_path / "history.sqlite3")
    return tmp_path


def prices_in(folder):
    return [price for (price,) in ask(folder, "SELECT price FROM sample ORDER BY id")]


def version_in(folder):
    return ask(folder, "PRAGMA user_version")[0][0]


OLD_PRICES = [100 + k / 4 for k in range(400)]
NEW_PRICES = [2 * price for price in OLD_PRICES]


def test_every_step_is_taken_and_the_old_file_is_kept_beside(folder):
    before = prices_in(folder)
    open_for_writing(folder / "history.sqlite3", LATER).close()
    assert (before, prices_in(folder), version_in(folder)) == (OLD_PRICES, NEW_PRICES, len(LATER))
    assert ask(folder, "SELECT note FROM gap") == []
    kept = folder / "history.sqlite3.v1.bak"
    assert names_in(folder) == ["history.sqlite3", kept.name]
    check(kept)
    with closing(sqlite3.connect(kept)) as connection:
        assert version_of(connection) == 1
        assert connection.execute("SELECT count(*), sum(price) FROM sample").fetchone() == (400, sum(OLD_PRICES))


def test_a_file_that_is_up_to_date_is_not_copied(folder):
    for _ in range(2):
        open_for_writing(folder / "history.sqlite3", MIGRATIONS).close()
    assert names_in(folder) == ["history.sqlite3"]


def test_a_step_that_fails_leaves_all_as_it_was(folder):
    def fail(connection):
        double(connection)
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(sqlite3.OperationalError):
        open_for_writing(folder / "history.sqlite3", (*LATER, fail))
    assert (prices_in(folder), version_in(folder)) == (OLD_PRICES, 1)
    open_for_writing(folder / "history.sqlite3", LATER).close()
    assert (prices_in(folder), version_in(folder)) == (NEW_PRICES, len(LATER))


def test_a_newer_file_is_not_stepped_back(folder):
    open_for_writing(folder / "history.sqlite3", LATER).close()
    before = prints_of(folder)
    with pytest.raises(Newer):
        check(folder / "history.sqlite3")
    assert prints_of(folder) == before


def can_trace() -> bool:
    """Whether strace is there and may trace."""
    if sys.platform != "linux" or not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_trace(), reason="needs strace")
def test_killed_at_any_write_it_is_old_or_new_and_the_next_start_completes_it(old, tmp_path):
    writes = "pwrite64,pwritev,write,ftruncate,fdatasync,fsync,rename,unlink"
    when, killed = 1, 0
    while True:
        folder = shutil.copytree(old, tmp_path / str(when))
        inject = f"inject={writes}:signal=SIGKILL:when={when}"
        program = [sys.executable, str(Path(__file__).with_name("store_migration.py")), str(folder / "history.sqlite3")]
        trace = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={writes}", "-e", inject]
        if subprocess.run([*trace, *program], capture_output=True, check=False).returncode == 0:
            break
        killed += 1
        state = prices_in(shutil.copytree(folder, tmp_path / f"{when}-seen"))
        assert state in (OLD_PRICES, NEW_PRICES)
        assert (version_in(tmp_path / f"{when}-seen") == 1) == (state == OLD_PRICES)
        assert is_sound(tmp_path / f"{when}-seen")
        open_for_writing(folder / "history.sqlite3", LATER).close()
        assert (prices_in(folder), version_in(folder)) == (NEW_PRICES, len(LATER))
        kept = folder / "history.sqlite3.v1.bak"
        check(kept)
        when += EVERY
    assert killed >= 3


def test_the_history_of_today_reads_what_the_first_version_wrote(folder):
    with history_in(folder, FakeClock(wall_ms=START + DAY).clock) as history:
        assert history.samples("kraken", BTC, 0, EVER).prices.tolist() == OLD_PRICES
