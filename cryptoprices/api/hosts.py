"""Under which names this server may be asked, and which pages are its own: what keeps web pages out.

A page that has its own name point at this machine (DNS rebinding) is the browser's "same origin"; only the name that it
must send in `Host` gives it away. So the names are an exact list. An address can be nobody's name: a page that is asked
for by an address is from there. Off loopback, where everything takes a token, any address will do, and with any port:
which one leads here by a container's, a cluster's or a router's translation is nothing that we could know.
"""

import ipaddress
import re
from collections.abc import Collection, Iterable

_NAME = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*(:[0-9]{1,5})?", re.ASCII)
_IPV6 = re.compile(r"\[([0-9a-f:.]+)\]((?::[0-9]{1,5})?)", re.ASCII)
_ADDRESS = re.compile(r"(?:([0-9.]+)|\[([0-9a-f:.]+)\])", re.ASCII)
_PORT = re.compile(r":[0-9]{1,5}\Z", re.ASCII)
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # every address of the machine, and one by which it finds itself
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HTTP_PORT = 80


class Hosts:
    """The names of a server that listens at this host and port. allowed: more names, as `--allow-host` gives them.

    bound: the address that `host` turned out to be, where it is a name or an unusual way to write one.
    Those without a port are meant with ours, and with none: in front of them stands a proxy with a port of its own; off
    loopback with any, since a port may be published as another.
    """

    def __init__(self, host: str, port: int, allowed: Iterable[str] = (), bound: str = "") -> None:
        self._loopback = is_loopback(bound or host)
        self._any_port = {"localhost"}
        names = {*_LOOPBACK, host, bound or host} - {*_EVERYWHERE}
        own = {authority for name in names for authority in _authorities(name, port)}
        # nobody but us can answer at our own port, and we speak plain HTTP; a proxy in front may speak TLS
        self._origins: dict[bytes, Collection[bytes]] = {name: (b"http://" + name,) for name in own}
        for text in allowed:
            name = checked_host(text)
            if not _has_port(name):
                self._any_port.add(name)
            for authority in [name.encode()] if _has_port(name) else [name.encode(), f"{name}:{port}".encode()]:
                self._origins[authority] = (b"https://" + authority, b"http://" + authority)

    def origins(self, host: bytes) -> Collection[bytes] | None:
        """The origins of our own pages that are asked for by this `Host`; None where that is no name of ours."""
        found = self._origins.get(host) or self._origins.get(host.lower())
        if self._loopback:
            return found
        authority = host.lower()
        name = _PORT.sub("", authority.decode("latin-1"))
        if found or name in self._any_port or _is_address(name):
            return b"https://" + authority, b"http://" + authority
        return None


def authority(bound: tuple[str, int]) -> str:
    """How this machine asks a server that is bound there, like 127.0.0.1:8020: by a name that Hosts admits."""
    host, port = bound
    host = _EVERYWHERE.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that is bound to this host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_loopback_name(authority: bytes) -> bool:
    """Whether this `Host`, with a port or without, is what a machine calls itself alone."""
    return is_loopback(_PORT.sub("", authority.decode("latin-1")).strip("[]"))


def _is_address(name: str) -> bool:
    """Whether this is an address of a host in the usual spelling, which no page can have as its name."""
    if (found := _ADDRESS.fullmatch(name)) is None:
        return False
    try:
        address = ipaddress.IPv4Address(found[1]) if found[1] else ipaddress.IPv6Address(found[2])
    except ValueError:
        return False
    return not address.is_unspecified and getattr(address, "ipv4_mapped", None) is None


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
