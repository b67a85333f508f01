"""Sums over windows against the plain way, one window at a time, and where digits would be lost."""

import statistics
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.rolling import decaying, sums_since, windows

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=0, max_size=70).map(np.array)


@given(VALUES, st.integers(1, 75), st.randoms(use_true_random=False))
def test_each_window_has_the_means_and_products_of_its_values(values, length, random):
    rows = np.array([values, random.sample(list(values), len(values))])
    found = windows(rows, length)
    assert (found.mean.shape, found.products.shape) == (rows.shape, (2, *rows.shape))
    assert np.isnan(found.mean[:, : length - 1]).all()
    assert np.isnan(found.products[:, :, : length - 1]).all()
    for end in range(length, len(values) + 1):
        window = rows[:, end - length : end]
        off = window - window.mean(axis=1, keepdims=True)
        assert found.mean[:, end - 1] == pytest.approx(window.mean(axis=1), rel=1e-12, abs=1e-9)
        assert found.products[:, :, end - 1] == pytest.approx(off @ off.T, rel=1e-9, abs=1e-3)


def test_no_digit_is_lost_where_values_are_far_from_zero():
    values = 1e6 + np.random.default_rng(1).normal(size=3000)  # cumulative sums of squares would keep 3 digits
    found = windows(values[None], 100)
    for end in range(100, 3000, 37):
        assert found.deviation[0, end - 1] == pytest.approx(statistics.stdev(values[end - 100 : end]), rel=1e-9)


def test_a_calm_after_a_jump_is_calm_to_the_last_digit():
    values = np.concatenate([np.full(50, 1e9), np.full(50, 1.0), 1.0 + np.arange(50) * 1e-6])
    found = windows(values[None], 20)
    assert list(found.products[0, 0, 70:100]) == [0.0] * 30
    assert found.deviation[0, -1] == pytest.approx(statistics.stdev(values[-20:]), rel=1e-12)


def test_what_is_unknown_is_so_in_its_windows_and_no_other():
    values = np.arange(30.0)
    values[12] = np.nan
    found = windows(np.array([values, np.arange(30.0)]), 5)
    (unknown,) = np.nonzero(np.isnan(found.mean[0]))
    assert list(unknown) == [0, 1, 2, 3, 12, 13, 14, 15, 16]
    assert list(np.flatnonzero(np.isnan(found.products[0, 1]))) == list(unknown)
    assert list(np.flatnonzero(np.isnan(found.mean[1]))) == [0, 1, 2, 3]


@pytest.mark.parametrize("length", [0, -1])
def test_a_window_of_nothing_is_refused(length):
    with pytest.raises(ValueError, match="1 value or more"):
        windows(np.zeros((1, 5)), length)


@given(VALUES, st.floats(0.0, 0.999))
def test_what_decays_is_the_plain_recursion(values, keep):
    plain = list(accumulate(values, lambda before, value: value + keep * before))
    assert decaying(values, keep) == pytest.approx(plain, rel=1e-9, abs=1e-6)


@given(VALUES, st.integers(0, 2**70))
def test_sums_begin_anew_at_each_start(values, bits):
    starts = np.array([i == 0 or bool(bits >> i & 1) for i in range(len(values))], dtype=bool)
    plain, total = [], 0.0
    for start, value in zip(starts, values, strict=True):
        total = value if start else total + value
        plain.append(total)
    assert sums_since(starts, values) == pytest.approx(plain, rel=1e-9, abs=1e-6)
