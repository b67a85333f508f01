"""The system's keyring: which real one works here. Imported only where secrets are wanted: keyring costs 0.2 s."""

import queue
import threading
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from typing import NamedTuple

import keyring
from keyring.backend import KeyringBackend

_REAL = {
    "keyring.backends.SecretService.Keyring": "Secret Service",
    "keyring.backends.libsecret.Keyring": "Secret Service (libsecret)",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
    "keyring.backends.kwallet.DBusKeyringKWallet4": "KWallet 4",
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Locker",
}  # nothing else keeps a secret secret: null, fail, plain text files, unknown plug-ins


class Keyring(NamedTuple):
    """backend: its name for a person, "none" where there is no real one. usable: secrets can be kept in it."""

    backend: str
    usable: bool


NONE = Keyring("none", False)


def find_keyring(limit_s: float = 3.0) -> Keyring:
    """The keyring that works here, asked on a thread of its own, for a locked or hanging service may take for ever."""
    answer: queue.SimpleQueue[Keyring] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(_find()), name="keyring", daemon=True).start()
    try:
        return answer.get(timeout=limit_s)
    except queue.Empty:
        return Keyring("does not answer", False)


def real_backend(backend: KeyringBackend) -> KeyringBackend | None:
    """The first allow-listed backend in it: itself, or one of a chain. None where there is none."""
    return next((one for one in _chain(backend) if _path(one) in _REAL), None)


def backends_that_load() -> frozenset[str]:
    """Module names of keyring's backends whose own libraries are all there, whether or not a keyring answers."""
    modules = {entry.module for entry in entry_points(group="keyring.backends")}
    return frozenset(name for name in modules if not getattr(import_module(name), "missing_deps", None))


def _find() -> Keyring:
    try:
        backend = real_backend(keyring.get_keyring())
        if backend is None or backend.priority <= 0:
            return NONE
    except Exception:  # noqa: BLE001 (a foreign backend known to raise anything)
        return NONE
    return Keyring(_REAL[_path(backend)], True)


def _chain(backend: KeyringBackend) -> Iterator[KeyringBackend]:
    if _path(backend) == "keyring.backends.chainer.ChainerBackend":
        yield from getattr(backend, "backends", ())
    else:
        yield backend


def _path(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"
