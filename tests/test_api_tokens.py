"""The routes of tokens: what whoever administers the server can do over the API."""

import asyncio
import json

import pytest
from api_rig import Service

from cryptoprices.core.grants import Scope, id_in


@pytest.fixture
def service(tmp_path, fake_clock) -> Service:
    return Service(tmp_path, fake_clock)


def test_a_token_is_made_shown_once_listed_and_revoked(service, fake_clock):
    made = service.ask("POST", "/v1/tokens", json={"name": " dash ", "scope": "write"})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    told = made.json()
    text = told.pop("token")
    assert told == {"id": id_in(text), "name": "dash", "scope": "write", "created": "2025-11-22T14:00:00.000Z"}
    assert made.headers["location"] == f"/v1/tokens/{told['id']}"
    assert service.tokens.find(text).scope is Scope.WRITE
    listed = service.get("/v1/tokens")
    assert listed.json() == {"items": [told], "next_cursor": None}
    assert listed.headers["cache-control"] == "no-store"
    assert service.get(made.headers["location"]).json() == told
    assert text not in listed.text
    assert service.tokens.find(text).digest not in listed.text
    assert service.ask("DELETE", made.headers["location"]).status_code == 204
    assert service.tokens.find(text) is None
    for method in ("GET", "DELETE"):
        gone = service.ask(method, made.headers["location"])
        assert (gone.status_code, gone.json()["title"]) == (404, "No such token")


def test_tokens_come_in_pages(service):
    for number in range(5):
        service.tokens.create(str(number), Scope.READ)
    first = service.get("/v1/tokens?limit=3").json()
    rest = service.get(f"/v1/tokens?limit=3&cursor={first['next_cursor']}").json()
    assert sorted(token["name"] for token in first["items"] + rest["items"]) == list("01234")
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("body", "said"),
    [({"scope": "root"}, "scope"), ({"name": "a\nb"}, "control characters"), ({"name": "x" * 65}, "64"),
     ({"admin": True}, "admin"), ([], "body")],
)  # fmt: skip
def test_a_wrong_wish_makes_none(service, body, said):
    refused = service.ask("POST", "/v1/tokens", json=body)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert said in json.dumps(refused.json())
    assert list(service.tokens.all()) == []


@pytest.mark.parametrize("path", ["/v1/tokens/0123abcd", "/v1/tokens/x", "/v1/tokens/0123ABCD"])
def test_an_id_that_is_none(service, path):
    assert service.get(path).status_code == (404 if path.endswith("abcd") else 422)


def test_a_file_that_cannot_be_used_is_said(service, tmp_path):
    (tmp_path / "tokens.json").write_text("{")
    (tmp_path / "tokens.json").chmod(0o600)
    for method, path in (("POST", "/v1/tokens"), ("DELETE", "/v1/tokens/0123abcd")):
        refused = service.ask(method, path, **({"json": {}} if method == "POST" else {}))
        assert refused.status_code == 500
        assert "their file cannot be used" in refused.json()["detail"]
        assert str(tmp_path) not in refused.text


def test_a_ticket_is_of_whoever_asks(service):
    service.token = service.tokens.find(service.tokens.create("page", Scope.READ))
    made = service.ask("POST", "/v1/tickets", json={})
    assert made.status_code == 201
    assert asyncio.run(service.tickets.redeem(made.json()["ticket"])) == service.token.id
