"""The border between two panes, which can be dragged and moved by key, and the button that closes the lower one."""

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolButton, QWidget

from cryptoprices.ui.plain import tooltip
from cryptoprices.ui.theme import DARK, Theme, font

THICK = 9  # px, so that it can be caught
_STEP = 16.0  # px for a key


class Border(QWidget):
    """The upper border of a pane. moved(key, px): the person moves it down by so much."""

    moved = Signal(str, float)

    def __init__(self, key: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._key = key
        self._theme = DARK
        self._caught_y: float | None = None
        self.setCursor(Qt.CursorShape.SplitVCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.rename(title)
        self.setToolTip(tooltip("Drag, or press Up and Down, to change the heights"))

    def rename(self, title: str) -> None:
        """What is below it is called this."""
        self.setAccessibleName(f"Border above {title}")

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A thick line while keys go here; the pane has a hairline there, which is below the crosshair's box."""
        if self.hasFocus():
            painter = QPainter(self)
            painter.fillRect(QRectF(0, THICK // 2, self.width(), 3), QColor(self._theme.accent))
            painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Caught."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._caught_y = event.position().y()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Dragged along."""
        if self._caught_y is not None:
            self.moved.emit(self._key, event.position().y() - self._caught_y)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        self._caught_y = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down move it."""
        steps = {Qt.Key.Key_Up: -_STEP, Qt.Key.Key_Down: _STEP}
        if event.key() in steps:
            self.moved.emit(self._key, steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


class CloseButton(QToolButton):
    """Closes a pane. pressed_for(key)."""

    pressed_for = Signal(str)

    def __init__(self, key: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._key = key
        self.setText("✕")
        self.setFont(font(11))
        self.setFixedSize(20, 18)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.rename(title)
        self.clicked.connect(self._tell)

    def rename(self, title: str) -> None:
        """What it closes is called this."""
        self.setAccessibleName(f"Close {title}")
        self.setToolTip(tooltip(f"Close {title}"))

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self.setStyleSheet(
            f"QToolButton {{ color: {theme.muted}; background: transparent; border: 1px solid transparent;"
            f" border-radius: 4px; }} QToolButton:hover {{ color: {theme.text}; background: {theme.raised}; }}"
            f" QToolButton:focus {{ border-color: {theme.accent}; }}"
        )

    @Slot()
    def _tell(self) -> None:
        self.pressed_for.emit(self._key)
