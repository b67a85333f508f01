"""What the store lacks is fetched once, whoever asks, and a few at a time."""

import asyncio
import threading

import pytest
from api_rig import BTC, ETH, FakeLive
from serving import service_over

from cryptoprices import service as served
from cryptoprices.api.fills import AT_ONCE, Fills, Outcome, Stretch
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.ledger import Gap, GapReason

HOUR_MS = INTERVALS_MS["1h"]


class Slow:
    """A past whose fill waits until it may go on. asked: what it was asked for."""

    def __init__(self, fails=False):
        self.begun, self.may_end, self.fails = [], threading.Event(), fails
        self.has_begun = threading.Semaphore(0)

    @property
    def asked(self):
        return [one.pair for one in self.begun]

    def fill_own(self, exchange, pair, interval, since_ms, until_ms, stop):
        return self.fill(pair, interval, since_ms, until_ms, None, stop, exchange)

    def fill(self, pair, interval, since_ms, until_ms, on_page, stop, of=""):
        self.begun.append(Stretch(pair, interval, since_ms, until_ms, of))
        self.has_begun.release()
        assert self.may_end.wait(5)
        if self.fails:
            raise RuntimeError("a mistake")
        return [Gap(None, since_ms, until_ms, GapReason.NOT_KEPT)]


STRETCH = Stretch(BTC, "1h", 0, HOUR_MS)


def test_many_who_want_the_same_are_one_question(fake_clock):
    past = Slow()
    fills = Fills(past, fake_clock.clock)

    async def ask():
        waiting = [asyncio.create_task(fills.fill(STRETCH)) for _ in range(20)]
        await asyncio.sleep(0)
        past.may_end.set()
        return await asyncio.gather(*waiting)

    assert {(found.outcome, len(found.gaps)) for found in asyncio.run(ask())} == {(Outcome.DONE, 1)}
    assert past.asked == [BTC]
    assert asyncio.run(fills.fill(STRETCH)).outcome is Outcome.DONE
    assert past.asked == [BTC]  # not again for a minute
    fake_clock.advance(61)
    asyncio.run(fills.fill(STRETCH))
    assert past.asked == [BTC, BTC]


def test_who_waits_too_long_goes_and_the_fetch_goes_on(fake_clock):
    past = Slow()
    fills = Fills(past, fake_clock.clock)

    async def ask():
        first = await fills.fill(STRETCH, 0.01)
        past.may_end.set()
        return first, await fills.fill(STRETCH, 5)

    first, then = asyncio.run(ask())
    assert (first.outcome, then.outcome, past.asked) == (Outcome.RUNNING, Outcome.DONE, [BTC])


def hours(count, of=""):
    return [Stretch(BTC, "1h", number * HOUR_MS, (number + 1) * HOUR_MS, of) for number in range(count)]


def test_so_many_are_fetched_at_once_whoever_s_they_are_and_the_next_waits_for_its_turn(fake_clock):
    past = Slow()
    fills = Fills(past, fake_clock.clock)

    async def ask():
        first = [asyncio.create_task(fills.fill(one, 5)) for one in [*hours(4), *hours(4, "kraken")]]
        await asyncio.sleep(0)
        refused = await fills.fill(hours(6)[4], 0.01)
        waits = asyncio.create_task(fills.fill(hours(6)[5], 5))
        await asyncio.sleep(0)
        assert all(past.has_begun.acquire(timeout=5) for _ in first)
        assert AT_ONCE == len(first) == len(past.begun)
        past.may_end.set()
        return refused.outcome, {one.outcome for one in await asyncio.gather(*first, waits)}

    assert asyncio.run(ask()) == (Outcome.REFUSED, {Outcome.DONE})
    assert len(past.begun) == AT_ONCE + 1


def test_a_part_of_what_is_fetched_is_no_other_question(fake_clock):
    past = Slow()
    fills = Fills(past, fake_clock.clock)
    day, hour = Stretch(BTC, "1h", 0, 24 * HOUR_MS), Stretch(BTC, "1h", 5 * HOUR_MS, 6 * HOUR_MS)

    async def ask():
        both = [asyncio.create_task(fills.fill(one, 5)) for one in (day, hour)]
        await asyncio.sleep(0)
        past.may_end.set()
        return await asyncio.gather(*both, fills.fill(hour, 5))

    assert len({found.gaps for found in asyncio.run(ask())}) == 1
    assert past.begun == [day]
    for other in (
        hour._replace(interval="1d"),
        hour._replace(pair=ETH),
        hour._replace(of="kraken"),
        day._replace(until_ms=25 * HOUR_MS),
    ):
        asyncio.run(fills.fill(other, 5))
    assert len(past.begun) == 5


def test_the_newest_is_asked_for_again_sooner(fake_clock):
    past = Slow()
    past.may_end.set()
    fills = Fills(past, fake_clock.clock)
    new = Stretch(BTC, "1m", fake_clock.wall_ms - 3_600_000, fake_clock.wall_ms - 60_000)
    for wait_s, asked in ((0, 1), (9, 1), (1, 2)):
        fake_clock.advance(wait_s)
        asyncio.run(fills.fill(new, 5))
        assert len(past.begun) == asked


def test_at_the_end_what_was_broken_off_is_not_taken_for_done(fake_clock):
    past = Slow()
    past.may_end.set()
    fills = Fills(past, fake_clock.clock)
    fills.close()
    assert asyncio.run(fills.fill(STRETCH, 5)).outcome is Outcome.FAILED


@pytest.mark.logs("Filling BTC/USD 1h failed")
def test_a_mistake_while_fetching_is_logged_and_holds_up_nobody(fake_clock):
    past = Slow(fails=True)
    past.may_end.set()
    assert asyncio.run(Fills(past, fake_clock.clock).fill(STRETCH, 5)) == (Outcome.FAILED, ())


def test_both_surfaces_share_what_is_fetched_at_once(tmp_path, fake_clock, monkeypatch):
    made = []
    monkeypatch.setattr(served, "Fills", lambda *parts: made.append(Fills(*parts)) or made[-1])

    async def live():
        async with service_over(FakeLive(fake_clock), tmp_path).life():
            pass

    asyncio.run(live())
    assert len(made) == 1
