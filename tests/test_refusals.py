"""What an exchange says of itself in an error body: whether and when asking again helps. Anything else says nothing."""

import json

import pytest
from conftest import RECORDINGS
from records import RECEIVED_MS, RECORDS, SOURCES, answer

from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.plain import LIMIT

LIMITED, SERVER, UNKNOWN = Reason.LIMITED, Reason.SERVER, Reason.UNKNOWN_PAIR


def kraken(*errors, **more):
    return {"error": list(errors), **more}


def okx(code, text):
    return {"code": code, "data": [], "msg": text}


BAN = f"Way too much request weight used; IP banned until {RECEIVED_MS + 90_500}. Please use WebSocket Streams."
SAYS = [
    ("kraken", 200, kraken("EQuery:Unknown asset pair"), UNKNOWN, None),
    ("kraken", 200, kraken("EGeneral:Too many requests"), LIMITED, 60),
    ("kraken", 200, kraken("EAPI:Rate limit exceeded"), LIMITED, 60),
    ("kraken", 200, kraken("EGeneral:Temporary lockout"), LIMITED, 60),
    ("kraken", 200, kraken("EService:Unavailable"), SERVER, None),
    ("kraken", 200, kraken("EService:Busy"), SERVER, None),
    ("kraken", 200, kraken("WNote:be kind", "EGeneral:Internal error"), SERVER, None),
    ("coinbase", 404, {"message": "NotFound"}, UNKNOWN, None),
    ("coinbase", 404, {"message": "Product not found"}, UNKNOWN, None),
    ("coinbase", 429, {"message": "Public rate limit exceeded"}, LIMITED, 60),
    ("coinbase", 200, {"message": "Something else"}, SERVER, None),
    ("bitstamp", 400, {"code": "400.002", "message": "Too many"}, LIMITED, 60),
    ("bitstamp", 400, {"code": "400.067"}, LIMITED, 60),
    ("bitstamp", 400, {"code": "400.068"}, LIMITED, 60),
    ("bitstamp", 200, {"status": "error", "reason": {"__all__": ["Maintenance"]}, "code": "API0004"}, SERVER, None),
    ("bitstamp", 200, {"error": "Unknown"}, SERVER, None),
    ("gemini", 400, {"result": "error", "reason": "Bad Request",
                     "message": "Supplied value 'bla' is not a valid symbol.  Please correct …"}, UNKNOWN, None),
    ("gemini", 400, {"result": "error", "reason": "InvalidSymbol", "message": ""}, UNKNOWN, None),
    ("gemini", 429, {"result": "error", "reason": "RateLimit", "message": "Too many"}, LIMITED, 60),
    ("gemini", 503, {"result": "error", "reason": "Maintenance", "message": "Back soon"}, SERVER, None),
    ("gemini", 200, {"result": "error", "reason": "Odd", "message": ""}, SERVER, None),
    ("bitfinex", 500, ["error", 10020, "symbol: invalid"], UNKNOWN, None),
    ("bitfinex", 429, ["error", 11010, "ratelimit: error"], LIMITED, 60),
    ("bitfinex", 200, ["error", 20060, "maintenance"], SERVER, None),
    ("binance", 400, {"code": -1121, "msg": "Invalid symbol."}, UNKNOWN, None),
    ("binance", 429, {"code": -1003, "msg": "Too much request weight used; current limit is 6000."}, LIMITED, 60),
    ("binance", 418, {"code": -1003, "msg": BAN}, LIMITED, 90.5),
    ("binance", 418, {"code": -1003, "msg": "IP banned until 1573632873471."}, LIMITED, 60),  # long over
    ("binance", 503, {"code": -1008, "msg": "Server is busy"}, SERVER, None),
    ("binance", 200, {"code": -1, "msg": "Odd"}, SERVER, None),
    ("okx", 200, okx("51001", "Instrument ID does not exist"), UNKNOWN, None),
    ("okx", 429, okx("50011", "Too Many Requests"), LIMITED, 60),
    ("okx", 200, okx("50001", "Service temporarily unavailable"), SERVER, None),
    ("okx", 200, okx("50013", "Systems are busy"), SERVER, None),
    ("okx", 200, okx("50026", "System error"), SERVER, None),
    ("okx", 200, okx("50014", ""), SERVER, None),
    ("coingecko", 429, {"status": {"error_code": 429, "error_message": "You've exceeded the limit."}}, LIMITED, 60),
    ("coingecko", 200, {"status": {"error_code": 429, "error_message": "Slowly"}}, LIMITED, 60),
    ("coingecko", 200, {"status": {"error_code": 10002, "error_message": "API Key Missing"}}, SERVER, None),
    ("coingecko", 404, {"error": "coin not found"}, UNKNOWN, None),
    ("coingecko", 200, {"error": "odd"}, SERVER, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "status", "body", "reason", "wait_s"), SAYS)
