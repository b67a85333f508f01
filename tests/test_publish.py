"""What is published: bytes, tags, how long caches may keep them, and that nothing says LIVE that no longer is."""

import asyncio
import itertools
import json
import random
from decimal import Decimal

import pytest
import virtual_time
from api_rig import BTC, ETH, NAMES, FakeLive
from asgi import ask
from serving import service_over

from cryptoprices.api.ports import Moment
from cryptoprices.api.publish import PAGE, Publisher, freshness_headers
from cryptoprices.core.board import Board
from cryptoprices.core.managed import ManualPrice
from cryptoprices.core.market import Pair
from cryptoprices.core.report import pair_report
from cryptoprices.storage.managed import ManagedFile

LIMITS_S = {"LIVE": 45.0, "DELAYED": 120.0, "STALE": 600.0}
STATES = ("LIVE", "DELAYED", "STALE", "EXPIRED")


@pytest.fixture
def live(fake_clock):
    return FakeLive(fake_clock)


def publisher_of(live, *manual: ManualPrice) -> Publisher:
    managed = type("Managed", (), {"watchlists": (), "manual_prices": manual, "listen": lambda self, told: None})()
    return Publisher(live, managed, live.clock)


def test_the_bytes_are_those_of_watch(live):
    published = publisher_of(live).publish()
    one, all_ = published.answers["/v1/prices/BTC-USD"], published.answers["/v1/prices"]
    assert json.loads(one.body) == pair_report(published.views[BTC])
    assert json.loads(all_.body) == {
        "items": [pair_report(published.views[pair]) for pair in (BTC, ETH)],
        "next_cursor": None,
    }
    assert json.loads(one.body)["price"] == "97412.50"


def test_the_tag_is_another_one_when_and_only_when_the_bytes_are(live, fake_clock):
    publisher = publisher_of(live)
    first, again = publisher.publish(), publisher.publish()
    fake_clock.advance(0.3)
    older = publisher.publish()
    assert first.answers["/v1/prices"].etag == again.answers["/v1/prices"].etag
    assert first.answers["/v1/prices"].etag != older.answers["/v1/prices"].etag
    assert older.answers["/v1/prices"].etag.startswith(f'"p-{live.version}-')


def test_more_pairs_than_a_page_holds_are_left_to_the_pages(fake_clock):
    live = FakeLive(fake_clock, tuple(Pair(f"C{number}", "USD") for number in range(PAGE + 1)))
    answers = publisher_of(live).publish().answers
    assert "/v1/prices" not in answers
    assert "/v1/prices/C100-USD" in answers


@pytest.mark.parametrize(
    ("due_s", "steady_s", "text"),
    [
        (12.4, 100.0, "public, max-age=13, stale-while-revalidate=20, stale-if-error=86"),
        (3600.0, 5000.0, "public, max-age=20, stale-while-revalidate=20, stale-if-error=300"),
        (-3.0, float("inf"), "public, max-age=1, stale-while-revalidate=20, stale-if-error=300"),
        (12.0, 13.0, "public, max-age=12, must-revalidate"),
        (12.0, 5.9, "public, max-age=4, must-revalidate"),
        (12.0, 1.9, "public, max-age=0, must-revalidate"),
        (12.0, 16.9, "public, max-age=12, stale-while-revalidate=3, stale-if-error=3"),
        (None, 16.0, "public, max-age=1, stale-while-revalidate=14, stale-if-error=14"),
    ],
)
def test_caches_keep_it_until_the_next_round_but_never_beyond_a_change_of_state(live, due_s, steady_s, text):
    moment: Moment = live.moment()._replace(next_poll_boot_s=None if due_s is None else 500.0 + due_s)
    assert freshness_headers(moment, 500.0, steady_s, "public").text.decode() == text


def test_what_needs_a_token_no_shared_cache_may_hand_on(live):
    answers = Publisher(live, None, live.clock, public=False).publish().answers
    assert dict(answers["/v1/prices"].headers)[b"cache-control"].startswith(b"private, max-age=")


class Cache:
    """Keeps an answer as long as Cache-Control allows, fresh or while it asks again."""

    def __init__(self, app) -> None:
        self._app, self._kept, self._until_s = app, None, 0.0

    async def get(self, now_s: float):
        """What it shows now."""
        if self._kept is None or now_s >= self._until_s:
            self._kept = await ask(self._app, "/v1/prices/BTC-USD")
            max_age_s, revalidate_s, _ = self._kept.allowed_s
            self._until_s = now_s - int(self._kept.headers["age"]) + max_age_s + revalidate_s
        return self._kept


def state_at(age_s: float) -> str:
    return next((state for state, limit_s in LIMITS_S.items() if age_s <= limit_s), "EXPIRED")


