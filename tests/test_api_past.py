"""Candles and history over REST, and what is said of what is missing."""

import base64
import csv
import io
import json
from collections import Counter

import pytest
from api_rig import BTC, Service, answering

from cryptoprices.api.fills import Fills, Outcome
from cryptoprices.api.routes.past import wants_csv
from cryptoprices.api.schemas import Candles
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


@pytest.mark.parametrize(
    ("query", "gap"),
    [
        ("from=2030-01-01", ("2030-01-01T00", "2030-01-01T01", "future")),
        ("from=2030-01-01&to=2031-01-01", ("2030-01-01T00", "2031-01-01T00", "future")),
        ("from=2025-11-22T15:00:00Z&to=9999-12-31", ("2025-11-22T15", "9999-12-31T00", "future")),
        ("from=9999-12-31T23:59:00Z&interval=1w", None),  # no calendar holds its end
        ("from=1990-01-01&to=2000-01-01", ("1990-01-01T00", "2000-01-01T00", "not_kept")),
        ("to=1990-01-01&limit=24", ("1989-12-31T00", "1990-01-01T00", "not_kept")),
        ("from=1950-01-01&to=1960-01-01T00:00:00Z", None),
        ("from=2025-11-21&to=2025-11-21", None),
        ("from=2025-11-22T13:10:00Z", None),  # the next one has not ended
    ],
)
def test_a_time_that_has_no_candles_is_an_empty_page_that_says_why(service, query, gap):
    answer = service.get(f"/v1/candles/BTC-USD?{query}")
    found = [(one["from"][:13], one["to"][:13], one["reason"]) for one in answer.json()["gaps"]]
    assert (answer.json()["items"], answer.json()["next_cursor"], found) == ([], None, [gap] if gap else [])
    assert service.past.fills == []
    assert answer.headers["cache-control"] == "no-cache"


def test_what_is_older_than_all_prices_and_what_is_to_come_stand_beside_what_is_there(service):
    service.past.has_ms = moment_ms("2025-11-01")
    asked = "/v1/candles/BTC-USD?from=2010-01-01&to=2025-12-01&interval=1d&limit=3000"
    first = service.get(asked)
    last = service.get(str(first.links["next"]["url"]))
    days = [(gap["from"][:10], gap["to"][:10], gap["reason"]) for gap in first.json()["gaps"]]
    assert days == [("2010-01-01", "2010-07-17", "not_kept"), ("2010-07-17", "2018-10-03", "not_kept")]
    days = [(gap["from"][:10], gap["to"][:10], gap["reason"]) for gap in last.json()["gaps"]]
    assert days == [("2018-10-03", "2025-11-01", "not_kept"), ("2025-11-23", "2025-12-01", "future")]
    assert [item["time"][:10] for item in last.json()["items"]][0::20] == ["2025-11-01", "2025-11-21"]


def test_an_end_before_the_beginning_is_a_mistake(service):
    answer = service.get("/v1/candles/BTC-USD?from=2025-11-22&to=2025-11-21")
    assert (answer.status_code, answer.json()["detail"]) == (422, "from is later than to.")


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


@pytest.mark.parametrize("kind", ["application/json", "text/csv"])
@pytest.mark.parametrize(
    ("outcome", "reason", "again_s"),
    [(Outcome.RUNNING, "loading", "2"), (Outcome.REFUSED, "too_many", "10"), (Outcome.FAILED, "failed", "10")],
)
def test_what_is_not_there_yet_is_said_to_be_and_is_not_kept(service, monkeypatch, kind, outcome, reason, again_s):
    monkeypatch.setattr(Fills, "fill", answering(outcome))
    answer = service.get(f"/v1/candles/BTC-USD?{DAY}", headers={"accept": kind})
    assert (answer.status_code, answer.headers["retry-after"]) == (200, again_s)
    assert answer.headers["cache-control"] == "no-store"
    if kind == "application/json":
        assert (answer.json()["items"], gaps_of(answer)) == ([], [("00:00", "00:00", None, reason)])


