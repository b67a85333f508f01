"""The lock of a profile: one holder, and a file that is left over blocks nobody."""

import signal
import subprocess
import sys

from cryptoprices.storage.lock import Lock

HOLDER = "import sys; from pathlib import Path; from cryptoprices.storage.lock import Lock; " \
    "print(Lock(Path(sys.argv[1])).acquire(), flush=True); sys.stdin.read()"  # fmt: skip


def holder(path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "True\n"
    return process


def test_a_lock_can_be_taken_again_after_it_was_given_back(tmp_path):
    lock = Lock(tmp_path / "lock")
    for _ in range(2):
        assert lock.acquire()
        lock.release()


def test_a_second_process_does_not_get_it_and_gets_it_once_the_first_was_killed(tmp_path):
    path = tmp_path / "lock"
    with holder(path) as first:
        assert not Lock(path).acquire()
        first.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        first.wait()
    second = Lock(path)
    assert second.acquire()
    second.release()


def test_where_nothing_can_be_locked_nothing_is_in_the_way(tmp_path):
    assert Lock(tmp_path / "no such folder" / "lock").acquire()
