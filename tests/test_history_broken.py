"""A file that is no sound history is set aside untouched, a new one begins, and one sentence says so."""

import os
import random
import shutil

import pytest
from store_rig import (
    BTC,
    DAY,
    EVER,
    START,
    ask,
    history_in,
    is_sound,
    names_in,
    prints_of,
    put_candles,
    put_polls,
    reader_of,
)

SEEDS = int(os.environ.get("CRYPTOPRICES_SEEDS", "5"))
SET_ASIDE = "The price history could not be read and was set aside as history.sqlite3.corrupt-20251123-000000; a new"
LOGGED = pytest.mark.logs("could not be read")


@pytest.fixture
def clock(fake_clock):
    fake_clock.wall_ms = START + DAY
    return fake_clock


@pytest.fixture(scope="module")
def left_open(tmp_path_factory):
    """A folder as a killed program leaves it: file, log and index."""
    folder, copy = tmp_path_factory.mktemp("open"), tmp_path_factory.mktemp("left")
    from conftest import FakeClock

    with history_in(folder, FakeClock(wall_ms=START + DAY).clock) as history:
        put_polls(history, START, 200)
        for k in range(8):
            put_candles(history, START + k * 7 * DAY, 10_080)
        ask(folder, "PRAGMA wal_checkpoint(TRUNCATE)")
        put_polls(history, START + DAY, 80)
        for name in names_in(folder):
            shutil.copy(folder / name, copy / name)
    assert names_in(copy) == ["history.sqlite3", "history.sqlite3-shm", "history.sqlite3-wal"]
    return copy


@pytest.fixture
def folder(left_open, tmp_path):
    for path in left_open.iterdir():
        shutil.copy(path, tmp_path / path.name)
    return tmp_path


def begins_anew(folder, clock, before, said=()):
    """It was set aside bit for bit, a new one works, one sentence says so; returns the names of what was set aside."""
    said = list(said)
    with history_in(folder, clock.clock, said) as history:
        put_polls(history, START, 1)
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 1
        assert said[0].startswith(SET_ASIDE)
        assert said[1:] == [""]  # and is over
    after = prints_of(folder)
    aside = {name: after[name] for name in after if ".corrupt-" in name}
    found = {name.replace(".corrupt-20251123-000000", ""): print_ for name, print_ in aside.items()}
    assert {name: found.get(name) for name in before} == before
    assert is_sound(folder)
    return sorted(aside)


def header(data, rng):
    data[: rng.randrange(1, 100)] = rng.randbytes(99)[: rng.randrange(1, 100)]


