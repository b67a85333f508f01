"""Stretches of time, against sets of moments."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.intervals import MINUTE_MS
from cryptoprices.core.spans import common, joined, whole, without

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: (min(pair), max(pair))), max_size=6)


def moments(spans) -> set[int]:
    return {moment for since, until in spans for moment in range(since, until)}


def apart(spans) -> list[tuple[int, int]]:
    """The same without overlaps."""
    found: list[tuple[int, int]] = []
    for span in spans:
        found += without([span], found)
    return sorted(found)


@given(SPANS.map(apart), SPANS)
def test_without_and_common_are_difference_and_intersection(spans, others):
    for found, expected in (
        (without(spans, others), moments(spans) - moments(others)),
        (common(spans, others), moments(spans) & moments(others)),
    ):
        assert moments(found) == expected
        assert sum(until - since for since, until in found) == len(expected)
        assert found == sorted(found)
        assert all(since < until for since, until in found)


def test_whole_candles_only():
    spans = [(1, 3 * MINUTE_MS + 5), (4 * MINUTE_MS + 1, 5 * MINUTE_MS)]
    assert whole(spans, "1m") == [(MINUTE_MS, 3 * MINUTE_MS)]


@given(spans=SPANS)
def test_joined_spans_are_the_same_moments_and_do_not_touch(spans):
    spans = [span for span in spans if span[0] < span[1]]
    found = joined(spans)
    assert moments(found) == moments(spans)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(found))
