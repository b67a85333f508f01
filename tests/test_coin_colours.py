"""The colours of coins' and indicators' lines: seen on both themes, and told apart by who sees fewer colours."""

import math
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from cryptoprices.ui.theme import DARK, LIGHT

# Severity 1 of Machado, Oliveira, Fernandes, "A physiologically-based model for simulation of color vision deficiency",
# IEEE TVCG 15 (2009), for linear RGB.
FEWER = {
    "all": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
JUST_SEEN = 2.3  # CIE 1976


def linear(colour):
    parts = np.array(QColor(colour).getRgbF()[:3])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG 2.2."""
    dark, light = sorted(float(linear(colour) @ TO_XYZ[1]) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(colour, eyes):
    xyz = np.array(TO_XYZ) @ np.clip(np.array(FEWER[eyes]) @ linear(colour), 0, 1) / [0.95047, 1, 1.08883]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_lines_are_seen_and_told_apart(theme):
    colours = (theme.first, theme.second, *theme.coins)
    assert all(contrast(colour, theme.window) >= 3 for colour in colours)
    assert all(contrast(colour, theme.raised) >= 3 for colour in colours)  # the crosshair's box
    for eyes in FEWER:
        least = JUST_SEEN * (4 if eyes == "no blue" else 8)  # one person in 20 lacks red or green, in 10,000 blue
        apart = [math.dist(lab(one, eyes), lab(other, eyes)) for one, other in combinations(colours, 2)]
        assert min(apart) > least


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_lines_of_eight_indicators_are_seen_and_told_apart_and_from_the_prices(theme):
    assert len(theme.studies) == 8
    assert all(contrast(colour, ground) >= 3 for colour in theme.studies for ground in (theme.window, theme.raised))
    for eyes in FEWER:  # each is also named, in legend and crosshair
        least = JUST_SEEN * (2.5 if eyes == "no blue" else 5)
        for prices in (theme.first, theme.second, theme.coins[0]):
            colours = combinations((prices, *theme.studies), 2)
            assert min(math.dist(lab(one, eyes), lab(other, eyes)) for one, other in colours) > least


def test_bitcoin_and_ether_keep_their_colours_and_eight_coins_have_eight():
    assert DARK.colours_of(["SOL", "ETH", "BTC"]) == {"SOL": DARK.coins[0], "ETH": DARK.second, "BTC": DARK.first}
    assert len(set(LIGHT.colours_of([f"C{i}" for i in range(8)]).values())) == 8
