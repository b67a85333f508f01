"""Colours of the two themes, and which one holds."""

from typing import NamedTuple


class Theme(NamedTuple):
    """One theme: every colour that is painted anywhere, as #rrggbb. Contrast of texts to their ground is at least 4.5:1."""

    name: str
    window: str  # behind the chart and the header
    panel: str  # side panels, bars
    raised: str  # segmented buttons, chosen row, tooltip
    pressed: str  # the chosen segment
    border: str
    text: str
    muted: str  # secondary text
    grid: str  # chart lines
    up: str
    down: str
    warn: str
    accent: str
    on_accent: str
    first: str  # Bitcoin's line
    second: str  # Ether's line


DARK = Theme(
    "dark", "#101418", "#171a21", "#1e222a", "#0f1215", "#2a2f38", "#e9ecf1", "#8b93a1", "#23282f",
    "#2ebd85", "#ff6655", "#e5b93c", "#4c8dff", "#ffffff", "#ff9c2a", "#8c96ff",
)  # fmt: skip
LIGHT = Theme(
    "light", "#f3f5f8", "#ffffff", "#eef0f4", "#fafbfc", "#dcdfe5", "#16181d", "#616978", "#dcdfe5",
    "#0b7f56", "#c93422", "#8a6400", "#2563eb", "#ffffff", "#cc6a00", "#4353d6",
)  # fmt: skip
