"""How much dearer each exchange is than their median, against the plain way."""

import statistics

import numpy as np
import pytest
from candle_tapes import recorded
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.candles import Candles
from cryptoprices.core.figures import Closes, closes_of
from cryptoprices.core.premium import in_dollars, middle, premiums


def plain(closes):
    """{moment: (median, {exchange: premium})} of those with two or more."""
    found = {}
    tables = {name: dict(zip(one.end_ms.tolist(), one.close.tolist(), strict=True)) for name, one in closes.items()}
    for moment in sorted(set().union(*tables.values())):
        there = {name: table[moment] for name, table in tables.items() if moment in table}
        median = statistics.median(there.values()) if len(there) > 1 else None
        found[moment] = median, {name: median and 100 * (price - median) / median for name, price in there.items()}
    return found


def assert_plain(closes):
    found = premiums(closes)
    for i, (moment, (median, above)) in enumerate(plain(closes).items()):
        assert found.end_ms[i] == moment
        assert found.counted[i] == len(above)
        assert np.isnan(found.median[i]) if median is None else found.median[i] == pytest.approx(median, rel=1e-12)
        for name, premium in found.by_exchange.items():
            if above.get(name) is None:
                assert np.isnan(premium[i])
            else:
                assert premium[i] == pytest.approx(above[name], rel=1e-9, abs=1e-12)
    return found


def test_real_days_of_three_exchanges():
    files = {"coinbase": "coinbase_BTC-USD_1d_2014-2016", "bitstamp": "bitstamp_BTC-USD_1d_to2018"}
    closes = {name: closes_of(Candles.of(recorded(file)), "1d") for name, file in files.items()}
    middle = closes["bitstamp"]
    closes["MADE"] = Closes(middle.end_ms[::2], middle.close[::2] * 1.001)  # every other day, a little dearer
    found = assert_plain(closes)
    assert list(found.by_exchange) == ["coinbase", "bitstamp", "MADE"]
    assert set(found.counted.tolist()) == {1, 2, 3}


@given(st.lists(st.dictionaries(st.integers(0, 12), st.floats(0.5, 2.0)), max_size=5))
def test_any_exchanges_at_any_moments(tables):
    closes = {
        str(i): Closes(np.array(sorted(table), np.int64), np.array([table[t] for t in sorted(table)]))
        for i, table in enumerate(tables)
    }
    assert_plain(closes)


@given(st.integers(1, 30), st.integers(0, 99))
def test_nothing_later_changes_what_was_drawn(kept, seed):
    rng = np.random.default_rng(seed)
    closes = {name: Closes(np.flatnonzero(rng.random(40) < 0.7), np.empty(0)) for name in "abc"}
    closes = {name: Closes(one.end_ms, 1 + rng.random(len(one.end_ms))) for name, one in closes.items()}
    some = premiums({name: Closes(*(part[one.end_ms < kept] for part in one)) for name, one in closes.items()})
    all_, n = premiums(closes), len(some.end_ms)
    assert list(some.end_ms) == list(all_.end_ms[:n])
    for name in closes:
        assert some.by_exchange[name] == pytest.approx(all_.by_exchange[name][:n], nan_ok=True)


def closes_at(table):
    return Closes(np.array(sorted(table), np.int64), np.array([float(table[t]) for t in sorted(table)]))


def test_what_a_stablecoin_cost_is_known_also_of_one_exchange_alone():
    found = middle({"a": closes_at({1: 1.0, 2: 0.98}), "b": closes_at({2: 1.0, 3: 1.02})})
    assert (list(found.end_ms), list(found.close)) == ([1, 2, 3], pytest.approx([1.0, 0.99, 1.02]))
    assert len(middle({}).close) == len(middle({}).end_ms) == 0


def test_a_price_in_a_stablecoin_is_in_dollars_only_while_its_rate_is_known():
    found = in_dollars(closes_at({1: 100, 2: 101, 4: 103}), closes_at({0: 1.0, 2: 0.98, 3: 0.99, 4: 1.01}))
    assert (list(found.end_ms), list(found.close)) == ([2, 4], pytest.approx([98.98, 104.03]))
