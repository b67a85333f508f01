"""Replicas by one Redis: asked at whichever of them, they are one service; and they go on when any of them is gone."""

import re
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest
from keeper_rig import BTC, ETH, Rig

from cryptoprices.api.publish import Publisher, pair_name
from cryptoprices.core.cut_off import cut_off
from cryptoprices.core.managed import Away, EachItsOwn
from cryptoprices.core.market import Pair
from cryptoprices.core.report import pair_report
from cryptoprices.net import common as common_module
from cryptoprices.net.common import ASK, CHANGED, MANAGED, RedisCommon
from cryptoprices.net.replicas import LEADER, TERM
from cryptoprices.replicated import Replicated
from cryptoprices.service import served_pairs
from cryptoprices.settings.options import OPTIONS
from cryptoprices.storage.managed import ManagedFile
from tests.judging import Judging
from tests.redis_store import Store, needs_redis
from tests.store_rig import until

PEG = Pair("USDX", "USD")


class Replica:
    """A run by the Redis: asks exchanges of its own, and serves."""

    def __init__(self, url: str, folder, clock) -> None:
        self.rig = Rig(clock, leads=False)
        keeper, self._ended = self.rig.keeper, threading.Event()
        self.common = RedisCommon(url, clock.clock)
        self.managed = ManagedFile(folder / "managed.json", clock.clock, self.common)
        self.managed.listen(self._look)
        self.live = Replicated(keeper, self.managed, self.common, url)
        self.publisher = Publisher(self.live, self.managed, clock.clock)
        self._thread = threading.Thread(target=keeper.run, args=(lambda: not self._ended.is_set(),))
        self._thread.start()

    @property
    def asked(self) -> list[tuple[Pair, ...]]:
        """For which pairs it has asked the exchanges, each time."""
        return [pairs for pairs, _, _ in self.rig.fetcher.polls]

    def says(self, pair: Pair) -> tuple[int, str] | None:
        """What is answered for this pair: the version, and the body but for ages: those are by Redis's clock."""
        publication = self.publisher.publish()
        answer = publication.answers.get(f"/v1/prices/{pair_name(pair)}")
        return answer and (publication.version, re.sub(r'"age_seconds":[0-9.]+', "", answer.body.decode()))

    def close(self) -> None:
        if not self._ended.is_set():
            self.live.close()
            self._ended.set()
            self.rig.keeper.look_at_pairs()  # which wakes it
            self._thread.join()
            self.rig.keeper.close()

    def _look(self) -> None:
        self.rig.wanted = served_pairs((BTC,), self.managed)
        self.rig.keeper.look_at_pairs()


@pytest.fixture
def replicas(redis_store: Store, tmp_path, fake_clock, monkeypatch) -> Iterator[list[Replica]]:
    """The first one leads, and all say what it knows."""
    monkeypatch.setattr(common_module, "_HEAR_S", 0.02)
    monkeypatch.setattr(common_module, "_AGAIN_S", 0.02)
    three: list[Replica] = []
    try:
        for name in "abc":
            three.append(Replica(redis_store.url, tmp_path / name, fake_clock))
            until(lambda: redis_store.client.exists(LEADER))
        until(lambda: [count for _, count in redis_store.client.pubsub_numsub(CHANGED, ASK)] == [3, 3])
        until(lambda: agreed(three, BTC, "1"))
        fake_clock.advance(5.0)  # whoever could bring an older content would have come
        yield list(three)
    finally:
        for one in three:
            one.close()


def agreed(replicas: list[Replica], pair: Pair, price: str) -> bool:
    """All say this price of the pair, in the same version and the same words."""
    said = {one.says(pair) for one in replicas}
    return len(said) == 1 and (known := said.pop()) is not None and f'"price":"{price}"' in known[1]


def version(replica: Replica) -> int:
    return replica.publisher.publish().version


@needs_redis
def test_a_pair_of_a_watchlist_made_at_any_is_asked_for_by_the_leader_and_served_by_all(replicas):
    leader, second, _ = replicas
    made = second.managed.add_watchlist("more", [ETH])
    until(lambda: agreed(replicas, ETH, "2"))
    assert leader.asked == [(BTC,), (BTC, ETH)]
    second.managed.remove_watchlist(made.id, made.version)
    until(lambda: all(one.says(ETH) is None for one in replicas))
    assert [one.asked for one in replicas[1:]] == [[], []]


