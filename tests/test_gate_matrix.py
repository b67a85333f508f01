"""Every way to ask, against a table of those that are right: only they pass, and the others change nothing.

What is expected comes from gate_table.py alone.
"""

import asyncio
import itertools
import json
import os
from collections.abc import Iterator

import pytest
from gate_table import ASKED, ELSEWHERE, HOSTS, ORIGINS, SITES, TYPES, expected, headers_of, origin
from gate_world import ADMIN, BASIC, GIVEN, NO_TOKEN, PORT, READ, SHORT, WRITE, WRONG, World

from cryptoprices.api.hosts import Hosts

STRIDE = int(os.environ.get("CRYPTOPRICES_GATE_STRIDE", "17"))
"""All right cells are asked, and every so many of the 200,000 wrong ones; no dimension has a length that divides it."""


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
            said = headers_of(asked, (host_, origin_, site_, TYPES[type_]), PORT)
            client = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"  # nobody is wrong too often
            body = json.dumps({"name": f"w{number}", "pairs": ["BTC-USD"]}).encode()
            before = world.reached
            answer = await world.ask(asked.method, asked.path, said, token, client=client, body=body)
            assert answer.status in right, (asked, said, right, answer)
            assert not [key for key in answer.headers if key.startswith("access-control-")]
            if right == asked.done:
                passed += 1
                assert asked.done == (201,) or world.state() == state
                state = world.state()
            else:
                assert world.reached == before, "nothing is read, no cache is touched"
                assert world.state() == state
                assert answer.status != 403 or host_.refused != 403 or answer.body == b""
        assert passed == right_cells(token)

    asyncio.run(main())


def test_off_loopback_it_is_asked_by_every_address_and_by_no_other_name(tmp_path, fake_clock):
    hosts = Hosts("0.0.0.0", PORT, ["prices.example.com", "port.example.com:443"])
    world = World(tmp_path, fake_clock, loopback=False, hosts=hosts)
    asked = ASKED[0]
    origins = [*(way for way in ORIGINS if way.headers != (("origin", "https://{host}"),)), origin("https://{host}")]

    async def main() -> None:
        for host_, origin_, site_ in itertools.product(ELSEWHERE, origins, SITES):
            right = expected(asked, host_, origin_, site_, READ, 0)
            before = world.reached
            said = headers_of(asked, (host_, origin_, site_), PORT)
            answer = await world.ask(asked.method, asked.path, said, READ)
            assert answer.status in right, (said, right, answer)
            assert (world.reached > before) == (right == asked.done)
            assert answer.status != 403 or host_.refused != 403 or answer.body == b""
            if right == asked.done:  # as somebody may ask it, but nobody without a token
                assert (await world.ask(asked.method, asked.path, said)).status == 401
            fake_clock.advance(1)

    asyncio.run(main())


def right_cells(token: str) -> int:
    """How many there are, counted by hand: hosts, origins and sites that are right, times what this token may."""
    types = {NO_TOKEN: 3 * 4, WRONG: 0, SHORT: 0, BASIC: 0, READ: 6 * 4, WRITE: 6 * 4 + 3, ADMIN: 7 * 4 + 3 + 2}
    return 3 * 2 * 3 * types[token]
