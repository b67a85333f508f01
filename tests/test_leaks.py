"""The checks that every other test stands under see what they are there to see."""

import logging
import socket
import threading

import leaks
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget


def test_a_thread_left_behind_is_named_with_its_maker(monkeypatch):
    monkeypatch.setattr(leaks, "THREAD_PATIENCE_S", 0.01)
    before, end = leaks.Before(), threading.Event()
    thread = threading.Thread(target=end.wait, name="forgotten")
    thread.start()
    assert [line.partition(":")[0] for line in before.left_behind()] == ["thread forgotten of tests/test_leaks.py"]
    end.set()
    thread.join()
    assert before.left_behind() == []


def test_a_running_timer_is_named_with_its_maker(qapp):
    before = leaks.Before()
    timer = QTimer(interval=60_000)
    assert before.left_behind() == []
    timer.start()
    (line,) = before.left_behind()
    assert line.startswith("timer of tests/test_leaks.py:")
    assert line.endswith("(60000 ms)")
    timer.stop()


def test_a_window_left_behind_is_named(qapp):
    before = leaks.Before()
    window = QWidget()
    window.setWindowTitle("Forgotten")
    assert before.left_behind() == ["window QWidget Forgotten is still there"]
    window.deleteLater()
    assert before.left_behind() == []


def test_the_real_network_is_not_there_and_asking_for_it_is_seen():
    before = leaks.Before()
    with socket.socket() as one, pytest.raises(OSError, match="unreachable"):
        one.connect(("192.0.2.1", 80))
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("exchange.example", 443)
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nowhere.invalid", 443)
    assert [line.partition(" ")[2] for line in before.left_behind()] == [
        "connected to 192.0.2.1",
        "looked up exchange.example",
    ]
    leaks.Before()  # forgets what was asked here, so that this test itself passes


@pytest.mark.logs("the cable is out")
def test_a_declared_log_warning_passes():
    logging.getLogger("somewhere").warning("the cable is out")


def test_a_log_warning_is_collected():
    seen, logger = leaks.Warnings(), logging.getLogger("elsewhere")
    logger.propagate = False
    logger.addHandler(seen)
    logger.info("all well")
    logger.error("the %s is out", "light")
    assert seen.lines == ["elsewhere ERROR: the light is out"]


@pytest.mark.parametrize("turn", [1, 2])
def test_logging_sent_elsewhere_comes_back(turn):
    """The second turn finds what the first one has not put back."""
    root = logging.getLogger()
    assert any(isinstance(handler, leaks.Warnings) for handler in root.handlers)
    assert root.level == logging.WARNING
    root.handlers.clear()
    root.setLevel(logging.CRITICAL)


def test_loopback_is_told_from_the_rest():
    assert all(map(leaks.is_loopback, ["127.0.0.1", "::1", "localhost", "127.8.9.1", b"localhost", None]))
    assert not any(map(leaks.is_loopback, ["10.0.0.1", "192.0.2.1", "example", "127.0.0.1.example"]))
