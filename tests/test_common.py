"""What replicas have in common by way of a Redis: one content, changed by one at a time; tickets; and a wish."""

import threading
from collections.abc import Callable, Iterator

import pytest

from cryptoprices.core.managed import Away
from cryptoprices.net import common as module
from cryptoprices.net.common import MANAGED, TICKET, RedisCommon
from cryptoprices.net.replicas import VERSION
from tests.one_common import OneCommon
from tests.redis_store import Store, needs_redis
from tests.store_rig import until

NOTHING = (0, b"")


class Here:
    """A replica's side of it. looks: how often it looked. asked: how often it was to ask the exchanges."""

    def __init__(self, url: str, clock) -> None:
        self.looks = self.asked = 0
        self.common = RedisCommon(url, clock)

    def follow(self) -> "Here":
        self.common.follow(self._look, self._ask)
        return self

    def _look(self) -> None:
        self.looks += 1
        self.common.see(0, 0)

    def _ask(self) -> None:
        self.asked += 1


@pytest.fixture
def here(redis_store: Store, fake_clock, monkeypatch) -> Iterator[Callable[[], Here]]:
    monkeypatch.setattr(module, "_HEAR_S", 0.02)
    monkeypatch.setattr(module, "_AGAIN_S", 0.02)
    made: list[Here] = []

    def another() -> Here:
        made.append(Here(redis_store.url, fake_clock.clock))
        return made[-1]

    yield another
    for one in made:
        one.common.close()


@pytest.fixture(params=["here", pytest.param("redis", marks=needs_redis)])
def two(request) -> tuple[object, object, Callable[[], object]]:
    """Two sides of the same, and what loses all of it: of the one for tests, and of the true one."""
    if request.param == "here":
        one = OneCommon()
        return one, one, one.lose
    another, store = request.getfixturevalue("here"), request.getfixturevalue("redis_store")
    return another().common, another().common, lambda: store.client.delete(MANAGED)


def test_a_content_is_changed_only_where_it_is_still_what_the_change_was_made_of(two):
    ours, theirs, _ = two
    assert ours.see(0, 0) == NOTHING
    first = ours.put((1, b"first"), 0, 0)
    assert ours.see(1, first) is None
    assert theirs.see(0, 0) == theirs.see(1, 7) == (first, b"first")  # the same number: the one that is there counts
    second = theirs.put((2, b"second"), 1, first)
    assert second > first
    assert ours.put((2, b"too late"), 1, first) == 0
    assert ours.see(1, first) == (second, b"second")


def test_who_knows_more_puts_it_over_what_is_there_and_nobody_puts_less(two):
    ours, theirs, lose = two
    version = ours.put((5, b"five"), 0, 0)
    assert theirs.see(6, 99) == NOTHING  # older than one's own
    assert theirs.put((5, b"other five"), 5, 0) == theirs.put((3, b"three"), 3, 0) == 0
    newer = theirs.put((6, b"six"), 6, 0)
    assert ours.see(5, version) == (newer, b"six")
    lose()
    assert ours.see(5, newer) == NOTHING
    assert ours.put((5, b"five"), 5, 0) > newer


@needs_redis
@pytest.mark.parametrize(
    "damage",
    [{"version": "abc", "number": 7}, {"version": "nan", "number": 7}, {"version": 5, "number": "abc"}, {"version": 5}],
)
def test_what_is_there_without_numbers_is_no_content(here, redis_store, damage):
    redis_store.client.hset(MANAGED, mapping=damage | {"body": "x"})
    assert here().common.see(0, 0) == (-1, b"")
    redis_store.client.delete(MANAGED)
    redis_store.client.set(MANAGED, "of another kind")
    assert here().common.see(0, 0) == (-1, b"")


@needs_redis
def test_a_ticket_of_what_is_no_text_is_nobodys(here, redis_store):
    one = here().common
    one.give_ticket("t", "0123abcd", 30)
    (key,) = redis_store.client.keys(f"{TICKET}*")
    redis_store.client.set(key, b"\xff0123abcd")
    assert one.take_ticket("t") == "\ufffd0123abcd"
    assert one.take_ticket("t") is None


@needs_redis
def test_its_versions_are_of_one_row_with_those_of_the_prices(here, redis_store):
    one = here().common
    redis_store.client.set(VERSION, 9_000_000_000_000)
    assert one.put((1, b""), 0, 0) == 9_000_000_000_001 == int(redis_store.client.get(VERSION))


@needs_redis
def test_of_many_who_change_the_same_one_succeeds(here):
    sides, done = [here().common for _ in range(8)], []
    version = sides[0].put((1, b""), 0, 0)
    threads = [threading.Thread(target=lambda one=one: done.append(one.put((2, b""), 1, version))) for one in sides]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(filter(None, done))) == 1


@needs_redis
def test_all_hear_of_a_change_and_of_the_wish_to_ask_and_look_by_themselves_too(here, redis_store, fake_clock):
    one, other = here().follow(), here().follow()
    until(lambda: one.looks == other.looks == 1)
    until(lambda: redis_store.client.pubsub_numsub("cp:ask")[0][1] == 2)
    one.common.put((1, b""), 0, 0)
    until(lambda: one.looks == other.looks == 2)
    one.common.ask()
    until(lambda: one.asked == other.asked == 1)
    fake_clock.advance(5.0)
    until(lambda: one.looks == other.looks == 3)


@needs_redis
def test_where_redis_is_away_everything_says_so_and_it_goes_on_when_it_is_back(here, redis_store, fake_clock):
    one = here()
    with pytest.raises(Away, match="may still bring"):
        one.common.check_settled()  # it has not found Redis yet
    one.follow()
    until(lambda: one.looks)
    with pytest.raises(Away):
        one.common.check_settled()
    fake_clock.advance(5.0)
    one.common.check_settled()
    redis_store.kill()
    for act in (
        lambda: one.common.see(0, 0),
        lambda: one.common.give_ticket("t", "00000001", 30),
        lambda: one.common.take_ticket("t"),
        one.common.ask,
    ):
        with pytest.raises(Away, match="cannot be reached") as said:
            act()
        assert str(redis_store.port) not in str(said.value)
    with pytest.raises(Away, match="is not known"):  # it may have been done before the connection was lost
        one.common.put((1, b""), 0, 0)
    until(lambda: one.common._found_boot_s is None)
    before = one.looks
    redis_store.start()
    until(lambda: one.looks > before)
    with pytest.raises(Away):
        one.common.check_settled()  # others come back too


@needs_redis
@pytest.mark.logs("has a fault")
def test_a_fault_of_who_looks_ends_nothing(here):
    one, looks = here(), []

    def look() -> None:
        looks.append(1)
        raise ValueError("a fault")

    one.common.follow(look, looks.clear)
    until(lambda: len(looks) == 2)


@needs_redis
def test_a_ticket_is_taken_once_wherever_and_only_for_its_time(here, redis_store):
    one, other = here().common, here().common
    one.give_ticket("secret", "3f9a01c2", 30)
    (key,) = redis_store.client.keys(f"{TICKET}*")
    assert b"secret" not in key
    assert 0 < redis_store.client.ttl(key) <= 30
    assert (other.take_ticket("wrong"), other.take_ticket("secret")) == (None, "3f9a01c2")
    assert one.take_ticket("secret") is None
