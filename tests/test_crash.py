"""What nobody caught is logged with its trace, and the program goes on."""

import faulthandler
import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from conftest import FakeClock
from PySide6.QtCore import QTimer, Slot, qWarning
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cryptoprices.qt.crash import MOST_PER_MINUTE, CrashGuard


@pytest.fixture
def guard(qtbot: QtBot, fake_clock: FakeClock, caplog: pytest.LogCaptureFixture) -> Iterator[CrashGuard]:
    hooks = sys.excepthook, threading.excepthook
    guard = CrashGuard(fake_clock.clock.boot_s)
    guard.install()
    yield guard
    guard.uninstall()
    sys.excepthook, threading.excepthook = hooks


class Faulty(QWidget):
    @Slot()
    def fail(self) -> None:
        raise ValueError("in a slot")

    def paintEvent(self, event: QPaintEvent) -> None:
        raise KeyError("in a paint event")


def test_a_fault_in_a_slot_is_logged_with_its_trace_and_told(
    qtbot: QtBot, guard: CrashGuard, caplog: pytest.LogCaptureFixture
) -> None:
    widget = Faulty()
    qtbot.addWidget(widget)
    with qtbot.waitSignal(guard.notice) as told:
        QTimer.singleShot(0, widget.fail)
    assert "ValueError" in told.args[0]
    (record,) = caplog.records
    assert record.exc_info
    assert record.exc_info[2] is not None


def test_a_fault_in_a_paint_event_does_not_end_the_program(
    qtbot: QtBot, guard: CrashGuard, caplog: pytest.LogCaptureFixture
) -> None:
    widget = Faulty()
    qtbot.addWidget(widget)
    with qtbot.waitSignal(guard.notice):
        widget.show()
    assert "in a paint event" in caplog.text


def test_the_same_fault_again_and_again_is_muted_and_told_once(
    guard: CrashGuard, fake_clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    guard.notice.connect(told.append)

    def fail() -> None:
        try:
            raise ValueError("again")
        except ValueError as error:
            sys.excepthook(ValueError, error, error.__traceback__)

    for _ in range(100):
        fail()
    assert len(told) == 1
    assert len(caplog.records) == MOST_PER_MINUTE + 1
    fake_clock.advance(61)
    fail()
    assert len(caplog.records) == MOST_PER_MINUTE + 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_in_a_thread_is_told_in_the_windows_thread(
    qtbot: QtBot, guard: CrashGuard, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=fail)
    with qtbot.waitSignal(guard.notice):
        thread.start()
    thread.join()
    assert "in a thread" in caplog.text


@pytest.mark.no_qt_log
def test_what_qt_complains_of_is_in_the_log(guard: CrashGuard, caplog: pytest.LogCaptureFixture) -> None:
    qWarning("something about a widget")
    assert ("qt", logging.WARNING, "something about a widget") in caplog.record_tuples


def test_a_crash_of_native_code_writes_into_the_file(guard: CrashGuard, tmp_path: object) -> None:
    with open(f"{tmp_path}/crash.txt", "w+") as file:
        was = faulthandler.is_enabled()
        guard.dump_to(file)
        faulthandler.dump_traceback(file)
        file.seek(0)
        assert "test_a_crash_of_native_code" in file.read()
        guard.uninstall()
        assert not faulthandler.is_enabled()
    if was:
        faulthandler.enable()
