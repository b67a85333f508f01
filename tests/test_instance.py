"""A second start raises the first window; nothing that is left over from a killed one is in the way."""

import subprocess
import sys
from pathlib import Path

from PySide6.QtNetwork import QLocalServer
from pytestqt.qtbot import QtBot

from cryptoprices.qt.instance import FirstInstance, raise_first, server_name

LIMIT_S = 60
SECOND = f"""
import sys
from cryptoprices.qt import instance

instance.WAIT_MS = {LIMIT_S} * 1000  # however busy the machine is
print(instance.raise_first(sys.argv[1]))
"""


def test_a_second_start_asks_the_first_one_to_show_its_window(qtbot: QtBot, tmp_path: Path) -> None:
    first = FirstInstance(str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", SECOND, str(tmp_path)], stdout=subprocess.PIPE, text=True) as second:
        with qtbot.waitSignal(first.raise_asked, timeout=LIMIT_S * 1000):
            pass
        assert second.communicate(timeout=LIMIT_S)[0] == "True\n"
    assert second.returncode == 0
    first.close()


def test_nobody_there_is_said_at_once(qtbot: QtBot, tmp_path: Path) -> None:
    assert not raise_first(str(tmp_path))


def test_another_profile_has_another_name(tmp_path: Path) -> None:
    assert server_name(str(tmp_path / "demo")) != server_name(str(tmp_path))
    assert len(server_name("x" * 5000)) < 60


def test_what_a_killed_program_left_blocks_nobody(qtbot: QtBot, tmp_path: Path) -> None:
    killed = (
        "import os, sys; from PySide6.QtCore import QCoreApplication; app = QCoreApplication([]);"
        "from cryptoprices.qt.instance import FirstInstance; first = FirstInstance(sys.argv[1]);"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False)
    first = FirstInstance(str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", SECOND, str(tmp_path)]) as second:
        with qtbot.waitSignal(first.raise_asked, timeout=LIMIT_S * 1000):
            pass
        second.wait(LIMIT_S)
    first.close()


def test_words_that_are_not_ours_raise_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    first = FirstInstance(str(tmp_path))
    raised: list[bool] = []
    first.raise_asked.connect(lambda: raised.append(True))
    stranger = (
        "import sys; from PySide6.QtNetwork import QLocalSocket; s = QLocalSocket();"
        "s.connectToServer(sys.argv[1]); s.write(b'x' * 100000 + b'\\n'); s.waitForBytesWritten(2000)"
    )
    with subprocess.Popen([sys.executable, "-c", stranger, server_name(str(tmp_path))]) as process:
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=LIMIT_S * 1000)
    assert raised == []
    first.close()
    assert QLocalServer.removeServer(server_name(str(tmp_path)))
