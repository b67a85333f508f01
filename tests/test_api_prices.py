"""Prices, assets, pairs and exchanges over REST."""

import json
from decimal import Decimal

import pytest
from api_rig import BTC, ETH, NAMES, Service

from cryptoprices.core.board import Board
from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Flow, Pair, Quote, Round, Standing, Ticker
from cryptoprices.core.report import pair_report
from cryptoprices.core.source import Exchange

MANY = tuple(Pair(f"C{number}", "USD") for number in range(7))


@pytest.fixture
def service(tmp_path, fake_clock):
    return Service(tmp_path, fake_clock)


def names(answer):
    return [item["pair"] for item in answer.json()["items"]]


def test_a_price_is_the_object_that_watch_prints(service, fake_clock):
    view = service.live.board.snapshot().price(BTC, fake_clock.boot_s)
    assert service.get("/v1/prices/btc-Usd").json() == json.loads(json.dumps(pair_report(view)))
    listed = service.get("/v1/prices")
    assert names(listed) == ["BTC/USD", "ETH/USD"]
    assert listed.json()["items"][0] == service.get("/v1/prices/BTC-USD").json()
    assert listed.json()["next_cursor"] is None


@pytest.mark.parametrize("path", ["/v1/prices", "/v1/prices/BTC-USD"])
def test_what_is_published_is_what_the_route_says(service, path):
    ready, made = service.publisher.current.answers[path], service.get(path)
    assert (made.content, made.headers["etag"]) == (ready.body, ready.etag)
    told = {name.decode(): value.decode() for name, value in ready.headers}
    assert dict(made.headers) == told | {"age": "0"}


def test_prices_can_be_chosen_narrowed_and_sorted(service):
    assert names(service.get("/v1/prices?pairs=eth-usd")) == ["ETH/USD"]
    assert names(service.get("/v1/prices?sort=price")) == ["ETH/USD", "BTC/USD"]
    assert names(service.get("/v1/prices?sort=-price")) == ["BTC/USD", "ETH/USD"]
    assert names(service.get("/v1/prices?sort=-pair")) == ["ETH/USD", "BTC/USD"]
    narrowed = service.get("/v1/prices/BTC-USD?sources=Kraken,okx,manual").json()  # okx is there, but switched off
    assert [quote["exchange"] for quote in narrowed["quotes"]] == ["kraken"]
    assert narrowed["consensus_of"] == list(NAMES)  # the price stays that of all


def test_what_is_unknown_sorts_last(tmp_path, fake_clock):
    service = Service(tmp_path, fake_clock, pairs=(Pair("NIX", "USD"), BTC, ETH))
    for sort in ("price", "-price", "volume_24h", "-change_24h_percent"):
        assert names(service.get(f"/v1/prices?sort={sort}"))[-1] == "NIX/USD"


def test_pages_follow_each_other_to_the_end(tmp_path, fake_clock):
    service = Service(tmp_path, fake_clock, pairs=MANY)
    answer, seen, pages = service.get("/v1/prices?limit=3&sort=-pair"), [], 0
    while True:
        seen, pages = seen + names(answer), pages + 1
        if "next" not in answer.links:
            break
        assert answer.json()["next_cursor"] in answer.links["next"]["url"]
        answer = service.get(answer.links["next"]["url"])
    assert (seen, pages) == (sorted(map(str, MANY), reverse=True), 3)
    assert answer.json()["next_cursor"] is None


