"""What may be asked of the gate, and how: every value of each dimension, with what it is refused if it is wrong.

Of several wrongs expected() says which is told. The table knows nothing of the code.
"""

from typing import NamedTuple

from gate_world import BASIC, GIVEN, NO_TOKEN, SHORT, WRONG

from cryptoprices.core.grants import Scope

OK = 0


class Way(NamedTuple):
    """One value of a dimension. refused: the status, OK for a right one.

    In a header {port} stands for the server's port, {host} for what Host says.
    """

    headers: tuple[tuple[str, str], ...]
    refused: int = OK


def host(*names: str, refused: int = OK) -> Way:
    return Way(tuple(("host", name) for name in names), refused)


def origin(*names: str, refused: int = OK) -> Way:
    return Way(tuple(("origin", name) for name in names), refused)


def site(*words: str, refused: int = OK) -> Way:
    return Way(tuple(("sec-fetch-site", word) for word in words), refused)


HOSTS = [
    host("127.0.0.1:{port}"),
    host("LocalHost:{port}"),
    host("[::1]:{port}"),
    host("evil.example", refused=403),
    host("evil.example:{port}", refused=403),
    host("localhost", refused=403),
    host("localhost:1", refused=403),
    host("localhost.:{port}", refused=403),
    host("127.0.0.1.evil.example:{port}", refused=403),
    host("localhost:{port}@evil.example", refused=403),
    host("0.0.0.0:{port}", refused=403),
    host("[::ffff:127.0.0.1]:{port}", refused=403),
    host(refused=400),
    host("", refused=400),
    host("127.0.0.1:{port}", "127.0.0.1:{port}", refused=400),
]
ELSEWHERE = [
    *HOSTS[:3],
    host("10.96.3.4:{port}"),
    host("10.96.3.4"),
    host("192.168.1.7:9000"),
    host("LocalHost:9000"),
    host("localhost"),
    host("[fd00::7]:9000"),
    host("[FD00::7]"),
    host("prices.example.com"),
    host("Prices.example.com:{port}"),
    host("prices.example.com:9000"),
    host("port.example.com:443"),
    host("port.example.com", refused=403),
    host("port.example.com:{port}", refused=403),
    host("port.example.com:443:1", refused=403),
    host("evil.example", refused=403),
    host("evil.example:{port}", refused=403),
    host("x.prices.example.com", refused=403),
    host("localhost.:{port}", refused=403),
    host("localhost:", refused=403),
    host("localhost:900000", refused=403),
    host("127.0.0.1.evil.example:{port}", refused=403),
    host("10.96.3.4.nip.example:{port}", refused=403),
    host("10.96.3.4@evil.example", refused=403),
    host("user@10.96.3.4:{port}", refused=403),
    host("10.96.3.4.:{port}", refused=403),
    host("10.96.3:{port}", refused=403),
    host("127.1:{port}", refused=403),
    host("0x7f.1:{port}", refused=403),
    host("0177.0.0.1:{port}", refused=403),
    host("010.096.003.004:{port}", refused=403),
    host("2130706433:{port}", refused=403),
    host("10.96.3.256:{port}", refused=403),
    host("\u0661\u0660.96.3.4:{port}", refused=403),
    host("0.0.0.0:{port}", refused=403),
    host("[::]:{port}", refused=403),
    host("[::ffff:10.96.3.4]:{port}", refused=403),
    host("[::ffff:a60:304]", refused=403),
    host("[fe80::1%eth0]:{port}", refused=403),
    host("[fe80::1%25eth0]:{port}", refused=403),
    host("[10.96.3.4]:{port}", refused=403),
    host("[fd00::7]x:{port}", refused=403),
    host("fd00::7", refused=403),
    host("fd00::7:{port}", refused=403),
    host(" 10.96.3.4", refused=403),
    host(":{port}", refused=403),
    host(refused=400),
    host("", refused=400),
]
"""Of a server that others can reach, with the names prices.example.com and port.example.com:443."""

ORIGINS = [
    origin(),
    origin("http://{host}"),
    origin("null", refused=403),
    origin("https://{host}", refused=403),
    origin("http://localhost:3000", refused=403),
    origin("http://evil.example", refused=403),
    origin("", refused=403),
    origin("http://{host}", "http://evil.example", refused=400),
]
SITES = [site(), site("same-origin"), site("none"), site("same-site", refused=403), site("cross-site", refused=403)]
TYPES = [
    Way((("content-type", "application/json; charset=utf-8"),)),
    Way((), refused=415),
    Way((("content-type", "text/plain"),), refused=415),
    Way((("content-type", "application/x-www-form-urlencoded"),), refused=415),
]


class Asked(NamedTuple):
    """What is asked for. scope: what a token needs, None for what is open. checks_type: whether it may have a body.

    refused: with what it is refused, whoever asks. done: the statuses of those that pass.
    """

    method: str
    path: str
    scope: Scope | None
    done: tuple[int, ...]
    checks_type: tuple[int, ...] = ()  # of TYPES, which are refused
    refused: int = OK
    more: tuple[tuple[str, str], ...] = ()


ASKED = [
    Asked("GET", "/v1/prices", None, (200,)),
    Asked("HEAD", "/v1/prices/BTC-USD", None, (200,)),
    Asked("GET", "/v1/watchlists", Scope.READ, (200,)),
    Asked("GET", "/v1/prices/manual", Scope.READ, (200,)),
    Asked("HEAD", "/v1/prices/manual/m9", Scope.READ, (404,)),
    Asked("POST", "/v1/watchlists", Scope.WRITE, (201,), (1, 2, 3), more=(("x-http-method-override", "GET"),)),
    Asked("POST", "/v1/prices", Scope.WRITE, (422,), (1, 2, 3)),  # open, but only to be read
    Asked("PATCH", "/v1/settings/poll.interval_seconds", Scope.WRITE, (422, 428), (1, 2, 3)),
    Asked("DELETE", "/v1/tokens/00000000", Scope.ADMIN, (404,), (2, 3)),
    Asked("GET", "/v1/tokens", Scope.ADMIN, (200,), more=(("x-method-override", "DELETE"),)),
    Asked("OPTIONS", "/v1/watchlists", None, (), refused=403, more=(("access-control-request-method", "POST"),)),
    Asked("OPTIONS", "/v1/prices", None, (), refused=405),
    Asked("TRACE", "/v1/prices", None, (), refused=405),
    Asked("WEBSOCKET", "/v1/ws", None, (101,)),
]


def expected(asked: Asked, host_: Way, origin_: Way, site_: Way, token: str, type_: int) -> tuple[int, ...]:
    """The statuses that are right, by the table. A header that is there twice is told before all else."""
    ways = (host_, origin_, site_)
    if any(len(way.headers) > 1 for way in ways):
        return (400,)
    for way in (host_, site_, origin_):
        if way.refused:
            return (way.refused,)
    if asked.refused:
        return (asked.refused,)
    if token in (WRONG, SHORT, BASIC) or (token == NO_TOKEN and asked.scope):
        return (401,)
    if asked.scope and GIVEN[token] is not None and GIVEN[token] < asked.scope:
        return (403,)
    return (415,) if type_ in asked.checks_type else asked.done


def headers_of(asked: Asked, ways: tuple[Way, ...], port: int) -> list[tuple[str, str]]:
    """The headers of such a question. ways: of the dimensions, the host first."""
    named = ways[0].headers[0][1].format(port=port) if ways[0].headers else ""
    host_ = named.lower()  # as browsers write it in Origin
    said = [header for way in ways for header in way.headers]
    return [(key, value.format(port=port, host=host_)) for key, value in (*said, *asked.more)]
