"""state.json: what it holds comes back exactly; a damaged one costs nothing but itself."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.currency import Rates
from cryptoprices.core.market import Pair
from cryptoprices.core.snapshot import LastKnown
from cryptoprices.storage.state import State, read_state, write_state

BTC_USD = Pair("BTC", "USD")
STATE = State(
    {"geometry": "Z2VvbWV0cnk="},
    {
        BTC_USD: LastKnown(Decimal("97412.50"), 1_763_820_000_000, Decimal("-1.84")),
        Pair("PEPE", "USD"): LastKnown(Decimal("0.000000012345"), 1, None),
    },
    {"kraken": {"until_ms": 1_763_820_100_000}},
    Rates("2026-11-23", {"EUR": Decimal("0.86207"), "VND": Decimal("26325.5")}),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.json"


def test_a_state_comes_back_as_it_was_digit_for_digit(path):
    write_state(path, STATE)
    state, notice = read_state(path)
    assert (state, notice) == (STATE, "")
    assert str(state.last_prices[BTC_USD].price) == "97412.50"


def test_no_file_is_an_empty_state_without_a_word(path):
    assert read_state(path) == (State(), "")


RATES = json.dumps({"rates": {"date": "2026-11-23", "per_usd": {"EUR": "0.5"}}}).encode()
GOOD = json.dumps({"last_prices": {"BTC/USD": {"price": "1", "time_ms": 1}}}).encode()
DAMAGED = [
    *(
        b"",
        b"\0" * 100,
        b"{",
        b"[]",
        b"null",
        b"5",
        b"[" * 100_000,
        b" " * (1 << 21),
        b'{"pauses": 3}',
        b'{"window": 3}',
    ),
    *(GOOD.replace(b'"1"', price) for price in (b"1", b'"NaN"', b'"0"', b'"-1"', b'"1e9"', b'"' + b"9" * 9999 + b'"')),
    *(GOOD.replace(b"BTC/USD", b"BTC"), GOOD.replace(b": 1}", b': "x"}'), b'{"last_prices": []}'),
    *(RATES.replace(b"23", b"31"), RATES.replace(b'"0.5"', b"0.5"), RATES.replace(b"0.5", b"0"), b'{"rates": {}}'),
]


@pytest.mark.parametrize("body", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_state_is_set_aside_and_an_empty_one_is_used(path, body):
    path.write_bytes(body)
    state, notice = read_state(path)
    assert state == State()
    assert notice == (
        "state.json is damaged and was set aside as state.json.invalid; starting without the last prices."
    )
    assert not path.exists()
    assert path.with_name("state.json.invalid").read_bytes() == body


def test_who_may_change_nothing_leaves_a_damaged_state_where_it_is(path):
    path.write_bytes(b"{")
    assert read_state(path, set_aside=False) == (
        State(), "state.json is damaged; starting without the last prices.",
    )  # fmt: skip
    assert path.read_bytes() == b"{"


KEYS = st.sampled_from(["last_prices", "pauses", "window", "BTC/USD", "price", "time_ms"])
ANY_JSON = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(KEYS, inner))


@given(body=st.binary(max_size=200) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_state(tmp_path_factory, body):
    path = tmp_path_factory.mktemp("state") / "state.json"
    path.write_bytes(body)
    state, _notice = read_state(path)
    assert all(last.price > 0 for last in state.last_prices.values())
