"""Strange answers of every exchange: nothing comes out but quotes or an error with a reason, and no wrong number."""

import json
from decimal import Decimal

import pytest
from records import DATA, RECORDS, SOURCES, answer

from cryptoprices.core.errors import BadPayload
from cryptoprices.core.market import Pair
from cryptoprices.core.plain import LIMIT

every_exchange = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
with_detail = pytest.mark.parametrize("record", [r for r in RECORDS.values() if r.detail], ids=lambda r: r.name)

NO_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-999", "9" * 10_000, "0." + "1" * 10_000, "1e31"]
NO_PRICES = ["0", "0.00", "-5", "-0", "0e5"]
NO_DIGITS = [
    "", " ", " 5", "5 ", "1_000.5", "１２", "٣", "+5", "1,000", "0x10", "1.2.3", "5-", "abc", "inf", "nan", "sNaN",
    "1e", "5\\u0000", "\\uff11",
]  # fmt: skip
OTHER_TYPES = ["null", "true", "[]", "{}", "[97412.5, 1]", '{"amount": "97412.5"}', "[" * 100_000 + "]" * 100_000]

NO_ANSWERS = [
    b"", b" ", b"[]", b"{}", b"null", b"0", b'""', b"true", b"[[]]", b"[{}]", b"[null]", b'{"result":{}}', b"\xff\xfe",
    b"<html><body>Sign in</body></html>", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000,
    b"[" + b"1," * 500_000 + b"1]",
]  # fmt: skip


def all_but_the_first(record, body):
    """The pairs that are read; the first one must not be, and where there is none, BadPayload says why."""
    try:
        pairs = [quote.pair for quote in record.read(body)]
    except BadPayload as error:
        pairs, reason = [], error.text
        assert_short_and_plain(reason)
    assert record.pairs[0] not in pairs
    return pairs


def assert_short_and_plain(text):
    assert len(text) <= LIMIT + 16
    assert text.isprintable()


@every_exchange
def test_a_price_that_is_none_costs_its_own_row_and_no_other(record):
    others = list(record.pairs[1:])
    for text in NO_NUMBERS + NO_PRICES:
        literal = f'"{text}"' if record.is_text else text
        whole = not record.is_text and text in ("NaN", "Infinity", "-Infinity")  # not even JSON
        assert all_but_the_first(record, record.with_price(literal.encode())) == ([] if whole else others), text[:12]


@every_exchange
def test_a_text_that_is_no_plain_number_is_no_price(record):
    for text in NO_DIGITS:
        found = all_but_the_first(record, record.with_price(f'"{text}"'.encode()))
        assert found == list(record.pairs[1:]), ascii(text)


@every_exchange
def test_a_price_of_another_type_is_no_price(record):
    for literal in OTHER_TYPES:
        others = [] if len(literal) > 99 else list(record.pairs[1:])  # what nests that deeply is refused whole
        assert all_but_the_first(record, record.with_price(literal.encode())) == others, literal[:12]


@every_exchange
def test_a_price_as_number_instead_of_text_or_the_other_way_round_is_not_as_documented(record):
    flipped = record.price.strip(b'"') if record.is_text else b'"%s"' % record.price
    assert all_but_the_first(record, record.with_price(flipped)) == list(record.pairs[1:])


@every_exchange
def test_a_price_small_or_large_keeps_its_digits(record):
    for text in ("6.44e-06", "0.000000012345", "1e-18", "123456789012", "97412.50", "1E+5", "1e30"):
        literal = f'"{text}"' if record.is_text else text
        quote = record.read(record.with_price(literal.encode()))[0]
        assert (quote.pair, quote.price, str(quote.price)) == (record.pairs[0], Decimal(text), str(Decimal(text)))


@every_exchange
def test_an_answer_cut_off_anywhere_is_no_answer(record):
    for length in range(len(record.body)):
        with pytest.raises(BadPayload):
            record.read(record.body[:length])


@every_exchange
def test_what_is_no_answer_at_all(record):
    for body in NO_ANSWERS:
        if record.name == "coingecko" and body in (b"[]", b"{}"):
            continue  # so it answers a question about coins none of which it knows
        with pytest.raises(BadPayload):
            record.read(body)


@every_exchange
def test_an_answer_with_a_byte_order_mark_or_in_another_charset_is_refused_whole(record):
    for body in (
        b"\xef\xbb\xbf" + record.body,
        record.body.decode().encode("utf-16"),
        record.body + b"x",
        record.body.replace(b'"', b'"\xff', 1),
        record.body[:1] + b'{"note":"\xe9"},' + record.body[1:],
        record.body[:-1] + b',"note":"\xe9"' + record.body[-1:],
    ):
        with pytest.raises(BadPayload):
            record.read(body)


