"""Watchlists, manual prices and settings over REST: made, changed and removed, and nobody's change is lost."""

from decimal import Decimal

import pytest
from api_rig import ADMIN, SOL, Service

from cryptoprices.core.grants import Scope
from cryptoprices.settings.options import POLL_INTERVAL_S, PROXY, WATCHLIST
from cryptoprices.storage import atomic

ANY = {"if-match": "*"}
JSON = {"content-type": "application/json"}
LISTS, PRICES, MANUAL = "/v1/watchlists", "/v1/prices", "/v1/prices/manual"
NEW = {"name": "Layer 1", "pairs": ["sol-eur", "BTC/USD", "SOL-EUR"]}
PEG = {"pair": "usdx-usd", "price": "0.9998", "note": "fixed", "valid_until": "2025-11-22T15:00:00+00:00"}


@pytest.fixture
def service(tmp_path, fake_clock):
    return Service(tmp_path, fake_clock)


def problem(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()["detail"]


def test_a_watchlist_is_made_read_changed_and_removed(service, fake_clock):
    made = service.ask("POST", LISTS, json=NEW)
    assert made.status_code == 201
    path, tag = made.headers["location"], made.headers["etag"]
    assert made.json() == {
        "id": path.rpartition("/")[2], "name": "Layer 1", "pairs": ["SOL/EUR", "BTC/USD"],
        "created": "2025-11-22T14:00:00.000Z", "changed": "2025-11-22T14:00:00.000Z",
    }  # fmt: skip
    read = service.get(path)
    assert (read.json(), read.headers["etag"]) == (made.json(), tag)
    assert service.get(path, headers={"if-none-match": tag}).status_code == 304
    fake_clock.advance(60)
    changed = service.ask("PATCH", path, json={"pairs": ["ETH-USD"]}, headers={"if-match": tag})
    assert (changed.json()["name"], changed.json()["pairs"]) == ("Layer 1", ["ETH/USD"])
    assert changed.json()["changed"] == "2025-11-22T14:01:00.000Z"
    assert changed.headers["etag"] != tag
    assert service.ask("PATCH", path, json={"name": "L1"}, headers=ANY).json()["pairs"] == ["ETH/USD"]
    assert [one["name"] for one in service.get(LISTS).json()["items"]] == ["default", "L1"]
    gone = service.ask("DELETE", path, headers={"if-match": service.get(path).headers["etag"]})
    assert (gone.status_code, gone.content) == (204, b"")
    assert problem(service.get(path))[0] == 404
    assert service.ask("POST", LISTS, json=NEW).headers["location"] != path  # an id is never another one's


def paths(service):
    made = service.ask("POST", LISTS, json=NEW)
    peg = service.ask("POST", PRICES, json=PEG)
    setting = service.get("/v1/settings/poll.interval_seconds")
    return [
        (made.headers["location"], {"name": "A"}, made),
        ("/v1/watchlists/default", {"pairs": ["BTC-USD"]}, service.get("/v1/watchlists/default")),
        (peg.headers["location"], {"price": "2"}, peg),
        ("/v1/settings/poll.interval_seconds", {"value": 30}, setting),
    ]


def test_a_change_says_what_it_changes(service):
    for path, wanted, read in paths(service):
        tag = read.headers["etag"]
        assert problem(service.ask("PATCH", path, json=wanted))[0] == 428
        for other in ('"other"', f"W/{tag}", "", tag.strip('"')):
            assert problem(service.ask("PATCH", path, json=wanted, headers={"if-match": other}))[0] == 412
        assert service.get(path).headers["etag"] == tag
        matching = {"if-match": f'"x", {tag}'}
        assert service.ask("PATCH", path, json=wanted, headers=matching).status_code == 200
        assert problem(service.ask("PATCH", path, json=wanted, headers=matching))[0] == 412
        if "settings" not in path:
            assert problem(service.ask("DELETE", path))[0] == 428
            assert problem(service.ask("DELETE", path, headers=matching))[0] == 412


def test_who_was_slower_between_look_and_change_is_told_so(service, monkeypatch):
    made = service.ask("POST", LISTS, json=NEW)
    known = service.managed.watchlists[0]
    change = service.managed.change_watchlist

    def change_twice(*asked):
        change(known.id, None, "the other was faster", known.pairs)
        return change(*asked)

    monkeypatch.setattr(service.managed, "change_watchlist", change_twice)
    tag = {"if-match": made.headers["etag"]}
    assert problem(service.ask("PATCH", made.headers["location"], json={"name": "A"}, headers=tag))[0] == 412
    assert service.managed.watchlists[0].name == "the other was faster"


def test_the_default_watchlist_is_the_setting(service):
    changed = service.ask("PATCH", "/v1/watchlists/default", json={"pairs": ["eth-usd", "BTC-EUR"]}, headers=ANY)
    assert changed.json()["pairs"] == ["ETH/USD", "BTC/EUR"]
    assert service.live.settings[WATCHLIST] == ("ETH/USD", "BTC/EUR")
    assert problem(service.ask("DELETE", "/v1/watchlists/default", headers=ANY))[0] == 409
    assert problem(service.ask("PATCH", "/v1/watchlists/default", json={"name": "mine"}, headers=ANY))[0] == 409


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"name": "layer 1", "pairs": ["BTC-USD"]}, 409),
        ({"name": "DEFAULT", "pairs": ["BTC-USD"]}, 409),
        ({"name": "A", "pairs": []}, 422),
        ({"name": "A", "pairs": ["BTC"]}, 422),
        ({"name": "A", "pairs": ["BTC-BTC"]}, 422),
        ({"name": " ", "pairs": ["BTC-USD"]}, 422),
        ({"name": "x" * 65, "pairs": ["BTC-USD"]}, 422),
        ({"name": "A", "pairs": ["BTC-USD"], "colour": "red"}, 422),
        ({"name": 5, "pairs": ["BTC-USD"]}, 422),
        ({"pairs": ["BTC-USD"]}, 422),
        ([], 422),
    ],
)
def test_a_watchlist_that_cannot_be_is_not_made(service, wanted, status):
    service.ask("POST", LISTS, json=NEW)
    before = service.managed.watchlists
    assert problem(service.ask("POST", LISTS, json=wanted))[0] == status
    assert service.managed.watchlists == before


