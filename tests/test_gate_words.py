"""What the gate tells whoever lacks a token: the command that makes one, and strangers no more than they may know."""

import asyncio
import json

import pytest
from gate_world import OWN, WRONG, World

from cryptoprices.api.cryptowatch.surface import Surface
from cryptoprices.api.hosts import Hosts


def test_only_who_is_on_this_machine_is_told_where_the_tokens_are(tmp_path, fake_clock):
    world = World(tmp_path, fake_clock, loopback=False, hosts=Hosts("0.0.0.0", 8020))
    world.service.tokens.program = "cryptoprices --profile /srv/prices"

    async def told(client: str, *headers: tuple[str, str], host: str = "127.0.0.1:8020", **more) -> str:
        asked = [("host", host), *headers]
        answer = await world.ask("GET", "/v1/watchlists", asked, client=client, server=("10.0.0.7", 8020), **more)
        return json.loads(answer.body)["detail"]

    async def main() -> None:
        for near in ("127.0.0.1", "::1"):
            assert "Make one with: cryptoprices --profile /srv/prices token create --scope read" in await told(near)
            assert "`cryptoprices --profile /srv/prices token list`" in await told(near, token=WRONG)
        for name in ("[::1]:8020", "LOCALHOST:8020", "127.0.0.1"):
            assert "/srv/prices" in await told("127.0.0.1", host=name)
        assert "Make one with: cryptoprices token create --scope read" in await told("10.0.0.9")
        assert "/srv" not in await told("127.0.0.1", host="10.0.0.7:8020")  # a proxy on this machine passes it on
        for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via"):
            assert "/srv" not in await told("::1", (name, "for=10.0.0.9"))
        assert "`cryptoprices token list`" in await told("10.0.0.9", token=WRONG)

    asyncio.run(main())


@pytest.mark.parametrize(("client", "begun"), [("127.0.0.1", "cryptoprices --demo"), ("192.0.2.7", "cryptoprices")])
def test_those_behind_the_gate_name_the_same_command(tmp_path, fake_clock, client, begun):
    world = World(tmp_path, fake_clock)
    service = world.service
    service.tokens.program = "cryptoprices --demo"
    world.gate._app = Surface(service, service.live, None, service.tokens, "0.0")

    async def main() -> None:
        pair = await world.ask("GET", "/v1/prices/DOGE-EUR", client=client)
        assert f"`{begun} settings watchlist …`" in json.loads(pair.body)["detail"]
        key = await world.ask("GET", "/cryptowatch/markets", [*OWN, ("x-cw-api-key", "1")], client=client)
        assert json.loads(key.body)["error"].endswith(f"are made by: {begun} token create")

    asyncio.run(main())
