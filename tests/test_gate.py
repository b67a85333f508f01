"""The gate beyond the matrix: names, tickets, who is wrong too often, who asks too often, and what is told to whom."""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Coroutine

import pytest
from conftest import ROOT
from gate_world import ADMIN, BASIC, NO_TOKEN, OWN, PORT, READ, SHORT, WRITE, WRONG, World

from cryptoprices.api import gate, tickets
from cryptoprices.api.access import SUBJECTS
from cryptoprices.api.hosts import Hosts, authority, checked_host, is_loopback
from cryptoprices.api.throttle import asker
from cryptoprices.core.grants import Scope

LAN = Hosts("0.0.0.0", PORT, ["prices.example.com", "[FD00::5]:443"])


@pytest.fixture
def world(tmp_path, fake_clock) -> World:
    return World(tmp_path, fake_clock)


@pytest.fixture
def lan(tmp_path, fake_clock) -> World:
    """A server that others can reach."""
    return World(tmp_path, fake_clock, loopback=False, hosts=LAN)


def run(main: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(main())


def status(world: World, *question, **more) -> int:
    return asyncio.run(world.ask(*question, **more)).status


def test_health_is_told_whatever_the_name_but_only_told(lan):
    evil = [("host", "evil.example"), ("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")]
    assert [status(lan, method, path, evil) for method in ("GET", "HEAD") for path in ("/healthz", "/readyz")] == [
        200
    ] * 4
    assert status(lan, "GET", "/healthz", []) == 200
    assert status(lan, "POST", "/healthz", evil) == 403
    assert status(lan, "GET", "/healthz/x", evil) == 403


@pytest.mark.parametrize(
    "path", ["/v1/prices", "/docs", "/openapi.json", "/metrics", "/cryptowatch/markets", "/v1/stream", "/x"]
)
def test_off_loopback_a_token_is_needed_for_all_that_is_open_on_it(world, lan, path):
    assert status(world, "GET", path) in (200, 404)
    assert [status(lan, "GET", path, token=token) for token in (NO_TOKEN, WRONG, SHORT, BASIC)] == [401] * 4
    assert status(lan, "GET", path, token=READ) in (200, 404)
    assert status(lan, "POST", path, token=READ) == 403


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/", "/v1//prices", "/v1/Prices", "/v1/../tokens", "/v1/alerts/1"])
def test_what_the_table_does_not_name_is_not_there(world, lan, path):
    assert [status(each, "GET", path, token=ADMIN) for each in (world, lan)] == [404, 404]
    assert status(world, "GET", path) == 404
    assert world.reached == lan.reached == 0


def test_prices_by_hand_are_private_and_what_is_only_called_so_is_not(world):
    for path in ("/v1/prices/manual", "/v1/prices/manual/", "/v1/prices/manual/m1", "/v1/prices/manual/m1/x"):
        assert [status(world, method, path) for method in ("GET", "HEAD", "DELETE")] == [401] * 3
        assert status(world, "GET", path, token=READ) in (200, 404)
        assert status(world, "DELETE", path, token=READ) == 403
    for path in ("/v1/prices/manual-usd", "/v1/prices/manually", "/v1/prices/BTC-USD/history"):
        assert status(world, "GET", path) in (200, 404, 422)


def test_every_route_is_in_the_table(world):
    subjects = {path.split("/")[2] for path in world.service.app.openapi()["paths"] if path.startswith("/v1/")}
    assert {"tokens", "tickets"} <= subjects <= set(SUBJECTS)


def test_who_takes_it_for_a_proxy_is_refused(world):
    for target in ("http://evil.example/v1/prices", f"http://127.0.0.1:{PORT}/v1/prices", "*", "evil.example:443"):
        assert status(world, "GET", "/v1/prices", raw_path=target) == 400


def test_a_repeated_header_that_counts_is_refused(world):
    for name in ("authorization", "content-type", "sec-fetch-site", "access-control-request-method", "x-cw-api-key"):
        assert status(world, "GET", "/v1/prices", [*OWN, (name, "x"), (name, "x")]) == 400
    assert status(world, "GET", "/v1/prices", [*OWN, ("accept", "x"), ("accept", "x")]) == 200


@pytest.mark.parametrize(
    ("hosts", "right", "wrong"),
    [
        (Hosts("127.0.0.1", 8020), ["127.0.0.1:8020", "LOCALHOST:8020", "[::1]:8020"],
         ["127.0.0.2:8020", "[0:0:0:0:0:0:0:1]:8020", "127.1:8020", "2130706433:8020", "[::1]", " localhost:8020",
          "10.9.9.9:8020"]),
        (Hosts("127.0.0.2", 80), ["127.0.0.2:80", "127.0.0.2", "localhost"], ["127.0.0.3", ":80"]),
        (Hosts("127.0.0.1", 8020, ["prices.example.com"]), ["prices.example.com", "prices.example.com:8020"],
         ["prices.example.com:443", "localhost", "127.0.0.1", "10.0.0.7"]),
        (Hosts("localhost", 8020, bound="::1"), ["localhost:8020", "[::1]:8020"], ["localhost:9000", "10.0.0.7:8020"]),
        (Hosts("prices.lan", 8020), ["prices.lan:8020", "localhost:8020", "10.0.0.7:8020"], ["prices.lan"]),
        (LAN, ["10.0.0.7:9000", "prices.example.com", "Prices.example.com:443", "[fd00::5]:443"],
         ["x.prices.example.com", "0.0.0.0:8020"]),
        (Hosts("prices.lan", 8020, bound="10.0.0.7"), ["prices.lan:8020", "10.0.0.7:8020", "10.0.0.8"], ["prices.lan"]),
        (Hosts("0", 8020, bound="0.0.0.0"), ["10.0.0.7:8020", "127.0.0.1:8020"], ["0.0.0.0:8020"]),
        (Hosts("::", 8020), ["[fd00::7]:8020", "[FD00::7]:8020", "10.0.0.7:8020"], ["fd00::7:8020", "[::]:8020"]),
    ],
)  # fmt: skip
def test_the_names_of_a_server(hosts, right, wrong):
    for name in right:
        assert hosts.origins(name.encode()), name
    for name in wrong:
        assert hosts.origins(name.encode()) is None, name


@pytest.mark.parametrize(
    ("bound", "own"),
    [
        ("127.0.0.1", "127.0.0.1:8020"),
        ("0.0.0.0", "127.0.0.1:8020"),
        ("::", "[::1]:8020"),
        ("10.0.0.7", "10.0.0.7:8020"),
        ("fd00::7", "[fd00::7]:8020"),
    ],
)
def test_the_address_that_a_server_tells_is_one_by_which_it_may_be_asked(bound, own):
    assert authority((bound, 8020)) == own
    for host in (bound, "prices.lan"):
        assert Hosts(host, 8020, bound=bound).origins(own.encode())


def test_behind_a_proxy_pages_may_be_of_both_schemes_and_on_loopback_of_one():
    home = Hosts("127.0.0.1", PORT, ["prices.example.com"])
    for hosts in (home, LAN):
        both = {b"http://prices.example.com", b"https://prices.example.com"}
        assert set(hosts.origins(b"prices.example.com")) == both
    assert set(LAN.origins(b"10.0.0.7:9000")) == {b"http://10.0.0.7:9000", b"https://10.0.0.7:9000"}
    assert list(home.origins(b"LocalHost:8020")) == [b"http://localhost:8020"]


def test_names_that_can_be_allowed():
    assert [checked_host(text) for text in ("Prices.example", "a:8080", "[::A]:443", "::a", "10.0.0.7", "my_box")] == [
        "prices.example", "a:8080", "[::a]:443", "[::a]", "10.0.0.7", "my_box"
    ]  # fmt: skip
    for text in (
        "*",
        "*.example.com",
        "",
        "http://a",
        "a/b",
        "a.",
        "a:b",
        "[::1",
        "a b",
        "[fe80::1%eth0]",
        "ä.example",
    ):
        with pytest.raises(ValueError, match="is not a name of a host"):
            checked_host(text)
    assert [is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "LocalHost")] == [True] * 5
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.7", "localhost.example.com", ""))


