"""What a test may not leave behind: threads, running timers, windows, log warnings, questions to the real network.

Each finding says where the thing was made, so that the culprit is found without bisecting.
"""

import gc
import ipaddress
import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from errno import ENETUNREACH
from pathlib import Path
from weakref import WeakKeyDictionary

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from cryptoprices.qt.garbage import collect_due

ROOT = Path(__file__).resolve().parent.parent
THREAD_PATIENCE_S = 5.0

_made_at: WeakKeyDictionary[object, str] = WeakKeyDictionary()
_refused: list[str] = []


def _caller() -> str:
    """The innermost line of the project (this file aside) that is being run, "file:line"."""
    frame = sys._getframe(1)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and path != Path(__file__) and ".venv" not in path.parts:
            return f"{path.relative_to(ROOT)}:{frame.f_lineno}"
        frame = frame.f_back
    return "outside the project"


def _note_maker(kind: type, method: str) -> None:
    original: Callable[..., None] = getattr(kind, method)

    def noting(self: object, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        _made_at[self] = _caller()

    setattr(kind, method, noting)


def is_loopback(host: object) -> bool:
    """Whether a host name or address means this machine."""
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_address(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return True


def _guard(event: str, args: tuple[object, ...]) -> None:
    """Audit hook: there is no real network, and whoever asked for it is remembered. *.invalid simply does not exist."""
    if event == "socket.getaddrinfo":
        host = args[0]
        if is_loopback(host) or _is_address(host):
            return
        if not str(host).endswith(".invalid"):
            _refused.append(f"{_caller()} looked up {host}")
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if event == "socket.connect" and isinstance(args[1], tuple) and not is_loopback(args[1][0]):
        _refused.append(f"{_caller()} connected to {args[1][0]}")
        raise OSError(ENETUNREACH, "Network is unreachable")


def install() -> None:
    """Once a process: remember who makes threads and timers, close the network, collect garbage only between tests.

    (On a thread of a test, what earlier tests dropped would end there, widgets and timers too.)
    """
    gc.disable()
    _note_maker(threading.Thread, "start")
    _note_maker(QTimer, "__init__")
    sys.addaudithook(_guard)


class Warnings(logging.Handler):
    """Collects what is logged at WARNING and above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.levelname}: {record.getMessage()}")


def _threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if not isinstance(t, threading._DummyThread)}


def _timers() -> set[QTimer]:
    return {t for t in list(_made_at) if isinstance(t, QTimer) and isValid(t) and t.isActive()}


def _windows() -> set[QWidget]:
    return set(QApplication.topLevelWidgets()) if isinstance(QApplication.instance(), QApplication) else set()


def _delete_what_is_to_go() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class Before:
    """What was there when a test began. `left_behind()` afterwards lists what was not, one line each."""

    def __init__(self) -> None:
        self.threads, self.timers, self.windows = _threads(), _timers(), _windows()
        _refused.clear()

    def left_behind(self) -> list[str]:
        collect_due()
        if QCoreApplication.instance() is not None:
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            if _timers() - self.timers or _windows() - self.windows:
                _delete_what_is_to_go()
        return [
            *(f"thread {t.name} of {_made_at.get(t, '?')} still runs" for t in self._outliving(_threads())),
            *(f"timer of {_made_at[t]} still runs ({t.interval()} ms)" for t in _timers() - self.timers),
            *(f"window {_name(w)} is still there" for w in _windows() - self.windows),
            *_refused,
        ]

    def _outliving(self, threads: Iterable[threading.Thread]) -> list[threading.Thread]:
        new = [t for t in threads if t not in self.threads and t is not threading.current_thread()]
        for thread in new:
            thread.join(THREAD_PATIENCE_S)
        return [t for t in new if t.is_alive()]


def _name(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.windowTitle() or widget.objectName() or '(no title)'}"
