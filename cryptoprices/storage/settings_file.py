"""settings.toml as it is read: whatever is wrong in it is named, costs only itself, and stays as it was written."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cryptoprices.settings.declare import Setting
from cryptoprices.settings.values import Refused, Settings, WrongSetting, checked, find, to_toml
from cryptoprices.storage.atomic import backups
from cryptoprices.storage.reading import read_at_most

_LIMIT = 1 << 20  # bytes
_MOST_PARTS = 64  # of keys in a line; to read one of n parts takes n × n steps
_MOST_PROBLEMS = 20
_PART = re.compile(r"""[\w"']\s*\.\s*[\w"']""")
_HEADER = re.compile(r"\s*\[\[?([^\[\]]+)\]")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


class Unreadable(Exception):
    """The file is no TOML; the text says where."""


class Loaded(NamedTuple):
    """What a settings file gave. problems: a sentence each, naming file, line and key."""

    settings: Settings
    problems: tuple[str, ...] = ()


def load(path: Path, table: Mapping[str, Setting[Any]]) -> Loaded:
    """The settings of the file; of its newest readable backup where it is no TOML; else the defaults. Never raises."""
    try:
        text = read_text(path)
        return judged(path.name, text, table)
    except FileNotFoundError:
        return Loaded(Settings())
    except Unreadable as error:
        return _from_backup(path, str(error), table)


def read_whole(path: Path, table: Mapping[str, Setting[Any]]) -> str:
    """The text of a file that says nothing but settings that can be. Raises Refused, OSError."""
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise Refused((f"{path.name}: it is no file",))
    try:
        text = read_text(path)
    except Unreadable as error:
        raise Refused((str(error),)) from None
    if problems := judged(path.name, text, table, "").problems:
        raise Refused(problems)
    return text


def read_text(path: Path) -> str:
    """The text of a file that is TOML. Raises Unreadable, FileNotFoundError."""
    try:
        data = read_at_most(path, _LIMIT)
        if len(data) > _LIMIT:
            raise Unreadable(f"{path.name}: larger than {_LIMIT >> 20} MiB")
        text = data.decode("utf-8-sig")
        for number, row in enumerate(text.split("\n"), start=1):
            if row.count(".") > _MOST_PARTS < len(_PART.findall(row)):
                raise Unreadable(f"{path.name}, line {number}: nested too deeply")
        _tree(text)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unreadable(f"{path.name}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unreadable(f"{path.name}, line {line}: not UTF-8 text") from None
    except ValueError as error:
        place = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        raise Unreadable(f"{path.name}, line {line}: {str(error).split(' (at ')[0]}") from None
    except RecursionError:
        raise Unreadable(f"{path.name}: nested too deeply") from None
    return text


def _tree(text: str) -> dict[str, Any]:
    """The text as TOML. Raises ValueError."""
    return tomllib.loads(text)


def _from_backup(path: Path, problem: str, table: Mapping[str, Setting[Any]]) -> Loaded:
    for backup in backups(path):
        try:
            text = read_text(backup)
        except (Unreadable, FileNotFoundError):
            continue
        loaded = judged(backup.name, text, table)
        return Loaded(loaded.settings, (f"{problem}; {backup.name} is used instead.", *loaded.problems))
    return Loaded(Settings(), (f"{problem}; the defaults are used instead.",))


def judged(name: str, text: str, table: Mapping[str, Setting[Any]], instead: str = "; {} is used.") -> Loaded:
    """The settings that a text (of TOML) says. instead: what is said of the default that takes a wrong one's place."""
    values: dict[str, object] = {}
    problems = []
    lines: Mapping[tuple[str, ...], int] | None = None
    for path, value in _leaves(_tree(text), frozenset(table)):
        key = ".".join(path)
        try:
            values[key] = checked(find(key, table), value)
        except WrongSetting as error:
            if lines is None:
                lines = dict(_lines(text))
            used = instead.format(to_toml(table[key].default)) if key in table else ""
            problems.append(f"{name}, line {_line(lines, path)}: {error}{used}")
    if len(problems) > _MOST_PROBLEMS:
        problems[_MOST_PROBLEMS:] = [f"{name}: {len(problems) - _MOST_PROBLEMS} more problems."]
    return Loaded(Settings(values), tuple(problems))


def _leaves(
    tree: Mapping[str, Any], known: frozenset[str], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in tree.items():
        path = (*above, name)
        if isinstance(value, dict) and ".".join(path) not in known:
            yield from _leaves(value, known, path)
        else:
            yield path, value


def _lines(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Where each key stands, the first place winning; tomllib does not tell."""
    table: tuple[str, ...] = ()
    seen: set[tuple[str, ...]] = set()
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            path = table
        elif key := _KEY.match(line):
            path = table + _parts(key[1])
        else:
            continue
        if path not in seen:
            seen.add(path)
            yield path, number


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"""[\w-]+|"[^"]*"|'[^']*'""", dotted))


def _line(lines: Mapping[tuple[str, ...], int], path: tuple[str, ...]) -> int:
    """The line of a key, or of the inline table that holds it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)
