"""Each exchange's questions, and its record read to exactly the figures that it says."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from conftest import RECORDINGS
from records import DATA, RECEIVED_MS, RECORDS, SENT_BOOT_S, SOURCES, answer

from cryptoprices.core.coins import COINGECKO_IDS
from cryptoprices.core.market import Pair, by_quote

P = Pair.parse
WANTED = by_quote(map(P, ["BTC/USD", "BTC/USDT", "BTC/EUR", "ETH/USD", "ETH/USDT"]))
FIGURES = ("price", "bid", "ask", "change_24h_pct", "high_24h", "low_24h", "volume_24h", "source_ms")

EXPECTED = {
    "kraken": [
        ("97412.50000", "97413.00000", "97413.10000", None, "97880.00000", "95311.00000", "2101.40731902", None),
        ("3512.30000", "3512.30000", "3512.31000", None, "3541.99000", "3402.15000", "24877.90220000", None),
    ],
    "coinbase": [("97415.07", "97415.10", "97415.11", None, None, None, "7421.18340219", 1795357324120)],
    "bitstamp": [
        ("97409", "97405", "97414", "1.85", "97870", "95322", "1042.77310582", 1795357323000),
        ("3512.0", "3511.6", "3512.7", "2.70", "3541.0", "3402.0", "4210.09120000", 1795357321000),
    ],
    "gemini": [("97420.40", "97418.02", "97421.77", None, None, None, "311.0427715509", 1795357320000)],
    "bitfinex": [
        ("97402.5", "97402", "97403", "1.841755", "97871", "95300", "512.80114403", None),
        ("3511.2", "3511.1", "3511.4", "2.69066", "3540.6", "3401.9", "3120.55120018", None),
    ],
    "binance": [
        ("97444.00000000", "97443.99000000", "97444.00000000", "1.853",
         "97911.00000000", "95338.07000000", "18402.11037000", 1795357323998),
        ("3513.12000000", "3513.11000000", "3513.12000000", "2.674",
         "3543.20000000", "3403.01000000", "301188.42150000", 1795357323871),
    ],
    "okx": [("97441.7", "97441.7", "97441.8", "1.8539", "97907.2", "95331", "5188.20771193", 1795357323511)],
    "coingecko": [
        ("97410", None, None, "1.84901", "97884", "95318.21", None, 1795357291736),
        ("0.00000644", None, None, "-0.63214", "0.00000651", "0.0000062", None, 1795357289410),
    ],
}  # fmt: skip
DETAILED = {
    "coinbase": ("97415.07", "97415.10", "97415.11", "1.8539", "97881.30", "95310.25", "7421.90110042", 1795357324120),
    "gemini": ("97420.40", "97418.02", "97421.77", "1.8689", "97899.99", "95301.44", "311.0427715509", 1795357320000),
}
ASKS = {
    "kraken": ["/0/public/Ticker?pair=XXBTZEUR,XXBTZUSD,XETHZUSD,XBTUSDT,ETHUSDT"],
    "coinbase": [f"/products/{name}/ticker" for name in ("BTC-EUR", "BTC-USD", "ETH-USD", "BTC-USDT", "ETH-USDT")],
    "bitstamp": ["/api/v2/ticker/"],
    "gemini": [f"/v1/pubticker/{name}" for name in ("btceur", "btcusd", "ethusd", "btcusdt", "ethusdt")],
    "bitfinex": ["/v2/tickers?symbols=tBTCEUR,tBTCUSD,tETHUSD,tBTCUST,tETHUST"],
    "binance": ["/api/v3/ticker/24hr?symbols=%5B%22BTCEUR%22%2C%22BTCUSDT%22%2C%22ETHUSDT%22%5D"],
    "okx": [f"/api/v5/market/ticker?instId={name}" for name in ("BTC-EUR", "BTC-USDT", "ETH-USDT")],
    "coingecko": [
        "/api/v3/coins/markets?vs_currency=eur&ids=bitcoin",
        "/api/v3/coins/markets?vs_currency=usd&ids=bitcoin,ethereum",
    ],
}
every_exchange = pytest.mark.parametrize("name", RECORDS)


def figures(quote):
    """The ticker's figures as texts, with every digit."""
    texts = [getattr(quote.ticker, name) for name in FIGURES]
    return tuple(value if value is None or isinstance(value, int) else f"{value:f}" for value in texts)


