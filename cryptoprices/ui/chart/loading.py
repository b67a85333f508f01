"""A thin bar that says what takes long and how far it is, with a button that ends it."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QWidget

from cryptoprices.ui.theme import LIGHT, Theme, font

PATIENCE_MS = 500  # what is over sooner is not spoken of


class LoadingBar(QWidget):
    """Hidden while nothing takes long. cancelled: the person wants it ended. resized: it has to be placed anew.

    name: the accessible name; the description is the text that is shown.
    """

    cancelled = Signal()
    resized = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.setAccessibleName(name)
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setFont(font(11.5))
        self.text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(140, 4)
        self.bar.setAccessibleName(name)
        self.button = QPushButton("Cancel")
        self.button.setFont(font(11.5))
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setAccessibleName(f"Cancel: {name}")
        self.button.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 4)
        row.setSpacing(10)
        for part in (self.text, self.bar, self.button):
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        self._patience = QTimer(self, interval=PATIENCE_MS, singleShot=True)
        self._patience.timeout.connect(self.show)
        self.hide()

    def tell(self, text: str, done: int, total: int) -> None:
        """This takes time: shown once it has taken half a second. total: 0 where it is not known yet."""
        self.text.setText(text)
        self.setAccessibleDescription(text)
        self.bar.setRange(0, max(1, total))  # 0 would be an animation
        self.bar.setValue(min(done, total))
        self.adjustSize()
        self.resized.emit()
        if self.isHidden() and not self._patience.isActive():
            self._patience.start()

    def fit(self, width: int) -> None:
        """There is so much room: where it is little the bar goes, the text says as much, on two lines if need be."""
        self.bar.show()
        self.text.setWordWrap(False)
        self.text.setFixedWidth(self.text.sizeHint().width())
        for narrower in (self.bar.hide, self._wrap):
            if self.sizeHint().width() > width:
                narrower()
        self.adjustSize()

    def _wrap(self) -> None:
        self.text.setWordWrap(True)
        self.text.setFixedWidth(self.text.sizeHint().width() // 2 + 30)

    @Slot()
    def end(self) -> None:
        """It is over."""
        self._patience.stop()
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take these colours from now on."""
        self._theme = theme
        self.setStyleSheet(
            f"QProgressBar {{ border: none; border-radius: 2px; background: {theme.border}; }}"
            f" QProgressBar::chunk {{ border-radius: 2px; background: {theme.accent}; }}"
            f" QPushButton {{ color: {theme.text}; background: {theme.raised}; border: 1px solid {theme.border};"
            f" border-radius: 6px; padding: 2px 10px; }} QPushButton:focus {{ border-color: {theme.accent}; }}"
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A plate, so that lines below do not disturb the text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._theme.border))
        painter.setBrush(QColor(self._theme.panel))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
        painter.end()

    def sizeHint(self) -> QSize:
        """Wide enough for the text, in steps, so that a digit more moves nothing."""
        hint = super().sizeHint()
        return QSize(-(-hint.width() // 24) * 24, hint.height())

    @Slot()
    def _cancel(self) -> None:
        self.end()
        self.cancelled.emit()
