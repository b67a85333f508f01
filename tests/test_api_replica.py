"""The API of one of several replicas: what is of all can be changed at it, what is its own cannot, and it says why."""

import asyncio
import json
from functools import partial

import api_rig
import pytest
from gate_world import OWN, READ, World

from cryptoprices.api.tickets import VALID_S, Tickets
from cryptoprices.core.grants import Scope, id_in
from cryptoprices.core.managed import Away, EachItsOwn
from cryptoprices.replicated import ReplicaTokens
from cryptoprices.storage.managed import ManagedFile
from cryptoprices.storage.tokens import TokenFile
from tests.one_common import OneCommon

ANY, JSON = {"if-match": "*"}, ("content-type", "application/json")
NEW, PEG = {"name": "A", "pairs": ["SOL-EUR"]}, {"pair": "USDX-USD", "price": "1"}


@pytest.fixture
def common() -> OneCommon:
    return OneCommon()


@pytest.fixture
def world(tmp_path, fake_clock, monkeypatch, common):
    """Another replica each time."""
    monkeypatch.setattr(api_rig, "ManagedFile", partial(ManagedFile, common=common))
    monkeypatch.setattr(api_rig, "Tickets", partial(Tickets, room=common))
    folders = (tmp_path / name for name in "abc")

    def another() -> World:
        folder = next(folders)
        folder.mkdir()
        return World(folder, fake_clock)

    return another


def test_what_one_has_made_another_can_change_at_once(world):
    one, other = world().service, world().service
    path = one.ask("POST", "/v1/watchlists", json=NEW).headers["location"]
    tag = one.get(path).headers["etag"]
    assert other.ask("PATCH", path, json={"name": "B"}, headers={"if-match": tag}).json()["name"] == "B"
    assert one.ask("DELETE", path, headers={"if-match": tag}).status_code == 412
    peg = other.ask("POST", "/v1/prices", json=PEG, headers={"idempotency-key": "k"})
    again = one.ask("POST", "/v1/prices", json=PEG, headers={"idempotency-key": "k"})
    assert (again.status_code, again.json(), again.headers["etag"]) == (201, peg.json(), peg.headers["etag"])
    assert one.ask("POST", "/v1/prices", json=PEG).status_code == 409
    assert one.ask("DELETE", peg.headers["location"], headers=ANY).status_code == 204
    assert other.ask("PATCH", peg.headers["location"], json={"price": "2"}, headers=ANY).status_code == 404


def test_while_what_is_shared_is_away_changes_are_refused_for_now(world, common):
    service = world().service
    path = service.ask("POST", "/v1/watchlists", json=NEW).headers["location"]
    peg = service.ask("POST", "/v1/prices", json=PEG).headers["location"]
    common.away = True
    for method, asked, body in (
        ("POST", "/v1/watchlists", NEW | {"name": "B"}), ("POST", "/v1/prices", PEG),
        ("PATCH", path, {"name": "B"}), ("PATCH", peg, {"price": "2"}), ("DELETE", path, None), ("DELETE", peg, None),
        ("POST", "/v1/tickets", {}),
    ):  # fmt: skip
        answer = service.ask(method, asked, json=body, headers=ANY)
        assert answer.status_code == 503, (method, asked)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["detail"].endswith("nothing was changed.")
    assert service.get(path).status_code == service.get(peg).status_code == 200
    service.owner.failing = Away("away")
    assert service.ask("POST", "/v1/admin/refresh", json={}).status_code == 503


def test_what_is_its_own_cannot_be_changed_over_the_api(tmp_path, fake_clock, monkeypatch):
    id_ = id_in(TokenFile(tmp_path / "tokens.json", fake_clock.clock).create("desk", Scope.READ))
    monkeypatch.setattr(api_rig, "TokenFile", ReplicaTokens)
    own = api_rig.Service(tmp_path, fake_clock)
    own.owner.failing = EachItsOwn("what to do instead")
    for method, path, body in (
        ("PUT", "/v1/settings/poll.interval_seconds", {"value": 60}),
        ("PATCH", "/v1/settings/poll.interval_seconds", {"value": 60}),
        ("PATCH", "/v1/watchlists/default", {"pairs": ["BTC-USD"]}),
    ):
        answer = own.ask(method, path, json=body, headers=ANY)
        assert (answer.status_code, answer.json()["detail"]) == (409, "what to do instead")
    for method, path in (("POST", "/v1/tokens"), ("DELETE", f"/v1/tokens/{id_}")):
        answer = own.ask(method, path, json={})
        assert answer.status_code == 409
        assert "CRYPTOPRICES_ADMIN_KEY" in answer.json()["detail"]
    assert [one["id"] for one in own.get("/v1/tokens").json()["items"]] == [id_]


def test_a_ticket_of_one_opens_one_stream_at_any_that_knows_its_token(world, common):
    one, other, stranger = world(), world(), world()
    path = other.service.tokens._path
    path.write_bytes(one.service.tokens._path.read_bytes())
    path.chmod(0o600)

    async def main() -> None:
        made = await one.ask("POST", "/v1/tickets", [*OWN, JSON], READ, body=b"{}")
        told = json.loads(made.body)
        assert (made.status, told["expires_in_seconds"]) == (201, VALID_S)
        query = f"pairs=BTC-USD&ticket={told['ticket']}"
        assert (await other.ask("WEBSOCKET", "/v1/ws", query=query)).status == 101
        assert (other.last["query_string"], other.last["state"]["token"].name) == (b"pairs=BTC-USD", READ)
        assert (await one.ask("GET", "/v1/stream", query=query)).status == 401
        unknown = await one.service.tickets.give(one.service.tokens.all()[0])
        assert (await stranger.ask("GET", "/v1/stream", query=f"ticket={unknown}")).status == 401
        common.away = True
        answer = await other.ask("GET", "/v1/stream", query="ticket=x")
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert (await other.ask("GET", "/v1/stream", token=READ)).status == 401  # its own token of this name is gone
        assert (await one.ask("GET", "/v1/stream", token=READ, query="pairs=BTC-USD")).status == 200

    asyncio.run(main())
