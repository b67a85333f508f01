"""Replicas on a real Redis: one leads, all say the same, who is gone is replaced, and who is late writes nothing."""

import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest

from cryptoprices.clock import system_clock
from cryptoprices.core.report import pair_report
from cryptoprices.core.shared import Shared, Unreadable, packed, unpacked
from cryptoprices.net.replicas import LEADER, SNAPSHOT, TICK, Replicas, WrongAddress, check_address
from tests.judging import BTC, Judging
from tests.redis_store import Store, needs_redis
from tests.store_rig import until

CYCLE_S = 0.4


class Replica:
    """One that knows what it was told, and how that came."""

    def __init__(self, url: str) -> None:
        self.leads, self.until_boot_s = False, 0.0
        self.taken: list[tuple[int, Shared]] = []
        self.trouble = ""
        self._lock = threading.Lock()
        self.part = Replicas(url, CYCLE_S, system_clock(), self._lead, self._take, self._say)
        self.part.start()

    def _lead(self, until_boot_s: float) -> None:
        self.leads, self.until_boot_s = until_boot_s > 0, until_boot_s

    def _take(self, version: int, shared: Shared) -> None:
        self.taken.append((version, shared))

    def _say(self, text: str) -> None:
        self.trouble = text

    @property
    def version(self) -> int:
        return self.taken[-1][0] if self.taken else 0

    def report(self) -> dict[str, object]:
        """What it answers now."""
        view = self.taken[-1][1].snapshot.price(BTC, system_clock().boot_s())
        return pair_report(view)


@pytest.fixture
def replicas(redis_store: Store) -> Iterator[list[Replica]]:
    three = [Replica(redis_store.url) for _ in range(3)]
    until(lambda: leaders(three))
    yield three
    for one in three:
        one.part.close()


def leaders(replicas: list[Replica]) -> list[Replica]:
    return [one for one in replicas if one.leads]


def known(price: object) -> Shared:
    """What is known after a poll that has just ended."""
    judging = Judging()
    judging.boot_s = system_clock().boot_s()
    judging.poll(dict.fromkeys(("kraken", "coinbase", "bitstamp"), price))
    return Shared(judging.snapshot, (BTC,), judging.boot_s)


def all_say(replicas: list[Replica], price: str) -> bool:
    return all(one.taken and one.report()["price"] == price for one in replicas)


@needs_redis
def test_one_leads_and_all_say_the_same_in_the_same_version(replicas):
    (leader,) = leaders(replicas)
    for price in ("100.10", "100.20", "100.3"):
        leader.part.publish(known(price))
        until(lambda price=price: all_say(replicas, price))
    assert len({one.version for one in replicas}) == 1
    versions = [version for version, _ in leader.taken]
    assert versions == sorted(set(versions))
    until_boot_s = leader.until_boot_s
    until(lambda: leader.until_boot_s > until_boot_s)  # it renews its lease, and says so
    assert leader.until_boot_s < system_clock().boot_s() + 1.5 * CYCLE_S
    ages = [one.report().pop("age_seconds") for one in replicas]
    assert max(ages) - min(ages) < 0.5
    assert len(leaders(replicas)) == 1


@needs_redis
def test_what_is_known_by_one_that_does_not_lead_reaches_nobody_not_even_once_it_leads(replicas):
    (leader,) = leaders(replicas)
    rest = [one for one in replicas if one is not leader]
    for other in rest:
        other.part.publish(known("66"))
    leader.part.publish(known("77"))
    until(lambda: all_say(replicas, "77"))
    leader.part.close()
    until(lambda: leaders(rest))
    leaders(rest)[0].part.publish(known("88"))
    until(lambda: all_say(rest, "88"))
    prices = {shared.snapshot.last_known[BTC].price for one in replicas for _, shared in one.taken}
    assert prices == {Decimal(77), Decimal(88)}


@needs_redis
def test_a_leader_that_ends_is_replaced_and_so_is_one_that_is_gone_without_a_word(replicas, redis_store, monkeypatch):
    (leader,) = leaders(replicas)
    leader.part.publish(known("100"))
    until(lambda: all_say(replicas, "100"))
    leader.part.close()
    rest = [one for one in replicas if one is not leader]
    until(lambda: leaders(rest))
    (second,) = leaders(rest)
    second.part.publish(known("101"))
    until(lambda: all_say(rest, "101"))
    monkeypatch.setattr(second.part, "_to_release", lambda keys, args: None)
    second.part.close()
    assert redis_store.client.get(LEADER)
    (last,) = (one for one in rest if one is not second)
    until(lambda: last.leads)
    last.part.publish(known("102"))
    until(lambda: all_say([last], "102"))
    assert last.version > second.version > leader.version


