"""What the person has chosen: the settings of this run, and the file in which they are kept for the next one."""

import threading
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from cryptoprices.settings.document import document
from cryptoprices.settings.options import ExchangeOptions, declared
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import Replaced, Settings
from cryptoprices.storage.profile import in_force
from cryptoprices.storage.writer import Writer

if TYPE_CHECKING:  # its module loads what the first frame has no time for
    from cryptoprices.storage.settings_edit import SettingsEdit


class Preferences(QObject):
    """settings: those that hold. families: those of the exchanges, with their built-in values once they are known.

    open_edit(): the settings file; called once, by a worker. changed(Settings): other ones hold as a whole. kept: the
    person has chosen something that holds already.
    """

    changed = Signal(object)
    kept = Signal()

    def __init__(
        self,
        settings: Settings,
        families: Collection[ExchangeOptions],
        options: RunOptions,
        open_edit: Callable[[], "SettingsEdit"],
        writer: Writer,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.settings, self.families = settings, families
        self._begun_with = settings
        self._options, self._open_edit, self._writer = options, open_edit, writer
        self._edit: SettingsEdit | None = None
        self._opening = threading.Lock()

    @Slot(str, object)
    def keep(self, key: str, value: object) -> None:
        """The person has just chosen this, and it holds already: write it down."""
        self.settings = self.settings.with_values({key: value})
        self._writer.put(key, partial(self._write, key))
        self.kept.emit()

    def choose(self, key: str, value: object) -> None:
        """This is chosen where nothing makes it hold yet: have it hold, and write it down."""
        self.keep(key, value)
        self.changed.emit(self.settings)

    def take(self, said: Settings) -> tuple[str, ...]:
        """The file says this from now on: have it hold. Returns the keys that wait for the next start."""
        self.settings = settings = in_force(said, self._options, self.families)
        self.changed.emit(settings)
        later = [setting for setting in declared(self.families).values() if not setting.at_once]
        return tuple(setting.key for setting in later if settings[setting] != self._begun_with[setting])

    def document(self) -> str:
        """All settings as the text of a settings file."""
        return document(self.settings, declared(self.families))

    def restore(self, chosen: Path) -> Replaced:
        """Put a file of the person's choice in the place of ours. For a worker. Raises Refused, OSError."""
        return self._file().restore(chosen, declared(self.families))

    def put_back(self, text: str) -> Replaced:
        """Put an earlier text in its place. For a worker. Raises OSError."""
        return self._file().replace(text, declared(self.families))

    def _write(self, key: str) -> None:
        """On the writer's thread, perhaps tried again much later: the value that holds then, if there still is one."""
        if (value := self.settings.value(key)) is not None:
            self._file().set_value(key, value)

    def _file(self) -> "SettingsEdit":
        with self._opening:
            self._edit = self._edit or self._open_edit()
            return self._edit
