"""What clients of the former Cryptowatch API get: shapes, numbers, errors, keys, pages. Formats as in its records."""

from decimal import Decimal

import pytest
from cryptowatch_rig import BTC, ETH, KEY, Rig

from cryptoprices.api.cryptowatch import identity, known
from cryptoprices.core.market import Pair

BASE = "http://127.0.0.1:8020/cryptowatch"
USD = {"id": 98, "sid": "united-states-dollar", "symbol": "usd", "name": "United States Dollar", "fiat": True}
COIN = {"id": 60, "sid": "bitcoin", "symbol": "btc", "name": "Bitcoin", "fiat": False}
KRAKEN = {"id": 87, "exchange": "kraken", "pair": "btcusd", "active": True}


@pytest.fixture
def rig(fake_clock):
    return Rig(fake_clock)


def routed(thing, path):
    return thing | {"route": f"{BASE}/{path}"}


def test_the_root_says_what_there_is_with_and_without_its_slash(rig):
    for path in ("", "/"):
        body = rig.get(path)
        assert list(body) == ["result"]  # it alone has no allowance
        assert list(body["result"]) == ["revision", "uptime", "documentation", "indexes"]
        assert body["result"]["indexes"] == [f"{BASE}/{name}" for name in ("assets", "pairs", "exchanges", "markets")]
    rig.clock.advance(3 * 3600 + 62)
    assert rig.get("")["result"]["uptime"] == "3h1m2s"


def test_assets_have_their_former_numbers_and_names(rig):
    body = rig.get("/assets")
    assert list(body) == ["result", "cursor", "allowance"]
    assert [asset["symbol"] for asset in body["result"]] == ["btc", "eth", "usd", "usdt"]
    assert body["result"][0] == routed(COIN, "assets/btc")
    one = rig.get("/assets/BTC")["result"]
    assert {name: one[name] for name in COIN} == COIN
    assert list(one["markets"]) == ["base"]  # nothing is priced in it
    assert routed(KRAKEN, "markets/kraken/btcusd") in one["markets"]["base"]
    assert {market["pair"] for market in rig.get("/assets/usd")["result"]["markets"]["quote"]} == {"btcusd", "ethusd"}


def test_a_pair_has_both_assets_and_its_markets(rig):
    sides = {"base": routed(COIN, "assets/btc"), "quote": routed(USD, "assets/usd")}
    pair = routed({"id": 9, "symbol": "btcusd", **sides}, "pairs/btcusd")
    assert rig.get("/pairs")["result"][0] == pair
    one = rig.get("/pairs/BtcUsd")["result"]
    assert [market["exchange"] for market in one.pop("markets")] == ["bitstamp", "coinbase", "kraken"]
    assert one == pair


def test_exchanges_are_listed_those_that_are_off_too(rig):
    body = rig.get("/exchanges")
    assert list(body) == ["result", "allowance"]
    kraken = {"id": 4, "symbol": "kraken", "name": "Kraken", "active": True}
    assert routed(kraken, "exchanges/kraken") in body["result"]
    assert {each["symbol"]: each["active"] for each in body["result"]}["okx"] is False
    assert rig.get("/exchanges/kraken")["result"] == kraken | {"routes": {"markets": f"{BASE}/markets/kraken"}}


def test_markets_are_of_what_each_exchange_itself_trades(rig):
    found = {(each["exchange"], each["pair"]): each for each in rig.get("/markets")["result"]}
    assert found["kraken", "btcusd"] == routed(KRAKEN, "markets/kraken/btcusd")
    assert ("binance", "btcusdt") in found
    assert ("binance", "btcusd") not in found  # that price was made by us
    assert found["kraken", "ethusd"]["active"] is False  # no price of it has come
    assert list(rig.get("/markets/kraken")) == ["result", "allowance"]
    assert {each["exchange"] for each in rig.get("/markets/kraken")["result"]} == {"kraken"}
    parts = ("price", "summary", "orderbook", "trades", "ohlc")
    routes = {part: f"{BASE}/markets/kraken/btcusd/{part}" for part in parts}
    assert rig.get("/markets/kraken/btcusd")["result"] == KRAKEN | {"routes": routes}


def test_what_an_exchange_does_not_list_is_no_market_of_it(rig):
    assert rig.get("/markets/kraken/ethusd")
    rig.live.refuse("kraken", ETH)
    assert rig.get("/markets/kraken/ethusd", 404)["error"] == "Instrument not found"
    rig.live.refuse("binance", Pair("ETH", "USDT"))
    assert rig.get("/markets/binance/ethusdt", 404)["error"] == "Instrument not found"


