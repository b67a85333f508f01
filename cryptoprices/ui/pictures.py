"""The chart as it is seen, as a picture: of pixels or of lines, with a line that says what it is of."""

from datetime import datetime

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from cryptoprices.core.market import Pair
from cryptoprices.qt.hub import Hub
from cryptoprices.qt.timeline import Timeline
from cryptoprices.ui.chart.modes import LOOKS, Mode
from cryptoprices.ui.chart.spoken import spoken_time
from cryptoprices.ui.chart.view import ChartView
from cryptoprices.ui.theme import Theme, font

_EDGE, _LINE = 14.0, 22.0  # px
_SVG_DPI = 96  # a pixel of CSS: https://www.w3.org/TR/css-values-3/#absolute-lengths
_LEAST_RATIO = 2.0  # pixels of a picture to one of the window


def heading(chart: ChartView, timeline: Timeline, hub: Hub, demo: bool) -> tuple[str, str]:
    """What the picture is of: pairs, mode, time, bars and clock; and where it is from, with the date."""
    zone, now_ms = chart.zone.tz, hub.clock.wall_ms()
    when = chart.range.words if chart.following else " to ".join(spoken_time(t_ms, zone) for t_ms in chart.times)
    bars = f"bars of {timeline.interval}" if timeline.ready else "own polls"
    clock = f"{datetime.fromtimestamp(now_ms / 1000, zone).astimezone(zone):%Z}"
    currency = timeline.rates.currency
    money = f"in {currency}" if chart.mode is not Mode.RATIO and currency != "USD" else ""
    style = chart.look.style if chart.mode is Mode.CANDLES else chart.mode
    scale = "" if chart.look.scale is LOOKS[chart.mode].scale else chart.look.scale
    pairs = ", ".join(map(str, shown_pairs(chart.mode, timeline, hub)))
    what = [pairs, style, scale, when, bars, money, clock]
    own = ["DEMO" if demo else "", spoken_time(now_ms // 60_000 * 60_000, zone), "Crypto Prices"]
    return " · ".join(filter(None, what)), " · ".join(filter(None, own))


def shown_pairs(mode: Mode, timeline: Timeline, hub: Hub) -> tuple[Pair, ...]:
    """Of which prices are shown."""
    match mode:
        case Mode.COMPARE:
            return timeline.compared()
        case Mode.RATIO:
            return timeline.ratio_pairs or ()
    return (hub.selected,)


def image(chart: ChartView, told: tuple[str, str], theme: Theme) -> QImage:
    """In pixels, at least two for one of the window."""
    ratio = max(_LEAST_RATIO, chart.devicePixelRatioF())
    size = _size(chart, told)
    picture = QImage(size * ratio, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(ratio)
    painter = QPainter(picture)
    _paint(painter, chart, told, theme)
    painter.end()
    return picture


def png(picture: QImage) -> bytes:
    """As a file; any thread may do this. Raises OSError where it cannot be made."""
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):  # type: ignore[call-overload]  # its stub knows str only
        raise OSError(0, "the picture could not be made")
    return bytes(kept.data())


def svg(chart: ChartView, told: tuple[str, str], theme: Theme) -> bytes:
    """In lines and letters, as a file."""
    size, kept = _size(chart, told), QByteArray()
    buffer = QBuffer(kept)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(_SVG_DPI)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle(told[0])
    generator.setDescription(chart.accessibleDescription())
    painter = QPainter(generator)
    _paint(painter, chart, told, theme)
    painter.end()
    return bytes(kept.data())


def _lines(chart: ChartView, told: tuple[str, str]) -> int:
    """Both parts in one line where there is room."""
    letters = QFontMetricsF(font(12))
    wanted = sum(letters.horizontalAdvance(text) for text in told) + 4 * _EDGE
    return 1 if wanted <= chart.stack.width() else 2


def _size(chart: ChartView, told: tuple[str, str]) -> QSize:
    return chart.stack.size() + QSize(0, round(_EDGE / 2 + _LINE * _lines(chart, told)))


def _paint(painter: QPainter, chart: ChartView, told: tuple[str, str], theme: Theme) -> None:
    size, lines = _size(chart, told), _lines(chart, told)
    whole = QRectF(0, 0, size.width(), size.height())
    painter.fillRect(whole, QColor(theme.window))
    painter.setFont(font(12))
    row = QRectF(_EDGE, _EDGE / 2, size.width() - 2 * _EDGE, _LINE)
    letters, middle = QFontMetricsF(font(12)), Qt.AlignmentFlag.AlignVCenter
    places = (
        (theme.text, row, Qt.AlignmentFlag.AlignLeft),
        (theme.muted, row.translated(0, _LINE * (lines - 1)), Qt.AlignmentFlag.AlignRight if lines == 1 else middle),
    )
    for text, (colour, place, side) in zip(told, places, strict=True):
        painter.setPen(QColor(colour))
        short = letters.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, side | middle | Qt.TextFlag.TextSingleLine, short)
    view = chart.stack.canvas
    view.render(painter, whole.adjusted(0, size.height() - chart.stack.height(), 0, 0), view.viewport().rect())
