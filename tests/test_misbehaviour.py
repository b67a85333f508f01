"""Every misbehaviour of every exchange, in an order from a printed seed.

CRYPTOPRICES_SEED=n repeats an order; pytest --hypothesis-profile=deep plays each at least three times. Whatever the
exchanges do: nothing raises, no wrong number is delivered or shown, nobody is asked before the end of a wait that he
asked for, and those who are well are there at once.
"""

import gc
import logging
import os
import sys
import threading
from collections import Counter, deque
from contextlib import suppress
from decimal import Decimal
from random import Random, randrange
from time import monotonic

import hypothesis
import pytest
from fault_server import Fault, FaultServer
from faults import FAULTS

from cryptoprices.core.board import Board
from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Pair, Round, Standing
from cryptoprices.core.source import Exchange
from cryptoprices.net.fetch import Fetcher
from cryptoprices.net.http import Http, Limits
from cryptoprices.sources.discovery import discover

TIMES = 3 if hypothesis.settings.default.max_examples > 1000 else 1  # of each, at least
AT_ONCE = 3  # misbehave in one poll; of slow ones more, since they cost a poll's whole time
SLOW_AT_ONCE = 6
LIMITS = Limits(connect_s=1.0, read_s=1.0, total_s=1.4)
IN_DOLLARS = ("kraken", "coinbase", "bitstamp", "gemini", "bitfinex")
WATCHED = (Pair("BTC", "USD"), Pair("ETH", "USD"))
TRUE = {
    Pair(coin, quote): Decimal(price)
    for quote in ("USD", "USDT")
    for coin, price in (("BTC", "97412.5"), ("ETH", "3512.3"))
}


class Run:
    """A fetcher, a board, and exchanges that misbehave, on a clock that is turned."""

    def __init__(self, server: FaultServer, fake_clock, seed: int) -> None:
        sources = discover()
        self.server, self.time, self.random = server, fake_clock, Random(seed)
        self.names = tuple(sources)
        self.interval_s = {name: source.interval_s for name, source in sources.items()}
        exchanges = [Exchange(source, server.addresses[name], "") for name, source in sources.items()]
        self.fetcher = Fetcher(exchanges, Http(fake_clock.clock, "none", LIMITS), fake_clock.clock)
        self.board = Board(self.names, self.interval_s)
        self.snapshot = self.board.snapshot()
        self.standings: dict[str, Standing] = {}
        self.asked: dict[str, float] = dict.fromkeys(self.names, 0.0)
        self.waits: dict[str, float] = dict.fromkeys(self.names, 0.0)  # boot time before which nobody may ask
        self.delivered: dict[str, set[Pair]] = {}
        self.started = 0.0

    def may_be_asked(self, name: str) -> bool:
        own_s = self.interval_s[name] if self.interval_s[name] > 20 else 2
        return self.time.boot_s >= max(self.waits[name], self.asked[name] + own_s)

    def poll(self, faults: dict[str, Fault]) -> set[str]:
        """One poll with these misbehaving. Returns who was asked."""
        for name in self.names:
            self.server.misbehave(name, faults.get(name))
        before, self.delivered, self.started = len(self.server.log), {}, monotonic()
        well = {name for name in self.names if name not in faults and self.may_be_asked(name)}
        lying = {name for name, fault in faults.items() if fault.lies}

        def deliver(round_: Round) -> None:
            for quote in round_.quotes:
                assert quote.price == TRUE[quote.pair] or quote.exchange in lying, (quote, faults[quote.exchange].name)
                self.delivered.setdefault(quote.exchange, set()).add(quote.pair)
                if quote.exchange in well:
                    assert monotonic() - self.started < 1.5, f"{quote.exchange} came late: {faults}"
            self.standings |= {standing.exchange: standing for standing in round_.standings}
            self.snapshot = self.board.apply(round_, self.time.boot_s, self.time.wall_ms)
            self.look(faults)

        self.fetcher.poll(WATCHED, deliver, forced=True)
        asked = {request.exchange for request in self.server.log[before:]}
        for name in asked:
            assert self.may_be_asked(name), f"{name} was asked before its time"
        for name in asked & faults.keys():
            self.waits[name] = self.time.boot_s + faults[name].wait_s
        self.asked |= dict.fromkeys(asked, self.time.boot_s)
        for name in well:
            assert len(self.delivered.get(name, ())) == 2, f"{name} is well: {self.standings[name]}"
        assert not any(standing.reason is Reason.INTERNAL for standing in self.standings.values())
        assert self.snapshot.poll_over
        return asked

    def look(self, faults: dict[str, Fault]) -> None:
        """What a person would read now."""
        for pair in WATCHED:
            price = self.snapshot.price(pair, self.time.boot_s).price
            assert price in (None, TRUE[pair]), f"{pair} is shown as {price}: {faults}"


def open_files() -> set[tuple[str, str]]:
    """Number and target of each descriptor: a socket, like any file, has a target of its own."""
    if sys.platform != "linux":
        return set()
    found = set()
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the one of the folder itself
            found.add((number, os.readlink(f"/proc/self/fd/{number}")))
    return found


def choose(run: Run, plans: dict[str, deque[Fault]], slow: bool) -> dict[str, Fault]:
    """Who misbehaves next, and how; one liar at a time, and only while three others in dollars can show it up."""
    ready = [name for name in run.names if plans[name] and run.may_be_asked(name)]
    run.random.shuffle(ready)
    chosen: dict[str, Fault] = {}
    for name in ready:
        with_it = chosen | {name: plans[name][0]}
        lying = sum(fault.lies for fault in with_it.values())
        honest = sum(run.may_be_asked(other) and other not in with_it for other in IN_DOLLARS)
        if lying > 1 or (lying and honest < 3):
            plans[name].rotate(-1)
        else:
            chosen = with_it
        if len(chosen) == (SLOW_AT_ONCE if slow else AT_ONCE):
            break
    return chosen


@pytest.mark.long
@pytest.mark.parametrize("slow", [False, True], ids=["quick", "slow"])
def test_whatever_exchanges_do(fake_clock, caplog, slow):
    seed = int(os.environ.get("CRYPTOPRICES_SEED") or randrange(10**6))
    print(f"CRYPTOPRICES_SEED={seed}")
    caplog.set_level(logging.INFO)
    gc.collect()  # what other tests have dropped
    threads, files = threading.active_count(), open_files()
    kinds = [fault for fault in FAULTS if fault.slow == slow]
    played: Counter[tuple[str, str]] = Counter()
    with FaultServer(TRUE, fake_clock.clock) as server:
        run = Run(server, fake_clock, seed)
        plans = {name: deque(run.random.sample(kinds * TIMES, len(kinds) * TIMES)) for name in run.names}
        run.poll({})
        while any(plans.values()):
            fake_clock.advance(run.random.choice((61.0, 63.0) if slow else (20.0, 21.0, 37.0)))
            faults = choose(run, plans, slow)
            for name in run.poll(faults) & faults.keys():
                played[name, plans[name].popleft().name] += 1
        fake_clock.advance(400)
        run.poll({})
        assert set(run.delivered) == set(run.names)
        run.fetcher.close()
    assert min(played[name, fault.name] for name in run.names for fault in kinds) >= TIMES
    assert not [record for record in caplog.records if record.levelno > logging.WARNING]
    assert threading.active_count() == threads
    assert open_files() - files == set()
