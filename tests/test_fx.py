"""Reference rates: exactly the digits sent, with their day, and nothing of a strange answer."""

import json
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from any_json import ANY_JSON, places, replaced
from conftest import RECORDINGS
from hypothesis import given
from hypothesis import strategies as st
from records import DATA

from cryptoprices import sources
from cryptoprices.core.errors import BadPayload
from cryptoprices.sources import discovery, fx

LATEST = (DATA / "frankfurter.json").read_bytes()
SERIES = (DATA / "frankfurter-series.json").read_bytes()
PARSERS = pytest.mark.parametrize(("parse", "body"), [(fx.parse_latest, LATEST), (fx.parse_series, SERIES)])


def test_the_newest_rates_keep_their_digits_and_their_day():
    rates = fx.parse_latest(LATEST)
    assert rates.date == "2026-11-23"
    texts = {code: str(rate) for code, rate in rates.per_usd.items()}
    assert texts == {
        "AUD": "1.5321", "BRL": "5.4010", "EUR": "0.86207", "GBP": "0.75862", "IDR": "16250", "JPY": "151.2",
        "KRW": "1402.07", "TRY": "41.005",
    }  # fmt: skip


def test_a_series_is_told_day_by_day_without_what_was_not_given():
    assert fx.parse_series(SERIES) == [
        fx.Rates("2026-11-19", {"EUR": Decimal("0.8650")}),
        fx.Rates("2026-11-20", {"EUR": Decimal("0.86301"), "JPY": Decimal("151.02")}),
        fx.Rates("2026-11-23", {"EUR": Decimal("0.86207"), "JPY": Decimal("151.2")}),
    ]


def test_the_questions():
    assert fx.latest_path() == "/v1/latest?base=USD"
    path = fx.series_path(date(2026, 1, 2), date(2026, 11, 23), ["EUR", "GBP"])
    assert path == "/v1/2026-01-02..2026-11-23?base=USD&symbols=EUR,GBP"


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="needs the recordings")
def test_the_recorded_answer_in_euros_is_crossed_to_dollars():
    body = (RECORDINGS / "rest/frankfurter/frankfurter.v1.20200101.json").read_bytes()
    euro, rates = json.loads(body, parse_float=Decimal, parse_int=Decimal)["rates"], fx.parse_latest(body)
    assert rates.date == "2019-12-31"
    assert rates.per_usd.keys() == euro.keys() - {"USD"} | {"EUR"}
    assert rates.per_usd["EUR"] == Decimal("0.8901548870")  # 1 / 1.1234
    for code in euro.keys() - {"USD"}:
        assert rates.per_usd[code] * euro["USD"] == pytest.approx(euro[code], rel=Decimal("1e-9"))


@pytest.mark.parametrize(
    ("good", "strange"),
    [
        (b"0.86207", b"0"), (b"0.86207", b"-0.86207"), (b"0.86207", b'"0.86207"'), (b"0.86207", b"1e999"),
        (b"0.86207", b"NaN"), (b"0.86207", b"[0.86207]"), (b"0.86207", b"true"), (b'"EUR"', b'"EURO"'),
        (b'"EUR"', b'"<b>"'), (b'"date":"2026-11-23"', b'"date":"2026-11-31"'), (b'"2026-11-23"', b'"20261123"'),
        (b'"2026-11-23"', b"20261123"), (b'"USD"', b'"CHF"'), (b'"USD"', b'"usd"'), (b"1.0", b"100"),
        (b'"base":"USD",', b""), (b'"rates"', b'"Rates"'), (b"}}", b"}"), (b"AUD", b"A\xffD"),
    ],
)  # fmt: skip
def test_nothing_of_a_strange_answer_is_used(good, strange):
    assert good in LATEST
    with pytest.raises(BadPayload):
        fx.parse_latest(LATEST.replace(good, strange))


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"message":"not found"}', b"<html></html>", b"[" * 100_000])
def test_no_rates_are_no_rates(body):
    for parse in (fx.parse_latest, fx.parse_series):
        with pytest.raises(BadPayload):
            parse(body)
    with pytest.raises(BadPayload, match="none"):
        fx.parse_latest(b'{"base":"USD","date":"2026-11-23","rates":{"EUR":null}}')
    assert fx.parse_series(b'{"base":"USD","rates":{}}') == []


@PARSERS
@given(data=st.data())
def test_anything_in_any_place_is_sound_rates_or_a_bad_payload(parse, body, data):
    value = json.loads(body)
    path = data.draw(st.sampled_from(list(places(value))))
    with suppress(BadPayload):
        found = parse(json.dumps(replaced(value, path, data.draw(ANY_JSON))).encode())
        for rates in [found] if isinstance(found, fx.Rates) else found:
            assert all(rate > 0 and rate.is_finite() and len(code) == 3 for code, rate in rates.per_usd.items())


def test_it_is_no_exchange():
    assert "fx" not in sources.names()
    assert set(discovery.discover()) == set(sources.names())
