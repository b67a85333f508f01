"""settings.toml as it is changed: one key, comments and order kept, three earlier generations beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.container import Container, OutOfOrderTableProxy
from tomlkit.items import AbstractTable

from cryptoprices.storage import atomic
from cryptoprices.storage.settings_file import Unreadable, read_text

_MOST_ASIDE = 9


def set_value(path: Path, key: str, value: object) -> str:
    """Write a (checked) value. Raises OSError. Returns a notice where the file was damaged, else "".

    A damaged file is set aside, never among the generations, and the newest readable generation is what is changed.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # or the reason why it cannot be
    notice = ""
    try:
        text = read_text(path)
        atomic.keep_generation(path)
    except FileNotFoundError:
        text = ""
    except Unreadable as error:
        aside = _aside(path)
        atomic.rename(path, aside)
        text = _newest_backup(path)
        notice = f"{error}; the file was set aside as {aside.name}."
    atomic.write(path, _changed(text, key, value).encode())
    return notice


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


def _newest_backup(path: Path) -> str:
    for backup in atomic.backups(path):
        try:
            return read_text(backup)
        except (Unreadable, FileNotFoundError):
            continue
    return ""


def _aside(path: Path) -> Path:
    names = [path.with_name(f"{path.name}.invalid{number}") for number in range(1, _MOST_ASIDE + 1)]
    return next((name for name in names if not name.exists()), names[-1])
