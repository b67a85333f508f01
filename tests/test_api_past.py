"""Candles, history and comparisons over REST, and how what is missing is fetched."""

import asyncio
import base64
import csv
import io
import json
import threading
from collections import Counter

import pytest
from api_rig import BTC, ETH, Service

from cryptoprices.api.fills import Filled, Fills, Outcome, Stretch
from cryptoprices.api.routes.past import wants_csv
from cryptoprices.core.export import KEYS, csv_lines
from cryptoprices.core.intervals import INTERVALS_MS
from cryptoprices.core.ledger import Gap, GapReason
from cryptoprices.core.moments import moment_ms

HOUR_MS = INTERVALS_MS["1h"]
DAY = "from=2025-11-21T00:00:00Z&to=2025-11-22T00:00:00Z"
SINCE_MS, UNTIL_MS = moment_ms("2025-11-21"), moment_ms("2025-11-22")


@pytest.fixture
def service(tmp_path, fake_clock):
    return Service(tmp_path, fake_clock)


def test_candles_are_whole_oldest_first_and_without_the_running_one(service, fake_clock):
    fake_clock.advance(1800)  # 14:30
    found = service.get("/v1/candles/btc-usd?limit=3").json()
    assert [candle["time"][11:16] for candle in found["items"]] == ["11:00", "12:00", "13:00"]
    assert list(found["items"][0]) == list(KEYS)
    assert found["items"][0]["source"] == "kraken"
    assert all(isinstance(found["items"][0][name], str) for name in KEYS)
    assert (found["next_cursor"], found["gaps"]) == (None, [])


def test_bounds_are_those_that_open_from_and_before_to(service):
    found = service.get(f"/v1/candles/BTC-USD?{DAY}").json()["items"]
    assert (len(found), found[0]["time"], found[-1]["time"]) == (
        24, "2025-11-21T00:00:00.000Z", "2025-11-21T23:00:00.000Z",
    )  # fmt: skip
    same = service.get(f"/v1/candles/BTC-USD?from={SINCE_MS // 1000}&to=2025-11-22").json()["items"]
    assert same == found
    within = service.get("/v1/candles/BTC-USD?from=2025-11-21T00:00:01Z&to=2025-11-21T02:00:00Z").json()["items"]
    assert [one["time"][11:16] for one in within] == ["01:00"]


@pytest.mark.parametrize("query", ["from=2030-01-01", "to=1960-01-01T00:00:00Z", "from=2025-11-22&to=2025-11-21"])
def test_a_time_that_has_no_candles_is_an_empty_page(service, query):
    answer = service.get(f"/v1/candles/BTC-USD?{query}")
    assert answer.json() == {"items": [], "next_cursor": None, "gaps": []}
    assert service.past.fills == []


def test_pages_of_candles_follow_each_other(service, fake_clock):
    whole = service.get(f"/v1/candles/BTC-USD?{DAY}").json()["items"]
    answer = service.get(f"/v1/candles/BTC-USD?{DAY}&limit=10")
    items, pages = answer.json()["items"], 1
    while "next" in answer.links:
        fake_clock.advance(7200)  # "now" moves on between two pages
        answer = service.get(answer.links["next"]["url"])
        items, pages = items + answer.json()["items"], pages + 1
    assert (items, pages) == (whole, 3)


