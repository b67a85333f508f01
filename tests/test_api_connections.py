"""What a connection may keep of the server: requests that wait, answers that are not taken, handshakes that fail."""

import pytest
from api_wire import asked, talk

PRICE = "/v1/prices/BTC-USD"


def test_only_so_many_requests_wait_for_the_answers_before_them(tmp_path):
    assert talk(tmp_path, [asked("/healthz") * 101], quick=True).statuses == [200] * 101
    assert talk(tmp_path, [asked("/healthz") * 102, 1], quick=True)[:2] == (b"", True)


def leaves(size: int):
    """So much of what was sent is not taken."""

    def leave(world):
        world.pipe.left = size

    return leave


def pauses(world):
    world.connection.pause_writing()


def resumes(world):
    world.connection.resume_writing()


def is_aborted(seen: list[bool]):
    """Notes whether the connection was ended with something left."""
    return lambda world: seen.append(world.pipe.aborted)


def test_who_takes_nothing_for_long_is_left(tmp_path):
    seen: list[bool] = []
    note = is_aborted(seen)
    ask = asked(PRICE)
    for steps in (
        [ask, leaves(70_000), pauses, ask, 29, note, 2, note],
        [ask, leaves(70_000), pauses, ask, 29, leaves(69_999), 2, note, 27, leaves(0), resumes, 2, note],
        [ask, leaves(9), 31, note, 30, note],  # asks nothing more
        [asked("/healthz", "Connection: close"), leaves(9), 31, note],
    ):
        talk(tmp_path, [*steps, lambda world: world.pipe.close()], quick=True, resting=False)
    assert seen == [False, True, False, False, False, True, True]


@pytest.mark.parametrize(
    "more", [["Content-Length: 5"], ["Transfer-Encoding: chunked"], [f"X{number}: y" for number in range(130)]]
)
def test_a_websockets_head_that_cannot_be_read_is_answered(tmp_path, more):
    lines = "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", *more
    key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
    told = talk(tmp_path, [asked("/v1/ws", *lines, key, body="0\r\n\r\n")], quick=True)
    assert (told.statuses, told.closed) == ([400], True)