def without(value, path):
    """A copy of a JSON value without the element at the path."""
    key, *rest = path
    copy = value.copy()
    if rest:
        copy[key] = without(value[key], rest)
    else:
        del copy[key]
    return copy


PRICE_PATHS = {
    "kraken": ["result", "XXBTZUSD", "c"], "coinbase": ["price"], "bitstamp": [0, "last"], "gemini": ["last"],
    "binance": [0, "lastPrice"], "okx": ["data", 0, "last"], "coingecko": [0, "current_price"],
}  # fmt: skip


@pytest.mark.parametrize("name", PRICE_PATHS)
def test_a_missing_price_is_told_by_its_fields_name(name):
    record, path = RECORDS[name], PRICE_PATHS[name]
    body = json.dumps(without(json.loads(record.body), path)).encode()
    assert all_but_the_first(record, body) == list(record.pairs[1:])
    with pytest.raises(BadPayload, match=f"`{path[-1]}`"):
        record.source.read(answer(body), record.pairs[:1])


def test_bitfinex_rows_that_are_too_short_are_none():
    body = RECORDS["bitfinex"].body.replace(b",97871,95300]", b"]")
    assert all_but_the_first(RECORDS["bitfinex"], body) == [Pair("ETH", "USD")]


OPTIONAL = {  # field before the figure, and where it ends up
    "kraken": {b'"b":["97413.00000"': "bid", b'"a":["97413.10000"': "ask", b'"97880.00000"': "high_24h"},
    "coinbase": {b'"97415.11"': "ask", b'"bid":"97415.10"': "bid", b'"7421.18340219"': "volume_24h"},
    "bitstamp": {b'"1.85"': "change_24h_pct", b'"97870"': "high_24h", b'"1042.77310582"': "volume_24h"},
    "gemini": {b'"97418.02"': "bid", b'"97421.77"': "ask"},
    "bitfinex": {b"0.01841755": "change_24h_pct", b"97403": "ask", b"512.80114403": "volume_24h"},
    "binance": {b'"1.853"': "change_24h_pct", b'"95338.07000000"': "low_24h", b'"18402.11037000"': "volume_24h"},
    "okx": {b'"95668.1"': "change_24h_pct", b'"97441.8"': "ask", b'"5188.20771193"': "volume_24h"},
    "coingecko": {b"1.84901": "change_24h_pct", b"97884": "high_24h"},
}
OPTIONAL_CASES = [(RECORDS[name], figure, key) for name, fields in OPTIONAL.items() for figure, key in fields.items()]
optional = pytest.mark.parametrize(
    ("record", "figure", "key"), OPTIONAL_CASES, ids=lambda x: getattr(x, "name", str(x))
)


def with_figure(record, figure, literal):
    """The record with another literal for the figure, which is what stands after the last colon or bracket."""
    start = max(figure.rfind(b"["), figure.rfind(b":")) + 1
    assert figure in record.body
    return record.body.replace(figure, figure[:start] + literal, 1)


@optional
def test_a_figure_that_is_not_there_is_unknown_and_the_price_stays(record, figure, key):
    nothing = [b"null", b'""'] if record.is_text else [b"null"]
    for literal in nothing:
        if literal == b"null" and record.name == "kraken":
            continue  # its arrays hold no nulls
        quote = record.read(with_figure(record, figure, literal))[0]
        assert quote.pair == record.pairs[0]
        assert getattr(quote.ticker, key) is None


@optional
def test_zero_is_no_level_but_is_an_offer_a_volume_and_a_change(record, figure, key):
    zero = b'"0.00"' if record.is_text else b"0.00"
    value = getattr(record.read(with_figure(record, figure, zero))[0].ticker, key)
    zero_is_known = key in ("bid", "ask", "volume_24h") or (key == "change_24h_pct" and record.name != "okx")  # open24h
    assert value == (0 if zero_is_known else None)


@optional
def test_a_figure_that_is_no_number_costs_its_row(record, figure, key):
    for text in ("NaN", "1e999", "１２", "1_0", "[]"):
        literal = f'"{text}"' if record.is_text and text != "[]" else text
        found = all_but_the_first(record, with_figure(record, figure, literal.encode()))
        assert found in ([], list(record.pairs[1:])), text


@pytest.mark.parametrize("name", ["bitstamp", "binance", "bitfinex", "coingecko"])
def test_a_pair_that_comes_twice_is_not_believed(name):
    record = RECORDS[name]
    rows = json.loads(record.body, parse_float=Decimal)
    first = next(n for n, row in enumerate(rows) if record.price.strip(b'"').decode() in map(str, values(row)))
    body = json.dumps([*rows, rows[first]], default=str)
    if not record.is_text:
        body = record.body[:-1].decode() + "," + json.dumps(rows[first], default=float) + "]"
    assert all_but_the_first(record, body.encode()) == list(record.pairs[1:])


def values(row):
    return row.values() if isinstance(row, dict) else row


