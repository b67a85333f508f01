"""Which paths are open on loopback, and what a token must be allowed for the others."""

from collections.abc import Mapping, MutableMapping
from typing import Any, NamedTuple

from cryptoprices.core.grants import Scope

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
READING = frozenset(("GET", "HEAD"))
WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
EXEMPT = frozenset(("/healthz", "/readyz"))
"""What whoever keeps programs running asks by whatever name, without a token: they tell yes or no."""

TICKETED = frozenset(("/v1/stream", "/v1/ws"))
PROGRAM = "cryptoprices"
_OURS = frozenset(("/docs", "/openapi.json", "/metrics", "/v1", *EXEMPT))


class Access(NamedTuple):
    """open: it may be read on loopback by whoever is on this machine. read, change: what a token needs to do that."""

    open: bool
    read: Scope = Scope.READ
    change: Scope = Scope.WRITE


_PUBLIC, _PRIVATE, _GUARDED = Access(True), Access(False), Access(False, Scope.ADMIN, Scope.ADMIN)
NOTHING = Access(True)
"""Of a path under /v1 that is none."""

SUBJECTS: Mapping[str, Access] = {
    **dict.fromkeys(("assets", "pairs", "exchanges", "prices", "candles", "compare", "stream", "ws"), _PUBLIC),
    **dict.fromkeys(("watchlists", "settings"), _PRIVATE),
    "tickets": Access(False, change=Scope.READ),
    **dict.fromkeys(("tokens", "admin"), _GUARDED),
}
"""What stands after /v1/. What is not here there is not: the gate lets nothing through to it."""

_MANUAL = "/v1/prices/manual"  # who set a price, and what for, is no public data, other than the price


def access(path: str) -> Access:
    """Who may do what at this path. Outside /v1 all is public."""
    if not path.startswith("/v1/"):
        return _PUBLIC
    if path.startswith(_MANUAL) and path[len(_MANUAL) :][:1] in ("", "/"):
        return _PRIVATE
    end = path.find("/", 4)
    return SUBJECTS.get(path[4:] if end < 0 else path[4:end], NOTHING)


def is_cryptowatch(path: str, at_root: bool) -> bool:
    """Whether this path is of the surface for Cryptowatch's clients. at_root: whether that is at the root too."""
    if path.startswith("/cryptowatch"):
        return True
    return at_root and not path.startswith("/v1/") and path not in _OURS and not path.startswith("/docs/")


def program(scope: MutableMapping[str, Any]) -> str:
    """How commands of this program are begun, in words for whoever asks: the gate has put them there."""
    words: str = scope.get("state", {}).get("program", PROGRAM)
    return words
