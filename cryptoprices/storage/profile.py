"""Everything that a run begins with: its files, its settings and what was wrong with them."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from cryptoprices.settings.options import ExchangeOptions, declared
from cryptoprices.settings.run_options import RunOptions
from cryptoprices.settings.values import Settings, overrides
from cryptoprices.storage.paths import Paths, paths_for
from cryptoprices.storage.settings_file import load


class Profile(NamedTuple):
    """paths: the files. settings: file and command line together. problems: sentences for a person."""

    paths: Paths
    settings: Settings
    problems: tuple[str, ...]


def open_profile(options: RunOptions, exchanges: Iterable[ExchangeOptions]) -> Profile:
    """The profile of this run. exchanges: the families that exist (exchange_options(name) of each name is enough).

    In a demo the addresses of exchanges are not the person's to set. Raises WrongSetting for a wrong `--set`, NoFolder
    where the chosen folder cannot be.
    """
    families = tuple(exchanges)
    table = declared(families)
    overrides(options.overrides, table)  # what is wrong there is said before any folder is made
    paths = paths_for(options)
    loaded = load(paths.settings, table)
    return Profile(paths, in_force(loaded.settings, options, families), loaded.problems)


def in_force(said: Settings, options: RunOptions, families: Collection[ExchangeOptions]) -> Settings:
    """What holds in this run where the file says this. Raises WrongSetting for a wrong `--set`."""
    settings = said.with_values(overrides(options.overrides, declared(families)))
    if not options.demo:
        return settings
    return settings.without(address.key for family in families for address in (family.rest_url, family.stream_url))


def writable(folder: Path) -> bool:
    """Whether files can be made in this folder: tried, because permissions alone do not tell."""
    probe = folder / ".writable"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True
