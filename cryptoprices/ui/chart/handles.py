"""What can be taken hold of in legends and titles: a button over each, which itself is not to be seen."""

from collections.abc import Sequence
from textwrap import wrap

from PySide6.QtCore import QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from cryptoprices.core.chosen_studies import Chosen
from cryptoprices.core.formatting import plural
from cryptoprices.ui.chart.layer import Row
from cryptoprices.ui.chart.pane import Pane
from cryptoprices.ui.chart.stack import Stack
from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.theme import Theme


class Handle(QToolButton):
    """Lies over the text of a study. pressed_for(name): a person wants to change it. dropped(name): or to be rid of it.

    Painted is but its edge, while the mouse or the keys are there: the text is the pane's.
    """

    pressed_for = Signal(str)
    dropped = Signal(str)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._tell)

    def say(self, chosen: Chosen) -> None:
        """What it is called."""
        self.setAccessibleName(f"Change {chosen.label}")
        self.setToolTip(tooltip(f"Click to change {chosen.label}, Delete to remove it", *wrap(chosen.study.told, 70)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses it, Delete and Backspace take away what it is for."""
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.click()
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.dropped.emit(self.name)
            case _:
                super().keyPressEvent(event)

    @Slot()
    def _tell(self) -> None:
        self.pressed_for.emit(self.name)


class FoldHandle(QToolButton):
    """Lies over the line that stands for a folded legend, and opens it as a menu. pressed_for: as of Handle."""

    pressed_for = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._names: Sequence[str] = ()
        self._rows: Sequence[Row] = ()
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self._menu.triggered.connect(self._tell)
        self.setMenu(self._menu)
        self.hide()

    def say(self, names: Sequence[str], rows: Sequence[Row]) -> None:
        """What it opens: rows of the legend, of the studies of these names."""
        self._names, self._rows = names, rows
        self.setAccessibleName(plural(len(rows), "indicator"))
        self.setToolTip(tooltip(*(row.text for row in rows)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.showMenu()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _fill(self) -> None:
        self._menu.clear()
        for name, row in zip(self._names, self._rows, strict=True):
            action = self._menu.addAction(_dot(row.colour), row.text.replace("&", "&&"))
            action.setData(name)

    @Slot(QAction)
    def _tell(self, action: QAction) -> None:
        self.pressed_for.emit(action.data())


class Handles(QObject):
    """pressed(name), dropped(name): as of Handle."""

    pressed = Signal(str)
    dropped = Signal(str)

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack)
        self._stack = stack
        self._buttons: dict[str, Handle] = {}
        self._in_main: list[str] = []
        self._said: dict[str, str] = {}  # what each is called now
        self._theme: Theme | None = None
        self._fold = FoldHandle(stack)
        self._fold.pressed_for.connect(self.pressed)
        stack.laid_out.connect(self.place)

    def show(self, in_main: Sequence[Chosen], in_titles: Sequence[Chosen]) -> None:
        """One for each row of the main pane's legend, and for each title of a pane of that name."""
        every = [*in_main, *in_titles]
        for name in self._buttons.keys() - {chosen.name for chosen in every}:
            button = self._buttons.pop(name)
            self._said.pop(name, None)
            button.hide()
            button.deleteLater()
        for chosen in every:
            if chosen.name not in self._buttons:
                self._buttons[chosen.name] = button = Handle(chosen.name, self._stack)
                button.pressed_for.connect(self.pressed)
                button.dropped.connect(self.dropped)
                self._theme = None
            if self._said.get(chosen.name) != chosen.label:
                self._said[chosen.name] = chosen.label
                self._buttons[chosen.name].say(chosen)
        self._in_main = [chosen.name for chosen in in_main]
        self._fold.say(self._in_main, self._stack.main.legend)
        self._colour()
        self.place()

    @Slot()
    def place(self) -> None:
        """Where the texts are now."""
        main = self._stack.main
        words = main.words
        places = dict(zip(self._in_main, words.rows, strict=False))
        self._put(self._fold, words.fold, main)
        for name, button in self._buttons.items():
            pane = self._stack.panes.get(name, main)
            place = pane.title_place if pane is not main else places.get(name)
            self._put(button, place, pane)

    def _put(self, button: QToolButton, place: QRectF | None, pane: Pane) -> None:
        button.setVisible(place is not None)
        if place is not None:
            button.setGeometry(_around(place.translated(pane.pos())).toRect())
            button.raise_()

    def _colour(self) -> None:
        theme = self._stack.main.theme
        if theme is self._theme:
            return
        self._theme = theme
        for button in (self._fold, *self._buttons.values()):
            button.setStyleSheet(
                "QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px; }"
                f" QToolButton:hover {{ border-color: {theme.border}; }}"
                f" QToolButton:focus {{ border-color: {theme.accent}; }}"
                " QToolButton::menu-indicator { image: none; width: 0; }"
            )


def _dot(colour: str | None) -> QPixmap:
    """The dot that stands before a row of the legend."""
    picture = QPixmap(12, 12)
    picture.fill(Qt.GlobalColor.transparent)
    if colour:
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(2, 2, 8, 8)
        painter.end()
    return picture


def _around(place: QRectF) -> QRectF:
    return place.adjusted(-3.0, 0.0, 3.0, 0.0)
