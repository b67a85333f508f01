"""What the desktop offers is asked on its bus, and a bus that is missing, broken or silent holds nobody up."""

import sys
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from cryptoprices import bus

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a message bus is Linux's")


@pytest.fixture
def session(monkeypatch):
    """A bus with these names, or one whose opening raises."""

    def play(names=(), error=None):
        @contextmanager
        def opened(bus="SESSION"):
            if error is not None:
                raise error
            yield SimpleNamespace(send_and_get_reply=lambda _call, timeout: SimpleNamespace(body=(list(names),)))

        monkeypatch.setattr(bus, "open_dbus_connection", opened)

    return play


def test_who_owns_the_names_is_there(session):
    session([bus.TRAY, bus.NOTIFICATIONS, ":1.7"])
    assert bus.offers() == (bus.TRAY, bus.NOTIFICATIONS)
    session([bus.NOTIFICATIONS])
    assert bus.offers() == (None, bus.NOTIFICATIONS)


@pytest.mark.parametrize(
    "error",
    [KeyError("DBUS_SESSION_BUS_ADDRESS"), ConnectionRefusedError(), TimeoutError(), RuntimeError(), ValueError()],
)
def test_a_bus_that_cannot_be_asked_offers_nothing(session, error):
    session(error=error)
    assert bus.offers() == (None, None)


def test_without_the_library_nothing_is_known(monkeypatch):
    monkeypatch.setattr(bus, "open_dbus_connection", None)
    assert bus.offers() == (None, None)


def test_a_bus_that_hangs_holds_nobody_up(monkeypatch):
    go = threading.Event()
    monkeypatch.setattr(bus, "_names", lambda: frozenset(go.wait(5) and ()))
    assert bus.offers(limit_s=0.01) == (None, None)
    go.set()
