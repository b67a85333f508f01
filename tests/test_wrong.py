"""A body or a parameter of another form is told in a sentence of ours that says what would be right."""

import json
import re

import pytest
from api_rig import Service

JSON = {"content-type": "application/json", "if-match": "*"}
LIBRARY = re.compile(
    r"input|should|field|required|valid |permitted|decode|pattern|dictionary|\^|\(\?|error", re.IGNORECASE
)
PRICE = '{"pair": "BTC-USD", "price": "0.9998"}'


@pytest.fixture
def service(tmp_path, fake_clock):
    return Service(tmp_path, fake_clock)


@pytest.mark.parametrize(
    ("path", "body", "at", "said"),
    [
        ("prices", '{"pair":"BTC-USD","price":1.5}', "body.price",
         'price must be a text like "0.9998"; it is a number'),
        ("prices", '{"pair":"BTC-USD","price":"-8"}', "body.price", 'price has another form; write it like "0.9998"'),
        ("prices", '{"pair":"BTC-USD"}', "body.price", 'price is missing; send it like "0.9998"'),
        ("prices", "{bad", "body", f"the body is no JSON, from character 2 on; write it like {PRICE}"),
        ("prices", "", "body", f"the body is missing; send it like {PRICE}"),
        ("prices", '""', "body", f"the body must be an object like {PRICE}; it is a text"),
        ("prices", "null", "body", f"the body must be an object like {PRICE}; it is null"),
        ("watchlists", '{"name":"x","pairs":["A-B"],"nam":1}', "body.nam",
         "nam is not known; there are name and pairs"),
        ("watchlists", '{"name":"x","pairs":["A-B",[]]}', "body.pairs.1",
         'pairs[1] must be a text like "BTC-USD"; it is a list'),
        ("watchlists", '{"name":"x","pairs":"A-B"}', "body.pairs",
         'pairs must be a list like ["BTC-USD", "ETH-USD"]; it is a text'),
        ("watchlists", '{"name":"x","pairs":[]}', "body.pairs", "pairs must be a list of 1 or more"),
        ("watchlists", '{"name":"","pairs":["A-B"]}', "body.name", "name must be a text of 1 or more characters"),
        ("watchlists", json.dumps({"name": "x" * 65, "pairs": ["A-B"]}), "body.name",
         "name must be a text of 64 characters at most"),
        ("watchlists", json.dumps({"name": "x", "pairs": ["A-B"] * 201}), "body.pairs",
         "pairs must be a list of 200 at most"),
        ("tokens", '{"scope":"root"}', "body.scope", "scope must be read, write or admin"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_body(service, path, body, at, said):
    answer = service.ask("POST", f"/v1/{path}", content=body, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"at": at, "message": said}]
    assert answer.json()["detail"] == f"{said}."


@pytest.mark.parametrize(("value", "kind"), [("null", "null"), ("{}", "an object"), ("[1, 2]", "a list")])
def test_of_a_value_that_may_be_of_several_kinds_all_are_named_once(service, value, kind):
    answer = service.ask("PATCH", "/v1/settings/poll.interval_seconds", content=f'{{"value": {value}}}', headers=JSON)
    said = f"value must be true or false, a number, a text or a list of texts; it is {kind}"
    assert answer.json()["errors"] == [{"at": "body.value", "message": said}]


def test_nothing_that_was_sent_comes_back_but_names_and_of_those_not_all(service):
    body = json.dumps({"price": "hunter2", f"x\x1b[0m{'y' * 500}": 1} | {f"z{number}": 1 for number in range(50)})
    answer = service.ask("POST", "/v1/prices", content=body, headers=JSON)
    assert "hunter2" not in answer.text
    assert "\x1b" not in answer.json()["detail"]
    assert len(answer.json()["errors"]) == 20
    assert max(len(each["message"]) for each in answer.json()["errors"]) < 200


def test_what_is_no_text_is_told(service):
    answer = service.ask("POST", "/v1/prices", content=b"\xff", headers=JSON)
    assert (answer.status_code, answer.json()["detail"]) == (400, "The body is no JSON in UTF-8.")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=x", "limit must be a whole number"),
        ("limit=0", "limit must be 1 or more"),
        ("limit=501", "limit must be 500 or less"),
        ("cursor=!", "cursor has another form; it is: next_cursor of the page before"),
        ("pairs=x", "pairs has another form; write it like BTC-USD,ETH-USD, 200 at most"),
    ],
)
def test_what_is_wrong_with_a_parameter(service, query, said):
    assert service.get(f"/v1/prices?{query}").json()["detail"] == f"{said}."


def test_what_is_wrong_with_a_header(service):
    answer = service.ask("POST", "/v1/prices", content=PRICE, headers=JSON | {"idempotency-key": "a b"})
    assert answer.json()["errors"][0]["at"] == "header.Idempotency-Key"
    assert answer.json()["detail"].startswith("Idempotency-Key has another form; it is: A word of your choice")


def test_no_route_answers_in_the_words_of_a_library(service):
    asked = 0
    for path, methods in service.app.openapi()["paths"].items():
        for method, operation in methods.items():
            filled = re.sub(r"{\w+}", "BTC-USD", path)
            sent = [(re.sub(r"{\w+}", "!", path), "{}")] if "{" in path else []
            names = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            sent += [(f"{filled}?{name}={wrong}", "{}") for name in names for wrong in ("!", "9" * 500)]
            if "requestBody" in operation:
                sent += [(filled, body) for body in ("", "{", "[]", '{"x": 1}', '{"name": 1, "value": {}, "pairs": 1}')]
            for address, body in sent:
                if path in ("/v1/stream", "/v1/ws"):
                    continue
                answer = service.ask(method.upper(), address, content=body, headers=JSON)
                if answer.status_code == 422:
                    asked += 1
                    assert not LIBRARY.search(answer.json()["detail"]), (method, address, body, answer.text)
                    assert answer.json()["detail"].endswith(".")
                assert answer.status_code < 500, (method, address, body)
    assert asked > 60