def test_a_name_is_plain_text(service):
    made = service.ask("POST", LISTS, json={"name": "\u202e 比特\n币\x00 ", "pairs": ["BTC-USD"]})
    assert made.json()["name"] == "比特 币"
    lone = service.ask("POST", LISTS, content=b'{"name":"a\\ud800","pairs":["BTC-USD"]}', headers=JSON)
    assert problem(lone)[0] == 422


def test_a_manual_price_is_made_read_changed_and_removed(service, fake_clock):
    made = service.ask("POST", PRICES, json=PEG)
    assert made.status_code == 201
    path = made.headers["location"]
    assert made.json() == {
        "id": path.rpartition("/")[2], "pair": "USDX/USD", "price": "0.9998", "note": "fixed", "set_by": "tests",
        "set": "2025-11-22T14:00:00.000Z", "valid_until": "2025-11-22T15:00:00.000Z", "expired": False,
    }  # fmt: skip
    kept = service.ask("PATCH", path, json={"note": "pegged"}, headers=ANY).json()
    assert (kept["price"], kept["valid_until"]) == ("0.9998", "2025-11-22T15:00:00.000Z")  # what is absent stays
    service.ask("PATCH", path, json={"note": "fixed"}, headers=ANY)
    fake_clock.advance(3600)
    assert service.get(path).json()["expired"] is True
    service.token = service.token._replace(name="second desk")
    tag = {"if-match": service.get(path).headers["etag"]}
    changed = service.ask("PATCH", path, json={"valid_until": None}, headers=tag).json()
    assert (changed["price"], changed["note"], changed["valid_until"]) == ("0.9998", "fixed", None)
    assert (changed["set_by"], changed["set"]) == ("second desk", "2025-11-22T15:00:00.000Z")
    changed = service.ask("PATCH", path, json={"price": "1.10"}, headers=ANY).json()
    assert (changed["price"], changed["valid_until"]) == ("1.10", None)
    assert service.get(MANUAL).json()["items"] == [changed]
    assert service.ask("DELETE", path, headers=ANY).status_code == 204
    assert problem(service.ask("DELETE", path, headers=ANY))[0] == 404
    assert service.get(MANUAL).json()["items"] == []


