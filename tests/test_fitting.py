"""Where plates stand beside an axis."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.ui.chart.fitting import apart


@pytest.mark.parametrize(
    ("wanted", "found"),
    [([], []), ([50], [50]), ([50, 51], [50, 60]), ([95, 96], [90, 100]), ([10, 80, 99, 99], [10, 80, 90, 100])],
)
def test_plates_give_way_downwards_and_at_the_bottom_upwards(wanted, found):
    assert apart(wanted, 10, 100) == found


@given(st.lists(st.floats(0, 100), max_size=9))
def test_none_covers_another(wanted):
    found = apart(sorted(wanted), 10, 100)
    assert all(upper + 10 <= lower + 1e-9 for upper, lower in pairwise(found))
    assert all(y <= 100 for y in found)
