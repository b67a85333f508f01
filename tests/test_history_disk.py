"""The history on a disk that is truly full, and on one that refuses to write through."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from store_rig import is_sound

PROGRAM = [sys.executable, str(Path(__file__).with_name("store_disk.py"))]


def can(*command: str) -> bool:
    """Whether this works here: a namespace of one's own, tracing."""
    if sys.platform != "linux" or not shutil.which(command[0]):
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


own_disk = pytest.mark.skipif(
    not can("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"), reason="needs a file system of its own"
)


def on_a_disk_of_one_megabyte(folder, *steps):
    """Run these shell commands, `$RUN CASE` being the program, with a small file system in the folder's place."""
    script = "\n".join(["set -e", f"mount -t tmpfs -o size=1m tmpfs '{folder}'", *steps])
    run = " ".join(f"'{word}'" for word in PROGRAM)
    script = script.replace("$RUN", run).replace("$DIR", f"'{folder}'")
    command = ["unshare", "-rm", "sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@own_disk
@pytest.mark.parametrize("case", ["full", "full_at_start", "full_copy"])
def test_a_disk_that_is_full(tmp_path, case):
    done = on_a_disk_of_one_megabyte(tmp_path, f"$RUN {case} $DIR")
    assert done.stdout == "ok\n", done.stderr


@own_disk
def test_a_disk_that_cannot_be_written(tmp_path):
    steps = "$RUN prepare $DIR", "mount -o remount,ro $DIR", "$RUN read_only $DIR"
    done = on_a_disk_of_one_megabyte(tmp_path, *steps)
    assert done.stdout == "ok\nok\n", done.stderr


@pytest.mark.skipif(not can("strace", "-o", "/dev/null", "true"), reason="needs strace")
@pytest.mark.parametrize("when", ["6+4", "9..11"])
def test_a_commit_that_the_disk_does_not_take_is_none(tmp_path, when):
    inject = f"inject=fdatasync,fsync:error=EIO:when={when}"
    trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", inject]
    done = subprocess.run(
        [*trace, *PROGRAM, "fsync", str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "ok\n", done.stderr
    assert is_sound(tmp_path)