def test_as_csv_they_are_what_the_command_prints(service):
    answer = service.get(f"/v1/candles/BTC-USD?{DAY}&limit=5", headers={"accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert "next" in answer.links
    read = service.past.read(BTC, "1h", SINCE_MS, SINCE_MS + 5 * HOUR_MS)
    assert answer.text.split("\r\n") == [*csv_lines(read.candles, read.stretches), ""]
    items = service.get(f"/v1/candles/BTC-USD?{DAY}&limit=5").json()["items"]
    assert list(csv.DictReader(io.StringIO(answer.text))) == items
    assert answer.headers["etag"] != service.get(f"/v1/candles/BTC-USD?{DAY}&limit=5").headers["etag"]


@pytest.mark.parametrize(
    ("accept", "csv_is_wanted"),
    [
        ("text/csv", True), ("", False), ("*/*", False), ("application/json", False),
        ("text/csv;q=0.5, application/json", False), ("text/csv, application/json;q=0.9", True),
        ("TEXT/CSV ; q=1.0", True), ("text/csv;q=x", False),
    ],
)  # fmt: skip
def test_who_wants_csv(accept, csv_is_wanted):
    assert wants_csv(accept) is csv_is_wanted


def test_history_is_the_close_at_the_end_of_each_interval(service):
    candles = service.get(f"/v1/candles/BTC-USD?{DAY}").json()["items"]
    points = service.get(f"/v1/prices/BTC-USD/history?{DAY}").json()["items"]
    assert [point["price"] for point in points] == [candle["close"] for candle in candles]
    assert points[0] == {"time": "2025-11-21T01:00:00.000Z", "price": candles[0]["close"], "source": "kraken"}
    told = service.get(f"/v1/prices/BTC-USD/history?{DAY}", headers={"accept": "text/csv"}).text
    assert list(csv.DictReader(io.StringIO(told))) == points


def test_what_is_missing_is_fetched_once_and_then_there(service):
    service.get(f"/v1/candles/BTC-USD?{DAY}")
    service.get(f"/v1/candles/BTC-USD?{DAY}")
    service.get(f"/v1/prices/BTC-USD/history?{DAY}")
    assert Counter(pair for pair, *_ in service.past.fills) == {BTC: 1}


def gaps_of(answer):
    return [(gap["from"][11:16], gap["to"][11:16], gap["exchange"], gap["reason"]) for gap in answer.json()["gaps"]]


def test_what_is_missing_then_is_a_gap_with_its_reason(service):
    hours = [SINCE_MS + number * HOUR_MS for number in range(24)]
    service.past.missing, service.past.quiet = [(hours[2], hours[4])], [(hours[6], hours[7])]
    service.past.gaps = [Gap(None, hours[1], hours[5], GapReason.ASLEEP)]
    service.past.failing = [Gap("kraken", hours[0], hours[3], GapReason.LIMITED)]
    service.past.stored = {(BTC, "1h"): [(SINCE_MS, UNTIL_MS)]}
    answer = service.get(f"/v1/candles/BTC-USD?{DAY}")
    assert len(answer.json()["items"]) == 21
    assert gaps_of(answer) == [
        ("02:00", "03:00", "kraken", "limited"),
        ("03:00", "04:00", None, "asleep"),
        ("06:00", "07:00", None, "no_trades"),
    ]
    assert answer.json()["gaps"][1]["detail"] == "the computer was asleep"


@pytest.mark.parametrize(("outcome", "reason"), [(Outcome.RUNNING, "loading"), (Outcome.REFUSED, "too_many")])
def test_what_is_not_fetched_yet_is_said_to_be(service, monkeypatch, outcome, reason):
    monkeypatch.setattr(Fills, "fill", answering(outcome))
    answer = service.get(f"/v1/candles/BTC-USD?{DAY}")
    assert (answer.json()["items"], gaps_of(answer)) == ([], [("00:00", "00:00", None, reason)])


def answering(outcome):
    """In place of Fills.fill: fetches nothing, and says this."""

    async def fill(_fills, _stretch):
        return Filled(outcome)

    return fill


def forged(service, **place):
    """A cursor that was never given, of a question that is right."""
    known = service.get(f"/v1/candles/BTC-USD?{DAY}&limit=5").json()["next_cursor"]
    own = json.loads(base64.urlsafe_b64decode(known + "=="))
    return base64.urlsafe_b64encode(json.dumps(own | place).encode()).decode().rstrip("=")


@pytest.mark.parametrize("place", [{"since": 10**30}, {"since": -(10**30)}, {"until": 10**30}, {"until": -(10**30)}])
def test_a_forged_place_leads_nowhere_else(service, place):
    answer = service.get(f"/v1/candles/BTC-USD?{DAY}&cursor={forged(service, **place)}")
    assert answer.status_code == 200
    assert all("2025-11-21" in item["time"] for item in answer.json()["items"])
    assert all(0 <= since <= until < 2**53 for _, _, since, until in service.past.reads)


@pytest.mark.parametrize("place", [{"since": "1"}, {"since": True}, {"since": 1.5}, {"since": None}, {"more": 1}])
def test_a_place_of_another_form_is_no_cursor(service, place):
    assert service.get(f"/v1/candles/BTC-USD?{DAY}&cursor={forged(service, **place)}").status_code == 400


class Slow:
    """A past whose fill waits until it may go on. asked: what it was asked for."""

    def __init__(self, fails=False):
        self.asked, self.may_end, self.fails = [], threading.Event(), fails

    def fill(self, pair, interval, since_ms, until_ms, on_page, stop):
        self.asked.append(pair)
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
    fills = Fills(past, fake_clock.clock, wait_s=0.01)

    async def ask():
        first = await fills.fill(STRETCH)
        past.may_end.set()
        while (found := await fills.fill(STRETCH)).outcome is Outcome.RUNNING:
            pass
        return first, found

    first, then = asyncio.run(ask())
    assert (first.outcome, then.outcome, past.asked) == (Outcome.RUNNING, Outcome.DONE, [BTC])


def test_a_minute_has_room_for_so_many(fake_clock):
    past = Slow()
    past.may_end.set()
    fills = Fills(past, fake_clock.clock, per_minute=2)
    stretches = [Stretch(BTC, "1h", number * HOUR_MS, (number + 1) * HOUR_MS) for number in range(4)]

    def outcomes():
        return [asyncio.run(fills.fill(stretch)).outcome for stretch in stretches]

    assert outcomes() == [Outcome.DONE, Outcome.DONE, Outcome.REFUSED, Outcome.REFUSED]
    fake_clock.advance(59)
    assert outcomes()[2] is Outcome.REFUSED
    fake_clock.advance(1)
    assert asyncio.run(fills.fill(stretches[2])).outcome is Outcome.DONE
    fills.close()
    assert asyncio.run(fills.fill(stretches[3])).outcome is Outcome.REFUSED


@pytest.mark.logs("Filling BTC/USD 1h failed")
def test_a_mistake_while_fetching_is_logged_and_holds_up_nobody(fake_clock):
    past = Slow(fails=True)
    past.may_end.set()
    assert asyncio.run(Fills(past, fake_clock.clock).fill(STRETCH)) == (Outcome.DONE, ())


def test_a_comparison_is_the_commands_object(service):
    found = service.get("/v1/compare?coins=eth,btc&range=1w").json()
    assert (found["range"], found["currency"], found["interval"], found["bars"]) == ("1w", "USD", "1h", 168)
    assert [coin["coin"] for coin in found["coins"]] == ["ETH", "BTC"]
    assert [(pair["base"], pair["quote"]) for pair in found["pairs"]] == [("BTC", "ETH")]
    assert service.get("/v1/compare?pairs=ETH-USD,BTC-USD&range=1w").json() == found
    assert [coin["coin"] for coin in service.get("/v1/compare").json()["coins"]] == ["BTC", "ETH"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("coins=BTC,DOGE", 404, "DOGE/USD is not watched"),
        ("coins=BTC&pairs=BTC-EUR", 422, "one currency"),
        ("range=2w", 422, "query.range"),
        ("coins=A,B,C,D,E,F,G,H,I", 422, "query.coins"),
    ],
)
def test_what_cannot_be_compared_says_why(tmp_path, fake_clock, query, status, words):
    service = Service(tmp_path, fake_clock, pairs=(BTC, ETH, BTC._replace(quote="EUR")))
    answer = service.get(f"/v1/compare?{query}")
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True)


@pytest.mark.parametrize(("outcome", "status", "wait"), [(Outcome.RUNNING, 503, "2"), (Outcome.REFUSED, 429, "30")])
def test_figures_of_half_the_time_are_no_answer(service, monkeypatch, outcome, status, wait):
    monkeypatch.setattr(Fills, "fill", answering(outcome))
    answer = service.get("/v1/compare")
    assert (answer.status_code, answer.headers["retry-after"]) == (status, wait)
    assert "BTC/USD" in answer.json()["detail"]


def test_all_that_is_compared_is_fetched_side_by_side(service):
    asked, all_asked = [], threading.Event()

    def fill(pair, *_):
        asked.append(pair)
        if len(asked) == 2:
            all_asked.set()
        assert all_asked.wait(5)
        return []

    service.past.fill = fill
    assert service.get("/v1/compare").status_code == 200
    assert set(asked) == {BTC, ETH}


@pytest.mark.parametrize("word", ["yesterday", "2026-02-30", "2026-11-22T14:00:00"])
def test_what_is_no_time_is_said_to_be_none(service, word):
    answer = service.get(f"/v1/candles/BTC-USD?from={word}")
    assert (answer.status_code, answer.json()["detail"].startswith(f"from: {word!r} is no time")) == (422, True)
