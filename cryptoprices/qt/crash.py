"""Faults that nobody caught: written down once with their trace, the program goes on.

An exception in a slot or in a paint event reaches sys.excepthook, one in a thread threading.excepthook, what Qt
complains of its message handler.
"""

import faulthandler
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import IO

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

log = logging.getLogger(__name__)
qt_log = logging.getLogger("qt")

MOST_PER_MINUTE = 10

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Muffler:
    """Counts how often the same fault comes within a minute, so that a repeated one does not flood the log."""

    def __init__(self, boot_s: Callable[[], float]) -> None:
        self._boot_s = boot_s
        self._seen: dict[object, tuple[float, int]] = {}  # fault -> start of its minute, how often in it

    def count(self, fault: object) -> int:
        """How often this fault has come within its minute, this time included."""
        now = self._boot_s()
        since, times = self._seen.get(fault, (now, 0))
        if now - since >= 60:
            since, times = now, 0
        self._seen[fault] = (since, times + 1)
        return times + 1


class CrashGuard(QObject):
    """Installed once by the composition root, taken away at the end. notice(str): a sentence for the person."""

    notice = Signal(str)

    def __init__(self, boot_s: Callable[[], float], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._muffler = Muffler(boot_s)
        self._dumping = False

    def install(self) -> None:
        """From now on nothing that goes wrong is silent or ends the program."""
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread
        qInstallMessageHandler(self._qt_message)

    def dump_to(self, file: IO[str]) -> None:
        """Where a crash of native code writes all threads' stacks. The file has to stay open until uninstall()."""
        self._dumping = True
        faulthandler.enable(file)

    def uninstall(self) -> None:
        """Back to Python's and Qt's own ways."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)
        if self._dumping:
            self._dumping = False
            faulthandler.disable()

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        where = traceback.extract_tb(trace)[-1:]
        times = self._muffler.count((kind, str(where)))
        if times <= MOST_PER_MINUTE:
            log.error("Uncaught fault", exc_info=(kind, error, trace))
        if times == 1:
            self.notice.emit(f"Something inside the program went wrong ({kind.__name__}); it is in the log.")
        elif times == MOST_PER_MINUTE:
            log.error("The same fault has come %d times within a minute; no more of it is logged for now", times)

    def _uncaught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            self._uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    def _qt_message(self, level: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if self._muffler.count(text) <= MOST_PER_MINUTE:
            qt_log.log(_QT_LEVELS.get(level, logging.WARNING), "%s", text)
