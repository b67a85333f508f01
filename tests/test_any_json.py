"""Any JSON, any bytes, and anything in any place of a good answer: quotes that are sound, or an error with a reason."""

import json
from contextlib import suppress

import pytest
from any_json import ANY_JSON, places, replaced
from hypothesis import given
from hypothesis import strategies as st
from records import DATA, RECORDS, answer

from cryptoprices.core.errors import SourceError

every_exchange = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
with_detail = pytest.mark.parametrize("record", [r for r in RECORDS.values() if r.detail], ids=lambda r: r.name)


def must_be_sound(record, body):
    """Whatever the bytes: quotes of pairs that were asked for with figures that are numbers, or a SourceError."""
    with suppress(SourceError):
        for quote in record.read(body):
            ticker = quote.ticker
            assert quote.pair in record.pairs
            assert ticker.price.is_finite()
            assert ticker.price > 0
            assert all(offer is None or offer >= 0 for offer in (ticker.bid, ticker.ask))
            assert all(level is None or level > 0 for level in (ticker.high_24h, ticker.low_24h))
            assert ticker.volume_24h is None or ticker.volume_24h >= 0
            assert ticker.change_24h_pct is None or ticker.change_24h_pct.is_finite()
            assert quote.lead_s >= 0
    refusal = record.source.refusal(answer(body))
    assert refusal is None or isinstance(refusal, SourceError)


@every_exchange
@given(body=ANY_JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_any_json_is_quotes_or_a_reason(record, body):
    must_be_sound(record, body)


@every_exchange
@given(data=st.data())
def test_an_answer_with_anything_in_any_place_is_quotes_or_a_reason(record, data):
    value = json.loads(record.body)
    path = data.draw(st.sampled_from(list(places(value))))
    must_be_sound(record, json.dumps(replaced(value, path, data.draw(ANY_JSON))).encode())


@with_detail
@given(data=st.data())
def test_a_detail_with_anything_in_any_place_is_a_quote_or_a_reason(record, data):
    (quote,) = record.read(record.body)
    value = json.loads((DATA / f"{record.name}-detail.json").read_bytes())
    path = data.draw(st.sampled_from(list(places(value))))
    body = json.dumps(replaced(value, path, data.draw(ANY_JSON))).encode()
    with suppress(SourceError):
        ticker = record.source.read_detail(answer(body), quote).ticker
        assert ticker.price == quote.price
        assert ticker.change_24h_pct is None or ticker.change_24h_pct.is_finite()
