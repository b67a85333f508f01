"""The dialog in which a person changes the periods of an indicator, and sees at once what comes of it."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from cryptoprices.core.studies import Param
from cryptoprices.ui.chart.studies import Studies
from cryptoprices.ui.close_box import close_box
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.theme import font


class StudyEditor(QDialog):
    """One spin box a parameter; what is not allowed is said, and the chart keeps what it had."""

    def __init__(self, studies: Studies, name: str, parent: QWidget) -> None:
        """name: of one that is chosen. Raises KeyError for another."""
        super().__init__(parent)
        self.name = name
        self._studies = studies
        self._study, values = studies.get(name).study, studies.get(name).values
        self.setWindowTitle(self._study.title)
        told = QLabel(self._study.told)
        told.setTextFormat(Qt.TextFormat.PlainText)
        told.setWordWrap(True)
        told.setFont(font(12))
        form = QFormLayout()
        self.boxes: dict[str, QSpinBox | QDoubleSpinBox] = {}
        for param in self._study.params:
            label = QLabel(f"&{param.name.capitalize()}")
            label.setTextFormat(Qt.TextFormat.PlainText)
            box = self._box(param, values[param.name])
            label.setBuddy(box)
            form.addRow(label, box)
        self.problem = QLabel()
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.setFont(font(12, font(12).Weight.DemiBold))
        self.problem.hide()
        buttons = close_box(self)
        self.reset = buttons.addButton("Re&set", QDialogButtonBox.ButtonRole.ResetRole)
        self.reset.clicked.connect(self._reset)
        self.reset.setVisible(bool(self.boxes))
        self.remove = buttons.addButton("&Remove", QDialogButtonBox.ButtonRole.DestructiveRole)
        self.remove.clicked.connect(self._remove)
        for button in (self.reset, self.remove):
            button.setAutoDefault(False)  # Return closes
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        column = QVBoxLayout(self)
        for part in (told, self.problem):
            column.addWidget(part)
        column.insertLayout(1, form)
        column.addWidget(buttons)
        studies.changed.connect(self._look)
        for box in [*self.boxes.values()][:1]:
            box.setFocus()
        self.setMinimumWidth(360)

    def _box(self, param: Param, value: float) -> QSpinBox | QDoubleSpinBox:
        box: QSpinBox | QDoubleSpinBox
        if param.whole:
            box = QSpinBox()
            box.setRange(int(param.low), int(param.high))
        else:
            box = QDoubleSpinBox()
            box.setRange(param.low, param.high)
            box.setSingleStep(0.1)
        _put(box, value)
        box.setAccessibleName(f"{param.name.capitalize()} of {self._study.title}")
        told = f"{param.told[:1].upper()}{param.told[1:]}"
        box.setAccessibleDescription(told)
        box.setToolTip(tooltip(f"{told} From {param.low:g} to {param.high:g}."))
        box.valueChanged.connect(self._apply)
        self.boxes[param.name] = box
        return box

    @Slot()
    def _apply(self) -> None:
        """At once; the sentence says what is wrong with it."""
        self._take({name: box.value() for name, box in self.boxes.items()})

    def _take(self, values: Mapping[str, float]) -> None:
        said = ""
        try:
            self._studies.edit(self.name, values)
        except ValueError as error:
            said = f"{str(error)[:1].upper()}{str(error)[1:]}. The chart keeps what it had."
        self.problem.setText(said)
        self.problem.setVisible(bool(said))

    @Slot()
    def _reset(self) -> None:
        """To what every new one has."""
        for param in self._study.params:
            box = self.boxes[param.name]
            box.blockSignals(True)
            _put(box, param.default)
            box.blockSignals(False)
        self._apply()

    @Slot()
    def _remove(self) -> None:
        self._studies.remove(self.name)

    @Slot()
    def _look(self) -> None:
        """Where it is gone there is nothing to change."""
        if not any(one.name == self.name for one in self._studies.chosen):
            self.reject()


def _put(box: QSpinBox | QDoubleSpinBox, value: float) -> None:
    if isinstance(box, QSpinBox):
        box.setValue(int(value))
    else:
        box.setValue(value)