def test_with_its_key_a_price_is_made_once(service, fake_clock):
    def ask(key, **more):
        return service.ask("POST", PRICES, json=PEG | more, headers={"idempotency-key": key})

    first = ask("a")
    again = ask("a")
    assert (again.status_code, again.json(), again.headers["location"]) == (
        201, first.json(), first.headers["location"],
    )  # fmt: skip
    assert len(service.managed.manual_prices) == 1
    assert problem(ask("a", price="2")) == (
        422,
        "This Idempotency-Key was of another question; make a new one for each.",
    )
    assert problem(ask("b"))[0] == 409
    assert ask("b", pair="other-usd").status_code == 201  # what was refused has used no key up
    service.token = service.token._replace(name="somebody else")
    assert problem(ask("a"))[0] == 409  # each has keys of one's own
    service.token = service.token._replace(name="tests")
    fake_clock.advance(86_400)
    assert problem(ask("a"))[0] == 409  # forgotten after a day


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"price": "0"}, "above zero"), ({"price": "0.000"}, "above zero"), ({"price": 1.5}, '"0.9998"'),
        ({"price": "-1"}, '"0.9998"'), ({"price": "1e5"}, '"0.9998"'), ({"price": "NaN"}, '"0.9998"'),
        ({"price": "٣"}, '"0.9998"'), ({"pair": "USD-USD"}, "not a pair"), ({"valid_until": "soon"}, "is no time"),
        ({"note": "x" * 201}, "200 characters at most"),
    ],
)  # fmt: skip
def test_a_price_that_cannot_be_is_not_made(service, more, words):
    status, detail = problem(service.ask("POST", PRICES, json=PEG | more))
    assert (status, words in detail) == (422, True)
    assert service.managed.manual_prices == ()


def test_settings_are_those_of_the_table(service):
    found = service.get("/v1/settings?limit=500").json()["items"]
    keys = [one["key"] for one in found]
    assert {"poll.interval_seconds", "exchanges.kraken.enabled", "exchanges.okx.rest_url"} <= set(keys)
    own = service.get("/v1/settings/poll.interval_seconds").json()
    assert own == {
        "key": "poll.interval_seconds", "value": 20, "default": 20, "chosen": False, "help": POLL_INTERVAL_S.help,
        "unit": "s", "low": 5, "high": 3600, "choices": None, "at_once": True,
    }  # fmt: skip
    assert service.get("/v1/settings/exchanges.okx.enabled").json()["choices"] == [True, False, "missing"]
    service.owner.later = ("theme",)  # there is no window
    themes = (
        service.get("/v1/settings/theme"),
        service.ask("PUT", "/v1/settings/theme", json={"value": "dark"}, headers=ANY),
    )
    assert [one.json()["at_once"] for one in themes] == [False, False]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_setting_is_set(service, method):
    path = "/v1/settings/poll.interval_seconds"
    tag = {"if-match": service.get(path).headers["etag"]}
    changed = service.ask(method, path, json={"value": 30}, headers=tag)
    assert (changed.json()["value"], changed.json()["chosen"]) == (30, True)
    assert service.live.settings[POLL_INTERVAL_S] == 30
    assert changed.headers["etag"] == service.get(path).headers["etag"]
    assert problem(service.ask(method, path, json={"value": 40}, headers=tag))[0] == 412