def test_a_ticket_opens_one_stream_once_and_soon_and_is_not_handed_on(world, fake_clock):
    async def main() -> None:
        made = await world.ask("POST", "/v1/tickets", [*OWN, ("content-type", "application/json")], READ, body=b"{}")
        assert (made.status, made.headers["cache-control"]) == (201, "no-store")
        told = json.loads(made.body)
        assert told["expires_in_seconds"] == tickets.VALID_S
        query = f"pairs=BTC-USD&ticket={told['ticket']}"
        for path in ("/v1/watchlists", "/v1/prices"):  # worth nothing elsewhere, and not used up there
            assert (await world.ask("GET", path, query=query)).status in (400, 401)
        assert (await world.ask("WEBSOCKET", "/v1/ws", query=query)).status == 101
        assert (world.last["query_string"], world.last["state"]["token"].name) == (b"pairs=BTC-USD", READ)
        assert (await world.ask("GET", "/v1/stream", query=query)).status == 401

    run(main)
    token = world.service.tokens.find(world.texts[READ])
    late, revoked = asyncio.run(world.service.tickets.give(token)), ""
    fake_clock.advance(tickets.VALID_S)
    assert status(world, "GET", "/v1/stream", query=f"ticket={late}") == 401
    revoked = asyncio.run(world.service.tickets.give(token))
    world.service.tokens.revoke(token.id)
    assert status(world, "GET", "/v1/stream", query=f"ticket={revoked}") == 401
    assert status(world, "GET", "/v1/stream", query="ticket=") == 401


