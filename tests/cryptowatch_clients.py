"""Virtual environments with the former API's own clients, made once for all tests of a run, whichever worker has them.

Side by side, from whatever index pip is configured with. A folder holds them; who comes first makes one, others wait.
"""

import fcntl
import os
import pwd
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEEDED = {
    "sdk": ("cryptowatch-sdk==0.1.0", "protobuf<3.21"),  # wants an older requests than the others do
    "others": ("pycwatch==1.1.4", "pycwatch-lib==2.1.2", "cryptowatch-client==0.1.4"),
}
_INSTALL_S = 240
_PIP = ("-m", "pip", "--disable-pip-version-check", "--no-cache-dir")
_INSTALL = ("install", "--quiet", "--no-compile", "--retries", "1", "--timeout", "20")


@contextmanager
def being_made(folder: Path) -> Iterator[None]:
    """Meanwhile all of them are made here, if nobody has."""
    threads = [threading.Thread(target=missing, args=(folder, name)) for name in NEEDED]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


def python_of(folder: Path, name: str) -> Path:
    """The Python of the environment of this name."""
    return folder / name / "bin" / "python"


def missing(folder: Path, name: str) -> str:
    """Why there is no such environment, "" where there is. Makes it if nobody has."""
    told = folder / f"{name}.txt"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            told.write_text(_made(python_of(folder, name), NEEDED[name]))
    return told.read_text()


def _made(python: Path, needed: tuple[str, ...]) -> str:
    """Make one. Returns why that cannot be."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", python.parent.parent], check=True)
    home = pwd.getpwuid(os.getuid()).pw_dir  # where pip's configuration may be; the tests' own home has none
    env = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")} | {"HOME": home}
    words = [sys.executable, *_PIP, "--python", str(python), *_INSTALL, *needed]
    try:
        done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        return f"the registry gave {needed[0]} not within {_INSTALL_S} s"
    return f"pip cannot install {needed[0]}: {done.stderr.strip().splitlines()[-1:]}" if done.returncode else ""
