"""Every text has a contrast of at least 4.5:1 to what is behind it, in both themes."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_coin_colours import contrast

from cryptoprices.ui.chart.letters import readable_on
from cryptoprices.ui.theme import DARK, LIGHT

LEAST = 4.5
TEXTS = ("text", "muted", "up", "down", "warn", "accent")
GROUNDS = ("window", "panel", "raised", "pressed", "notice")
both = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)


@both
@pytest.mark.parametrize(("text", "ground"), [*product(TEXTS, GROUNDS), ("on_accent", "accent"), ("on_accent", "warn")])
def test_texts_can_be_read_on_every_ground(theme, text, ground):
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= LEAST


@both
def test_plates_on_the_axis_can_be_read(theme):
    for colour in (theme.first, theme.second, theme.accent, theme.up, theme.down, *theme.studies, *theme.coins):
        assert contrast(readable_on(colour), colour) >= LEAST


@given(st.integers(0, 0xFFFFFF))
def test_some_letters_can_be_read_on_any_colour(colour):
    name = f"#{colour:06x}"
    assert contrast(readable_on(name), name) >= LEAST
