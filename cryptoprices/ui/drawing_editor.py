"""The dialog in which a person types the prices of a drawing, and sees at once what comes of it."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QDoubleSpinBox, QFormLayout, QVBoxLayout, QWidget

from cryptoprices.core.drawings import Drawing, Level
from cryptoprices.ui.chart.tools import Tools

_MOST = 999_999_999_999.0
_LEAST_DECIMALS = 2


class DrawingEditor(QDialog):
    """One box for a level's price, two for a trend line's. It closes when something else is held."""

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        """Something has to be held."""
        super().__init__(parent)
        self._tools, self._held = tools, tools.held
        drawing = tools.held_drawing
        assert drawing is not None
        self.setWindowTitle(f"{'Level' if isinstance(drawing, Level) else 'Trend line'} of {tools.pair}")
        form = QFormLayout()
        prices = {"&Price": drawing.price} if isinstance(drawing, Level) else _ends(drawing)
        self.boxes = [self._box(form, name, price) for name, price in prices.items()]
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(buttons)
        tools.changed.connect(self._look)
        self.setMinimumWidth(280)

    def _box(self, form: QFormLayout, name: str, price: float) -> QDoubleSpinBox:
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
        return box

    @Slot()
    def _apply(self) -> None:
        """What was not typed anew keeps its digits."""
        drawing, values = self._tools.held_drawing, [box.value() for box in self.boxes]
        if isinstance(drawing, Level):
            self._tools.replace(Level(values[0]))
        elif drawing is not None:
            start, stop = (
                point if round(point.price, box.decimals()) == box.value() else point._replace(price=box.value())
                for point, box in zip((drawing.start, drawing.stop), self.boxes, strict=True)
            )
            self._tools.replace(drawing._replace(start=start, stop=stop))

    @Slot()
    def _look(self) -> None:
        if self._tools.held is None or self._held is None or self._tools.held.which != self._held.which:
            self.reject()


def _ends(drawing: Drawing) -> dict[str, float]:
    assert not isinstance(drawing, Level)
    return {"&Start": drawing.start.price, "&End": drawing.stop.price}
