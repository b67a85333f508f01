"""Files are as they were or as they should be, whatever happens in between."""

import errno
import os
import re
import stat
from collections.abc import Iterator

import pytest

from cryptoprices.storage import atomic
from cryptoprices.storage.settings_edit import SettingsEdit
from cryptoprices.storage.state import State, write_state


@pytest.fixture
def waits(monkeypatch):
    """The pauses that are made, none of which takes time."""
    made = []
    monkeypatch.setattr(atomic.time, "sleep", made.append)
    return made


SAVES = {
    "bytes": lambda path: atomic.write(path, b"x = 1"),
    "state": lambda path: write_state(path, State()),
    "setting": lambda path: SettingsEdit(path).set_value("theme", "dark"),
    "generation": atomic.keep_generation,
    "export": lambda path: atomic.write_lines(path, ["x = 1"]),
}


@pytest.fixture
def steps(monkeypatch) -> Iterator[list[str]]:
    """What is done to files and folders, in its order: their names without the number of the process."""
    done: list[str] = []
    opened: dict[int, str] = {}
    open_, fsync, replace = os.open, os.fsync, os.replace

    def name(path):
        return re.sub(r"\.[0-9]+\.tmp", ".tmp", os.path.basename(path))

    def noted_open(path, flags, mode=0o777, **more):
        handle = open_(path, flags, mode, **more)
        opened[handle] = name(path)
        if flags & os.O_CREAT:
            status = os.fstat(handle)
            done.append(f"make {name(path)} {status.st_mode & 0o777:o} {status.st_size} bytes")
        return handle

    def noted_fsync(handle):
        status = os.fstat(handle)
        what = "folder" if stat.S_ISDIR(status.st_mode) else f"{'full' if status.st_size else 'empty'} {opened[handle]}"
        done.append(f"fsync {what}")
        fsync(handle)

    def noted_replace(source, target):
        done.append(f"rename {name(source)} {name(target)}")
        replace(source, target)

    monkeypatch.setattr(os, "open", noted_open)
    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    umask = os.umask(0o022)
    yield done
    os.umask(umask)


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX, and no folder can be synced")
@pytest.mark.parametrize("save", SAVES)
def test_the_order_is_write_fsync_rename_fsync_of_the_folder(tmp_path, steps, save):
    path = tmp_path / "file.toml"
    path.write_bytes(b"y = 2")
    SAVES[save](path)
    name = "file.toml.bak1" if save == "generation" else "file.toml"
    mode = "644" if save == "export" else "600"
    whole = [
        f"make {name}.tmp {mode} 0 bytes",
        f"fsync full {name}.tmp",
        f"rename {name}.tmp {name}",
        "fsync folder",
    ]
    assert steps[-4:] == whole
    assert len(steps) == (8 if save == "setting" else 4), "of a setting, the generation before it goes the same way"
    assert steps[:4] == whole or steps[:4] == [step.replace("file.toml", "file.toml.bak1") for step in whole]


def test_a_rename_that_is_denied_for_a_while_is_tried_again(tmp_path, monkeypatch, waits):
    original, denials = os.replace, [True] * 5

    def replace(source, target):
        if denials:
            denials.pop()
            raise PermissionError(errno.EACCES, "denied")
        original(source, target)

    monkeypatch.setattr(os, "replace", replace)
    atomic.write(tmp_path / "x", b"1")
    assert (tmp_path / "x").read_bytes() == b"1"
    assert len(waits) == 5


def test_a_rename_that_stays_denied_is_given_up_after_two_and_a_half_seconds_and_the_old_file_stays(
    tmp_path, monkeypatch, waits
):
    (tmp_path / "x").write_bytes(b"old")

    def replace(source, target):
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(PermissionError):
        atomic.write(tmp_path / "x", b"new")
    assert sum(waits) == pytest.approx(2.5)
    assert (tmp_path / "x").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step):
    (tmp_path / "x").write_bytes(b"old")

    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "write":
        monkeypatch.setattr("builtins.open", full)
    else:
        monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space left"):
        atomic.write(tmp_path / "x", b"new")
    monkeypatch.undo()
    assert (tmp_path / "x").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_lines_are_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "lines"
    atomic.write_lines(path, iter(["ä", "b"]))
    assert path.read_bytes() == "ä\nb\n".encode()

    def broken():
        yield "c"
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        atomic.write_lines(path, broken())
    assert path.read_bytes() == "ä\nb\n".encode()
    assert list(tmp_path.iterdir()) == [path]
