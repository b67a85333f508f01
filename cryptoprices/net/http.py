"""Asking one question over HTTP, bounded in time and size. The only user of requests. It never sleeps.

Certificates are those that the system trusts. Nothing is taken from .netrc, no cookie is kept, no redirect leads to
another host, and an answer that is not whole is no answer.
"""

import http.client
import logging
import ssl
import threading
import zlib
from collections.abc import Iterable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
import truststore
import urllib3
from requests.adapters import HTTPAdapter

from cryptoprices import __version__
from cryptoprices.clock import Clock
from cryptoprices.core.errors import BadPayload, SourceError
from cryptoprices.core.source import Answer
from cryptoprices.net.call import Call
from cryptoprices.net.connect import ASKING, POOLS, POOLS_BY_SOCKS, Asking
from cryptoprices.net.failure import of_failure, was_dead
from cryptoprices.net.proxy import proxy_for
from cryptoprices.net.resolver import Resolver

_CHUNK = 65536
_FOREIGN = (
    SourceError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)


class Limits(NamedTuple):
    """connect_s, read_s: of a single wait; total_s: wall time in all, name lookup included; body: bytes, unpacked."""

    connect_s: float = 3.0
    read_s: float = 5.0
    total_s: float = 8.0
    body: int = 1 << 20


class Http:
    """GET with limits, over kept connections. Thread-safe.

    proxy: "system" (looked up anew for each request), "none", http://host:port or socks5://host:port. resolver: may be
    used by others too.
    """

    def __init__(
        self, clock: Clock, proxy: str = "system", limits: Limits | None = None, resolver: Resolver | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._clock = clock
        self._proxy = proxy
        self.resolver = resolver or Resolver(clock)
        self._session = _Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update(
            {"User-Agent": f"cryptoprices/{__version__}", "Accept": "application/json", "Accept-Encoding": "gzip"}
        )
        adapter = _Adapter()
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        logging.getLogger("urllib3").setLevel(
            logging.ERROR
        )  # its warnings hold whole addresses, and say no more than we

    def get(self, url: str, headers: Mapping[str, str] | None = None, call: Call | None = None) -> Answer:
        """The answer, whatever its status. Raises SourceError where none came, or not whole, or not in time.

        call: whose time this request takes; without one it has `limits.total_s` to itself. A redirect to the same host
        is followed once, any other is returned as the answer that it is.
        """
        if call is None:
            with Call().lasting(self.limits.total_s) as own:
                return self.get(url, headers, own)
        answer = self._ask(url, headers, call)
        target = urljoin(url, answer.headers.get("location", ""))
        if 300 <= answer.status < 400 and target != url and _origin(target) == _origin(url):
            return self._ask(target, headers, call)
        return answer

    def close(self) -> None:
        """Close all kept connections."""
        self._session.close()

    def _ask(self, url: str, headers: Mapping[str, str] | None, call: Call, fresh: bool = False) -> Answer:
        limits = self.limits
        asking = Asking(call, self.resolver, self._clock.boot_s(), (limits.connect_s, limits.read_s), fresh)
        token = ASKING.set(asking)
        response: requests.Response | None = None
        proxy: str | None = None
        body = b""
        failure: Exception | None = None
        try:
            proxy = proxy_for(url, self._proxy)
            response = self._session.get(
                url,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(limits.connect_s, limits.read_s),
                proxies={"http": proxy, "https": proxy} if proxy else {},
            )
            body = self._body(response, call)
        except _FOREIGN as error:
            failure = error
        finally:
            ASKING.reset(token)
            call.release()
            if response is not None:
                response.close()
        if response is None or (failure is not None and response.status_code < 300):
            failure = failure or OSError("no answer")
            if response is None and not asking.connected and not call.over and was_dead(failure):
                return self._ask(url, headers, call, fresh=True)  # a kept connection had died; once, on a new one
            try:
                raise of_failure(url, proxy, failure, call.over) from failure
            finally:
                del failure  # it holds this frame and the connection, which would stay open until the next collection
        names = {name.lower(): value for name, value in response.headers.items()}  # of an error, these are what counts
        return Answer(response.status_code, names, body, asking.now_boot_s, self._clock.wall_ms())

    def _body(self, response: requests.Response, call: Call) -> bytes:
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        chunks = iter(lambda: response.raw.read(_CHUNK, decode_content=False), b"")
        body = inflated(chunks, encoding, self.limits.body)
        if call.over:
            raise TimeoutError("the answer's end did not come in time")
        return body


def inflated(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """A body whole and unpacked, of at most `limit` bytes. Raises BadPayload."""
    if encoding not in ("identity", "gzip", "x-gzip", "deflate"):
        raise BadPayload("The answer is packed in a way that was not asked for.")
    unpack = None if encoding == "identity" else zlib.decompressobj(wbits=47)  # gzip or zlib, by its head
    body = bytearray()
    for chunk in chunks:
        try:
            body += unpack.decompress(chunk, limit + 1 - len(body)) if unpack else chunk
        except zlib.error:
            raise BadPayload("The answer's packing is damaged.") from None
        if len(body) > limit:
            raise BadPayload(f"The answer is longer than {limit} bytes.")
        if unpack and unpack.unused_data:
            raise BadPayload("Something follows the packed answer.")
    if unpack and not unpack.eof and (body or unpack.unconsumed_tail):
        raise BadPayload("The packed answer is cut short.")
    return bytes(body)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port
    except ValueError:
        return "", None, None


class _Session(requests.Session):
    """Knows no redirects: to look where one would lead, requests would read its body, however long."""

    def get_redirect_target(self, resp: Any) -> None:  # noqa: ARG002  # requests' signature
        """Nowhere."""
        return


class _Adapter(HTTPAdapter):
    """Requests' adapter with our connections, which trust what the system trusts.

    Each address has an SSLContext of its own: truststore's holds a lock while it shakes hands, so with a shared one an
    exchange that hangs there would hold up all others.
    """

    def __init__(self) -> None:
        self._contexts: dict[tuple[object, object], ssl.SSLContext] = {}
        self._lock = threading.Lock()
        super().__init__(pool_connections=32, pool_maxsize=16)

    def close(self) -> None:
        """Close the kept connections now; urllib3 would leave that to the end of the pools' lives."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118  # no dict: it cannot be iterated
                if pool := manager.pools.get(key):
                    pool.close()
        super().close()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools with our connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """The pools behind this proxy, with our connections."""
        if not proxy.startswith("socks"):
            options["proxy_ssl_context"] = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = POOLS_BY_SOCKS if proxy.startswith("socks") else POOLS
        return manager

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:  # noqa: ARG002  # theirs
        """The host, and for TLS the context with the system's certificates."""
        host, options = super().build_connection_pool_key_attributes(request, True, None)
        if host["scheme"] == "https":
            with self._lock:
                key = (host["host"], host["port"])
                if key not in self._contexts:
                    self._contexts[key] = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                options["ssl_context"] = self._contexts[key]
        return host, options

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: requests would add certifi's certificates to the system's."""