def test_the_next_page_begins_after_the_last_item_whatever_came_or_went(tmp_path, fake_clock):
    service = Service(tmp_path, fake_clock, pairs=MANY)
    follows = service.get("/v1/prices?limit=3").links["next"]["url"]  # after C2
    service.live.pairs = (Pair("NEW", "USD"), *MANY)
    service.publisher.publish()
    assert names(service.get(follows)) == ["C3/USD", "C4/USD", "C5/USD"]
    service.live.pairs = (*MANY[:2], *MANY[3:])
    service.publisher.publish()
    assert names(service.get(follows)) == ["C4/USD", "C5/USD", "C6/USD"]  # C2 has gone; where it stood


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/prices?pair=BTC-USD", 400, "there are cursor, limit, pairs, sort, sources"),
        ("/v1/prices?limit=1&limit=2", 400, "once"),
        ("/v1/prices/BTC-USD?limit=1", 400, "limit: no such parameter; there is sources"),
        ("/v1/prices?limit=0", 422, "limit must be 1 or more"),
        ("/v1/prices?limit=501", 422, "limit must be 500 or less"),
        ("/v1/prices?pairs=BTC/USD", 422, "pairs has another form; write it like BTC-USD,ETH-USD"),
        ("/v1/prices?sources=kraken;okx", 422, "sources has another form; write it like kraken,coinbase"),
        (
            "/v1/prices?sources=kraken,nosuch",
            400,
            "nosuch: no such exchange; there are kraken, coinbase, bitstamp, okx, manual (switched off: okx).",
        ),
        ("/v1/prices/BTC-USD?sources=nosuch", 400, "nosuch: no such exchange"),
        ("/v1/prices?sort=name", 422, "sort must be pair, "),
        ("/v1/prices?cursor=AAAA", 400, "another question"),
        ("/v1/prices?cursor=W10", 400, "another question"),
        ("/v1/prices?pairs=BTC-USD,DOGE-EUR", 404, "DOGE/EUR is not watched. Add it"),
        ("/v1/prices/DOGE-EUR", 404, "DOGE/EUR is not watched. Add it"),
        ("/v1/prices/BTC-BTC", 404, "is not a pair"),
        ("/v1/prices/btcusd", 422, "pair has another form; write it like BTC-USD"),
        ("/v1/assets/DOGE", 404, "No pair of DOGE"),
        ("/v1/pairs/DOGE-USD", 404, "not watched"),
        ("/v1/exchanges/mtgox", 404, "there are kraken, coinbase, bitstamp, okx"),
        ("/v1/alerts", 404, "/docs"),
        ("/v1/holdings", 404, "/docs"),
    ],
)
def test_what_cannot_be_is_a_problem_that_says_what_can(service, path, status, words):
    answer = service.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert words in problem["detail"]
    assert problem["title"]


def test_a_cursor_of_another_question_is_refused(tmp_path, fake_clock):
    service = Service(tmp_path, fake_clock, pairs=MANY)
    cursor = service.get("/v1/prices?limit=3").json()["next_cursor"]
    assert service.get(f"/v1/prices?cursor={cursor}&limit=5").status_code == 200  # pages may have another length
    assert service.get(f"/v1/prices?cursor={cursor}&sort=pair").status_code == 400
    assert service.get(f"/v1/pairs?cursor={cursor}").status_code == 400


def test_a_tag_is_of_exactly_one_answer_and_spares_the_next_one(service, fake_clock):
    first = service.get("/v1/prices?limit=1")
    assert first.headers["cache-control"].startswith("public, max-age=12")
    assert first.headers["vary"] == "Accept, Accept-Encoding"
    same = {"if-none-match": f'"other", W/{first.headers["etag"]}'}
    again = service.get("/v1/prices?limit=1", headers=same)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    fake_clock.advance(1.5)
    assert service.get("/v1/prices?limit=1").headers["age"] == "1"
    fake_clock.advance(1.5)
    newer = service.get("/v1/prices?limit=1", headers=same)
    assert newer.status_code == 200  # it is older by three seconds, and says so
    assert newer.json()["items"][0]["age_seconds"] == 3.0


@pytest.mark.parametrize("path", ["/v1/prices?pairs=BTC-USD", "/v1/prices/btc-usd", "/metrics"])
def test_what_is_chosen_is_not_as_it_was_before_the_machine_slept(service, fake_clock, path):
    fake_clock.advance(3600)  # no timer has noticed that yet
    answer = service.get(path)
    assert "EXPIRED" in answer.text
    assert answer.headers.get("age", "0") == "0"


def test_head_is_get_without_the_body_and_allow_names_all(service):
    head, get = service.ask("HEAD", "/v1/pairs"), service.get("/v1/pairs")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == get.headers
    refused = service.ask("PUT", "/v1/prices")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")
    assert service.ask("POST", "/v1/prices/BTC-USD").headers["allow"] == "GET, HEAD"


def test_assets_and_pairs_are_those_that_are_watched(service):
    assets = service.get("/v1/assets").json()["items"]
    assert [(one["asset"], one["name"]) for one in assets] == [
        ("BTC", "Bitcoin"), ("ETH", "Ether"), ("USD", "US dollars"),
    ]  # fmt: skip
    assert service.get("/v1/assets/usd").json()["pairs"] == ["BTC/USD", "ETH/USD"]
    service.live.poll(Standing("kraken", refused=frozenset({ETH})), Standing("bitstamp", delisted=frozenset({ETH})))
    pair = service.get("/v1/pairs/eth-usd").json()
    assert pair == {"pair": "ETH/USD", "base": "ETH", "quote": "USD", "exchanges": ["coinbase"]}


