"""The three figures above the chart: Bitcoin, Ether, and one in the other, with how far each can be trusted."""

from decimal import Decimal
from operator import is_
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from cryptoprices.core.coins import coin_name
from cryptoprices.core.formatting import (
    UNKNOWN,
    age_text,
    arrow_text,
    exact_text,
    moment_text,
    price_text,
    ratio_text,
    remark,
    spoken_price,
)
from cryptoprices.core.market import Pair
from cryptoprices.core.plain import plain
from cryptoprices.core.snapshot import PairPrice, Ratio, State
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.reasons import exchange_title, why_no_price
from cryptoprices.ui.theme import LIGHT, Theme, font

BTC_USD, ETH_USD, ETH_BTC = Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("ETH", "BTC")
_GAP = 26  # between two figures
_STEP = 12  # widths change in steps, so that a digit more or less moves nothing


class Shown(NamedTuple):
    """What a figure says. The colours are names of the theme's fields.

    label: the pair, where there is room for no more. derived: how the price was made of another one, for the tooltip.
    """

    title: str
    figure: str = UNKNOWN
    figure_colour: str = "muted"
    beside: str = ""
    beside_colour: str = "muted"
    below: str = ""
    spoken: str = "no price yet"
    label: str = ""
    derived: str = ""


def direction(pct: Decimal | None) -> str:
    """The theme's colour for a change."""
    text = arrow_text(pct)
    return "up" if text.startswith("▲") else "down" if text.startswith("▼") else "muted"


def describe_price(view: PairPrice, hub: Hub) -> Shown:
    """A pair's consensus price in words and figures."""
    return _described(view, hub)._replace(label=str(view.pair), derived=view.derived)


def _described(view: PairPrice, hub: Hub) -> Shown:
    name = f"{coin_name(view.pair.base)} · {view.pair}"
    spoken, quote = spoken_price(view), view.pair.quote
    if view.price is not None and view.age_s is not None:
        figure = price_text(view.price, quote)
        title = f"{name} · " + (f"consensus of {len(view.counted)}" if len(view.counted) > 1 else "1 source")
        span = ""
        if view.low_24h is not None and view.high_24h is not None:
            low, high = price_text(view.low_24h, quote), price_text(view.high_24h, quote)
            span = f"24h {low} – {high}"
        spread = "" if view.spread_pct is None or len(view.counted) < 2 else f"±{view.spread_pct:.2f}\u202f%"
        unusual = remark(view)
        below = " · ".join(part for part in (unusual, span if not unusual else "", spread) if part)
        if view.state is State.DELAYED:
            beside = f"{age_text(view.age_s)} old"
            return Shown(title, figure, "warn", beside, "warn", below, spoken)
        change = view.change_24h_pct
        beside = "" if change is None else arrow_text(change)
        return Shown(title, figure, "text", beside, direction(change), below, spoken)
    if view.state is State.DISAGREE:
        quotes = sorted((v.quote for v in view.quotes if v.state in (State.LIVE, State.DELAYED)), key=lambda q: q.price)
        both = (quotes[0], quotes[-1]) if quotes else ()
        unit = f" {both[0].pair.quote}" if both and view.derived else ""
        below = " · ".join(f"{exchange_title(q.exchange, hub)} {exact_text(q.price)}{unit}" for q in both)
        return Shown(name, UNKNOWN, "warn", "sources disagree", "warn", below, spoken)
    if view.last_known is not None:
        now_ms = hub.clock.wall_ms()
        old = f"{age_text(view.last_known.age_s(hub.clock.boot_s(), now_ms))} old"
        below = f"as of {moment_text(view.last_known.wall_ms, now_ms)}"
        return Shown(name, price_text(view.last_known.price, quote), "muted", old, "muted", below, f"{spoken}, {below}")
    why = plain(why_no_price(view, hub))
    return Shown(name, below=why, spoken=f"{spoken}: {why}")


