"""settings.toml as it is changed: one key or all of it, comments kept, three earlier generations beside it."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.container import Container, OutOfOrderTableProxy
from tomlkit.items import AbstractTable

from cryptoprices.settings.declare import Setting
from cryptoprices.settings.values import Replaced
from cryptoprices.storage import atomic
from cryptoprices.storage.settings_file import Unreadable, judged, read_text, read_whole

_MOST_ASIDE = 9


class SettingsEdit:
    """The settings file of a run, for any thread: one change after the other.

    A damaged file is set aside, never among the generations, and the newest readable generation is what is changed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def set_value(self, key: str, value: object) -> str:
        """Write a (checked) value. Raises OSError. Returns a notice where the file was damaged, else ""."""
        with self._lock:
            text, notice, _ = self._before()
            self._write(_changed(text, key, value))
        return notice

    def restore(self, chosen: Path, table: Mapping[str, Setting[Any]]) -> Replaced:
        """Put a file of the person's choice in its place. Raises Refused unless all of it is right; OSError."""
        return self.replace(read_whole(chosen, table), table)

    def replace(self, text: str, table: Mapping[str, Setting[Any]]) -> Replaced:
        """Put this text (TOML) in its place. Raises OSError."""
        with self._lock:
            before, _, kept = self._before()
            self._write(text)
        return Replaced(judged(self._path.name, text, table).settings, before, kept)

    def _before(self) -> tuple[str, str, str]:
        """The text to be changed, a notice where the file was damaged, and the file that keeps it as it was."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # or the reason why it cannot be
        try:
            text = read_text(self._path)
            atomic.keep_generation(self._path)
        except FileNotFoundError:
            return "", "", ""
        except Unreadable as error:
            aside = self._aside()
            atomic.rename(self._path, aside)
            return self._newest_backup(), f"{error}; the file was set aside as {aside.name}.", aside.name
        return text, "", atomic.backups(self._path)[0].name

    def _write(self, text: str) -> None:
        atomic.write(self._path, text.encode())

    def _newest_backup(self) -> str:
        for backup in atomic.backups(self._path):
            try:
                return read_text(backup)
            except (Unreadable, FileNotFoundError):
                continue
        return ""

    def _aside(self) -> Path:
        numbers = range(1, _MOST_ASIDE + 1)
        names = [self._path.with_name(f"{self._path.name}.invalid{number}") for number in numbers]
        return next((name for name in names if not name.exists()), names[-1])


def _changed(text: str, key: str, value: object) -> str:
    document = tomlkit.parse(text)
    *above, name = key.split(".")
    table: Any = document
    for part in above:
        if not isinstance(table.get(part), Mapping):
            table[part] = tomlkit.table()
        table = table[part]
    assert isinstance(table, Container | OutOfOrderTableProxy | AbstractTable | tomlkit.TOMLDocument)
    table[name] = list(value) if isinstance(value, tuple) else value
    return tomlkit.dumps(document)
