"""Settings as the text of a settings file, for a back-up that a person can read."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from cryptoprices.settings.declare import Setting
from cryptoprices.settings.logins import without_login
from cryptoprices.settings.values import Settings, to_toml

_HEAD = "# Settings of Crypto Prices. A line that begins with # and a key is at its default."
_LEFT_OUT = "# The name and password in this address are left out: no secret is in any file."


def document(settings: Settings, table: Mapping[str, Setting[Any]]) -> str:
    """TOML of all settings that exist, each with its help; those that are left to their defaults are comments."""
    return "\n".join([_HEAD, *_lines(settings, table)]) + "\n"


def _lines(settings: Settings, table: Mapping[str, Setting[Any]]) -> Iterator[str]:
    chosen = frozenset(settings.keys())
    for above, keys in groupby(sorted(table, key=_above), key=_above):
        yield ""
        if above:
            yield f"[{above}]"
        for key in keys:
            setting = table[key]
            value = settings[setting]
            told = without_login(value) if isinstance(value, str) else value
            yield f"# {setting.help}"
            if told != value:
                yield _LEFT_OUT
            yield f"{'' if key in chosen else '# '}{key.rpartition('.')[2]} = {to_toml(told)}"


def _above(key: str) -> str:
    """The table that a key stands in."""
    return key.rpartition(".")[0]
