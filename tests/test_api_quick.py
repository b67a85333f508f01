"""What is answered at once is answered as by the usual way, whatever comes before, after and within it."""

import itertools
import logging

import pytest
from api_wire import HOST, Talk, asked, talk
from httptools import HttpParserCallbackError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from cryptoprices.core.grants import Scope

BTC, ETH = "/v1/prices/BTC-USD", "/v1/prices/ETH-USD"
CLOSE = "Connection: close"
BTC_PRICE, ETH_PRICE = b'"pair":"BTC/USD"', b'"pair":"ETH/USD"'


@pytest.fixture
def both(tmp_path, caplog):
    """What comes of a talk, which is the same in both ways, and so is what is logged."""
    caplog.set_level(logging.INFO)

    def told(*steps, **more) -> Talk:
        found, logged = [], []
        for quick in (True, False):
            caplog.clear()
            found.append(talk(tmp_path, steps, quick=quick, **more))
            logged.append(caplog.messages)
        assert found[0] == found[1]
        assert logged[0] == logged[1]
        return found[0]

    return told


def tag_of(told: Talk) -> str:
    return told.sent.partition(b"etag: ")[2].split(b"\r\n")[0].decode()


@pytest.mark.parametrize(
    ("question", "status", "closed"),
    [
        (asked(), 200, False),
        (asked(BTC), 200, False),
        (asked(BTC, method="HEAD"), 200, False),
        (asked("/v1/exchanges", "Accept: */*", "Accept-Encoding: gzip", "User-Agent: x"), 200, False),
        (asked(BTC, "If-None-Match: *"), 304, False),
        (asked(BTC, "If-None-Match: *", method="HEAD"), 304, False),
        (asked(BTC, 'If-None-Match: "other", W/"another"'), 200, False),
        (asked(BTC, "Connection: keep-alive"), 200, False),
        (asked(BTC, "Connection: Keep-Alive, close"), 200, True),
        (asked(BTC, CLOSE), 200, True),
        (asked(BTC, version="1.0"), 200, True),
        (asked(BTC, "Connection: keep-alive", version="1.0"), 200, True),
        (asked(BTC, "Expect: 100-continue"), 200, False),
        (asked(BTC, "Expect: something"), 200, False),
        (asked(BTC, "Upgrade: h2c", "Connection: upgrade"), 200, False),
        (asked(BTC, "Content-Length: 0"), 200, False),
        (asked(BTC, "Content-Length: 5", body="hello"), 200, False),
        (asked(BTC, "Transfer-Encoding: chunked", body="5\r\nhello\r\n0\r\n\r\n"), 200, False),
        (asked(BTC + "?"), 200, False),
        (asked(BTC + "#x"), 200, False),
        (asked(BTC + "ä"), 400, True),
        (asked("/v1/prices?pairs=BTC-USD"), 200, False),
        (asked("/v1/prices/BTC%2DUSD"), 200, False),
        (asked("/v1/prices/btc-usd"), 200, False),
        (asked("/v1/nothing"), 404, False),
        (asked(BTC, method="POST"), 401, False),
        (asked(BTC, method="OPTIONS"), 405, False),
        (asked(BTC, "Origin: http://evil.example"), 403, False),
        (asked(BTC, "Sec-Fetch-Site: cross-site"), 403, False),
        (asked(BTC, "Host: 127.0.0.1:8020"), 400, False),
        (asked(BTC).replace(b"127.0.0.1", b"evil.example"), 403, False),
        (asked(BTC).replace(b"127.0.0.1", b"evil.example").replace(b"GET", b"HEAD"), 403, False),
        (asked(BTC).replace(HOST.encode(), b""), 400, False),
        (asked(BTC, "Authorization: Bearer cp_1_2"), 401, False),
        (asked(BTC, "Authorization: Bearer cp_1_2", method="HEAD"), 401, False),
        (asked(BTC, "Authorization: Basic YTpi"), 401, False),
    ],
)  # fmt: skip
def test_each_question_has_the_same_answer_in_both_ways(both, question, status, closed):
    told = both(question)
    assert (told.statuses[-1], told.closed) == (status, closed)
    if not closed:
        assert both(question, question, question).statuses == told.statuses * 3