def test_when_polling_has_stopped_a_hundred_readers_and_their_caches_are_told_so_within_a_second(
    live, fake_clock, tmp_path
):
    asked_boot_s, dice, seen = fake_clock.boot_s, random.Random(1), set()

    async def reader(app, number: int) -> None:
        cache = Cache(app) if number % 2 else None
        while (age_s := fake_clock.boot_s - asked_boot_s) < 700:
            answer = await (cache.get(fake_clock.boot_s) if cache else ask(app, "/v1/prices/BTC-USD"))
            state = json.loads(answer.body)["state"]
            seen.add(state)
            if cache is None:
                assert state == state_at(age_s)
                longest_s = answer.allowed_s[0] + max(answer.allowed_s[1:])
                made_s = age_s - int(answer.headers["age"])
                assert state_at(made_s + longest_s) == state, (age_s, answer.headers)
            elif state == "LIVE":
                assert age_s <= LIMITS_S["LIVE"]
            await asyncio.sleep(dice.uniform(0.2, 9))

    async def all_of_them() -> None:
        service = service_over(live, tmp_path)
        async with service.life() as app:
            await asyncio.gather(*(reader(app, number) for number in range(100)))
        service.hush()

    virtual_time.run(fake_clock, all_of_them())
    assert seen == set(STATES)


def test_it_is_made_anew_every_second_though_nothing_is_told(live, fake_clock):
    publisher, times = publisher_of(live), []

    async def main() -> None:
        publisher.listen(lambda publication: times.append(publication.boot_s - 1000))
        publisher.begin()
        await asyncio.sleep(3.5)
        publisher.end()

    virtual_time.run(fake_clock, main())
    assert times == pytest.approx([0, 1, 2, 3], abs=0.01)


def test_after_a_sleep_of_the_machine_nothing_old_is_handed_out(live, fake_clock, tmp_path):
    async def main() -> None:
        service = service_over(live, tmp_path)
        async with service.life() as app:
            fake_clock.advance(3600)  # no timer has noticed that yet
            answer = await ask(app, "/v1/prices/BTC-USD")
            assert (json.loads(answer.body)["state"], answer.headers["age"]) == ("EXPIRED", "0")

    asyncio.run(main())


def test_what_is_told_is_published_at_most_ten_times_a_second_and_the_last_of_it_always(live, fake_clock):
    publisher, times = publisher_of(live), []

    async def main() -> None:
        publisher.listen(lambda publication: times.append((fake_clock.boot_s, publication.version)))
        publisher.begin()
        for _ in range(50):
            live.poll()
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        publisher.end()
        await asyncio.sleep(3)

    virtual_time.run(fake_clock, main())
    apart = [later[0] - earlier[0] for earlier, later in itertools.pairwise(times)]
    assert min(apart) > 0.099
    assert max(apart) < 0.111
    assert times[-1][1] == live.version


def manual(price: str, valid_until_ms: int | None = None, pair: Pair = BTC, set_ms: int = 0) -> ManualPrice:
    return ManualPrice("m1", pair, Decimal(price), "", "desk", set_ms, valid_until_ms, 1)


def test_a_manual_price_is_among_the_quotes_but_not_in_the_median(live, fake_clock):
    view = publisher_of(live, manual("5", set_ms=fake_clock.wall_ms)).publish().views[BTC]
    report = pair_report(view)
    assert (report["price"], report["consensus_of"]) == ("97412.50", list(NAMES))
    assert [quote["exchange"] for quote in report["quotes"]] == [*NAMES, "manual"]
    assert (report["quotes"][-1]["price"], report["quotes"][-1]["via"], report["quotes"][-1]["state"]) == (
        "5",
        "manual",
        "LIVE",
    )


def test_a_manual_price_counts_where_no_exchange_does_and_says_who_set_it(fake_clock):
    peg = Pair("PEG", "USD")
    live = FakeLive(fake_clock, (peg,))
    said = manual("1.000", fake_clock.wall_ms + 90_500, peg, fake_clock.wall_ms - 5000)
    publisher = publisher_of(live, said)
    publication = publisher.publish()
    report = json.loads(publication.reports[peg])
    assert (report["price"], report["state"], report["consensus_of"], report["age_seconds"]) == (
        "1.000",
        "LIVE",
        ["manual"],
        5.0,
    )
    assert report["derived"] == "set by desk at 2025-11-22T13:59:55.000Z"
    control = dict(publication.answers["/v1/prices/PEG-USD"].headers)[b"cache-control"]
    assert control == b"public, max-age=12, stale-while-revalidate=20, stale-if-error=77"
    fake_clock.advance(91)
    report = json.loads(publisher.publish().reports[peg])
    assert (report["price"], report["state"], report["quotes"][0]["state"]) == (None, "EXPIRED", "EXPIRED")


def test_a_manual_price_does_not_hide_that_exchanges_contradict_each_other(live, fake_clock):
    live.exchanges.pop("bitstamp")
    live.board = Board(NAMES[:2])
    live.poll(prices={BTC: ("100", "200", "300")})
    before = publisher_of(live).publish().views[BTC].state
    view = publisher_of(live, manual("5")).publish().views[BTC]
    assert (before.value, view.state.value, view.price) == ("DISAGREE", "DISAGREE", None)


def test_what_is_managed_is_published_when_it_changes(live, fake_clock, tmp_path):
    managed = ManagedFile(tmp_path / "managed.json", fake_clock.clock)
    publisher = Publisher(live, managed, fake_clock.clock)

    async def main() -> None:
        publisher.begin()
        managed.add_price(BTC, Decimal(7), "", "desk", None, "")
        await asyncio.sleep(0.15)
        publisher.end()

    virtual_time.run(fake_clock, main())
    assert publisher.current.views[BTC].quotes[-1].quote.price == 7
