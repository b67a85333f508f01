"""Under which names this server may be asked, and which pages are its own: what keeps web pages out.

A page that has its own name point at this machine (DNS rebinding) is the browser's "same origin"; only the name that it
must send in `Host` gives it away. So the names are an exact list. An address can be nobody's name: a page that is asked
for by an address is from there.
"""

import ipaddress
import re
from collections.abc import Collection, Iterable, Mapping

_NAME = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*(:[0-9]{1,5})?", re.ASCII)
_IPV6 = re.compile(r"\[([0-9a-f:.]+)\]((?::[0-9]{1,5})?)", re.ASCII)
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # every address of the machine, and one by which it finds itself
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HTTP_PORT = 80


class Hosts:
    """The names of a server that listens at this host and port. allowed: more names, as `--allow-host` gives them.

    bound: the address that `host` turned out to be, where it is a name or an unusual way to write one.
    Those without a port are meant with ours, and with none: in front of them stands a proxy with a port of its own.
    """

    def __init__(self, host: str, port: int, allowed: Iterable[str] = (), bound: str = "") -> None:
        self._port = port
        self._everywhere = (bound or host) in _EVERYWHERE
        names = {*_LOOPBACK, host, bound or host} - {*_EVERYWHERE}
        own = {authority for name in names for authority in _authorities(name, port)}
        # nobody but us can answer at our own port, and we speak plain HTTP; a proxy in front may speak TLS
        self._origins: dict[bytes, Collection[bytes]] = {name: (b"http://" + name,) for name in own}
        for text in allowed:
            name = checked_host(text)
            for authority in [name.encode()] if _has_port(name) else [name.encode(), f"{name}:{port}".encode()]:
                self._origins[authority] = (b"https://" + authority, b"http://" + authority)

    def origins(self, host: bytes, server: tuple[str, int | None] | None) -> Collection[bytes] | None:
        """The origins of our own pages that are asked for by this `Host`; None where that is no name of ours.

        server: the address at which the connection arrived.
        """
        found = self._origins.get(host) or self._origins.get(host.lower())
        if found is None and self._everywhere and server:
            address = server[0].removeprefix("::ffff:")  # an IPv4 connection at an IPv6 socket
            if (name := host.lower()) in _authorities(address, self._port):
                return (b"http://" + name,)
        return found

    @property
    def names(self) -> Mapping[bytes, Collection[bytes]]:
        """Every name with its origins, but for addresses of a server that is bound to all of them."""
        return self._origins


def authority(bound: tuple[str, int]) -> str:
    """How this machine asks a server that is bound there, like 127.0.0.1:8020: by a name that Hosts admits."""
    host, port = bound
    host = _EVERYWHERE.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_everywhere(address: str) -> bool:
    """Whether a server that is bound there is asked at every address of its machine."""
    return address in _EVERYWHERE


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that is bound to this host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def checked_host(text: str) -> str:
    """A name as `--allow-host` takes it, NAME or NAME:PORT, in lower case. Raises ValueError with one sentence."""
    name = text.strip().lower()
    if _NAME.fullmatch(name):
        return name
    in_brackets = _IPV6.fullmatch(name)
    try:
        address = ipaddress.IPv6Address(in_brackets[1] if in_brackets else name)
    except ValueError:
        raise ValueError(f"{text!r} is not a name of a host; write it like prices.example.com") from None
    return f"[{address}]{in_brackets[2] if in_brackets else ''}"


def _has_port(name: str) -> bool:
    return name.rpartition("]")[2].count(":") == 1


def _authorities(name: str, port: int) -> list[bytes]:
    """How a client writes this name or address with this port."""
    name = (f"[{name}]" if ":" in name else name).lower()
    return [f"{name}:{port}".encode(), *([name.encode()] if port == _HTTP_PORT else [])]
