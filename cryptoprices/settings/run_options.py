"""What the command line says of one run, before any file is read."""

from typing import NamedTuple


class RunOptions(NamedTuple):
    """profile_dir: None = the platform's folders. overrides: `KEY=VALUE` texts. log_level: as logging names it."""

    profile_dir: str | None = None
    overrides: tuple[str, ...] = ()
    demo: bool = False
    log_level: str = "INFO"