def test_tickets_are_not_heaped_up(world, fake_clock):
    token = world.service.tokens.find(world.texts[READ])
    given = [asyncio.run(world.service.tickets.give(token)) for _ in range(1001)]
    assert len(set(given)) == len(given)
    assert asyncio.run(world.service.tickets.redeem(given[0])) is None
    assert [asyncio.run(world.service.tickets.redeem(given[n])) for n in (1, -1)] == [token.id] * 2


def test_who_guesses_is_slowed_and_learns_nothing_and_nobody_else_is(world, fake_clock):
    async def main() -> None:
        assert (await world.ask("GET", "/v1/watchlists", token=READ)).status == 200
        for _ in range(gate.WRONG):
            assert (await world.ask("GET", "/v1/watchlists", token=WRONG)).status == 401
        refused = [await world.ask("GET", "/v1/prices", token=token) for token in (WRONG, SHORT, WRITE)]
        assert [answer.status for answer in refused] == [429] * 3, (
            "a right one that is new is not told from a wrong one"
        )
        assert len({answer.body for answer in refused}) == 1
        assert refused[0].headers["retry-after"] == "6"
        assert (await world.ask("GET", "/v1/watchlists", token=READ)).status == 200
        assert (await world.ask("GET", "/v1/prices")).status == 200
        assert (await world.ask("GET", "/v1/watchlists", token=WRITE, client="127.0.0.2")).status == 200
        assert (await world.ask("GET", "/v1/watchlists", token=WRONG, client="127.0.0.2")).status == 401
        fake_clock.advance(6)
        assert (await world.ask("GET", "/v1/watchlists", token=WRONG)).status == 401
        assert (await world.ask("GET", "/v1/watchlists", token=WRONG)).status == 429
        fake_clock.advance(6)
        assert (await world.ask("GET", "/v1/watchlists", token=WRITE)).status == 200

    run(main)


def test_no_token_is_no_guess(world):
    assert {status(world, "GET", "/v1/watchlists") for _ in range(3 * gate.WRONG)} == {401}


def test_addresses_of_one_network_are_one_asker():
    assert asker(("fd00:1:2:3::1", 1)) == asker(("fd00:1:2:3:ffff::2%eth0", 2)) != asker(("fd00:1:2:4::1", 1))
    assert (asker(("10.0.0.7", 1)), asker(None), asker(("a:b", 1))) == ("10.0.0.7", "", "a:b")


def test_off_loopback_a_token_may_ask_so_often_and_is_told(lan, fake_clock):
    async def main() -> None:
        first = await lan.ask("GET", "/x", token=READ)
        assert first.headers["ratelimit-policy"] == '"requests";q=600;w=6'
        assert first.headers["ratelimit"] == '"requests";r=599;t=1'
        for _ in range(gate.RATE - 1):
            last = await lan.ask("GET", "/x", token=READ)
        assert (last.status, last.headers["ratelimit"]) == (200, '"requests";r=0;t=6')
        over = await lan.ask("GET", "/x", token=READ)
        assert (over.status, over.headers["retry-after"]) == (429, "1")
        assert (await lan.ask("GET", "/x", token=WRITE)).status == 200
        assert (await lan.ask("GET", "/healthz")).status == 200
        fake_clock.advance(1)
        again = await lan.ask("GET", "/x", token=READ)
        assert (again.status, again.headers["ratelimit"]) == (200, '"requests";r=99;t=6')
        for _ in range(gate.RATE):
            assert (await lan.ask("GET", "/x", client="10.0.0.9")).status == 401
        assert (await lan.ask("GET", "/x", client="10.0.0.9")).status == 429

    run(main)


def test_on_loopback_nobody_is_told_to_slow_down(world):
    async def main() -> None:
        for _ in range(2 * gate.RATE):
            answer = await world.ask("GET", "/x", token=READ)
            assert answer.status == 200
            assert "ratelimit" not in answer.headers

    run(main)


