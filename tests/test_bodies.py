"""Bodies of requests, where what comes too slowly or leaves is let go; and answers to HEAD, which have none."""

import asyncio
import json

import pytest

from cryptoprices.api.bodies import Bodies
from cryptoprices.api.methods import Methods


def asked(messages, wait_s=5.0, headers=(), method="POST"):
    """What came through to the app, and what was answered. messages: what the client sends; then it sends nothing."""
    reached, told, waiting = [], [], list(messages)

    async def app(scope, receive, send):
        reached.append(await receive())

    async def receive():
        if waiting:
            return waiting.pop(0)
        return await asyncio.Future()

    async def send(message):
        told.append(message)

    scope = {"type": "http", "method": method, "headers": headers}
    asyncio.run(Bodies(app, most=10, wait_s=wait_s)(scope, receive, send))
    return reached, told


def part(body, more):
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_in_parts_comes_whole():
    assert asked([part(b"ab", True), part(b"c", False)]) == ([part(b"abc", False)], [])


@pytest.mark.parametrize(
    ("messages", "headers", "status"),
    [
        ([part(b"a", True)], (), 408),
        ([part(b"a" * 6, True), part(b"a" * 6, True)], (), 413),
        ([], ((b"content-length", b"11"),), 413),
        ([], ((b"content-length", b"9" * 400),), 413),
    ],
)
def test_what_is_too_slow_or_too_long_is_refused_and_the_connection_ends(messages, headers, status):
    reached, told = asked(messages, wait_s=0.01, headers=headers)
    assert (reached, told[0]["status"]) == ([], status)
    assert (b"connection", b"close") in told[0]["headers"]
    assert json.loads(told[1]["body"])["status"] == status


def test_who_leaves_meanwhile_has_asked_nothing():
    assert asked([part(b"a", True), {"type": "http.disconnect"}]) == ([], [])


def test_a_question_without_a_body_goes_on_at_once():
    assert asked([part(b"", False)], method="GET")[0] == [part(b"", False)]


def test_head_of_a_stream_ends_with_the_first_part():
    told = []

    async def stream(scope, receive, send):
        assert scope["method"] == "GET"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(3):
            await send({"type": "http.response.body", "body": b"part", "more_body": True})

    async def send(message):
        told.append(message)

    asyncio.run(Methods(stream, [])({"type": "http", "method": "HEAD", "path": "/"}, None, send))
    assert [(one["type"], one.get("body"), one.get("more_body", False)) for one in told] == [
        ("http.response.start", None, False), ("http.response.body", b"", False),
    ]  # fmt: skip