def test_they_are_found_in_the_order_in_which_they_are_shown():
    assert list(SOURCES) == ["kraken", "coinbase", "bitstamp", "gemini", "bitfinex", "binance", "okx", "coingecko"]
    assert set(SOURCES) == set(RECORDS)
    assert [name for name, source in SOURCES.items() if not source.on_by_default] == ["okx"]
    assert [name for name, source in SOURCES.items() if source.only_missing] == ["coingecko"]


@every_exchange
def test_its_record_says_exactly_these_figures(name):
    quotes = RECORDS[name].read(RECORDS[name].body)
    assert [quote.pair for quote in quotes] == list(RECORDS[name].pairs)
    assert [figures(quote) for quote in quotes] == EXPECTED[name]
    assert {(q.exchange, q.sent_boot_s, q.received_ms, q.via) for q in quotes} == {
        (name, SENT_BOOT_S, RECEIVED_MS, "poll")
    }


@pytest.mark.parametrize("name", DETAILED)
def test_its_detail_adds_the_figures_of_the_day(name):
    record = RECORDS[name]
    (quote,) = record.read(record.body)
    assert len(record.source.asks(record.pairs)[0].details) == 1
    detail = answer((DATA / f"{name}-detail.json").read_bytes())
    assert figures(record.source.read_detail(detail, quote)) == DETAILED[name]


@every_exchange
def test_it_asks_for_all_pairs_in_as_few_questions_as_it_allows(name):
    source = SOURCES[name]
    listed = [pair for pair in WANTED if source.lists(pair)]
    asks = source.asks(listed)
    assert [ask.path for ask in asks] == ASKS[name]
    assert [pair for ask in asks for pair in ask.pairs] == listed
    assert source.asks([]) == []


@every_exchange
def test_one_pair_alone_is_asked_for_by_itself(name):
    pair = RECORDS[name].pairs[0]
    ask = SOURCES[name].ask_alone(pair)
    assert ask.pairs == (pair,)
    assert ask.path.isascii()
    assert " " not in ask.path
    alone = {"bitstamp": "/api/v2/ticker/btcusd/", "coingecko": "/api/v3/simple/price?ids=bitcoin&vs_currencies=usd"}
    assert ask.path == alone.get(name, SOURCES[name].asks([pair])[0].path)


def test_binances_symbols_are_a_json_list_without_blanks():
    (ask,) = SOURCES["binance"].asks([P("BTC/USDT"), P("ETH/USDT")])
    assert unquote(urlsplit(ask.path).query) == 'symbols=["BTCUSDT","ETHUSDT"]'
    assert json.loads(parse_qs(urlsplit(ask.path).query)["symbols"][0]) == ["BTCUSDT", "ETHUSDT"]


@pytest.mark.parametrize(
    ("pair", "market"),
    [
        ("BTC/USD", "XXBTZUSD"), ("ETH/EUR", "XETHZEUR"), ("ETH/BTC", "XETHXXBT"), ("DOGE/BTC", "XXDGXXBT"),
        ("DOGE/USD", "XDGUSD"), ("BTC/USDT", "XBTUSDT"), ("BTC/CHF", "XBTCHF"), ("LTC/GBP", "LTCGBP"),
        ("SOL/USD", "SOLUSD"), ("USDT/USD", "USDTZUSD"), ("LUNA/USD", "LUNA2USD"),
    ],
)  # fmt: skip
def test_kraken_knows_its_own_names(pair, market):
    assert SOURCES["kraken"].ask_alone(P(pair)).path == f"/0/public/Ticker?pair={market}"


@pytest.mark.parametrize("key", ["XXBTZUSD", "XBTUSD", "XBTZUSD", "XBT/USD"])
def test_kraken_may_answer_with_any_of_a_markets_names(key):
    body = RECORDS["kraken"].body.replace(b"XXBTZUSD", key.encode())
    assert RECORDS["kraken"].read(body)[0].pair == P("BTC/USD")


@pytest.mark.parametrize("key", ["XXBTZUSD.d", "XXBTZEUR", "XBTUSDT", "BTCUSD", "xxbtzusd"])
def test_kraken_answering_with_another_market_is_no_price_of_ours(key):
    body = RECORDS["kraken"].body.replace(b"XXBTZUSD", key.encode())
    assert [quote.pair for quote in RECORDS["kraken"].read(body)] == [P("ETH/USD")]


