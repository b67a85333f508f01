"""Candles as CSV and JSON: exact digits, no exponent, nothing made up, and the exchange that each came from."""

import csv
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.candles import Candles
from cryptoprices.core.export import csv_lines, json_lines, plain_number
from cryptoprices.core.market import Candle

HOUR_MS = 3_600_000
START_MS = 1_763_820_000_000  # 2025-11-22 14:00:00 UTC
ROWS = [
    Candle(START_MS, 97412.5, 97500.0, 97400.25, 97450.0, 12.5),
    Candle(START_MS + HOUR_MS, 0.00002214, 0.0000223, 0.000022, 2.2e-05, None),
    Candle(START_MS + 3 * HOUR_MS, 1e22, 1e22, 1e22, 1e22, 0.0),
]
STRETCHES = [(START_MS + HOUR_MS, START_MS + 2 * HOUR_MS, "coinbase"), (0, START_MS + HOUR_MS, "kraken")]


def test_csv_is_what_the_contract_says():
    assert list(csv_lines(Candles.of(ROWS), STRETCHES)) == [
        "time,open,high,low,close,volume,source",
        "2025-11-22T14:00:00.000Z,97412.5,97500,97400.25,97450,12.5,kraken",
        "2025-11-22T15:00:00.000Z,0.00002214,0.0000223,0.000022,0.000022,,coinbase",
        "2025-11-22T17:00:00.000Z,10000000000000000000000,10000000000000000000000,10000000000000000000000,"
        "10000000000000000000000,0,",
    ]


def test_json_has_decimal_strings_and_null_for_what_is_unknown():
    lines = list(map(json.loads, json_lines(Candles.of(ROWS), STRETCHES)))
    assert lines[1] == {
        "time": "2025-11-22T15:00:00.000Z",
        "open": "0.00002214",
        "high": "0.0000223",
        "low": "0.000022",
        "close": "0.000022",
        "volume": None,
        "source": "coinbase",
    }
    assert [line["source"] for line in lines] == ["kraken", "coinbase", None]


def test_without_candles_there_is_the_head_alone():
    nothing = Candles.of(())
    assert list(csv_lines(nothing, [])) == ["time,open,high,low,close,volume,source"]
    assert list(json_lines(nothing, [])) == []


def test_many_candles_come_all_and_in_order():
    rows = [Candle(START_MS + i * 60_000, i + 1.0, i + 1.0, i + 1.0, i + 1.0, float(i)) for i in range(10_000)]
    read = list(csv.DictReader(csv_lines(Candles.of(rows), [(0, START_MS * 2, "okx")])))
    assert [float(row["open"]) for row in read] == [row.open for row in rows]
    assert {row["source"] for row in read} == {"okx"}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_plain_and_comes_back_as_it_was(value):
    text = plain_number(value)
    assert set(text) <= set("-0123456789.")
    assert float(text) == value


@pytest.mark.parametrize(("value", "text"), [(2.214e-05, "0.00002214"), (5.0, "5"), (1e16, "10000000000000000"),
                                             (100.0, "100"), (math.nan, None)])  # fmt: skip
def test_plain_numbers(value, text):
    assert plain_number(value) == text
