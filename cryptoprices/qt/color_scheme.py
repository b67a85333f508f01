"""Whether the desktop wants dark windows, as Qt says it and, on Linux, as the settings portal says it.

Qt does not know it on every desktop, and at start it may not have read it yet, so the portal's word comes first.
Portal: https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Settings.html
"""

import sys

from PySide6.QtCore import SLOT, QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication

_NAMESPACE, _KEY = "org.freedesktop.appearance", "color-scheme"

if sys.platform == "linux":
    from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher, QDBusVariant

    _SETTINGS = (
        "org.freedesktop.portal.Desktop",
        "/org/freedesktop/portal/desktop",
        "org.freedesktop.portal.Settings",
    )

    class _Portal(QObject):
        """Asks the portal without waiting for it. answered(int): 1 dark, 2 light, 0 no preference."""

        answered = Signal(int)

        def __init__(self, parent: QObject) -> None:
            super().__init__(parent)
            self._bus = QDBusConnection.sessionBus()
            if not self._bus.isConnected():
                return
            question = QDBusMessage.createMethodCall(*_SETTINGS, "Read")
            question.setArguments([_NAMESPACE, _KEY])
            watcher = QDBusPendingCallWatcher(self._bus.asyncCall(question, 5000), self)
            watcher.finished.connect(self._take_reply)

        @Slot(QDBusPendingCallWatcher)
        def _take_reply(self, watcher: QDBusPendingCallWatcher) -> None:
            # Listening begins with the reply: before it the service may be starting, and Qt warns of its new owner.
            self._bus.connect(*_SETTINGS, "SettingChanged", self, SLOT("take_change(QDBusMessage)"))  # type: ignore[call-overload]  # PySide has no types for it
            if not watcher.isError():
                self._tell(watcher.reply().arguments()[0])
            watcher.deleteLater()

        @Slot(QDBusMessage)
        def take_change(self, message: QDBusMessage) -> None:
            """SettingChanged(namespace, key, value)."""
            namespace, key, value = message.arguments()
            if (namespace, key) == (_NAMESPACE, _KEY):
                self._tell(value)

        def _tell(self, value: object) -> None:
            while isinstance(value, QDBusVariant):  # Read wraps the value twice
                value = value.variant()
            self.answered.emit(value if isinstance(value, int) else 0)


class ColorScheme(QObject):
    """dark: what the desktop wants now; unknown counts as light. changed(bool): it wants another one."""

    changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._portal_says = 0
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._look)
        self.dark = hints.colorScheme() is Qt.ColorScheme.Dark
        if sys.platform == "linux":
            _Portal(self).answered.connect(self._take_answer)

    @Slot(int)
    def _take_answer(self, preference: int) -> None:
        self._portal_says = preference
        self._look()

    @Slot()
    def _look(self) -> None:
        dark = self._portal_says == 1
        if not self._portal_says:
            dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        if dark != self.dark:
            self.dark = dark
            self.changed.emit(dark)
