"""`python store_disk.py CASE FOLDER`: a history on a disk that fails, for the tests that make it fail from outside."""

import sys
from errno import EIO, ENOSPC
from pathlib import Path
from threading import Event

from store_rig import BTC, DAY, EVER, PATIENCE_S, START, sample, until

from cryptoprices.clock import Clock
from cryptoprices.storage.history import History

said: list[str] = []
now_s = [1000.0]
clock = Clock(lambda: now_s[0], lambda: START + DAY + round(now_s[0] * 1000))


def poll(history: History, written: bool) -> None:
    """A round, which is written or is not."""
    history.put_samples([sample(clock.wall_ms() + place, 100.0 + place) for place in range(10)])
    assert history.flush(PATIENCE_S if written else 0.3) is written, said
    now_s[0] += 20


def later(history: History) -> bool:
    """A minute later: whether all is written."""
    now_s[0] += 60
    return history.flush(0.3)


def fill(folder: Path) -> Path:
    """A file that takes all the room there is."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    return ballast


def full(folder: Path) -> None:
    """It fills up while we write."""
    history = History(folder / "history.sqlite3", clock, said.append)
    history.start()
    poll(history, True)
    ballast = fill(folder)
    for _ in range(200):  # there may be room left in what the files have already
        history.put_samples([sample(clock.wall_ms() + place) for place in range(400)])
        if not history.flush(0.3):
            break
        now_s[0] += 20
    until(lambda: said)
    assert said[0].startswith("Disk full – history paused since "), said
    for _ in range(6):
        poll(history, False)
    assert len(said) == 1, said
    ballast.unlink()
    before = len(history.samples("kraken", BTC, 0, EVER).times_ms)
    history.put_samples([sample(clock.wall_ms())])
    until(lambda: later(history))
    assert said[1:] == [""], said
    assert len(history.samples("kraken", BTC, 0, EVER).times_ms) > before
    history.close(PATIENCE_S)


def full_copy(folder: Path) -> None:
    """There is no room for a copy of it."""
    history = History(folder / "history.sqlite3", clock, said.append)
    history.start()
    for _ in range(20):
        poll(history, True)
    ballast = fill(folder)
    with ballast.open("rb+") as file:
        file.truncate(ballast.stat().st_size - 20_000)  # room for a part of it
    try:
        history.back_up(folder / "copy.sqlite3", lambda *_: None, Event())
    except OSError as error:
        said.append(error.errno)
    assert said in ([ENOSPC], [EIO]), said
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith("history")) == ["ballast"]
    ballast.unlink()
    history.back_up(folder / "copy.sqlite3", lambda *_: None, Event())
    history.close(PATIENCE_S)


def full_at_start(folder: Path) -> None:
    """There is no room for the file to begin with."""
    ballast = fill(folder)
    history = History(folder / "history.sqlite3", clock, said.append)
    history.start()
    until(lambda: said)
    assert said[0].startswith("Disk full – history paused since "), said
    poll(history, False)
    ballast.unlink()
    until(lambda: later(history))
    poll(history, True)
    assert said[1:] == [""], said
    assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 20
    history.close(PATIENCE_S)


def prepare(folder: Path) -> None:
    """A history that is there already."""
    history = History(folder / "history.sqlite3", clock, said.append)
    history.start()
    poll(history, True)
    history.close(PATIENCE_S)


def read_only(folder: Path) -> None:
    """Nothing can be written there."""
    before = (folder / "history.sqlite3").read_bytes()
    history = History(folder / "history.sqlite3", clock, said.append)
    history.start()
    for _ in range(3):
        poll(history, True)
    assert len(history.samples("kraken", BTC, 0, EVER).times_ms) == 30
    assert said == ["The price history cannot be written where it is; this run keeps its history in memory."], said
    history.close(PATIENCE_S)
    assert [path.name for path in folder.iterdir()] == ["history.sqlite3"]
    assert (folder / "history.sqlite3").read_bytes() == before
    reader = History(folder / "history.sqlite3", clock, said.append, writing=False)
    assert len(reader.samples("kraken", BTC, 0, EVER).times_ms) == 10, "what was there can be read"


def fsync(folder: Path) -> None:
    """Some of the commits are not taken by the disk: none of them counts as written, all are there in the end."""
    history = History(folder / "history.sqlite3", clock, said.append)
    history.start()
    failed = 0
    for _ in range(12):
        history.put_samples([sample(clock.wall_ms())])
        while not later(history):
            failed += 1
        now_s[0] += 1
    assert failed, said
    assert said[:2] == [said[0], ""], said
    assert said[0].startswith("Disk full – history paused since "), said
    times = history.samples("kraken", BTC, 0, EVER).times_ms
    assert len(times) == len(set(times.tolist())) == 12, times
    history.close(PATIENCE_S)


if __name__ == "__main__":
    CASES = {case.__name__: case for case in (full, full_at_start, full_copy, prepare, read_only, fsync)}
    CASES[sys.argv[1]](Path(sys.argv[2]))
    print("ok")