@pytest.mark.parametrize(
    ("key", "value", "status", "sentence"),
    [
        ("poll.interval_seconds", 2, 422, "poll.interval_seconds: 2 is out of bounds; use 5 to 3600 s"),
        ("poll.interval_seconds", "20", 422, 'poll.interval_seconds: "20" is not a whole number, like 20'),
        ("poll.interval_seconds", True, 422, "poll.interval_seconds: true is not a whole number, like 20"),
        ("theme", "pink", 422, 'theme: "pink" is none of "system", "light", "dark"'),
        ("watchlist", [], 422, "watchlist: needs at least one pair, like BTC/USD"),
        ("exchanges.order", ["mtgox"], 422,
         "exchanges.order: 'mtgox' is not an exchange; there are kraken, coinbase, bitstamp, okx"),
        ("pol.interval_seconds", 20, 404,
         "pol.interval_seconds: there is no such setting; did you mean poll.interval_seconds?"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_the_files_one_sentence(service, key, value, status, sentence):
    assert problem(service.ask("PUT", f"/v1/settings/{key}", json={"value": value}, headers=ANY)) == (status, sentence)


def test_a_password_in_an_address_is_not_shown_and_not_lost(service):
    path = "/v1/settings/network.proxy"
    set_ = service.ask("PUT", path, json={"value": "http://me:secret@proxy:3128"}, headers=ANY)
    assert set_.json()["value"] == "http://me:***@proxy:3128"
    assert "secret" not in service.get("/v1/settings?limit=500").text
    same = service.ask("PUT", path, json={"value": "http://me:***@proxy:3128"}, headers=ANY)
    assert (same.status_code, service.live.settings[PROXY]) == (200, "http://me:secret@proxy:3128")
    status, detail = problem(service.ask("PUT", path, json={"value": "http://me:***@other:3128"}, headers=ANY))
    assert (status, "write the whole address" in detail) == (422, True)
    assert service.live.settings[PROXY] == "http://me:secret@proxy:3128"


@pytest.mark.parametrize("key", ["network.proxy", "fx.rest_url", "exchanges.kraken.rest_url"])
def test_whom_the_program_asks_is_an_administrators_to_say(service, key):
    service.token = ADMIN._replace(scope=Scope.WRITE)
    status, detail = problem(service.ask("PUT", f"/v1/settings/{key}", json={"value": "http://x"}, headers=ANY))
    assert (status, detail) == (403, f"{key} says whom this program asks; to change it takes a token that may admin.")
    assert service.live.settings.value(key) is None
    other = service.ask("PUT", "/v1/settings/poll.interval_seconds", json={"value": 30}, headers=ANY)
    assert other.status_code == 200


def test_an_exchange_is_switched_off_by_its_setting(service):
    service.ask("PUT", "/v1/settings/exchanges.kraken.enabled", json={"value": False}, headers=ANY)
    assert service.live.settings.value("exchanges.kraken.enabled") is False


def test_the_exchanges_are_asked_now(service):
    answer = service.ask("POST", "/v1/admin/refresh")
    assert (answer.status_code, answer.json(), service.owner.asked) == (202, {"version": service.live.version}, 1)


def test_what_cannot_be_kept_is_said_and_changes_nothing(service, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    read = service.ask("POST", LISTS, json=NEW)
    monkeypatch.setattr(atomic, "write", full)
    service.owner.failing = OSError(28, "No space left on device")
    for method, path, wanted in (
        ("POST", LISTS, NEW | {"name": "B"}),
        ("PATCH", read.headers["location"], {"name": "B"}),
        ("POST", PRICES, PEG),
        ("PUT", "/v1/settings/theme", {"value": "dark"}),
        ("PATCH", "/v1/watchlists/default", {"pairs": ["BTC-USD"]}),
    ):
        status, detail = problem(service.ask(method, path, json=wanted, headers=ANY))
        assert (status, "No space left on device" in detail) == (500, True)
    assert [one.name for one in service.managed.watchlists] == ["Layer 1"]
    assert service.managed.manual_prices == ()


def test_who_has_changed_a_price_reads_none_that_is_older(tmp_path, fake_clock):
    service = Service(tmp_path, fake_clock, (SOL,))
    made = service.ask("POST", PRICES, json={"pair": "SOL-EUR", "price": "7"})
    for price in ("8", "9"):
        change = {"json": {"price": price}, "headers": ANY}
        assert service.ask("PATCH", made.headers["location"], **change).status_code == 200
        assert service.publisher.now().views[SOL].price == Decimal(price)
        assert service.ask("GET", "/v1/prices?pairs=SOL-EUR").json()["items"][0]["price"] == price
    service.ask("DELETE", made.headers["location"], headers=ANY)
    assert service.publisher.now().views[SOL].price is None


def test_what_is_changed_is_told_to_the_prices(service):
    told = []
    service.managed.listen(lambda: told.append(1))
    service.ask("POST", LISTS, json=NEW)
    service.ask("POST", LISTS, json=NEW)  # 409: nothing has changed
    assert told == [1]


def test_a_body_is_short(service):
    status, detail = problem(service.ask("POST", LISTS, content=b" " * 65_537))
    assert (status, detail) == (413, "A body has at most 65,536 bytes.")

    async def chunks():
        for _ in range(3):
            yield b" " * 30_000

    assert problem(service.ask("POST", LISTS, content=chunks()))[0] == 413
    assert problem(service.ask("POST", LISTS, content=b"[" * 60_000, headers=JSON))[0] == 400
    assert service.managed.watchlists == ()


def test_private_answers_are_kept_by_no_cache(service):
    service.ask("POST", LISTS, json=NEW)
    for path in (LISTS, "/v1/watchlists/default", "/v1/settings", "/v1/settings/theme", MANUAL):
        assert service.get(path).headers["cache-control"] == "no-store"
