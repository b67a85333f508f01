"""What the desktop offers on its message bus, found out without Qt: tray icons and notifications."""

import queue
import sys
import threading
from typing import NamedTuple

try:
    from jeepney import DBusAddress, new_method_call
    from jeepney.io.blocking import open_dbus_connection
except ImportError:  # installed on Linux only
    open_dbus_connection = None

TRAY = "org.kde.StatusNotifierWatcher"
NOTIFICATIONS = "org.freedesktop.Notifications"


class Offers(NamedTuple):
    """What can be known without a window: who shows tray icons and notifications, None where nobody does."""

    tray: str | None
    notifications: str | None


def offers(limit_s: float = 2.0) -> Offers:
    """Ask the session's bus, on a thread of its own, for a bus may hang. Never raises."""
    if sys.platform == "darwin":
        return Offers("menu bar", "Notification Center")
    if sys.platform == "win32":
        return Offers("notification area", "Windows notifications")
    answer: queue.SimpleQueue[frozenset[str]] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(_names()), name="message-bus", daemon=True).start()
    try:
        names = answer.get(timeout=limit_s)
    except queue.Empty:
        names = frozenset()
    return Offers(TRAY if TRAY in names else None, NOTIFICATIONS if NOTIFICATIONS in names else None)


def _names() -> frozenset[str]:
    """The names that somebody owns or would be started for; none without a bus."""
    if open_dbus_connection is None:
        return frozenset()
    bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    try:
        with open_dbus_connection(bus="SESSION") as connection:
            return frozenset(
                name
                for method in ("ListNames", "ListActivatableNames")
                for name in connection.send_and_get_reply(new_method_call(bus, method), timeout=1.0).body[0]
            )
    except (KeyError, IndexError, OSError, RuntimeError, ValueError):  # no address, nobody there, refused, cut off
        return frozenset()
