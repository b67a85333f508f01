"""What is drawn over a pair's prices: kept in plain values, taken back, and of one currency each."""

import json

import pytest
from any_json import ANY_JSON
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.drawings import MOST, Drawings, Extended, Level, Point, Trend, fits, from_plain, to_plain

T_MS = 1_763_820_000_000.0
prices = st.floats(min_value=1e-12, max_value=9e14)
points = st.builds(Point, st.floats(min_value=1.0, max_value=9e13), prices)
drawings = st.one_of(st.builds(Level, prices), st.builds(Trend, points, points, st.sampled_from(Extended)).filter(fits))
numbers = st.integers() | st.floats() | st.none()
any_values = st.fixed_dictionaries(
    {}, optional={"level": numbers, "trend": st.lists(st.lists(numbers, max_size=3), max_size=3), "extended": st.text()}
)
LINE = Trend(Point(T_MS, 100.0), Point(T_MS + 60_000, 101.5), Extended.RIGHT)


@given(st.lists(drawings, max_size=8))
def test_what_is_kept_comes_back_to_the_last_bit(many):
    kept = Drawings()
    kept.put("BTC/USD", many)
    again = Drawings()
    again.take(json.loads(json.dumps(kept.state(), allow_nan=False)))
    assert again.of("BTC/USD") == tuple(many)
    assert [type(one) for one in again.of("BTC/USD")] == [type(one) for one in many]
    assert not again.can_undo("BTC/USD")


@given(ANY_JSON | any_values)
def test_anything_else_is_passed_over(value):
    drawn = from_plain(value)
    assert drawn is None or fits(drawn)
    kept = Drawings()
    kept.take(value)
    kept.take({"BTC/USD": [value, to_plain(Level(5.0))], "ETH/USD": value, "x": [to_plain(LINE)]})
    assert Level(5.0) in kept.of("BTC/USD")
    json.dumps(kept.state(), allow_nan=False)
    assert "x" not in kept.state()


@pytest.mark.parametrize(
    "strange",
    [
        {"level": 0},
        {"level": -1.0},
        {"level": True},
        {"level": "97000"},
        {"level": float("nan")},
        {"level": float("inf")},
        {"level": 10**400},
        {"trend": [[T_MS, 100.0], [T_MS, 100.0]]},
        {"trend": [[T_MS, 100.0], [T_MS, -1.0]]},
        {"trend": [[float("nan"), 100.0], [T_MS, 1.0]]},
        {"trend": [[T_MS, 100.0]]},
        {"trend": [[T_MS, 100.0, 3], [T_MS, 1.0]]},
    ],
)
def test_what_cannot_be_drawn_is_passed_over_and_what_stands_beside_it_is_not(strange):
    kept = Drawings()
    kept.take({"BTC/USD": [to_plain(Level(1.0)), strange, to_plain(LINE)]})
    assert kept.of("BTC/USD") == (Level(1.0), LINE)


def test_an_unknown_extension_is_none():
    assert from_plain({**to_plain(LINE), "extended": "left"}) == LINE._replace(extended=Extended.NONE)


def test_changes_of_a_pair_are_taken_back_one_by_one_and_no_other_pairs():
    kept = Drawings()
    kept.put("BTC/USD", [Level(1.0)])
    kept.put("ETH/USD", [Level(2.0)])
    kept.put("BTC/USD", [Level(1.0), LINE])
    kept.put("BTC/USD", [Level(1.0), LINE])  # nothing has changed
    kept.put("BTC/USD", [])
    for left in ((Level(1.0), LINE), (Level(1.0),), ()):
        assert kept.can_undo("BTC/USD")
        kept.undo("BTC/USD")
        assert kept.of("BTC/USD") == left
    assert not kept.can_undo("BTC/USD")
    kept.undo("BTC/USD")
    assert kept.state() == {"ETH/USD": [{"level": 2.0}]}


def test_there_are_so_many_of_a_pair_and_no_more():
    kept, full = Drawings(), [Level(float(n)) for n in range(1, MOST + 1)]
    kept.put("BTC/USD", full)
    with pytest.raises(ValueError, match="BTC/USD has 100 drawings, which is the most: remove one first"):
        kept.put("BTC/USD", [*full, LINE])
    assert len(kept.of("BTC/USD")) == MOST
    kept.take({"ETH/USD": [to_plain(Level(1.0))] * (MOST + 1)})
    assert len(kept.of("ETH/USD")) == MOST


def test_what_cannot_be_drawn_is_refused():
    kept = Drawings()
    for bad in (Level(0.0), LINE._replace(stop=LINE.start)):
        with pytest.raises(ValueError, match="prices above zero, and two points that differ"):
            kept.put("BTC/USD", [bad])


def test_those_of_other_currencies_are_told_and_coins_in_coins_are_none_of_them():
    kept = Drawings()
    for pair, count in (("BTC/USD", 2), ("BTC/EUR", 1), ("ETH/BTC", 1), ("ETH/USD", 1)):
        kept.put(pair, [Level(float(n)) for n in range(1, count + 1)])
    assert kept.elsewhere("BTC/EUR") == {"USD": 2}
    assert kept.elsewhere("BTC/JPY") == {"USD": 2, "EUR": 1}
    assert kept.elsewhere("ETH/USD") == {}
    assert kept.elsewhere("ETH/BTC") == {}
    assert kept.elsewhere("") == {}
