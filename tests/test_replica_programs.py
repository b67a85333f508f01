"""Two programs of their own by one Redis: whichever is asked, they are one service, also when their leader is gone."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import requests

from cryptoprices.clock import system_clock
from cryptoprices.core.grants import SECRET_DIGITS, token_text
from cryptoprices.net.replicas import LEADER
from tests.redis_store import Store, needs_redis

EVERY_S = 5  # as short as the setting allows; the lease is half as long again
_KEY = token_text("0" * 8, "1" * SECRET_DIGITS)
_MAY_ALL = {"authorization": f"Bearer {_KEY}"}
PATIENCE_S = 60.0  # a machine under load takes its time to start two programs


class Serving:
    """`serve` by the Redis."""

    def __init__(self, url: str, folder: str, seed: int) -> None:
        words = ["serve", "--demo", "--profile", folder, "--port", "0", "--cache", url]
        words += ["--set", f"demo.seed={seed}", "--set", f"poll.interval_seconds={EVERY_S}"]
        command = [sys.executable, "-m", "cryptoprices", *words]
        env = os.environ | {"CRYPTOPRICES_ADMIN_KEY": _KEY}
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env)
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

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.address}{path}", headers=_MAY_ALL, timeout=10)

    def post(self, path: str, body: object) -> requests.Response:
        """Asked again as long as the answer is "not now": of a new Redis it is for the first seconds."""
        answers: list[requests.Response] = []

        def is_answered() -> bool:
            answers.append(requests.post(f"{self.address}{path}", json=body, headers=_MAY_ALL, timeout=10))
            return answers[-1].status_code != 503

        passed(is_answered, PATIENCE_S)
        assert answers[-1].status_code == 201, answers[-1].text
        return answers[-1]

    def price(self, pair: str) -> str | None:
        """None where the pair is not served yet, or has none yet."""
        answer = self.get(f"/v1/prices/{pair}")
        return answer.json()["price"] if answer.status_code == 200 else None

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
    two: list[Serving] = []
    try:
        for seed in (1, 2):
            two.append(Serving(redis_store.url, str(tmp_path / str(seed)), seed))
            passed(lambda: redis_store.client.exists(LEADER), PATIENCE_S)
        for one in two:
            one.listen()
        yield two
    finally:
        for one in two:
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
def test_what_is_made_at_one_is_at_both_and_the_other_goes_on_when_the_leader_is_killed(replicas):
    leader, other = replicas
    passed(lambda: all(one.version() for one in replicas), PATIENCE_S)
    passed(lambda: len({one.version() for one in replicas}) == 1, PATIENCE_S)
    made = other.post("/v1/watchlists", {"name": "more", "pairs": ["LTC-USD"]})
    passed(lambda: leader.get(made.headers["location"]).status_code == 200, PATIENCE_S)
    passed(lambda: leader.price("LTC-USD") and other.price("LTC-USD"), PATIENCE_S)
    other.post("/v1/prices", {"pair": "USDX-USD", "price": "1.25"})
    passed(lambda: leader.price("USDX-USD") == other.price("USDX-USD") == "1.25", PATIENCE_S)
    ticket = other.post("/v1/tickets", {}).json()["ticket"]
    with requests.get(f"{leader.address}/v1/stream?ticket={ticket}", stream=True, timeout=10) as stream:
        assert stream.status_code == 200
    before = other.version()
    leader.kill()
    lease_and_round_s = 1.5 * EVERY_S + EVERY_S
    passed(lambda: other.version() > before, lease_and_round_s + EVERY_S)
    assert other.price("USDX-USD") == "1.25"