@pytest.mark.parametrize(
    ("market", "price"),
    [
        ("kraken/btcusd", "24063.40"),
        ("KRAKEN/BtcUSD", "24063.40"),
        ("gdax/btcusd", "24070.55"),
        ("coinbase-pro/btcusd", "24070.55"),
        ("binance/btcusdt", "24075.01000000"),
    ],
)
def test_a_price_is_a_number_in_the_exchanges_own_digits(rig, market, price):
    text = rig.ask("GET", f"/cryptowatch/markets/{market}/price").text
    assert text.startswith(f'{{"result":{{"price":{price}}},"allowance":')


def test_no_digit_is_lost_however_many_there_are(rig):
    rig.clock.advance(20)
    rig.live.poll(kraken="12345678901234567890.123456789012345678901234567890")
    price = rig.get("/markets/kraken/btcusd/price")["result"]["price"]
    assert price == Decimal("12345678901234567890.123456789012345678901234567890")


def test_a_summary_is_of_the_last_24_hours(rig):
    price = {
        "last": Decimal("24070.55"),
        "high": Decimal("24170.55"),
        "low": Decimal("23970.55"),
        "change": {"percentage": Decimal("0.0025"), "absolute": Decimal("60.03")},
    }
    body = {"price": price, "volume": Decimal("1000.5"), "volumeQuote": Decimal("24082585.275")}
    assert rig.get("/markets/coinbase/btcusd/summary")["result"] == body


def test_what_an_exchange_does_not_tell_of_its_day_its_candles_tell(rig):
    price = rig.get("/markets/kraken/btcusd/summary")["result"]["price"]
    (asked,) = rig.past.asked
    assert asked[:3] == ("kraken", BTC, "5m")
    then = Decimal(int(asked[3]) // 300_000 % 10_000 + 1000)  # cryptowatch_rig.candle
    assert price["change"]["absolute"] == price["last"] - then
    assert price["change"]["percentage"] == round((price["last"] - then) / then, 12)
    assert (price["high"], price["low"]) == (Decimal("24224.5"), Decimal("23756"))  # as Kraken says


def test_what_nobody_knows_is_null_and_never_0(rig):
    rig.past.begins_ms = rig.clock.wall_ms  # exchanges have no candles
    result = rig.get("/markets/kraken/btcusd/summary")["result"]
    assert result["price"]["change"] == {"percentage": None, "absolute": None}
    assert "kraken:btcusd" not in rig.get("/markets/summaries")["result"]  # where one null spoils all for some clients


def test_prices_and_summaries_of_all_markets_are_keyed_as_before(rig):
    prices = rig.get("/markets/prices")
    assert list(prices) == ["result", "cursor", "allowance"]
    assert prices["result"]["market:coinbase:ethusd"] == Decimal("1600.10")
    assert "market:kraken:ethusd" not in prices["result"]
    found = rig.get("/markets/summaries")["result"]
    assert set(found) == {"binance:btcusdt", "bitstamp:btcusd", "coinbase:btcusd", "coinbase:ethusd", "kraken:btcusd"}
    assert list(found["coinbase:btcusd"]) == ["price", "volume", "volumeQuote", "volumeBase", "volumeUSD"]
    assert found["coinbase:btcusd"]["volumeUSD"] == found["coinbase:btcusd"]["volumeQuote"]
    dollars = found["binance:btcusdt"]["volumeUSD"] / found["binance:btcusdt"]["volumeBase"]
    assert 24061 <= dollars <= 24075  # at the price that the exchanges agree on
    assert rig.get("/markets/summaries?keyBy=id")["result"]["65"] == found["coinbase:btcusd"]


def test_a_book_is_the_best_bid_and_ask_without_the_amounts_that_are_unknown(rig):
    book = rig.get("/markets/kraken/btcusd/orderbook?limit=5")["result"]
    assert book == {"asks": [[Decimal("24063.40")]], "bids": [[Decimal("24063.3")]], "seqNum": rig.live.version}
    rig.live.stream("bitstamp", BTC, "24065")  # tells no bid and ask; those of the poll are still current
    assert rig.get("/markets/bitstamp/btcusd/orderbook")["result"]["asks"] == [[24062]]
    rig.clock.advance(46)
    rig.live.stream("bitstamp", BTC, "24066")
    assert "bid and ask" in rig.get("/markets/bitstamp/btcusd/orderbook", 404)["error"]


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/assets/xyz", 404, "Asset not found"),
        ("/pairs/aaabbb", 404, "Pair not found"),
        ("/exchanges/mtgox", 404, "Exchange not found"),
        ("/markets/mtgox", 404, "Exchange not found"),
        ("/markets/mtgox/btcusd/price", 404, "Exchange not found"),
        ("/markets/kraken/aaabbb", 404, "Instrument not found"),
        ("/markets/kraken/aaabbb/price", 404, "Instrument not found"),
        ("/markets/binance/btcusd/price", 404, "Instrument not found"),
        ("/markets/okx/btcusdt/price", 404, "Instrument not found"),
        ("/markets/kraken/btcusd/trades", 404, "Single trades are not kept here"),
        ("/markets/kraken/btcusd/orderbook/liquidity", 404, "Of order books only the best bid and ask are known here"),
        ("/markets/kraken/btcusd/nothing", 404, "There is nothing at this path"),
        ("/nothing", 404, "There is nothing at this path"),
        ("/markets?limit=0", 400, "limit must be a number from 1 to 20000"),
        ("/assets?cursor=nonsense", 400, "this cursor is none of ours"),
        ("/markets/kraken/btcusd/ohlc?after=yesterday", 400, "after must be a time in Unix seconds"),
        ("/markets/kraken/ethusd/price", 503, "No price of kraken ethusd has come yet"),
    ],
)
def test_every_refusal_is_json_with_an_error_and_an_allowance(rig, path, status, error):
    body = rig.get(path, status)
    assert body["error"] == error
    assert set(body) == {"error", "allowance"}