@needs_redis
def test_a_manual_price_set_at_any_is_the_same_at_all_in_the_same_version(replicas):
    _, second, third = replicas
    before = version(third)
    peg = second.managed.add_price(PEG, Decimal("1.25"), "", "desk", None, "key")
    until(lambda: agreed(replicas, PEG, "1.25"))
    between = version(second)  # between two polls
    third.managed.change_price(peg.id, peg.version, Decimal("1.5"), "", "desk", None)
    until(lambda: agreed(replicas, PEG, "1.5"))
    assert before < between < version(second) == version(third)
    assert len({one.managed.manual_prices for one in replicas}) == 1


@needs_redis
def test_who_leads_next_asks_for_what_is_shared(replicas, fake_clock, redis_store):
    leader, *rest = replicas
    rest[0].managed.add_watchlist("more", [ETH])
    until(lambda: agreed(replicas, ETH, "2"))
    before = version(rest[0])
    leader.close()
    fake_clock.advance(20.0)
    until(lambda: redis_store.client.get(TERM) == b"2")
    until(lambda: agreed(rest, ETH, "1"))
    assert sorted(map(len, (one.asked for one in rest))) == [0, 1]
    assert version(rest[0]) == version(rest[1]) > before


@needs_redis
def test_whichever_is_told_to_ask_now_the_leader_does(replicas, fake_clock, redis_store):
    leader, second, _ = replicas
    fake_clock.advance(2.0)
    assert second.live.ask_now().result(10) is None
    until(lambda: agreed(replicas, BTC, "2"))
    assert (len(leader.asked), second.asked) == (2, [])
    redis_store.kill()
    with pytest.raises(Away, match="nobody was asked"):
        second.live.ask_now().result(10)


@needs_redis
def test_each_says_whether_it_leads_and_whether_redis_answers(replicas, redis_store, fake_clock):
    assert [one.live.leads for one in replicas] == [True, False, False]
    assert all(one.live.shares for one in replicas)
    redis_store.kill()
    until(lambda: not any(one.live.shares for one in replicas))
    fake_clock.advance(3600)  # the lease is over
    assert not any(one.live.leads for one in replicas)


@needs_redis
def test_a_redis_that_begins_anew_gets_back_what_is_managed(replicas, redis_store):
    made = replicas[1].managed.add_watchlist("more", [ETH])
    until(lambda: all(one.managed.watchlists == (made,) for one in replicas))
    redis_store.kill()
    with pytest.raises(Away):
        replicas[1].managed.remove_watchlist(made.id, None)
    redis_store.start()
    until(lambda: redis_store.client.hget(MANAGED, "number"))
    replicas[2].managed.change_watchlist(made.id, made.version, "other", [ETH])
    until(lambda: all([each.name for each in one.managed.watchlists] == ["other"] for one in replicas))


@needs_redis
@pytest.mark.parametrize(
    ("key", "instead"), [("poll.interval_seconds", "settings.toml."), ("watchlist", "a watchlist of another name")]
)
def test_a_setting_is_each_ones_own_and_it_says_what_to_do(replicas, key, instead):
    with pytest.raises(EachItsOwn, match=f"--set {key}=.*{instead}"):
        replicas[0].live.set_setting(key, 60).result(0)
    assert replicas[0].rig.kept == {}
    assert not any(map(replicas[0].live.takes_at_once, OPTIONS))


def test_what_is_cut_off_is_never_live(fake_clock):
    judging = Judging()
    judging.poll({"kraken": "100.1", "coinbase": "100.2", "bitstamp": "97"})
    view = judging.snapshot.price(BTC, judging.boot_s)
    assert view.state == "LIVE"
    report = pair_report(cut_off(view))
    assert (report["state"], report["price"], report["consensus_of"]) == ("STALE", None, [])
    assert {left["exchange"]: left["reason"] for left in report["left_out"]} == {
        "kraken": "stale", "coinbase": "stale", "bitstamp": "outlier",
    }  # fmt: skip
    assert [quote["state"] for quote in report["quotes"]] == ["STALE", "STALE", "OUTLIER"]
    expired = judging.snapshot.price(BTC, judging.boot_s + 5000.0)
    assert cut_off(expired).state == "EXPIRED"
    nothing = judging.snapshot.price(Pair("ETH", "USD"), judging.boot_s)
    assert cut_off(nothing) == nothing
