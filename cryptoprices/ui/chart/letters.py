"""The letters of a chart's labels: each text is laid out once, however often it is painted."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QStaticText

from cryptoprices.ui.theme import font

_MOST_TEXTS = 400


class Letters:
    """Letters of one size; the painter that is given has to have set `font`."""

    def __init__(self, size_px: float = 11) -> None:
        self.font = font(size_px)
        self.height = QFontMetricsF(self.font).height()
        self._texts: dict[str, tuple[QStaticText, float]] = {}

    def width(self, label: str) -> float:
        """Pixels that the text takes."""
        return self._text(label)[1]

    def write(self, painter: QPainter, x: float, middle_y: float, label: str) -> None:
        """Write the text to the right of x, around this height."""
        painter.drawStaticText(QPointF(x, middle_y - self.height / 2), self._text(label)[0])

    def _text(self, label: str) -> tuple[QStaticText, float]:
        found = self._texts.get(label)
        if found is None:
            if len(self._texts) >= _MOST_TEXTS:
                self._texts.clear()
            text = QStaticText(label)
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            text.prepare(font=self.font)
            found = self._texts[label] = text, float(text.size().width())
        return found


def readable_on(colour: str) -> str:
    """Black or white, whichever has the higher contrast on it: 4.5 at the least, which near-black has not.

    WCAG 2.2: relative luminance, parted at 0.18.
    """
    ground = QColor(colour)
    weighted = ((0.2126, ground.redF()), (0.7152, ground.greenF()), (0.0722, ground.blueF()))
    luminance = sum(w * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for w, c in weighted)
    return "#000000" if luminance > 0.18 else "#ffffff"
