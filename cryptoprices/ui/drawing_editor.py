"""The dialog in which a person types the prices and times of a drawing, and sees at once what comes of it."""

from datetime import UTC

from PySide6.QtCore import QDateTime, QTimeZone, Slot
from PySide6.QtWidgets import (
    QDateTimeEdit,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QVBoxLayout,
    QWidget,
)

from cryptoprices.core.drawings import Level, Point
from cryptoprices.core.ranges import FIRST_PRICES_MS
from cryptoprices.ui.chart.tools import Tools
from cryptoprices.ui.close_box import close_box

_MOST = 999_999_999_999.0
_LEAST_DECIMALS = 2


class DrawingEditor(QDialog):
    """One box for a level's price; price and time of both ends of a trend line. It closes when something else is held.

    boxes: of prices; times: of times, by the chart's clock.
    """

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        """Something has to be held."""
        super().__init__(parent)
        self._tools, self._held = tools, tools.held
        drawing = tools.held_drawing
        assert drawing is not None
        self.setWindowTitle(f"{'Level' if isinstance(drawing, Level) else 'Trend line'} of {tools.pair}")
        form = QFormLayout()
        self.boxes: list[QDoubleSpinBox] = []
        self.times: list[QDateTimeEdit] = []
        if isinstance(drawing, Level):
            self._add_price(form, "&Price", drawing.price)
        else:
            self._add_price(form, "&Start", drawing.start.price)
            self._add_time(form, "S&tart time", drawing.start.t_ms)
            self._add_price(form, "&End", drawing.stop.price)
            self._add_time(form, "E&nd time", drawing.stop.t_ms)
        buttons = close_box(self)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(buttons)
        tools.changed.connect(self._look)
        self.setMinimumWidth(280)

    def _add_price(self, form: QFormLayout, name: str, price: float) -> None:
        text = self._tools.scale.text(price)
        decimals = max(_LEAST_DECIMALS, len(text.partition(".")[2]))
        box = QDoubleSpinBox()
        box.setDecimals(decimals)
        box.setRange(10.0**-decimals, _MOST)
        box.setSingleStep(10.0 ** (len(text.partition(".")[0].replace(",", "")) - 4))
        box.setGroupSeparatorShown(True)
        box.setKeyboardTracking(False)
        box.setValue(price)
        box.setAccessibleName(name.replace("&", ""))
        form.addRow(name, box)
        box.valueChanged.connect(self._apply)
        self.boxes.append(box)

    def _add_time(self, form: QFormLayout, name: str, t_ms: float) -> None:
        local = QTimeZone(QTimeZone.Initialization.LocalTime)
        box = QDateTimeEdit()
        box.setTimeZone(QTimeZone.utc() if self._tools.zone is UTC else local)
        box.setDisplayFormat("d MMM yyyy HH:mm:ss")
        box.setMinimumDateTime(QDateTime.fromMSecsSinceEpoch(FIRST_PRICES_MS, box.timeZone()))
        box.setKeyboardTracking(False)
        box.setDateTime(QDateTime.fromMSecsSinceEpoch(round(t_ms / 1000) * 1000, box.timeZone()))
        box.setAccessibleName(name.replace("&", ""))
        form.addRow(name, box)
        box.dateTimeChanged.connect(self._apply)
        self.times.append(box)

    @Slot()
    def _apply(self) -> None:
        """What was not typed anew keeps its digits."""
        drawing = self._tools.held_drawing
        if isinstance(drawing, Level):
            self._tools.replace(Level(self.boxes[0].value()))
        elif drawing is not None:
            ends = zip((drawing.start, drawing.stop), self.boxes, self.times, strict=True)
            start, stop = (_typed(*end) for end in ends)
            self._tools.replace(drawing._replace(start=start, stop=stop))

    @Slot()
    def _look(self) -> None:
        if self._tools.held is None or self._held is None or self._tools.held.which != self._held.which:
            self.reject()


def _typed(point: Point, price: QDoubleSpinBox, time: QDateTimeEdit) -> Point:
    """The point with what was typed of it."""
    t_ms = time.dateTime().toMSecsSinceEpoch()
    return Point(
        point.t_ms if round(point.t_ms / 1000) * 1000 == t_ms else float(t_ms),
        point.price if round(point.price, price.decimals()) == price.value() else price.value(),
    )
