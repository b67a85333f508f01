"""The bar at the top: product name, what the chart shows, and the commands."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from cryptoprices.ui.chart.modes import Mode, Range
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.theme import font

LINE, LOG = "Line", "Log"  # of the value axis


class Segments(QWidget):
    """Buttons of which one is chosen. name: the accessible name. chosen(str): the person chose another one."""

    chosen = Signal(str)

    def __init__(self, name: str, options: Sequence[str], shortcuts: Sequence[str], chosen: str) -> None:
        super().__init__()
        self.setObjectName("segments")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(0)
        self._tight = False
        self._hints: dict[str, str] = {}
        self.buttons: dict[str, QPushButton] = {}
        for option, shortcut in zip(options, shortcuts, strict=True):
            button = QPushButton(option)
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.toggled.connect(self._tab_leads_to_the_chosen)
            button.setShortcut(shortcut)
            self._hints[option] = f"{name}: {option} ({shortcut})"
            button.setToolTip(tooltip(self._hints[option]))
            button.clicked.connect(self._tell)
            self.buttons[option] = button
            row.addWidget(button)
        self.buttons[chosen].setChecked(True)

    @property
    def current(self) -> str:
        """The option that is chosen."""
        return next(option for option, button in self.buttons.items() if button.isChecked())

    def choose(self, option: str) -> None:
        """Choose for the person, e.g. what the last run showed; an unknown option changes nothing."""
        button = self.buttons.get(option)
        if button is not None:
            button.setChecked(True)

    def refuse(self, reasons: Mapping[str, str]) -> None:
        """Disable these options, each with the sentence that says why; enable all others."""
        for option, button in self.buttons.items():
            button.setEnabled(option not in reasons)
            button.setToolTip(tooltip(reasons.get(option, self._hints[option])))

    def draw_in(self, tight: bool) -> None:
        """Give up the room beside the buttons' texts, for a narrow window, or take it again."""
        if tight is not self._tight:
            self._tight = tight
            for button in self.buttons.values():
                button.setStyleSheet("padding: 3px 5px" if tight else "")

    @property
    def drawn_in(self) -> int:
        """How much narrower they are for it, in pixels."""
        return 10 * len(self.buttons) if self._tight else 0

    @Slot()
    def _tab_leads_to_the_chosen(self) -> None:
        for button in self.buttons.values():
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus if button.isChecked() else Qt.FocusPolicy.NoFocus)

    @Slot()
    def _tell(self) -> None:
        self.chosen.emit(self.current)


class ActionButton(QPushButton):
    """A button that does and says what its action does and says."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self._action = action
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._take)
        self._take()

    def _take(self) -> None:
        self.setText(self._action.iconText())
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(tooltip(f"{self._action.toolTip()} ({self._action.shortcut().toString()})"))


def _menu_button(text: str, told: str, menu: QMenu) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tooltip(f"{told} ({button.shortcut().toString()})"))
    button.setAccessibleName(text.strip("& ▾"))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setMenu(menu)
    return button


class TopBar(QWidget):
    """Chart mode and range on the left, commands on the right.

    indicators, export: the buttons of these menus; they can be pressed once there is something in them.
    """

    def __init__(self, commands: Sequence[QAction], indicators: QMenu, export: QMenu, menu: QMenu, demo: bool) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.modes = Segments("Chart mode", list(Mode), tuple(f"Ctrl+{n}" for n in "1234"), Mode.COMPARE)
        self.ranges = Segments("Range", list(Range), tuple("123456"), Range.DAY)
        self.scales = Segments("Scale", (LINE, LOG), ("Ctrl+Shift+L", "Ctrl+L"), LINE)
        self._segments = self.modes, self.ranges, self.scales
        self._name = QLabel("Crypto Prices")
        self._name.setFont(font(14, QFont.Weight.Bold))
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(14, 9, 14, 9)
        row.setSpacing(10)
        row.addWidget(self._name)
        self._marks: list[QWidget] = []
        if demo:
            mark = QLabel("DEMO")
            mark.setObjectName("demo")
            mark.setFont(font(11, QFont.Weight.Bold))
            mark.setToolTip("A simulated market on this machine; these are not real prices.")
            row.addWidget(mark, 0, Qt.AlignmentFlag.AlignVCenter)
            self._marks.append(mark)
        row.addWidget(self.modes)
        row.addWidget(self.ranges)
        row.addWidget(self.scales)
        row.addStretch(1)
        buttons = [ActionButton(command) for command in commands]
        for button in buttons:
            row.addWidget(button)
        self.indicators = _menu_button("&Indicators ▾", "Add to the chart what is reckoned from it", indicators)
        self.export = _menu_button("&Export ▾", "Write the past to a file", export)
        for unfilled in (self.indicators, self.export):
            unfilled.setEnabled(False)
            row.addWidget(unfilled)
        self._first_to_go: list[QWidget] = [self._name, *buttons, self.export, self.indicators, self.scales]
        row.addWidget(_menu_button("&Menu ▾", "All commands", menu))
        letters = font(13)
        for each in self.findChildren(QPushButton):
            each.setFont(letters)
            each.setAutoDefault(True)  # Return presses it, as Space does

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the name goes, then commands that are in the menu, then the buttons draw in, then the mark
        goes: name and mark are in the title bar too.
        """
        super().resizeEvent(event)
        parts = self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        widths = {part: part.sizeHint().width() + self._row.spacing() for part in parts}
        widths.update({each: widths[each] + each.drawn_in for each in self._segments})
        spare = event.size().width() - 2 * self._row.contentsMargins().left() + self._row.spacing()
        spare -= sum(widths.values())
        for part in self._first_to_go:
            part.setVisible(spare >= 0)
            spare += 0 if spare >= 0 else widths[part]
        tight = spare < 0
        for each in self._segments:
            each.draw_in(tight)
            spare += 0 if each.isHidden() else each.drawn_in
        for mark in self._marks:
            mark.setVisible(spare >= 0)
