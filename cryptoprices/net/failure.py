"""Why no (whole) answer came: what requests, urllib3, ssl and socket raise -> an error that says it to a person."""

import http.client
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import urllib3

from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.net.resolver import LookupSilent
from cryptoprices.net.verdict import PROXY_PASSWORD, NotReached, of_certificate

_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


def of_failure(url: str, proxy: str | None, error: BaseException, over: bool) -> SourceError:
    """The error for a person. proxy: the one it went through. over: the call's time was over."""
    host = urlsplit(url).hostname or "the exchange"
    chain = list(_chain(error))
    for cause in chain:
        if isinstance(cause, SourceError):
            return cause
    if over:
        return NotReached(Reason.TIMEOUT, f"{host} did not answer in time.")
    found = next(filter(None, (_of_cause(host, cause) for cause in chain)), None)
    if found is not None and found.reason is not Reason.UNREACHABLE:
        return found
    if proxy is not None:
        name = urlsplit(proxy).hostname
        return NotReached(Reason.UNREACHABLE, f"The proxy {name} cannot be used; check network.proxy.")
    return found or NotReached(Reason.UNREACHABLE, f"{host} cannot be reached; check the network and this address.")


def was_dead(error: BaseException) -> bool:
    """Whether a kept connection turned out to be closed at the other end."""
    return any(isinstance(cause, (ConnectionError, *_ENDED)) for cause in _chain(error))


_CAUSES: tuple[tuple[tuple[type[BaseException], ...], Reason, str], ...] = (
    ((LookupSilent,), Reason.NAME_LOOKUP, "Name lookup is not answering; check the network's name server (DNS)."),
    ((socket.gaierror,), Reason.NAME_LOOKUP, "The name {} cannot be found; check the network, or the address set."),
    ((TimeoutError, urllib3.exceptions.TimeoutError), Reason.TIMEOUT, "{} did not answer in time."),
    ((ConnectionRefusedError,), Reason.UNREACHABLE, "{} refuses the connection."),
    (
        (ConnectionError, http.client.IncompleteRead, urllib3.exceptions.IncompleteRead, *_ENDED),
        Reason.UNREACHABLE,
        "{} broke off the connection.",
    ),
    ((http.client.HTTPException,), Reason.BAD_PAYLOAD, "{} sends something that is no HTTP."),
)


def _of_cause(host: str, cause: BaseException) -> SourceError | None:
    if "unnel" in str(cause) and re.search(r"\b407\b", str(cause)):
        return NotReached(Reason.BLOCKED, PROXY_PASSWORD)
    for kinds, reason, text in _CAUSES:
        if isinstance(cause, kinds):
            return NotReached(reason, text.format(host))
    return of_certificate(host, cause) if isinstance(cause, ssl.SSLError) else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it was raised from, innermost first."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and not any(one is known for known in seen):
            seen.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return reversed(seen)