@pytest.mark.logs("failed")
def test_a_fault_of_ours_is_answered_in_the_same_form(rig, monkeypatch):
    monkeypatch.setattr(rig.live, "moment", lambda: 1 // 0)
    answer = rig.ask("GET", "/cryptowatch/markets?apikey=" + KEY)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/json")
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"error", "allowance"}
    assert "mistake of the program" in answer.json()["error"]
    assert "Zero" not in answer.text


def test_the_log_has_the_traceback_of_a_fault_and_no_key(rig, monkeypatch, caplog):
    monkeypatch.setattr(rig.live, "moment", lambda: 1 // 0)
    rig.ask("GET", "/cryptowatch/markets?apikey=" + KEY)
    assert "GET /cryptowatch/markets failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert KEY not in caplog.text


def test_an_unknown_period_is_named(rig):
    assert "61 is no period" in rig.get("/markets/kraken/btcusd/ohlc?periods=60,61", 400)["error"]


def test_a_price_that_is_old_is_none(rig):
    rig.clock.advance(119)
    assert rig.get("/markets/kraken/btcusd/price")["result"]["price"] == Decimal("24063.40")
    rig.clock.advance(2)
    for part in ("price", "summary", "orderbook"):
        assert rig.get(f"/markets/kraken/btcusd/{part}", 503)["error"] == "The last price of kraken btcusd is 121 s old"
    assert rig.get("/markets/prices")["result"] == {}
    assert rig.get("/markets/summaries")["result"] == {}


def test_parameters_that_are_not_known_are_let_pass(rig):
    assert rig.get("/markets/kraken/btcusd/price?exchange=kraken&pair=btcusd&period=60")["result"]


def test_it_can_only_be_read(rig):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = rig.ask(method, "/cryptowatch/markets")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
        assert set(answer.json()) == {"error", "allowance"}
    head = rig.ask("HEAD", "/cryptowatch/markets")
    assert head.status_code == 200
    assert int(head.headers["content-length"]) == len(rig.ask("GET", "/cryptowatch/markets").content)


def test_no_answer_lets_pages_of_other_origins_read_it_or_caches_keep_it(rig):
    headers = rig.ask("GET", "/cryptowatch/markets/kraken/btcusd/price", headers={"Origin": "http://x.example"}).headers
    assert headers["cache-control"] == "no-store"
    assert not [name for name in headers if name.startswith("access-control")]


def test_an_allowance_is_whole_and_never_grows_less(rig):
    allowances = [rig.get("/markets/kraken/btcusd/price")["allowance"] for _ in range(3)]
    assert allowances[0] == allowances[2]
    assert list(allowances[0]) == ["cost", "remaining", "upgrade"]
    costs = {"markets": 0.003, "kraken/btcusd": 0.002, "kraken/btcusd/price": 0.005, "kraken/btcusd/ohlc": 0.015}
    costs |= {"kraken/btcusd/orderbook/liquidity": 0.005, "kraken/btcusd/orderbook/calculator": 0.015}
    for path, cost in costs.items():  # as they were
        answer = rig.ask("GET", f"/cryptowatch/markets/{path}" if "/" in path else f"/cryptowatch/{path}")
        assert answer.json()["allowance"]["cost"] == cost, path
    for how in ({"headers": {"X-CW-API-Key": KEY}}, {"params": {"apikey": KEY}}):
        keyed = rig.get("/markets/kraken/btcusd/price", **how)["allowance"]
        assert list(keyed) == ["cost", "remaining", "remainingPaid", "account"]
        assert KEY not in str(keyed)


def test_a_key_that_is_given_must_be_a_token(rig):
    for how in ({"headers": {"X-CW-API-Key": "123"}}, {"params": {"apikey": "123"}}):
        answer = rig.ask("GET", "/cryptowatch/markets", **how)
        assert answer.status_code == 401
        assert set(answer.json()) == {"error", "allowance"}
        assert "invalid_token" in answer.headers["www-authenticate"]
    for _ in range(8):
        rig.get("/markets", 401, headers={"X-CW-API-Key": "124"})
    late = rig.ask("GET", "/cryptowatch/markets", headers={"X-CW-API-Key": "125"})
    assert (late.status_code, late.headers["retry-after"]) == (429, "6")
    assert late.json()["error"] == "Too many wrong keys; ask again in 6 s"
    rig.get("/markets", headers={"X-CW-API-Key": KEY})  # others are not held up
    rig.get("/markets")


def test_a_collection_comes_in_pages_that_hold_together(rig):
    whole = rig.get("/markets")
    assert whole["cursor"]["hasMore"] is False
    assert whole["cursor"]["last"]
    seen, cursor = [], ""
    while True:
        page = rig.get(f"/markets?limit=3&cursor={cursor}")
        seen += page["result"]
        assert len(page["result"]) <= 3
        cursor = page["cursor"]["last"]
        if not page["cursor"]["hasMore"]:
            break
    assert seen == whole["result"]
    assert rig.get(f"/markets?limit={len(seen)}")["cursor"]["hasMore"] is False
    assert rig.get(f"/markets?cursor={cursor}")["result"] == []
    prices = rig.get("/markets/prices?limit=2")
    assert len(prices["result"]) == 2
    assert prices["cursor"]["hasMore"] is True


def test_routes_name_the_server_as_it_was_asked(rig):
    for host in ("prices.example.com", "[::1]:8020", "localhost:8020"):
        assert rig.get("/exchanges/kraken", host=host)["result"]["routes"]["markets"] == (
            f"http://{host}/cryptowatch/markets/kraken"
        )


def test_what_is_not_of_this_api_goes_on_to_ours(fake_clock):
    rig = Rig(fake_clock)
    for path in ("/v1/prices", "/markets", "/", "/docs"):
        assert rig.ask("GET", path).text == f"ours: {path}"


def test_at_the_root_it_takes_all_but_what_is_ours(fake_clock):
    rig = Rig(fake_clock, at_root=True)
    for path in ("/v1/prices", "/docs", "/openapi.json", "/healthz", "/metrics"):
        assert rig.ask("GET", path).text == f"ours: {path}"
    answer = rig.ask("GET", "/exchanges/kraken").json()
    assert answer["result"]["routes"]["markets"] == "http://127.0.0.1:8020/markets/kraken"
    assert rig.ask("GET", "/").json()["result"]["indexes"][0] == "http://127.0.0.1:8020/assets"
    assert rig.get("/exchanges/kraken")["result"]["routes"]["markets"] == f"{BASE}/markets/kraken"


def test_numbers_that_clients_hold_are_the_former_ones():
    assert [identity.asset(name).id for name in ("BTC", "ETH", "USD", "EUR", "USDT")] == [60, 77, 98, 108, 2]
    assert [identity.pair_id(name) for name in ("btcusd", "btceur", "ethbtc")] == [9, 232, 21]
    assert [identity.exchange_id(name) for name in ("bitfinex", "kraken", "binance", "okx")] == [1, 4, 27, 61]
    markets = [
        ("kraken", "btceur", 86),
        ("kraken", "btcusd", 87),
        ("coinbase", "btcusd", 65),
        ("binance", "btcusdt", 579),
    ]
    assert [identity.market_id(*market[:2]) for market in markets] == [market[2] for market in markets]


def test_our_own_numbers_are_made_of_the_name_alone():
    assert identity.asset("HBAR")[:4] == (805_581_369, "hedera-hashgraph", "hbar", "Hedera")
    assert identity.pair_id("hbarusd") == 1_989_422_835
    assert identity.exchange_id("coingecko") == 1_163_773_024
    assert identity.market_id("kraken", "hbarusd") == 1_461_906_033


def test_no_two_known_things_have_one_number():
    markets = [number for name in known.MARKETS for number in map(int, known.MARKETS[name].split()[1::2])]
    assert len(markets) == len(set(markets)) == 764
    for numbers in (
        [asset[0] for asset in known.ASSETS.values()],
        [exchange[0] for exchange in known.EXCHANGES.values()],
        list(known.PAIRS.values()),
        markets,
    ):
        assert len(set(numbers)) == len(numbers)
        assert max(numbers) < identity.OWN_FROM
