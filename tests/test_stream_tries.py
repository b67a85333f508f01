"""When a stream that failed is tried again."""

from math import inf
from typing import Any

import pytest

from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.net.patience import Patience
from cryptoprices.net.tries import Tries


def closed(reason: Reason = Reason.UNREACHABLE, **more: Any) -> SourceError:
    return SourceError(reason, "closed", **more)


def test_tries_are_further_and_further_apart():
    tries = Tries(Patience(), dice=lambda: 0.5)
    waits = []
    for _ in range(8):
        tries.fail(closed(), 0.0)
        waits.append(tries.due_boot_s)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    tries.recover()
    tries.fail(closed(), 0.0)
    assert tries.due_boot_s == 1


@pytest.mark.parametrize("dice", [0.0, 1.0])
def test_at_most_twelve_tries_in_five_minutes(dice):
    tries, now, count = Tries(Patience(), dice=lambda: dice), 0.0, 0
    while now < 300:
        tries.begin(now)
        count += 1
        tries.fail(closed(), now)
        now = tries.due_boot_s
    assert 8 <= count <= 12


def test_who_asks_us_to_wait_is_left_alone_also_after_sleep():
    tries = Tries(Patience(), dice=lambda: 0.5)
    tries.fail(closed(Reason.LIMITED, retry_after_s=120.0), 10.0)
    tries.forget()
    assert tries.due_boot_s == 130
    tries.fail(closed(Reason.BLOCKED), 200.0)
    assert tries.due_boot_s == 500
    tries.fail(closed(Reason.BLOCKED, until_told=True), 600.0)
    assert tries.due_boot_s == inf
    tries.forget()
    assert tries.due_boot_s < 600


def test_two_tries_are_never_close_together():
    tries = Tries(Patience(), dice=lambda: 0.5)
    tries.begin(10.0)
    tries.fail(closed(), 10.1)
    assert tries.due_boot_s == 11.1
    tries.forget()
    assert (tries.due_boot_s, tries.is_fresh(11.9), tries.is_fresh(12.0)) == (12.0, True, False)
