"""The settings of one run: what was declared, what the file says, and above that what the command line says."""

import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar, cast

from cryptoprices.settings.declare import Setting

T = TypeVar("T")


class WrongSetting(ValueError):
    """A key that does not exist or a value that cannot be: one sentence that names the key and what would be right."""


class Refused(Exception):
    """A file that is not right as a whole. problems: a sentence each, naming file, line and key."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class Settings:
    """`settings[SETTING]` -> its value, of the declared type. Immutable; holds checked values only.

    Looked up by key, so that a setting built later (options_of a source) brings its own default.
    """

    def __init__(self, values: Mapping[str, object] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, setting: Setting[T]) -> T:
        return cast(T, self._values.get(setting.key, setting.default))

    def value(self, key: str) -> object:
        """What a key is set to, None where it is left to its default."""
        return self._values.get(key)

    def with_values(self, values: Mapping[str, object]) -> "Settings":
        """The same with these (checked) values in place of its own."""
        return Settings(self._values | dict(values))

    def without(self, keys: Iterable[str]) -> "Settings":
        """The same with the defaults of these keys."""
        gone = set(keys)
        return Settings({key: value for key, value in self._values.items() if key not in gone})

    def keys(self) -> tuple[str, ...]:
        """The keys that are not left to their defaults."""
        return tuple(self._values)


class Replaced(NamedTuple):
    """A settings file after a change of all of it. settings: what it says now.

    before: the text that it had, "" where it had none. kept: the name of the file in which the earlier one is kept.
    """

    settings: Settings
    before: str
    kept: str


def find(key: str, table: Mapping[str, Setting[Any]]) -> Setting[Any]:
    """The setting of this key. Raises WrongSetting, naming the nearest one."""
    if key in table:
        return table[key]
    near = difflib.get_close_matches(key, table, n=1)
    hint = f"did you mean {near[0]}?" if near else "`cryptoprices settings` lists them all"
    raise WrongSetting(f"{key}: there is no such setting; {hint}")


def checked(setting: Setting[T], value: object) -> T:
    """The value as the setting holds it (normalised by its check). Raises WrongSetting."""
    if setting.choices:
        if not any(value == choice and type(value) is type(choice) for choice in setting.choices):
            raise WrongSetting(f"{setting.key}: {_shown(value)} is none of {', '.join(map(_shown, setting.choices))}")
        return cast(T, value)
    kind = type(setting.default)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = tuple(value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise WrongSetting(f"{setting.key}: {_shown(value)} is not {_KINDS[kind]}, like {_shown(setting.default)}")
    if isinstance(value, int | float) and not (_at_least(setting.low, value) and _at_most(setting.high, value)):
        unit = f" {setting.unit}" if setting.unit else ""
        raise WrongSetting(f"{setting.key}: {value} is out of bounds; use {setting.low} to {setting.high}{unit}")
    if setting.check is None:
        return value
    try:
        return setting.check(value)
    except ValueError as error:
        raise WrongSetting(f"{setting.key}: {error}") from None


def from_text(setting: Setting[T], text: str) -> T:
    """A value from the command line: a TOML value or a bare word (of a list: with commas). Raises WrongSetting."""
    try:
        value: object = tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except tomllib.TOMLDecodeError:
        value = text
    if isinstance(setting.default, str) and not isinstance(value, str) and not setting.choices:
        value = text  # a bare word that happens to be a TOML number
    if isinstance(setting.default, tuple) and isinstance(value, str):
        value = [word.strip() for word in value.split(",") if word.strip()]
    return checked(setting, value)


def overrides(texts: Iterable[str], table: Mapping[str, Setting[Any]]) -> dict[str, object]:
    """`KEY=VALUE` texts -> values by key. Raises WrongSetting."""
    values: dict[str, object] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise WrongSetting(f"{text}: write KEY=VALUE, like poll.interval_seconds=30")
        setting = find(key.strip(), table)
        values[setting.key] = from_text(setting, value.strip())
    return values


def to_toml(value: object) -> str:
    """A value as one writes it in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(to_toml, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace(
            "\x7f", "\\u007f"
        )  # all that JSON escapes, TOML does so too
    return str(value)


_KINDS: Mapping[type, str] = {
    bool: "true or false", int: "a whole number", float: "a number", str: "a text", tuple: "a list of texts",
}  # fmt: skip


def _shown(value: object) -> str:
    text = to_toml(value)
    return text if len(text) <= 64 else text[:63] + "…"


def _at_least(low: float | None, value: float) -> bool:
    return low is None or value >= low


def _at_most(high: float | None, value: float) -> bool:
    return high is None or value <= high
