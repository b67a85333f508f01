"""The settings as a file of the person's: written for keeping, and taken back."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QStandardPaths, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog

from cryptoprices.qt.tasks import Tasks
from cryptoprices.settings.values import Refused, Replaced, Settings
from cryptoprices.ui.controls import Controls
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.notice import Offer

NAME, KINDS = "cryptoprices-settings.toml", "Settings (*.toml)"


class Preferences(Protocol):
    """What holds, and the file in which it is kept."""

    def document(self) -> str:
        """All settings as the text of a settings file."""

    def restore(self, chosen: Path) -> Replaced:
        """On a worker: put a file in the place of ours. Raises Refused, OSError."""

    def put_back(self, text: str) -> Replaced:
        """On a worker: put an earlier text in its place. Raises OSError."""

    def take(self, said: Settings) -> tuple[str, ...]:
        """Have these hold. Returns the keys that wait for the next start."""


class SettingsFile(QObject):
    """Two rows in the window's export menu. write(path, data): on a worker, whole or not at all; raises OSError."""

    def __init__(
        self,
        window: MainWindow,
        controls: Controls,
        preferences: Preferences,
        tasks: Tasks,
        write: Callable[[Path, bytes], object],
    ) -> None:
        super().__init__(window)
        self._window, self._controls, self._tasks = window, controls, tasks
        self._preferences, self._write = preferences, write
        self._folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
        for text, slot in (("Settings as a file…", self.save), ("Settings from a file…", self.restore)):
            action = QAction(window.export_menu)
            action.setText(text)
            action.triggered.connect(slot)
            window.export_menu.addAction(action)

    @Slot()
    def save(self) -> None:
        """Write what holds into a file of the person's choice."""
        suggested = str(self._folder / NAME)
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Settings as a file", suggested, KINDS)
        if chosen:
            path = Path(chosen)
            self._folder = path.parent
            done, failed = partial(self._tell_saved, path), partial(self._tell_not_saved, path)
            data = self._preferences.document().encode()
            self._tasks.ask(self._write, path, data, then=done, failed=failed, owner=self)

    @Slot()
    def restore(self) -> None:
        """Take the settings of a file of the person's choice, if all of it is right."""
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Settings from a file", str(self._folder), KINDS)
        if chosen:
            path = Path(chosen)
            self._folder = path.parent
            done, failed = partial(self._take, path), partial(self._tell_refused, path)
            self._tasks.ask(self._preferences.restore, path, then=done, failed=failed, owner=self)

    def _tell_saved(self, path: Path, _written: object) -> None:
        self._controls.say(f"Settings written to {path}.")

    def _tell_not_saved(self, path: Path, error: Exception) -> None:
        why = (error.strerror if isinstance(error, OSError) else None) or "the log says why"
        self._controls.say(f"{path.name} could not be written: {why}.")

    def _take(self, path: Path, replaced: Replaced) -> None:
        later = _later(self._preferences.take(replaced.settings))
        kept = f"; the earlier ones are kept as {replaced.kept}" if replaced.kept else ""
        text = f"The settings of {path.name} hold now{later}{kept}."
        self._controls.say(text, Offer("Undo", partial(self._undo, replaced.before)))

    def _undo(self, text: str) -> None:
        self._tasks.ask(self._preferences.put_back, text, then=self._take_back, failed=self._tell_kept, owner=self)

    def _take_back(self, replaced: Replaced) -> None:
        later = _later(self._preferences.take(replaced.settings))
        self._controls.say(f"The earlier settings hold again{later}.")

    def _tell_refused(self, path: Path, error: Exception) -> None:
        if not isinstance(error, Refused):
            self._tell_kept(error)
            return
        several = f"{path.name} has {len(error.problems)} faults."
        told = several if len(error.problems) > 1 else error.problems[0]
        self._controls.report(f"Nothing was changed: {told}", error.problems)

    def _tell_kept(self, error: Exception) -> None:
        self._controls.say(f"The settings stay as they were: {_why(error)}.")


def _why(error: Exception) -> str:
    """In a few words, naming the file where the system does."""
    if not isinstance(error, OSError) or not error.strerror:
        return "the log says why"
    return f"{Path(error.filename).name}: {error.strerror}" if error.filename else error.strerror


def _later(keys: tuple[str, ...]) -> str:
    return f", {' and '.join(keys)} from the next start on" if keys else ""