@pytest.mark.parametrize("name", ["bitstamp", "bitfinex", "binance", "okx", "coingecko"])
def test_a_row_of_another_market_is_no_price_of_ours(name):
    record = RECORDS[name]
    symbol = {
        "bitstamp": "BTC/USD",
        "bitfinex": "tBTCUSD",
        "binance": "BTCUSDT",
        "okx": "BTC-USDT",
        "coingecko": "bitcoin",
    }
    for other in ("ETH/EUR", symbol[name] + ".d", symbol[name].swapcase(), ""):
        body = record.body.replace(b'"%s"' % symbol[name].encode(), json.dumps(other).encode())
        assert body != record.body
        assert all_but_the_first(record, body) == list(record.pairs[1:])


def test_a_strange_row_of_a_coin_that_nobody_asked_for_costs_nothing():
    body = RECORDS["bitstamp"].body[:-1] + b',{"pair":7,"last":null},null,[],"x"]'
    assert [quote.pair for quote in RECORDS["bitstamp"].read(body)] == list(RECORDS["bitstamp"].pairs)


def test_bitstamps_single_answer_about_another_pair_is_no_price_of_ours():
    row = json.loads(RECORDS["bitstamp"].body)[0]
    for other in ("ETH/USD", "btcusd", " "):
        with pytest.raises(BadPayload):
            SOURCES["bitstamp"].read(answer(json.dumps(row | {"pair": other}).encode()), [Pair("BTC", "USD")])


@pytest.mark.parametrize("name", ["bitstamp", "bitfinex", "binance", "coingecko"])
def test_an_endless_list_is_refused_whole(name):
    record = RECORDS[name]
    another = json.dumps(json.loads(record.body.replace(b"BTC", b"XYZ").replace(b"bitcoin", b"xyz"))).encode()[1:-1]
    assert len(record.read(record.body[:-1] + (b"," + another) * 20 + b"]")) in (1, 2)
    for more in (another, b"1"):
        with pytest.raises(BadPayload):
            record.read(record.body[:-1] + (b"," + more) * 2500 + b"]")


def test_gemini_about_other_coins_is_no_price_of_ours():
    assert all_but_the_first(RECORDS["gemini"], RECORDS["gemini"].body.replace(b'"BTC"', b'"ETH"')) == []
    (quote,) = RECORDS["gemini"].read(RECORDS["gemini"].body)
    detail = (DATA / "gemini-detail.json").read_bytes().replace(b"BTCUSD", b"ETHUSD")
    with pytest.raises(BadPayload):
        SOURCES["gemini"].read_detail(answer(detail), quote)


TIMES = {
    "coinbase": b'"2026-11-22T14:22:04.120753Z"', "bitstamp": b'"1795357323"', "gemini": b"1795357320000",
    "binance": b"1795357323998", "okx": b'"1795357323511"',
}  # fmt: skip


@pytest.mark.parametrize("name", TIMES)
def test_a_time_that_is_none_costs_its_row(name):
    record, time = RECORDS[name], TIMES[name]
    assert time in record.body
    for text in ("0", "-5", "99999999999999999999", "1e3", "soon", "", "2026-11-22T14:22:04", "１２", "1" * 5000):
        for literal in (text, json.dumps(text), "null"):
            assert all_but_the_first(record, record.body.replace(time, literal.encode(), 1)) in (
                [],
                list(record.pairs[1:]),
            )


@with_detail
def test_a_strange_detail_is_a_bad_payload(record):
    (quote,) = record.read(record.body)
    body = (DATA / f"{record.name}-detail.json").read_bytes().strip()
    strange = [body[:length] for length in range(len(body))]
    strange += [
        b"null",
        b"[]",
        b"\xff",
        body.replace(b'"open":"', b'"open":"x'),
        body.replace(b'"high":"', b'"high":5,"x":"'),
    ]
    for one in strange:
        with pytest.raises(BadPayload):
            record.source.read_detail(answer(one), quote)


@with_detail
@pytest.mark.parametrize("opening", ['"0"', '"0.00"', "null", '""', '"-5"'])
def test_without_an_open_there_is_no_change(record, opening):
    (quote,) = record.read(record.body)
    detail = json.loads((DATA / f"{record.name}-detail.json").read_bytes())
    body = json.dumps(detail | {"open": json.loads(opening)}).encode()
    ticker = record.source.read_detail(answer(body), quote).ticker
    assert ticker.change_24h_pct is None
    assert ticker.high_24h is not None


def test_a_day_without_a_volume_leaves_that_of_the_ticker():
    record = RECORDS["coinbase"]
    (quote,) = record.read(record.body)
    for text, volume in (('{"high":"99000"}', "7421.18340219"), ('{"volume":"0"}', "0")):
        assert record.source.read_detail(answer(text.encode()), quote).ticker.volume_24h == Decimal(volume)