@pytest.mark.parametrize(
    ("pair", "symbol"),
    [
        ("BTC/USD", "tBTCUSD"), ("BTC/USDT", "tBTCUST"), ("DOGE/USD", "tDOGE:USD"), ("ETH/BTC", "tETHBTC"),
        ("BCH/USD", "tBCHN:USD"), ("LUNA/USD", "tLUNA2:USD"), ("DASH/USD", "tDSHUSD"),
    ],
)  # fmt: skip
def test_bitfinex_knows_its_own_names(pair, symbol):
    assert SOURCES["bitfinex"].ask_alone(P(pair)).path == f"/v2/tickers?symbols={symbol}"


def test_bitfinex_may_append_fields():
    body = RECORDS["bitfinex"].body.replace(b",97871,95300]", b',97871,95300,null,[1],"new"]')
    assert body != RECORDS["bitfinex"].body
    assert [figures(quote) for quote in RECORDS["bitfinex"].read(body)] == EXPECTED["bitfinex"]


def test_bitstamps_single_answer_names_no_pair():
    source, pair = SOURCES["bitstamp"], P("BTC/USD")
    row = json.loads(RECORDS["bitstamp"].body)[0]
    del row["pair"]
    (quote,) = source.read(answer(json.dumps(row).encode()), [pair])
    assert (quote.pair, *figures(quote)) == (pair, *EXPECTED["bitstamp"][0])


def test_coingecko_lists_only_coins_that_it_can_name_in_currencies_that_it_has():
    lists = SOURCES["coingecko"].lists
    assert lists(P("BTC/USD"))
    assert lists(P("ETH/EUR"))
    assert lists(P("SHIB/GBP"))
    assert not lists(P("BTC/USDT"))
    assert not lists(P("NOSUCHCOIN/USD"))
    assert SOURCES["coingecko"].attribution == "Data by CoinGecko"
    assert SOURCES["coingecko"].interval_s == 60


@pytest.mark.parametrize("name", SOURCES)
def test_of_five_hundred_pairs_each_is_asked_for_once_and_no_address_is_long(name):
    coins = COINGECKO_IDS if name == "coingecko" else [f"COIN{number}" for number in range(500)]
    pairs = [Pair(coin, min(SOURCES[name].quote_currencies)) for coin in coins]
    asks = SOURCES[name].asks(pairs)
    assert sorted(pair for ask in asks for pair in ask.pairs) == sorted(pairs)
    assert max(len(ask.path) for ask in asks) <= 2500
    assert SOURCES[name].asks([]) == []


def test_coingeckos_single_answer_is_a_price_alone():
    (quote,) = SOURCES["coingecko"].read(answer(b'{"shiba-inu":{"usd":6.4e-06}}'), [P("SHIB/USD")])
    assert figures(quote) == ("0.0000064", *[None] * 7)


@pytest.mark.parametrize("name", ["binance", "okx"])
def test_what_has_no_dollar_market_lists_tethers_not_dollars(name):
    assert SOURCES[name].lists(P("BTC/USDT"))
    assert not SOURCES[name].lists(P("BTC/USD"))


DATE = "Sun, 22 Nov 2026 14:22:04 GMT"  # 1795357324 s, 0.489 s after okx's own time


@pytest.mark.parametrize(
    ("headers", "lead_s"),
    [
        ({}, 0.799),  # by when it was received
        ({"date": DATE}, 0.489),
        ({"date": DATE, "age": "12"}, 12),
        ({"date": DATE, "age": "0"}, 0.489),
        ({"date": "Sun, 22 Nov 2026 14:22:01 GMT"}, 0),  # its own time is later: not of the future, but new
        ({"date": "Sun, 22 Nov 2026 15:22:04 GMT"}, 3600.489),
        ({"date": "22 Nov 2026"}, 0.799), ({"date": "Sun, 31 Feb 2026 14:22:04 GMT"}, 0.799),
        ({"date": "Sun, 22 Xyz 2026 14:22:04 GMT"}, 0.799), ({"date": ""}, 0.799),
        ({"age": "-5"}, 0.799), ({"age": "9" * 400}, 0.799), ({"age": "soon"}, 0.799), ({"age": "１２"}, 0.799),
    ],
)  # fmt: skip
def test_how_old_a_figure_was_when_it_was_sent(headers, lead_s):
    (quote,) = SOURCES["okx"].read(answer(RECORDS["okx"].body, **headers), [P("BTC/USDT")])
    assert quote.lead_s == pytest.approx(lead_s)


@pytest.mark.parametrize(("headers", "lead_s"), [({"date": DATE}, 0), ({"age": "7"}, 7)])
def test_an_exchange_without_a_time_of_its_own_leads_by_the_age_header_alone(headers, lead_s):
    quotes = SOURCES["kraken"].read(answer(RECORDS["kraken"].body, **headers), RECORDS["kraken"].pairs)
    assert [quote.lead_s for quote in quotes] == [lead_s, lead_s]


