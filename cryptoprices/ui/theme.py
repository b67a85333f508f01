"""Colours and letters of the two themes, and which one holds."""

from collections.abc import Sequence
from itertools import cycle
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from cryptoprices.qt.color_scheme import ColorScheme

SETTINGS = ("system", "light", "dark")
ARGUMENTS = ("-style", "fusion")
"""For QApplication: the style that obeys the palette everywhere. (Its `setStyle` loads 8 ms of classes into Python.)"""


class Theme(NamedTuple):
    """One theme: every colour that is painted anywhere, as #rrggbb. Texts have a contrast of at least 4.5:1."""

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
    notice: str  # behind a warning
    studies: tuple[str, ...]  # lines of indicators, told apart also by who sees fewer colours
    coins: tuple[str, ...]  # further coins' lines, told apart also by who sees fewer colours

    def colours_of(self, coins: Sequence[str]) -> dict[str, str]:
        """A colour for each coin's line. Bitcoin and Ether have their own, all others the next one."""
        others = cycle(self.coins)
        own = {"BTC": self.first, "ETH": self.second}
        return {coin: own.get(coin) or next(others) for coin in coins}


DARK = Theme(
    "dark", "#0f1216", "#161a20", "#1d222a", "#0f1216", "#262c36", "#e8ecf1", "#8d95a3", "#23282f",
    "#2fbf8f", "#ff6b57", "#e2b93b", "#5b97ff", "#0f1216", "#f7931a", "#8a9bff", "#2a2618",
    ("#0fa5d2", "#f069a5", "#ffd23c", "#4be15a", "#7878f0", "#e19678", "#78963c", "#f03c2d"),
    ("#a8f0dc", "#c33b9d", "#f0dd78", "#80dbff", "#976b6a", "#b619ff", "#a1c389", "#a66232"),
)  # fmt: skip
LIGHT = Theme(
    "light", "#f5f6f8", "#ffffff", "#eef0f4", "#fcfcfd", "#dde1e7", "#171b21", "#5f6776", "#dde1e7",
    "#0a7a54", "#c93422", "#8a6400", "#2563eb", "#ffffff", "#cc6a00", "#4a5bd4", "#fdf6e0",
    ("#4b87c3", "#871e96", "#875a00", "#1e873c", "#d24b78", "#002db4", "#87000f", "#f00f3c"),
    ("#1e9797", "#5b254c", "#888852", "#004788", "#6a0d00", "#7000ff", "#385b37", "#973f00"),
)  # fmt: skip


