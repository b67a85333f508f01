"""Where nobody can listen, one sentence says why, and what would be right."""

import errno
import os
import socket

import pytest

from cryptoprices.api.server import NoSuchAddress, PortTaken, listening


def test_a_port_that_is_taken_is_said_before_anything_begins():
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"^Port {port} of 127.0.0.1 cannot be used: Address already in use.$"):
            listening("127.0.0.1", port)


def test_after_the_last_port_there_is_none():
    with pytest.raises(PortTaken, match=r"^There is no port 65536.$"):
        listening("127.0.0.1", 65_536)


@pytest.mark.parametrize("host", ["nobody.invalid", "192.0.2.7", "", "a" * 70])
def test_an_address_that_is_not_this_machines_is_said_and_what_would_be_one(host):
    with pytest.raises(NoSuchAddress) as told:
        listening(host, 0)
    assert str(told.value) == (
        f"{host!r} is no address of this machine; write 127.0.0.1, or 0.0.0.0 for all of its addresses"
    )


def test_a_port_of_the_administrators_is_said_to_be_one(monkeypatch):
    class Refused(socket.socket):
        def bind(self, _address):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(socket, "socket", Refused)
    with pytest.raises(PortTaken) as told:
        listening("127.0.0.1", 80)
    why = "Permission denied; those below 1024 are the administrator's."
    assert str(told.value) == f"Port 80 of 127.0.0.1 cannot be used: {why}"