def test_what_is_published_has_no_task(tmp_path):
    cycles = []
    for question in (asked(), asked(BTC, "If-None-Match: *"), asked(BTC, "Host: x"), asked(BTC, CLOSE)):
        talk(tmp_path, [question, lambda world: cycles.append(world.connection.cycle)], quick=True)
    assert [cycle is None for cycle in cycles] == [True, True, True, False]


def test_who_has_it_already_is_told_so(both):
    tag = tag_of(both(asked(BTC)))
    for form in ("{}", "W/{}", '"other", {}', ' "a",W/{} '):
        assert both(asked(BTC, f"If-None-Match: {form.format(tag)}")).statuses == [304]
        assert both(asked(ETH, f"If-None-Match: {form.format(tag)}")).statuses == [200]


def test_the_same_question_hears_what_is_new_what_has_grown_old_and_what_is_gone(both):
    tag = tag_of(both(asked(BTC)))
    for question in (asked(BTC), asked(BTC, f"If-None-Match: {tag}")):
        told = both(
            *[question] * 2,
            lambda world: world.clock.advance(1.5), *[question] * 2,
            lambda world: world.clock.advance(45), *[question] * 2,
            lambda world: (setattr(world.live, "pairs", ()), world.clock.advance(3)), *[question] * 2,
        )  # fmt: skip
        first = 304 if tag.encode() in question else 200
        assert told.statuses == [first] * 4 + [200] * 4
        assert told.sent.endswith(b"GET " + BTC.encode())
        assert told.sent.count(b"age: 1\r\n") == 2
        assert told.sent.count(b'"price":"97412.50","state":"DELAYED"') == 2


def test_wrong_tokens_are_counted_once_each(both):
    wrong = asked(BTC, "Authorization: Bearer cp_1_2")
    assert both(*[wrong] * 12).statuses == [401] * 10 + [429] * 2


def test_off_loopback_each_question_is_judged_and_counted(both, tmp_path):
    texts = []
    talk(tmp_path, [lambda world: texts.append(world.tokens.create("x", Scope.READ))], quick=True)
    question = asked(BTC, f"Authorization: Bearer {texts[0]}")

    def revoked(world):
        (token,) = world.tokens.all()
        world.tokens.find = lambda _text: None
        assert token.name == "x"

    told = both(*[question] * 601, lambda world: world.clock.advance(0.1), *[question] * 2, loopback=False)
    assert told.statuses == [200] * 600 + [429] + [200] * 2
    assert told.sent.count(b"ratelimit: ") == 602
    assert b'ratelimit: "requests";r=599;t=1\r\n\r\n{' in told.sent
    assert both(question, asked(BTC), question, revoked, question, loopback=False).statuses == [200, 401, 200, 401]
    assert both(question, question, revoked, question).statuses == [200, 200, 401]
    assert both(*[asked(BTC)] * 601, loopback=False).statuses == [401] * 600 + [429]


PIPELINED = (
    asked(BTC),
    asked(ETH, "If-None-Match: *"),
    asked("/healthz"),
    asked("/v1/watchlists", "Content-Type: application/json", "Content-Length: 2", method="POST", body="{}"),
    asked(ETH, "Transfer-Encoding: chunked", body="5\r\nhello\r\n0\r\n\r\n"),
)  # fmt: skip


def test_pipelined_questions_are_answered_in_their_order(both):
    alone = {question: both(question).sent for question in PIPELINED}
    for order in itertools.permutations(PIPELINED):
        for resting in (True, False):
            told = both(b"".join(order), asked(BTC, CLOSE), resting=resting)
            assert told.sent.startswith(b"".join(alone[question] for question in order))
            assert told.closed


def test_several_questions_in_the_same_piece_again_are_answered_each(both):
    for piece in (asked(BTC) * 2, asked(BTC) + asked(ETH), asked("/healthz") + asked(BTC)):
        assert both(piece, piece, piece).statuses == [200] * 6
    told = both(asked(BTC), asked(ETH) * 2, asked(BTC))
    assert (told.sent.count(BTC_PRICE), told.sent.count(ETH_PRICE)) == (2, 2)