def font(size_px: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The application's letters at this size, with figures of one width. Grows with an unusually large system font."""
    own = QApplication.font()
    own.setPixelSize(round(size_px * max(1.0, QFontInfo(own).pixelSize() / 16)))
    own.setWeight(weight)
    own.setFeature(QFont.Tag("tnum"), 1)
    return own


def palette(theme: Theme) -> QPalette:
    """The theme for Qt's own widgets."""
    roles = QPalette.ColorRole
    result = QPalette(QColor(theme.raised), QColor(theme.panel))
    for role, colour in (
        (roles.WindowText, theme.text),
        (roles.Text, theme.text),
        (roles.ButtonText, theme.text),
        (roles.ToolTipText, theme.text),
        (roles.PlaceholderText, theme.muted),
        (roles.Base, theme.panel),
        (roles.AlternateBase, theme.raised),
        (roles.ToolTipBase, theme.raised),
        (roles.Highlight, theme.accent),
        (roles.HighlightedText, theme.on_accent),
        (roles.Accent, theme.accent),
        (roles.Link, theme.accent),
        (roles.LinkVisited, theme.accent),
    ):
        result.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        faded = QColor(theme.muted)
        faded.setAlpha(150)
        result.setColor(QPalette.ColorGroup.Disabled, role, faded)
    return result


def style_sheet(theme: Theme) -> str:
    """What the palette cannot say of the main window: flat bars, segmented buttons, hairlines between the parts."""
    return f"""
QMainWindow::separator {{ background: {theme.border}; width: 1px; height: 1px; }}
QMainWindow, #centre {{ background: {theme.window}; }}
QDockWidget, #heading {{ background: {theme.panel}; }}
#heading {{ color: {theme.muted}; padding: 9px 14px 8px 14px; }}
#bar {{ background: {theme.panel}; border-bottom: 1px solid {theme.border}; }}
#bar QPushButton {{ color: {theme.text}; background: {theme.raised}; border: 1px solid transparent;
  border-radius: 6px; padding: 5px 10px; }}
#bar QPushButton:hover {{ background: {theme.border}; }}
#bar QPushButton:focus {{ border-color: {theme.accent}; outline: none; }}
#bar QPushButton::menu-indicator {{ image: none; width: 0; }}
#segments {{ background: {theme.raised}; border-radius: 8px; }}
#segments QPushButton {{ color: {theme.muted}; background: transparent; padding: 3px 10px; }}
#segments QPushButton:checked {{ color: {theme.text}; background: {theme.pressed}; }}
#segments QPushButton:disabled {{ color: {_mixed(theme.muted, theme.raised)}; background: transparent; }}
#demo {{ color: {theme.on_accent}; background: {theme.warn}; border-radius: 4px; padding: 2px 8px; }}
QTabBar {{ background: {theme.panel}; qproperty-drawBase: 0; }}
QTabBar::tab {{ color: {theme.muted}; background: {theme.panel}; border: 1px solid transparent;
  border-bottom: 2px solid transparent; padding: 6px 8px; }}
QTabBar::tab:selected {{ color: {theme.text}; border-bottom-color: {theme.accent}; }}
QTabBar::tab:focus {{ border-color: {theme.accent}; outline: none; }}
#figures {{ border: 1px solid transparent; }}
#figures:focus {{ border-color: {theme.accent}; }}
QScrollBar:vertical {{ background: {theme.panel}; width: 8px; }}
QScrollBar:horizontal {{ background: {theme.panel}; height: 8px; }}
QScrollBar::handle {{ background: {_mixed(theme.muted, theme.panel)}; border-radius: 3px; margin: 1px; }}
QScrollBar::handle:vertical {{ min-height: 24px; }}
QScrollBar::handle:horizontal {{ min-width: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
QToolTip {{ color: {theme.text}; background: {theme.raised}; border: 1px solid {theme.muted}; padding: 3px; }}
QHeaderView {{ background: {theme.panel}; border: 0; }}
QHeaderView::section {{ background: {theme.panel}; color: {theme.muted}; border: 0; padding: 0 6px 0 3px; }}
QStatusBar {{ background: {theme.panel}; border-top: 1px solid {theme.border}; }}
QStatusBar QLabel {{ color: {theme.muted}; }}
QStatusBar QPushButton {{ color: {theme.accent}; background: transparent; border: 1px solid transparent;
  border-radius: 4px; padding: 0 6px; }}
QStatusBar QPushButton:hover {{ background: {theme.raised}; }}
QStatusBar QPushButton:focus {{ border-color: {theme.accent}; }}
QStatusBar::item {{ border: 0; }}
"""


def _mixed(one: str, other: str) -> str:
    """The colour half-way between two."""
    a, b = QColor(one), QColor(other)
    return QColor((a.red() + b.red()) // 2, (a.green() + b.green()) // 2, (a.blue() + b.blue()) // 2).name()


class ThemeKeeper(QObject):
    """Keeps the application in the chosen theme. setting: system, light or dark. changed(Theme): another one holds."""

    changed = Signal(object)

    def __init__(self, setting: str = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scheme = ColorScheme(self)
        self._scheme.changed.connect(self._decide)
        self.setting = setting
        self.theme = self._wanted()
        self._apply()

    def set_setting(self, setting: str) -> None:
        """Follow the system or hold one theme, from now on."""
        self.setting = setting
        self._decide()

    def _wanted(self) -> Theme:
        dark = self._scheme.dark if self.setting == "system" else self.setting == "dark"
        return DARK if dark else LIGHT

    @Slot()
    def _decide(self) -> None:
        theme = self._wanted()
        if theme is not self.theme:
            self.theme = theme
            self._apply()
            self.changed.emit(theme)

    def _apply(self) -> None:
        colours = palette(self.theme)
        QApplication.setPalette(colours)
        QToolTip.setPalette(colours)
        hints = QApplication.styleHints()
        if self.setting == "system":  # the frame that the system draws goes along with it
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(Qt.ColorScheme.Dark if self.theme is DARK else Qt.ColorScheme.Light)
