"""The computer's clock against the exchanges': who must agree, and how it is said."""

import pytest
from window_rig import THIN

from cryptoprices.core.clock_offset import clock_offset
from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Standing


def found_of(offsets_ms):
    return clock_offset(Standing("kraken", clock_offset_ms=offset_ms) for offset_ms in offsets_ms)


SLOW = [303_400, 302_600, 303_000]  # ms


@pytest.mark.parametrize(
    ("offsets_ms", "text"),
    [
        (SLOW, f"5{THIN}min 3{THIN}s slow, say 3 exchanges"),
        ([-3_600_000, None, -3_601_000], f"1{THIN}h fast, say 2 exchanges"),
        ([86_400_000 * 365 + 7_000] * 2, f"365{THIN}d slow, say 2 exchanges"),
        ([30_000, 30_000], f"30{THIN}s slow, say 2 exchanges"),
        ([29_900, -29_900, 29_000], "right, say 2 exchanges"),
        ([*SLOW, 0], f"5{THIN}min 3{THIN}s slow, say 3 exchanges"),
        ([0, 400, -900, 303_000], "right, say 3 exchanges"),
    ],
)
def test_what_most_say_is_said(offsets_ms, text):
    found = found_of(offsets_ms)
    assert found is not None
    assert found.text == text
    assert found.is_wrong == ("right" not in text)


@pytest.mark.parametrize(
    "offsets_ms", [[], [None, None], [303_000], [303_000, 0], [303_000, 303_000, 0, 0], [0, 6_000]]
)
def test_of_one_alone_or_of_those_who_disagree_nothing_is_said(offsets_ms):
    assert found_of(offsets_ms) is None


def test_who_does_not_answer_has_no_say():
    failing = [Standing("kraken", Reason.TIMEOUT, clock_offset_ms=303_000) for _ in range(3)]
    assert clock_offset(failing) is None
    assert (
        clock_offset([*failing, Standing("gemini", clock_offset_ms=0), Standing("okx", clock_offset_ms=0)]) is not None
    )
