"""Only a real keyring is one."""

import threading

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from cryptoprices.storage import secrets


class _Backend(KeyringBackend):
    """A backend under the name of a real one."""

    priority = 5

    def get_password(self, service, username):
        return None

    def set_password(self, service, username, password):
        raise NotImplementedError

    def delete_password(self, service, username):
        raise NotImplementedError


def named(path, **attributes):
    module, _, name = path.rpartition(".")
    kind = type(name, (_Backend,), {"__module__": module, **attributes})
    KeyringBackend._classes.discard(kind)  # a made-up one must not be found by others
    return kind()


@pytest.fixture
def found(monkeypatch):
    """find_keyring where the library offers this backend."""

    def find(backend, **kwargs):
        monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
        return secrets.find_keyring(**kwargs)

    return find


@pytest.mark.parametrize(("path", "name"), secrets._REAL.items())
def test_a_real_backend_is_usable(found, path, name):
    assert found(named(path)) == (name, True)


@pytest.mark.parametrize(
    "backend",
    [fail.Keyring(), null.Keyring(), named("keyrings.alt.file.PlaintextKeyring"), named("some.plugin.Keyring")],
    ids=lambda backend: type(backend).__qualname__,
)
def test_what_keeps_no_secret_is_none(found, backend):
    assert found(backend) == ("none", False)


def test_a_chain_is_what_is_in_it(found, monkeypatch):
    chain = chainer.ChainerBackend()
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [named("keyrings.alt.file.PlaintextKeyring")])
    assert found(chain) == ("none", False)
    monkeypatch.setattr(
        chainer.ChainerBackend, "backends", [named("x.Y"), named("keyring.backends.SecretService.Keyring")]
    )
    assert found(chain) == ("Secret Service", True)


def test_a_backend_without_priority_does_not_work_here(found):
    assert found(named("keyring.backends.SecretService.Keyring", priority=0)) == ("none", False)


def test_a_backend_that_raises_is_none(found):
    def broken(_self):
        raise RuntimeError("no bus")

    assert found(named("keyring.backends.SecretService.Keyring", priority=property(broken))) == ("none", False)


def test_a_keyring_that_hangs_holds_nobody_up(monkeypatch):
    go = threading.Event()
    monkeypatch.setattr(keyring, "get_keyring", lambda: go.wait(5) and fail.Keyring())
    assert secrets.find_keyring(limit_s=0.01) == ("does not answer", False)
    go.set()
