"""Files are as they were or as they should be, whatever happens in between."""

import errno
import os

import pytest

from cryptoprices.storage import atomic


@pytest.fixture
def waits(monkeypatch):
    """The pauses that are made, none of which takes time."""
    made = []
    monkeypatch.setattr(atomic.time, "sleep", made.append)
    return made


def test_the_order_is_write_fsync_rename_fsync_of_the_folder(tmp_path, monkeypatch):
    done = []

    def noting(name, original):
        return lambda *args: (done.append(name), original(*args))[1]

    for name in ("open", "fsync", "replace"):
        monkeypatch.setattr(os, name, noting(name, getattr(os, name)))
    target = tmp_path / "state.json"
    atomic.write(target, b"new")
    assert done == ["open", "fsync", "replace", "open", "fsync"]
    assert target.read_bytes() == b"new"


def test_a_file_is_0600_before_its_data_is_in_it(tmp_path, monkeypatch):
    if os.name == "nt":
        pytest.skip("modes are POSIX")
    modes = []
    original = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: (modes.append(os.fstat(handle).st_mode & 0o777), original(handle))[1]
    )
    atomic.write(tmp_path / "x", b"1")
    assert modes[0] == 0o600


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
