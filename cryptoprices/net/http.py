"""Asking one question over HTTP, bounded in time and size. The only user of requests."""

from collections.abc import Mapping
from typing import NamedTuple

from cryptoprices.clock import Clock
from cryptoprices.core.source import Answer


class Limits(NamedTuple):
    """connect_s, read_s: of a single wait; total_s: wall time of a request in all, name lookup included; body: bytes."""

    connect_s: float = 3.0
    read_s: float = 5.0
    total_s: float = 8.0
    body: int = 1 << 20


class Http:
    """GET with limits. proxy: "system", "none", http://host:port or socks5://host:port (names are then looked up there)."""

    def __init__(self, clock: Clock, proxy: str = "system", limits: Limits | None = None) -> None:
        raise NotImplementedError

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer, whatever its status. Raises SourceError where none came, or not whole, or not in time."""
        raise NotImplementedError

    def close(self) -> None:
        """Close all kept connections."""
        raise NotImplementedError
