"""What is answered from ready bytes, and what is left to the routes."""

import asyncio

import pytest
from api_rig import FakeLive
from asgi import Reply, ask

from cryptoprices.api.hot import Hot
from cryptoprices.api.publish import Publisher


@pytest.fixture
def hot(fake_clock):
    return Hot(routes, Publisher(FakeLive(fake_clock), None, fake_clock.clock), fake_clock.clock)


async def routes(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"routes"})


def asked(hot, path: str, method: str = "GET", **headers: str) -> Reply:
    return asyncio.run(ask(hot, path, method, **headers))


def test_a_published_path_is_answered_with_all_that_a_cache_needs(hot):
    reply = asked(hot, "/v1/prices/BTC-USD")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert int(reply.headers["content-length"]) == len(reply.body) > 100
    assert (reply.headers["age"], reply.headers["vary"]) == ("0", "Accept, Accept-Encoding")
    assert reply.headers["last-modified"] == "Sat, 22 Nov 2025 14:00:00 GMT"


def test_age_is_that_of_the_body(hot, fake_clock):
    fake_clock.advance(1.9)
    assert asked(hot, "/v1/prices").headers["age"] == "1"


def test_head_has_the_same_headers_and_no_body(hot):
    get, head = asked(hot, "/v1/prices"), asked(hot, "/v1/prices", "HEAD")
    assert (head.status, head.body, head.headers) == (200, b"", get.headers)


@pytest.mark.parametrize("sent", ["{}", "W/{}", '"other", {}', "*", ' "a",W/{} '])
def test_who_has_it_already_is_told_so_without_the_body(hot, sent):
    tag = asked(hot, "/v1/prices").headers["etag"]
    reply = asked(hot, "/v1/prices", if_none_match=sent.format(tag))
    assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", tag)
    assert "content-length" not in reply.headers
    assert "cache-control" in reply.headers


@pytest.mark.parametrize("first", ['"p-1-00"', "*"])
def test_what_a_reader_has_may_stand_in_several_lines(hot, first):
    tag = asked(hot, "/v1/prices").headers["etag"].encode()
    for lines, status in (([first.encode(), tag], 304), ([first.encode(), b'"a,*,b"'], 304 if first == "*" else 200)):
        scope = {"type": "http", "method": "GET", "path": "/v1/prices", "query_string": b""}
        assert hot.ready(scope | {"headers": [(b"if-none-match", line) for line in lines]}).status == status


def test_who_has_another_one_gets_this(hot):
    assert asked(hot, "/v1/prices", if_none_match='"p-1-00", W/"p-2-00"').status == 200


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/v1/prices?pairs=BTC-USD", "GET"),
        ("/v1/prices/btc-usd", "GET"),
        ("/v1/prices/BTC-USD/", "GET"),
        ("/v1/prices/DOGE-USD", "GET"),
        ("/v1/prices", "POST"),
        ("/v1/prices/BTC-USD", "DELETE"),
    ],
)
def test_all_else_is_left_to_the_routes(hot, path, method):
    assert asked(hot, path, method).status == 299
