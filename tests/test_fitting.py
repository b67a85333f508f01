"""Where plates stand beside an axis, and boxes beside plates."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from cryptoprices.ui.chart.fitting import apart, clear_of


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


ROOM = QRectF(0, 0, 400, 300)
rects = st.builds(QRectF, st.integers(0, 300), st.integers(0, 200), st.integers(20, 100), st.integers(20, 100))


@pytest.mark.parametrize(
    ("taken", "at"),
    [
        ([], (210, 100)),
        ([QRectF(307, 0, 93, 300)], (207, 100)),  # a little is enough
        ([QRectF(220, 110, 90, 40)], (210, 54)),  # above
        ([QRectF(220, 0, 180, 120)], (210, 126)),  # below
        ([QRectF(202, 0, 198, 300)], (96, 100)),  # beyond the line
        ([QRectF(0, 0, 400, 300)], (210, 100)),  # nowhere
    ],
)
def test_a_box_goes_no_farther_than_it_must(taken, at):
    wanted = QRectF(210, 100, 100, 50)
    found = clear_of(wanted, 200, taken, ROOM)
    assert (found.left(), found.top()) == at
    assert found.size() == wanted.size()


@given(wanted=rects, x=st.integers(0, 400), taken=st.lists(rects, max_size=2))
def test_a_box_covers_nothing_that_is_taken_and_stays_in_the_room(wanted, x, taken):
    found = clear_of(wanted, x, taken, ROOM)
    assert ROOM.contains(found)
    assert found == wanted or not any(found.intersects(one) for one in taken)