def test_what_is_published_is_no_websocket(tmp_path, caplog):
    lines = "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"
    upgrade = asked(BTC, *lines, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    told = [talk(tmp_path, [upgrade, 1], quick=way).statuses for way in (True, False)]
    assert told[0] == told[1] != [200]


def test_after_the_last_question_of_a_connection_nothing_is_answered(both):
    for more in (asked(BTC, CLOSE) + asked(ETH), asked(BTC) + asked("/healthz", CLOSE) + asked(ETH)):
        told = both(more)
        assert told.closed
        assert b"ETH" not in told.sent


@pytest.mark.parametrize("more", [(), ("Content-Length: 5",)])
def test_a_question_may_come_in_any_pieces(both, more):
    question = asked(BTC, "Accept: application/json", *more, body="hello" if more else "")
    whole = both(question)
    for at in range(1, len(question)):
        assert both(question[:at], question[at:], resting=False) == whole
    assert both(*(question[at : at + 1] for at in range(len(question)))) == whole
    assert both(b"\r\n" + question + b"\r\n", b"\r\n" + question + b"\r\n").sent == whole.sent * 2


def test_a_body_is_none_in_whatever_pieces_it_comes(both):
    inner = asked(BTC)
    length = f"Content-Length: {len(inner)}"
    for outer in (
        asked(ETH, length),
        asked(ETH, length, "Authorization: Bearer cp_1_2"),
        asked("/v1/watchlists", length, "Content-Type: application/json", method="POST"),
        asked(ETH, "Transfer-Encoding: chunked") + f"{len(inner):x}\r\n".encode(),
    ):
        end = b"\r\n0\r\n\r\n" if b"chunked" in outer else b""
        for answered, pieces in (
            (2, [outer, inner, end, inner, inner]),
            (2, [outer + inner + end, inner, inner]),
            (4, [inner, inner, outer, inner, end, inner, inner]),
            (2, [outer + inner + end + inner, inner]),
            (1, [outer + inner[:9], inner[9:] + end + inner, inner[9:] + inner]),
        ):
            told = both(*filter(None, pieces))
            assert told.sent.count(ETH_PRICE) + told.statuses.count(401) == 1
            assert told.sent.count(BTC_PRICE) == answered


POOL = (*PIPELINED, asked(BTC, CLOSE), asked(BTC, "Expect: 100-continue"), asked("/v1/prices?pairs=BTC-USD"), b"\r\n")


@given(some.lists(some.sampled_from(POOL), max_size=6), some.lists(some.integers(0, 1200), max_size=5), some.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_questions_in_any_pieces_have_the_same_answers_in_both_ways(both, questions, cuts, resting):
    text = b"".join(questions)
    edges = sorted({0, *(cut for cut in cuts if cut < len(text)), len(text)})
    both(*(text[start:end] for start, end in itertools.pairwise(edges)), resting=resting)


def test_who_takes_nothing_is_answered_when_he_does(tmp_path):
    seen = []
    steps = (
        asked(BTC), lambda world: world.connection.pause_writing(), asked(BTC), asked(ETH), 1,
        lambda world: seen.append(len(world.pipe.written)), lambda world: world.connection.resume_writing(),
    )  # fmt: skip
    assert talk(tmp_path, steps, quick=True, resting=False).statuses == [200] * 3
    assert seen == [len(talk(tmp_path, steps[:1], quick=True).sent)]


def is_closed(seen: list[bool]):
    """Notes whether the connection is."""
    return lambda world: seen.append(world.pipe.closed)


@pytest.mark.parametrize("path", [BTC, "/healthz"])
def test_a_connection_ends_when_nothing_is_asked_for_long(both, path):
    seen: list[bool] = []
    note = is_closed(seen)
    half = asked(path)[:30]
    both(asked(path), 29, asked(path), asked(path), 29, note, 2, note)
    both(asked(path), 29, half, 2, note, asked(path)[30:], 29, note, 2, note)  # a head is waited for otherwise
    both(asked(path), 29, b"\r\n", 29, note, 2, note)
    assert seen == [*[False, True] * 2, *[False, False, True] * 2, *[False, True] * 2]


def test_a_stream_is_not_ended_by_the_time_of_the_question_before(both, tmp_path):
    seen: list[bool] = []
    both(asked(BTC), 20, asked("/v1/stream"), 100, is_closed(seen), lambda world: world.leave(), resting=False)
    lines = "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"
    upgrade = asked("/v1/ws", *lines, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    told = talk(tmp_path, [asked(BTC), 20, upgrade, 35, is_closed(seen)], quick=True)
    assert seen == [False] * 3
    assert told.statuses == [200, 101]


def test_the_end_of_the_server_ends_connections_that_rest_and_lets_others_be_answered(both):
    def end(world):
        world.connection.shutdown()

    assert both(asked(BTC), end, asked(ETH))[1:] == (True, {2: 1})
    assert both(asked("/healthz"), end, asked(BTC), resting=False)[1:] == (True, {2: 1})
    assert both(asked(BTC), asked("/healthz"), end, asked(BTC), resting=False)[1:] == (True, {2: 2})


def test_many_questions_in_one_piece_are_no_long_head(both):
    text = asked(BTC, f"X: {'a' * 100}") * 100
    assert both(text[:-9], text[-9:]).statuses == [200] * 100
    long = asked(BTC, f"X: {'a' * 9000}")
    assert both(asked(BTC) * 2 + long[:5000], long[5000:]).statuses == [200, 200, 431]
    assert both(asked(BTC) * 100 + long[:5000], long[5000:9000], long[9000:]).statuses == [200] * 100 + [431]


def test_what_stands_behind_a_body_in_chunks_is_no_header_and_not_endless(both):
    chunked = asked(BTC, "Transfer-Encoding: chunked")
    for trailer in (b"Authorization: Bearer cp_1_2", b"Host: evil.example", b"X: x"):
        end = b"5\r\nhello\r\n0\r\n" + trailer + b"\r\n\r\n"
        assert both(chunked + end, asked(ETH)).statuses == both(chunked, end, asked(ETH)).statuses == [200, 200]
    endless = [b"x" * 1000] * 9
    for begun in (b"0\r\nX: ", b"5;x=", b"no size"):
        told = both(chunked, begun, *endless)
        assert (told.statuses, told.closed) == ([200], True)  # one answer, and no other for what was wrong behind it
    assert both(asked("/healthz", "Content-Length: 9000", method="POST"), *endless, asked(BTC)).statuses == [401, 200]


def test_a_mistake_of_ours_is_not_taken_for_one_of_the_asker(tmp_path):
    def broken(world):
        world.connection._door.quick.publishes = None

    with pytest.raises(HttpParserCallbackError):
        talk(tmp_path, [broken, asked(BTC)], quick=True)


@pytest.mark.parametrize(
    "coding",
    ["xchunked", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "chunkedx", "chunked;q=1", ""],
)
@pytest.mark.parametrize("question", [(BTC, "GET"), ("/healthz", "GET"), ("/v1/watchlists", "POST")])
def test_a_body_in_a_coding_that_nobody_knows_is_refused(both, coding, question):
    path, method = question
    told = both(asked(BTC), asked(path, f"Transfer-Encoding: {coding}", method=method, body="5\r\nhello\r\n0\r\n\r\n"))
    assert (told.statuses[0], told.statuses[1] in (400, 501), told.closed) == (200, True, True)
    assert told.statuses[1:] == [501] or "chunked, " in coding or not coding  # those the parser refuses
    assert b"content-type: application/problem+json\r\n" in told.sent
    twice = asked(path, f"Transfer-Encoding: {coding}", "Transfer-Encoding: chunked", method=method)
    assert both(twice).statuses[0] in (400, 501)
    assert both(asked(path, "Transfer-Encoding: Chunked ", body="0\r\n\r\n")).statuses == [
        200 if method == "GET" else 401
    ]
