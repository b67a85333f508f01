"""Connections of urllib3 that look names up within our limits and belong to a Call, directly or through a proxy.

urllib3 makes its connections itself, so they learn from a context variable for whom they are made.
"""

import socket
from contextvars import ContextVar

import socks  # type: ignore[import-untyped]  # PySocks, which requests[socks] brings
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.contrib.socks import SOCKSConnection
from urllib3.exceptions import NewConnectionError

from cryptoprices.net.call import Call
from cryptoprices.net.resolver import Resolver

IDLE_S = 90.0  # a connection unused for longer is not trusted any more: the machine may have slept


class Asking:
    """One request under way. fresh: it wants a connection of its own. connected: it has made one."""

    def __init__(
        self, call: Call, resolver: Resolver, now_boot_s: float, limits: tuple[float, float], fresh: bool
    ) -> None:
        self.call = call
        self.resolver = resolver
        self.now_boot_s = now_boot_s
        self.connect_s, self.lookup_s = limits
        self.fresh = fresh
        self.connected = False

    def connect(self, host: str, port: int) -> socket.socket:
        """A new connection to host, its timeout being the connect limit. Raises OSError."""
        self.connected = True
        return self.resolver.connect(host, port, self.lookup_s, self.connect_s, self.call)


ASKING: ContextVar[Asking] = ContextVar("asking")


class _Plain(HTTPConnection):
    """A connection that is made for, and watched by, the request under way."""

    _used_boot_s = 0.0

    def _new_conn(self) -> socket.socket:
        try:
            return ASKING.get().connect(self._dns_host, self.port)
        except ConnectionError as error:  # by itself urllib3 takes it for the end of a request that was sent
            raise NewConnectionError(self, "no connection") from error

    @property
    def is_connected(self) -> bool:
        """Whether it can be used again: still open, not idle for long, and wanted."""
        asking = ASKING.get()
        return not asking.fresh and asking.now_boot_s - self._used_boot_s < IDLE_S and super().is_connected

    def request(self, *args: object, **kwargs: object) -> None:
        """Send the request, its answer being read within the call."""
        asking = ASKING.get()
        self._used_boot_s = asking.now_boot_s
        if self.sock is not None:
            asking.call.watch(self.sock)
        super().request(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came


class _Secure(_Plain, HTTPSConnection):
    pass


class _PlainBySocks(_Plain, SOCKSConnection):
    """Through a SOCKS proxy, which also looks the name up."""

    def _new_conn(self) -> socket.socket:
        asking = ASKING.get()
        asking.connected = True
        way = self._socks_options
        failure: OSError = OSError("no address of the proxy")
        for family, address in asking.resolver.addresses(str(way["proxy_host"]), asking.lookup_s, asking.call)[:2]:
            connection: socket.socket = socks.socksocket(family)
            try:
                asking.call.watch(connection)
                connection.settimeout(asking.connect_s)
                connection.set_proxy(  # type: ignore[attr-defined]  # a socksocket has it
                    way["socks_version"], address, way["proxy_port"], True, way["username"], way["password"]
                )
                connection.connect((self.host, self.port))
            except OSError as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure


class _SecureBySocks(_PlainBySocks, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _PlainPoolBySocks(HTTPConnectionPool):
    ConnectionCls = _PlainBySocks


class _SecurePoolBySocks(HTTPSConnectionPool):
    ConnectionCls = _SecureBySocks


POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _PlainPool, "https": _SecurePool}
POOLS_BY_SOCKS: dict[str, type[HTTPConnectionPool]] = {"http": _PlainPoolBySocks, "https": _SecurePoolBySocks}