@pytest.mark.logs("Filling BTC/USD 1h failed")
def test_a_fault_is_no_time_without_trades_and_the_next_one_who_asks_soon_has_the_candles(service, fake_clock):
    fill, service.past.fill = service.past.fill, None  # no function at all
    answer = service.get(f"/v1/candles/BTC-USD?{DAY}")
    assert (answer.json()["items"], gaps_of(answer)) == ([], [("00:00", "00:00", None, "failed")])
    service.past.fill = fill
    assert gaps_of(service.get(f"/v1/candles/BTC-USD?{DAY}")) == gaps_of(answer)  # the exchanges have a moment's rest
    fake_clock.advance(10)
    answer = service.get(f"/v1/candles/BTC-USD?{DAY}")
    assert (len(answer.json()["items"]), answer.json()["gaps"], answer.headers["cache-control"]) == (24, [], "no-cache")


def test_what_the_disk_does_not_take_is_no_time_without_trades(service, fake_clock):
    service.past.failing = [Gap(None, SINCE_MS, SINCE_MS + 20 * HOUR_MS, GapReason.NOT_SAVED)]
    answer = service.get(f"/v1/candles/BTC-USD?{DAY}")
    assert gaps_of(answer) == [("00:00", "20:00", None, "not_saved"), ("20:00", "00:00", None, "failed")]
    assert (answer.headers["cache-control"], answer.headers["retry-after"]) == ("no-store", "10")
    service.past.failing = []
    fake_clock.advance(10)
    assert gaps_of(service.get(f"/v1/candles/BTC-USD?{DAY}")) == []


def test_what_an_exchange_may_still_publish_is_not_known(service, fake_clock):
    fake_clock.advance(30)
    minute_ms = fake_clock.wall_ms // 60_000 * 60_000
    service.past.missing = [(minute_ms - 60_000, minute_ms)]
    answer = service.get("/v1/candles/BTC-USD?interval=1m&limit=10")
    assert (len(answer.json()["items"]), gaps_of(answer)) == (9, [("13:59", "14:00", None, "not_published")])
    assert (answer.headers["cache-control"], answer.headers["retry-after"]) == ("no-store", "10")
    service.past.missing = []
    fake_clock.advance(10)
    assert gaps_of(service.get("/v1/candles/BTC-USD?interval=1m&limit=10")) == []


def test_where_it_is_known_that_nobody_traded_nobody_is_asked(service):
    service.past.quiet = [(SINCE_MS, SINCE_MS + HOUR_MS)]
    service.past.stored = {(BTC, "1h"): [(SINCE_MS, UNTIL_MS)]}
    answer = service.get(f"/v1/candles/BTC-USD?{DAY}")
    assert (gaps_of(answer), answer.headers["cache-control"]) == ([("00:00", "01:00", None, "no_trades")], "no-cache")
    assert service.past.fills == []


@pytest.mark.parametrize("reason", GapReason)
def test_every_reason_has_a_word_in_the_document(service, reason):
    service.past.failing = [Gap("kraken", SINCE_MS, UNTIL_MS, reason)]
    found = service.get(f"/v1/candles/BTC-USD?{DAY}").json()
    assert [gap.reason for gap in Candles.model_validate(found).gaps] == [reason.value]
    assert found["gaps"][0]["detail"] == reason.text


@pytest.mark.parametrize(("reason", "again_s"), [("offline", "60"), ("error", "60"), ("not_kept", None)])
def test_what_may_pass_says_when_to_ask_again(service, reason, again_s):
    service.past.failing = [Gap(None, SINCE_MS, UNTIL_MS, reason)]
    answer = service.get(f"/v1/candles/BTC-USD?{DAY}")
    assert answer.headers.get("retry-after") == again_s
    assert answer.headers["cache-control"] == ("no-store" if again_s else "no-cache")


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


def test_what_is_no_pair_is_told_how_to_write_one(service):
    answer = service.get("/v1/candles/BTCUSD")
    assert (answer.status_code, answer.json()["detail"]) == (422, "pair has another form; write it like BTC-USD.")


@pytest.mark.parametrize("word", ["yesterday", "2026-02-30", "2026-11-22T14:00:00"])
def test_what_is_no_time_is_said_to_be_none(service, word):
    answer = service.get(f"/v1/candles/BTC-USD?from={word}")
    assert (answer.status_code, answer.json()["detail"].startswith(f"from: {word!r} is no time")) == (422, True)
