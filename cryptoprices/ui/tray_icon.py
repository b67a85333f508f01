"""The price as digits in an icon: two short lines, drawn afresh for every size that a bar may ask for."""

import re
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QIcon, QPainter, QPixmap

from cryptoprices.core.formatting import UNKNOWN

PIXELS = (16, 20, 22, 24, 28, 32, 33, 36, 40, 44, 48, 64)  # bars of 16 to 24 px at 100 to 200 %, and their round sizes
_TILE = "#14171c"  # the ground is part of the icon, so that it reads on a bar of any colour
_NARROW = 87  # per cent of the usual width
_DEMO_TILE = "#2c1b4d"


class _Unit(NamedTuple):
    exponent: int
    name: str
    least: Decimal


_UNITS = tuple(
    _Unit(exponent, name, Decimal(1).scaleb(exponent if name else -1))
    for exponent, name in zip(range(9, -19, -3), ("G", "M", "k", "", "m", "µ", "n", "p", "f", "a"), strict=True)
)


def icon_lines(price: Decimal | None) -> tuple[str, str]:
    """A price as two short lines: 97412 -> ("97", ".4k"), 3318 -> ("3.3", "k"), 188.21 -> ("188", ".2").

    Below 0.1 in thousandths, millionths and so on: 0.00002214 -> ("22", ".1µ"). None -> ("—", "").
    """
    if price is None:
        return UNKNOWN, ""
    place = next((n for n, unit in enumerate(_UNITS) if price >= unit.least), len(_UNITS) - 1)
    value = _rounded(price, _UNITS[place])
    if value >= 1000 and place > 0:
        place -= 1
        value = _rounded(price, _UNITS[place])
    name = _UNITS[place].name
    whole, _, decimals = f"{value:f}".partition(".")
    if name and len(whole) == 1:
        return f"{whole}.{decimals}", name
    return whole, f".{decimals}{name}"


def _rounded(price: Decimal, unit: _Unit) -> Decimal:
    """The price in this unit with the decimals that fit: two for a bare number below 100, else one."""
    value = price.scaleb(-unit.exponent)
    places = "0.01" if not unit.name and value < Decimal("99.995") else "0.1"
    return value.quantize(Decimal(places), ROUND_HALF_EVEN)


def price_icon(price: Decimal | None, colour: str, demo: bool = False) -> QIcon:
    """The icon in all its sizes. colour: of the digits, #rrggbb, chosen to be read on a dark ground.

    demo: another ground, so that a simulated price is not taken for a real one.
    """
    icon = QIcon()
    lines = [line for line in icon_lines(price) if line]
    for pixels in PIXELS:
        icon.addPixmap(_tile(lines, pixels, QColor(colour), _DEMO_TILE if demo else _TILE))
    return icon


def menu_bar_icon(price: Decimal | None) -> QIcon:
    """For a menu bar that takes wide images (macOS): one line, drawn as a mask that the system colours."""
    text = "".join(icon_lines(price))
    font = _font(26)
    width = QFontMetricsF(font).horizontalAdvance(text)
    pixmap = QPixmap(round(width) + 4, 36)
    pixmap.fill(Qt.GlobalColor.transparent)
    pixmap.setDevicePixelRatio(2)
    painter = QPainter(pixmap)
    painter.setFont(_font(13))
    painter.drawText(QRectF(0, 0, pixmap.width() / 2, 18), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    icon = QIcon(pixmap)
    icon.setIsMask(True)
    return icon


def _font(pixels: int, stretch: int = 100) -> QFont:
    font = QFont()
    font.setPixelSize(pixels)
    font.setBold(True)
    font.setStretch(stretch)
    font.setHintingPreference(QFont.HintingPreference.PreferFullHinting)
    return font


@cache
def _largest_font(shapes: tuple[str, ...], width: int, height: int) -> tuple[int, int]:
    """Pixel size and stretch of the largest bold font in which every line fits; rather narrower than smaller."""
    tall, wide = _extent(shapes, 100, 100)
    guess = int(100 * min(height / tall, width / (wide * _NARROW / 100))) + 1
    for pixels in range(guess, 4, -1):
        for stretch in (100, _NARROW):
            tall, wide = _extent(shapes, pixels, stretch)
            if tall <= height and wide <= width:
                return pixels, stretch
    return 4, _NARROW


def _extent(shapes: tuple[str, ...], pixels: int, stretch: int) -> tuple[float, float]:
    """Height of a digit and width of the widest line, in pixels as they are drawn."""
    metrics = QFontMetricsF(_font(pixels, stretch))
    return (
        metrics.tightBoundingRect("8").height(),
        max(metrics.tightBoundingRect(shape).width() for shape in shapes),
    )


def _tile(lines: list[str], pixels: int, colour: QColor, ground: str) -> QPixmap:
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(QRectF(0, 0, pixels, pixels), pixels / 8, pixels / 8)
    margin = pixels // 22
    gap = max(2, pixels // 11)
    height = (pixels - 2 * margin - gap) // 2
    shapes = tuple(re.sub("[0-9]", "8", line) for line in lines)  # as wide as it can get: digits keep their size
    font = _font(*_largest_font(shapes, pixels - 2 * (pixels // 32) - margin, height))
    painter.setFont(font)
    painter.setPen(colour)
    metrics = QFontMetricsF(font)
    digits = round(metrics.tightBoundingRect("8").height())
    used = digits * len(lines) + gap * (len(lines) - 1)
    baseline = (pixels - used) // 2 + digits
    for line in lines:
        box = metrics.tightBoundingRect(line)
        painter.drawText(round((pixels - box.width()) / 2 - box.x()), baseline, line)
        baseline += digits + gap
    painter.end()
    return pixmap