@needs_redis
def test_a_leader_that_was_stopped_for_long_writes_nothing_when_it_wakes(replicas, redis_store):
    (leader,) = leaders(replicas)
    leader.part.publish(known("100"))
    until(lambda: all_say(replicas, "100"))
    halt = threading.Event()
    rest = [one for one in replicas if one is not leader]
    was = leader.part._clock
    leader.part._clock = was._replace(boot_s=lambda: (halt.wait(10.0), was.boot_s())[1])  # its thread stands still
    leader.part.publish(known("66"))  # just as it was about to write this
    until(lambda: leaders(rest))
    (second,) = leaders(rest)
    second.part.publish(known("101"))
    until(lambda: all_say(rest, "101"))
    halt.set()
    until(lambda: not leader.leads)
    until(lambda: all_say(replicas, "101"))
    prices = {shared.snapshot.last_known[BTC].price for one in replicas for _, shared in one.taken}
    assert prices == {Decimal(100), Decimal(101)}


@needs_redis
def test_without_redis_nobody_leads_and_all_say_so_until_it_is_back(replicas, redis_store, caplog):
    caplog.set_level("INFO", "cryptoprices")
    (leader,) = leaders(replicas)
    leader.part.publish(known("100"))
    until(lambda: all_say(replicas, "100"))
    redis_store.kill()
    until(lambda: all(one.trouble for one in replicas))
    until(lambda: not leaders(replicas))
    assert all_say(replicas, "100")
    assert not any(str(redis_store.port) in one.trouble for one in replicas)
    redis_store.start()
    until(lambda: not any(one.trouble for one in replicas))
    assert [text.startswith("Redis cannot be reached") for text in caplog.messages[:3]] == [True] * 3  # and no port
    assert caplog.messages.count("Redis answers again") == 3
    until(lambda: leaders(replicas))
    before = leader.version
    leaders(replicas)[0].part.publish(known("101"))
    until(lambda: all_say(replicas, "101"))
    assert min(one.version for one in replicas) > before


def test_what_is_shared_is_the_same_by_another_clock():
    judging = Judging(interval_s={"kraken": 20.0, "coinbase": 20.0, "bitstamp": 60.0})
    judging.poll({"kraken": "100.10", "coinbase": "100.2", "bitstamp": "97"})
    for _ in range(3):
        judging.poll({"kraken": "100.10", "coinbase": None, "bitstamp": "97"})
    shared = Shared(judging.snapshot, (BTC,), judging.boot_s + 7.0)
    there = unpacked(packed(shared, judging.boot_s), 2.5, 50.0)
    assert there.next_poll_boot_s == pytest.approx(50.0 - 2.5 + 7.0)
    for later_s in (0.0, 30.0, 100.0, 700.0):
        ours = pair_report(judging.snapshot.price(BTC, judging.boot_s + 2.5 + later_s))
        theirs = pair_report(there.snapshot.price(BTC, 50.0 + later_s))
        assert ours == theirs
    still_s = judging.snapshot.price(BTC, judging.boot_s).still_s
    assert there.snapshot.price(BTC, 50.0 - 2.5).still_s == still_s == pytest.approx(80.0)
    assert {quote["state"] for quote in ours["quotes"]} == {"EXPIRED", "STALE"}


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x91\x02", packed(known("1"), 0.0)[:-1], b"\xde" + b"x" * 50])
def test_what_another_program_wrote_is_unreadable(body):
    with pytest.raises(Unreadable):
        unpacked(body, 0.0, 0.0)


@pytest.mark.parametrize("now_boot_s", [float("nan"), float("inf")])
def test_what_is_of_no_time_is_unreadable(now_boot_s):
    with pytest.raises(Unreadable, match="no time"):
        unpacked(packed(known("1"), now_boot_s), 0.0, 0.0)
    with pytest.raises(Unreadable, match="no time"):
        unpacked(packed(known("1")._replace(next_poll_boot_s=now_boot_s), 1.0), 0.0, 0.0)


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-1", "0"])
def test_what_is_no_price_is_unreadable(price):
    body = packed(known("97000.5"), 0.0)
    assert b"\xa797000.5" in body
    with pytest.raises(Unreadable, match="is no price"):
        unpacked(body.replace(b"\xa797000.5", bytes([0xA0 + len(price)]) + price.encode()), 0.0, 0.0)


@needs_redis
@pytest.mark.logs("What is shared cannot be read")
def test_what_is_damaged_there_changes_nothing_and_what_comes_next_is_taken(replicas, redis_store, caplog):
    leader = leaders(replicas)[0]
    leader.part.publish(known("100"))
    until(lambda: all_say(replicas, "100"))
    for damage in ({"version": "abc"}, {"version": "7", "body": "x"}):
        caplog.clear()
        redis_store.client.hset(SNAPSHOT, mapping=damage)
        redis_store.client.publish(TICK, "x")
        until(lambda: caplog.messages)
    leader.part.publish(known("200"))
    until(lambda: all_say(replicas, "200"))


@pytest.mark.parametrize("url", ["", "memory", "http://x", "redis://:secret@h:port/0"])
def test_an_address_that_is_none_is_said_without_its_password(url):
    with pytest.raises(WrongAddress) as said:
        check_address(url)
    assert "secret" not in str(said.value)
    assert "redis://host" in str(said.value)
