"""A fault of ours wherever it is: answered in the form of the API that was asked, and told in the log."""

import asyncio
import json

import pytest
from gate_world import OWN, World
from serving import Serving

from cryptoprices.api.gate import Gate
from cryptoprices.api.hot import Hot
from cryptoprices.api.refusals import LastLine

SAID = "This is a mistake of the program; its log says more."


def broken(*_asked):
    raise ZeroDivisionError("broken")


@pytest.fixture(params=[(Gate, "_check_asker"), (Hot, "ready")], ids=["gate", "hot"])
def place(request, monkeypatch):
    monkeypatch.setattr(*request.param, broken)


@pytest.mark.usefixtures("place")
def test_a_fault_in_front_of_the_routes_is_a_problem_and_the_next_question_is_heard(tmp_path, fake_clock, caplog):
    with Serving(tmp_path, fake_clock) as serving:
        for path in ("/v1/prices", "/v1/prices?limit=1", "/v1/exchanges"):
            answer = serving.get(path)
            assert (answer.status, answer.headers["content-type"]) == (500, "application/problem+json")
            assert answer.headers["cache-control"] == "no-store"
            assert json.loads(answer.text) == {
                "type": "about:blank", "title": "Internal Server Error", "status": 500, "detail": SAID,
            }  # fmt: skip
        assert serving.meter.answers == {5: 3}
    assert "GET /v1/exchanges failed" in caplog.text
    assert caplog.text.count("ZeroDivisionError: broken") == 4  # one could not be answered at once either


@pytest.mark.usefixtures("place")
@pytest.mark.logs("failed")
def test_cryptowatchs_clients_get_it_in_the_form_that_they_read(tmp_path, fake_clock):
    with Serving(tmp_path, fake_clock) as serving:
        answer = serving.get("/cryptowatch/markets")
    assert (answer.status, answer.headers["content-type"]) == (500, "application/json")
    body = json.loads(answer.text)
    assert (list(body), body["error"]) == (["error", "allowance"], SAID)


@pytest.mark.logs("failed")
def test_a_websocket_is_refused_by_it(tmp_path, fake_clock, monkeypatch):
    monkeypatch.setattr(Gate, "_check_asker", broken)
    world = World(tmp_path, fake_clock)
    world.gate = LastLine(world.gate, False)
    refused = asyncio.run(world.ask("WEBSOCKET", "/v1/ws"))
    assert (refused.status, json.loads(refused.body)["detail"]) == (500, SAID)
    assert asyncio.run(world.ask("WEBSOCKET", "/v1/ws", extensions={})).status == 0


def test_what_has_begun_is_the_servers_to_break_off(tmp_path, fake_clock):
    async def halfway(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        broken()

    world = World(tmp_path, fake_clock)
    world.gate = LastLine(halfway, False)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(world.ask("GET", "/v1/prices", OWN))
