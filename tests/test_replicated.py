"""Three programs of their own by one Redis: they answer the same, and go on when any of them is killed."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import requests

from cryptoprices.clock import system_clock
from cryptoprices.core.cut_off import cut_off
from cryptoprices.core.market import Pair
from cryptoprices.core.report import pair_report
from tests.judging import BTC, Judging
from tests.redis_store import Store, needs_redis

EVERY_S = 5  # as short as the setting allows; the lease is half as long again
PATIENCE_S = 60.0  # a machine under load takes its time to start three programs


class Serving:
    """`serve` by the Redis."""

    def __init__(self, url: str, folder: str, seed: int) -> None:
        words = ["serve", "--demo", "--profile", folder, "--port", "0", "--cache", url]
        words += ["--set", f"demo.seed={seed}", "--set", f"poll.interval_seconds={EVERY_S}"]
        command = [sys.executable, "-m", "cryptoprices", *words]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.address = ""
        self._priced = False

    def listen(self) -> None:
        """Wait until it says where it serves."""
        assert self.process.stderr
        for line in self.process.stderr:
            if found := re.search(r"Serving (http://\S+?)/", line):
                self.address = found[1]
                return
        raise AssertionError("it ended")

    def version(self) -> int:
        """Of what it answers, 0 where it has no price yet. Once there is one, there must always be one."""
        answer = requests.get(f"{self.address}/v1/prices/BTC-USD", timeout=10)
        assert answer.status_code == 200
        if answer.json()["state"] not in ("LIVE", "DELAYED"):
            assert not self._priced
            return 0
        self._priced = True
        return int(answer.headers["etag"].split("-")[1])

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.close()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(10)
        if self.process.stderr:
            self.process.stderr.close()


@pytest.fixture
def replicas(redis_store: Store, tmp_path) -> Iterator[list[Serving]]:
    """The first one leads."""
    three: list[Serving] = []
    try:
        for seed in (1, 2, 3):
            three.append(one := Serving(redis_store.url, str(tmp_path / str(seed)), seed))
            one.listen()
            if seed == 1:
                passed(one.version, PATIENCE_S)
        yield list(three)
    finally:
        for one in three:
            one.close()


def passed(condition, most_s: float) -> float:
    """How many seconds it took until this was so."""
    clock, never = system_clock(), threading.Event()
    began_s = clock.boot_s()
    while not condition():
        assert clock.boot_s() - began_s < most_s, "it did not happen"
        never.wait(0.05)
    return clock.boot_s() - began_s


@needs_redis
def test_all_answer_the_same_and_go_on_when_any_of_them_is_killed(replicas):
    passed(lambda: len({one.version() for one in replicas}) == 1, PATIENCE_S)
    replicas.pop(0).kill()
    before = max(one.version() for one in replicas)
    lease_and_round_s = 1.5 * EVERY_S + EVERY_S
    passed(lambda: min(one.version() for one in replicas) > before, lease_and_round_s + EVERY_S)
    passed(lambda: len({one.version() for one in replicas}) == 1, PATIENCE_S)
    replicas.pop().kill()
    before = replicas[0].version()
    passed(lambda: replicas[0].version() > before, lease_and_round_s + EVERY_S)


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
