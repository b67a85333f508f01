"""What the gate tells whoever lacks a token: the command that makes one, and strangers no more than they may know."""

import asyncio
import json

from gate_world import WRONG, World

from cryptoprices.api.hosts import Hosts


def test_only_who_is_on_this_machine_is_told_where_the_tokens_are(tmp_path, fake_clock):
    world = World(tmp_path, fake_clock, loopback=False, hosts=Hosts("0.0.0.0", 8020))
    world.service.tokens.program = "cryptoprices --profile /srv/prices"

    async def told(client: str, **more) -> str:
        asked = [("host", "10.0.0.7:8020")]
        answer = await world.ask("GET", "/v1/watchlists", asked, client=client, server=("10.0.0.7", 8020), **more)
        return json.loads(answer.body)["detail"]

    async def main() -> None:
        for near in ("127.0.0.1", "::1"):
            assert "Make one with: cryptoprices --profile /srv/prices token create --scope read" in await told(near)
            assert "`cryptoprices --profile /srv/prices token list`" in await told(near, token=WRONG)
        assert "Make one with: cryptoprices token create --scope read" in await told("10.0.0.9")
        assert "`cryptoprices token list`" in await told("10.0.0.9", token=WRONG)

    asyncio.run(main())