@pytest.mark.parametrize(("minutes_later", "lead_s"), [(4, 0), (5, 0), (6, 60)])
def test_the_end_of_geminis_volume_window_proves_an_age_only_beyond_the_window(minutes_later, lead_s):
    record = RECORDS["gemini"]
    (quote,) = SOURCES["gemini"].read(answer(record.body), record.pairs)
    made = datetime.fromtimestamp(quote.ticker.source_ms / 1000 + 60 * minutes_later, UTC)
    date = made.strftime("%a, %d %b %Y %H:%M:%S GMT")
    (quote,) = SOURCES["gemini"].read(answer(record.body, date=date), record.pairs)
    assert quote.lead_s == pytest.approx(lead_s, abs=1)


RECORDED = {
    "kraken/ticker.XBTUSDT.20251111.json": ("kraken", "BTC/USDT", (
        "105899.40000", "105944.20000", "105944.30000", None, "106613.10000", "104711.00000", "163.28908096", None)),
    "kraken/ticker.XXBTZEUR.2014.json": ("kraken", "BTC/EUR", (
        "560.87711", "560.46600", "562.26651", None, "591.11000", "560.00000", "600.91850325", None)),
    "coinbase_exchange/ticker.BTC-USD.2015.json": ("coinbase", "BTC/USD", (
        "246.28000000", "637", "637.11", None, None, None, "4661.70407704", 1428526146506)),
    "coinbase_exchange/ticker.2020.ccxt-comment.json": ("coinbase", "DAI/USD", (
        "0.997999", "0.997094", "0.998", None, None, None, "1903188.03750000", 1580177613012)),
    "bitstamp/ticker.btcusd.20220131.json": ("bitstamp", "BTC/USD", (
        "2211.00", "2188.97", "2211.00", "13.57", "2811.00", "2188.97", "213.26801100", 1643640186000)),
    "binance/ticker24.BTCUSDT+ETHUSDT.20241101.json": ("binance", "ETH/USDT", (
        "2509.72000000", "2509.71000000", "2509.72000000", "-5.165", "2652.38000000", "2467.67000000",
        "442359.92720000", 1730439018420)),
    "gemini/pubticker.btcusd.20190812.json": ("gemini", "BTC/USD", (
        "11381.47", "11381.50", "11388.08", None, None, None, "915.6534281291", 1565587800000)),
    "bitfinex/tickers.fLEO+tBTCUSD.201911.json": ("bitfinex", "BTC/USD", (
        "7381.2", "7381.6", "7381.7", "1.75", "7390", "7228.1", "1982.88275223", None)),
    "okx/ticker.BTC-USDT.20220513a.json": ("okx", "BTC/USDT", (
        "30236", "30228.6", "30228.7", "1.8033", "31073", "28020.3", "17602.13085371", 1652459224956)),
    "coingecko/markets.usd.20240407.json": ("coingecko", "BTC/USD", (
        "70187", None, None, "3.12502", "70215", "68060", None, 1712508571736)),
    "coingecko/simple_price.json": ("coingecko", "ETH/USD", ("1498.64", *[None] * 7)),
}  # fmt: skip


@pytest.mark.skipif(not (RECORDINGS / "rest").is_dir(), reason="no recordings here")
@pytest.mark.parametrize("file", RECORDED)
def test_a_real_answer_is_read_to_exactly_its_digits(file):
    name, pair, expected = RECORDED[file]
    (quote,) = SOURCES[name].read(answer((RECORDINGS / "rest" / file).read_bytes()), [P(pair)])
    assert (quote.pair, figures(quote)) == (P(pair), expected)


@pytest.mark.skipif(not (RECORDINGS / "rest").is_dir(), reason="no recordings here")
def test_a_real_answer_about_the_day_gives_the_change_since_its_open():
    ticker, stats = (
        answer((RECORDINGS / "rest/coinbase_exchange" / file).read_bytes())
        for file in ("ticker.BTC-USD.2015.json", "stats.BTC-USD.2015.json")
    )
    (quote,) = SOURCES["coinbase"].read(ticker, [P("BTC/USD")])
    day = figures(SOURCES["coinbase"].read_detail(stats, quote))
    assert day[3:7] == ("-3.0546", "255.47000000", "244.29000000", "7697.38286685")
