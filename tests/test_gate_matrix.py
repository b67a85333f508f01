"""Every way to ask, against a table of those that are right: only they pass, and the others change nothing.

What is expected comes from the table alone: each value of each dimension says whether it is right, and if not, with
what it is refused. Of several wrongs expected() says which is told.
"""

import asyncio
import itertools
import json
import os
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from gate_world import ADMIN, BASIC, GIVEN, NO_TOKEN, READ, SHORT, WRITE, WRONG, World

from cryptoprices.core.grants import Scope

OK = 0
STRIDE = int(os.environ.get("CRYPTOPRICES_GATE_STRIDE", "17"))
"""All right cells are asked, and every so many of the 184,800 wrong ones; no dimension has a length that divides it."""


class Way(NamedTuple):
    """One value of a dimension. refused: the status, OK for a right one. {host} in a header stands for the Host."""

    headers: tuple[tuple[str, str], ...]
    refused: int = OK


def host(*names: str, refused: int = OK) -> Way:
    return Way(tuple(("host", name) for name in names), refused)


def origin(*names: str, refused: int = OK) -> Way:
    return Way(tuple(("origin", name) for name in names), refused)


def site(*words: str, refused: int = OK) -> Way:
    return Way(tuple(("sec-fetch-site", word) for word in words), refused)


HOSTS = [
    host("127.0.0.1:8020"),
    host("LocalHost:8020"),
    host("[::1]:8020"),
    host("evil.example", refused=403),
    host("evil.example:8020", refused=403),
    host("localhost", refused=403),
    host("localhost:8021", refused=403),
    host("localhost.:8020", refused=403),
    host("127.0.0.1.evil.example:8020", refused=403),
    host("localhost:8020@evil.example", refused=403),
    host("0.0.0.0:8020", refused=403),
    host("[::ffff:127.0.0.1]:8020", refused=403),
    host(refused=400),
    host("", refused=400),
    host("127.0.0.1:8020", "127.0.0.1:8020", refused=400),
]
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
    Asked("POST", "/v1/watchlists", Scope.WRITE, (201,), (1, 2, 3), more=(("x-http-method-override", "GET"),)),
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


def cells() -> Iterator[tuple]:
    return itertools.product(ASKED, HOSTS, ORIGINS, SITES, range(len(TYPES)))


@pytest.mark.parametrize("token", GIVEN)
def test_only_the_right_cells_of_the_matrix_pass_and_the_others_change_nothing(tmp_path, fake_clock, token):
    world = World(tmp_path, fake_clock)

    async def main() -> None:
        state, passed = world.state(), 0
        for number, (asked, host_, origin_, site_, type_) in enumerate(cells()):
            right = expected(asked, host_, origin_, site_, token, type_)
            if right != asked.done and number % STRIDE:
                continue
            said = [*host_.headers, *origin_.headers, *site_.headers, *TYPES[type_].headers, *asked.more]
            name = host_.headers[0][1].lower() if host_.headers else ""  # so do browsers write it in Origin
            said = [(key, value.replace("{host}", name)) for key, value in said]
            client = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"  # nobody is wrong too often
            body = json.dumps({"name": f"w{number}", "pairs": ["BTC-USD"]}).encode()
            before = world.reached
            answer = await world.ask(asked.method, asked.path, said, token, client=client, body=body)
            assert answer.status in right, (asked, said, right, answer)
            assert not [key for key in answer.headers if key.startswith("access-control-")]
            if right == asked.done:
                passed += 1
                assert asked.method == "POST" or world.state() == state
                state = world.state()
            else:
                assert world.reached == before, "nothing is read, no cache is touched"
                assert world.state() == state
                assert answer.status != 403 or host_.refused != 403 or answer.body == b""
        assert passed == right_cells(token)

    asyncio.run(main())


def right_cells(token: str) -> int:
    """How many there are, counted by hand: hosts, origins and sites that are right, times what this token may."""
    types = {NO_TOKEN: 3 * 4, WRONG: 0, SHORT: 0, BASIC: 0, READ: 4 * 4, WRITE: 4 * 4 + 2, ADMIN: 5 * 4 + 2 + 2}
    return 3 * 2 * 3 * types[token]