def test_what_it_says_of_itself(name, status, body, reason, wait_s):
    said = answer(json.dumps(body).encode(), status)
    refusal = SOURCES[name].refusal(said)
    assert (refusal.reason, refusal.retry_after_s) == (reason, wait_s)
    assert isinstance(refusal, UnknownPair) == (reason is UNKNOWN)
    if status == 200:  # reading it without having looked at it first says the same
        with pytest.raises(SourceError) as caught:
            RECORDS[name].source.read(said, RECORDS[name].pairs)
        assert (caught.value.reason, caught.value.retry_after_s) == (reason, wait_s)


def test_a_result_beside_an_error_is_not_used():
    body = RECORDS["kraken"].body.replace(b'"error":[]', b'"error":["EService:Unavailable"]')
    with pytest.raises(SourceError) as caught:
        RECORDS["kraken"].read(body)
    assert (caught.value.reason, caught.value.text) == (SERVER, "EService:Unavailable")


def test_a_warning_beside_a_result_is_passed_over():
    body = RECORDS["kraken"].body.replace(b'"error":[]', b'"error":["WGeneral:Deprecated"]')
    assert len(RECORDS["kraken"].read(body)) == 2
    assert RECORDS["kraken"].source.refusal(answer(body)) is None


NOTHING = [
    b"", b"null", b"0", b"[]", b"{}", b'""', b"\xff", b"<html><body>1020</body></html>", b"[" * 100_000, b'{"error":5}',
    b'{"code":{}}', b'{"status":7}', b'["error"]', b'["error","10020"]', b'{"message":null}', b'{"error":[]}', b"[1,2",
]  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("status", [200, 403, 500])
def test_a_strange_body_says_nothing(name, status):
    for body in NOTHING:
        assert SOURCES[name].refusal(answer(body, status)) is None, body[:12]


@pytest.mark.parametrize("name", SOURCES)
def test_a_good_answer_is_no_refusal(name):
    assert SOURCES[name].refusal(answer(RECORDS[name].body)) is None


NASTY = "<img src=http://127.0.0.1:9/x>\u202e\u200b\x00\x1b[31m\n" + "x" * 100_000


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("kraken", kraken(f"EService:{NASTY}")), ("coinbase", {"message": NASTY}), ("okx", okx("50001", NASTY)),
        ("bitstamp", {"error": NASTY}), ("gemini", {"result": "error", "reason": "System", "message": NASTY}),
        ("bitfinex", ["error", 1, NASTY]), ("binance", {"code": -1001, "msg": NASTY}),
        ("coingecko", {"status": {"error_code": 1, "error_message": NASTY}}), ("coingecko", {"error": NASTY}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_its_words_are_one_short_line_of_plain_text(name, body):
    text = SOURCES[name].refusal(answer(json.dumps(body).encode())).text
    assert len(text) == LIMIT
    assert text.isprintable()
    assert "<img" in text


def test_bitstamp_without_the_pair_among_all_its_pairs_does_not_list_it():
    with pytest.raises(UnknownPair):
        SOURCES["bitstamp"].read(answer(RECORDS["bitstamp"].body), [RECORDS["coingecko"].pairs[1]])


@pytest.mark.parametrize("name", ["bitfinex", "bitstamp"])
def test_an_empty_list_is_a_fault_not_a_statement_about_a_pair(name):
    with pytest.raises(BadPayload, match="no price of BTC/USD"):
        SOURCES[name].read(answer(b"[]"), RECORDS[name].pairs[:1])


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"bitcoin":{}}'])
def test_coingecko_says_so_that_it_does_not_know_a_coin_or_has_no_price_in_the_currency(body):
    with pytest.raises(UnknownPair):
        SOURCES["coingecko"].read(answer(body), RECORDS["coingecko"].pairs[:1])


@pytest.mark.skipif(not (RECORDINGS / "rest").is_dir(), reason="no recordings here")
@pytest.mark.parametrize(
    ("file", "status", "reason"),
    [("coingecko/error.429.json", 429, LIMITED), ("gemini/error.v2ticker.bla.json", 400, UNKNOWN)],
)
def test_a_real_refusal(file, status, reason):
    name = file.split("/", maxsplit=1)[0]
    assert SOURCES[name].refusal(answer((RECORDINGS / "rest" / file).read_bytes(), status)).reason is reason
