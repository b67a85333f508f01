"""Where the files of a run are: the platform's folders, one folder of one's choice, or a temporary one for a demo."""

import shlex
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import platformdirs

from cryptoprices.settings.run_options import RunOptions

APP = "cryptoprices"


class NoFolder(Exception):
    """The folder that was asked for cannot be made; one sentence for a person."""


class Paths(NamedTuple):
    """folder: of everything but settings and log, which may be elsewhere. temporary: gone after the run.

    program: how another command is begun that is to find the same files.
    """

    folder: Path
    settings: Path
    log: Path
    temporary: bool = False
    program: str = APP

    @property
    def state(self) -> Path:
        """Geometry, layout, last prices, pauses."""
        return self.folder / "state.json"

    @property
    def history(self) -> Path:
        """Samples, candles and gaps of the past, in SQLite."""
        return self.folder / "history.sqlite3"

    @property
    def managed(self) -> Path:
        """Further watchlists and manual prices."""
        return self.folder / "managed.json"

    @property
    def tokens(self) -> Path:
        """Hashes of the tokens of the API."""
        return self.folder / "tokens.json"

    @property
    def lock(self) -> Path:
        """Held by whoever may write."""
        return self.folder / "lock"

    def remove_temporary(self) -> None:
        """Remove what a demo has written, if it has no folder of the person's.

        A thread that still writes, since nobody waits for what hangs, finds no folder any more.
        """
        if self.temporary:
            leaving = self.folder.with_name(f"{self.folder.name}-leaving")
            with suppress(OSError):  # where a folder with open files cannot be renamed
                self.folder.rename(leaving)
            for folder in (leaving, self.folder):
                shutil.rmtree(folder, ignore_errors=True)


def paths_for(options: RunOptions) -> Paths:
    """The files of this run; folders are made where they are missing. Raises NoFolder for a chosen one that cannot be.

    A platform's folder that cannot be made is no reason to end: the run then keeps nothing.
    """
    if options.profile_dir is not None:
        if not options.profile_dir.strip():
            raise NoFolder("--profile: name a folder; an empty name is none")
        folder = Path(options.profile_dir).expanduser().absolute()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            demo = ["--demo"] if options.demo else []
            return _in_one(folder / "demo" if demo else folder, [*demo, "--profile", str(folder)])
        except OSError as error:
            raise NoFolder(
                f"--profile {options.profile_dir}: {error.strerror}; name a folder that can be made"
            ) from None
    if options.demo:
        folder = Path(tempfile.mkdtemp(prefix=f"{APP}-demo-"))
        return _in_one(folder, ["--profile", str(folder)], temporary=True)
    folders = platformdirs.PlatformDirs(APP, appauthor=False)
    settings, data, log = folders.user_config_path, folders.user_data_path, folders.user_log_path
    for folder in (settings, data, log):
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Paths(data, settings / "settings.toml", log / f"{APP}.log")


def _in_one(folder: Path, words: list[str], temporary: bool = False) -> Paths:
    folder.mkdir(mode=0o700, exist_ok=True)
    return Paths(folder, folder / "settings.toml", folder / f"{APP}.log", temporary, shlex.join([APP, *words]))