def describe_ratio(ratio: Ratio) -> Shown:
    """Ether in bitcoin, from the two consensus prices."""
    title, below = "ETH/BTC ratio", f"{ETH_USD} ÷ {BTC_USD}"
    if ratio.value is None or ratio.age_s is None:
        why = "needs a current price of both"
        return Shown(title, below=why, spoken=f"no price: {why}")
    spoken = spoken_price(
        PairPrice(ETH_BTC, ratio.value, ratio.state, ratio.age_s, change_24h_pct=ratio.change_24h_pct)
    )
    spoken = ratio_text(ratio.value) + spoken.removeprefix(price_text(ratio.value))
    if ratio.state is State.DELAYED:
        old = f"{age_text(ratio.age_s)} old"
        return Shown(title, ratio_text(ratio.value), "warn", old, "warn", below, spoken)
    change = ratio.change_24h_pct
    beside = "" if change is None else arrow_text(change)
    return Shown(title, ratio_text(ratio.value), "text", beside, direction(change), below, spoken)


class Figure(QLabel):
    """One price: a line above, big figures with a word beside them, a line below. In `compact` all stand in one line.

    mark: the theme's field with the colour of the coin's line in the chart, "" for none.
    """

    def __init__(self, pair: Pair, mark: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(f"Price of {pair}")
        self._pair, self._mark = pair, mark
        self._theme = LIGHT
        self._compact = False
        self._sizes: dict[bool, QSize] = {}  # of what is shown
        self.shown = Shown(str(pair))
        self.setAccessibleDescription(self.shown.spoken)  # or Qt tells the tooltip, markup and all
        self._small, self._word = font(13.5), font(15.5, QFont.Weight.DemiBold)
        self._big, self._middle = font(28, QFont.Weight.DemiBold), font(17, QFont.Weight.DemiBold)

    def show_text(self, shown: Shown) -> bool:
        """Show this from now on; False, and nothing is repainted, if it is what is shown already."""
        if shown.spoken != self.shown.spoken:
            self.setAccessibleDescription(shown.spoken)
        same = shown._replace(spoken="") == self.shown._replace(spoken="")
        self.shown = shown
        if not same:
            self._sizes = {}
            self.setToolTip(tooltip(shown.title, shown.below, shown.derived))
            self.update()
        return not same

    def text(self) -> str:
        """All that is painted, line by line."""
        s = self.shown
        return "\n".join((s.title, f"{s.figure} {s.beside}".rstrip(), s.below)).rstrip()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        self.update()

    def set_compact(self, compact: bool) -> None:
        """One line, for a narrow window, or three."""
        if compact != self._compact:
            self._compact = compact
            self.update()

    def natural_size(self, compact: bool) -> QSize:
        """What it needs now. The width goes in steps and does not depend on which digits are shown."""
        if compact not in self._sizes:
            self._sizes[compact] = self._measured(compact)
        return self._sizes[compact]

    def _measured(self, compact: bool) -> QSize:
        s, small, word = self.shown, QFontMetricsF(self._small), QFontMetricsF(self._word)
        if compact:
            figure = QFontMetricsF(self._middle)
            width = 68 + figure.horizontalAdvance(s.figure) + 10 + small.horizontalAdvance(s.beside)
            return QSize(round(width), round(figure.height()) + 4)
        big = QFontMetricsF(self._big)
        title = small.horizontalAdvance(s.title) + (17 if self._mark else 0)
        middle = big.horizontalAdvance(s.figure) + 8 + word.horizontalAdvance(s.beside)
        width = max(title, middle, small.horizontalAdvance(s.below))
        height = 2 * small.height() + big.height() * 0.9
        return QSize(-(-round(width + 2) // _STEP) * _STEP, round(height))

    def sizeHint(self) -> QSize:
        """As `natural_size` in the present form."""
        return self.natural_size(self._compact)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the texts in the theme's colours."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._compact:
            self._paint_line(painter)
        else:
            self._paint_block(painter)
        painter.end()

    def _paint_block(self, painter: QPainter) -> None:
        s, small, big = self.shown, QFontMetricsF(self._small), QFontMetricsF(self._big)
        x = 0.0
        if self._mark:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour(self._mark))
            painter.drawRoundedRect(QRectF(0, small.height() / 2 - 5, 10, 10), 2, 2)
            x = 17.0
        y = small.ascent()
        self._write(painter, self._small, "muted", (x, y), s.title)
        y = small.height() + big.ascent() * 0.95
        self._write(painter, self._big, s.figure_colour, (0, y), s.figure)
        self._write(painter, self._word, s.beside_colour, (big.horizontalAdvance(s.figure) + 8, y), s.beside)
        y = small.height() + big.height() * 0.9 + small.ascent()
        self._write(painter, self._small, "muted", (0, y), s.below)

    def _paint_line(self, painter: QPainter) -> None:
        s, figure = self.shown, QFontMetricsF(self._middle)
        y = 2 + figure.ascent()
        self._write(painter, self._small, "muted", (0, y), self.shown.label or str(self._pair))
        self._write(painter, self._middle, s.figure_colour, (68, y), s.figure)
        self._write(painter, self._small, s.beside_colour, (78 + figure.horizontalAdvance(s.figure), y), s.beside)

    def _write(self, painter: QPainter, letters: QFont, colour: str, at: tuple[float, float], text: str) -> None:
        painter.setFont(letters)
        painter.setPen(self._colour(colour))
        painter.drawText(QPointF(*at), text)

    def _colour(self, field: str) -> QColor:
        return QColor(getattr(self._theme, field))


class Header(QWidget):
    """Bitcoin, Ether and their ratio side by side, or below each other where there is no room."""

    def __init__(self, hub: Hub, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hub = hub
        self.figures = {
            BTC_USD: Figure(BTC_USD, "first", self),
            ETH_USD: Figure(ETH_USD, "second", self),
            ETH_BTC: Figure(ETH_BTC, "", self),
        }
        self._made_of: dict[Pair, tuple[object, ...]] = {}
        self.show_now()

    def show_now(self) -> None:
        """Show the hub's snapshot as of now."""
        hub = self._hub
        shown = {pair: self._described(pair) for pair in (BTC_USD, ETH_USD)}
        shown[ETH_BTC] = describe_ratio(hub.ratio(ETH_USD, BTC_USD))
        needed = self._needed()
        changed = [self.figures[pair].show_text(text) for pair, text in shown.items()]
        if any(changed) and self._needed() != needed:
            self.updateGeometry()  # longer figures need a wider centre
            self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        for figure in self.figures.values():
            figure.set_theme(theme)

    def minimumSizeHint(self) -> QSize:
        """The compact form is as narrow as it gets."""
        sizes = [figure.natural_size(compact=True) for figure in self.figures.values()]
        return QSize(max(size.width() for size in sizes) + 36, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side or below each other."""
        super().resizeEvent(event)
        self._arrange()

    def _described(self, pair: Pair) -> Shown:
        """What a figure says now. While nothing but time passes, a live price only gets older."""
        hub, view, before = self._hub, self._hub.price(pair), self._made_of.get(pair, ())
        self._made_of[pair] = made_of = hub.snapshot, hub.reference, hub.currency, view.state
        if view.state is State.LIVE and before and all(map(is_, made_of, before)):
            return self.figures[pair].shown._replace(spoken=spoken_price(view))
        return describe_price(view, hub)

    def _needed(self) -> list[QSize]:
        return [figure.natural_size(compact) for figure in self.figures.values() for compact in (False, True)]

    def _arrange(self) -> None:
        figures = list(self.figures.values())
        sizes = [figure.natural_size(compact=False) for figure in figures]
        compact = sum(size.width() for size in sizes) + _GAP * (len(figures) - 1) + 36 > self.width()
        if compact:
            sizes = [figure.natural_size(compact=True) for figure in figures]
        x, y = 18, 14
        for figure, size in zip(figures, sizes, strict=True):
            figure.set_compact(compact)
            figure.setGeometry(x, y, min(size.width(), self.width() - x), size.height())
            x, y = (x, y + size.height()) if compact else (x + size.width() + _GAP, y)
        height = (y if compact else 14 + sizes[0].height()) + 8
        if height != self.minimumHeight():
            self.setFixedHeight(height)