def test_a_refusal_says_what_would_be_right_in_the_standard_form(world):
    async def main() -> None:
        none = await world.ask("GET", "/v1/watchlists")
        assert none.headers["content-type"] == "application/problem+json"
        assert none.headers["www-authenticate"] == 'Bearer realm="cryptoprices"'
        said = json.loads(none.body)
        assert (said["status"], said["title"]) == (401, "No token")
        assert "cryptoprices token create --scope read" in said["detail"]
        wrong = await world.ask("GET", "/v1/prices", token=WRONG)
        assert wrong.headers["www-authenticate"] == 'Bearer realm="cryptoprices", error="invalid_token"'
        small = await world.ask("DELETE", "/v1/tokens/x", token=READ)
        assert small.headers["www-authenticate"].endswith('error="insufficient_scope", scope="admin"')
        assert (await world.ask("HEAD", "/v1/watchlists")).body == b""
        assert (await world.ask("TRACE", "/v1/prices")).headers["allow"] == "GET, HEAD, POST, PUT, PATCH, DELETE"
        stranger = await world.ask("GET", "/v1/prices", [("host", "evil.example")])
        assert stranger == (403, {"content-length": "0"}, b"")

    run(main)


def test_a_websocket_is_closed_where_it_cannot_be_answered(world):
    assert status(world, "WEBSOCKET", "/v1/ws", [("host", "evil.example")], extensions={}) == 0
    assert status(world, "WEBSOCKET", "/v1/ws", extensions={}) == 101
    assert status(world, "WEBSOCKET", "/v1/tokens") == 401


def test_cryptowatchs_clients_have_their_own_ways(tmp_path, fake_clock, lan):
    texts = lan.texts

    async def main() -> None:
        for token, right in ((texts[READ], 200), ("0123456789ABCDEF", 401)):
            key = [*OWN, ("x-cw-api-key", token)]
            for path in ("/cryptowatch", "/cryptowatch/markets/kraken"):
                assert (await lan.ask("GET", path, key)).status == right
                assert (await lan.ask("GET", path, query=f"limit=1&apikey={token}")).status == right
            assert (await lan.ask("GET", "/v1/prices", key)).status == 401
            assert (await lan.ask("GET", "/v1/prices", query=f"apikey={token}")).status == 401
        refused = await lan.ask("GET", "/cryptowatch/assets")
        assert (refused.status, refused.headers["content-type"]) == (401, "application/json")
        assert list(json.loads(refused.body)) == ["error", "allowance"]
        assert "as `X-CW-API-Key: …`" in json.loads(refused.body)["error"]

    run(main)
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
    root = World(tmp_path / "x", fake_clock, loopback=False, cryptowatch_root=True)
    key = [*OWN, ("x-cw-api-key", root.texts[READ])]
    assert [status(root, "GET", path, key) for path in ("/", "/assets", "/docs", "/metrics")] == [200, 200, 401, 401]
    at_home = World(tmp_path / "y", fake_clock, cryptowatch_root=True)
    for path in ("/assets", "/cryptowatch/assets"):  # on loopback old keys are the surface's own affair
        assert status(at_home, "GET", path, [*OWN, ("x-cw-api-key", "0123456789ABCDEF")]) == 200


def test_a_revoked_token_holds_no_longer_from_the_next_question_on(world):
    assert status(world, "GET", "/v1/watchlists", token=READ) == 200
    world.service.tokens.revoke(world.service.tokens.find(world.texts[READ]).id)
    assert status(world, "GET", "/v1/watchlists", token=READ) == 401
    assert world.service.tokens.create("x", Scope.READ) != world.texts[READ]


def test_no_secret_is_in_the_log_and_a_strange_host_once(world, caplog):
    caplog.set_level(logging.DEBUG)
    for token in (ADMIN, WRONG, SHORT, NO_TOKEN):
        for host in (f"127.0.0.1:{PORT}", "my\n\x1b[31mbox.example:8020"):
            status(world, "GET", "/v1/tokens", [("host", host)], token=token)
    status(world, "GET", "/v1/stream", query="ticket=abcdefghijklmnopqrstuvwxyz")
    records = [record for record in caplog.records if record.name.startswith("cryptoprices")]
    assert [record.getMessage() for record in records] == [
        "Asked as my [31mbox.example:8020, which is refused. If that is a name of this server: --allow-host NAME"
    ]
    everything = "\n".join(record.getMessage() for record in caplog.records)
    for text in world.texts.values():
        assert text.split("_")[2][:16] not in everything
    assert "abcdefgh" not in everything
    for number in range(200):
        status(world, "GET", "/v1/prices", [("host", f"{number}.example")])
    assert len([record for record in caplog.records if record.name == gate.__name__]) == 50


def test_nothing_in_the_api_knows_a_header_of_cross_origin_sharing():
    pattern = re.compile(r"cors|access-control-(allow|expose|max)", re.IGNORECASE)
    assert pattern.search("from starlette.middleware.cors import CORSMiddleware")
    files = (ROOT / "cryptoprices" / "api").rglob("*.py")
    assert not [path for path in files if pattern.search(path.read_text("utf-8"))]