def test_who_counts_by_conversion_is_among_those_of_a_pair(service, fake_clock):
    live, in_usdt, rate = service.live, Pair("BTC", "USDT"), Pair("USDT", "USD")
    said = [("kraken", BTC, "100"), ("coinbase", BTC, "100"), ("bitstamp", in_usdt, "100")]
    live.board = Board(NAMES, lists=lambda name, pair: (pair == in_usdt) == (name == "bitstamp"))
    for number, usdt in enumerate(([], [("kraken", rate, "1"), ("coinbase", rate, "1")]), 1):
        fake_clock.advance(3)
        now, at_ms = fake_clock.boot_s, fake_clock.wall_ms
        quotes = [Quote(name, Ticker(pair, Decimal(price)), now, at_ms) for name, pair, price in (*said, *usdt)]
        live.board.apply(Round(number, now, tuple(quotes), (), True), now, at_ms)
        counted = ["kraken", "coinbase", "bitstamp"] if usdt else ["kraken", "coinbase"]
        assert service.get("/v1/prices/BTC-USD").json()["consensus_of"] == counted
        assert service.get("/v1/pairs/BTC-USD").json()["exchanges"] == counted
        assert service.get("/v1/pairs").json()["items"][0]["exchanges"] == counted


def test_an_exchange_says_how_it_stands(service, fake_clock):
    now_s = fake_clock.boot_s
    service.live.poll(
        Standing("kraken", latency_ms=81.26, clock_offset_ms=-0.4, used=7, budget=30),
        Standing("coinbase", Reason.LIMITED, "Coinbase asked us\nto wait", 2, now_s + 60, now_s + 90),
        flows=(Flow("kraken", frozenset({BTC})), Flow("bitstamp", text="no way there", next_try_boot_s=now_s + 1.5)),
    )
    kraken = service.get("/v1/exchanges/kraken").json()
    assert (kraken["reachable"], kraken["latency_ms"], kraken["clock_offset_ms"]) == (True, 81.3, 0)
    assert (kraken["requests_last_minute"], kraken["budget_per_minute"]) == (7, 30)
    assert kraken["stream"] == {"pairs": ["BTC/USD"], "error": None, "next_try": None}
    coinbase = service.get("/v1/exchanges/coinbase").json()
    assert (coinbase["reachable"], coinbase["reason"], coinbase["failures"]) == (False, "limited", 2)
    assert coinbase["error"] == "Coinbase asked us to wait"
    assert (coinbase["next_ask"], coinbase["paused_until"]) == ("2025-11-22T14:01:00.000Z", "2025-11-22T14:01:30.000Z")
    bitstamp = service.get("/v1/exchanges/bitstamp").json()
    assert bitstamp["reachable"] is None  # not asked yet
    assert bitstamp["stream"] == {"pairs": [], "error": "no way there", "next_try": "2025-11-22T14:00:01.500Z"}
    assert [one["exchange"] for one in service.get("/v1/exchanges").json()["items"]] == [*NAMES, "okx"]
    assert service.get("/v1/exchanges/okx").json()["enabled"] is False


def test_an_address_that_is_not_the_built_in_one_is_shown_without_its_login(service):
    assert service.get("/v1/exchanges/kraken").json()["custom_address"] is False
    own = service.live.exchanges["kraken"]
    service.live.exchanges["kraken"] = Exchange(own.source, "http://me:secret@127.0.0.1:9/kraken", own.stream_url)
    told = service.get("/v1/exchanges/kraken")
    assert (told.json()["address"], told.json()["custom_address"]) == ("http://127.0.0.1:9/kraken", True)
    assert "secret" not in told.text


def test_a_manual_price_counts_where_no_exchange_does(tmp_path, fake_clock):
    peg = Pair("USDX", "USD")
    service = Service(tmp_path, fake_clock, pairs=(peg, BTC))
    for pair in (peg, BTC):
        service.managed.add_price(pair, Decimal("0.5"), "", "desk", None, "")
    service.publisher.publish()
    assert service.get("/v1/prices/USDX-USD").json()["price"] == "0.5"
    assert "desk" in service.get("/v1/prices/USDX-USD").json()["derived"]
    assert service.get("/v1/prices/BTC-USD").json()["price"] == "97412.50"