def page(data, rng):
    at = 4096 * rng.randrange(1, len(data) // 4096)
    data[at : at + 4096] = rng.randbytes(4096)


def cut_off(data, rng):
    del data[rng.randrange(1, len(data)) :]


def empty(data, _rng):
    data.clear()


@LOGGED
@pytest.mark.parametrize("harm", [header, page, cut_off, empty], ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_broken_file_is_set_aside_untouched(folder, clock, harm, seed):
    """Unless all that it held is in the log as well: then nothing is lost, and it goes on."""
    path = folder / "history.sqlite3"
    data = bytearray(path.read_bytes())
    harm(data, random.Random(seed))
    path.write_bytes(data)
    before, said = prints_of(folder), []
    with history_in(folder, clock.clock, said) as history:
        found = history.candles("kraken", BTC, "1m", START, START + 56 * DAY)
        times = history.samples("kraken", BTC, 0, EVER).times_ms
    if said:
        assert (len(found), len(times)) == (0, 0)
        begins_anew(folder, clock, before, said)
    else:
        assert harm in (page, cut_off)
        assert (len(times), len(found)) == (280, 80_640)
        assert found.close.tolist() == [101 + k % 10_080 for k in range(80_640)]
        assert is_sound(folder)


@LOGGED
@pytest.mark.parametrize("harm", [b"", b"rubbish" * 999], ids=["no file", "rubbish"])
def test_a_folder_in_its_place_and_a_log_without_it(tmp_path, clock, harm):
    if harm:
        (tmp_path / "history.sqlite3-wal").write_bytes(harm)
        assert begins_anew(tmp_path, clock, prints_of(tmp_path)) == ["history.sqlite3.corrupt-20251123-000000-wal"]
    else:
        (tmp_path / "history.sqlite3").mkdir()
        begins_anew(tmp_path, clock, {})
        assert (tmp_path / "history.sqlite3.corrupt-20251123-000000").is_dir()


@LOGGED
@pytest.mark.parametrize("kind", ["rubbish", "short", "other"])
def test_a_wrong_log_is_set_aside_with_the_file(folder, tmp_path_factory, clock, kind):
    wal = folder / "history.sqlite3-wal"
    if kind == "other":
        other = tmp_path_factory.mktemp("other")
        with history_in(other, clock.clock) as history:
            put_polls(history, START, 400, pairs=[BTC])
            put_candles(history, START, 30_000, base=7)
            shutil.copy(other / wal.name, wal)
    else:
        wal.write_bytes(b"rubbish" * 999 if kind == "rubbish" else wal.read_bytes()[:20])
    (folder / "history.sqlite3-shm").unlink()
    begins_anew(folder, clock, prints_of(folder))


@LOGGED
def test_another_database_is_no_history(tmp_path, clock):
    ask(tmp_path, "CREATE TABLE sample (t, price)")
    begins_anew(tmp_path, clock, prints_of(tmp_path))


@LOGGED
def test_two_in_one_second_have_two_names(tmp_path, clock):
    for _ in range(2):
        (tmp_path / "history.sqlite3").write_bytes(b"rubbish")
        with history_in(tmp_path, clock.clock) as history:
            put_polls(history, START, 1)
    names = [name for name in names_in(tmp_path) if ".corrupt-" in name]
    assert names == ["history.sqlite3.corrupt-20251123-000000", "history.sqlite3.corrupt-20251123-000000-2"]


@LOGGED
def test_damage_that_shows_only_while_reading_is_set_aside_too(tmp_path, clock):
    said = []
    with history_in(tmp_path, clock.clock, said) as history:
        put_candles(history, START, 2000)
        ask(tmp_path, "UPDATE packed SET data = zeroblob(length(data))")
        before = prints_of(tmp_path)
        assert len(history.candles("kraken", BTC, "1m", START, START + DAY)) == 0
        put_polls(history, START, 1)
        assert said[0].startswith(SET_ASIDE)
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 1
    after = prints_of(tmp_path)
    for ending in ("", "-wal"):
        assert after[f"history.sqlite3.corrupt-20251123-000000{ending}"] == before[f"history.sqlite3{ending}"]


@pytest.mark.parametrize("harm", [header, cut_off, empty], ids=lambda harm: harm.__name__)
def test_a_reader_of_a_broken_file_says_so_and_leaves_it(folder, clock, harm):
    path, said = folder / "history.sqlite3", []
    data = bytearray(path.read_bytes())
    harm(data, random.Random(1))
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink()
    path.write_bytes(data)
    before = prints_of(folder)
    reader = reader_of(folder, clock.clock, said)
    for _ in range(2):
        assert len(reader.candles("kraken", BTC, "1m", START, START + 60 * DAY)) == 0
    assert said == ["The price history cannot be read; the window sets it aside when it starts."] or harm is empty
    assert prints_of(folder) == before


def test_a_log_whose_index_is_gone_is_not_read_by_who_may_make_none(folder, clock):
    (folder / "history.sqlite3-shm").unlink()
    before = prints_of(folder)
    assert reader_of(folder, clock.clock).span_ms() is None
    assert prints_of(folder) == before
    with history_in(folder, clock.clock) as history:
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 280


def test_a_killed_programs_file_goes_on(folder, clock):
    said = []
    with history_in(folder, clock.clock, said) as history:
        assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 280
        put_polls(history, START + 2 * DAY, 1)
    assert said == []
    assert names_in(folder) == ["history.sqlite3"]
